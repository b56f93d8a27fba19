// Which links of a network lead to real servers, and who hears them: a recorder of the tape that they belong to, or
// somebody who only has to know when TLS begins.

import type { Ending, Link, Tap } from '../net/link.ts'
import type { Side } from '../wire/decoder.ts'
import type { Following } from './recorder.ts'
import { formatService, type TapeService } from './tape.ts'

export interface Ear extends Tap {
  following(link: Link): Following | undefined
}

export interface HearingOptions {
  /** Whether a link leads to a real server from its beginning. */
  isReal(link: Link): boolean
  earFor(service: TapeService): Ear
}

export class Hearing implements Tap {
  readonly #options: HearingOptions
  readonly #ears = new Map<Link, Ear>()
  /** How many links there were, by their service. */
  readonly counts: Map<string, number> = new Map()

  constructor(options: HearingOptions) {
    this.#options = options
  }

  opened(link: Link): void {
    if (this.#options.isReal(link)) this.begin(link)
  }

  /** From now on a link leads to a real server. */
  begin(link: Link): Ear {
    const service = serviceOf(link)
    this.count(service)
    const ear = this.#options.earFor(service)
    this.#ears.set(link, ear)
    ear.opened?.(link)
    return ear
  }

  count(service: TapeService): void {
    const name = formatService(service)
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  following(link: Link): Following | undefined {
    return this.#ears.get(link)?.following(link)
  }

  plain(link: Link, from: Side, bytes: Uint8Array): void {
    this.#ears.get(link)?.plain?.(link, from, bytes)
  }

  secured(link: Link): void {
    this.#ears.get(link)?.secured?.(link)
  }

  ended(link: Link, from: Side): void {
    this.#ears.get(link)?.ended?.(link, from)
  }

  closed(link: Link, how: Ending): void {
    this.#ears.get(link)?.closed?.(link, how)
    this.#ears.delete(link)
  }
}

export function serviceOf({ protocol, transport, host, server }: Link): TapeService {
  return { protocol, transport, host, port: server.port }
}
