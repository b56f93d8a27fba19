// Routes this process's connections and look-ups into a network, so that code under test needs no change.
// TCP by Socket.prototype.connect, names by dns.lookup and dns.promises.lookup, trust by the default CA list.

import { AsyncLocalStorage } from 'node:async_hooks'
import dns from 'node:dns'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import net, { isIP } from 'node:net'
import tls from 'node:tls'
import { formatEndpoint, normalizeName } from './address.ts'
import { OfflineError } from './errors.ts'
import type { Network } from './network.ts'

const inside = new AsyncLocalStorage<Network | undefined>()
const active = new Set<Network>()

/** The network that code running now lives in. */
function current(): Network | undefined {
  const own = inside.getStore()
  if (own !== undefined && active.has(own)) return own
  // Code that runs from a timer or a pool of before: unambiguous where there is one network.
  return active.size === 1 ? active.values().next().value : undefined
}

function offline(what: string, line: string): OfflineError {
  return new OfflineError(`expected a name of the network, got ${what}; add it by: ${line}`)
}

interface ConnectOptions {
  host?: string
  port?: number | string
  path?: string
  lookup?: unknown
  family?: number
  autoSelectFamily?: boolean
}

const originals = {
  connect: net.Socket.prototype.connect,
  lookup: dns.lookup,
  lookupPromise: dns.promises.lookup,
}

function resolve(network: Network, name: string, family: number): { address: string; family: number }[] {
  const plain = name.replace(/^\[|\]$/g, '')
  const version = isIP(plain)
  if (version !== 0) return [{ address: plain, family: version }]
  const found = network.lookup(name).map(address => ({ address, family: isIP(address) }))
  return family === 0 ? found : found.filter(each => each.family === family)
}

function isLocal(name: string): boolean {
  return normalizeName(name) === 'localhost' || name.startsWith('127.') || name === '::1'
}

/** Whether the network has nothing under this name and the machine itself is meant. */
function passes(network: Network, name: string): boolean {
  return isLocal(name) && network.lookup(name).length === 0
}

function connect(this: net.Socket, ...given: unknown[]): net.Socket {
  const network = current()
  // net.connect passes its arguments already normalized, as one array of options and callback.
  const args = (Array.isArray(given[0]) ? given[0] : given) as unknown[]
  const options: ConnectOptions =
    typeof args[0] === 'object' && args[0] !== null
      ? (args[0] as ConnectOptions)
      : { port: args[0] as number, ...(typeof args[1] === 'string' ? { host: args[1] } : {}) }
  const callback = args.find(arg => typeof arg === 'function') as (() => void) | undefined
  const host = options.host ?? 'localhost'
  if (network === undefined || options.path !== undefined || options.port === undefined || passes(network, host)) {
    return (originals.connect as (...args: unknown[]) => net.Socket).apply(this, given)
  }
  const family = options.family === 4 || options.family === 6 ? options.family : 0
  const port = Number(options.port)
  const addresses = resolve(network, host, family)
  const targets = addresses.map(({ address }) => ({ address, reach: network.reach({ address, port }, 'tcp') }))
  const target = targets.find(({ reach }) => reach.outcome === 'served') ?? targets[0]
  const go = (endpoint: { host: string; port: number }) => {
    const { lookup: _lookup, family: _family, autoSelectFamily: _auto, ...rest } = options
    const args = callback === undefined ? [{ ...rest, ...endpoint }] : [{ ...rest, ...endpoint }, callback]
    return (originals.connect as (...args: unknown[]) => net.Socket).apply(this, args)
  }
  const fail = (error: Error) => {
    process.nextTick(() => this.destroy(error))
    return this
  }
  if (target === undefined) {
    network.noteUnknownName(host)
    return fail(offline(`${host}:${port}`, `await network.host('${host}', { … })`))
  }
  const { address, reach } = target
  if (reach.outcome === 'served') {
    Object.defineProperties(this, {
      remoteAddress: { get: () => address, configurable: true },
      remotePort: { get: () => port, configurable: true },
    })
    return go({ host: reach.host, port: reach.port })
  }
  if (reach.outcome === 'black hole') {
    if (callback !== undefined) this.once('connect', callback)
    Object.assign(this, { connecting: true })
    return this
  }
  if (reach.outcome === 'refused' || isLocal(address)) {
    // A service of the machine itself, on a port that the network does not serve there, is let through.
    if (isLocal(address)) return go({ host: address, port })
    const error = new Error(`connect ECONNREFUSED ${formatEndpoint({ address, port })}`)
    return fail(Object.assign(error, { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address, port }))
  }
  const line = `await network.host('name', { … }, { addresses: ['${address}'] })`
  return fail(offline(formatEndpoint({ address, port }), line))
}

type LookupAnswer = { address: string; family: number }[]

function answer(network: Network, name: string, options: dns.LookupAllOptions): LookupAnswer {
  if (isIP(name) === 0 && network.lookup(name).length === 0) network.noteUnknownName(name)
  const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0)
  const found = resolve(network, name, family)
  if (found.length > 0) return found
  const error = new Error(`getaddrinfo ENOTFOUND ${name}`)
  throw Object.assign(error, {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: name,
    cause: offline(name, `await network.host('${name}', { … })`),
  })
}

function lookup(name: string, ...rest: unknown[]): void {
  const network = current()
  const callback = rest.at(-1) as (error: Error | null, address?: unknown, family?: number) => void
  if (network === undefined || typeof name !== 'string' || passes(network, name)) {
    ;(originals.lookup as (...args: unknown[]) => void)(name, ...rest)
    return
  }
  const given = rest.length > 1 ? rest[0] : {}
  const options = (typeof given === 'number' ? { family: given } : given) as dns.LookupAllOptions
  process.nextTick(() => {
    let found: LookupAnswer
    try {
      found = answer(network, name, options)
    } catch (error) {
      callback(error as Error)
      return
    }
    if (options.all) callback(null, found)
    else callback(null, found[0]!.address, found[0]!.family)
  })
}

async function lookupPromise(name: string, given: unknown = {}): Promise<unknown> {
  const network = current()
  if (network === undefined || passes(network, name)) {
    return (originals.lookupPromise as (...args: unknown[]) => Promise<unknown>)(name, given)
  }
  const options = (typeof given === 'number' ? { family: given } : given) as dns.LookupAllOptions
  const found = answer(network, name, options)
  return options.all ? found : found[0]
}

let machineAuthorities: string[] | undefined

/** The authorities that TLS clients of this process trust: the machine's and those of the active networks. */
function trust(): void {
  // Node 22.19 and 24.5 brought these; before, a client has to be given the authority by its own options.
  if (tls.setDefaultCACertificates === undefined) return
  machineAuthorities ??= tls.getCACertificates('default')
  tls.setDefaultCACertificates([...machineAuthorities, ...[...active].map(network => network.authority.pem)])
}

function patch(on: boolean): void {
  const commonjs = createRequire(import.meta.url)('node:dns') as typeof dns
  net.Socket.prototype.connect = (on ? connect : originals.connect) as typeof originals.connect
  commonjs.lookup = (on ? lookup : originals.lookup) as typeof dns.lookup
  commonjs.promises.lookup = (on ? lookupPromise : originals.lookupPromise) as typeof dns.promises.lookup
  syncBuiltinESMExports()
}

/** From now until the guard is disposed, code that this async context runs lives in the network. */
export function intercept(network: Network): Disposable {
  const before = inside.getStore()
  if (active.size === 0) patch(true)
  active.add(network)
  inside.enterWith(network)
  trust()
  let disposed = false
  return {
    [Symbol.dispose]() {
      if (disposed) return
      disposed = true
      active.delete(network)
      inside.enterWith(before)
      trust()
      if (active.size === 0) patch(false)
    },
  }
}
