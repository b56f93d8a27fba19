import net from 'node:net'
import { expect, describe as group, test } from 'vitest'
import { connectPop3 } from '../clients/pop3.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { createNetwork, pop3, smtp, tcp } from '../index.ts'

const auth = { user: 'ada', password: 'lovelace' }
const users = { ada: 'lovelace' }

test('what SMTP accepts is in the mailbox of POP3 at once, dots and all', async () => {
  await using network = await createNetwork()
  const { mail } = await network.host('mx.example.net', { mail: smtp({ users }), pop: pop3() })
  using _inside = network.intercept()
  await using sender = await connectSmtp({ host: 'mx.example.net' })
  const text = '.a dot\n..two dots\n.\nGrüße'
  await sender.send({ from: 'ann@example.org', to: 'ada@example.net', subject: 'hello', text })
  await using client = await connectPop3({ host: 'mx.example.net', auth })
  expect(await client.stat()).toEqual({ messages: 1, octets: mail.mailbox('ada').octets })
  const fetched = await client.retrieve(1)
  expect(fetched.raw).toEqual(mail.mailbox('ada').messages[0]!.raw)
  expect(fetched.header('return-path')).toBe('<ann@example.org>')
  expect(fetched.text).toBe(text)
})

test('users that POP3 alone names have the mail that SMTP takes for them', async () => {
  await using network = await createNetwork()
  await network.host('mx.example.net', { mail: smtp(), pop: pop3({ users }) })
  using _inside = network.intercept()
  await using sender = await connectSmtp({ host: 'mx.example.net' })
  await sender.send({ from: 'ann@example.org', to: 'Ada+news@example.net', text: 'hello' })
  await using client = await connectPop3({ host: 'mx.example.net', auth })
  expect(await client.stat()).toMatchObject({ messages: 1 })
})

test('without users, what came for an address is fetched by it', async () => {
  await using network = await createNetwork()
  await network.host('mx.example.net', { mail: smtp(), pop: pop3() })
  using _inside = network.intercept()
  await using sender = await connectSmtp({ host: 'mx.example.net' })
  await sender.send({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
  for (const user of ['bob@example.net', 'bob']) {
    await using client = await connectPop3({ host: 'mx.example.net', auth: { user, password: '' } })
    expect(await client.list()).toHaveLength(1)
    await client.quit()
  }
})

async function open(options: Parameters<typeof pop3>[0] = {}) {
  const network = await createNetwork()
  const mail = { ada: ['Subject: one\n\none\n', 'Subject: two\n\ntwo\nmore\n'] }
  const { pop } = await network.host('pop.example.net', { pop: pop3({ users, mail, ...options }) })
  const inside = network.intercept()
  const close = async () => {
    inside[Symbol.dispose]()
    await network.close()
  }
  return { network, pop, [Symbol.asyncDispose]: close }
}

const host = 'pop.example.net'

test('a client counts, lists, looks at the top, deletes and takes back', async () => {
  await using world = await open()
  await using client = await connectPop3({ host, auth })
  expect(await client.list()).toEqual([
    { number: 1, octets: 21 },
    { number: 2, octets: 27 },
  ])
  expect(await client.list(2)).toEqual([{ number: 2, octets: 27 }])
  const ids = await client.uidl()
  expect(new Set(ids.map(({ id }) => id)).size).toBe(2)
  expect(await client.uidl(1)).toEqual(ids.slice(0, 1))
  expect((await client.top(2, 1)).raw.toString()).toBe('Subject: two\r\n\r\ntwo\r\n')
  await client.delete(1)
  expect(await client.stat()).toEqual({ messages: 1, octets: 27 })
  await client.reset()
  await client.noop()
  await client.delete(2)
  await client.quit()
  expect(world.pop.mailbox('ada').messages.map(({ subject }) => subject)).toEqual(['one'])
})

test('a client that goes without QUIT deletes nothing, and leaves the maildrop to the next', async () => {
  await using world = await open()
  {
    await using client = await connectPop3({ host, auth })
    await client.delete(1)
    await expect(connectPop3({ host, auth })).rejects.toMatchObject({
      name: 'Pop3ReplyError',
      reply: { code: 'IN-USE' },
    })
  }
  const mailbox = world.pop.mailbox('ada')
  await expect.poll(() => mailbox.locked).toBe(false)
  expect(mailbox.messages).toHaveLength(2)
})

test.each([
  ['USER', 'none', 110],
  ['APOP', 'none', 110],
  ['PLAIN', 'required', 110],
  ['USER', 'implicit', 995],
] as const)('a login by %s is taken with the password and refused without, TLS %s', async (mechanism, tls, port) => {
  await using world = await open()
  await using client = await connectPop3({ host, port, tls, auth: { ...auth, mechanism } })
  expect(client.secure).toBe(tls !== 'none')
  await client.quit()
  const wrong = connectPop3({ host, port, tls, auth: { user: 'ada', password: 'byron', mechanism } })
  await expect(wrong).rejects.toMatchObject({ name: 'Pop3ReplyError', reply: { ok: false, code: 'AUTH' } })
  expect(world.pop.logins).toEqual([
    { user: 'ada', mechanism, ok: true },
    { user: 'ada', mechanism, ok: false },
  ])
})

test('the dialogue is told line by line, without password and mail', async () => {
  await using _world = await open()
  const lines: string[] = []
  await using client = await connectPop3({ host, auth, dialogue: line => lines.push(line) })
  await client.retrieve(1)
  await client.quit()
  expect(lines).toEqual(
    expect.arrayContaining(['C: STLS', 'C: AUTH PLAIN …', 'C: RETR 1', 'S: +OK 21 octets', 'C: QUIT']),
  )
  expect(lines.join('\n')).not.toMatch(/lovelace|Subject|AGFkYQ/)
})

test('a server may ask for a certificate, and turn away who has none', async () => {
  await using world = await open({ tls: { clientCertificate: 'require', maxVersion: 'TLSv1.2' } })
  const certificate = world.network.authority.issue({ names: ['ada'] })
  await using client = await connectPop3({ host, port: 995, auth, certificate })
  expect((await client.stat()).messages).toBe(2)
  await client.quit()
  await expect(connectPop3({ host, port: 995, auth })).rejects.toMatchObject({ name: 'NetworkError' })
  await expect(connectPop3({ host, auth })).rejects.toMatchObject({ name: 'NetworkError' })
})

group('errors of the client', () => {
  test('a refusal has the reply and the command', async () => {
    await using _world = await open()
    await using client = await connectPop3({ host, auth })
    await expect(client.retrieve(9)).rejects.toThrow('pop3 client: RETR was answered "-ERR there is no message 9"')
    expect((await client.stat()).messages).toBe(2)
  })

  test('a server that is not there, is none, or is cut off is told apart', async () => {
    await using network = await createNetwork()
    await network.host('a.example', { none: tcp({ greeting: '220 smtp\r\n' }, { port: 110 }) })
    await network.host('b.example', {
      cut: tcp({ greeting: '+OK\r\n', delimiter: '\n', answer: () => undefined }, { port: 110 }),
    })
    using _inside = network.intercept()
    await expect(connectPop3({ host: 'a.example', port: 111 })).rejects.toMatchObject({ code: 'REFUSED' })
    await expect(connectPop3({ host: 'a.example' })).rejects.toMatchObject({ name: 'ProtocolError', protocol: 'pop3' })
    await expect(connectPop3({ host: 'b.example', timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
    await expect(connectPop3({ host: 'b.example', port: 0 })).rejects.toThrow('expected a port from 1 to 65535, got 0')
  })

  test('a link that dies inside a mail is an error, also of what is asked after it', async () => {
    await using world = await open()
    await using client = await connectPop3({ host, auth })
    world.pop.faults.push({ at: 'RETR', drop: 'reset' })
    const [first, second] = await Promise.allSettled([client.retrieve(1), client.stat()])
    expect([first, second]).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
    expect((first as PromiseRejectedResult).reason.name).toBe('NetworkError')
  })
})

test('a client that never reads does not disturb another', async () => {
  await using world = await open({ mail: { ada: ['x\n'.repeat(500_000)] }, users: { ada: 'lovelace', eve: 'x' } })
  const { port, host: address } = world.pop.endpoint
  const socket = net.connect({ port, host: address })
  socket.pause()
  socket.write(`USER ada\r\nPASS lovelace\r\n${'RETR 1\r\n'.repeat(50)}`)
  await using client = await connectPop3({ host, auth: { user: 'eve', password: 'x' } })
  expect(await client.list()).toEqual([])
  socket.destroy()
})
