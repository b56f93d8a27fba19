import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { connectPop3 } from '../clients/pop3.ts'
import { connectSmtp } from '../clients/smtp.ts'
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

test('localhost keeps mail of its own, which POP3 of the same machine gives', async () => {
  await using sender = await connectSmtp({ host: '127.0.0.1', tls: 'none' })
  await sender.send({ from: 'ada@localhost', to: 'faruq@localhost', subject: 'here', text: 'x' })
  const auth = { user: 'faruq', password: 'secret' }
  await using client = await connectPop3({ host: 'debian6box.localdomain.loc', port: 995, auth })
  expect((await client.retrieve(1)).header('envelope-to')).toBe('faruq@localhost')
  await using other = await connectPop3({ host: 'pop.googlemail.com', port: 995, auth })
  expect(await other.list()).toEqual([])
})
