// A tape that a test plays: put into the test's network, and what the test asked that it does not have.

import { dns } from '../index.ts'
import { UsageError } from '../net/errors.ts'
import type { Network } from '../net/network.ts'
import { loadForms } from '../tape/forms.ts'
import { describeMiss } from '../tape/miss.ts'
import type { Real } from '../tape/reals.ts'
import { servedAs } from '../tape/reals.ts'
import { Replay } from '../tape/replay.ts'
import { ReplayNames } from '../tape/replay-names.ts'

export interface PlayingOptions {
  /** What it would be recorded from. */
  readonly reals: readonly Real[]
  readonly secrets: ReadonlyMap<string, string>
  readonly strict: boolean
  /** The file as messages name it. */
  readonly shown: string
}

/** Misses that are shown of one test. */
const maxShown = 5

export class TapePlaying {
  readonly #replay: Replay

  private constructor(replay: Replay) {
    this.#replay = replay
  }

  /** @throws {UsageError} where the file is no tape, or one of another protocol than it would be recorded with. */
  static async begin(file: string, network: Network, options: PlayingOptions): Promise<TapePlaying> {
    const { secrets, strict } = options
    const replay = new Replay([file], await loadForms(), { strict, secrets })
    try {
      mustSpeak(replay, options)
      if (network.clock.now() !== replay.epoch) await network.clock.set(replay.epoch)
      const names = new ReplayNames(replay, network)
      await replay.place(network, service => names.takes(service))
      network.provideResolver(names.asking(dns()))
    } catch (error) {
      replay.close()
      throw error
    }
    return new TapePlaying(replay)
  }

  unused(): { readonly count: number; readonly first: string } {
    return this.#replay.unused()
  }

  /** Ends it, and gives what was missed as lines. */
  finish(): readonly string[] {
    const { misses } = this.#replay
    this.#replay.close()
    const shown = misses.list.slice(0, maxShown)
    const more = misses.count - shown.length
    return [...shown.flatMap(describeMiss), ...(more > 0 ? [`… and ${more} misses more`] : [])]
  }
}

function mustSpeak({ repertoires }: Replay, { reals, shown }: PlayingOptions): void {
  for (const { name, port, protocol } of reals) {
    const there = repertoires.filter(({ service }) => service.host === name && service.port === port)
    const wanted = servedAs(protocol).map(({ of }) => of)
    const other = there.find(({ service }) => !wanted.includes(service.protocol))
    if (other === undefined) continue
    throw new UsageError(
      `expected ${wanted.join(' or ')} at ${name}:${port} on the tape ${shown}, got ${other.service.protocol}; ` +
        `record it again by vitest run -u, or say ${name}:${port}/${other.service.protocol}`,
    )
  }
}
