// A fault in a network: it counts the links that fit it, sits on those that are meant, and keeps how often it did something.

import { UsageError } from '../net/errors.ts'
import type { Attempt, Bar, Fault, Grip, PlacedFault, Stage } from '../net/fault.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Random } from '../net/random.ts'
import type { TlsOptions } from '../net/service.ts'
import { type FaultTarget, type Fits, fitting, type Point, targetOptions, toText } from './target.ts'

/** What a stage is made with. */
export interface Place {
  readonly network: Network
  readonly link: Link
  readonly grip: Grip
  /** Follows from the network's seed, the fault's number and the link's number among those that fit. */
  readonly random: Random
  /** The fault did something. */
  hit(): void
}

export interface FaultParts {
  /** What it does, for its label: `latency of 200 ms`. */
  readonly what: string
  /** Of which transport it is, where not of both. */
  readonly transport?: 'tcp' | 'udp'
  bar?(attempt: Attempt): Bar | undefined
  stage?(place: Place): Stage
  /** What bars a way also sits on TCP links that are open when it comes. */
  readonly isOnOpen?: boolean
  tls?(link: Link): TlsOptions | undefined
}

/**
 * A fault, made of what it does. `own` are the names of its options.
 *
 * @throws {UsageError} where an option is not known or cannot be what it is for.
 */
export function faultOf(name: string, options: FaultTarget, own: readonly string[], parts: FaultParts): Fault {
  const known = [...own, ...targetOptions]
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new UsageError(`${name}: expected one of ${known.join(', ')}, got ${key}`)
  }
  if (parts.transport !== undefined && (options.transport ?? parts.transport) !== parts.transport) {
    throw new UsageError(`${name}: expected transport ${parts.transport}, got ${options.transport}`)
  }
  const transport = options.transport ?? parts.transport
  const fits = fitting(name, { ...options, ...(transport === undefined ? {} : { transport }) })
  const label = parts.what + toText(options)
  return {
    label,
    place: (network, number) => new Placing(network, number, label, options, fits, parts),
  }
}

/** Why a name may be known though its server is down. */
const dnsHint =
  'resolvers of the network know its zones without asking it, and who has an answer in a cache asks nobody'

class Placing implements PlacedFault {
  hits = 0
  readonly #network: Network
  readonly #number: number
  readonly #label: string
  readonly #options: FaultTarget
  readonly #fits: Fits
  readonly #parts: FaultParts
  /** Links that fit so far. */
  #count = 0
  /** Whether the system does by itself what would be counted. */
  #isStanding = false
  readonly standing: PlacedFault['standing']
  readonly bar: PlacedFault['bar']
  readonly join: PlacedFault['join']
  readonly tls: PlacedFault['tls']

  constructor(network: Network, number: number, label: string, options: FaultTarget, fits: Fits, parts: FaultParts) {
    this.#network = network
    this.#number = number
    this.#label = label
    this.#options = options
    this.#fits = fits
    this.#parts = parts
    if (parts.bar !== undefined) this.standing = attempt => this.#standing(attempt)
    if (parts.bar !== undefined) this.bar = attempt => this.#bar(attempt)
    if (parts.stage !== undefined) this.join = (link, isOpen) => this.#join(link, isOpen)
    if (parts.tls !== undefined) this.tls = link => this.#tls(link)
  }

  unreached(): string | undefined {
    if (this.hits > 0 || this.#isStanding) return undefined
    const { nth } = this.#options
    const which = nth === undefined ? 'a link' : `a link number ${nth}`
    const links = this.#count === 0 ? 'no link' : this.#count === 1 ? '1 link' : `${this.#count} links`
    const reason = this.#count === 0 ? `${links} fitted` : `${links} fitted and did not`
    const hint = this.#count === 0 && this.#isOfNameServer ? `; ${dnsHint}` : ''
    return `the fault "${this.#label}" never happened: expected ${which} that comes to it, but ${reason}${hint}`
  }

  /** Whether it is told to be about a server that is answered for by others. */
  get #isOfNameServer(): boolean {
    if (this.#options.to === undefined) return false
    return this.#network.hosts.some(({ names, addresses }) =>
      addresses.some(address =>
        (['udp', 'tcp'] as const).some(transport => {
          const at = { address, port: 53 }
          const isServed = this.#network.reach(at, transport).outcome === 'served'
          return isServed && this.#fits({ transport, names, protocol: 'dns', ...at })
        }),
      ),
    )
  }

  /** Counts what fits, and says whether it is meant. */
  #isMeant(point: Point): boolean {
    if (!this.#fits(point)) return false
    const count = ++this.#count
    const { nth, times } = this.#options
    return (nth === undefined || count === nth) && (times === undefined || count <= times)
  }

  #bar(attempt: Attempt): Bar | undefined {
    const { at, names, protocol, transport } = attempt
    const { nth, times } = this.#options
    // Datagrams are no attempts that could be counted; their flows are.
    if (transport === 'udp' && (nth ?? times) !== undefined) return undefined
    if (!this.#isMeant({ transport, names, protocol, ...at })) return undefined
    const bar = this.#parts.bar!(attempt)
    if (bar !== undefined) this.hits++
    return bar
  }

  #standing(attempt: Attempt): Bar | undefined {
    const { at, names, protocol, transport } = attempt
    const { nth, times } = this.#options
    if ((nth ?? times) !== undefined || !this.#fits({ transport, names, protocol, ...at })) return undefined
    this.#isStanding = true
    return this.#parts.bar!(attempt)
  }

  #join(link: Link, isOpen: boolean): ((grip: Grip) => Stage) | undefined {
    // What is a way's to bar is not counted again where the way ends.
    const isBarred = this.#parts.bar !== undefined && link.transport === 'tcp'
    if (isBarred && !(isOpen && this.#parts.isOnOpen)) return undefined
    if (!this.#isMeant(this.#pointOf(link))) return undefined
    const random = this.#network.random(`fault ${this.#number}, link ${this.#count}`)
    const hit = () => void this.hits++
    return grip => this.#parts.stage!({ network: this.#network, link, grip, random, hit })
  }

  #tls(link: Link): TlsOptions | undefined {
    if (!this.#isMeant(this.#pointOf(link))) return undefined
    const changed = this.#parts.tls!(link)
    if (changed !== undefined) this.hits++
    return changed
  }

  #pointOf({ host, transport, protocol, server: { address, port } }: Link): Point {
    // Sites that share an address share its links.
    const names = this.#network.hostsAt(address).flatMap(each => each.names)
    return { transport, protocol, address, port, names: names.length > 0 ? names : [host] }
  }
}

/** @throws {UsageError} where it is not a finite number in the range. */
export function checkNumber(
  fault: string,
  name: string,
  value: number,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && value >= from && value <= to) return value
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`
  throw new UsageError(`${fault}: expected ${name} as a number ${range}, got ${JSON.stringify(value)}`)
}
