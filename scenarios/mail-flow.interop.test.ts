import { expect, test } from 'vitest'
import { connectSmtp, type OutgoingMail } from '../clients/smtp.ts'
import type { SmtpMessage } from '../fakes/smtp/message.ts'
import { createNetwork, smtp } from '../index.ts'
import { startPostfix } from './real/postfix.ts'
import { program } from './real/program.ts'

/** What of a notification both must have alike: its parts, and its fields without dates, names of hosts and words. */
function shapeOf({ content, headers, parts, envelope, subject }: SmtpMessage) {
  const boundary = /boundary="([^"]+)"/.exec(content.toString())![1]!
  const status = parts[1]!.body.toString()
  const fields = status
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter(line => !/^X-/.test(line))
    .map(line =>
      line
        .replace(/^((?:Arrival|Last-Attempt)-Date|Will-Retry-Until): .*/, '$1: DATE')
        .replace(/^(Diagnostic-Code: [\w-]+; (?:\d{3} )?(?:\d\.\d\.\d )?).*/, '$1WORDS')
        .replace(/^(Diagnostic-Code: X-)\w+/, '$1')
        .replace(/^(Reporting-MTA|Remote-MTA): dns; .*/, '$1: dns; HOST'),
    )
  return {
    from: envelope.from,
    to: envelope.to,
    subject: subject!.split(' ')[0],
    headers: headers
      .map(({ name }) => name)
      .filter(name => !/^(Return-Path|Received|Content-Transfer-Encoding)$/.test(name)),
    autoSubmitted: headers.find(({ name }) => name === 'Auto-Submitted')!.value,
    preamble: content.toString().includes(`\r\n\r\nThis is a MIME-encapsulated message.\r\n\r\n--${boundary}\r\n`),
    parts: parts.map(({ type }) => type),
    fields,
    returned: parts[2]!.content.toString().split('\r\n', 1)[0],
  }
}

const refused = ['nobody@refused.example', 'none@refused.example']
/** How many notifications come of each. */
const mails: [string, OutgoingMail, number][] = [
  ['two recipients are refused', { from: 'ann@sender.example', to: refused, subject: 'x', text: 'hello' }, 1],
  [
    'success is to be told, by hosts that report and hosts that do not',
    {
      from: 'ann@sender.example',
      to: ['nobody@refused.example', 'x@plain.example', 'ada@example.net'],
      text: 'hello',
      dsn: { ret: 'HDRS', envid: 'a+b c', notify: ['SUCCESS', 'FAILURE'] },
    },
    2,
  ],
  [
    'nothing is to be told',
    { from: 'ann@sender.example', to: [...refused, 'ada@example.net'], text: 'hello', dsn: { notify: ['NEVER'] } },
    0,
  ],
]

test.for(mails)('the sender is told what Postfix would tell where %s', async ([, mail, count], context) => {
  const postfix = await program(context, 'postfix', 'postfix')
  await using network = await createNetwork()
  // Postfix' messages go to ports of this machine, ours to hosts of the network: the same ones.
  const only = { ports: [25] }
  const { to: refusing } = await network.host('refused.example', { to: smtp({ ...only, users: { ada: 'x' } }) })
  const { to: plain } = await network.host('plain.example', {
    to: smtp({ ...only, extensions: ['PIPELINING', 'ENHANCEDSTATUSCODES'] }),
  })
  const { to: sender } = await network.host('sender.example', { to: smtp(only) })
  const { to: ours } = await network.host('mx.example.net', {
    to: smtp({ ...only, domains: ['example.net'], users: { ada: 'x' }, relayFor: ['0.0.0.0/0'] }),
  })
  const routes = Object.entries({ 'refused.example': refusing, 'plain.example': plain, 'sender.example': sender })
  await using real = await startPostfix(postfix, {
    name: 'mx.example.net',
    domain: 'example.net',
    mailboxes: ['ada@example.net'],
    certificate: network.authority.issue({ names: ['127.0.0.1'] }),
    maxBytes: 100_000,
    routes: Object.fromEntries(routes.map(([name, { endpoint }]) => [name, endpoint.port])),
  })
  const last = { from: 'ann@sender.example', to: 'nobody@refused.example', subject: 'last', text: 'x' }
  const send = async (at: { host: string; port: number }) => {
    sender.delivered.length = 0
    await using client = await connectSmtp({ ...at, tls: 'none' })
    await client.send(mail)
    await client.send(last)
    const isLast = ({ parts }: SmtpMessage) => parts[2]!.content.includes('Subject: last')
    // Postfix keeps no order.
    await expect.poll(() => sender.delivered.some(isLast), { timeout: 30_000 }).toBe(true)
    await expect.poll(() => sender.delivered.length, { timeout: 30_000 }).toBe(count + 1)
    const told = sender.delivered.filter(message => !isLast(message)).map(shapeOf)
    return told.toSorted((a, b) => (a.subject! < b.subject! ? -1 : 1))
  }
  const theirs = await send(real)
  expect(await send(ours.endpoint)).toEqual(theirs)
})
