// Names of the network for dns.lookup and dns.lookupService, in callbacks and in promises.

import type dns from 'node:dns'
import { isIP } from 'node:net'
import { normalizeName } from '../address.ts'
import { current, type Surroundings } from './context.ts'
import { Patch } from './patch.ts'

export interface Found {
  address: string
  family: number
}

type AnyCall = (...args: unknown[]) => unknown

/** The machine itself, whose ports are let through where the network does not serve them. */
export function isLocal(name: string): boolean {
  const plain = normalizeName(name)
  return plain === 'localhost' || plain.endsWith('.localhost') || isLocalAddress(plain)
}

/** `0.0.0.0` and `::` mean the machine itself where something is sent there. */
export function isLocalAddress(address: string): boolean {
  return /^127\.|^(0\.0\.0\.0|::1?|::ffff:127\.[\d.]+)$/.test(address)
}

/** Whether the machine's own names answer: the network has none of this name. */
function isMachines(here: Surroundings, name: string): boolean {
  return isIP(name) !== 0 || (isLocal(name) && here.lookup(name).length === 0)
}

/** Addresses of a name or of an address itself, in the network's order; of the machine itself where it is meant. */
export function addressesOf(here: Surroundings, name: string, family = 0): Found[] {
  const plain = name.replace(/^\[|\]$/g, '')
  const version = isIP(plain)
  if (version !== 0) {
    const moved = here.nameElsewhere(plain)
    if (moved !== undefined && here.lookup(moved).length > 0) return addressesOf(here, moved, family)
    return [{ address: plain, family: version }]
  }
  const own = here.lookup(name)
  const addresses = own.length === 0 && isLocal(name) ? ['127.0.0.1', '::1'] : own
  return addresses
    .map(address => ({ address, family: isIP(address) }))
    .filter(each => family === 0 || each.family === family)
}

/** The line that adds what is at an address. */
export function lineFor(here: Surroundings, address: string): string {
  const name = here.nameElsewhere(address)
  return name === undefined
    ? `await network.host('name', { … }, { addresses: ['${address}'] })`
    : `await network.host('${name}', { … }), which had this address in another network`
}

/** What getaddrinfo says of a name that does not exist; its cause says which line adds it. */
export function notFound(here: Surroundings, name: string): Error {
  here.network?.noteUnknownName(name)
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: name,
    cause: here.offline(name, `await network.host('${name}', { … })`),
  })
}

interface Wanted {
  family: number
  all: boolean
  hints: number
  order: string
}

/** Undefined for what Node itself refuses. */
function wantedOf(module: typeof dns, given: unknown): Wanted | undefined {
  const options = (typeof given === 'number' ? { family: given } : (given ?? {})) as dns.LookupOptions
  if (typeof options !== 'object') return undefined
  const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0)
  const { hints = 0, all = false, verbatim } = options
  const order = options.order ?? (verbatim === undefined ? undefined : verbatim ? 'verbatim' : 'ipv4first')
  const valid = [0, 4, 6].includes(family) && typeof all === 'boolean' && typeof hints === 'number'
  const orders = ['verbatim', 'ipv4first', 'ipv6first']
  const knownHints = module.ADDRCONFIG | module.ALL | module.V4MAPPED
  if (!valid || (hints & ~knownHints) !== 0 || (order !== undefined && !orders.includes(order))) return undefined
  return { family, all, hints, order: order ?? module.getDefaultResultOrder() }
}

/** As getaddrinfo answers. */
function answer(module: typeof dns, here: Surroundings, name: string, { family, hints, order }: Wanted): Found[] {
  let found = addressesOf(here, name, family)
  if (family === 6 && (hints & module.V4MAPPED) !== 0 && (found.length === 0 || (hints & module.ALL) !== 0)) {
    const mapped = addressesOf(here, name, 4).map(({ address }) => ({ address: `::ffff:${address}`, family: 6 }))
    found = [...found, ...mapped]
  }
  if (found.length === 0) throw notFound(here, name)
  const first = order === 'ipv4first' ? 4 : 6
  return order === 'verbatim'
    ? found
    : found.toSorted((a, b) => Number(b.family === first) - Number(a.family === first))
}

/** The name of an address as the network has it. */
function nameAt(here: Surroundings, address: string): string | undefined {
  return here.network?.hostsAt(address)[0]?.names.find(name => !name.startsWith('*.'))
}

export function namePatches(module: typeof dns): Patch[] {
  const lookup = (original: AnyCall): AnyCall =>
    function lookup(...args) {
      const here = current()
      const [name] = args
      const callback = args.at(-1)
      const wanted = here && wantedOf(module, args.length > 2 ? args[1] : undefined)
      if (
        here === undefined ||
        wanted === undefined ||
        typeof name !== 'string' ||
        name === '' ||
        typeof callback !== 'function' ||
        isMachines(here, name)
      ) {
        return original(...args)
      }
      process.nextTick(() => {
        let found: Found[]
        try {
          found = answer(module, here, name, wanted)
        } catch (error) {
          callback(error)
          return
        }
        if (wanted.all) callback(null, found)
        else callback(null, found[0]!.address, found[0]!.family)
      })
      return {}
    }

  const lookupPromise = (original: AnyCall): AnyCall =>
    function lookup(...args) {
      const here = current()
      const [name, given] = args
      const wanted = here && wantedOf(module, given)
      if (
        here === undefined ||
        wanted === undefined ||
        typeof name !== 'string' ||
        name === '' ||
        isMachines(here, name)
      ) {
        return original(...args)
      }
      const promised = async () => {
        const found = answer(module, here, name, wanted)
        return wanted.all ? found : found[0]
      }
      return promised()
    }

  const unnamed = (here: Surroundings, address: string): Error =>
    Object.assign(new Error(`getnameinfo ENOTFOUND ${address}`), {
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getnameinfo',
      cause: here.offline(address, `await network.host('name', { … }, { addresses: ['${address}'] })`),
    })

  const lookupService = (original: AnyCall): AnyCall =>
    function lookupService(...args) {
      const here = current()
      const [address, port, callback] = args
      const applies = here && typeof address === 'string' && isIP(address) !== 0 && typeof callback === 'function'
      if (!applies) return original(...args)
      const hostname = nameAt(here, address)
      if (hostname === undefined && isLocalAddress(address)) return original(...args)
      // The machine knows the names of services.
      return original('127.0.0.1', port, (error: Error | null, _own: string, service: string) => {
        if (error !== null) callback(error)
        else if (hostname === undefined) callback(unnamed(here, address))
        else callback(null, hostname, service)
      })
    }

  const lookupServicePromise = (original: AnyCall): AnyCall =>
    function lookupService(...args) {
      const here = current()
      const [address, port] = args
      if (here === undefined || typeof address !== 'string' || isIP(address) === 0) return original(...args)
      const hostname = nameAt(here, address)
      if (hostname === undefined && isLocalAddress(address)) return original(...args)
      const promised = async () => {
        const { service } = (await original('127.0.0.1', port)) as { service: string }
        if (hostname === undefined) throw unnamed(here, address)
        return { hostname, service }
      }
      return promised()
    }

  return [
    new Patch(module, 'lookup', original => lookup(original as AnyCall)),
    new Patch(module.promises, 'lookup', original => lookupPromise(original as AnyCall)),
    new Patch(module, 'lookupService', original => lookupService(original as AnyCall)),
    new Patch(module.promises, 'lookupService', original => lookupServicePromise(original as AnyCall)),
  ]
}
