// Plays scenarios to fakes and to tapes, and compares what fake and real server said. scenarios/real/ has the real ones.

import { join } from 'node:path'
import { Network } from '../../net/network.ts'
import { steadyLines } from '../../tape/compare.ts'
import { loadForms } from '../../tape/forms.ts'
import { describeMiss } from '../../tape/miss.ts'
import { Recorder, recordedNetwork } from '../../tape/recorder.ts'
import { Replay } from '../../tape/replay.ts'
import { formatService } from '../../tape/tape.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { type Explained, type Scenario, type Suite, tapeOf } from './scenario.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const epoch = '2026-11-25T00:00:00Z'

/** Plays a scenario to the fake and keeps what is said in a file. Gives what the client got. */
export async function playToFake(suite: Suite, scenario: Scenario, file: string): Promise<string> {
  const bugs: unknown[] = []
  const network = new Network({ seed: 1, epoch: suite.epoch ?? epoch, onBug: error => bugs.push(error) })
  await suite.place(network)
  const recorder = new Recorder(recordedNetwork(network), await loadForms(), { file })
  network.tap(recorder)
  const play = async () => {
    using _inside = network.intercept()
    return await scenario.work()
  }
  const result = await play().finally(async () => {
    await network.close()
    recorder.finish()
  })
  if (bugs.length > 0) throw new AggregateError(bugs, `the fake of ${suite.protocol} failed`)
  return result
}

export interface Replayed {
  readonly result: string
  /** Requests that the tape does not have, in words. */
  readonly misses: readonly string[]
  /** Turns that nobody asked for. */
  readonly unused: number
}

/** Plays a scenario to its tape. */
export async function playToTape(suite: Suite, scenario: Scenario): Promise<Replayed> {
  const replay = new Replay([join(fixtures, tapeOf(suite, scenario))], await loadForms())
  const network = new Network({ epoch: replay.epoch })
  try {
    await replay.place(network)
    using _inside = network.intercept()
    const result = await scenario.work()
    return { result, misses: replay.misses.list.flatMap(describeMiss), unused: replay.unused().count }
  } finally {
    await network.close()
    replay.close()
  }
}

/** What was said on the wire, as lines: all but what is given anew each time. */
export async function toldBy(file: string): Promise<string[]> {
  const forms = await loadForms()
  using tape = new TapeFile(file)
  return Array.from({ length: tape.length }, (_, at) => {
    const conversation = tape.conversation(at)
    const lines = steadyLines(conversation, forms.get(conversation.service.protocol), tape)
    return [`-- ${formatService(conversation.service)}`, ...lines]
  }).flat()
}

/** The real server's own words, from the tape. */
export function toldByReal(suite: Suite, scenario: Scenario): Promise<string[]> {
  return toldBy(join(fixtures, tapeOf(suite, scenario)))
}

/** With which server, in which version, a suite was recorded. */
export function versionOf(suite: Suite): string {
  using tape = new TapeFile(join(fixtures, tapeOf(suite, suite.scenarios[0]!)))
  return tape.header.from ?? 'unknown'
}

export interface Verdict {
  /** Those that are needed to make both alike. */
  readonly explained: readonly Explained[]
  /** What each said, where no explanation makes them alike. */
  readonly left?: { readonly real: readonly string[]; readonly fake: readonly string[] }
}

/** Whether two targets said the same, but for what is explained. */
export function judge(suite: Suite, scenario: Scenario, real: readonly string[], fake: readonly string[]): Verdict {
  const allowed = suite.explained.filter(({ only }) => only === undefined || only.includes(scenario.title))
  const under = (explanations: readonly Explained[], lines: readonly string[]) =>
    explanations.reduce((told, { alike }) => alike(told), lines)
  const areAlike = (explanations: readonly Explained[]) =>
    under(explanations, real).join('\n') === under(explanations, fake).join('\n')
  // Where the answer is another one, so are the octets.
  if (!areAlike(allowed) && suite.otherwise.some(({ title }) => title === scenario.title)) return { explained: [] }
  if (!areAlike(allowed)) return { explained: [], left: { real: under(allowed, real), fake: under(allowed, fake) } }
  // Those that nothing depends on are left out, one after the other.
  let needed = allowed
  for (const each of allowed) {
    const without = needed.filter(other => other !== each)
    if (areAlike(without)) needed = without
  }
  return { explained: needed }
}
