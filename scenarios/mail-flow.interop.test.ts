import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectSmtp, type OutgoingMail } from '../clients/smtp.ts'
import type { SmtpMessage } from '../fakes/smtp/message.ts'
import type { SmtpOptions } from '../fakes/smtp.ts'
import { createNetwork, pop3, smtp } from '../index.ts'
import { startPostfix } from './real/postfix.ts'
import { program, run } from './real/program.ts'

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

/** Mail services that other processes reach on loopback. */
async function local(options: SmtpOptions) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const services = { mail: smtp({ ports: [{ port: 25, startTls: 'none' }], ...options }), pop: pop3({ ports: [110] }) }
  const { mail, pop } = await network.host('localhost', services, { addresses: ['127.0.0.1'] })
  return { mail, pop }
}

test('mail reads the log that a program has mailed, from the mbox of who got it', async context => {
  const path = await program(context, 'mail', 'bsd-mailx')
  const { mail } = await local({ users: { ops: 'x' } })
  const lab = join(import.meta.dirname, '../labs/chapter-4/mail-log.ts')
  const to = ['--host', '127.0.0.1', '--port', String(mail.endpoint.port), '--from', 'a@b', '--to', 'ops@localhost']
  const lines = Array.from({ length: 12 }, (_, at) => `Line ${at + 1} of log\n`).join('')
  const logged = await run(process.execPath, [lab, ...to, '--subject', 'What it did'], `WARN the first\n${lines}`)
  expect(logged.status, logged.stderr).toBe(0)
  const folder = await mkdtemp(join(tmpdir(), 'mail-flow-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'ops.mbox'), mail.mailbox('ops').toMbox())
  const { stdout, stderr } = await run(path, ['-N', '-f', join(folder, 'ops.mbox')], 'p 1\np 2\nx\n')
  const records = [...stdout.matchAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (.*)$/gm)].map(([, text]) => text)
  const expected = lines.trimEnd().split('\n')
  expect(records, stdout + stderr).toEqual(['WARN  the first', ...expected.map(text => `INFO  ${text}`)])
})

test('what smtplib sends to a user, by an alias or a tag too, poplib finds at once', async context => {
  const python = '/usr/bin/python3'
  if (!existsSync(python)) context.skip(`needs ${python}: apt install python3`)
  const { mail, pop } = await local({ users: { ada: { password: 'lovelace', aliases: ['countess'] } } })
  const script = `
import poplib, smtplib
with smtplib.SMTP('127.0.0.1', ${mail.endpoint.port}) as out:
    for to in ('ada', 'Countess', 'ada+shop', 'countess+engine'):
        out.sendmail('me@example.org', [to + '@localhost'], 'Subject: to ' + to + '\\r\\n\\r\\nx\\r\\n')
        box = poplib.POP3('127.0.0.1', ${pop.endpoint.port})
        box.user('ada'), box.pass_('lovelace')
        count, _ = box.stat()
        print(count, [line for line in box.retr(count)[1] if line.startswith(b'Subject')])
        box.quit()
    try:
        out.sendmail('me@example.org', ['eve+shop@localhost'], 'x')
    except smtplib.SMTPRecipientsRefused as error:
        print(error.recipients['eve+shop@localhost'][0])
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr).toBe(0)
  expect(stdout).toBe(
    "1 [b'Subject: to ada']\n2 [b'Subject: to Countess']\n3 [b'Subject: to ada+shop']\n4 [b'Subject: to countess+engine']\n550\n",
  )
})
