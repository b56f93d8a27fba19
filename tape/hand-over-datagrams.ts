// Datagrams that no tape has an answer to, on their way to real servers and back.

import type { Flow } from '../net/flow.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Fake } from '../net/service.ts'
import type { Ear, Hearing } from './hearing.ts'
import { type Place, relay, type Upstream } from './relay.ts'
import type { Refuse } from './replay.ts'
import { formatService, type TapeService } from './tape.ts'

export interface DatagramOptions {
  readonly network: Network
  readonly hearing: Hearing
  readonly upstream: Upstream
  /** Where the real server of a service may be. */
  places(service: TapeService): Promise<readonly Place[]>
}

/** Datagrams of a client that wait for what becomes of them before they are heard. */
const maxWaiting = 64

export class DatagramHandOver {
  readonly #options: DatagramOptions
  readonly #relays = new Map<string, Promise<Fake>>()
  readonly #flows = new Map<Flow, RealFlow>()

  constructor(options: DatagramOptions) {
    this.#options = options
  }

  /** @throws {NetworkError} where nobody knows where the real server is. */
  async take(octets: Buffer, flow: Flow, service: TapeService, refuse: Refuse): Promise<void> {
    const known = this.#flows.get(flow)
    const real = known ?? new RealFlow(flow, this.#options.hearing)
    if (known === undefined) {
      this.#flows.set(flow, real)
      flow.onClose = () => {
        this.#flows.delete(flow)
        real.closed()
      }
    }
    const fake = await this.#relayFor(service, flow)
    real.asked(octets, refuse)
    fake.datagram!(octets, real.shown)
  }

  #relayFor(service: TapeService, flow: Flow): Promise<Fake> {
    const isV6 = flow.server.address.includes(':')
    const name = `${formatService(service)} ${isV6}`
    let made = this.#relays.get(name)
    if (made === undefined) {
      made = this.#relay(service, isV6)
      this.#relays.set(name, made)
      // Somebody may know of it later.
      made.catch(() => this.#relays.delete(name))
    }
    return made
  }

  async #relay(service: TapeService, isV6: boolean): Promise<Fake> {
    const { network, places, upstream } = this.#options
    const [first, ...more] = await places(service)
    const to = [first!, ...more].find(({ host }) => host.includes(':') === isV6) ?? first!
    const trouble = (text: string, link: Link) => {
      for (const real of this.#flows.values()) if (real.shown === link) real.failed(text)
    }
    const { protocol, host: name } = service
    const create = await relay({ protocol, ports: [], to, upstream: { ...upstream, trouble } }).load()
    const { clock } = network
    const fake = create({ network, host: network.hostOf(name)!, clock, random: network.random(`real ${name}`) })
    network.onClose(() => fake.close?.())
    return fake
  }
}

/** A client's flow, as far as its datagrams go to a real server: the tape's part of it is nobody's here. */
class RealFlow {
  readonly #flow: Flow
  readonly #hearing: Hearing
  /** The flow as a relay has it. */
  readonly shown: Flow
  /** As who hears it has it. */
  readonly #link: Link
  #ear: Ear | undefined
  #waiting: Buffer[] = []
  #refuse: Refuse | undefined

  constructor(flow: Flow, hearing: Hearing) {
    this.#flow = flow
    this.#hearing = hearing
    const { id, transport, protocol, host, client, seenAs, server } = flow
    this.#link = { id, transport, protocol, host, client, seenAs, server, tls: undefined }
    this.shown = Object.create(flow, {
      send: { value: (octets: Buffer) => this.#answered(octets) },
      onClose: { value: () => {}, writable: true },
    })
  }

  asked(octets: Buffer, refuse: Refuse): void {
    this.#refuse = refuse
    // What comes to nothing is no conversation.
    this.#waiting.push(octets)
    if (this.#ear !== undefined || this.#waiting.length > maxWaiting) this.#tell()
  }

  failed(why: string): void {
    this.#waiting = []
    this.#refuse?.(`the real server cannot be reached: ${why}`)
    this.#refuse = undefined
  }

  closed(): void {
    this.shown.onClose()
    if (this.#waiting.length > 0) this.#tell()
    this.#ear?.closed?.(this.#link, 'end')
  }

  #answered(octets: Buffer): void {
    this.#tell().plain?.(this.#link, 'server', octets)
    this.#flow.send(octets)
  }

  #tell(): Ear {
    this.#ear ??= this.#hearing.begin(this.#link)
    for (const octets of this.#waiting) this.#ear.plain?.(this.#link, 'client', octets)
    this.#waiting = []
    return this.#ear
  }
}
