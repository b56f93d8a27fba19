import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, type TestContext, test } from 'vitest'
import type { SmtpOptions } from '../fakes/smtp.ts'
import { createNetwork, smtp } from '../index.ts'
import { SmtpReplyDecoder } from '../wire/smtp/reply.ts'
import { startPostfix } from './real/postfix.ts'
import { program, run } from './real/program.ts'

const users = { ada: { password: 'lovelace', token: 'ya29.token' } }
const mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER']

/** A server that other processes reach on loopback, under a certificate for 127.0.0.1, and its authority in a file. */
async function server(options: SmtpOptions = { users, mechanisms }) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const { mail } = await network.host('localhost', { mail: smtp(options) }, { addresses: ['127.0.0.1'] })
  const folder = await mkdtemp(join(tmpdir(), 'smtp-interop-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, network.authority.pem)
  const at = (port: number) => String(mail.endpoints.find(each => each.port === port)!.real.port)
  return { network, mail, folder, ca, at }
}

group('swaks', () => {
  const swaks = async (context: TestContext, ...args: string[]) =>
    run(await program(context, 'swaks', 'swaks'), ['--server', '127.0.0.1', '--from', 'me@example.org', ...args])

  test('sends to port 25, with attachments', async context => {
    const { mail, at, folder } = await server()
    const file = join(folder, 'tiny.gif')
    const gif = Buffer.from(
      '47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b',
      'hex',
    )
    await writeFile(file, gif)
    const args = ['--port', at(25), '--to', 'ada@localhost', '--header', 'Subject: swaks', '--body', '.dots\n..too']
    const { status } = await swaks(context, ...args, '--attach-type', 'image/gif', '--attach', `@${file}`)
    expect(status).toBe(0)
    expect(mail.delivered).toMatchObject([{ subject: 'swaks', text: expect.stringContaining('.dots\n..too') }])
    expect(mail.delivered[0]!.attachments).toMatchObject([{ name: 'tiny.gif', type: 'image/gif', content: gif }])
  })

  test('sends a pipelined batch', async context => {
    const { mail, at } = await server()
    const { status, stdout } = await swaks(context, '--port', at(25), '--to', 'ada@localhost', '--pipeline')
    expect(status, stdout).toBe(0)
    expect(mail.delivered).toHaveLength(1)
  })

  test.for(['PLAIN', 'LOGIN', 'CRAM-MD5'])('logs in by %s after STARTTLS and under TLS', async (mechanism, context) => {
    const { mail, at, ca } = await server()
    const login = ['--auth', mechanism, '--auth-user', 'ada', '--auth-password', 'lovelace', '--to', 'ada@localhost']
    const trust = ['--tls-verify', '--tls-ca-path', ca]
    const start = await swaks(context, '--port', at(587), '--tls', ...trust, ...login)
    expect(start.status, start.stdout + start.stderr).toBe(0)
    const implicit = await swaks(context, '--port', at(465), '--tls-on-connect', ...trust, ...login)
    expect(implicit.status, implicit.stdout + implicit.stderr).toBe(0)
    expect(mail.delivered).toMatchObject([
      { user: 'ada', secure: true },
      { user: 'ada', secure: true },
    ])
    expect(mail.logins.map(each => each.mechanism)).toEqual([mechanism, mechanism])
  })

  test('is refused with a wrong password, for an unknown user, and before a login', async context => {
    const { mail, at } = await server()
    const wrong = ['--auth', 'PLAIN', '--auth-user', 'ada', '--auth-password', 'byron']
    const refused = await swaks(context, '--port', at(587), '--tls', ...wrong, '--to', 'ada@localhost')
    expect(refused.stdout).toContain('<~* 535 5.7.8 ')
    const unknown = await swaks(context, '--port', at(25), '--to', 'nobody@localhost')
    expect(unknown.stdout).toContain('<** 550 5.1.1 ')
    const early = await swaks(context, '--port', at(587), '--tls', '--to', 'ada@localhost')
    expect(early.stdout).toContain('<~* 530 5.7.0 ')
    expect([refused.status, unknown.status, early.status].every(status => status !== 0)).toBe(true)
    expect(mail.delivered).toEqual([])
  })
})

group('gsasl', () => {
  const options: SmtpOptions = {
    users,
    mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'EXTERNAL'],
    tls: { clientCertificate: 'request' },
  }
  const gsasl = async (context: TestContext, { at, ca }: Awaited<ReturnType<typeof server>>, ...args: string[]) => {
    const to = ['--smtp', `--connect=127.0.0.1:${at(587)}`, '--hostname=localhost', `--x509-ca-file=${ca}`, '--no-cb']
    return run(await program(context, 'gsasl', 'gsasl'), [...to, ...args])
  }

  test.for(['SCRAM-SHA-256', 'SCRAM-SHA-1'])('logs in by %s and trusts the server', async (mechanism, context) => {
    const mail = await server(options)
    const login = (password: string, ...more: string[]) =>
      gsasl(context, mail, '-m', mechanism, '-a', 'ada', '-p', password, ...more)
    const right = await login('lovelace')
    expect(right.status, right.stdout + right.stderr).toBe(0)
    expect(right.stdout + right.stderr).toContain('server trusted')
    expect((await login('lovelace', '-z', 'ada')).status).toBe(0)
    expect((await login('lovelace', '-z', 'eve')).status).toBe(1)
    const wrong = await login('byron')
    expect(wrong.status).toBe(1)
    expect(wrong.stdout).toContain('535 5.7.8')
    expect(mail.mail.logins.map(({ ok }) => ok)).toEqual([true, true, false, false])
  })

  test('logs in by EXTERNAL with a certificate, and not without', async context => {
    const mail = await server(options)
    const { cert, key } = mail.network.authority.issue({ names: ['ada'] })
    const [certFile, keyFile] = [join(mail.folder, 'cert.pem'), join(mail.folder, 'key.pem')]
    await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)])
    const shown = [`--x509-cert-file=${certFile}`, `--x509-key-file=${keyFile}`]
    const known = await gsasl(context, mail, '-m', 'EXTERNAL', '-z', 'ada', ...shown)
    expect(known.status, known.stdout + known.stderr).toBe(0)
    expect((await gsasl(context, mail, '-m', 'EXTERNAL', '-z', 'ada')).status).toBe(1)
    expect(mail.mail.logins).toEqual([
      { user: 'ada', mechanism: 'EXTERNAL', ok: true },
      { user: 'ada', mechanism: 'EXTERNAL', ok: false },
    ])
  })
})

test('smtplib sends text, pages and files, by STARTTLS with a checked certificate', async context => {
  // Debian's own: another one on the PATH may bring a TLS of its own.
  const python = '/usr/bin/python3'
  if (!existsSync(python)) context.skip(`needs ${python}: apt install python3`)
  const { mail, at, ca } = await server()
  const script = `
import smtplib, ssl, sys
from email.message import EmailMessage
message = EmailMessage()
message['From'], message['To'], message['Subject'] = 'me@example.org', 'ada@localhost', 'Grüße'
message.set_content('Zeile eins\\n.\\nZeile drei: ü\\n')
message.add_alternative('<p>ü</p>', subtype='html')
message.add_attachment(bytes(range(256)), maintype='application', subtype='x-all', filename='naïve € name.bin')
with smtplib.SMTP('127.0.0.1', ${at(587)}) as client:
    client.set_debuglevel(1)
    client.starttls(context=ssl.create_default_context(cafile='${ca}'))
    client.login('ada', 'lovelace')
    print(sorted(client.esmtp_features))
    client.send_message(message)
with smtplib.SMTP_SSL('127.0.0.1', ${at(465)}, context=ssl.create_default_context(cafile='${ca}')) as client:
    client.user, client.password = 'ada', 'lovelace'
    for mechanism, attempt in (('CRAM-MD5', client.auth_cram_md5),):
        client.ehlo()
        client.auth(mechanism, attempt)
    client.sendmail('é@example.org', ['ada@localhost'], 'Subject: x\\r\\n\\r\\nü\\r\\n'.encode(), mail_options=['SMTPUTF8', 'BODY=8BITMIME'], rcpt_options=['NOTIFY=SUCCESS,FAILURE', 'ORCPT=rfc822;ada@localhost'])
    try:
        client.sendmail('me@example.org', ['nobody@localhost'], 'x')
    except smtplib.SMTPRecipientsRefused as error:
        print(error.recipients)
    print(client.verify('ada'), client.noop(), client.help())
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr).toBe(0)
  expect(stdout).toContain("'chunking', 'dsn', 'enhancedstatuscodes', 'pipelining', 'size', 'smtputf8'")
  expect(stdout).toContain("{'nobody@localhost': (550, b'5.1.1 nobody@localhost is not known here')}")
  const [rich, eight] = mail.delivered
  expect(rich).toMatchObject({ subject: 'Grüße', text: 'Zeile eins\n.\nZeile drei: ü', html: '<p>ü</p>' })
  expect(rich!.attachments).toMatchObject([{ name: 'naïve € name.bin', type: 'application/x-all' }])
  expect(rich!.attachments[0]!.content).toEqual(Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)))
  expect(eight).toMatchObject({ from: 'é@example.org', text: 'ü', envelope: { smtpUtf8: true, body: '8BITMIME' } })
  expect(eight!.envelope.to).toEqual([
    { address: 'ada@localhost', notify: 'SUCCESS,FAILURE', orcpt: 'rfc822;ada@localhost' },
  ])
  expect(mail.logins.map(each => each.mechanism)).toEqual(['CRAM-MD5', 'CRAM-MD5'])
})

test('a password is asked for on the terminal and not shown', async context => {
  const python = '/usr/bin/python3'
  if (!existsSync(python)) context.skip(`needs ${python}: apt install python3`)
  const { mail, at, ca } = await server()
  const file = join(import.meta.dirname, '../labs/chapter-4/send-mail-securely.ts')
  const args = ['--host', '127.0.0.1', '--port', at(587), '--user', 'ada@localhost', '--to', 'ada@localhost']
  // A terminal of its own; what is typed would be seen where it is echoed.
  const script = `
import json, os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.environ['NODE_EXTRA_CA_CERTS'] = ${JSON.stringify(ca)}
    os.execv(${JSON.stringify(process.execPath)}, ['node', ${JSON.stringify(file)}] + json.loads(${JSON.stringify(JSON.stringify(args))}))
seen = b''
for prompt, answer in ((b'Password: ', b'lovelace\\r'), (b'Subject: ', b'shown\\r'), (b'Text: ', b'text\\r')):
    while prompt not in seen:
        seen += os.read(terminal, 1000)
    os.write(terminal, answer)
try:
    while True:
        seen += os.read(terminal, 1000)
except OSError:
    pass
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stdout + stderr).toBe(0)
  expect(mail.delivered).toMatchObject([{ subject: 'shown', text: 'text', user: 'ada', secure: true }])
  expect(stdout).toContain('Subject: shown')
  expect(stdout).not.toContain('lovelace')
})

group('curl', () => {
  const mailFile = 'From: me@example.org\nSubject: curl\n\nby curl\n.dot\n'

  test.for<[string, string[]]>([
    ['PLAIN', ['--user', 'ada:lovelace', '--login-options', 'AUTH=PLAIN']],
    ['LOGIN', ['--user', 'ada:lovelace', '--login-options', 'AUTH=LOGIN']],
    ['CRAM-MD5', ['--user', 'ada:lovelace', '--login-options', 'AUTH=CRAM-MD5']],
    ['XOAUTH2', ['--user', 'ada', '--oauth2-bearer', 'ya29.token', '--login-options', 'AUTH=XOAUTH2']],
    ['OAUTHBEARER', ['--user', 'ada', '--oauth2-bearer', 'ya29.token', '--login-options', 'AUTH=OAUTHBEARER']],
  ])('logs in by %s, by smtp: with STARTTLS and by smtps:', async ([mechanism, login], context) => {
    const curl = await program(context, 'curl', 'curl')
    const { mail, at, ca } = await server({ users, mechanisms: [mechanism] })
    const common = [
      '-sS',
      '--cacert',
      ca,
      '--mail-from',
      'me@example.org',
      '--mail-rcpt',
      'ada@localhost',
      '-T',
      '-',
      ...login,
    ]
    for (const url of [`smtp://127.0.0.1:${at(587)}/me.example`, `smtps://127.0.0.1:${at(465)}/me.example`]) {
      const { status, stderr } = await run(curl, [...common, '--ssl-reqd', '--crlf', url], mailFile)
      expect(status, stderr).toBe(0)
    }
    const expected = { subject: 'curl', text: 'by curl\n.dot', user: 'ada', hello: 'me.example', secure: true }
    expect(mail.delivered).toMatchObject([expected, expected])
    expect(mail.logins.map(each => each.mechanism)).toEqual([mechanism, mechanism])
  })
})

test('openssl talks to the server by -starttls smtp and finds its certificate in order', async context => {
  const openssl = await program(context, 'openssl', 'openssl')
  const { at, ca } = await server()
  const args = [
    's_client',
    '-starttls',
    'smtp',
    '-connect',
    `127.0.0.1:${at(587)}`,
    '-CAfile',
    ca,
    '-verify_return_error',
  ]
  const { stdout, stderr } = await run(
    openssl,
    [...args, '-verify_ip', '127.0.0.1', '-crlf', '-ign_eof'],
    'EHLO me\nQUIT\n',
  )
  expect(stdout, stderr).toContain('Verify return code: 0 (ok)')
  expect(stdout).toContain('250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER')
  expect(stdout).toContain('221 2.0.0 ')
})

/** Says the lines one by one, and gives the code of each reply with its enhanced code. */
async function codes(at: { host: string; port: number }, lines: readonly string[]): Promise<string[]> {
  const socket = net.connect(at)
  const decoder = new SmtpReplyDecoder()
  const said: string[] = []
  const hear = async () => {
    for (;;) {
      const reply = decoder.next()
      if (reply !== undefined) {
        said.push(reply.enhanced === undefined ? String(reply.code) : `${reply.code} ${reply.enhanced}`)
        return
      }
      const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })
      decoder.push(chunk as Buffer)
    }
  }
  await hear()
  for (const line of lines) {
    socket.write(`${line}\r\n`)
    await hear()
  }
  socket.destroy()
  return said.slice(1)
}

const begun = ['EHLO me.example', 'MAIL FROM:<me@example.org>']
const named = [...begun, 'RCPT TO:<ada@example.net>']

/** Said to both; where they differ, what Postfix says to the last line and why ours is another. */
const dialogues: [string, readonly string[], { postfix: string; why: string }?][] = [
  ['a whole mail', [...named, 'DATA', 'Subject: x\r\n\r\nbody\r\n.', 'QUIT']],
  ['HELO', ['HELO me.example', 'MAIL FROM:<>', 'RCPT TO:<ada@example.net>', 'RSET', 'NOOP']],
  [
    'EHLO without a name',
    ['EHLO'],
    {
      postfix: '501',
      why: 'Postfix leaves out the enhanced code, which RFC 2034 wants in every reply but those to EHLO and HELO that greet',
    },
  ],
  ['MAIL twice', [...begun, 'MAIL FROM:<you@example.org>']],
  ['RCPT before MAIL', ['EHLO me', 'RCPT TO:<ada@example.net>']],
  ['DATA before MAIL', ['EHLO me', 'DATA']],
  ['DATA before RCPT', [...begun, 'DATA']],
  ['an unknown command', ['EHLO me', 'FOO']],
  ['an unknown user', [...begun, 'RCPT TO:<nobody@example.net>']],
  [
    'relaying',
    [...begun, 'RCPT TO:<x@elsewhere.example>'],
    {
      postfix: '554 5.7.1',
      why: '550 is the code of RFC 5321 for a mailbox that policy refuses, and what Exim and Google say',
    },
  ],
  ['the postmaster', [...begun, 'RCPT TO:<Postmaster>']],
  ['a mail that says it is too large', ['EHLO me', 'MAIL FROM:<me@example.org> SIZE=100001']],
  ['a SIZE that is no number', ['EHLO me', 'MAIL FROM:<me@example.org> SIZE=abc']],
  ['an unknown parameter of MAIL', ['EHLO me', 'MAIL FROM:<me@example.org> FOO=BAR']],
  ['an unknown parameter of RCPT', [...begun, 'RCPT TO:<ada@example.net> FOO=BAR']],
  ['an unknown BODY', ['EHLO me', 'MAIL FROM:<me@example.org> BODY=9BIT']],
  ['SMTPUTF8', ['EHLO me', 'MAIL FROM:<jürgen@example.org> SMTPUTF8']],
  [
    'UTF-8 without SMTPUTF8',
    ['EHLO me', 'MAIL FROM:<jürgen@example.org>'],
    { postfix: '250 2.1.0', why: 'Postfix lets it pass unless strict_smtputf8 is set; RFC 6531 does not' },
  ],
  [
    'DSN',
    [
      'EHLO me',
      'MAIL FROM:<a@example.org> RET=HDRS ENVID=x',
      'RCPT TO:<ada@example.net> NOTIFY=NEVER ORCPT=rfc822;a@b',
    ],
  ],
  ['a wrong RET', ['EHLO me', 'MAIL FROM:<a@example.org> RET=NONE']],
  ['a wrong NOTIFY', [...begun, 'RCPT TO:<ada@example.net> NOTIFY=NEVER,DELAY']],
  ['a quoted local part', ['EHLO me', 'MAIL FROM:<"Joe Blow"@example.org>']],
  ['a source route', [...begun, 'RCPT TO:<@a.example,@b.example:ada@example.net>']],
  ['a path without its end', ['EHLO me', 'MAIL FROM:<me@example.org']],
  ['an argument that is no path', ['EHLO me', 'MAIL ada']],
  ['chunks', [...named, 'BDAT 14\r\nSubject: x\r\n', 'BDAT 0 LAST']],
  ['chunks before RCPT', [...begun, 'BDAT 3 LAST\r\na']],
  ['chunks without a number', [...named, 'BDAT x']],
  ['DATA after a chunk', [...named, 'BDAT 3\r\na', 'DATA']],
  ['RCPT after a chunk', [...named, 'BDAT 3\r\na', 'RCPT TO:<ada@example.net>']],
  ['a mail that is too large', [...named, 'DATA', `${'xxxxxxx\r\n'.repeat(12_000)}.`]],
  ['AUTH where there is none', ['EHLO me', 'AUTH PLAIN AGEAYg==']],
  ['STARTTLS with an argument', ['EHLO me', 'STARTTLS now']],
  ['RSET with an argument', ['EHLO me', 'RSET now']],
  ['DATA with an argument', [...named, 'DATA now']],
  ['QUIT with an argument', ['EHLO me', 'QUIT now']],
  ['VRFY', ['EHLO me', 'VRFY ada@example.net']],
  [
    'EXPN',
    ['EHLO me', 'EXPN list'],
    { postfix: '500 5.5.2', why: 'RFC 5321 has 502 for a command that is known and not offered' },
  ],
  ['HELP', ['EHLO me', 'HELP'], { postfix: '500 5.5.2', why: 'Postfix has no HELP; RFC 5321 wants one' }],
]

test('says to each dialogue what Postfix says, but for what is explained', async context => {
  const path = await program(context, 'postfix', 'postfix')
  if (userInfo().uid !== 0) context.skip('needs root: Postfix is started by root alone')
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const maxBytes = 100_000
  const certificate = network.authority.issue({ names: ['mx.example.net'] })
  const domain = 'example.net'
  await using real = await startPostfix(path, {
    name: 'mx.example.net',
    domain,
    mailboxes: ['ada@example.net'],
    certificate,
    maxBytes,
  })
  const options = smtp({ users: { ada: { password: 'x', aliases: ['postmaster'] } }, domains: [domain], maxBytes })
  const { mail } = await network.host('mx.example.net', { mail: options })
  const differences: string[] = []
  for (const [what, lines, difference] of dialogues) {
    const theirs = await codes(real, lines)
    const ours = await codes(mail.endpoint, lines)
    const expected = difference === undefined ? theirs : [...theirs.slice(0, -1), ours.at(-1)]
    if (JSON.stringify(ours) !== JSON.stringify(expected)) differences.push(`${what}: ${theirs} | ${ours}`)
    if (difference !== undefined && theirs.at(-1) !== difference.postfix)
      differences.push(`${what}: Postfix says ${theirs}`)
  }
  expect(differences).toEqual([])
})
