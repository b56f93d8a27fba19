// What an SMTP fake does wrong on purpose, as clients hear of it: each gets its error or gets through, and the next is served.

import nodemailer from 'nodemailer'
import { expect, test } from 'vitest'
import { connectSmtp } from '../clients/smtp.ts'
import { createNetwork, type SmtpFault, smtp } from '../index.ts'

const mail = { from: 'ann@example.org', to: 'bob@mx.example', text: 'hello' }

/** `sent`, or how it failed. */
type Outcome = string

async function ours(timeoutMs: number): Promise<Outcome> {
  try {
    await using client = await connectSmtp({ host: 'mx.example', timeoutMs })
    await client.send(mail)
    return 'sent'
  } catch (error) {
    const { code, name, reply } = error as { code?: string | number; name: string; reply?: { code: number } }
    return String(reply?.code ?? code ?? name)
  }
}

async function nodemailers(timeoutMs: number): Promise<Outcome> {
  const timeouts = { connectionTimeout: 10_000, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = nodemailer.createTransport({ host: 'mx.example', port: 25, ...timeouts })
  try {
    await transport.sendMail(mail)
    return 'sent'
  } catch (error) {
    const { code, responseCode } = error as { code: string; responseCode?: number }
    return String(responseCode ?? code)
  } finally {
    transport.close()
  }
}

const cases: [string, SmtpFault, ours: Outcome, nodemailer: Outcome, delivered: number][] = [
  ['no banner', { at: 'connect', drop: 'silence' }, 'TIMED_OUT', 'ETIMEDOUT', 0],
  ['a link that ends before the banner', { at: 'connect', drop: 'end' }, 'CONNECTION_CUT', 'ECONNECTION', 0],
  ['a link that is reset before the banner', { at: 'connect', drop: 'reset' }, 'RESET', 'ESOCKET', 0],
  ['a banner that refuses', { at: 'connect', reply: '554 5.3.2 not today' }, '554', '554', 0],
  ['a banner that is none', { at: 'connect', raw: 'SSH-2.0-x\r\n' }, 'ProtocolError', 'EPROTOCOL', 0],
  ['an EHLO that is not known', { at: 'EHLO', reply: '502 5.5.1 no' }, 'sent', 'sent', 1],
  ['a STARTTLS that is refused', { at: 'STARTTLS', reply: '454 4.7.0 no TLS' }, '454', '454', 0],
  ['no TLS after STARTTLS', { at: 'STARTTLS', raw: '220 2.0.0 go\r\n' }, 'TLS_FAILED', 'ESOCKET', 0],
  ['a sender that is refused', { at: 'MAIL', reply: '451 4.3.0 later' }, '451', '451', 0],
  ['a recipient that is refused', { at: 'RCPT', reply: '550 5.1.1 nobody' }, '550', '550', 0],
  ['no reply to DATA', { at: 'DATA', drop: 'silence' }, 'TIMED_OUT', 'ETIMEDOUT', 0],
  ['a shutdown at EHLO', { at: 'EHLO', reply: '421 4.3.2 bye' }, '421', '421', 0],
  ['a mail that is refused', { at: 'content', reply: '554 5.7.1 spam' }, '554', '554', 0],
  ['a link that is reset at the end of a mail', { at: 'content', drop: 'reset' }, 'RESET', 'ESOCKET', 0],
  ['a reply to a taken mail that is lost', { at: 'accepted', drop: 'reset' }, 'RESET', 'ESOCKET', 1],
]

test.each(cases)('clients hear of %s, and the next is served', async (_what, fault, our, nodes, delivered) => {
  for (const [client, outcome] of [
    [ours, our],
    [nodemailers, nodes],
  ] as const) {
    await using network = await createNetwork()
    const { mx } = await network.host('mx.example', { mx: smtp({ faults: [{ times: 1, ...fault }] }) })
    using _inside = network.intercept()
    expect(await client(fault.drop === 'silence' ? 300 : 10_000), client.name).toBe(outcome)
    expect(mx.delivered, client.name).toHaveLength(delivered)
    expect(await client(10_000), client.name).toBe('sent')
    expect(mx.delivered).toHaveLength(delivered + 1)
    expect(network.unreachedFaults).toEqual([])
  }
})

test('a client that says QUIT to a server that ends without a word is content', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { mx: smtp({ faults: [{ at: 'QUIT', drop: 'end' }] }) })
  using _inside = network.intercept()
  const client = await connectSmtp({ host: 'mx.example' })
  await client.close()
  expect(network.unreachedFaults).toEqual([])
})

test('a reply waits for the clock of the network', async () => {
  await using network = await createNetwork()
  const { mx } = await network.host('mx.example', { mx: smtp() })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'mx.example' })
  using _slow = mx.fault({ at: 'content', delay: '1m' })
  let isSent = false
  const sent = client.send(mail).then(() => (isSent = true))
  await expect.poll(() => network.unreachedFaults).toEqual([])
  await network.clock.advance('59s')
  expect([isSent, mx.delivered.length]).toEqual([false, 0])
  await network.clock.advance('1s')
  await sent
  expect(mx.delivered).toHaveLength(1)
})
