// What crossed a network's links during one test. Octets are kept as they come, which costs a test that passes next to
// nothing; they are read, in the lines of `backlot trace`, only where the test failed.

import type { Ending, Link, Tap } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { Side } from '../wire/decoder.ts'

type Event =
  | { kind: 'opened' | 'secured'; link: Link }
  | { kind: 'plain'; link: Link; from: Side; octets: Buffer }
  | { kind: 'ended'; link: Link; from: Side }
  | { kind: 'closed'; link: Link; how: Ending }

/** Octets that are kept of all links of a test; of one that says more, the rest is counted. */
const maxBytes = 1024 * 1024
/** Events that are kept: a test may open a hundred thousand links. */
const maxEvents = 20_000
const maxLines = 40
const maxLineCharacters = 160

export class Transcript implements Tap {
  readonly #events: Event[] = []
  #bytes = 0
  #left = 0
  /** Grows with everything that happens on a link. */
  activity = 0

  opened(link: Link): void {
    this.#keep({ kind: 'opened', link })
  }

  plain(link: Link, from: Side, bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > maxBytes) {
      this.activity++
      this.#left += bytes.length
      return
    }
    this.#bytes += bytes.length
    this.#keep({ kind: 'plain', link, from, octets: Buffer.from(bytes) })
  }

  secured(link: Link): void {
    this.#keep({ kind: 'secured', link })
  }

  ended(link: Link, from: Side): void {
    this.#keep({ kind: 'ended', link, from })
  }

  closed(link: Link, how: Ending): void {
    this.#keep({ kind: 'closed', link, how })
  }

  #keep(event: Event): void {
    this.activity++
    if (this.#events.length < maxEvents) this.#events.push(event)
    else if (event.kind === 'plain') this.#left += event.octets.length
  }

  /** The last lines, each of one link's number and what was said; none where nothing crossed. */
  async lines(network: Pick<Network, 'lookup' | 'reportBug'>): Promise<readonly string[]> {
    const { traceTap } = await import('../capture/trace.ts')
    const written: string[] = []
    let count = 0
    const trace = traceTap(network, {
      write: line => {
        count++
        written.push(line.length > maxLineCharacters ? `${line.slice(0, maxLineCharacters).toWellFormed()}…` : line)
        if (written.length > maxLines) written.shift()
      },
    })
    for (const event of this.#events) {
      if (event.kind === 'plain') trace.plain(event.link, event.from, event.octets)
      else if (event.kind === 'ended') trace.ended(event.link, event.from)
      else if (event.kind === 'closed') trace.closed(event.link, event.how)
      else trace[event.kind](event.link)
      // A protocol that is being loaded must not have all of it wait.
      if (event.kind === 'opened') await trace.loaded()
    }
    await trace.loaded()
    const before = count - written.length
    if (before > 0) written.unshift(`… ${before} ${before === 1 ? 'line' : 'lines'} before`)
    if (this.#left > 0) written.push(`… ${this.#left} octets more`)
    return written
  }
}
