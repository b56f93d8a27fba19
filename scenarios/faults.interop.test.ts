// The column of docs/faults.md for `backlot run`: a program of its own in a world with the fault.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Studio } from '../cli/studio-in-tests.ts'
import { faultFor, hostAddress, hostName, type Sample, samples, subjects } from './fault-subjects.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const found: Record<string, Record<string, string>> = {}

function worldOf(sample: Sample): string {
  const of = (file: string) => join(studio.copy.folder, 'scenarios', file)
  const fitting = subjects.filter(sample.fits)
  return JSON.stringify({
    faults: fitting.map(subject => faultFor(sample, subject, sample.bySystem ? undefined : 1)),
    hosts: {
      [hostName]: {
        addresses: [hostAddress],
        services: {
          daytime: {},
          dns: { zones: { example: 'www A 192.0.2.7' } },
          http: { redirect: 'http://b.example/', status: 302 },
          imap: { users: { ada: 'lovelace' } },
          pop3: { users: { ada: 'lovelace' } },
          smtp: {},
          tcp: { service: of('fault-lines.ts'), port: 4000 },
          udp: { service: of('fault-echo.ts'), port: 4000 },
        },
      },
    },
  })
}

test.each(samples.map((sample, index) => [sample.title, index, sample] as const))(
  '%s does in run what the table says, and the next client is served',
  async (title, index, sample) => {
    const file = join(studio.folder, `faults-${index}.yaml`)
    writeFileSync(file, worldOf(sample))
    chmodSync(file, 0o644)
    const names = subjects.filter(sample.fits).map(({ name }) => `'${name}'`)
    const program = `${studio.copy.node} ${join(studio.copy.folder, 'scenarios/fault-program.ts')} ${sample.isSilent ? 500 : 10_000} ${sample.bySystem ? 'everybody' : 'first'} ${names.join(' ')}`
    const { stdout, stderr } = await studio.shell(`$BACKLOT run --world ${file} -- ${program}`)
    expect(stderr).toBe('')
    const outcomes = JSON.parse(stdout) as Record<string, [first: string, second: string]>
    found[title] = {}
    for (const [name, [first, second]] of Object.entries(outcomes)) {
      found[title]![name] = sample.byChance ? 'by chance' : first
      expect(`${name}: ${second}`).toBe(`${name}: ${sample.bySystem ? first : 'answered'}`)
    }
  },
)

test('what was found is what the table is made of', async () => {
  await expect(`${JSON.stringify(found, undefined, 2)}\n`).toMatchFileSnapshot('../fixtures/faults/run.json')
})
