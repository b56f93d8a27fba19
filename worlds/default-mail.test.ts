import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { connectImap } from '../clients/imap.ts'
import { connectPop3 } from '../clients/pop3.ts'
import { connectSmtp } from '../clients/smtp.ts'
import type { SmtpState } from '../fakes/smtp.ts'
import type { Network } from '../net/network.ts'
import { openWorld } from './open.ts'

let network: Network
let inside: Disposable
beforeEach(async () => {
  network = await openWorld()
  inside = network.intercept()
})
afterEach(async () => {
  inside[Symbol.dispose]()
  await network.close()
})

const ada = { user: 'ada@gmail.com', password: 'lovelace' }

group('pop.googlemail.com', () => {
  const host = 'pop.googlemail.com'

  test.each([
    [995, 'implicit'],
    [110, 'required'],
  ] as const)('has three mails for Ada at port %i, the last one of two forms', async (port, tls) => {
    await using client = await connectPop3({ host, port, tls, auth: ada })
    expect(await client.list()).toHaveLength(3)
    const mail = await client.retrieve(3)
    expect(mail.date).toEqual(new Date('2008-10-07T18:03:16Z'))
    expect(mail.entity.type).toBe('multipart/alternative')
    const [plain] = mail.entity.parts
    expect(plain!.parameters.get('charset')).toBe('ISO-8859-1')
    expect(plain!.encoding).toBe('quoted-printable')
    expect(mail.text).toContain('The fee is 2 £ until you bring them.\n\nThe library, Straße 9')
  })

  test('has a mail as soon as it was accepted for gmail.com, behind those that were there', async () => {
    await using sender = await connectSmtp({ host: 'aspmx.l.google.com', tls: 'none' })
    await sender.send({ from: 'ann@example.org', to: 'ada@gmail.com', subject: 'just now', text: 'x' })
    await using client = await connectPop3({ host, port: 995, auth: { ...ada, user: 'ada' } })
    expect(await client.stat()).toMatchObject({ messages: 4 })
    expect((await client.top(4)).header('subject')).toBe('just now')
  })
})

group('imap.googlemail.com', () => {
  const host = 'imap.googlemail.com'

  test.each([
    [993, 'implicit'],
    [143, 'required'],
  ] as const)('has three mails for Ada at port %i', async (port, tls) => {
    await using client = await connectImap({ host, port, tls, auth: ada })
    expect(await client.select('INBOX')).toMatchObject({ exists: 3 })
    expect(await client.search('SENTBEFORE 1-Jan-2009')).toContain(3)
  })

  test('has the mailbox of pop.googlemail.com, and says what is marked in it', async () => {
    await using popper = await connectPop3({ host: 'pop.googlemail.com', port: 995, auth: ada })
    await popper.delete(1)
    await using client = await connectImap({ host, port: 993, auth: ada })
    expect(await client.select('INBOX')).toMatchObject({ exists: 3 })
    await popper.quit()
    await client.noop()
    expect(client.mailbox).toMatchObject({ exists: 2 })
  })
})

test('localhost keeps mail of its own, which POP3 of the same machine gives', async () => {
  await using sender = await connectSmtp({ host: '127.0.0.1', tls: 'none' })
  await sender.send({ from: 'ada@localhost', to: 'faruq@localhost', subject: 'here', text: 'x' })
  const auth = { user: 'faruq', password: 'secret' }
  await using client = await connectPop3({ host: 'debian6box.localdomain.loc', port: 995, auth })
  expect((await client.retrieve(1)).header('envelope-to')).toBe('faruq@localhost')
  await using other = await connectPop3({ host: 'pop.googlemail.com', port: 995, auth })
  expect(await other.list()).toEqual([])
})

/** Lets what a host relays come to rest. */
async function settled(host: string): Promise<void> {
  const service = network.services.find(each => each.protocol === 'smtp' && each.host.names.includes(host))
  await ((await service!.state()) as unknown as SmtpState).queueSettled()
}

test('a mail that Ada sends to a domain that there is not comes back to her', async () => {
  await using sender = await connectSmtp({ host: 'smtp.gmail.com', port: 587, auth: ada })
  await sender.send({ from: 'ada@gmail.com', to: 'x@nowhere.example', subject: 'hello', text: 'x' })
  await settled('smtp.gmail.com')
  await using client = await connectPop3({ host: 'pop.googlemail.com', port: 995, auth: ada })
  const mail = await client.retrieve(4)
  expect(mail.header('from')).toBe('Mail Delivery System <MAILER-DAEMON@smtp.gmail.com>')
  expect(mail.entity.parts.map(({ type }) => type)).toEqual(['text/plain', 'message/delivery-status', 'message/rfc822'])
  expect(mail.text).toContain('<x@nowhere.example>: no host for nowhere.example')
})

test('a mail from the machine itself reaches Ada at gmail.com, and for nobody there it comes back', async () => {
  await using sender = await connectSmtp({ host: 'localhost', tls: 'none' })
  await sender.send({ from: 'faruq@localhost', to: ['ada@gmail.com', 'nobody@gmail.com'], subject: 'out', text: 'x' })
  await settled('debian6box')
  await using client = await connectPop3({ host: 'pop.googlemail.com', port: 995, auth: ada })
  expect((await client.retrieve(4)).header('subject')).toBe('out')
  const auth = { user: 'faruq', password: 'secret' }
  await using own = await connectPop3({ host: 'localhost', port: 110, tls: 'none', auth })
  expect((await own.retrieve(1)).text).toMatch(/<nobody@gmail\.com>: aspmx\.l\.google\.com said 550-5\.1\.1 The email/)
})
