import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { daytime } from '../clients/daytime.ts'
import { smtpMoments } from '../fakes/smtp/moments.ts'
import { UsageError } from '../net/errors.ts'
import { loopback, type Placement } from '../net/placement.ts'
import { worldFaults } from './faults.ts'
import { openWorld } from './open.ts'

/** A world file beside others; gone with the scope. */
async function folder(files: Record<string, string>): Promise<{ path(name: string): string } & AsyncDisposable> {
  const place = await mkdtemp(join(tmpdir(), 'backlot-world-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text)
  return {
    path: name => join(place, name),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true }),
  }
}

async function problemOf(text: string, files: Record<string, string> = {}): Promise<string> {
  await using place = await folder({ ...files, 'a.yaml': text })
  const file = place.path('a.yaml')
  try {
    await using _network = await openWorld({ file })
  } catch (error) {
    expect((error as Error).name).toBe('UsageError')
    return (error as Error).message.replaceAll(file, 'a.yaml')
  }
  return 'none'
}

const problems: [title: string, text: string, problem: string][] = [
  [
    'a key that nobody knows, with the one that was meant',
    'hosts:\n  a.example:\n    adresses: [192.0.2.1]\n',
    'a.yaml:3:5: expected one of addresses, alsoAt, names, services in a host, got adresses; did you mean addresses?',
  ],
  [
    'a key that is like no other',
    'weather: fine\n',
    'a.yaml:1:1: expected one of epoch, seed, client, blackHoles, faults, people, hosts in a world, got weather',
  ],
  [
    'a value of the wrong kind',
    'hosts:\n  a.example:\n    addresses: 203.0.113.1\n',
    'a.yaml:3:16: expected a list of addresses, got "203.0.113.1"',
  ],
  [
    'an address that is none',
    'hosts:\n  a.example:\n    addresses: [203.0.113.1, 203.0.113.256]\n',
    'a.yaml:3:30: expected an IPv4 or IPv6 address such as 192.0.2.1, got "203.0.113.256"',
  ],
  [
    'a password that YAML reads as a number',
    'people:\n  ada: { password: 1234 }\n',
    'a.yaml:2:20: expected a password, in quotes where it looks like a number, got 1234',
  ],
  [
    'a fault that there is not',
    'faults:\n  - reset: { at: /^RCPT/ }\n  - resett: {}\n',
    `a.yaml:3:5: expected one of ${Object.keys(worldFaults).toSorted().join(', ')} in a fault, got resett; did you mean reset?`,
  ],
  [
    'an option of a fault that is none',
    'faults:\n  - reset: { after: 3 }\n',
    'a.yaml:2:14: expected one of to, transport, nth, times, from, at, afterBytes in options of reset, got after',
  ],
  [
    'two faults in one item',
    'faults:\n  - reset: {}\n    slice: {}\n',
    'a.yaml:2:5: expected one fault in an item, got reset and slice',
  ],
  [
    'a fault whose pattern is none',
    'faults:\n  - reset: { at: /(/ }\n',
    'a.yaml:2:5: reset: expected at as a pattern such as /^RCPT/, got /(/',
  ],
  ['a person without a password', 'people:\n  ada: {}\n', 'a.yaml:2:8: expected password in a person, got none'],
  [
    'an alias at a host that is not there',
    'people:\n  ada:\n    password: x\n    aliases:\n      - at: nowhere.example\n',
    'a.yaml:5:13: expected a host of this world, got nowhere.example',
  ],
  [
    'an epoch that is no date',
    'epoch: soon\n',
    'a.yaml:1:8: expected an epoch such as \'2015-03-15T12:09:16Z\', got "soon"',
  ],
  [
    'a range that is none',
    'blackHoles: [192.0.2.0/33]\n',
    'a.yaml:1:14: expected a range such as 192.0.2.0/24, got "192.0.2.0/33"',
  ],
  [
    'a name that is none',
    'hosts:\n  "a b": {}\n',
    'a.yaml:2:3: expected a host name such as mx.example.org or *.example.org, got "a b"',
  ],
  [
    'a service that does not exist',
    'hosts:\n  a.example:\n    services: { htpp: {} }\n',
    'a.yaml:3:17: expected one of daytime, dns, http, imap, pop3, smtp, tcp, udp in services, got htpp; did you mean http?',
  ],
  [
    'an option that a service does not have',
    'hosts:\n  a.example:\n    services:\n      smtp: { stile: gsmtp }\n',
    'a.yaml:4:15: expected one of name, ports, style, users, mailboxes, mail, domains, relayFor, recipientDelimiter, envelopeHeaders, extensions, mechanisms, maxBytes, maxRecipients, maxErrors, idleTimeout, tls, greylist, rateLimits, vrfy, recipient, keep, faults in an SMTP service, got stile; did you mean style?',
  ],
  [
    'a fault of a service at a moment that is none',
    'hosts:\n  a.example:\n    services:\n      smtp:\n        faults:\n          - { at: RCTP, reply: 451 4.3.0 later }\n',
    `a.yaml:6:19: expected a moment: ${smtpMoments.join(', ')}, got "RCTP"`,
  ],
  [
    'a fault of a service with an option that is none',
    'hosts:\n  a.example:\n    services:\n      dns:\n        faults:\n          - { name: a.example, replay: REFUSED }\n',
    'a.yaml:6:32: expected one of name, type, transport, reply, copies, nth, times, raw, drop, delay in a fault of a DNS service, got replay; did you mean reply?',
  ],
  [
    'a response of IMAP that a fault cannot say',
    'hosts:\n  a.example:\n    services:\n      imap:\n        faults:\n          - { at: FETCH, reply: 451 later }\n',
    "a.yaml:6:33: expected a response such as 'NO [UNAVAILABLE] try again' or '* BYE later', got \"451 later\"",
  ],
  [
    'a response of POP3 that a fault cannot say',
    'hosts:\n  a.example:\n    services:\n      pop3:\n        faults:\n          - { at: RETR, reply: 451 later }\n',
    'a.yaml:6:32: expected a response such as \'-ERR [SYS/TEMP] try again\', got "451 later"',
  ],
  [
    'a status that a fault cannot say',
    'hosts:\n  a.example:\n    services:\n      http:\n        redirect: http://b.example/\n        faults:\n          - { path: /, reply: 42 }\n',
    'a.yaml:7:31: expected a status from 200 to 999, got 42',
  ],
  [
    'an option of one of several services',
    'hosts:\n  a.example:\n    services:\n      daytime:\n        - { ports: [13] }\n        - { ports: [66000] }\n',
    'a.yaml:6:21: expected a port from 1 to 65535, got 66000',
  ],
  [
    'a web site of two kinds',
    'hosts:\n  a.example:\n    services:\n      http: { site: x.ts, redirect: http://b.example/ }\n',
    'a.yaml:4:13: expected one of site, folder and redirect, got site and redirect',
  ],
  [
    'a file that is not there',
    'hosts:\n  a.example:\n    services:\n      http: { site: x.js }\n',
    'a.yaml:4:21: expected a file beside the world file, got x.js, which is not there',
  ],
  [
    'mail that is not there',
    'hosts:\n  a.example:\n    services:\n      smtp: { mail: { ada: mail/ada } }\n',
    'a.yaml:4:28: expected an .eml, an mbox or a Maildir beside the world file, got mail/ada, which is not there',
  ],
  [
    'a module without a function',
    'hosts:\n  a.example:\n    services:\n      http: { site: empty.js }\n',
    'a.yaml:4:21: expected a module whose default export is a function, got empty.js with undefined',
  ],
  [
    'a name that DNS cannot carry',
    `hosts:\n  ${'a'.repeat(64)}.example: {}\n`,
    `a.yaml:2:3: expected a host name such as mx.example.org or *.example.org, got "${'a'.repeat(59)}…`,
  ],
  [
    'a module that does not load',
    'hosts:\n  a.example:\n    services:\n      http: { site: broken.js }\n',
    'a.yaml:4:21: expected a module that loads, got Error: not today',
  ],
  [
    'a name that two hosts have',
    'hosts:\n  a.example: {}\n  b.example:\n    names: [c.example, A.example]\n',
    'a.yaml:4:24: expected a name of its own, got a.example, which a.example has at line 2',
  ],
  [
    'an address and port that two services want',
    'hosts:\n  a.example:\n    addresses: [203.0.113.1]\n    services:\n      smtp: {}\n  b.example:\n    addresses: [203.0.113.2, 203.0.113.1]\n    services:\n      smtp: { ports: [25] }\n',
    'a.yaml:9:7: expected tcp 203.0.113.1:25 to be free for smtp of b.example, got smtp of a.example at line 5',
  ],
  [
    'a key that stands twice',
    'hosts:\n  a.example: {}\n  a.example: {}\n',
    'a.yaml:3:3: expected each key once, got a.example again after line 2',
  ],
  [
    'text that is no YAML',
    'hosts: [a\n',
    'a.yaml:2:1: expected YAML, got flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a list instead of a world', '- a\n', 'a.yaml:1:1: expected a world, got a list'],
  [
    'aliases that multiply',
    `a: &a [x]\nhosts: [${'*a, '.repeat(1100)}]\n`,
    'a.yaml:1:1: expected YAML, got excessive alias count indicates a resource exhaustion attack',
  ],
  [
    'a zone that is none',
    'hosts:\n  a.example:\n    services:\n      dns:\n        zones:\n          example.org: |\n            www A 192.0.2.999\n',
    'a.yaml:7:1: expected an IPv4 address, got "192.0.2.999"',
  ],
]

test.for(problems)('%s is refused with its place', async ([, text, problem]) => {
  const files = { 'empty.js': '', 'broken.js': "throw new Error('not today\\nnor tomorrow')" }
  expect(await problemOf(text, files)).toBe(problem)
})

test('a world without a resolver gets one where its client asks', async () => {
  await using place = await folder({ 'a.yaml': 'hosts:\n  a.example: { addresses: [203.0.113.1] }\n' })
  await using network = await openWorld({ file: place.path('a.yaml') })
  expect(network.reach({ address: network.client.resolver, port: 53 }, 'udp').outcome).toBe('served')
})

test('nothing is opened where a world has a fault', async () => {
  await using place = await folder({
    'a.yaml': 'hosts:\n  a.example: { services: { daytime: {} } }\n  b.example: { port: 1 }\n',
  })
  let opened = 0
  const tcp: Placement['tcp'] = at => {
    opened++
    return loopback.tcp(at)
  }
  const placement = { ...loopback, tcp }
  await expect(openWorld({ file: place.path('a.yaml'), placement })).rejects.toThrow('got port')
  expect(opened).toBe(0)
})

test('a file that is not there is said to be none', async () => {
  await expect(openWorld({ file: '/nowhere/a.yaml' })).rejects.toThrow(
    '/nowhere/a.yaml: expected a world file, got none',
  )
})

test('a file of another kind is refused', async () => {
  await expect(openWorld({ file: 'world.toml' })).rejects.toThrow(
    'world.toml: expected a world file that ends in .yaml',
  )
})

test('an empty file is an empty world', async () => {
  await using place = await folder({ 'a.yaml': '' })
  await using network = await openWorld({ file: place.path('a.yaml') })
  const own = network.hosts.filter(({ name }) => name !== network.client.resolver)
  expect(own).toEqual([])
})

test('epoch, seed, client and black holes are those of the file', async () => {
  const text = `epoch: '2001-02-03T04:05:06Z'\nseed: seven\nclient: { name: me.example }\nblackHoles: [198.51.100.0/24]\n`
  await using place = await folder({ 'a.yaml': text })
  await using network = await openWorld({ file: place.path('a.yaml') })
  expect(network.clock.date().toISOString()).toBe('2001-02-03T04:05:06.000Z')
  expect([network.seed, network.client.name, network.client.gateway]).toEqual(['seven', 'me.example', '10.0.2.2'])
  expect(network.reach({ address: '198.51.100.7', port: 80 }, 'tcp')).toEqual({ outcome: 'black hole' })
})

test('services do wrong on purpose what the file says', async () => {
  const text = `hosts:
  a.example:
    services:
      http:
        redirect: http://b.example/
        faults:
          - { path: /busy, reply: { status: 503, headers: [[Content-Length, '0'], [Retry-After, '7']] } }
          - { path: /slow, delay: 1m }
      smtp: { faults: [{ at: RCPT, nth: 2, reply: 451 4.3.0 later }, { at: NOOP, drop: silence }] }
      dns: { faults: [{ name: '*.example', type: MX, reply: wrong id, copies: 2 }] }
`
  await using place = await folder({ 'a.yaml': text })
  await using network = await openWorld({ file: place.path('a.yaml') })
  using _inside = network.intercept()
  const busy = await fetch('http://a.example/busy', { redirect: 'manual' })
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '7'])
  expect((await fetch('http://a.example/other', { redirect: 'manual' })).status).toBe(301)
  expect(network.unreachedFaults).toEqual([
    'the fault at *.example MX of dns on a.example never happened: expected one that comes to it, but none did; resolvers of the network know its zones without asking it, and who has an answer in a cache asks nobody',
    'the fault at /slow of http on a.example never happened: expected one that comes to it, but none did',
    'the fault at NOOP of smtp on a.example never happened: expected one that comes to it, but none did',
    'the fault at RCPT of smtp on a.example never happened: expected number 2 to come to it, but none did',
  ])
})

test('a site is a module beside the file', async () => {
  await using place = await folder({
    'a.yaml': 'hosts:\n  a.example: { services: { http: { site: site.js } } }\n',
    'site.js': "export default request => new Response('you asked for ' + new URL(request.url).pathname)",
  })
  await using network = await openWorld({ file: place.path('a.yaml') })
  using _inside = network.intercept()
  expect(await (await fetch('http://a.example/x')).text()).toBe('you asked for /x')
})

test('a redirect keeps scheme, host, path and query as they were written', async () => {
  await using place = await folder({
    'a.yaml': "hosts:\n  a.example: { services: { http: { redirect: '{scheme}://www.{host}{path}', status: 308 } } }\n",
  })
  await using network = await openWorld({ file: place.path('a.yaml') })
  using _inside = network.intercept()
  const target = '/a|b?c=\'%41"&&'
  const reply = await say('a.example', 80, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`)
  expect(reply).toContain('HTTP/1.1 308 ')
  expect(reply).toContain(`Location: http://www.a.example${target}\r\n`)
})

test('people are users of a service, with the alias that they have there', async () => {
  await using place = await folder({
    'a.yaml': `people:
  ada: { password: lovelace, aliases: [{ at: b.example, name: augusta, password: king }] }
hosts:
  a.example: { services: { smtp: { ports: [25], users: people } } }
  b.example: { services: { smtp: { ports: [25], users: people } } }
`,
  })
  await using network = await openWorld({ file: place.path('a.yaml') })
  using _inside = network.intercept()
  const to = (host: string, name: string) =>
    say(host, 25, `EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<${name}@${host}>\r\nQUIT\r\n`)
  expect(await to('a.example', 'ada')).toContain('250 2.1.5')
  expect(await to('b.example', 'ada')).toContain('550 5.1.1')
  expect(await to('b.example', 'augusta')).toContain('250 2.1.5')
})

test('a world of TypeScript says services by data and by code', async () => {
  await using place = await folder({
    'a.ts': `import { daytime, defineWorld } from '${new URL('../index.ts', import.meta.url).href}'
export default defineWorld({
  hosts: { 'a.example': { services: { daytime: [daytime({ format: () => 'late' }), { ports: [1313] }] } } },
})
`,
  })
  await using network = await openWorld({ file: place.path('a.ts') })
  using _inside = network.intercept()
  expect(await say('a.example', 13, '')).toBe('late\r\n')
  expect(await say('a.example', 1313, '')).toContain('March 15, 2015')
})

test('a world of JavaScript may be a function of the network', async () => {
  await using place = await folder({
    'a.js': `export default async network => { await network.host('a.example', {}, { addresses: ['203.0.113.9'] }) }`,
  })
  await using network = await openWorld({ file: place.path('a.js') })
  expect(network.lookup('a.example')).toEqual(['203.0.113.9'])
})

test('a world of code that does not load is told by its file', async () => {
  await using place = await folder({ 'a.js': "throw new Error('not today')" })
  const file = place.path('a.js')
  await expect(openWorld({ file })).rejects.toThrow(`${file}: expected a world file that loads, got not today`)
})

test('what a world function throws is told in one line by its place in the file', async () => {
  const code =
    "export default async network => {\n  await network.host('a.example')\n  throw new Error('not\\ntoday')\n}"
  await using place = await folder({ 'a.js': code, 'b.js': "export default network => network.host('a b')" })
  const fails = async (name: string, problem: string) =>
    expect(openWorld({ file: place.path(name) })).rejects.toThrow(new UsageError(place.path(name) + problem))
  await fails('a.js', ':3:9: expected a world that opens, got Error: not')
  await fails('b.js', ':1:35: expected a host name such as mx.example.org or *.example.org, got "a b"')
})

test('a file that is not UTF-8 is said to be none, with the line', async () => {
  await using place = await folder({})
  await writeFile(place.path('a.yaml'), Buffer.from('hosts:\n  a.example: \xff\xfe\n', 'latin1'))
  const file = place.path('a.yaml')
  await expect(openWorld({ file })).rejects.toThrow(`${file}:2: expected UTF-8, got other octets`)
})

test('a fault of a world of code is told by the path to it', async () => {
  await using place = await folder({ 'a.js': `export default { hosts: { 'a.example': { adresses: [] } } }` })
  const file = place.path('a.js')
  await expect(openWorld({ file })).rejects.toThrow(`${file}: hosts.a.example.adresses: expected one of addresses`)
})

/** Says something, and gives all that is answered until the other side ends. */
async function say(host: string, port: number, words: string): Promise<string> {
  const socket = net.connect({ host, port })
  socket.end(words)
  let heard = ''
  for await (const chunk of socket) heard += chunk.toString('latin1')
  return heard
}

test('faults of a world are there from the start', async () => {
  const text =
    'hosts:\n  a.example:\n    services: { daytime: {} }\n' +
    'faults:\n  - refuse: { to: a.example, times: 1 }\n  - reset: { to: b.example, at: /^x/i }\n'
  await using place = await folder({ 'a.yaml': text })
  await using network = await openWorld({ file: place.path('a.yaml') })
  using _inside = network.intercept()
  await expect(daytime({ host: 'a.example' })).rejects.toMatchObject({ code: 'REFUSED' })
  expect(await daytime({ host: 'a.example' })).toMatchObject({ text: expect.any(String) })
  expect(network.unreachedFaults).toEqual([
    'the fault "reset at /^x/i to b.example" never happened: expected a link that comes to it, but no link fitted',
  ])
})
