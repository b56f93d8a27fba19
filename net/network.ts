// One isolated fake Internet: hosts with names and addresses, what they serve, a clock, seeded chance, an authority.

import type { Socket } from 'node:net'
import {
  addressTowards,
  byName,
  type Endpoint,
  formatEndpoint,
  isHostName,
  isIP,
  isLoopback,
  isPrivateAddress,
  normalizeAddress,
  normalizeName,
  parseRange,
} from './address.ts'
import { Authority } from './authority.ts'
import { Clock } from './clock.ts'
import { Dialler } from './dialler.ts'
import { UsageError } from './errors.ts'
import type { Attempt, Bar, Fault, FaultGuard } from './fault.ts'
import { Faulting } from './faulting.ts'
import type { Host, HostOptions } from './host.ts'
import { Hosting } from './hosting.ts'
import { intercept } from './intercept/intercept.ts'
import type { Link, Tap } from './link.ts'
import { loopback, type Placement } from './placement.ts'
import { Random } from './random.ts'
import type { Handles, HostedService, LateDescription, ServiceDescription, Services } from './service.ts'

/** The machine that programs run on, and the router before it. */
export interface Client {
  /** Its full name; the part before the first dot is the host name. */
  readonly name: string
  /** IPv4 ones lie in a /24, IPv6 ones in a /64. The first of a family is the one used towards everybody else. */
  readonly addresses: readonly string[]
  readonly mac: string
  readonly gateway: string
  readonly gatewayMac: string
  /** Where it asks for names. */
  readonly resolver: string
  /**
   * Variables of a program's environment that name a file with the certificate of a service, for programs that are told
   * whom to trust: by variable, the service's `host:port`, which has TLS from the first octet on.
   */
  readonly certificates?: Readonly<Record<string, string>>
  /** Its IPv4 address as hosts beyond the router see it. */
  readonly publicAddress: string
}

export interface NetworkOptions {
  /** What all chance follows from. Default: 1. */
  seed?: number | string
  /** Where the clock starts. Default: 2015-03-15 12:09:16 UTC. */
  epoch?: Date | string | number
  /**
   * `manual` stands until it is told to move, `running` goes on with real time; `standing` shows the epoch all the while,
   * and only its timers run with real time, so that two runs say the same. Default: manual.
   */
  clock?: 'manual' | 'running' | 'standing'
  /** The machine that programs run on. Default: debian6box.localdomain.loc, 10.0.2.15, behind 10.0.2.2. */
  client?: Partial<Client>
  /** Ranges in which nothing answers and connections time out. Default: 192.0.2.0/24. */
  blackHoles?: readonly string[]
  /**
   * Told of errors that are a fake's own or a user's function's, never a peer's. Default: thrown where nothing catches
   * them, so that a test fails.
   */
  onBug?: (error: unknown, link?: Link) => void
}

/** What a connection to an address and port of the network meets. */
export type Reach =
  | { outcome: 'served'; host: string; port: number }
  | { outcome: 'refused' | 'black hole' | 'not in the network' }

/** Names that are remembered as unknown; a program that guesses names fills no memory. */
const maxUnknownNames = 1000

/** Addresses of 198.18.0.0/15 for hosts that have none of their own: without those that end in 0 or 255. */
const ownAddresses = 512 * 254

const defaultClient: Client = {
  name: 'debian6box.localdomain.loc',
  addresses: ['10.0.2.15', '192.168.56.102', 'fd00:2::15'],
  mac: '08:00:27:1d:1e:db',
  gateway: '10.0.2.2',
  gatewayMac: '52:54:00:12:35:02',
  resolver: '192.168.1.1',
  publicAddress: '77.233.155.107',
}

export class Network implements AsyncDisposable {
  readonly seed: string
  readonly clock: Clock
  readonly authority: Authority
  readonly client: Client
  readonly blackHoles: readonly string[]
  /** For listeners. */
  readonly faulting: Faulting
  readonly #placement: Placement
  readonly #onBug: (error: unknown, link?: Link) => void
  readonly #hosts: Host[] = []
  readonly #names = new Map<string, Host>()
  readonly #hosting: Hosting
  readonly #closing: (() => void | Promise<void>)[] = []
  readonly #changing: (() => void)[] = []
  readonly #taps: Tap[] = []
  readonly #unknownNames = new Set<string>()
  readonly #dialler = new Dialler()
  #dialled = 0
  #links = 0
  #resolver: ServiceDescription | undefined
  #placedResolver: Promise<unknown> | undefined
  #closed: Promise<void> | undefined

  constructor(options: NetworkOptions = {}, placement: Placement = loopback) {
    this.seed = String(options.seed ?? 1)
    const epoch = options.epoch === undefined ? undefined : new Date(options.epoch).getTime()
    if (Number.isNaN(epoch)) {
      throw new UsageError(`expected an epoch such as '2015-03-15T12:09:16Z', got ${JSON.stringify(options.epoch)}`)
    }
    const { clock = 'manual' } = options
    this.clock = new Clock(epoch, { running: clock !== 'manual', standing: clock === 'standing' })
    this.authority = new Authority(label => this.random(label))
    const client = { ...defaultClient, ...options.client }
    this.client = { ...client, addresses: client.addresses.map(normalizeAddress) }
    this.blackHoles = options.blackHoles ?? ['192.0.2.0/24']
    const holes = this.blackHoles.map(parseRange)
    this.#inBlackHole = address => holes.some(contains => contains(address))
    this.#placement = placement
    this.faulting = new Faulting(this, () => this.#hosting.links())
    this.#hosting = new Hosting(this, placement, this.#taps)
    this.#onBug = options.onBug ?? throwOutside
    placement.join?.(this)
  }

  readonly #inBlackHole: (address: string) => boolean

  /** Every host, in the order in which they came. */
  get hosts(): readonly Host[] {
    return this.#hosts
  }

  /** Every service, in the order in which they were up. */
  get services(): readonly HostedService[] {
    return this.#hosting.services
  }

  /** A stream of chance that follows from the seed and a label alone. */
  random(label: string): Random {
    return new Random(`${this.seed}/${label}`)
  }

  /**
   * Puts a host into the network, or more services on one that is there, and gives the services' handles.
   *
   * @throws {UsageError} where an address and port is taken, or an address or name cannot be one.
   */
  async host<S extends Services>(name: string, services: S = {} as S, options: HostOptions = {}): Promise<Handles<S>> {
    this.mustBeOpen()
    const host = this.#hostFor(name, options)
    const handles: Record<string, object> = {}
    for (const [key, description] of Object.entries(services)) {
      handles[key] = await this.#hosting.serve(host, description)
    }
    this.#changed()
    return handles as Handles<S>
  }

  /**
   * Puts a host into the network whose services are loaded when somebody first comes to them. Errors are those of
   * {@link host}; what fails while a service is loaded is a bug.
   */
  async hostLate(name: string, services: readonly LateDescription[], options: HostOptions = {}): Promise<void> {
    this.mustBeOpen()
    const host = this.#hostFor(name, options)
    await Promise.all(services.map(description => this.#hosting.serveLate(host, description)))
    this.#changed()
  }

  /** Loads the services of a protocol that still wait for somebody. */
  async loadAll(protocol: string): Promise<void> {
    await this.#hosting.loadAll(protocol)
  }

  /**
   * The certificate that a service with TLS from the first octet on shows to who asks for no name, in PEM: for clients
   * that are to trust it alone. Undefined where there is none.
   */
  async certificateAt({ address, port }: Endpoint): Promise<string | undefined> {
    return this.#hosting.listener({ address: normalizeAddress(address), port })?.certificate()
  }

  /** The host that has a name, also by a wildcard; an exact name wins, then the longest wildcard. */
  hostOf(name: string): Host | undefined {
    return byName(this.#names, name)
  }

  /** The hosts that have an address, in the order in which they came. */
  hostsAt(address: string): Host[] {
    const wanted = normalizeAddress(address)
    return this.#hosts.filter(host => host.addresses.includes(wanted))
  }

  /** Addresses of a name; empty where the network has no such name. */
  lookup(name: string): readonly string[] {
    return this.hostOf(name)?.addresses ?? []
  }

  /** What a connection or datagram to an address and port of the network meets. */
  reach({ address, port }: Endpoint, transport: 'tcp' | 'udp'): Reach {
    const normal = normalizeAddress(address)
    const real = this.#hosting.real({ address: normal, port }, transport)
    if (real !== undefined) return { outcome: 'served', ...real }
    if (!isLoopback(normal) && this.#inBlackHole(normal)) return { outcome: 'black hole' }
    return { outcome: this.hostsAt(normal).length > 0 ? 'refused' : 'not in the network' }
  }

  /** Shows a tap every link from now on, until the guard is disposed. */
  tap(tap: Tap): Disposable {
    this.#taps.push(tap)
    return { [Symbol.dispose]: () => void remove(this.#taps, tap) }
  }

  /**
   * Puts a fault on what fits it, also on links that are open, until the guard is disposed.
   *
   * @example
   * using cut = network.fault(reset({ to: 'mx.example.org', at: /^RCPT/ }))
   * // …
   * cut.hits // 1
   */
  fault(fault: Fault): FaultGuard {
    this.mustBeOpen()
    return this.faulting.add(fault)
  }

  /** A sentence for each fault, of a link or of a fake, that has done nothing; those that were undone included. */
  get unreachedFaults(): readonly string[] {
    return [...this.faulting.unreached, ...this.#hosting.unreachedFaults]
  }

  /**
   * Lets this process live in the network until the guard is disposed: connections and look-ups that code started from
   * here makes are the network's. Loopback ports that the network does not serve pass through; anything else is refused
   * with an {@link OfflineError} that says which line adds it.
   */
  intercept(): Disposable {
    const guard = intercept(this)
    this.onClose(() => guard[Symbol.dispose]())
    return guard
  }

  /** Calls `changed` whenever hosts or services have come. */
  onChange(changed: () => void): void {
    this.#changing.push(changed)
  }

  /** Calls `close` when the network closes, the last registered first. */
  onClose(close: () => void | Promise<void>): void {
    this.#closing.push(close)
  }

  /** Ends every link and frees every port. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For parts of the network: an error that is nobody's input. */
  reportBug(error: unknown, link?: Link): void {
    this.#onBug(error, link)
  }

  /** What is to answer at the client's resolver where the network has no such service; placed when it is first asked. */
  provideResolver(service: ServiceDescription): void {
    this.#resolver = service
  }

  /** For interception: where the client's questions for names go. Undefined where nothing answers them. */
  async resolver(): Promise<Endpoint | undefined> {
    const at = { address: this.client.resolver, port: 53 }
    if (this.reach(at, 'udp').outcome !== 'served') {
      if (this.#resolver === undefined) return undefined
      this.#placedResolver ??= this.host(at.address, { resolver: this.#resolver }, { addresses: [at.address] })
      await this.#placedResolver
    }
    return at
  }

  /** Names that somebody asked for and the network does not have, in the order of the first question. */
  get unknownNames(): readonly string[] {
    return [...this.#unknownNames]
  }

  /** For whoever answers questions for names: a name was asked for that the network does not have. */
  noteUnknownName(name: string): void {
    if (this.#unknownNames.size < maxUnknownNames) this.#unknownNames.add(normalizeName(name))
  }

  /**
   * Opens a connection from one host of the network to an address and port of another.
   *
   * @throws {Error} as the system would: ECONNREFUSED where nobody listens, ETIMEDOUT in a black hole.
   */
  async dial(from: Host, to: Endpoint): Promise<Socket> {
    const at = { address: normalizeAddress(to.address), port: to.port }
    const listener = this.#hosting.listener(at)
    const family = at.address.includes(':')
    const address = from.addresses.find(each => each.includes(':') === family) ?? from.addresses[0]!
    const bar = this.bar(at, 'tcp', address)
    if (listener === undefined || bar !== undefined) {
      const code = bar === 'black hole' || this.#inBlackHole(at.address) ? 'ETIMEDOUT' : 'ECONNREFUSED'
      throw Object.assign(new Error(`connect ${code} ${formatEndpoint(at)}`), { code, syscall: 'connect' })
    }
    const { near, far } = await this.#dialler.pair()
    // As systems choose them: RFC 6335 §6.
    listener.dialled(far, { address, port: 49152 + (this.#dialled++ % 16384) })
    return near
  }

  /** For whoever opens a link: what bars its way, which counts as an attempt. `client` is the address it comes from. */
  bar(at: Endpoint, transport: 'tcp' | 'udp', client: string): Bar | undefined {
    return this.faulting.isEmpty ? undefined : this.faulting.bar(this.#attempt(at, transport, client))
  }

  /** For placements: what bars the way of the client's every connection or datagram to an address and port. */
  standingBar(at: Endpoint, transport: 'tcp' | 'udp'): Bar | undefined {
    if (this.faulting.isEmpty) return undefined
    return this.faulting.standing(this.#attempt(at, transport, this.#ownEndpoint(at, at).address))
  }

  #attempt(at: Endpoint, transport: 'tcp' | 'udp', client: string): Attempt {
    const names = this.hostsAt(at.address).flatMap(host => host.names)
    return { transport, at, names, protocol: this.#hosting.protocolAt(at, transport), client }
  }

  /** For interception: a client has begun to connect to a served address and port, and `bar` has been asked. */
  expectConnection(at: Endpoint, client: Socket): void {
    if (!this.faulting.isEmpty) this.#hosting.listener(at)?.expect(client)
  }

  /** For listeners. */
  nextLinkId(): number {
    return ++this.#links
  }

  /** For listeners: a client's real address and port as the network knows them. */
  clientEndpoint(from: Endpoint, at: Endpoint): Endpoint {
    if (this.#placement.genuine) return { address: normalizeAddress(from.address), port: from.port }
    return this.#ownEndpoint(from, at)
  }

  /** Where the client's machine speaks from towards an address. */
  #ownEndpoint(from: Endpoint, at: Endpoint): Endpoint {
    return { address: addressTowards(this.client.addresses, at.address) ?? from.address, port: from.port }
  }

  /** For listeners: the client's address as a service at `server` sees it. */
  seenAs(client: string, server: string): string {
    return client.includes(':') || isPrivateAddress(server) ? client : this.client.publicAddress
  }

  /**
   * For parts of the network.
   *
   * @throws {UsageError} where it is closed.
   */
  mustBeOpen(): void {
    if (this.#closed !== undefined) throw new UsageError('expected an open network, got one that is closed')
  }

  #changed(): void {
    for (const changed of this.#changing) changed()
  }

  #hostFor(name: string, options: HostOptions): Host {
    const names = [name, ...(options.names ?? [])].map(normalizeName)
    for (const each of names) {
      if (!isHostName(each) && isIP(each) === 0) {
        throw new UsageError(
          `expected a host name such as mx.example.org or *.example.org, got ${JSON.stringify(each)}`,
        )
      }
    }
    const known = this.#names.get(names[0]!)
    for (const each of names) {
      const holder = this.#names.get(each)
      if (holder !== undefined && holder !== known) {
        throw new UsageError(`expected a name of its own for ${names[0]}, but ${each} is a name of ${holder.name}`)
      }
    }
    const addresses = (options.addresses ?? known?.addresses ?? [this.#freeAddress(names[0]!)]).map(normalizeAddress)
    const also = (options.alsoAt ?? []).map(normalizeAddress)
    const host: Host = known ?? { name: names[0]!, names: [], addresses: [], alsoAt: [] }
    if (known === undefined) this.#hosts.push(host)
    for (const each of names) {
      this.#names.set(each, host)
      if (!host.names.includes(each)) (host.names as string[]).push(each)
    }
    for (const address of addresses) {
      if (!host.addresses.includes(address)) (host.addresses as string[]).push(address)
    }
    for (const address of also) {
      if (!host.alsoAt.includes(address)) (host.alsoAt as string[]).push(address)
    }
    return host
  }

  /**
   * An address that follows from the name alone, so that it is the same in every network of a process: programs keep
   * addresses, some in a cache that outlives a test.
   */
  #freeAddress(name: string): string {
    // FNV-1a
    let hash = 0x811c9dc5
    for (const octet of Buffer.from(name)) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0
    for (let tried = 0; tried < ownAddresses; tried++) {
      const number = (hash + tried) % ownAddresses
      const third = Math.floor(number / 254)
      const address = `198.${18 + (third >> 8)}.${third & 255}.${1 + (number % 254)}`
      if (this.hostsAt(address).length === 0) return address
    }
    throw new UsageError(`expected at most ${ownAddresses} hosts without an address of their own, got ${name} beyond`)
  }

  async #close(): Promise<void> {
    await this.#hosting.close()
    for (const close of this.#closing.reverse()) await close()
    this.clock.close()
    await this.#dialler.close()
    await this.#placement.close?.()
  }
}

function throwOutside(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
