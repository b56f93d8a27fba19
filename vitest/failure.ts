// What a failed test shows beside its error: what crossed the network, names that were not there, how to repeat it.

import type { RunnerTestCase as Test } from 'vitest'
import { sharedNames } from '../net/intercept/context.ts'
import type { Network } from '../net/network.ts'
import { commandFor } from './runner.ts'
import type { Transcript } from './transcript.ts'

const maxNames = 10

const ofPools =
  'a pool of connections belongs to the network that opened it; give tests that run at once pools of their own'

/**
 * Adds to the first error of a test's attempt, so that every reporter has it; `errorsBefore` are those of attempts before.
 */
export async function explainFailure(
  test: Test,
  network: Network,
  seed: string,
  transcript: Transcript,
  errorsBefore: number,
): Promise<void> {
  const error = test.result?.errors?.[errorsBefore]
  if (error === undefined) return
  const lines = await transcript.lines({ lookup: name => network.lookup(name), reportBug: () => {} })
  const sections = [error.message]
  if (lines.length > 0) sections.push(`What crossed the network:\n${lines.map(line => `  ${line}`).join('\n')}`)
  else {
    const [name] = sharedNames(network)
    if (name !== undefined)
      sections.push(`Nothing crossed the network, and ${name} was in another one, too: ${ofPools}`)
  }
  const unknown = network.unknownNames.slice(0, maxNames)
  if (unknown.length > 0) {
    const added = unknown.map(name => `  await network.host('${name}', { … })`).join('\n')
    sections.push(`Names that were asked for and are not in the network; add them by:\n${added}`)
  }
  sections.push(`To repeat it:\n  ${commandFor(test, `BACKLOT_SEED=${seed} `)}`)
  error.message = sections.join('\n\n')
}
