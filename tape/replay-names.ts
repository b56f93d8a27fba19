// Questions for names while a tape is replayed: the tape's names are the network's hosts, other questions are looked up on
// the tape, and what is not there is a miss.

import type { Network } from '../net/network.ts'
import type { ServiceDescription } from '../net/service.ts'
import { Lookup } from './lookup.ts'
import { missOf } from './miss.ts'
import { type Ask, askingFirst, type NameQuestion } from './names.ts'
import type { Repertoire } from './repertoire.ts'
import type { Replay } from './replay.ts'
import { keyOf } from './script.ts'
import type { TapeService } from './tape.ts'

export class ReplayNames {
  readonly #replay: Replay
  readonly #network: Network
  readonly #repertoire: Repertoire | undefined
  readonly #lookup: Lookup | undefined
  readonly #missed = new Set<string>()

  constructor(replay: Replay, network: Network) {
    this.#replay = replay
    this.#network = network
    this.#repertoire = replay.repertoires.find(({ service }) => this.takes(service))
    this.#lookup = this.#repertoire && new Lookup(this.#repertoire, replay.stage(network))
  }

  /** Whether a service of a tape is the program's own name server. */
  takes({ protocol, host, port }: TapeService): boolean {
    return protocol === 'dns' && port === 53 && host === this.#network.client.resolver
  }

  /** The network's own name server, asked where the tape says nothing. */
  asking(own: ServiceDescription): ServiceDescription {
    return askingFirst(own, () => this.#ask)
  }

  readonly #ask: Ask = async question => {
    const { name, type, octets } = question
    const answered = this.#answer(octets)
    if (answered !== undefined) return answered
    const { handOver } = this.#replay
    const isKnown = handOver?.knows(name) !== true && this.#isKnown(name, type)
    if (handOver !== undefined) return await handOver.name(question, isKnown, why => this.#miss(question, `; ${why}`))
    if (!isKnown) this.#miss(question)
    return undefined
  }

  #miss({ name, type }: NameQuestion, obstacle = ''): void {
    const question = type === 'A' || type === 'AAAA' ? `the address of ${name}` : `${name} (${type})`
    if (this.#missed.has(question)) return
    this.#missed.add(question)
    const service: TapeService = { protocol: 'dns', transport: 'udp', host: this.#network.client.resolver, port: 53 }
    const reason = `${question} was looked up, and the tape does not have it${obstacle}`
    this.#replay.misses.add(missOf(service, reason, undefined, [], undefined))
  }

  /** What the tape's own conversations with the name server say. */
  #answer(octets: Buffer): Buffer | undefined {
    const lookup = this.#lookup
    if (lookup === undefined) return undefined
    const { form } = lookup.repertoire
    const follower = form.follow('udp')
    follower.push('client', octets)
    const heard = follower.next()
    if (heard === undefined || heard.kind === 'piece') return undefined
    const found = lookup.find(keyOf(form, heard.message, undefined), heard.message, undefined)
    if (found === undefined) return undefined
    for (const step of lookup.answersTo(found, heard.message, undefined)) {
      // What fits into a datagram, or that it comes by TCP, is seen to where the question came.
      if (step.kind === 'server')
        return Buffer.concat(form.encode(step.scripted, lookup.stage.reveal).filter(Buffer.isBuffer))
    }
    return undefined
  }

  #isKnown(name: string, type: string): boolean {
    if (this.#replay.absentNames.has(name)) return true
    if (this.#network.hostOf(name) !== undefined || name === this.#network.client.name || name === 'localhost')
      return true
    // Programs ask whose an address is on their own.
    return type === 'PTR' && /\.(in-addr|ip6)\.arpa$/.test(name)
  }
}
