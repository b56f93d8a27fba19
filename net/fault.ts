// What a network asks of a fault: to bar a way, to change TLS, and to sit on links and decide what becomes of what
// crosses. The faults themselves are in faults/.

import type { Side } from '../wire/decoder.ts'
import type { Endpoint } from './address.ts'
import type { Link } from './link.ts'
import type { Network } from './network.ts'
import type { TlsOptions } from './service.ts'

/** Octets of a stream, or one datagram; the end of a side; or something that must not overtake what was said before it. */
export type Crossing =
  | { readonly kind: 'octets'; readonly octets: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'act'; readonly act: () => void }

/** What sits on one link for one fault. */
export interface Stage {
  /** Decides about what a side says: hands it to `pass`, now or later, changed, several times or never. */
  cross(from: Side, what: Crossing, pass: (what: Crossing) => void): void
  /** The fault is undone: what is held back is to go on at once. */
  release?(): void
  /** The link is gone. */
  closed?(): void
}

/** What a fault may do to a link beside changing what crosses. */
export interface Grip {
  /** A reset, once what was let through before is on its way; a UDP flow has none. */
  cut(): void
  /** A side has to wait, since too much of what it said has not crossed yet; `release` ends that. */
  holdBack(from: Side): void
  release(from: Side): void
}

/** Somebody is about to open a link. */
export interface Attempt {
  readonly transport: 'tcp' | 'udp'
  readonly at: Endpoint
  /** Every name of the hosts at the address. */
  readonly names: readonly string[]
  /** What stands there. */
  readonly protocol: string | undefined
  /** The address that it comes from. */
  readonly client: string
}

export type Bar = 'refuse' | 'black hole'

/** What is left out fits everything. */
export interface StandingRule {
  /** Undefined lets through. */
  readonly bar: Bar | undefined
  readonly transport?: 'tcp' | 'udp'
  /** Addresses or ranges. */
  readonly from?: string
  readonly to?: string
  readonly ports: readonly [first: number, last: number]
}

/** A fault in a network. */
export interface PlacedFault {
  /** How often it did something. */
  readonly hits: number
  /** Why it never did anything, as a sentence; undefined where it did, or need not. */
  unreached(): string | undefined
  /** Counts an attempt, and bars its way or does not. */
  readonly bar?: ((attempt: Attempt) => Bar | undefined) | undefined
  /**
   * What it makes of every such attempt from now on, so that the system can do so by itself; undefined where that cannot
   * be said. What the system does is not counted.
   */
  readonly standing?: ((attempt: Attempt) => Bar | undefined) | undefined
  /**
   * What it makes of the client's every attempt, by rules in their order of which the first that fits decides: so that
   * the system can do so at addresses and ports where nothing stands, too.
   */
  readonly rules?: (() => readonly StandingRule[]) | undefined
  /** Makes what sits on a link that is opened, or `isOpen` when the fault comes; undefined leaves it alone. */
  readonly join?: ((link: Link, isOpen: boolean) => ((grip: Grip) => Stage) | undefined) | undefined
  /** What TLS of a link differs in. Called once a handshake. */
  readonly tls?: ((link: Link) => TlsOptions | undefined) | undefined
}

/** What `latency()` and its like return: it does nothing until a network has it. */
export interface Fault {
  /** For example `latency of 200 ms to prices.example`. */
  readonly label: string
  /** `number` tells the faults of a network apart, for their chance. */
  place(network: Network, number: number): PlacedFault
}

/** Undoes a fault when it is disposed. */
export interface FaultGuard extends Disposable {
  /** How often it did something: links that were barred or cut, handshakes, segments or datagrams that it changed. */
  readonly hits: number
}
