import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { checkTape } from '../tape/check.ts'
import { loadForms } from '../tape/forms.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { suites } from './suites/all.ts'
import { report, reportPath } from './suites/report.ts'
import { tapeOf } from './suites/scenario.ts'
import { judge, playToFake, playToTape, toldBy, toldByReal } from './suites/targets.ts'

const forms = await loadForms()
const fixtures = join(import.meta.dirname, '..', 'fixtures')

function temporaryTape(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-suite-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'fake.tape.yaml')
}

group.each(suites)('scenarios of $protocol', suite => {
  test.each(suite.scenarios)('the fake answers as expected: $title', async scenario => {
    const file = temporaryTape()
    const other = suite.otherwise.find(({ title }) => title === scenario.title)
    expect(await playToFake(suite, scenario, file)).toBe(other?.result ?? scenario.result)
    const { left } = judge(suite, scenario, await toldByReal(suite, scenario), await toldBy(file))
    expect(left?.fake).toEqual(left?.real)
  })

  test.each(suite.scenarios)('the tape answers as expected: $title', async scenario => {
    const { result, misses, unused } = await playToTape(suite, scenario)
    expect(misses).toEqual([])
    expect(result).toBe(scenario.result)
    expect(unused).toBe(0)
  })

  test('every scenario has a tape of its own, as tapes have to be and without a secret in it', () => {
    const tapes = suite.scenarios.map(scenario => tapeOf(suite, scenario))
    expect(new Set(tapes).size).toBe(tapes.length)
    const there = globSync(`fidelity/${suite.protocol}/*.tape.yaml`, { cwd: fixtures })
    expect(there.toSorted()).toEqual(tapes.toSorted())
    for (const each of tapes) {
      using tape = new TapeFile(join(fixtures, each))
      expect(
        checkTape(tape, forms).filter(({ kind }) => kind !== 'note'),
        each,
      ).toEqual([])
    }
    expect(tapes.length).toBeGreaterThanOrEqual(25)
  })

  test('what is explained is the case', () => {
    const titles = suite.scenarios.map(({ title }) => title)
    for (const { only = [] } of suite.explained) expect(titles).toEqual(expect.arrayContaining([...only]))
    for (const { title, result } of suite.otherwise) {
      const scenario = suite.scenarios.find(each => each.title === title)
      expect(scenario, title).toBeDefined()
      expect(scenario!.result, title).not.toBe(result)
    }
  })
})

test('docs/fidelity.md says what is so', { timeout: 120_000 }, async () => {
  const told = await report()
  // Every explanation is needed somewhere.
  for (const { explained } of suites) for (const { name } of explained) expect(told).toContain(`- _${name}_: `)
  expect(readFileSync(join(import.meta.dirname, '..', reportPath), 'utf8')).toBe(told)
})
