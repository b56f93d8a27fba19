// What a worker thread knows of the network that it lives in: a copy in memory that both threads see, read anew whenever
// the network has changed it. Neither thread ever waits for the other, which may be blocked.

import { MessageChannel } from 'node:worker_threads'
import { addressTowards, byName, type Endpoint, formatEndpoint, normalizeAddress, parseRange } from '../address.ts'
import { UsageError } from '../errors.ts'
import type { Client, Network, Reach } from '../network.ts'
import type { InterceptedNetwork } from './context.ts'

interface Contents {
  open: boolean
  client: Pick<Client, 'addresses' | 'resolver'>
  pem: string
  blackHoles: readonly string[]
  hosts: { names: readonly string[]; addresses: readonly string[] }[]
  /** `tcp 203.0.113.1:25` and the real host and port. */
  served: [string, string, number][]
  /** Null where the network has none; undefined while it is being asked. */
  resolver: Endpoint | null | undefined
}

/** Where the memory begins: a version, odd while it is being written, and the count of octets. */
const head = 8
const maxBytes = 64 * 1024 * 1024

/** The network's side. */
export class SharedNetwork {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(64 * 1024, { maxByteLength: maxBytes })
  readonly #network: Network
  #resolver: Endpoint | null | undefined
  #open = true

  constructor(network: Network) {
    this.#network = network
    network.onChange(() => this.#write())
    network.onClose(() => {
      this.#open = false
      this.#write()
    })
    this.#write()
    network.resolver().then(
      endpoint => this.#found(endpoint ?? null),
      () => this.#found(null),
    )
  }

  #found(resolver: Endpoint | null): void {
    this.#resolver = resolver
    this.#write()
  }

  #write(): void {
    const { client, authority, blackHoles, hosts, services } = this.#network
    const contents: Contents = {
      open: this.#open,
      client: { addresses: client.addresses, resolver: client.resolver },
      pem: authority.pem,
      blackHoles,
      hosts: hosts.map(({ names, addresses }) => ({ names, addresses })),
      served: services
        .flatMap(({ endpoints }) => endpoints)
        .map(at => [`${at.transport} ${formatEndpoint(at)}`, at.real.host, at.real.port]),
      resolver: this.#resolver,
    }
    const octets = Buffer.from(JSON.stringify(contents))
    const needed = head + octets.length
    if (needed > maxBytes) {
      throw new UsageError(`expected a network that a worker thread can know whole, got one of ${needed} octets`)
    }
    if (needed > this.memory.byteLength) this.memory.grow(Math.min(maxBytes, needed * 2))
    const [version, length] = [new Int32Array(this.memory, 0, 1), new Int32Array(this.memory, 4, 1)]
    Atomics.add(version, 0, 1)
    Atomics.store(length, 0, octets.length)
    new Uint8Array(this.memory, head).set(octets)
    Atomics.add(version, 0, 1)
    Atomics.notify(version, 0)
  }
}

/** The worker's side. */
export class CopiedNetwork implements InterceptedNetwork {
  readonly memory: SharedArrayBuffer
  readonly #version: Int32Array
  readonly #length: Int32Array
  #read = -1
  #contents!: Contents
  #names = new Map<string, Contents['hosts'][number]>()
  #served = new Map<string, { host: string; port: number }>()
  #holes: ((address: string) => boolean)[] = []

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#version = new Int32Array(memory, 0, 1)
    this.#length = new Int32Array(memory, 4, 1)
  }

  get closed(): boolean {
    return !this.#now().open
  }

  get client(): Contents['client'] {
    return this.#now().client
  }

  get authority(): { readonly pem: string } {
    return { pem: this.#now().pem }
  }

  get hosts(): Contents['hosts'] {
    return this.#now().hosts
  }

  lookup(name: string): readonly string[] {
    return this.#now().open ? (byName(this.#names, name)?.addresses ?? []) : []
  }

  hostsAt(address: string): Contents['hosts'] {
    const wanted = normalizeAddress(address)
    return this.#now().hosts.filter(({ addresses }) => addresses.includes(wanted))
  }

  reach({ address, port }: Endpoint, transport: 'tcp' | 'udp'): Reach {
    if (!this.#now().open) return { outcome: 'not in the network' }
    const normal = normalizeAddress(address)
    const real = this.#served.get(`${transport} ${formatEndpoint({ address: normal, port })}`)
    if (real !== undefined) return { outcome: 'served', ...real }
    if (this.#holes.some(contains => contains(normal))) return { outcome: 'black hole' }
    return { outcome: this.hostsAt(normal).length > 0 ? 'refused' : 'not in the network' }
  }

  clientEndpoint(from: Endpoint, at: Endpoint): Endpoint {
    return { address: addressTowards(this.client.addresses, at.address) ?? from.address, port: from.port }
  }

  async resolver(): Promise<Endpoint | undefined> {
    // A thread that only waits for memory to change would end.
    const alive = new MessageChannel()
    alive.port1.on('message', () => {})
    try {
      for (;;) {
        const { resolver } = this.#now()
        if (resolver !== undefined || !this.#contents.open) return resolver ?? undefined
        await Atomics.waitAsync(this.#version, 0, this.#read).value
      }
    } finally {
      alive.port1.close()
    }
  }

  /** Only the network's own thread keeps them. */
  noteUnknownName(): void {}

  /** A network that closes ends its links, and this side of them with them. */
  onClose(): void {}

  #now(): Contents {
    while (Atomics.load(this.#version, 0) !== this.#read) {
      const version = Atomics.load(this.#version, 0)
      if (version % 2 !== 0) continue // half a millisecond at most
      const octets = Buffer.from(new Uint8Array(this.memory, head, Atomics.load(this.#length, 0)))
      if (Atomics.load(this.#version, 0) !== version) continue
      this.#contents = JSON.parse(String(octets))
      this.#read = version
      const { hosts, served, blackHoles } = this.#contents
      this.#names = new Map(hosts.flatMap(host => host.names.map(name => [name, host])))
      this.#served = new Map(served.map(([at, host, port]) => [at, { host, port }]))
      this.#holes = blackHoles.map(parseRange)
    }
    return this.#contents
  }
}
