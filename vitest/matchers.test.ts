import dns from 'node:dns/promises'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { vi } from 'vitest'
import { http, dns as nameServer, smtp, tcp } from '../index.ts'
import { expect, test } from '../vitest.ts'

/** What a failed expectation says, without colours. */
function messageOf(expectation: () => unknown): string {
  try {
    expectation()
  } catch (error) {
    return (error as Error).message.replace(/\x1b\[\d+m/g, '')
  }
  throw new Error('expected an expectation that fails')
}

async function send(...mails: SendMailOptions[]): Promise<void> {
  const transport = nodemailer.createTransport({ host: 'mx.example.net', port: 25 })
  for (const mail of mails) await transport.sendMail({ from: 'ann@example.org', text: 'hello', ...mail })
  transport.close()
}

const welcome = { to: ['bob@example.net', 'cy@example.net'], subject: 'Welcome, Bob', headers: { 'X-Tag': 'first' } }

test('toHaveDelivered finds a mail by parts of it', async ({ network }) => {
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  expect(mail).not.toHaveDelivered()
  await send(
    { ...welcome, attachments: [{ filename: 'a.txt', content: 'A' }], html: '<b>hello</b>' },
    { to: 'dan@example.net', subject: 'Other' },
  )
  expect(mail).toHaveDelivered()
  expect(mail).toHaveDelivered({ to: 'bob@example.net', subject: /^Welcome/, from: 'ann@example.org' })
  expect(mail).toHaveDelivered({ to: /^cy@/, text: expect.stringContaining('ell') })
  expect(mail).toHaveDelivered({ to: ['cy@example.net', /bob/] })
  expect(mail).toHaveDelivered({ headers: { 'x-tag': 'first' }, attachments: 'a.txt', html: /<b>/ })
  expect(mail).toHaveDelivered({ from: 'ann@example.org' }, { times: 2 })
  expect(mail).toHaveDelivered({ to: 'nobody@example.net' }, { times: 0 })
  expect(mail).not.toHaveDelivered({ to: ['bob@example.net'] })
  expect(mail).not.toHaveDelivered({ to: 'bob@example.net', subject: 'Other' })
  expect(mail).not.toHaveDelivered({ headers: { 'x-tag': 'second' } })
  expect(mail).not.toHaveDelivered({ from: 'ann@example.org' }, { times: 1 })
  expect({ mail }).toEqual({ mail: expect.toHaveDelivered({ subject: 'Other' }) })
})

test('toHaveDelivered shows the nearest mail with what is different', async ({ network }) => {
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  await send(welcome, { to: 'dan@example.net', subject: 'Welcome, Dan' }, { to: 'eve@example.net', subject: 'Bill' })
  expect(messageOf(() => expect(mail).toHaveDelivered({ to: 'dan@example.net', subject: /^Goodbye/ }))).toBe(
    `toHaveDelivered: expected a mail like this to be delivered, got 3 other

The nearest:
- Expected
+ Received

  {
-   "subject": /^Goodbye/,
+   "subject": "Welcome, Dan",
    "to": "dan@example.net",
  }

All of them:
  <ann@example.org> to <bob@example.net>, <cy@example.net>: Welcome, Bob
  <ann@example.org> to <dan@example.net>: Welcome, Dan
  <ann@example.org> to <eve@example.net>: Bill`,
  )
})

test('toHaveDelivered says what there was where it is not to be, too often, or not at all', async ({ network }) => {
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  expect(messageOf(() => expect(mail).toHaveDelivered({ to: 'bob@example.net' }))).toBe(
    'toHaveDelivered: expected a mail like this to be delivered, got none at all\n\n{"to": "bob@example.net"}',
  )
  await send(welcome)
  expect(messageOf(() => expect(mail).not.toHaveDelivered({ subject: /Bob/ }))).toBe(
    'toHaveDelivered: expected not a mail like {"subject": /Bob/} to be delivered, got 1\n\nAll of them:\n' +
      '  <ann@example.org> to <bob@example.net>, <cy@example.net>: Welcome, Bob',
  )
  expect(messageOf(() => expect(mail).toHaveDelivered({}, { times: 2 }))).toBe(
    'toHaveDelivered: expected 2 mails to be delivered, got 1 of 1\n\nAll of them:\n' +
      '  <ann@example.org> to <bob@example.net>, <cy@example.net>: Welcome, Bob',
  )
})

test('toHaveDelivered waits by expect.poll', async ({ network }) => {
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  const sent = send(welcome)
  await expect.poll(() => mail).toHaveDelivered({ subject: 'Welcome, Bob' })
  await sent
})

test('toHaveResolved finds a question by its name, and NOERROR unless another code is named', async ({ network }) => {
  const zone = 'www A 203.0.113.1\n@ MX 10 www'
  const zones = { 'example.org': zone }
  const { names } = await network.host('ns.example', { names: nameServer({ zones }) }, { addresses: ['203.0.113.53'] })
  const resolver = new dns.Resolver()
  resolver.setServers(['203.0.113.53'])
  await resolver.resolve4('www.example.org')
  await resolver.resolveMx('example.org')
  await resolver.resolve4('gone.example.org').catch(() => {})
  expect(names).toHaveResolved('www.example.org')
  expect(names).toHaveResolved('WWW.example.org.')
  expect(names).toHaveResolved(/^www/)
  expect(names).toHaveResolved({ name: 'example.org', type: 'MX', transport: 'udp' }, { times: 1 })
  expect(names).toHaveResolved({ name: 'gone.example.org', rcode: 'NXDOMAIN' })
  expect(names).not.toHaveResolved('gone.example.org')
  expect(messageOf(() => expect(names).toHaveResolved({ name: 'example.org', type: 'TXT' }))).toBe(
    `toHaveResolved: expected a question like this to be answered, got 3 other

The nearest:
- Expected
+ Received

  {
    "name": "example.org",
    "rcode": "NOERROR",
-   "type": "TXT",
+   "type": "MX",
  }

All of them:
  www.example.org A over udp: NOERROR
  example.org MX over udp: NOERROR
  gone.example.org A over udp: NXDOMAIN`,
  )
})

test('toHaveResolved of mock functions is as vitest has it', async () => {
  const mock = vi.fn(async () => 'done')
  expect(mock).not.toHaveResolved()
  expect(messageOf(() => expect(mock).toHaveResolved())).toMatch(
    /expected "\S+" to be successfully resolved at least once/,
  )
  await mock()
  expect(mock).toHaveResolved()
  expect(messageOf(() => expect(mock).not.toHaveResolved())).toMatch(/to not be successfully resolved/)
})

test('toHaveServed finds a request by path, URL, or parts of it', async ({ network }) => {
  const { site } = await network.host('api.example', { site: http(() => new Response('ok')) })
  await fetch('http://api.example/price?of=tea', { headers: { 'X-Key': 'abc' } })
  await fetch('https://api.example/order', { method: 'POST', body: JSON.stringify({ of: 'tea', lots: [1, 2] }) })
  await fetch('https://api.example/note', { method: 'POST', body: 'plain' })
  expect(site).toHaveServed('/price?of=tea')
  expect(site).toHaveServed('http://api.example/price?of=tea')
  expect(site).toHaveServed(/order$/)
  expect(site).toHaveServed({ method: 'GET', path: /^\/price/, headers: { 'x-key': 'abc' } })
  expect(site).toHaveServed({ path: '/order', body: { lots: [1, 2] } })
  expect(site).toHaveServed({ path: '/order', body: /"tea"/ })
  expect(site).toHaveServed({ body: 'plain' })
  expect(site).not.toHaveServed('/price')
  expect(site).not.toHaveServed({ body: { lots: [2, 1] } })
  expect(site).not.toHaveServed({ headers: { 'x-key': 'abd' } })
  expect(site).toHaveServed({ method: 'POST' }, { times: 2 })
  expect(messageOf(() => expect(site).toHaveServed({ method: 'POST', path: '/order', body: { of: 'milk' } }))).toBe(
    `toHaveServed: expected a request like this to be served, got 3 other

The nearest:
- Expected
+ Received

  {
    "body": {
-     "of": "milk",
+     "lots": [
+       1,
+       2,
+     ],
+     "of": "tea",
    },
    "method": "POST",
    "path": "/order",
  }

All of them:
  GET http://api.example/price?of=tea
  POST https://api.example/order
  POST https://api.example/note`,
  )
})

test('a matcher on something else says what it takes and what it got, negated or not', async ({ network }) => {
  const given = await network.host('a.example', {
    mail: smtp(),
    names: nameServer(),
    site: http(() => undefined),
    raw: tcp({ greeting: 'hello' }, { port: 7 }),
  })
  const { mail, names, site, raw } = given
  const takes =
    "toHaveDelivered: expected an SMTP service, such as `mail` of const { mail } = await network.host('mx.example.net', { mail: smtp() }), got "
  const wrong: [unknown, string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    ['mx.example.net', '"mx.example.net"'],
    [42, '42'],
    [[], 'an array'],
    [() => {}, 'a function'],
    [names, 'a DNS service'],
    [site, 'an HTTP service'],
    [raw, 'a TCP service'],
    [network, 'a network'],
    [Promise.resolve(), 'a promise, without await'],
    [given, 'an object with mail, names, site, raw, whose .mail is one'],
    [{}, 'an object with nothing in it'],
  ]
  for (const [value, name] of wrong) {
    expect(messageOf(() => expect(value).toHaveDelivered())).toBe(`${takes}${name}`)
    expect(messageOf(() => expect(value).not.toHaveDelivered())).toBe(`${takes}${name}`)
  }
  expect(messageOf(() => expect(mail as unknown as typeof names).toHaveResolved('a.example'))).toMatch(
    /^toHaveResolved: expected a DNS service, .*, got an SMTP service$/,
  )
  expect(messageOf(() => expect(mail).toHaveServed('/'))).toMatch(/^toHaveServed: .*, got an SMTP service$/)
  expect(messageOf(() => expect(site).toHaveNoUnusedTurns())).toMatch(
    /^toHaveNoUnusedTurns: expected the tape of a test, .*, got an HTTP service$/,
  )
})

test('a matcher refuses what cannot be expected', async ({ network }) => {
  const { mail } = await network.host('a.example', { mail: smtp() })
  expect(messageOf(() => expect(mail).not.toHaveDelivered({ subjet: 'x' } as object))).toBe(
    'toHaveDelivered: expected some of from, to, subject, text, html, headers, attachments, user, secure, got subjet',
  )
  expect(messageOf(() => expect(mail).not.toHaveDelivered({}, { times: 1.5 }))).toBe(
    'toHaveDelivered: expected times to be a whole number, got 1.5',
  )
})
