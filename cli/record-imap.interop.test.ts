// Dovecot's IMAP recorded with clients that we did not write, and replayed to them.

import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import { connectImap } from '../clients/imap.ts'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { startDovecot } from '../scenarios/real/dovecot.ts'
import { program } from '../scenarios/real/program.ts'
import { python, recordAndReplay, Studio, withEnd } from './studio-in-tests.ts'

let studio: Studio
const authority = new Authority(label => new Random(label))
beforeAll(() => {
  studio = new Studio()
  studio.write('authority.pem', authority.pem)
})
afterAll(() => studio?.[Symbol.dispose]())

async function dovecot(context: TestContext) {
  const server = await startDovecot(await program(context, 'dovecot', 'dovecot-imapd'), {
    protocol: 'imap',
    certificate: authority.issue({ names: ['imap.example.net'] }),
    users: { ada: 'pa55-word of ada' },
    mail: { ada: ['Subject: one\n\none\n', `Subject: two\n\n${'x'.repeat(60)}\n`.concat('y\n'.repeat(20_000))] },
  })
  return withEnd(server)
}

/** Takes back what reading has marked. */
async function unread(real: string) {
  const [host, port] = real.split(':') as [string, string]
  await using client = await connectImap({
    host,
    port: Number(port),
    tls: 'none',
    auth: { user: 'ada', password: 'pa55-word of ada' },
  })
  await client.select('INBOX')
  await client.store('1:*', 'remove', ['\\Seen'])
}

/** What takes its time, and what is new in each mailbox. */
const mask = (text: string) => text.replace(/\d+\.\d{3} \+[^)]*secs/g, '').replace(/(APPENDUID|COPYUID) \d+/g, '$1')

test('imaplib, whose tags are random, with STARTTLS, literals, parts and what is refused', async context => {
  const { real, stop } = await dovecot(context)
  const { stdout, status, tape } = await recordAndReplay(studio, {
    name: 'imaplib',
    options: `--real imap.example.net:143=${real} --real-ca authority.pem`,
    script: python(`import imaplib, ssl, time
for password in ('wrong', 'pa55-word of ada'):
    mail = imaplib.IMAP4('imap.example.net')
    print(mail.starttls(ssl.create_default_context()))
    try:
        print(mail.login('ada', password))
    except imaplib.IMAP4.error as error:
        print(error)
        mail.shutdown()
print(mail.select(), mail.search('UTF-8', 'SUBJECT', 'two'), mail.uid('SORT', '(SUBJECT)', 'UTF-8', 'ALL'))
print([len(part) for part in mail.fetch('1:2', '(BODY.PEEK[] FLAGS UID)')[1]])
print(mail.fetch('2', '(BODY.PEEK[HEADER] BODY.PEEK[TEXT]<10.20>)'))
print(mail.append('Sent', '', imaplib.Time2Internaldate(time.time()), b'Subject: x\\n\\nhello\\n'))
print(mail.create('Sent'))
date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime()).encode()
print(mail.append('Sent', '\\\\Seen', imaplib.Time2Internaldate(time.time()), b'Date: ' + date + b'\\n\\nhello\\n'))
print(mail.copy('1', 'Sent'), mail.select('Sent'), mail.store('1:*', '+FLAGS', '(\\\\Deleted)'), mail.expunge())
print(mail.close(), mail.delete('Sent'), mail.logout())`),
    stop,
    mask,
  })
  expect(status).toBe(0)
  expect(stdout).toMatch(/AUTHENTICATIONFAILED.*\[b'2'\].*TRYCREATE.*\[b'2', b'1'\]/s)
  expect(tape).toMatch(
    /- client: \w+ LOGIN ada "‹secret:password›"\n.*- client: \w+ LOGIN ada "‹secret:password:2›"\n/s,
  )
  expect(tape).toMatch(/\{\d+\}['"]?\n {2}- server:\n {6}literal:\n {8}file: /)
})

test('imaplib by AUTHENTICATE CRAM-MD5 is refused by nobody, since proofs are not compared', async context => {
  const { real, stop } = await dovecot(context)
  const { stdout, tape } = await recordAndReplay(studio, {
    name: 'cram-md5',
    options: `--real imap.example.net:143=${real} --real-ca authority.pem`,
    script: python(`import imaplib
mail = imaplib.IMAP4('imap.example.net')
print(mail.login_cram_md5('ada', 'pa55-word of ada'), mail.noop(), mail.logout()[0])`),
    stop,
    mask,
  })
  expect(stdout).toContain("('OK', [b'Logged in'])")
  expect(tape).toContain('- client: ‹secret:cram-md5›\n')
})

test('curl, and pipelines of commands said all at once', async context => {
  await program(context, 'curl', 'curl')
  const { real, stop } = await dovecot(context)
  const { stdout, status } = await recordAndReplay(studio, {
    name: 'curl',
    options: `--real imap.example.net:143=${real} --real-ca authority.pem`,
    script: `export CURL_CA_BUNDLE="$SSL_CERT_FILE"
curl -sS --ssl-reqd -u 'ada:pa55-word of ada' 'imap://imap.example.net/INBOX;MAILINDEX=1' &&
curl -sS --ssl-reqd -u 'ada:pa55-word of ada' 'imap://imap.example.net/INBOX?SUBJECT%20two' &&
${python(`import random, socket
link = socket.create_connection(('imap.example.net', 143))
a, b, c, d = random.sample('efghijk', 4)
link.sendall(f'{a} LOGIN {{3+}}\\r\\nada {{16+}}\\r\\npa55-word of ada\\r\\n{b} SELECT INBOX\\r\\n{c} FETCH 1:2 (UID FLAGS)\\r\\n{d} LOGOUT\\r\\n'.encode())
heard = b''
while chunk := link.recv(65536):
    heard += chunk
text = heard.decode()
print(sorted(line for line in text.split('\\r\\n') if 'FETCH' in line), [text.count(f'\\r\\n{each} OK') for each in (a, b, c, d)])`)}`,
    reset: () => unread(real),
    stop,
    mask,
  })
  expect(status).toBe(0)
  expect(stdout).toMatch(/Subject: one.*\* SEARCH 2.*UID 1.*\[1, 1, 1, 1\]/s)
})

test('mbsync, which fetches a mailbox and then finds nothing new', async context => {
  await program(context, 'mbsync', 'isync')
  const { real, stop } = await dovecot(context)
  const { stdout, status } = await recordAndReplay(studio, {
    name: 'mbsync',
    options: `--real imap.example.net:143=${real} --real-ca authority.pem`,
    script: `rm -rf mail && mkdir -p mail/inbox/cur mail/inbox/new mail/inbox/tmp && cat >mbsyncrc <<END
IMAPAccount ada
Host imap.example.net
User ada
Pass "pa55-word of ada"
SSLType STARTTLS
AuthMechs LOGIN
CertificateFile $SSL_CERT_FILE

IMAPStore far
Account ada

MaildirStore near
Path $PWD/mail/
Inbox $PWD/mail/inbox
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Sync Pull
SyncState *
Create Near
END
mbsync -c mbsyncrc -q all && mbsync -c mbsyncrc -q all
echo $?; cat mail/inbox/*/* | grep -v X-TUID | cksum`,
    reset: () => unread(real),
    stop,
    mask,
  })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^0\n\d+ 40\d\d\d\n$/)
})
