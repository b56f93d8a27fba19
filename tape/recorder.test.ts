import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Link } from '../net/link.ts'
import { loadForms } from './forms.ts'
import { temporaryFolder } from './in-tests.ts'
import { Recorder } from './recorder.ts'

const link: Link = {
  id: 1,
  transport: 'tcp',
  protocol: 'http',
  host: 'a.example',
  client: { address: '198.18.0.2', port: 40_000 },
  seenAs: '198.18.0.2',
  server: { address: '198.18.0.1', port: 80 },
  tls: undefined,
}

/** The tape of a response and how its link came to its end. */
async function tapeOf(response: string, hasEnded: boolean): Promise<string> {
  const file = join(temporaryFolder(), 'test.tape.yaml')
  const bug = (error: unknown) => {
    throw error
  }
  const recorded = { epoch: 0, now: () => 0, addressesOf: () => undefined, bug }
  const recorder = new Recorder(recorded, await loadForms(), { file })
  recorder.opened(link)
  recorder.plain(link, 'client', Buffer.from('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n'))
  recorder.plain(link, 'server', Buffer.from(response))
  if (hasEnded) recorder.ended(link, 'server')
  recorder.closed(link, 'reset by server')
  recorder.finish()
  return readFileSync(file, 'utf8')
}

const closing = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

test('a reset by a server that has said its end and ended is no turn', async () => {
  expect(await tapeOf(closing, true)).not.toContain('reset')
})

test.each([
  ['has not ended', closing, false],
  ['has not said its end', 'HTTP/1.1 204 No Content\r\n\r\n', true],
])('a reset by a server that %s is a turn', async (_, response, hasEnded) => {
  expect(await tapeOf(response, hasEnded)).toContain('  - reset: server\n')
})
