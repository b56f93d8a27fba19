// Which of the sites that share an address and port a request means (RFC 9110 §7.2).

import { normalizeName } from '../../net/address.ts'
import type { Host } from '../../net/host.ts'
import { HttpProtocolError } from '../../wire/http/message.ts'

const hostForm = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?$/

/** The name or address in a Host field, lower case, without brackets and port. Throws for what is none. */
export function readHost(host: string): string {
  const match = hostForm.exec(host)
  if (match === null || Number(match[2] ?? 0) > 65_535 || !URL.canParse(`http://${host}/`)) {
    const got = JSON.stringify(host.slice(0, 80))
    throw new HttpProtocolError(400, `expected a host in Host, got ${got}`, 'RFC 9112 §3.2')
  }
  return normalizeName(match[1]!.replace(/^\[|\]$/g, ''))
}

/** The one that has a name: exactly first, then by the longest wildcard. */
export function findByName<Standing extends { readonly site: { readonly host: Host } }>(
  standing: readonly Standing[],
  name: string,
): Standing | undefined {
  const has = (wanted: string) => standing.find(({ site }) => site.host.names.includes(wanted))
  const exact = has(name)
  if (exact !== undefined) return exact
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const found = has(`*${name.slice(dot)}`)
    if (found !== undefined) return found
  }
  return undefined
}
