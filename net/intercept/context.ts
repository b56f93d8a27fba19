// Which network the code that runs now lives in. Several may be active at once in one process, each test seeing its own.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import type { Endpoint } from '../address.ts'
import type { Clock } from '../clock.ts'
import { OfflineError } from '../errors.ts'
import type { Bar } from '../fault.ts'
import type { Client, Reach } from '../network.ts'

/** What interception needs to know of a network; a worker thread has a copy of it. */
export interface InterceptedNetwork {
  readonly client: Pick<Client, 'addresses' | 'resolver'>
  readonly authority: { readonly pem: string }
  readonly hosts: readonly { readonly names: readonly string[]; readonly addresses: readonly string[] }[]
  lookup(name: string): readonly string[]
  reach(at: Endpoint, transport: 'tcp' | 'udp'): Reach
  hostsAt(address: string): readonly { readonly names: readonly string[] }[]
  clientEndpoint(from: Endpoint, at: Endpoint): Endpoint
  resolver(): Promise<Endpoint | undefined>
  noteUnknownName(name: string): void
  onClose(close: () => void | Promise<void>): void
  /** What bars the way, as an attempt; a worker thread's copy knows of no faults. */
  bar?(at: Endpoint, transport: 'tcp' | 'udp', client: string): Bar | undefined
  expectConnection?(at: Endpoint, client: Socket): void
  /** A worker thread's copy has none. */
  readonly clock?: Clock
  /** True for a worker thread's copy of a network that is closed. */
  readonly closed?: boolean
}

/** One call of `intercept`: what is inside it, also after an `await` or in a callback, lives in its network. */
export interface Frame {
  readonly network: InterceptedNetwork
  readonly outer: Frame | undefined
  active: boolean
}

/** Stands for code that speaks with the machine's own network whatever is active, as the recorder does. */
const machine: unique symbol = Symbol('machine')

const inside = new AsyncLocalStorage<Frame | typeof machine | undefined>()
const frames = new Set<Frame>()
const closed = new WeakSet<InterceptedNetwork>()

/** What redirected code needs to know of the network that it lives in. */
export interface Surroundings {
  readonly network: InterceptedNetwork | undefined
  lookup(name: string): readonly string[]
  reach(at: Endpoint, transport: 'tcp' | 'udp'): Reach
  /** The name that an address, which is none of this network's, has in another network of this process. */
  nameElsewhere(address: string): string | undefined
  /** The error for what is not here. `line` is the line that adds it. */
  offline(what: string, line: string): OfflineError
}

/** Addresses whose names are remembered when their network is left; the first to come are the first to go. */
const maxRemembered = 10_000

/** Programs keep what they have looked up, some for minutes and beyond the test in which they did. */
const remembered = new Map<string, string>()

function remember({ hosts }: InterceptedNetwork): void {
  for (const { names, addresses } of hosts) {
    for (const address of addresses) {
      remembered.delete(address)
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value!)
      remembered.set(address, names[0]!)
    }
  }
}

/** Names of hosts that another network had at the same time. */
const shared = new WeakMap<InterceptedNetwork, Set<string>>()

function noteShared(network: InterceptedNetwork): void {
  for (const { network: other } of frames) {
    if (other === network) continue
    for (const { names } of network.hosts) {
      if (other.lookup(names[0]!).length === 0) continue
      for (const each of [network, other]) shared.set(each, (shared.get(each) ?? new Set()).add(names[0]!))
    }
  }
}

/** Names of hosts that a network has, or had, at the same time as another of this process. */
export function sharedNames(network: InterceptedNetwork): readonly string[] {
  noteShared(network)
  return [...(shared.get(network) ?? [])]
}

function nameElsewhere(address: string, network: InterceptedNetwork): string | undefined {
  if (network.hostsAt(address).length > 0) return undefined
  const others = [...frames].filter(frame => frame.network !== network)
  return others.flatMap(frame => frame.network.hostsAt(address))[0]?.names[0] ?? remembered.get(address)
}

const surroundings = new WeakMap<InterceptedNetwork, Surroundings>()

function surroundingsOf(network: InterceptedNetwork): Surroundings {
  let made = surroundings.get(network)
  if (made === undefined) {
    made = {
      network,
      lookup: name => network.lookup(name),
      reach: (at, transport) => network.reach(at, transport),
      nameElsewhere: address => nameElsewhere(address, network),
      offline: (what, line) =>
        new OfflineError(
          network.closed
            ? `expected a worker thread of an open network, got ${what} from one whose network is closed; start it in the other`
            : `expected a name of the network, got ${what}; add it by: ${line}`,
        ),
    }
    surroundings.set(network, made)
  }
  return made
}

/** For code that belongs to none of several networks: it must reach neither one of them by chance nor the world outside. */
const nowhere: Surroundings = {
  network: undefined,
  lookup: () => [],
  reach: () => ({ outcome: 'not in the network' }),
  nameElsewhere: () => undefined,
  offline: what =>
    new OfflineError(
      `expected code that lives in one of ${frames.size} active networks, got ${what} from code that lives in none; ` +
        'call network.intercept() in the function that starts it',
    ),
}

/** For code that outlived its network, such as one of a test that was given up: what is active now is another's. */
const gone: Surroundings = {
  ...nowhere,
  offline: what =>
    new OfflineError(
      `expected code whose network is open, got ${what} from code whose network is closed; await what a test starts, ` +
        'and give tests that run at once pools of their own, since a pool belongs to the network that opened it',
    ),
}

let guards = 0

/** For code of a process that is kept off the world outside while no network is active. */
const guarded: Surroundings = {
  ...nowhere,
  offline: (what, line) =>
    new OfflineError(
      `expected nothing of the world outside, got ${what}, and no network is open; ` +
        `add it in a test by createNetwork(), network.intercept() and: ${line}`,
    ),
}

/** Keeps code off the world outside where no network is active, until {@link unguard}. */
export function guard(): void {
  guards++
}

export function unguard(): void {
  guards--
}

/** Runs code outside of every network. */
export function outside<T>(call: () => T): T {
  return inside.run(machine, call)
}

/** Where code that runs now lives; undefined where no network is active. */
export function current(): Surroundings | undefined {
  const store = inside.getStore()
  if (store === machine) return undefined
  for (let frame = store; frame !== undefined; frame = frame.outer) {
    if (frame.active) return surroundingsOf(frame.network)
  }
  if (frames.size === 0) return guards > 0 ? guarded : undefined
  if (store !== undefined && closed.has(store.network)) return gone
  // Code from a timer or a pool of before: unambiguous where there is one network.
  const [first, ...others] = frames
  return others.every(frame => frame.network === first!.network) ? surroundingsOf(first!.network) : nowhere
}

/** Code that still runs in a network has none to live in from now on. */
export function close(network: InterceptedNetwork): void {
  closed.add(network)
}

/** The innermost network around the code that runs now that is still active. */
function around(): Frame | undefined {
  const store = inside.getStore()
  let frame = store === machine ? undefined : store
  // Guards may be disposed in any order and from elsewhere.
  while (frame !== undefined && !frame.active) frame = frame.outer
  return frame
}

/** Lets the async context that runs now live in a network. */
export function enter(network: InterceptedNetwork): Frame {
  const frame: Frame = { network, outer: around(), active: true }
  frames.add(frame)
  inside.enterWith(frame)
  return frame
}

export function leave(frame: Frame): void {
  frame.active = false
  frames.delete(frame)
  remember(frame.network)
  noteShared(frame.network)
  inside.enterWith(around())
}

export function anyActive(): boolean {
  return frames.size > 0 || guards > 0
}
