// The tape of one test, which behaves as a snapshot does: it is recorded where it is missing, played where it is there, and
// in CI only played.

import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { RunnerTestCase as Test } from 'vitest'
import { UsageError } from '../net/errors.ts'
import type { Network } from '../net/network.ts'
import { commandFor, snapshotUpdate } from './runner.ts'
import { takeTape } from './tape-files.ts'
import type { TapePlaying } from './tape-playing.ts'
import type { TestRecording } from './tape-recording.ts'

/** Where a real server is: `127.0.0.1:8443`, `{ host, port }`, or `outside` for the same name and port in the real world. */
export type RealServer = string | { readonly host: string; readonly port: number }

export interface PlayOptions {
  /**
   * What is recorded where there is no tape yet: real servers by `NAME:PORT`, or by `NAME:PORT/PROTOCOL` where the port
   * does not say what is spoken there. The names are those that the code under test has.
   */
  from?: Readonly<Record<string, RealServer>>
  /** Secrets by name: what is hidden in the recording, and what servers are heard to say instead of `‹secret:NAME›`. */
  secrets?: Readonly<Record<string, string>>
  /** Whether asking more often than it was recorded is a miss. Default: false. */
  strict?: boolean
  /** Certificates (PEM) of authorities that real servers are believed by, beside the machine's. */
  authorities?: readonly string[]
  /** Believe real servers whatever certificate they show. Default: false. */
  insecure?: boolean
}

/** What was asked and is on no tape. The message shows the turns that come nearest. */
export class MissError extends Error {
  override readonly name = 'MissError'
  readonly code = 'MISS'
}

export class TestTape {
  /** Where it lies, or will lie: beside the test file, in `__tapes__`. */
  readonly file: string
  readonly #test: Test
  readonly #network: Network
  #playing: TapePlaying | undefined
  #recording: TestRecording | undefined
  #isPlayed = false

  constructor(test: Test, network: Network) {
    this.#test = test
    this.#network = network
    this.file = takeTape(test)
  }

  /** Whether the test speaks with real servers just now; undefined before {@link play}. */
  get mode(): 'recording' | 'playing' | undefined {
    return this.#recording !== undefined ? 'recording' : this.#playing !== undefined ? 'playing' : undefined
  }

  /**
   * Puts the tape's services into the network. Where there is no tape yet, or by `vitest -u`, the real servers of `from`
   * answer instead, and what they say is the tape once the test has passed.
   *
   * @throws {UsageError} where there is neither a tape nor what to record, where CI is set and there is no tape, and where
   * the tape is one of another protocol.
   *
   * @example
   * await tape.play({ from: { 'api.example.com:443': 'outside' } })
   */
  async play({ from, secrets = {}, strict = false, authorities, insecure }: PlayOptions = {}): Promise<void> {
    if (this.#isPlayed) throw new UsageError('expected tape.play() once in a test, got it again')
    this.#isPlayed = true
    const { parseFrom } = await import('./tape-sources.ts')
    const reals = parseFrom(from ?? {})
    const update = snapshotUpdate()
    const isThere = existsSync(this.file)
    const book = new Map(Object.entries(secrets))
    if (isThere && (update !== 'all' || from === undefined)) {
      const { TapePlaying } = await import('./tape-playing.ts')
      const playing = { reals, secrets: book, strict, shown: this.#shown }
      this.#playing = await TapePlaying.begin(this.file, this.#network, playing)
      return
    }
    if (!isThere && update === 'none') {
      throw new UsageError(
        `expected the tape ${this.#shown}, got none, and CI is set: nothing is recorded there; run the test once without ` +
          'CI and commit the file',
      )
    }
    if (from === undefined) {
      throw new UsageError(
        `expected the tape ${this.#shown}, got none, nor what to record it from; name the real servers: ` +
          "await tape.play({ from: { 'api.example.com:443': 'outside' } })",
      )
    }
    const { TestRecording } = await import('./tape-recording.ts')
    const trust = { authorities: authorities ?? [], insecure: insecure ?? false }
    this.#recording = new TestRecording(this.file, this.#network, { reals, secrets: book, ...trust })
    await this.#recording.begin()
  }

  /** Turns of the client on the tape that the test has not come to, and where the first stands. */
  unused(): { readonly count: number; readonly first: string } {
    if (!this.#isPlayed) throw new UsageError('expected a tape that is played, got one before await tape.play()')
    return this.#playing?.unused() ?? { count: 0, first: '' }
  }

  /**
   * For the fixture, once the network is closed.
   *
   * @throws {MissError} for what was asked and is not on the tape.
   * @throws {UsageError} where not all could be recorded.
   */
  finish(): void {
    const hasPassed = this.#test.result?.state !== 'fail'
    const said = this.#recording?.finish(hasPassed)
    if (said !== undefined) console.info(`backlot: ${said} on ${this.#shown}`)
    const missed = this.#playing?.finish() ?? []
    if (missed.length === 0) return
    throw new MissError(`${this.#shown}: ${missed.join('\n')}\nto record it again: ${commandFor(this.#test)} -u`)
  }

  get #shown(): string {
    return relative(process.cwd(), this.file)
  }
}
