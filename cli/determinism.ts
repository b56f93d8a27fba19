// --check-determinism: a program runs twice in the same network, and what it and its services said is compared.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareTapes } from '../tape/compare.ts'
import { loadForms } from '../tape/forms.ts'
import { promisedText } from '../tape/promised.ts'
import { Recorder, recordedNetwork } from '../tape/recorder.ts'
import { SecretBook } from '../tape/secrets.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { counted } from './counted.ts'
import { showDifference } from './differences.ts'
import { type InNetwork, type Program, report, runInNetwork } from './in-network.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { say } from './terminal.ts'

/** What is in a tape of a run in which nothing was said. */
const nothingSaid = 'tape: 1\n...\n'

/**
 * Tells secrets apart without showing them where a field says that they are some. They are looked for nowhere else: what
 * the first run told late, the second would find early.
 */
class TellingBook extends SecretBook {
  override sweep(text: string): string {
    return text
  }
}

interface Run {
  readonly status: number
  /** Undefined where the program could not be started. */
  readonly tape: string | undefined
}

/**
 * Runs a program twice, each time in a network of its own by `prepare`, and gives the exit status: that of the first run;
 * 1 where that is 0 and the second one was another.
 *
 * @throws {UsageError} and NetworkError as {@link runInNetwork}.
 */
export async function checkDeterminism(
  name: string,
  program: Program,
  prepare: (isFirst: boolean) => InNetwork,
): Promise<number> {
  const folder = temporaryFolder('backlot-check-')
  try {
    // One for both, so that a secret that is another the second time is told without being shown.
    const book = new TellingBook()
    const first = await record(name, program, prepare(true), { file: join(folder, 'first.tape.yaml'), book })
    if (first.tape === undefined) return first.status
    if (first.status > 128) {
      say('the program was ended by a signal, and did not run a second time')
      return first.status
    }
    const second = await record(name, program, prepare(false), { file: join(folder, 'second.tape.yaml'), book })
    const isSame = await compare(first.tape, second.tape!)
    if (first.status !== second.status) {
      say(`the program ended with ${first.status} the first time and with ${second.status} the second`)
    }
    return first.status === 0 && (second.status !== 0 || !isSame) ? 1 : first.status
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function record(
  name: string,
  program: Program,
  { open, after, ...rest }: InNetwork,
  { file, book }: { file: string; book: SecretBook },
): Promise<Run> {
  const forms = await loadForms()
  let recorder: Recorder | undefined
  let tape: string | undefined
  const status = await runInNetwork(name, program, {
    ...rest,
    async open(placement, onBug) {
      const network = await open(placement, onBug)
      recorder = new Recorder(recordedNetwork(network), forms, { file, book })
      network.tap(recorder)
      return network
    },
    async after(outcome) {
      if (!recorder!.finish()) writeFileSync(file, nothingSaid)
      tape = file
      if (after !== undefined) return await after(outcome)
      report(outcome)
      return outcome.status
    },
  })
  return { status, tape }
}

/** Says what is different. Whether nothing is. */
async function compare(first: string, second: string): Promise<boolean> {
  using one = new TapeFile(first)
  using other = new TapeFile(second)
  const differences = compareTapes(one, other, await loadForms(), promisedText)
  for (const { before, after, ...different } of differences) {
    const shown = {
      ...different,
      before: before && 'the first run',
      after: after && 'the second run',
    }
    for (const { text } of showDifference(shown, { before: 'the first run', after: 'the second run' })) say(text)
  }
  if (differences.length > 0) say(`the two runs differ in ${counted(differences.length, 'conversation')}`)
  else say(`the two runs said the same, in ${counted(one.length, 'conversation')}`)
  return differences.length === 0
}
