// What a fault is for: which hosts, ports, services and transport, and which of the links that fit.

import { isHostName, isIP, normalizeAddress, normalizeName, parseRange } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'

/** What has to fit of {@link FaultTarget.to}, all of it. */
export interface FaultPlace {
  /** A name, `*.example.org` for every name below one, an address, or a range such as 192.0.2.0/24. */
  host?: string
  port?: number
  /** A protocol, by its name in this package: `smtp`. */
  service?: string
}

export interface FaultTarget {
  /** A host, as `host` of {@link FaultPlace}, also with `:port`; a port; or more. Default: everything. */
  to?: string | number | FaultPlace
  /** Default: both, or the one that the fault is about. */
  transport?: 'tcp' | 'udp'
  /** Only the Nth link that fits, from 1; a flow of datagrams is a link. Default: every one. */
  nth?: number
  /** Only the first so many links that fit. Default: every one. */
  times?: number
}

/** A link or an attempt at one, as far as it is compared. */
export interface Point {
  readonly transport: 'tcp' | 'udp'
  readonly names: readonly string[]
  readonly address: string
  readonly port: number
  readonly protocol: string | undefined
}

/** Whether a point is meant. */
export type Fits = (point: Point) => boolean

/** Names of options that every fault has. */
export const targetOptions: readonly string[] = ['to', 'transport', 'nth', 'times']

/**
 * Reads the options that say what is meant.
 *
 * @throws {UsageError} where one cannot be what it is for.
 */
export function fitting(fault: string, { to, transport, nth, times }: FaultTarget): Fits {
  for (const [name, count] of Object.entries({ nth, times })) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
      throw new UsageError(`${fault}: expected ${name} to be a whole number from 1, got ${count}`)
    }
  }
  if (transport !== undefined && transport !== 'tcp' && transport !== 'udp') {
    throw new UsageError(`${fault}: expected a transport, tcp or udp, got ${JSON.stringify(transport)}`)
  }
  const { host, port, service } = placeOf(to)
  const fitsHost = host === undefined ? () => true : hostFits(fault, host)
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new UsageError(`${fault}: expected a port from 1 to 65535, got ${port}`)
  }
  return point =>
    (transport === undefined || point.transport === transport) &&
    (port === undefined || point.port === port) &&
    (service === undefined || point.protocol === service) &&
    fitsHost(point)
}

function placeOf(to: FaultTarget['to']): FaultPlace {
  if (to === undefined) return {}
  if (typeof to === 'number') return { port: to }
  if (typeof to !== 'string') return to
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(to) ?? []
  if (port === undefined) return { host: to }
  const host = bracketed ?? plain
  return { ...(host ? { host } : {}), port: Number(port) }
}

function hostFits(fault: string, host: string): Fits {
  if (host.includes('/')) {
    const contains = parseRange(host)
    return ({ address }) => contains(address)
  }
  if (isIP(host) !== 0) {
    const wanted = normalizeAddress(host)
    return ({ address }) => address === wanted
  }
  const wanted = normalizeName(host)
  if (!isHostName(wanted)) {
    throw new UsageError(
      `${fault}: expected to as a name, an address, a range, host:port or { host, port, service }, got ${JSON.stringify(host)}`,
    )
  }
  if (wanted.startsWith('*.')) return ({ names }) => names.some(name => name.endsWith(wanted.slice(1)))
  return ({ names }) => names.includes(wanted)
}

/** For the label of a fault: ` to mx.example.org:25`, or nothing. */
export function toText({ to }: FaultTarget): string {
  if (to === undefined) return ''
  if (typeof to === 'number') return ` to port ${to}`
  if (typeof to === 'string') return ` to ${to}`
  const { host, port, service } = to
  return ` to ${[service, [host, port].filter(part => part !== undefined).join(':')].filter(Boolean).join(' of ')}`
}
