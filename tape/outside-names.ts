// Names of the world outside, which stand in a network once somebody has asked for them. Only who may dial has it.

import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { NameQuestion } from './names.ts'
import type { Outside } from './outside.ts'
import { hostOutside, type OutsideHosting } from './reals.ts'

export interface OutsideNamesOptions {
  readonly outside: Outside
  readonly hosting: OutsideHosting
  /** Told of each name that was looked up, before anybody hears of its addresses. */
  found?(name: string, addresses: readonly string[]): void
  /** Told of each question that was answered outside. */
  answered?(link: Link, asked: Buffer, answer: Buffer): void
}

export class OutsideNames {
  readonly #network: Network
  readonly #options: OutsideNamesOptions
  /** Names that are being looked up, or are known to be there. */
  readonly #names = new Map<string, Promise<void>>()
  #hosting: Promise<void> = Promise.resolve()

  constructor(network: Network, options: OutsideNamesOptions) {
    this.#network = network
    this.#options = options
  }

  /** Whether a name has been looked up. */
  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Undefined where the network's own name server is to answer, which by then knows the name. */
  async ask({ name, type, octets, link }: NameQuestion): Promise<Buffer | undefined> {
    if (type === 'A' || type === 'AAAA') {
      await this.#lookUp(name)
      return undefined
    }
    const answer = await this.#options.outside.ask(octets)
    if (answer !== undefined) this.#options.answered?.(link, octets, answer)
    return answer
  }

  /** Has a name stand in the network, listeners and all, before anybody is told its address. */
  #lookUp(name: string): Promise<void> {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const looked = this.#find(name)
    this.#names.set(name, looked)
    return looked
  }

  async #find(name: string): Promise<void> {
    const { outside, hosting, found } = this.#options
    const addresses = await outside.addresses(name)
    found?.(name, addresses)
    if (addresses.length === 0) return
    // One after the other: they may share addresses.
    const before = this.#hosting
    const hosted = before.then(() => hostOutside(this.#network, name, addresses, hosting))
    this.#hosting = hosted.catch(() => {})
    await hosted
  }
}
