import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { answered, exchanges, type Got, play, playAgain, serve } from './http-exchanges.ts'
import { record } from './real/recording.ts'
import { suite } from './suites/http.ts'
import { playToFake } from './suites/targets.ts'

function temporaryTape(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-exchange-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'exchange.tape.yaml')
}

test.each(exchanges)('what the fake said is said again: $title', async exchange => {
  const file = temporaryTape()
  let got: Got | undefined
  const work = async () => {
    got = await play(exchange)
    return got.end
  }
  await playToFake(suite, { title: '', result: '', work }, file)
  expect(got!.heard === '').toBe(/^a (body|chunk) that is given up$/.test(exchange.title))
  expect(await playAgain(exchange, file)).toEqual({ ...got, misses: [], unused: 0 })
})

test.each(answered)('what an odd server said is said again: $title', async ({ says, after, ...rest }) => {
  // The end of a server that has said all is no turn.
  const exchange = { ...rest, says, after, ...(after === undefined && { enough: says.join('').length }) }
  const file = temporaryTape()
  await using server = await serve(exchange)
  const at = () => ({ host: '127.0.0.1', port: server.port })
  const target = { at, version: 'a script', authority: '', [Symbol.asyncDispose]: async () => {} }
  const got = await record({ names: suite.names, work: () => play(exchange) }, target, file)
  expect(got.heard).toBe(says.join(''))
  expect(await playAgain(exchange, file)).toEqual({ ...got, misses: [], unused: 0 })
})
