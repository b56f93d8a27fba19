// Records every fixture again from the real server and compares. With BACKLOT_RECORD=1 the fixtures are written anew.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { compareTapes } from '../tape/compare.ts'
import { findDrift } from '../tape/drift.ts'
import { loadForms } from '../tape/forms.ts'
import { Trust } from '../tape/relay.ts'
import { TapeFile } from '../tape/tape-file.ts'
import { fixtures, record, startServer } from './real/recording.ts'
import { recordings } from './recordings.ts'

const forms = await loadForms()
/** What stands behind the placeholders of the fixtures. */
const secrets = new Map([
  ['token', 'none'],
  ['password', Buffer.from('\0ada\0lovelace').toString('base64')],
  ['password-2', Buffer.from('lovelace').toString('base64')],
  ['password-3', Buffer.from('\0ada\0wrong').toString('base64')],
])
const anew = process.env.BACKLOT_RECORD === '1'

test.for(recordings)('$file says what $server says', async (scenario, context) => {
  await using server = await startServer(context, scenario.server)
  const fixture = join(fixtures, scenario.file)
  const folder = await mkdtemp(join(tmpdir(), 'backlot-real-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = anew ? fixture : join(folder, 'again.tape.yaml')
  const result = await record(scenario, server, file)
  expect(result).toEqual(scenario.result)
  using before = new TapeFile(fixture)
  using after = new TapeFile(file)
  expect(compareTapes(before, after, forms)).toEqual([])
  if (scenario.entangled) return
  const reals = scenario.names.map(each => ({ ...each, to: server.at(each) }))
  const trust = new Trust([server.authority])
  const known = new Map([...secrets, ...Object.entries(scenario.secrets ?? {})])
  const drifts = await findDrift(before, forms, { reals, trust, secrets: known })
  expect(drifts.filter(({ kind }) => kind === 'drift')).toEqual([])
  // What cannot be said again is the answer to a challenge.
  expect(drifts.length).toBeLessThan(2)
})
