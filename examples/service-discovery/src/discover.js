// Finds the servers of a service by its SRV records (RFC 2782), and asks the first that answers. The domain is given, and
// this knows nothing of tests.

import { Resolver } from 'node:dns/promises'

/**
 * The servers of `_service._tcp.domain`: lower priorities first, the heavier first among equals.
 *
 * @returns {Promise<{ name: string, port: number }[]>}
 */
export async function discover(service, domain, resolver = new Resolver()) {
  const records = await resolver.resolveSrv(`_${service}._tcp.${domain}`)
  return records
    .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
    .map(({ name, port }) => ({ name, port }))
}

/** What the TXT records of the service say, `key=value` each. */
export async function settings(service, domain, resolver = new Resolver()) {
  const records = await resolver.resolveTxt(`_${service}._tcp.${domain}`)
  return Object.fromEntries(records.map(pieces => pieces.join('').split(/=(.*)/s).slice(0, 2)))
}

/** Asks the servers one after the other. */
export async function ask(service, domain, path) {
  const failures = []
  for (const { name, port } of await discover(service, domain)) {
    try {
      const response = await fetch(`http://${name}:${port}${path}`)
      if (response.ok) return await response.json()
      failures.push(`${name}:${port} ${response.status}`)
    } catch (error) {
      failures.push(`${name}:${port} ${error.cause?.code ?? error.message}`)
    }
  }
  throw new Error(`no server of ${service} in ${domain} answered: ${failures.join(', ')}`)
}
