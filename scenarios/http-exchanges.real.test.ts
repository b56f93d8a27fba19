// Plays awkward exchanges to nginx and to the tapes that are recorded of it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exchanges, play, playAgain } from './http-exchanges.ts'
import { record, startServer } from './real/recording.ts'
import { suite } from './suites/http.ts'

test('what nginx said is said again', { timeout: 60_000 }, async context => {
  await using server = await startServer(context, 'nginx', suite.content)
  const folder = mkdtempSync(join(tmpdir(), 'backlot-real-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [at, exchange] of exchanges.entries()) {
    const file = join(folder, `${at}.tape.yaml`)
    const { heard } = await record({ names: suite.names, work: () => play(exchange) }, server, file)
    // Whether a server's end or its reset comes first, where a client goes on, is the system's.
    const { end: _, ...again } = await playAgain(exchange, file)
    expect(again, exchange.title).toEqual({ heard, misses: [], unused: 0 })
  }
})
