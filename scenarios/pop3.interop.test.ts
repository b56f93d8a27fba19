import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Pop3Options } from '../fakes/pop3.ts'
import { createNetwork, pop3, smtp } from '../index.ts'
import { program, run } from './real/program.ts'

const users = { ada: 'lovelace' }
const mails = [
  'Subject: one\n\none\n',
  'From: bob@example.net\nSubject: dots\n\n.one\n..two\n.\nfour: ü\n',
  `Subject: long\n\n${`${'x'.repeat(70)}\n`.repeat(2000)}`,
]

/** A server that other processes reach on loopback, under a certificate for 127.0.0.1, and its authority in a file. */
async function server(options: Pop3Options = {}) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const { pop, mail } = await network.host(
    'localhost',
    { pop: pop3({ users, mail: { ada: mails }, ...options }), mail: smtp({ users }) },
    { addresses: ['127.0.0.1'] },
  )
  const folder = await mkdtemp(join(tmpdir(), 'pop3-interop-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, network.authority.pem)
  const at = (port: number) => String([...pop.endpoints, ...mail.endpoints].find(each => each.port === port)!.real.port)
  return { network, pop, mail, folder, ca, at }
}

test('poplib lists, fetches, deletes, and finds that only QUIT deletes', async context => {
  const python = '/usr/bin/python3'
  if (!existsSync(python)) context.skip(`needs ${python}: apt install python3`)
  const { pop, at, ca } = await server()
  const script = `
import poplib, ssl
trust = ssl.create_default_context(cafile='${ca}')
client = poplib.POP3('127.0.0.1', ${at(110)})
print(sorted(client.capa()))
client.stls(context=trust)
client.user('ada')
client.pass_('lovelace')
print(client.stat(), client.list()[1], client.list(2), len(set(client.uidl()[1])))
print(client.retr(2)[1])
print(client.top(3, 1)[1])
client.dele(1)
client.rset()
client.dele(2)
try:
    client.retr(2)
except poplib.error_proto as error:
    print(error)
client.close()
client = poplib.POP3_SSL('127.0.0.1', ${at(995)}, context=trust)
client.apop('ada', 'lovelace')
print(client.stat()[0])
client.dele(1)
print(client.quit())
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr).toBe(0)
  expect(stdout).toContain(
    "['AUTH-RESP-CODE', 'EXPIRE', 'PIPELINING', 'RESP-CODES', 'SASL', 'STLS', 'TOP', 'UIDL', 'USER']",
  )
  expect(stdout).toContain("(3, 144104) [b'1 21', b'2 66', b'3 144017'] b'+OK 2 66' 3")
  expect(stdout).toContain(
    String.raw`[b'From: bob@example.net', b'Subject: dots', b'', b'.one', b'..two', b'.', b'four: \xc3\xbc']`,
  )
  expect(stdout).toContain("b'-ERR message 2 is marked as deleted'")
  expect(stdout).toMatch(/^3\nb'\+OK localhost closes the connection'$/m)
  expect(pop.mailbox('ada').messages.map(({ subject }) => subject)).toEqual(['dots', 'long'])
  expect(pop.logins.map(({ mechanism }) => mechanism)).toEqual(['USER', 'APOP'])
})

test('what a mailbox is written as is an mbox to Python', async context => {
  const python = '/usr/bin/python3'
  if (!existsSync(python)) context.skip(`needs ${python}: apt install python3`)
  const { pop, folder } = await server()
  const inbox = pop.mailbox('ada')
  inbox.add({ content: 'Subject: from\n\nFrom me\n>From you\n', flags: ['\\Seen', '\\Answered'] })
  await writeFile(join(folder, 'ada.mbox'), inbox.toMbox())
  const script = `
import mailbox
for mail in mailbox.mbox('${join(folder, 'ada.mbox')}'):
    print(mail['subject'], mail.get_flags(), len(mail.get_payload().splitlines()))
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr).toBe(0)
  expect(stdout).toBe('one  1\ndots  4\nlong  2000\nfrom ROA 2\n')
})

test.for<[string, string[]]>([
  ['USER', []],
  ['APOP', ['--login-options', 'AUTH=+APOP']],
  ['PLAIN', ['--login-options', 'AUTH=PLAIN']],
  ['PLAIN', ['--login-options', 'AUTH=PLAIN', '--sasl-ir']],
  ['XOAUTH2', ['--oauth2-bearer', 'ya29.token', '--login-options', 'AUTH=XOAUTH2']],
  ['CRAM-MD5', ['--login-options', 'AUTH=CRAM-MD5']],
])('curl logs in by %s, by pop3: with STLS and by pop3s:', async ([mechanism, login], context) => {
  const curl = await program(context, 'curl', 'curl')
  const capabilities = mechanism === 'USER' ? ['USER', 'STLS', 'TOP', 'UIDL'] : undefined
  const { pop, at, ca } = await server({
    users: { ada: { password: 'lovelace', token: 'ya29.token' } },
    mechanisms: ['PLAIN', 'XOAUTH2', 'CRAM-MD5'],
    apop: mechanism === 'APOP',
    ...(capabilities === undefined ? {} : { capabilities }),
  })
  for (const url of [`pop3://127.0.0.1:${at(110)}/2`, `pop3s://127.0.0.1:${at(995)}/2`]) {
    const { status, stdout, stderr } = await run(curl, [
      '-sS',
      '--ssl-reqd',
      '--cacert',
      ca,
      '-u',
      'ada:lovelace',
      ...login,
      url,
    ])
    expect(status, stderr).toBe(0)
    expect(stdout).toBe(mails[1]!.replaceAll('\n', '\r\n'))
  }
  expect(pop.logins).toEqual(Array(2).fill({ user: 'ada', mechanism, ok: true }))
})

test('fetchmail fetches from our POP3 and delivers to our SMTP, and the second time there is nothing', async context => {
  const fetchmail = await program(context, 'fetchmail', 'fetchmail')
  const { pop, mail, at, ca, folder } = await server({ users: { ...users, bob: 'x' } })
  const file = join(folder, 'fetchmailrc')
  const lines = [
    `set idfile "${join(folder, 'ids')}"`,
    `set pidfile "${join(folder, 'pid')}"`,
    `poll localhost protocol POP3 port ${at(110)} user "ada" password "lovelace" is "ada+copy" here`,
    `  sslproto "TLS1.2+" sslcertck sslcertfile "${ca}" smtphost "127.0.0.1/${at(25)}" smtpaddress localhost fetchall`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  const args = ['-f', file, '--nodetach', '--nosyslog', '-v']
  const first = await run(fetchmail, args)
  expect(first.status, first.stdout + first.stderr).toBe(0)
  expect(first.stdout).toContain('POP3> STLS')
  expect(mail.delivered.map(({ subject }) => subject)).toEqual(['one', 'dots', 'long'])
  expect(mail.delivered.map(({ to }) => to)).toEqual(Array(3).fill(['ada+copy@localhost']))
  expect(mail.delivered[1]!.text).toBe('.one\n..two\n.\nfour: ü')
  // What came back is there, what was fetched is not.
  expect(pop.mailbox('ada').messages.map(({ uid, subject }) => [uid, subject])).toEqual([
    [4, 'one'],
    [5, 'dots'],
    [6, 'long'],
  ])
  pop.mailbox('ada').expunge(pop.mailbox('ada').messages)
  const second = await run(fetchmail, args)
  expect(second.status, 'fetchmail says 1 where there is no mail').toBe(1)
})
