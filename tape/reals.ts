// The real servers of a recording: which names lead to which of them, and how they are put into a network.

import { isIP } from 'node:net'
import { isHostName } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import type { Network } from '../net/network.ts'
import type { ServicePort } from '../net/service.ts'
import { protocols } from '../protocols.ts'
import { type Place, relay, type Upstream } from './relay.ts'
import type { TapeService } from './tape.ts'

/** A name and port of the program's, and where the real server is. */
export interface Real {
  readonly name: string
  readonly port: number
  /** As in protocols.ts; undefined where neither was said nor follows from the port. */
  readonly protocol: string | undefined
  readonly to: Place
}

const shape = 'NAME:PORT[/PROTO]=HOST:PORT'

function parseReal(text: string): Real {
  const [left = '', right, ...more] = text.split('=')
  const [where = '', said] = left.split('/')
  const name = endpointOf(where)
  const to = right === undefined || more.length > 0 ? undefined : endpointOf(right)
  if (name === undefined || to === undefined) {
    throw new UsageError(
      `expected --real ${shape}, such as mx.example.org:25=127.0.0.1:2525, got ${JSON.stringify(text)}`,
    )
  }
  if (isIP(name.host) === 0 && !isHostName(name.host)) {
    throw new UsageError(`expected a name or address in --real ${shape}, got ${JSON.stringify(name.host)}`)
  }
  if (/(^|\.)localhost$/i.test(name.host)) {
    throw new UsageError(
      `expected 127.0.0.1 in place of ${name.host} in --real ${shape}: programs know localhost without asking; got ${JSON.stringify(text)}`,
    )
  }
  if (said !== undefined && !Object.hasOwn(protocols, said)) {
    const known = Object.keys(protocols).join(', ')
    throw new UsageError(`expected a protocol in --real ${shape} (${known}), got ${JSON.stringify(said)}`)
  }
  return { name: name.host.toLowerCase(), port: name.port, protocol: said ?? protocolAt(name.port), to }
}

/**
 * The real servers that the command `command` was given, each name and port once.
 *
 * @throws {UsageError} where a text is not NAME:PORT[/PROTO]=HOST:PORT.
 */
export function parseReals(command: string, texts: readonly string[] = []): readonly Real[] {
  const reals = texts.map(parseReal)
  const seen = new Set<string>()
  for (const { name, port, protocol } of reals) {
    const key = `${name}:${port}/${protocol}`
    if (seen.has(key))
      throw new UsageError(`${command}: expected each name and port once in --real, got ${name}:${port} again`)
    seen.add(key)
  }
  return reals
}

function endpointOf(text: string): Place | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port < 1 || port > 65535) return undefined
  return { host: (bracketed ?? plain)!, port }
}

export function protocolAt(port: number): string | undefined {
  return Object.values(protocols).find(({ ports }) => ports.some(each => each.port === port))?.name
}

/** Puts the real servers of one name into the network. Several real servers may stand at one name, on its ports. */
export async function hostReals(
  network: Network,
  reals: readonly Real[],
  upstream: Upstream,
  isTaken: (port: ServicePort, host: string) => boolean = () => false,
): Promise<void> {
  for (const { name, port, protocol, to } of reals) {
    const options = isIP(name) === 0 ? {} : { addresses: [name] }
    for (const { of, transports } of servedAs(protocol)) {
      const ports = transports
        .map((transport): ServicePort => ({ port, transport }))
        .filter(each => !isTaken(each, name))
      if (ports.length > 0) await network.host(name, { real: relay({ protocol: of, ports, to, upstream }) }, options)
    }
  }
}

/** Whether a real server is one for this service. */
export function isFor({ name, port, protocol }: Real, service: TapeService): boolean {
  if (name !== service.host || port !== service.port) return false
  return servedAs(protocol).some(({ transports }) => transports.includes(service.transport))
}

/** What may stand at a port: without a protocol both transports, as octets. */
export function servedAs(protocol: string | undefined): { of: string; transports: ('tcp' | 'udp')[] }[] {
  if (protocol === undefined) return ['tcp' as const, 'udp' as const].map(of => ({ of, transports: [of] }))
  if (protocol === 'tcp' || protocol === 'udp') return [{ of: protocol, transports: [protocol] }]
  const transports = new Set(protocols[protocol]!.ports.map(({ transport }) => transport))
  return [{ of: protocol, transports: [...transports] }]
}

export interface OutsideHosting {
  /** Ports beside those of known protocols. */
  readonly ports: readonly number[]
  readonly upstream: Upstream
}

/** Puts a name of the world outside into the network: at its own addresses, on every port that a protocol is known by. */
export async function hostOutside(
  network: Network,
  name: string,
  addresses: readonly string[],
  { ports: more, upstream }: OutsideHosting,
): Promise<void> {
  const byProtocol = Object.values(protocols).filter(({ ports }) => ports.length > 0)
  const known = new Set(byProtocol.flatMap(({ ports }) => ports.map(({ port }) => port)))
  const offered = byProtocol.map(({ name: protocol, ports }) => ({
    protocol,
    ports: ports.map(({ port, transport }): ServicePort => ({ port, transport })),
  }))
  for (const port of more) {
    if (known.has(port)) continue
    for (const protocol of ['tcp', 'udp'] as const) offered.push({ protocol, ports: [{ port, transport: protocol }] })
  }
  const isServed = (address: string, { port, transport }: ServicePort) =>
    network.reach({ address, port }, transport).outcome === 'served'
  // Names may share an address, and what goes there then goes to the same server. Who is meant, clients say.
  const fresh = addresses.filter(address => !offered.some(({ ports }) => ports.some(port => isServed(address, port))))
  const own = fresh.length > 0 ? fresh : addresses
  const hosted = offered.map(async ({ protocol, ports }) => {
    const free = ports.filter(port => !own.some(address => isServed(address, port)))
    if (free.length === 0) return
    await network.host(name, { real: relay({ protocol, ports: free, upstream }) }, { addresses: own })
  })
  await Promise.all(hosted)
  await network.host(name, {}, { addresses })
}
