// Services on the addresses and ports of a network's hosts, loaded at once or for the first who comes.

import type { Server } from 'node:net'
import { type Endpoint, formatEndpoint } from './address.ts'
import { remedyFor, UsageError } from './errors.ts'
import type { Faultable } from './faulting.ts'
import type { Host } from './host.ts'
import type { Tap } from './link.ts'
import { Listener, type Stand } from './listener.ts'
import type { Network } from './network.ts'
import type { DatagramSocket, Placement } from './placement.ts'
import type {
  Fake,
  HostedService,
  LateDescription,
  Placed,
  PlacedPort,
  ServiceDescription,
  ServicePort,
  Site,
} from './service.ts'

type Real = { host: string; port: number }

export class Hosting {
  /** In the order in which they were up. */
  readonly services: HostedService[] = []
  readonly #network: Network
  readonly #placement: Placement
  readonly #taps: readonly Tap[]
  readonly #places = new Map<string, { listener: Listener; real: Promise<Real> }>()
  readonly #fakes: Fake[] = []
  /** Services that nobody came to yet. */
  readonly #waiting = new Set<{ protocol: string; create(): Promise<Fake> }>()
  readonly #reals = new Map<string, Real>()
  readonly #opened = new Map<string, Promise<Server | DatagramSocket>>()

  constructor(network: Network, placement: Placement, taps: readonly Tap[]) {
    this.#network = network
    this.#placement = placement
    this.#taps = taps
  }

  /** Where a program on this machine reaches an address and port, in its normal spelling, that is served. */
  real(at: Endpoint, transport: 'tcp' | 'udp'): Real | undefined {
    return this.#reals.get(`${transport} ${formatEndpoint(at)}`)
  }

  /** What fakes say of their own faults that never happened. */
  get unreachedFaults(): readonly string[] {
    // Fakes come as they are loaded, which is not in the same order each time.
    return this.#fakes.flatMap(fake => fake.unreachedFaults?.() ?? []).toSorted()
  }

  /** What listens for connections at an address, in its normal spelling, and port. */
  listener(at: Endpoint): Listener | undefined {
    return this.#places.get(`tcp ${formatEndpoint(at)}`)?.listener
  }

  /** What takes datagrams or connections at an address, in its normal spelling, and port. */
  protocolAt(at: Endpoint, transport: 'tcp' | 'udp'): string | undefined {
    return this.#places.get(`${transport} ${formatEndpoint(at)}`)?.listener.protocol
  }

  /** Every link that is open. */
  *links(): Iterable<Faultable> {
    for (const { listener } of this.#places.values()) yield* listener.links()
  }

  /** Puts a service on a host, and gives its handle. */
  async serve(host: Host, description: ServiceDescription): Promise<object> {
    const create = await description.load()
    this.#network.mustBeOpen()
    const { protocol } = description
    const fake = this.#create(host, protocol, create)
    const { ports, virtualHosts = false } = fake
    const service = { protocol, ports, virtualHosts, fake, load: async () => fake }
    const placed = await this.#put(host, service)
    return placedState(fake, placed)
  }

  /** Puts a service on a host that is loaded when somebody first comes to it. */
  async serveLate(host: Host, description: LateDescription): Promise<void> {
    await this.#put(host, this.#late(host, description))
  }

  /** Loads the services of a protocol that still wait for somebody. */
  async loadAll(protocol: string): Promise<void> {
    const waiting = [...this.#waiting].filter(late => late.protocol === protocol)
    await Promise.all(waiting.map(({ create }) => create()))
  }

  async close(): Promise<void> {
    // A socket that is still being opened is waited for; whoever asked for it is told if it failed.
    await Promise.allSettled([...this.#places.values()].map(({ real }) => real))
    await Promise.all([...this.#places.values()].map(({ listener }) => listener.close()))
  }

  #late(host: Host, { protocol, ports, virtualHosts = false, together = false, load }: LateDescription) {
    let creating: Promise<Fake> | undefined
    const create = () => {
      creating ??= (async () => {
        const made = await load()
        this.#network.mustBeOpen()
        this.#waiting.delete(waiting)
        service.fake = this.#create(host, protocol, made)
        return service.fake
      })()
      return creating
    }
    const service = {
      protocol,
      ports,
      virtualHosts,
      fake: undefined as Fake | undefined,
      load: async () => {
        if (together) await this.loadAll(protocol)
        return create()
      },
    }
    const waiting = { protocol, create }
    this.#waiting.add(waiting)
    return service
  }

  #create(host: Host, protocol: string, create: (site: Site) => Fake): Fake {
    const random = this.#network.random(`${host.name}/${protocol}`)
    const fake = create({ network: this.#network, host, clock: this.#network.clock, random })
    if (fake.close !== undefined) this.#network.onClose(() => fake.close!())
    this.#fakes.push(fake)
    return fake
  }

  /** Puts a service on all addresses of a host, and among those that are listed. */
  async #put(host: Host, service: Omit<Stand, 'host' | 'port'> & { ports: readonly ServicePort[] }): Promise<Placed> {
    const { ports, protocol } = service
    const places = [...host.addresses, ...host.alsoAt].flatMap(address => ports.map(port => ({ address, port })))
    const endpoints = await Promise.all(
      places.map(async ({ address, port }): Promise<PlacedPort> => {
        const stand: Stand = {
          host,
          protocol,
          port,
          virtualHosts: service.virtualHosts,
          get fake() {
            return service.fake
          },
          load: () => service.load(),
        }
        const real = await this.#listen({ address, port: port.port }, ports, stand)
        return { ...port, tls: port.tls ?? false, address, real }
      }),
    )
    const placed: Placed = { endpoint: endpoints[0]?.real ?? { host: host.addresses[0]!, port: 0 }, endpoints }
    const state = async () => placedState(await service.load(), placed)
    this.services.push({ host, protocol, endpoints, state })
    return placed
  }

  async #listen(at: Endpoint, ports: readonly ServicePort[], stand: Stand) {
    const { transport } = stand.port
    const key = `${transport} ${formatEndpoint(at)}`
    let place = this.#places.get(key)
    if (place === undefined) {
      const listener = new Listener(this.#network, at, this.#taps)
      listener.add(stand)
      place = { listener, real: this.#place(listener, transport, ports) }
      this.#places.set(key, place)
      // What cannot be had now may be had later.
      place.real.catch(() => this.#places.delete(key))
    } else place.listener.add(stand)
    return place.real
  }

  /** Gives a listener the socket that it listens on. */
  async #place(listener: Listener, transport: 'tcp' | 'udp', ports: readonly ServicePort[]) {
    const { at } = listener
    const socket = await this.#open(at, transport, ports).catch((cause: NodeJS.ErrnoException) => {
      if (cause.syscall === undefined) throw cause
      const what = `${formatEndpoint(at)} over ${transport}: ${cause.code}${remedyFor(cause.code)}`
      throw new UsageError(`expected an address and port that can be served, got ${what}`, { cause })
    })
    if (transport === 'udp') listener.serveUdp(socket as DatagramSocket)
    else listener.serveTcp(socket as Server)
    const real = this.#placement.real(at, socket)
    this.#reals.set(`${transport} ${formatEndpoint(at)}`, real)
    return real
  }

  /** A socket, and at the same time the other transport's where the fake has that at the same port too. */
  async #open(at: Endpoint, transport: 'tcp' | 'udp', ports: readonly ServicePort[]): Promise<Server | DatagramSocket> {
    const key = `${transport} ${formatEndpoint(at)}`
    const opened = this.#opened.get(key)
    if (opened !== undefined) {
      this.#opened.delete(key)
      return opened
    }
    const other = transport === 'tcp' ? 'udp' : 'tcp'
    const otherKey = `${other} ${formatEndpoint(at)}`
    const paired = ports.some(each => each.port === at.port && each.transport === other)
    if (this.#placement.both === undefined || !paired || this.#places.has(otherKey)) {
      return this.#placement[transport](at)
    }
    const both = this.#placement.both(at)
    this.#opened.set(
      otherKey,
      both.then(sockets => sockets[other]),
    )
    return (await both)[transport]
  }
}

/** What a test may look at, and where it is reached. */
function placedState({ state }: Fake, { endpoint, endpoints }: Placed): object & Placed {
  return Object.defineProperties(state, {
    endpoint: { value: endpoint, configurable: true },
    endpoints: { value: endpoints, configurable: true },
  }) as object & Placed
}
