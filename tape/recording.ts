// A recording of a whole network: real servers behind names, names of the world outside as they are asked for, and the
// recorder that hears all of it.

import type { Network } from '../net/network.ts'
import type { ServiceDescription } from '../net/service.ts'
import type { TapeForm } from '../wire/tape.ts'
import { type Ask, askingFirst, isNameServer } from './names.ts'
import type { Outside } from './outside.ts'
import { OutsideNames } from './outside-names.ts'
import { hostReals, type Real } from './reals.ts'
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
  readonly #names: OutsideNames
  /** What went wrong between here and real servers, in the order in which it did. */
  readonly troubles: string[] = []
  /** Whether all that was said could be recorded. */
  isWhole = true

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
      trouble: (text, _link, isLost = false) => {
        if (isLost) this.isWhole = false
        if (!this.troubles.includes(text)) this.troubles.push(text)
      },
    }
    this.#own = new Set(options.reals.map(({ name }) => name))
    this.#names = new OutsideNames(network, {
      outside: options.outside,
      hosting: { ports: options.ports ?? [], upstream: this.#upstream },
      found: (name, addresses) => this.recorder.tape.journal.host(name, addresses),
      answered: (link, asked, answer) => this.recorder.exchange(link, asked, answer),
    })
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
    const { name } = question
    return this.#own.has(name) || this.#isOfNetwork(name) ? undefined : await this.#names.ask(question)
  }

  /** Whether the network knows a name by itself, and not because it was looked up outside. */
  #isOfNetwork(name: string): boolean {
    if (this.#names.has(name)) return false
    return this.network.hostOf(name) !== undefined || name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa')
  }
}
