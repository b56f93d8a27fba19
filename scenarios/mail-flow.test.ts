import { expect, describe as group, test } from 'vitest'
import { connectSmtp, type OutgoingMail } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import type { SmtpOptions } from '../fakes/smtp.ts'
import { createNetwork, dns, smtp, tcp } from '../index.ts'
import type { Network } from '../net/network.ts'

const hello = { from: 'ann@example.org', to: 'bob@example.net', subject: 'greeting', text: 'hello' }
const relaying: SmtpOptions = { domains: [], relayFor: ['0.0.0.0/0'] }

/** A gateway that keeps the mail of example.org and hands on everybody's. */
async function world(options: SmtpOptions = {}) {
  const network = await createNetwork()
  const { gateway } = await network.host('out.example', {
    gateway: smtp({ ...relaying, domains: ['example.org'], users: { ann: 'x' }, ports: [25], ...options }),
  })
  const inside = network.intercept()
  const send = async (mail: OutgoingMail) => {
    await using client = await connectSmtp({ host: 'out.example', tls: 'none' })
    await client.send(mail)
    await gateway.queueSettled()
  }
  const dispose = async () => {
    inside[Symbol.dispose]()
    await network.close()
  }
  const told = () => gateway.mailbox('ann').messages
  return { network, gateway, send, told, [Symbol.asyncDispose]: dispose }
}

/** Fields of the report about the mail, and about each recipient. */
function statusOf({ parts }: { parts: readonly { body: Buffer }[] }): Record<string, string>[] {
  const blocks = parts[1]!.body.toString().trimEnd().split('\r\n\r\n')
  return blocks.map(block => {
    const lines = block.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
    return Object.fromEntries(lines.map(line => line.split(/: (.*)/s, 2)))
  })
}

group('a sender is told', () => {
  test('of recipients that a host refuses, in one mail from nobody with the mail inside', async () => {
    await using it = await world()
    await it.network.host('example.net', { mail: smtp({ users: { ada: 'x' } }) })
    await it.send({ ...hello, to: ['bob@example.net', 'ada@example.net', 'x@nowhere.example'] })
    const [notification, ...more] = it.told()
    expect(more).toEqual([])
    expect(notification!.header('Return-Path')).toBe('<>')
    expect(notification!.header('To')).toBe('ann@example.org')
    expect(notification!.header('Auto-Submitted')).toBe('auto-replied')
    expect(notification!.subject).toBe('Undelivered mail returned to its sender')
    expect(notification!.text).toContain('<bob@example.net>: example.net said 550 5.1.1')
    const { id } = it.gateway.delivered[0]!
    expect(statusOf(notification!)).toEqual([
      {
        'Reporting-MTA': 'dns; out.example',
        'X-Queue-Id': id,
        'Arrival-Date': 'Sun, 15 Mar 2015 12:09:16 +0000',
      },
      {
        'Final-Recipient': 'rfc822; bob@example.net',
        'Original-Recipient': 'rfc822;bob@example.net',
        Action: 'failed',
        Status: '5.1.1',
        'Remote-MTA': 'dns; example.net',
        'Diagnostic-Code': 'smtp; 550 5.1.1 bob@example.net is not known here',
      },
      {
        'Final-Recipient': 'rfc822; x@nowhere.example',
        'Original-Recipient': 'rfc822;x@nowhere.example',
        Action: 'failed',
        Status: '5.1.2',
        'Diagnostic-Code': 'X-Backlot; no host for nowhere.example',
      },
    ])
    const [inside] = notification!.parts[2]!.parts
    expect(inside!.header('subject')).toBe('greeting')
    expect(inside!.content.toString()).toBe('hello\r\n')
  })

  test('by the exchanger of the domain where the mailbox is elsewhere', async () => {
    await using it = await world({ domains: [] })
    const { mail } = await it.network.host('mx.example.org', { mail: smtp() })
    const zones = { 'example.org': 'example.org. MX 10 mx.example.org.' }
    await it.network.host('ns.example.org', { dns: dns({ zones }) })
    await it.send(hello)
    expect(mail.delivered).toMatchObject([{ from: '', to: ['ann@example.org'], hello: 'out.example' }])
    expect(mail.delivered[0]!.parts.map(({ type }) => type)).toEqual([
      'text/plain',
      'message/delivery-status',
      'message/rfc822',
    ])
  })

  test('and of a notification nobody is', async () => {
    await using it = await world({ domains: [], users: { ann: 'x' } })
    await it.send(hello)
    expect(it.gateway.queue).toMatchObject([
      { status: 'failed', message: { from: 'ann@example.org' } },
      { status: 'failed', message: { from: '' } },
    ])
    // Nobody's mailbox has one either.
    expect(it.gateway.mailbox('').messages).toEqual([])
    // Only what the mail itself was for.
    expect(it.network.unknownNames).toEqual(['example.net'])
  })

  test('nothing where the mailbox is full or not there', async () => {
    await using it = await world({ users: { ann: { password: 'x', quotaBytes: 10 } } })
    await it.send(hello)
    await it.send({ ...hello, from: 'nobody@example.org' })
    expect(it.told()).toEqual([])
    expect(it.gateway.queue).toHaveLength(2)
  })

  test.each<[NonNullable<OutgoingMail['dsn']>['notify'], string[]]>([
    [undefined, ['failed']],
    [['FAILURE', 'DELAY'], ['failed']],
    [['NEVER'], []],
    [['SUCCESS'], ['delivered', 'relayed']],
    [
      ['SUCCESS', 'FAILURE'],
      ['delivered', 'relayed', 'failed'],
    ],
  ])('with NOTIFY %j of %j', async (notify, actions) => {
    await using it = await world()
    await it.network.host('plain.example', { mail: smtp({ extensions: [] }) })
    const to = ['x@nowhere.example', 'ann@example.org', 'y@plain.example']
    await it.send({ ...hello, to, ...(notify === undefined ? {} : { dsn: { notify } }) })
    const notifications = it.told().filter(({ headers }) => headers.some(({ name }) => name === 'Auto-Submitted'))
    const reports = notifications.flatMap(each => statusOf(each).slice(1))
    expect(reports.map(({ Action }) => Action)).toEqual(actions)
  })

  test('of a success by the host that delivers, where all on the way report', async () => {
    await using it = await world()
    const sharing = { users: { bob: 'x' }, relayFor: ['0.0.0.0/0'] }
    const { mail } = await it.network.host('example.net', { mail: smtp(sharing) })
    const zones = { 'example.org': 'example.org. MX 10 out.example.' }
    await it.network.host('ns.example.org', { dns: dns({ zones }) })
    await it.send({ ...hello, dsn: { notify: ['SUCCESS'], envid: 'a+b c', ret: 'HDRS' } })
    await mail.queueSettled()
    expect(it.told().map(statusOf)).toMatchObject([
      [
        { 'Reporting-MTA': 'dns; example.net', 'Original-Envelope-Id': 'a+b c' },
        { Action: 'delivered', Status: '2.0.0', 'Original-Recipient': 'rfc822;bob@example.net' },
      ],
    ])
  })

  test('that a mail waits where they want to know, and that it was given up after five days', async () => {
    await using it = await world()
    await it.network.host('example.net')
    await it.send({ ...hello, dsn: { notify: ['DELAY', 'FAILURE'] } })
    await it.network.clock.advance('3h')
    expect(it.told()).toEqual([])
    await it.network.clock.advance('6h')
    expect(it.told().map(({ subject }) => subject)).toEqual(['Delayed mail, still being tried'])
    expect(statusOf(it.told()[0]!)[1]).toMatchObject({
      Action: 'delayed',
      Status: '4.4.1',
      'Will-Retry-Until': 'Fri, 20 Mar 2015 12:09:16 +0000',
    })
    await it.network.clock.advance('5d')
    expect(it.gateway.queue).toMatchObject([{ status: 'failed', nextAttempt: undefined }])
    expect(it.told().map(each => statusOf(each)[1])).toMatchObject([
      { Action: 'delayed' },
      { Action: 'failed', Status: '4.4.1', 'Diagnostic-Code': expect.stringContaining('ECONNREFUSED') },
    ])
    await it.network.clock.advance('5d')
    expect(it.told()).toHaveLength(2)
  })

  const long = 'a line of a long mail\r\n'.repeat(3000)
  test.each<[string, OutgoingMail['dsn'], string, string]>([
    ['a short mail', undefined, 'short', 'message/rfc822'],
    ['a short mail of which only the header is wanted', { ret: 'HDRS' }, 'short', 'text/rfc822-headers'],
    ['a long mail', undefined, long, 'text/rfc822-headers'],
    ['a long mail that is wanted whole', { ret: 'FULL' }, long, 'message/rfc822'],
  ])('of %s with as much of it as they want', async (_what, dsn, text, type) => {
    await using it = await world()
    await it.send({ ...hello, text, ...(dsn === undefined ? {} : { dsn }) })
    const returned = it.told()[0]!.parts[2]!
    expect(returned.type).toBe(type)
    expect(returned.content.includes(text)).toBe(type === 'message/rfc822')
    expect(returned.content.toString()).toContain('Subject: greeting\r\n')
  })

  test('in 8 bits and the types of RFC 6533 of a mail that needs them', async () => {
    await using it = await world()
    await it.send({ ...hello, to: 'jürgen@nowhere.example', text: 'Grüße' })
    const [notification] = it.told()
    expect(notification!.header('Content-Transfer-Encoding')).toBe('8bit')
    expect(notification!.parts.map(({ type }) => type)).toEqual([
      'text/plain',
      'message/global-delivery-status',
      'message/global',
    ])
    expect(statusOf(notification!)[1]).toMatchObject({ 'Final-Recipient': 'utf-8; jürgen@nowhere.example' })
    expect(notification!.text).toContain('<jürgen@nowhere.example>')
  })
})

test('a host that says odd things writes none of them into the notification', async () => {
  await using it = await world()
  const odd = `550-5.1.1 one\r550 X-Evil: 1\x00\r\n550 5.1.1 ${'x'.repeat(5000)}\r\n`
  const mail = tcp(
    {
      greeting: '220 odd\r\n',
      delimiter: '\r\n',
      answer: line => (String(line).startsWith('RCPT') ? odd : '250 ok\r\n'),
    },
    { port: 25 },
  )
  await it.network.host('example.net', { mail })
  await it.send(hello)
  const report = it.told()[0]!.parts[1]!.body.toString('latin1')
  expect(report).toMatch(/^Diagnostic-Code: smtp; 550-5\.1\.1 one\?550 X-Evil: 1\?\r\n {4}550 5\.1\.1 x+\r\n/m)
  const lines = it.told()[0]!.raw.toString('latin1').split('\r\n')
  expect(lines.filter(line => /[\r\n\x00]/.test(line) || line.length > 998)).toEqual([])
})

group('a mail that goes round in circles', () => {
  test('between two hosts is ended by the lines that they leave in it', async () => {
    await using it = await world()
    const zones = {
      'example.org': 'example.org. MX 10 out.example.',
      'loop.example': 'loop.example. MX 10 a.example.',
    }
    await it.network.host('ns.example.org', { dns: dns({ zones }) })
    const resolveMx = (domain: string) => [
      { preference: 1, exchange: domain === 'loop.example' ? 'b.example' : 'out.example' },
    ]
    const { a } = await it.network.host('a.example', { a: smtp({ ...relaying, resolveMx }) })
    const { b } = await it.network.host('b.example', { b: smtp(relaying) })
    await it.send({ ...hello, to: 'x@loop.example' })
    for (let round = 0; round < 60; round++) {
      await a.queueSettled()
      await b.queueSettled()
    }
    await it.gateway.queueSettled()
    // With the line of the first host 100 (RFC 5321 §6.3).
    expect(a.delivered.length + b.delivered.length).toBe(99)
    expect(b.delivered.at(-1)!.headers.filter(({ name }) => name === 'Received')).toHaveLength(99)
    expect(statusOf(it.told()[0]!)[1]).toMatchObject({ Status: '5.4.6' })
  })

  test('by an exchanger that is the host itself is refused', async () => {
    await using it = await world()
    const zones = { 'example.net': 'example.net. MX 10 out.example.' }
    await it.network.host('ns.example.net', { dns: dns({ zones }) })
    await it.send(hello)
    expect(statusOf(it.told()[0]!)[1]).toMatchObject({ Status: '5.4.6' })
    expect(it.gateway.delivered).toHaveLength(1)
  })

  test('is not given to an exchanger that would give it back', async () => {
    await using it = await world()
    const zones = {
      'example.net': ['10 mx.example.net.', '20 other.example.', '20 out.example.', '30 worse.example.']
        .map(mx => `example.net. MX ${mx}`)
        .join('\n'),
    }
    await it.network.host('ns.example.net', { dns: dns({ zones }) })
    await it.network.host('mx.example.net')
    await it.network.host('other.example', { mail: smtp() })
    await it.network.host('worse.example', { mail: smtp() })
    await it.send(hello)
    expect(it.gateway.queue).toMatchObject([{ status: 'waiting', attempts: [{ host: 'mx.example.net' }] }])
    expect(it.gateway.queue[0]!.attempts).toHaveLength(1)
  })
})

group('what the next host cannot take', () => {
  test('is not sent to one that says it is too small', async () => {
    await using it = await world()
    const { mail } = await it.network.host('example.net', { mail: smtp({ maxBytes: 1000 }) })
    await it.send({ ...hello, text: 'x'.repeat(900) })
    expect(statusOf(it.told()[0]!)[1]).toMatchObject({ Status: '5.3.4' })
    expect(mail.delivered).toEqual([])
  })

  test('is not sent to one that knows nothing beyond ASCII, unless all is within it', async () => {
    await using it = await world()
    const { mail } = await it.network.host('example.net', { mail: smtp({ extensions: ['8BITMIME'] }) })
    await it.send({ ...hello, to: 'jürgen@example.net' })
    await it.send({ ...hello, text: 'Grüße' })
    const lines = ['EHLO me', 'MAIL FROM:<ann@example.org> SMTPUTF8', 'RCPT TO:<bob@example.net>', 'DATA', 'Subject: x']
    await using client = await connectTcp({ host: 'out.example', port: 25 })
    await client.write(`${lines.join('\r\n')}\r\n\r\nall of it is ASCII\r\n.\r\nQUIT\r\n`)
    await client.readAll()
    await it.gateway.queueSettled()
    expect(it.told().map(each => statusOf(each)[1]!.Status)).toEqual(['5.6.7'])
    expect(mail.delivered.map(({ text }) => text)).toEqual(['Grüße', 'all of it is ASCII'])
  })

  test('waits where one talks to nobody, and goes to the next exchanger that does', async () => {
    await using it = await world()
    const zones = { 'example.net': 'example.net. MX 10 mute.example.net.\nexample.net. MX 20 mx.example.net.' }
    await it.network.host('ns.example.net', { dns: dns({ zones }) })
    const greeting = '554 5.3.2 nobody is welcome\r\n'
    await it.network.host('mute.example.net', { mail: tcp({ greeting, answer: () => undefined }, { port: 25 }) })
    const { mail } = await it.network.host('mx.example.net', { mail: smtp() })
    await it.send(hello)
    expect(mail.delivered).toHaveLength(1)
    expect(it.gateway.queue[0]!.attempts).toMatchObject([
      { outcome: 'deferred', reason: expect.stringContaining('554 5.3.2') },
      { outcome: 'sent' },
    ])
    await it.send({ ...hello, to: 'x@mute.example.net' })
    expect(it.gateway.queue[1]).toMatchObject({ status: 'waiting' })
  })
})

test('a mail is tried again sooner first, then ever later, counted by rounds and not by hosts', async () => {
  await using it = await world()
  const zones = { 'example.net': 'example.net. MX 10 a.example.net.\nexample.net. MX 20 b.example.net.' }
  await it.network.host('ns.example.net', { dns: dns({ zones }) })
  await it.network.host('a.example.net')
  await it.network.host('b.example.net')
  await it.send(hello)
  await it.network.clock.advance('8h')
  const times = it.gateway.queue[0]!.attempts.filter(({ host }) => host === 'a.example.net').map(({ at }) => at)
  const minutes = times.map(at => (at.getTime() - it.network.clock.epoch) / 60_000)
  expect(minutes).toEqual([0, 5, 20, 50, 110, 230, 470])
})

test('a client that connects too often is turned away, and a mail that waits for it arrives later', async () => {
  await using it = await world()
  const { mail } = await it.network.host('example.net', {
    mail: smtp({ rateLimits: [{ of: 'connections', most: 2, per: '5m' }] }),
  })
  for (const subject of ['one', 'two', 'three']) await it.send({ ...hello, subject })
  expect(mail.delivered.map(({ subject }) => subject)).toEqual(['one', 'two'])
  expect(it.gateway.queue[2]).toMatchObject({ status: 'waiting', attempts: [{ outcome: 'deferred' }] })
  expect(it.gateway.queue[2]!.attempts[0]!.reason).toContain('421 4.7.0 too many connections from ')
  await it.network.clock.advance('5m')
  await it.gateway.queueSettled()
  expect(mail.delivered.map(({ subject }) => subject)).toEqual(['one', 'two', 'three'])
})

test('the same recipient twice gets a relayed mail once', async () => {
  await using it = await world()
  const { mail } = await it.network.host('example.net', { mail: smtp() })
  await it.send({ ...hello, to: ['bob@example.net', 'bob@example.net', 'eve@example.net'] })
  expect(mail.delivered.map(({ to }) => to)).toEqual([['bob@example.net', 'eve@example.net']])
})

/** What a network's hosts say to one another is the same each time. */
async function notificationOf(network: Network): Promise<string> {
  const { gateway } = await network.host('out.example', { gateway: smtp({ ...relaying, domains: ['example.org'] }) })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'out.example', name: 'me', tls: 'none' })
  await client.send({ ...hello, headers: { date: 'x', 'message-id': '<x@y>' } })
  await gateway.queueSettled()
  return gateway.mailbox('ann@example.org').messages[0]!.raw.toString()
}

test('a notification is the same in every run', async () => {
  await using one = await createNetwork({ seed: 1 })
  await using other = await createNetwork({ seed: 1 })
  expect(await notificationOf(one)).toBe(await notificationOf(other))
})
