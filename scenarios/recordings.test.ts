import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { captureOfTape, tapeOfCapture } from '../cli/tape/captures.ts'
import { Network } from '../net/network.ts'
import { checkTape } from '../tape/check.ts'
import { compareTapes } from '../tape/compare.ts'
import { loadForms } from '../tape/forms.ts'
import { describeMiss } from '../tape/miss.ts'
import { Replay } from '../tape/replay.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { recordings } from './recordings.ts'

const forms = await loadForms()
const fixture = (file: string) => join(import.meta.dirname, '..', 'fixtures', file)

/** Replays a scenario's tape to its client. */
async function replay(scenario: (typeof recordings)[number], times = 1) {
  const replay = new Replay([fixture(scenario.file)], forms)
  onTestFinished(() => replay.close())
  const network = new Network({ epoch: replay.epoch })
  onTestFinished(() => network.close())
  await replay.place(network)
  using _inside = network.intercept()
  const results = await Promise.all(Array.from({ length: times }, () => scenario.work()))
  expect(replay.misses.list.flatMap(describeMiss)).toEqual([])
  return { results, unused: replay.unused() }
}

group.each(recordings)('$file: $title', scenario => {
  test('is replayed to the client that it was recorded with', async () => {
    const { results, unused } = await replay(scenario)
    expect(results).toEqual([scenario.result])
    expect(unused.count).toBe(0)
  })

  test('is replayed to three clients at once', async () => {
    const { results } = await replay(scenario, 3)
    expect(results).toEqual([scenario.result, scenario.result, scenario.result])
  })

  test('says the same after it has been a capture', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backlot-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [capture, again] = [join(folder, 'x.pcapng'), join(folder, 'x.tape.yaml')]
    await captureOfTape(fixture(scenario.file), capture)
    await tapeOfCapture(capture, again, undefined)
    using before = new TapeFile(fixture(scenario.file))
    using after = new TapeFile(again)
    expect(compareTapes(before, after, forms)).toEqual([])
  })

  test('is as tapes have to be, without a secret in it', () => {
    using tape = new TapeFile(fixture(scenario.file))
    expect(checkTape(tape, forms)).toEqual([])
  })
})
