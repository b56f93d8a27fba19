// Other people's programs in worlds with faults: curl, nc, dig and swaks hear of them as of a real network's.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

const hosts = `
hosts:
  web.example:
    addresses: [203.0.113.1]
    services:
      http: { redirect: 'http://other.example/', status: 302 }
  mx.example:
    addresses: [203.0.113.2]
    services: { smtp: {} }
  ns.example:
    addresses: [203.0.113.3]
    services:
      dns: { zones: { example: 'www A 203.0.113.9' } }
  time.example:
    addresses: [203.0.113.4]
    services: { daytime: {} }
`

let made = 0

/** Runs a shell line in a world with faults, in the flow style of YAML. */
function inWorld(faults: readonly string[], line: string) {
  const file = join(studio.folder, `world-${++made}.yaml`)
  writeFileSync(file, `faults:\n${faults.map(each => `  - ${each}\n`).join('')}${hosts}`)
  chmodSync(file, 0o644)
  return studio.shell(`$BACKLOT run --world ${file} -- /bin/bash -c '${line}'`)
}

const curl = 'curl -sS -m 3 -o /dev/null -w "%{http_code}\\n" http://web.example/'
const swaks =
  'swaks --to bob@mx.example --from ann@example.org --server mx.example --timeout 3 2>&1 | grep -E "^(\\*\\*\\*|<~|<-|=== )"'

describe('a connection', () => {
  test('is refused, and the one to another host is not', async () => {
    const { stdout, stderr } = await inWorld(
      ['refuse: { to: "web.example:80" }'],
      `${curl}; nc -w 3 time.example 13 | wc -l`,
    )
    expect(stdout).toBe('000\n1\n')
    expect(stderr).toMatch(/^curl: \(7\) .*(Connection refused|Could not connect|Couldn't connect)/)
    expect(stderr).not.toContain('backlot:')
  })

  test('is lost in a black hole', async () => {
    const { stdout, stderr } = await inWorld(['blackHole: { to: web.example }'], curl.replace('-m 3', '-m 1'))
    expect(stdout).toBe('000\n')
    expect(stderr).toMatch(/^curl: \(28\) (Connection timed out|Failed to connect)/)
  })

  test('is refused the first time alone', async () => {
    const { stdout, stderr } = await inWorld(['refuse: { to: web.example, times: 1 }'], `${curl}; ${curl}`)
    expect(stdout).toBe('000\n302\n')
    expect(stderr).toMatch(/^curl: \(56\) Recv failure: Connection reset by peer/)
  })
})

describe('curl', () => {
  test.each<[string, string, RegExp]>([
    ['a reset', 'reset: { to: web.example, afterBytes: 20 }', /^curl: \(56\) /],
    ['a truncated answer', 'truncate: { to: web.example, afterBytes: 0 }', /^curl: \(52\) Empty reply/],
    ['a half-closed link', 'halfClose: { to: web.example }', /^curl: \(52\) Empty reply/],
    ['silence from a message on', 'blackHole: { to: web.example, at: "/^GET/" }', /^curl: \(28\) Operation timed out/],
    ['an answer that comes too late', 'latency: { to: web.example, delayMs: 1m }', /^curl: \(28\) Operation timed out/],
  ])('hears of %s', async (_what, fault, said) => {
    const { stderr } = await inWorld([fault], curl.replace('-m 3', '-m 1'))
    expect(stderr).toMatch(said)
  })

  test.each<[string, string]>([
    ['latency', 'latency: { to: web.example, delayMs: 20, jitterMs: 10 }'],
    ['bandwidth', 'bandwidth: { to: web.example, bytesPerSecond: 2000 }'],
    ['slices', 'slice: { to: web.example }'],
    ['a slow close', 'slowClose: { to: web.example, delayMs: 20 }'],
  ])('gets its answer in spite of %s', async (what, fault) => {
    const { stdout, stderr } = await inWorld([fault], curl)
    expect(stdout).toBe('302\n')
    if (what !== 'a slow close') expect(stderr).toBe('')
  })

  test.each<[string, string, RegExp]>([
    ['an expired certificate', 'expiredCertificate: {}', /expired/],
    ['another name', 'wrongName: {}', /(does not match|no alternative certificate)/],
    ['a certificate signed by itself', 'selfSigned: {}', /self.signed/],
    ['an unknown authority', 'unknownAuthority: {}', /(unable to get local issuer|self.signed)/],
    ['an old version of TLS', 'oldTls: {}', /(protocol version|unsupported protocol|alert|legacy sigalg)/],
  ])('refuses %s', async (_what, fault, said) => {
    const { stdout, stderr } = await inWorld([fault], curl.replace('http:', 'https:'))
    expect(stdout).toBe('000\n')
    expect(stderr).toMatch(said)
  })
})

describe('swaks', () => {
  test('is cut off at a command', async () => {
    const { stdout } = await inWorld(['reset: { to: "mx.example:25", at: /^RCPT/ }'], swaks)
    expect(stdout).toMatch(/\*\*\* Remote host closed connection unexpectedly|\*\*\* .*reset/i)
  })

  test('is not offered STARTTLS where it is stripped', async () => {
    const { stdout } = await inWorld(
      ['startTlsStripped: { to: mx.example }'],
      `${swaks}; swaks --tls --to bob@mx.example --server mx.example 2>&1 | grep advertise`,
    )
    expect(stdout).toContain('XXXXXXXX')
    expect(stdout).toMatch(/Host did not advertise STARTTLS/)
  })

  test('delivers through latency and slices', async () => {
    const { stdout } = await inWorld(
      ['latency: { to: mx.example, delayMs: 5 }', 'slice: { to: mx.example, bytes: 7 }', 'slice: { from: client }'],
      swaks,
    )
    expect(stdout).toMatch(/<- {2}250 2\.0\.0/)
  })
})

describe('dig', () => {
  const dig = 'dig @ns.example www.example A +short +tries=2 +timeout=1'
  test('asks again where a datagram was lost', async () => {
    const { stdout } = await inWorld(['drop: { to: ns.example, times: 1 }'], dig)
    expect(stdout).toContain('203.0.113.9\n')
  })

  test('gets no answer where all are lost', async () => {
    const { stdout } = await inWorld(['drop: { to: ns.example }'], dig)
    expect(stdout).toMatch(/no servers could be reached|timed out/)
  })

  test('is refused at a port that is', async () => {
    const { stdout } = await inWorld(['refuse: { to: ns.example }'], dig)
    expect(stdout).toMatch(/connection refused|no servers could be reached/)
  })

  test.each(['duplicate', 'latency'])('is content under %s', async fault => {
    const options = fault === 'latency' ? 'delayMs: 20, ' : ''
    const { stdout } = await inWorld([`${fault}: { ${options}to: ns.example }`], dig)
    expect(stdout).toBe('203.0.113.9\n')
  })
})

describe('a firewall', () => {
  test('drops on a port, rejects on another, and lets through what it allows', async () => {
    const wall = `firewall: { otherwise: drop, rules: [
        { action: allow, port: 53 },
        { action: allow, to: time.example },
        { action: reject, to: 203.0.113.2, transport: tcp, port: [25, 587] }] }`
    const { stdout, stderr } = await inWorld(
      [wall.replaceAll(/\n */g, ' ')],
      `nc -w 1 time.example 13 | wc -l; nc -v -w 1 mx.example 25; nc -v -w 1 web.example 80; dig +short web.example`,
    )
    expect(stdout).toBe('1\n203.0.113.1\n')
    expect(stderr).toMatch(/mx\.example.*refused/)
    expect(stderr).toMatch(/web\.example.*timed out/)
  })
})

test('faults that never happened are said at the end', async () => {
  const { status, stderr } = await inWorld(['reset: { to: mx.example, at: /^RCPT/ }'], curl)
  expect(status).toBe(0)
  expect(stderr).toBe(
    'backlot: the fault "reset at /^RCPT/ to mx.example" never happened: expected a link that comes to it, but no link fitted\n',
  )
})
