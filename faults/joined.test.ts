import { expect, onTestFinished, test } from 'vitest'
import { createSmtp, type SmtpOptions } from '../fakes/smtp.ts'
import { Network } from '../net/network.ts'
import { come, Talker, turns } from '../scenarios/fault-yard.ts'
import { reset } from './reset.ts'

/** A server, and a client that has been told to go on with its mail. */
async function inTheMiddle(options: SmtpOptions = {}) {
  const network = new Network()
  onTestFinished(() => network.close())
  const load = async () => createSmtp({ ports: [25], ...options })
  const { mail } = await network.host('mx.example', { mail: { protocol: 'smtp', load } })
  const client = new Talker(mail.endpoint)
  await client.until(heard => heard.endsWith('ESMTP\r\n'))
  const says = async (text: string, answer: RegExp) => {
    const before = client.heard.length
    client.say(text)
    await Promise.race([client.until(heard => answer.test(heard.slice(before))), client.done])
  }
  await says('HELO me\r\n', /^250 .*\r\n$/)
  const begins = () => says('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n', /^354 .*\r\n$/m)
  return { network, mail, client, says, begins }
}

const rcpt = { at: /^RCPT/, from: 'client' } as const

test('a fault that comes to a link within a mail takes no line of it for a command', async () => {
  const { network, mail, client, says, begins } = await inTheMiddle()
  await begins()
  client.say('Subject: x\r\n\r\n')
  await turns()
  using cut = network.fault(reset(rcpt))
  await says('RCPT TO:<x@y>\r\n.\r\n', /^250 .*\r\n$/)
  expect([cut.hits, mail.delivered.length]).toEqual([0, 1])
  await says('MAIL FROM:<a@b>\r\n', /^250 .*\r\n$/)
  client.say('RCPT TO:<c@d>\r\n')
  expect((await client.done).end).toBe('ECONNRESET')
  expect(cut.hits).toBe(1)
})

test('a fault that comes within a mail counts what is left of it as one message', async () => {
  const { network, mail, client, says, begins } = await inTheMiddle()
  await begins()
  client.say('Subject: x\r\n\r\n')
  await turns()
  using cut = network.fault(reset({ at: 2, from: 'client' }))
  await says('one\r\ntwo\r\nthree\r\n.\r\n', /^250 .*\r\n$/)
  expect([cut.hits, mail.delivered.length]).toEqual([0, 1])
  client.say('NOOP\r\n')
  expect((await client.done).end).toBe('ECONNRESET')
})

test('a fault that comes between two commands knows the mail after them for one', async () => {
  const { network, mail, says, begins } = await inTheMiddle()
  using cut = network.fault(reset({ at: /^QUIT/, from: 'client' }))
  await begins()
  await says('Subject: x\r\n\r\nQUIT\r\n.\r\n', /^250 .*\r\n$/)
  expect([cut.hits, mail.delivered.length]).toEqual([0, 1])
})

test('a fault that comes between the commands of a mail and their replies knows the mail for one', async () => {
  const { network, mail, client, says } = await inTheMiddle({ faults: [{ at: 'MAIL', delay: '1s' }] })
  client.say('MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n')
  await come(() => network.unreachedFaults.length === 0)
  using cut = network.fault(reset(rcpt))
  const before = client.heard.length
  await network.clock.advance('1s')
  await client.until(heard => /^354 .*\r\n$/m.test(heard.slice(before)))
  await says('Subject: x\r\n\r\nRCPT TO:<x@y>\r\n.\r\n', /^250 .*\r\n$/)
  expect([cut.hits, mail.delivered.length]).toEqual([0, 1])
})

test('a fault that comes between the end of a mail and its reply hears the next command', async () => {
  const { network, client, says, begins } = await inTheMiddle({ faults: [{ at: 'content', delay: '1s' }] })
  await begins()
  client.say('Subject: x\r\n\r\n.\r\n')
  await come(() => network.unreachedFaults.length === 0)
  using cut = network.fault(reset({ at: /^NOOP/, from: 'client' }))
  const before = client.heard.length
  await network.clock.advance('1s')
  await client.until(heard => /^250 .*\r\n$/m.test(heard.slice(before)))
  await says('RSET\r\n', /^250 .*\r\n$/)
  client.say('NOOP\r\n')
  expect((await client.done).end).toBe('ECONNRESET')
  expect(cut.hits).toBe(1)
})
