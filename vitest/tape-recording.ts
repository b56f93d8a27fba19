// A tape that a test records: beside the place where it is to lie, and moved there once the test has passed.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { counted } from '../cli/counted.ts'
import { version } from '../cli/version.ts'
import { UsageError } from '../net/errors.ts'
import type { Network } from '../net/network.ts'
import { blobFolder, moveBlobs } from '../tape/blobs.ts'
import { loadForms } from '../tape/forms.ts'
import { Outside } from '../tape/outside.ts'
import type { Real } from '../tape/reals.ts'
import { Recording } from '../tape/recording.ts'
import { Trust } from '../tape/relay.ts'
import { removeTape } from './tape-files.ts'

export interface TestRecordingOptions {
  readonly reals: readonly Real[]
  readonly secrets: ReadonlyMap<string, string>
  readonly authorities: readonly string[]
  readonly insecure: boolean
}

export class TestRecording {
  readonly #file: string
  readonly #network: Network
  readonly #options: TestRecordingOptions
  #folder = ''
  #recording: Recording | undefined

  constructor(file: string, network: Network, options: TestRecordingOptions) {
    this.#file = file
    this.#network = network
    this.#options = options
  }

  async begin(): Promise<void> {
    const { reals, secrets, authorities, insecure } = this.#options
    mkdirSync(dirname(this.#file), { recursive: true })
    this.#folder = mkdtempSync(join(dirname(this.#file), '.recording-'))
    this.#recording = new Recording(this.#network, await loadForms(), {
      file: join(this.#folder, basename(this.#file)),
      header: { recorded: `${new Date().toISOString().slice(0, 19)}Z`, by: `backlot ${version()}` },
      reals,
      secrets,
      trust: new Trust(authorities, insecure),
      // Only what is named is recorded: a test says what it talks to.
      outside: new Outside({ servers: [], lookup: async () => [] }),
    })
    await this.#recording.begin()
  }

  /**
   * Puts the tape into its place if the test `hasPassed`, and says what is on it.
   *
   * @throws {UsageError} where nothing was said, a real server could not be reached, or not all could be recorded.
   */
  finish(hasPassed: boolean): string | undefined {
    try {
      return this.#finish(hasPassed)
    } finally {
      rmSync(this.#folder, { recursive: true, force: true })
      if (!existsSync(this.#file)) removeTape(this.#file)
    }
  }

  #finish(hasPassed: boolean): string | undefined {
    const recording = this.#recording
    if (recording === undefined) return undefined
    const { recorder, troubles } = recording
    const isWritten = recorder.finish()
    const { journal, refusals } = recorder.tape
    // A server that is down for a moment must not be on a tape for ever.
    const wrong = [...troubles, ...refusals].map(inTest)
    if (wrong.length > 0) throw new UsageError(`expected all to be recorded, got: ${wrong.join('; ')}`)
    if (!hasPassed) return undefined
    if (!isWritten) {
      const names = this.#options.reals.map(({ name, port }) => `${name}:${port}`).join(', ')
      throw new UsageError(`expected the test to speak with ${names}, got nothing said, and no tape was written`)
    }
    if (isSame(journal.path, this.#file)) return undefined
    rmSync(blobFolder(this.#file), { recursive: true, force: true })
    moveBlobs(blobFolder(journal.path), blobFolder(this.#file))
    renameSync(journal.path, this.#file)
    const { turns, conversations } = journal
    return `${counted(turns, 'turn')} in ${counted(conversations, 'conversation')} recorded`
  }
}

/** What to do about a real server, in words of {@link TestTape.play} instead of the command's. */
function inTest(trouble: string): string {
  return trouble.replace('--real-ca FILE', 'authorities: [PEM]').replace('--real-insecure', 'insecure: true')
}

/** Whether two tapes differ in no more than when they were recorded. Bodies beside them are named by what is in them. */
function isSame(one: string, other: string): boolean {
  if (!existsSync(other)) return false
  const content = (file: string) => readFileSync(file, 'utf8').replace(/^(recorded|by):.*\n/gm, '')
  return content(one) === content(other)
}
