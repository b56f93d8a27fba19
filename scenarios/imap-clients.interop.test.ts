import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createNetwork, type ImapOptions, imap, smtp } from '../index.ts'
import { program, run } from './real/program.ts'

const users = { ada: 'lovelace' }
const mails = [
  'From: ann@example.org\nTo: ada@example.net\nSubject: one\nMessage-ID: <1@example.org>\n\none\n',
  'From: bob@example.net\nTo: ada@example.net\nSubject: two\nMessage-ID: <2@example.net>\n\ntwo\n',
  'From: eve@example.com\nTo: ada@example.net\nSubject: three\nMessage-ID: <3@example.com>\n\nthree\n',
]

/** A server that other processes reach on loopback, under a certificate for 127.0.0.1, and its authority in a file. */
async function server(options: ImapOptions = {}) {
  const network = await createNetwork()
  onTestFinished(() => network.close())
  const { reading, mail } = await network.host(
    'localhost',
    { reading: imap({ users, mail: { ada: mails }, ...options }), mail: smtp({ users }) },
    { addresses: ['127.0.0.1'] },
  )
  const folder = await mkdtemp(join(tmpdir(), 'imap-clients-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, network.authority.pem)
  const at = (port: number) =>
    String([...reading.endpoints, ...mail.endpoints].find(each => each.port === port)!.real.port)
  return { network, reading, folder, ca, at }
}

test('imaplib logs in, reads, marks, appends, searches, copies and expunges', async context => {
  const python = await program(context, 'python3', 'python3')
  const { reading, at, ca } = await server({ mechanisms: ['PLAIN', 'CRAM-MD5'] })
  const script = `
import imaplib, ssl, time
trust = ssl.create_default_context(cafile='${ca}')
client = imaplib.IMAP4('127.0.0.1', ${at(143)})
client.starttls(ssl_context=trust)
print(client.login_cram_md5('ada', 'lovelace')[0])
print(client.select())
print(client.fetch('1', '(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])'))
print(client.store('1', '+FLAGS', '(\\\\Flagged work)'))
print(client.search(None, 'FLAGGED'), client.search('UTF-8', 'SUBJECT', 'two'))
print(client.create('Work/Old'), client.copy('1:2', 'Work/Old'))
print(client.append('Work/Old', '\\\\Seen', imaplib.Time2Internaldate(1426421356), b'Subject: new\\r\\n\\r\\nnew\\r\\n')[0])
print(client.list()[1])
print(client.status('Work/Old', '(MESSAGES UNSEEN)'))
print(client.uid('FETCH', '2:3', '(UID RFC822.SIZE)'))
client.store('2', '+FLAGS', '\\\\Deleted')
print(client.expunge())
print(client.sort('REVERSE SUBJECT', 'UTF-8', 'ALL'), client.thread('ORDEREDSUBJECT', 'UTF-8', 'ALL'))
print(client.namespace(), client.getquotaroot('INBOX'))
try:
    client.select('Nope')
    print(client.select('Nope'))
except imaplib.IMAP4.error as error:
    print(error)
print(client.select('INBOX'), client.close(), client.logout()[0])
client = imaplib.IMAP4_SSL('127.0.0.1', ${at(993)}, ssl_context=trust)
try:
    client.login('ada', 'wrong')
except imaplib.IMAP4.error as error:
    print(error)
client.login('ada', 'lovelace')
client.select('INBOX', readonly=True)
print(client.fetch('1:*', '(UID)')[1], client.logout()[0])
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr + stdout).toBe(0)
  expect(stdout).toContain("('OK', [b'3'])")
  expect(stdout).toContain(
    String.raw`(b'1 (FLAGS (\\Recent) BODY[HEADER.FIELDS (SUBJECT)] {16}', b'Subject: one\r\n\r\n'), b')'`,
  )
  expect(stdout).toContain(String.raw`('OK', [b'1 (FLAGS (\\Flagged \\Recent work))'])`)
  expect(stdout).toContain("('OK', [b'1']) ('OK', [b'2'])")
  expect(stdout).toContain(`(MESSAGES 3 UNSEEN 2)`)
  expect(stdout).toContain("('OK', [b'2'])")
  expect(stdout).toContain("('OK', [b'2 1']) ('OK', [b'(1)(2)'])")
  expect(stdout).toMatch(/\[AUTHENTICATIONFAILED\] Authentication failed/)
  expect(stdout).toContain("[b'1 (UID 1)', b'2 (UID 3)'] BYE")
  expect(reading.mailbox('ada', 'Work/Old').messages.map(({ subject, flags }) => [subject, flags.list])).toEqual([
    ['one', ['\\Flagged', 'work']],
    ['two', []],
    ['new', ['\\Seen']],
  ])
})

test('imaplib that idles is told of mail that smtplib sends', async context => {
  const python = await program(context, 'python3', 'python3')
  const { at } = await server({ mail: {} })
  const script = `
import imaplib, smtplib
client = imaplib.IMAP4('127.0.0.1', ${at(143)})
client.login('ada', 'lovelace')
client.select()
client.send(b'x IDLE\\r\\n')
print(client.readline())
with smtplib.SMTP('127.0.0.1', ${at(25)}) as sender:
    sender.sendmail('ann@example.org', ['ada@localhost'], 'Subject: hello\\r\\n\\r\\nhi\\r\\n')
print(client.readline())
client.send(b'DONE\\r\\n')
print(client.readline(), client.readline())
`
  const { status, stdout, stderr } = await run(python, ['-c', script])
  expect(status, stderr).toBe(0)
  expect(stdout.split('\n').slice(0, 2)).toEqual([String.raw`b'+ idling\r\n'`, String.raw`b'* 1 EXISTS\r\n'`])
})

test.for(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5', 'LOGIN'])('gsasl logs in by %s', async (mechanism, context) => {
  const gsasl = await program(context, 'gsasl', 'gsasl')
  const { reading, at, ca } = await server({ mechanisms: [mechanism] })
  const login = (password: string) =>
    run(gsasl, [
      ...['--imap', `--connect=127.0.0.1:${at(143)}`, '--hostname=localhost', `--x509-ca-file=${ca}`, '--no-cb'],
      ...['-m', mechanism, '-a', 'ada', '-p', password],
    ])
  const right = await login('lovelace')
  expect(right.status, right.stdout + right.stderr).toBe(0)
  const wrong = await login('byron')
  expect(wrong.status, wrong.stdout).toBe(1)
  expect(reading.logins).toEqual([true, false].map(ok => ({ user: 'ada', mechanism, ok })))
})

/** Mails in a Maildir, by their subjects. */
function maildir(path: string): string[] {
  return ['cur', 'new'].flatMap(place => readdirSync(join(path, place)).map(name => `${place}/${name}`))
}

test('mbsync syncs both ways, and the second time there is nothing to do', async context => {
  const mbsync = await program(context, 'mbsync', 'isync')
  const { reading, folder, ca, at } = await server()
  const local = join(folder, 'mail')
  for (const place of ['cur', 'new', 'tmp']) mkdirSync(join(local, 'INBOX', place), { recursive: true })
  writeFileSync(
    join(local, 'INBOX', 'new', '1426421356.1_1.host'),
    'From: ada@example.net\nSubject: local\nMessage-ID: <l@example.net>\n\nlocal\n',
  )
  reading
    .mailbox('ada')
    .account.create('Work')
    .add({ content: mails[0]!, flags: ['\\Seen', '\\Flagged'] })
  const config = join(folder, 'mbsyncrc')
  writeFileSync(
    config,
    `IMAPStore far
Host localhost
Port ${at(143)}
User ada
Pass lovelace
SSLType STARTTLS
CertificateFile ${ca}

MaildirStore near
Path ${local}/
Inbox ${local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState ${folder}/state/
`,
  )
  mkdirSync(join(folder, 'state'))
  const sync = () => run(mbsync, ['-c', config, '-V', 'all'])
  const first = await sync()
  expect(first.status, first.stdout + first.stderr).toBe(0)
  expect(reading.mailbox('ada').messages.map(({ subject }) => subject)).toEqual(['one', 'two', 'three', 'local'])
  expect(maildir(join(local, 'INBOX'))).toHaveLength(4)
  expect(maildir(join(local, 'Work'))).toEqual([expect.stringMatching(/:2,FS$/)])
  const before = [reading.mailbox('ada').highestModSeq, maildir(join(local, 'INBOX'))]
  const second = await sync()
  expect(second.status, second.stdout + second.stderr).toBe(0)
  expect([reading.mailbox('ada').highestModSeq, maildir(join(local, 'INBOX'))]).toEqual(before)
  reading.mailbox('ada').expunge([reading.mailbox('ada').messages[0]!])
  reading.mailbox('ada').change([reading.mailbox('ada').messages[0]!], { how: 'add', flags: ['\\Answered'] })
  const third = await sync()
  expect(third.status, third.stdout + third.stderr).toBe(0)
  expect(maildir(join(local, 'INBOX')).filter(name => name.includes(',R'))).toHaveLength(1)
  expect(maildir(join(local, 'INBOX'))).toHaveLength(3)
})

test('mutt opens a mailbox, flags a mail and deletes another', async context => {
  const mutt = await program(context, 'mutt', 'mutt')
  const script = await program(context, 'script', 'bsdutils')
  const { reading, folder, ca, at } = await server()
  const config = join(folder, 'muttrc')
  writeFileSync(
    config,
    `set imap_user=ada imap_pass=lovelace ssl_starttls=yes ssl_force_tls=yes ssl_ca_certificates_file=${ca}
set certificate_file=${folder}/certificates ssl_verify_dates=no folder=${folder} record= postponed= sort=mailbox-order
set wait_key=no quit=yes delete=yes mark_old=no move=no resolve=no timeout=1
push "<first-entry><flag-message><next-entry><delete-message><last-entry><display-message><exit><sync-mailbox><quit>"
`,
  )
  const command = `TERM=xterm HOME=${folder} ${mutt} -n -F ${config} -f imap://localhost:${at(143)}/INBOX`
  const { stdout } = await run(script, ['-qec', command, '/dev/null'])
  expect(
    reading.mailbox('ada').messages.map(({ subject, flags }) => [subject, flags.list]),
    stdout.slice(-3000),
  ).toEqual([
    ['one', ['\\Flagged']],
    ['three', ['\\Seen']],
  ])
})
