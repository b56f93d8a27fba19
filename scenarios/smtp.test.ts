import net from 'node:net'
import { expect, describe as group, test } from 'vitest'
import { connectSmtp } from '../clients/smtp.ts'
import { createNetwork, dns, smtp, tcp } from '../index.ts'
import { Random } from '../net/random.ts'

const hello = { from: 'ann@example.org', to: 'bob@example.net', text: 'hello' }

/** A raw client: what it hears is gathered until the server has said `until`, or has closed. */
function dial({ port, host }: { port: number; host: string }) {
  const socket = net.connect({ port, host, noDelay: true, allowHalfOpen: true })
  let heard = ''
  let wake = () => {}
  let closed = false
  socket.on('data', chunk => {
    heard += chunk.toString('latin1')
    wake()
  })
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      closed = true
      wake()
    })
  }
  return {
    socket,
    say: (text: string | Buffer) => socket.write(text as string, 'latin1'),
    async hears(until: RegExp): Promise<string> {
      while (!until.test(heard) && !closed) await new Promise<void>(resolve => (wake = resolve))
      const found = heard
      heard = ''
      return found
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

test('a mail is in the mailbox when its sender hears that it was accepted', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'mx.example.net' })
  const sent = await client.send(hello)
  expect(mail.delivered).toMatchObject([{ from: 'ann@example.org', to: ['bob@example.net'], text: 'hello' }])
  expect(mail.mailbox('bob@example.net').messages).toHaveLength(1)
  expect(sent).toMatchObject({ accepted: ['bob@example.net'], rejected: [], reply: { code: 250, enhanced: '2.0.0' } })
})

test('text, page and attachments arrive as they were sent, byte for byte', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example.net', { mail: smtp() })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'mx.example.net' })
  const gif = new Random('gif').bytes(5000)
  const every = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))
  await client.send({
    ...hello,
    subject: 'Grüße aus Zürich, mit einem Betreff, der länger ist als eine Zeile sein darf',
    text: '.a dot\n..two dots\n.\nend',
    html: '<p>Grüße</p>',
    attachments: [
      { name: 'tiny.gif', type: 'image/gif', content: gif },
      { name: 'übel & "schräg".bin', content: every },
    ],
  })
  const [message] = mail.delivered
  expect(message).toMatchObject({
    subject: 'Grüße aus Zürich, mit einem Betreff, der länger ist als eine Zeile sein darf',
    text: '.a dot\n..two dots\n.\nend',
    html: '<p>Grüße</p>',
    attachments: [
      { name: 'tiny.gif', type: 'image/gif', disposition: 'attachment' },
      { name: 'übel & "schräg".bin', type: 'application/octet-stream' },
    ],
  })
  expect(message!.attachments[0]!.content).toEqual(gif)
  expect(message!.attachments[1]!.content).toEqual(every)
})

test('the dialogue is told line by line, without the password', async () => {
  await using network = await createNetwork()
  await network.host('smtp.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
  using _inside = network.intercept()
  const lines: string[] = []
  const dialogue = (line: string) => void lines.push(line)
  const auth = { user: 'ada', password: 'lovelace' }
  await using client = await connectSmtp({ host: 'smtp.example.net', port: 587, name: 'me.example', auth, dialogue })
  expect(client.secure).toBe(true)
  expect(lines[0]).toBe('S: 220 smtp.example.net ESMTP')
  expect(lines).toContain('C: EHLO me.example')
  expect(lines).toContain('C: STARTTLS')
  expect(lines).toContain('S: 235 2.7.0 authenticated')
  expect(lines.join('\n')).not.toMatch(/lovelace|bG92ZWxhY2U|AGFkYQBsb3ZlbGFjZQ/)
})

test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])(
  'a login by %s is taken with the password and refused without',
  async mechanism => {
    await using network = await createNetwork()
    const { mail } = await network.host('smtp.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
    using _inside = network.intercept()
    const to = { host: 'smtp.example.net', port: 465 }
    await using client = await connectSmtp({ ...to, auth: { user: 'ada', password: 'lovelace', mechanism } })
    await client.send({ ...hello, to: 'ada@example.net' })
    expect(mail.mailbox('ada').messages).toHaveLength(1)
    await expect(connectSmtp({ ...to, auth: { user: 'ada', password: 'wrong', mechanism } })).rejects.toMatchObject({
      name: 'SmtpReplyError',
      command: 'AUTH',
      reply: { code: 535, enhanced: '5.7.8' },
    })
    expect(mail.logins).toEqual([
      { user: 'ada', mechanism, ok: true },
      { user: 'ada', mechanism, ok: false },
    ])
  },
)

test('a token is taken by XOAUTH2, a wrong one refused after its challenge', async () => {
  await using network = await createNetwork()
  const users = { ada: { password: 'lovelace', token: 'ya29.token' } }
  await network.host('smtp.example.net', { mail: smtp({ users }) })
  using _inside = network.intercept()
  const to = { host: 'smtp.example.net', port: 465 }
  await using _client = await connectSmtp({ ...to, auth: { user: 'ada', token: 'ya29.token' } })
  await expect(connectSmtp({ ...to, auth: { user: 'ada', token: 'stale' } })).rejects.toMatchObject({
    reply: { code: 535, enhanced: '5.7.8' },
  })
})

group('errors of the client', () => {
  test('a refused recipient is told with its reply, and the others get the mail', async () => {
    await using network = await createNetwork()
    const { mail } = await network.host('mx.example.net', { mail: smtp({ users: { ada: 'x' } }) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    const sent = await client.send({ ...hello, to: ['ada@example.net', 'nobody@example.net', 'ann@elsewhere.example'] })
    expect(sent.accepted).toEqual(['ada@example.net'])
    expect(sent.rejected).toMatchObject([
      { address: 'nobody@example.net', reply: { code: 550, enhanced: '5.1.1' } },
      { address: 'ann@elsewhere.example', reply: { code: 554, enhanced: '5.7.1' } },
    ])
    expect(mail.delivered.map(({ to }) => to)).toEqual([['ada@example.net']])
  })

  test('a mail that nobody may have is a typed error with the reply', async () => {
    await using network = await createNetwork()
    await network.host('mx.example.net', { mail: smtp({ users: { ada: 'x' } }) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    await expect(client.send({ ...hello, to: 'nobody@example.net' })).rejects.toMatchObject({
      name: 'SmtpReplyError',
      reply: { code: 550, enhanced: '5.1.1' },
      rejected: [{ address: 'nobody@example.net' }],
    })
  })

  test('a closed port is a typed error that names the layers', async () => {
    await using network = await createNetwork()
    await network.host('mx.example.net', {}, { addresses: ['203.0.113.5'] })
    using _inside = network.intercept()
    await expect(connectSmtp({ host: 'mx.example.net' })).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'smtp client: tcp connection: connect ECONNREFUSED 203.0.113.5:25 (111)',
    })
  })

  test('a port that cannot be one is an error of the argument', async () => {
    await expect(connectSmtp({ host: 'mx.example.net', port: 66000 })).rejects.toMatchObject({
      name: 'UsageError',
      message: 'smtp client: expected a port from 1 to 65535, got 66000',
    })
  })

  test.each(['implicit', 'required'] as const)(
    'a certificate that nobody vouches for is a typed error (%s)',
    async tls => {
      await using network = await createNetwork()
      const { mail } = await network.host('mx.example.net', { mail: smtp() })
      const port = tls === 'implicit' ? 465 : 25
      const { real } = mail.endpoints.find(each => each.port === port)!
      await expect(connectSmtp({ ...real, tls, ca: '' })).rejects.toMatchObject({ code: 'TLS_UNTRUSTED' })
    },
  )

  test('a file to attach that is missing is an error before anything is said', async () => {
    await using network = await createNetwork()
    await network.host('mx.example.net', { mail: smtp() })
    using _inside = network.intercept()
    const lines: string[] = []
    await using client = await connectSmtp({ host: 'mx.example.net', dialogue: line => void lines.push(line) })
    const before = lines.length
    const attachments = [{ path: '/nonexistent/cat.gif' }]
    await expect(client.send({ ...hello, attachments })).rejects.toMatchObject({ code: 'ENOENT' })
    expect(lines).toHaveLength(before)
  })

  test.each([0, 1, 2, 3, 4])('closing is through where the server has left unasked, %i turns before', async turns => {
    await using network = await createNetwork()
    await network.host('mx.example.net', {
      mail: tcp(
        async connection => {
          await connection.write('220 mx.example.net ESMTP\r\n')
          await connection.readUntil('\r\n')
          await connection.write('250 mx.example.net\r\n')
          await connection.write('421 mx.example.net leaves\r\n')
          connection.end()
        },
        { port: 25 },
      ),
    })
    using _inside = network.intercept()
    const client = await connectSmtp({ host: 'mx.example.net', port: 25 })
    for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
    await client.close()
  })

  test('a mail beyond the SIZE that the server lists is a typed error, and the next mail gets through', async () => {
    await using network = await createNetwork()
    const { mail } = await network.host('mx.example.net', { mail: smtp({ maxBytes: 1000 }) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    const attempt = client.send({ ...hello, text: 'x'.repeat(2000) })
    await expect(attempt).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(
        /^smtp client: expected a mail of at most 1000 octets, .*SIZE, got one of \d{4}; /,
      ),
    })
    await client.send(hello)
    expect(mail.delivered.map(({ text }) => text)).toEqual(['hello'])
  })

  test('a server whose SIZE is 0 has no limit that the client knows', async () => {
    await using network = await createNetwork()
    await network.host('mx.example.net', {
      mail: tcp(
        async connection => {
          await connection.write('220 mx.example.net ESMTP\r\n')
          await connection.readUntil('\r\n')
          await connection.write('250-mx.example.net\r\n250 SIZE 0\r\n')
          await connection.readUntil('\r\n')
          await connection.write('552 5.3.4 too large all the same\r\n')
        },
        { port: 25 },
      ),
    })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    await expect(client.send(hello)).rejects.toMatchObject({ command: 'MAIL', reply: { code: 552 } })
  })

  test('a mail to nobody is a typed error', async () => {
    await using network = await createNetwork()
    await network.host('mx.example.net', { mail: smtp() })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    await expect(client.send({ ...hello, to: [] })).rejects.toMatchObject({
      name: 'UsageError',
      message: 'smtp client: expected a mail with a recipient, got none in to, cc and bcc',
    })
  })

  test.each([
    [{ user: 'ada' }, 'missing credentials for "PLAIN"'],
    [{ user: 'ada', password: 'lovelace', mechanism: 'X-OWN' }, 'unknown authentication method "X-OWN"'],
  ])('a login that cannot be one is a typed error (%j)', async (auth, got) => {
    await using network = await createNetwork()
    await network.host('smtp.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
    using _inside = network.intercept()
    await expect(connectSmtp({ host: 'smtp.example.net', port: 465, auth })).rejects.toMatchObject({
      name: 'UsageError',
      message: `smtp client: expected a password or token, and a mechanism for it, got ${got}`,
    })
  })

  const leaves = '421 4.3.2 mx.example.net leaves'
  /** Says all of this at once after MAIL, and ends. */
  const leaving = (replies: readonly string[]) =>
    tcp(
      async connection => {
        await connection.write('220 mx.example.net ESMTP\r\n')
        await connection.readUntil('\r\n')
        await connection.write('250-mx.example.net\r\n250 PIPELINING\r\n')
        await connection.readUntil('\r\n')
        await connection.write(replies.map(line => `${line}\r\n`).join(''))
        connection.end()
      },
      { port: 25 },
    )

  test.each([
    [[leaves], 'MAIL'],
    [['250 sender', leaves], 'RCPT'],
    [['250 sender', '250 first', '250 second', leaves], 'RCPT'],
    [['250 sender', '250 first', '250 second', '250 third', leaves], 'DATA'],
    [['250 sender', '550 first', '250-second', '250 of two lines', '250 third', leaves], 'DATA'],
  ])('a 421 that comes with a pipelined envelope is told, and what it answers (%j)', async (replies, command) => {
    await using network = await createNetwork()
    await network.host('mx.example.net', { mail: leaving(replies) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    const to = ['a@example.net', 'b@example.net', 'c@example.net']
    const failure = { name: 'SmtpReplyError', command, reply: { code: 421, enhanced: '4.3.2' } }
    await expect(client.send({ ...hello, to })).rejects.toMatchObject(failure)
    // And again where the connection is used once more.
    await expect(client.send({ ...hello, to })).rejects.toMatchObject({ name: 'SmtpReplyError', reply: { code: 421 } })
  })

  test('a server that goes away in the middle is a typed error', async () => {
    await using network = await createNetwork()
    const faults = [{ at: 'RCPT' as const, drop: 'reset' as const }]
    const { mail } = await network.host('mx.example.net', { mail: smtp({ faults }) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net' })
    await expect(client.send(hello)).rejects.toMatchObject({ code: expect.stringMatching(/^(RESET|CONNECTION_CUT)$/) })
    expect(mail.delivered).toEqual([])
  })
})

group('relaying', () => {
  const aspmx = { users: { ada: 'lovelace' }, domains: ['gmail.com'], ports: [25] }
  const zones = {
    'gmail.com': 'gmail.com. MX 50 alt4.aspmx.l.google.com.\ngmail.com. MX 10 aspmx.l.google.com.',
    'alias.example': 'alias.example. MX 5 mx.alias.example.\nmx.alias.example. CNAME aspmx.l.google.com.',
    'mute.example': 'mute.example. MX 0 .',
  }

  test('a mail goes to the first of the exchangers, with the way that it took', async () => {
    await using network = await createNetwork()
    await network.host('ns.google.com', { dns: dns({ zones }) })
    const { mail } = await network.host('aspmx.l.google.com', { mail: smtp(aspmx) })
    const { mail: other } = await network.host('alt4.aspmx.l.google.com', { mail: smtp(aspmx) })
    const submission = smtp({ users: { faruq: 'secret' }, domains: [] })
    const { mail: gateway } = await network.host('smtp.gmail.com', { mail: submission })
    using _inside = network.intercept()
    const auth = { user: 'faruq', password: 'secret' }
    await using client = await connectSmtp({ host: 'smtp.gmail.com', port: 587, auth })
    await client.send({ ...hello, to: 'ada@gmail.com', dsn: { notify: ['SUCCESS', 'FAILURE'], envid: 'a+b' } })
    await gateway.queueSettled()
    expect(gateway.queue).toMatchObject([
      { status: 'sent', domain: 'gmail.com', to: [], attempts: [{ outcome: 'sent' }] },
    ])
    expect(other.delivered).toEqual([])
    expect(mail.mailbox('ada').messages).toHaveLength(1)
    expect(mail.delivered).toMatchObject([
      {
        from: 'ann@example.org',
        hello: 'smtp.gmail.com',
        client: network.lookup('smtp.gmail.com')[0],
        secure: true,
        text: 'hello',
      },
    ])
    expect(mail.delivered[0]!.envelope).toMatchObject({ envid: 'a+b', to: [{ notify: 'SUCCESS,FAILURE' }] })
    const received = mail.mailbox('ada').messages[0]!.headers.filter(({ name }) => name === 'Received')
    expect(received.map(({ value }) => /by (\S+) with (\S+)/.exec(value)?.slice(1))).toEqual([
      ['aspmx.l.google.com', 'ESMTPS'],
      ['smtp.gmail.com', 'ESMTPSA'],
    ])
  })

  test('an exchanger may be an alias, and a resolver of the test has the last word', async () => {
    await using network = await createNetwork()
    await network.host('ns.google.com', { dns: dns({ zones }) })
    const { mail } = await network.host('aspmx.l.google.com', { mail: smtp() })
    const own = (domain: string) => (domain === 'own.example' ? [{ preference: 1, exchange: 'mx.alias.example' }] : [])
    const everybody = { domains: [], relayFor: ['0.0.0.0/0'] }
    const { first } = await network.host('a.example', { first: smtp(everybody) })
    const { second } = await network.host('b.example', { second: smtp({ ...everybody, resolveMx: own }) })
    using _inside = network.intercept()
    await using one = await connectSmtp({ host: 'a.example' })
    await one.send({ ...hello, to: 'x@alias.example' })
    await first.queueSettled()
    await using two = await connectSmtp({ host: 'b.example' })
    await two.send({ ...hello, to: 'y@own.example' })
    await second.queueSettled()
    expect(mail.delivered.map(({ to }) => to)).toEqual([['x@alias.example'], ['y@own.example']])
  })

  test('the next exchanger is tried where the first does not answer', async () => {
    await using network = await createNetwork()
    await network.host('ns.google.com', { dns: dns({ zones }) })
    await network.host('aspmx.l.google.com')
    const { mail } = await network.host('alt4.aspmx.l.google.com', { mail: smtp(aspmx) })
    const { mail: gateway } = await network.host('out.example', {
      mail: smtp({ domains: [], relayFor: ['0.0.0.0/0'] }),
    })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'out.example' })
    await client.send({ ...hello, to: 'ada@gmail.com' })
    await gateway.queueSettled()
    expect(gateway.queue[0]!.attempts).toMatchObject([
      { host: 'aspmx.l.google.com', outcome: 'deferred', reason: expect.stringContaining('ECONNREFUSED') },
      { host: 'alt4.aspmx.l.google.com', outcome: 'sent' },
    ])
    expect(mail.mailbox('ada').messages).toHaveLength(1)
  })

  test('a domain without exchangers is reached by its own name, and tried again on the clock', async () => {
    await using network = await createNetwork()
    const { mail } = await network.host('example.net', { mail: smtp({ greylist: '10m' }) })
    const { mail: gateway } = await network.host('out.example', {
      mail: smtp({ domains: [], relayFor: ['0.0.0.0/0'] }),
    })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'out.example' })
    await client.send(hello)
    await gateway.queueSettled()
    expect(mail.delivered).toEqual([])
    expect(gateway.queue).toMatchObject([
      { status: 'waiting', to: ['bob@example.net'], nextAttempt: new Date('2015-03-15T12:14:16Z') },
    ])
    await network.clock.advance('5m')
    await gateway.queueSettled()
    expect(gateway.queue).toMatchObject([{ status: 'waiting', attempts: [{}, { outcome: 'deferred' }] }])
    await network.clock.advance('15m')
    await gateway.queueSettled()
    expect(gateway.queue).toMatchObject([{ status: 'sent', nextAttempt: undefined }])
    expect(mail.delivered).toHaveLength(1)
  })

  test('recipients that a host refuses are noted with its reply, the others get the mail', async () => {
    await using network = await createNetwork()
    const { mail } = await network.host('gmail.com', { mail: smtp(aspmx) })
    const { mail: gateway } = await network.host('out.example', {
      mail: smtp({ domains: [], relayFor: ['0.0.0.0/0'] }),
    })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'out.example' })
    await client.send({ ...hello, to: ['ada@gmail.com', 'nobody@gmail.com', 'x@nowhere.example'] })
    await gateway.queueSettled()
    expect(mail.delivered.map(({ to }) => to)).toEqual([['ada@gmail.com']])
    expect(gateway.queue).toMatchObject([
      { status: 'sent', refused: [{ address: 'nobody@gmail.com', reply: { code: 550, enhanced: '5.1.1' } }] },
      { status: 'failed', domain: 'nowhere.example', attempts: [{ reason: '550 5.1.2 no host for nowhere.example' }] },
      { status: 'failed', domain: 'example.org', message: { from: '' } },
    ])
    expect(network.unknownNames).toEqual(['nowhere.example'])
  })

  test('a domain that says it takes no mail is given up at once', async () => {
    await using network = await createNetwork()
    await network.host('ns.google.com', { dns: dns({ zones }) })
    const options = { domains: [], relayFor: ['0.0.0.0/0'] }
    const { mail: gateway } = await network.host('out.example', { mail: smtp(options) })
    using _inside = network.intercept()
    await using client = await connectSmtp({ host: 'out.example' })
    await client.send({ ...hello, to: 'bob@mute.example' })
    await gateway.queueSettled()
    expect(gateway.queue).toMatchObject([
      { status: 'failed', attempts: [{ reason: '556 5.1.10 mute.example takes no mail' }] },
      { status: 'failed', domain: 'example.org', message: { from: '' } },
    ])
  })
})

group('peers that misbehave', () => {
  const greeting = 'EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n'

  async function server() {
    const network = await createNetwork()
    const { mail } = await network.host('mx.example.net', { mail: smtp({ idleTimeout: '5m' }) })
    const served = async () => {
      using next = dial(mail.endpoint)
      next.say('QUIT\r\n')
      expect(await next.hears(/^221 /m)).toContain('220 mx.example.net ESMTP')
    }
    return { network, mail, served, [Symbol.asyncDispose]: () => network.close() }
  }

  test.each(['in the middle', 'by a reset'])('a link that is cut inside a mail, %s, delivers nothing', async how => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    client.say(`${greeting}Subject: half`)
    await client.hears(/^354 /m)
    client.say('\r\n\r\nof a mail')
    if (how === 'by a reset') client.socket.resetAndDestroy()
    else client.socket.end()
    await client.hears(/never/)
    await world.served()
    expect(world.mail.delivered).toEqual([])
  })

  test('a second mail cannot be smuggled behind an end with bare line feeds', async () => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    client.say(greeting)
    await client.hears(/^354 /m)
    client.say(
      'Subject: one\r\n\r\nx\n.\nMAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: two\r\n\r\ny\r\n.\r\nQUIT\r\n',
    )
    await client.hears(/^221 /m)
    expect(world.mail.delivered).toHaveLength(1)
    expect(world.mail.delivered[0]!.content.toString()).toContain('x\n.\nMAIL FROM:<evil@b>\r\n')
  })

  test('octets without sense are answered until there are too many, and the link ends', async () => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    const random = new Random('smtp socket')
    for (let i = 0; i < 200; i++) client.say(Buffer.concat([random.bytes(200), Buffer.from('\r\n')]))
    expect(await client.hears(/never/)).toMatch(/^500 5\.5\.2[\s\S]*421 4\.7\.0 too many errors\r\n$/m)
    await world.served()
  })

  test('a line without end fills no memory and is answered when it ends', async () => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    client.say('x'.repeat(1_000_000))
    client.say('\r\nNOOP\r\n')
    expect(await client.hears(/^250 /m)).toContain('500 5.5.2 line of 1000002 octets is too long\r\n250 2.0.0 OK')
  })

  test('a client that says nothing is told and let go on the clock', async () => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    await client.hears(/^220 /)
    await world.network.clock.advance('5m')
    expect(await client.hears(/never/)).toBe('421 4.4.2 timeout, closing the connection\r\n')
    await world.served()
  })

  test('a client that announces a chunk and never sends it keeps nobody waiting', async () => {
    await using world = await server()
    using client = dial(world.mail.endpoint)
    client.say('EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 999999999999 LAST\r\nx')
    await client.hears(/2\.1\.5/)
    await world.served()
    expect(world.mail.delivered).toEqual([])
  })

  test('a mail of 10 MB arrives whole', async () => {
    await using world = await server()
    using _inside = world.network.intercept()
    await using client = await connectSmtp({ host: 'mx.example.net', tls: 'none' })
    const content = Buffer.alloc(1_500_000, new Random('large').bytes(997))
    await client.send({ ...hello, attachments: Array.from({ length: 5 }, (_, i) => ({ name: `${i}.bin`, content })) })
    const [message] = world.mail.delivered
    expect(message!.attachments).toHaveLength(5)
    expect(message!.attachments.every(each => each.content.equals(content))).toBe(true)
  })
})

test('a reply that is held back comes when the clock has been moved so far', async () => {
  await using network = await createNetwork()
  const faults = [
    { at: 'RCPT' as const, nth: 1, delay: '5s' },
    { at: 'content' as const, delay: '10s', reply: '451 4.3.0 later' },
  ]
  const { mail } = await network.host('mx.example.net', { mail: smtp({ faults }) })
  using client = dial(mail.endpoint)
  await client.hears(/^220 [^\n]*\n/)
  client.say('HELO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n')
  expect(await client.hears(/sender accepted\r\n/)).not.toContain('recipient')
  await network.clock.advance('5s')
  expect(await client.hears(/\n354 /)).toMatch(/^250 2\.1\.5/)
  client.say('x\r\n.\r\n')
  let answer = ''
  void client.hears(/451/).then(text => (answer = text))
  const advanced = async () => {
    await network.clock.advance('10s')
    return answer
  }
  await expect.poll(advanced).toMatch(/^451 4\.3\.0 later/)
  expect(mail.delivered).toEqual([])
})
