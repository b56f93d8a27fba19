// A recording of a whole network: real servers behind names, names of the world outside as they are asked for, and the
// recorder that hears all of it.

import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { ServiceDescription } from '../net/service.ts'
import type { TapeForm } from '../wire/tape.ts'
import { type Ask, askingFirst, type NameQuestion } from './names.ts'
import type { Outside } from './outside.ts'
import { hostOutside, hostReals, type Real } from './reals.ts'
import { Recorder, type RecordOptions, recordedNetwork } from './recorder.ts'
import type { Trust, Upstream } from './relay.ts'

export interface RecordingOptions extends Omit<RecordOptions, 'records'> {
  readonly reals: readonly Real[]
  readonly trust: Trust
  /** Ports of names of the world outside beside those of known protocols. */
  readonly ports?: readonly number[]
  /** Where names are looked up that are not among `reals`. */
  readonly outside: Outside
}

export class Recording {
  readonly network: Network
  readonly recorder: Recorder
  readonly #options: RecordingOptions
  readonly #upstream: Upstream
  readonly #own: Set<string>
  /** Names that are being looked up outside, or are known to be there. */
  readonly #outside = new Map<string, Promise<boolean>>()
  /** Addresses of the world outside that stand in the network. */
  readonly #served = new Set<string>()
  /** What went wrong between here and real servers, in the order in which it did. */
  readonly troubles: string[] = []

  constructor(network: Network, forms: ReadonlyMap<string, TapeForm>, options: RecordingOptions) {
    this.network = network
    this.#options = options
    const resolver = network.client.resolver
    this.recorder = new Recorder(recordedNetwork(network), forms, {
      ...options,
      records: link => !isNameServer(link, resolver),
    })
    this.#upstream = {
      trust: options.trust,
      following: link => this.recorder.following(link),
      alpn: protocol => forms.get(protocol)?.alpn,
      trouble: text => {
        if (!this.troubles.includes(text)) this.troubles.push(text)
      },
    }
    this.#own = new Set(options.reals.map(({ name }) => name))
  }

  /** The network's own name server `own`, which asks outside what it does not know, on behalf of a recording. */
  static asking(own: ServiceDescription, recording: () => Recording): ServiceDescription {
    return askingFirst(own, () => question => recording().#ask(question))
  }

  /** Puts the real servers into the network and begins to hear. `names` is its name server, where it has none yet. */
  async begin(names?: ServiceDescription): Promise<void> {
    const { network, recorder } = this
    network.tap(recorder)
    await hostReals(network, this.#options.reals, this.#upstream)
    for (const name of this.#own) recorder.tape.journal.host(name, network.lookup(name))
    if (names === undefined) return
    network.provideResolver(Recording.asking(names, () => this))
    await network.resolver()
  }

  readonly #ask: Ask = async question => {
    const { name, type } = question
    if (this.#own.has(name) || this.#isOfNetwork(name)) return undefined
    if (type === 'A' || type === 'AAAA') {
      await this.#lookUp(name)
      return undefined
    }
    return await this.#forward(question)
  }

  /** Whether the network knows a name by itself, and not because it was looked up outside. */
  #isOfNetwork(name: string): boolean {
    if (this.#outside.has(name)) return false
    return this.network.hostOf(name) !== undefined || name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa')
  }

  /** Has a name of the world outside stand in the network, listeners and all, before anybody is told its address. */
  #lookUp(name: string): Promise<boolean> {
    const known = this.#outside.get(name)
    if (known !== undefined) return known
    const looked = this.#find(name)
    this.#outside.set(name, looked)
    return looked
  }

  async #find(name: string): Promise<boolean> {
    const addresses = await this.#options.outside.addresses(name)
    this.recorder.tape.journal.host(name, addresses)
    if (addresses.length === 0) return false
    // Names may share an address; who is meant then is told by what clients say.
    const fresh = addresses.filter(address => !this.#served.has(address))
    for (const address of fresh) this.#served.add(address)
    if (fresh.length > 0) await hostOutside(this.network, name, fresh, this.#options.ports ?? [], this.#upstream)
    await this.network.host(name, {}, { addresses })
    return true
  }

  async #forward({ octets, link }: NameQuestion): Promise<Buffer | undefined> {
    const answer = await this.#options.outside.ask(octets)
    if (answer !== undefined) this.recorder.exchange(link, octets, answer)
    return answer
  }
}

function isNameServer({ server, protocol }: Link, resolver: string): boolean {
  return protocol === 'dns' && server.address === resolver
}
