// Plays every scenario to the real server, records it again and compares. With BACKLOT_RECORD=1 the tapes and
// docs/fidelity.md are written anew.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { compareTapes } from '../tape/compare.ts'
import { loadForms } from '../tape/forms.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { fixtures, type RealServer, record, startServer } from './real/recording.ts'
import { suites } from './suites/all.ts'
import { report, reportPath } from './suites/report.ts'
import { type Scenario, type Suite, tapeOf } from './suites/scenario.ts'

const forms = await loadForms()
const anew = process.env.BACKLOT_RECORD === '1'

/** What is wrong with one scenario on the real server; nothing where all is as recorded. */
async function play(suite: Suite, scenario: Scenario, server: RealServer, folder: string): Promise<string[]> {
  const fixture = join(fixtures, tapeOf(suite, scenario))
  const again = join(folder, 'again.tape.yaml')
  const file = anew ? fixture : again
  await rm(file, { force: true })
  if (anew) await mkdir(dirname(fixture), { recursive: true })
  await server.refill?.()
  const result = await record({ names: suite.names, work: scenario.work }, server, file)
  const wrong: string[] = []
  if (result !== scenario.result) wrong.push(`${scenario.title}: expected\n${scenario.result}\ngot\n${result}`)
  if (anew) return wrong
  using before = new TapeFile(fixture)
  using after = new TapeFile(again)
  for (const { before: line, lines } of compareTapes(before, after, forms)) {
    const differing = lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign} ${text}`)
    wrong.push(`${scenario.title}: ${line ?? fixture} was recorded from ${before.header.from}, now ${server.version}`)
    wrong.push(...differing)
  }
  return wrong
}

group.each(suites)('scenarios of $protocol', suite => {
  test('the real server answers as expected and as it is on the tapes', { timeout: 120_000 }, async context => {
    await using server = await startServer(context, suite.server, suite.content)
    const folder = mkdtempSync(join(tmpdir(), 'backlot-real-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const wrong: string[] = []
    for (const scenario of suite.scenarios) wrong.push(...(await play(suite, scenario, server, folder)))
    expect(wrong).toEqual([])
  })
})

test('docs/fidelity.md says what is so', async () => {
  const file = join(fixtures, '..', reportPath)
  const told = await report()
  if (anew) writeFileSync(file, told)
  expect(readFileSync(file, 'utf8')).toBe(told)
})
