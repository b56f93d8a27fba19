// Other people's programs at fakes that do wrong on purpose, as a world says: curl, swaks and dig hear of it.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

let made = 0

/** Runs a shell line in a world of one host, whose service has a fault. */
function inWorld(service: string, line: string) {
  const file = join(studio.folder, `own-${++made}.yaml`)
  writeFileSync(file, `hosts:\n  a.example:\n    addresses: [203.0.113.1]\n    services:\n      ${service}\n`)
  chmodSync(file, 0o644)
  return studio.shell(`$BACKLOT run --world ${file} -- /bin/bash -c '${line}'`)
}

const http = (fault: string) => `http: { folder: ., listing: true, faults: [${fault}] }`
const curl = 'curl -sS -m 2 -o /dev/null -w "%{http_code} %{exitcode}\\n" http://a.example/'

test.each([
  ['a status', '{ times: 1, reply: 503 }', '503 0'],
  ['silence', '{ times: 1, drop: silence }', '000 28'],
  ['a reset', '{ times: 1, drop: reset }', '000 56'],
  ['garbage', '{ times: 1, raw: "SSH-2.0-x\\r\\n" }', '000 1'],
  ['a body that is cut', '{ times: 1, afterBytes: 5 }', '200 18'],
  ['a length that is too great', '{ times: 1, contentLength: 1000000 }', '200 18'],
  ['responses before the answer', '{ times: 1, interim: [103] }', '200 0'],
])('curl hears of %s, and is served the next time', async (_what, fault, heard) => {
  const { stdout } = await inWorld(http(fault), `${curl}; ${curl}`)
  expect(stdout).toBe(`${heard}\n200 0\n`)
})

const swaks = 'swaks --to b@a.example --from a@b.example --server a.example --timeout 2 2>&1; echo "= $?"'

test.each([
  ['a banner that refuses', '{ times: 1, at: connect, reply: 554 5.3.2 not today }', /554 5\.3\.2 not today/],
  ['a recipient that is refused', '{ times: 1, at: RCPT, reply: 451 4.3.0 later }', /<\*\* 451 4\.3\.0 later/],
  ['a reset after the mail was taken', '{ times: 1, at: accepted, drop: reset }', /Remote host closed connection/],
  ['silence at DATA', '{ times: 1, at: DATA, drop: silence }', /\*\*\* Timeout waiting for response|<\*\*/],
])('swaks hears of %s, and delivers the next time', async (_what, fault, heard) => {
  const { stdout } = await inWorld(`smtp: { faults: [${fault}] }`, `${swaks}; ${swaks}`)
  const [first, second] = stdout.split(/^= /m)
  expect(first).toMatch(heard)
  expect(second).toMatch(/<- {2}250 2\.0\.0 accepted/)
})

const dig = 'dig @a.example www.example A +tries=1 +timeout=1'

test.each([
  ['another id', '{ times: 1, reply: wrong id }', /ID mismatch|timed out/],
  ['another question', '{ times: 1, reply: wrong question }', /Question section mismatch|timed out/],
  ['a refusal', '{ times: 1, reply: REFUSED }', /status: REFUSED/],
  ['a lame server', '{ times: 1, reply: lame }', /AUTHORITY: 1[\s\S]*\.\s+518400\s+IN\s+NS\s+a\.root-servers\.net/],
  ['silence', '{ times: 1, drop: silence }', /timed out|no servers could be reached/],
])('dig hears of %s, and is answered the next time', async (_what, fault, heard) => {
  const service = `dns: { zones: { example: "www A 192.0.2.9" }, faults: [{ name: www.example, ${fault.slice(2)}] }`
  const { stdout } = await inWorld(service, `${dig}; echo =; ${dig} +short`)
  const [first, second] = stdout.split(/^=\n/m)
  expect(first).toMatch(heard)
  expect(second).toBe('192.0.2.9\n')
})

test('a fault that never happened is said at the end', async () => {
  const { stderr } = await inWorld('smtp: { faults: [{ at: RCPT, reply: 451 4.3.0 later }] }', 'true')
  expect(stderr).toBe(
    'backlot: the fault at RCPT of smtp on a.example never happened: expected one that comes to it, but none did\n',
  )
})
