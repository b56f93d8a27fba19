// Programs that we did not write, unmodified, as an ordinary user, against the default world: with the caller's
// environment and with none at all.

import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

let copy: OrdinaryCopy

beforeAll(async () => {
  copy = await ordinaryCopy()
})
afterAll(() => copy?.remove())

/** Runs a shell script inside the default world as nobody. */
function inside(script: string, { before = '', input = '' } = {}): Promise<Outcome> {
  const line = `cd / && exec ${before} ${copy.bin} run -- /bin/bash -c ${quote(script)}`
  return shell(`su nobody -s /bin/bash -c ${quote(line)}`, input)
}

function shell(line: string, input = ''): Promise<Outcome> {
  const child = spawn('/bin/bash', ['-c', line], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // a program that reads nothing closes it
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  return new Promise(resolve => child.on('close', status => resolve({ status, stdout, stderr })))
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Node 24 as the copy has it; the machine's own may be too old for `fetch` with every option that is used here. */
const node = () => copy.node

const python = (source: string) => `/usr/bin/python3 - <<'END'\n${source}\nEND`

const send = (options: string) =>
  `swaks --from ann@example.org --to ada@gmail.com --header 'Subject: hello' --body hi --silent 2 ${options} | tail -1; exit \${PIPESTATUS[0]}`

/** What is run, and what its output must show. A function gets the script when the copy is there. */
const programs: [name: string, script: string | (() => string), shows: string | RegExp][] = [
  [
    'curl over http',
    `curl -s -o /dev/null -w '%{http_code} %{redirect_url}' http://www.python.org/`,
    '301 https://www.python.org/',
  ],
  ['curl over https', `curl -s -o /dev/null -w '%{http_code} %{ssl_verify_result}' https://www.python.org/`, '200 0'],
  [
    'curl over http and IPv6',
    `curl -6 -s -o /dev/null -w '%{http_code} %{remote_ip}' http://ipv6.example.org/index.html`,
    '200 2001:db8:85a3::b81a:63d6:135b',
  ],
  [
    'curl over https and IPv6',
    `curl -6 -s -o /dev/null -w '%{http_code} %{ssl_verify_result}' https://ipv6.example.org/index.html`,
    '200 0',
  ],
  [
    'curl through redirects',
    `curl -sL -o /dev/null -w '%{http_code} %{num_redirects}' http://www.gmail.com/`,
    /^200 [23]/,
  ],
  ['wget over http', `wget -qO- http://www.ietf.org/rfc/rfc2324.txt | wc -c`, '19610'],
  ['wget over https', `wget -qO- https://www.debian.org/ | head -2 | tail -1`, '<html lang="en">'],
  ['dig', `dig +short www.python.org`, '185.31.18.223'],
  ['dig over TCP', `dig +tcp +short www.python.org`, '185.31.18.223'],
  ['dig that asks for DNSSEC', `dig +dnssec www.python.org | grep -E 'status|EDNS'`, /status: NOERROR.*flags: do/s],
  ['dig for mail exchangers', `dig +short MX google.com | sort -n | head -1`, '10 aspmx.l.google.com.'],
  ['dig for a name of an address', `dig +short -x 74.125.71.108`, 'smtp.gmail.com.'],
  ['dig for what is not there', `dig nowhere.example | grep status`, 'status: NXDOMAIN'],
  ['nslookup', `nslookup www.ietf.org`, '104.20.1.85'],
  ['getent hosts', `getent hosts tincan.localdomain.loc`, /^192\.168\.0\.7\s+tincan/],
  ['getent ahosts of the machine itself', `getent ahosts $(hostname)`, '10.0.2.15'],
  ['swaks to port 25', send('--server aspmx.l.google.com'), ''],
  [
    'swaks with STARTTLS to port 587',
    send('--server smtp.gmail.com:587 -tls --tls-verify -a PLAIN -au ada -ap lovelace'),
    '',
  ],
  [
    'swaks over TLS to port 465',
    send('--server smtp.gmail.com:465 -tlsc --tls-verify -a LOGIN -au ada@gmail.com -ap lovelace'),
    '',
  ],
  ['urllib', python(`import urllib.request\nprint(urllib.request.urlopen('https://www.python.org/').status)`), '200'],
  ['requests', python(`import requests\nprint(requests.get('https://github.com/').status_code)`), '200'],
  [
    'fetchmail from pop.googlemail.com into the mailbox of this machine',
    `cd "$(mktemp -d)" && export HOME=$PWD FETCHMAILHOME=$PWD
printf 'poll pop.googlemail.com protocol POP3 user "ada" password "lovelace" is "faruq" here ssl sslcertck fetchall smtphost localhost smtpaddress localhost\n' >rc
chmod 600 rc && fetchmail -f rc --nodetach --nosyslog >log 2>&1 || cat log
curl -sS pop3s://debian6box.localdomain.loc/3 -u faruq:secret | grep -Ec 'Delivery-date|Stra=DFe 9'`,
    '3',
  ],
  [
    'curl over imaps',
    `curl -sS imaps://imap.googlemail.com/INBOX -u ada:lovelace -X 'SEARCH SENTON 7-Oct-2008'`,
    '* SEARCH 3',
  ],
  [
    'imaplib',
    python(`import imaplib
mail = imaplib.IMAP4('imap.googlemail.com')
mail.starttls()
mail.login('ada@gmail.com', 'lovelace')
print(mail.select()[1], mail.fetch('3', '(BODY[1.MIME])')[1][0][1].count(b'ISO-8859-1'), mail.logout()[0])`),
    "[b'3'] 1 BYE",
  ],
  [
    'mbsync from imap.googlemail.com, twice',
    `cd "$(mktemp -d)" && export HOME=$PWD && mkdir -p mail/INBOX/{cur,new,tmp}
cat >rc <<END
IMAPAccount far
Host imap.googlemail.com
User ada
Pass lovelace
SSLType IMAPS

IMAPStore far
Account far

MaildirStore near
Path $PWD/mail/
Inbox $PWD/mail/INBOX

Channel all
Far :far:
Near :near:
Patterns *
Create Both
SyncState *
END
mbsync -c rc all && find mail -type f -newer rc | sort >first && mbsync -c rc all && find mail -type f -newer rc | sort >second
cmp first second && ls mail/INBOX/new | wc -l`,
    '3',
  ],
  [
    'mutt, which flags and deletes on imap.googlemail.com',
    `cd "$(mktemp -d)" && export HOME=$PWD TERM=xterm && cat >rc <<'END'
set folder=$HOME record= postponed= sort=mailbox-order wait_key=no quit=yes delete=yes mark_old=no resolve=no
set imap_pass=lovelace ssl_force_tls=yes ssl_ca_certificates_file=/etc/ssl/certs/ca-certificates.crt
push "<first-entry><flag-message><last-entry><delete-message><sync-mailbox><quit>"
END
timeout 30 script -qec 'mutt -n -F rc -f imaps://ada@imap.googlemail.com/INBOX' /dev/null </dev/null >log || cat log
curl -sS imaps://imap.googlemail.com/INBOX -u ada:lovelace -X 'FETCH 1:* FLAGS'`,
    /^\* 1 FETCH \(FLAGS \(\\Flagged\)\)\s+\* 2 FETCH \(FLAGS \(\)\)\s*$/,
  ],
  [
    'poplib',
    python(`import poplib
mail = poplib.POP3('pop.googlemail.com')
mail.stls()
mail.apop('ada@gmail.com', 'lovelace')
print(mail.stat()[0], mail.quit()[:3])`),
    "3 b'+OK'",
  ],
  [
    'smtplib',
    python(`import smtplib, ssl
mail = smtplib.SMTP('smtp.gmail.com', 587)
mail.starttls(context=ssl.create_default_context())
print(mail.login('ada', 'lovelace'))
print(mail.sendmail('ada@gmail.com', ['ada@gmail.com'], 'Subject: hello\\r\\n\\r\\nhi\\r\\n'))
mail.quit()`),
    /235.*\n\{\}/,
  ],
  [
    'socket',
    python(`import socket
s = socket.create_connection(('www.linux.org', 80))
s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
data = b''
while chunk := s.recv(4096): data += chunk
print(len(data))`),
    '316',
  ],
  [
    'socket over UDP',
    python(`import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.sendto(b'anything', ('tincan.localdomain.loc', 12345))
print(s.recvfrom(100))`),
    `(b'UDP server sending data', ('192.168.0.7', 12345))`,
  ],
  [
    'fetch of Node',
    () =>
      `${node()} -e "fetch('https://www.debian.org/').then(async r => console.log(r.status, (await r.text()).length > 100))"`,
    '200 true',
  ],
  [
    'nodemailer with a hard-coded host',
    () => `cd ${copy.folder} && ${node()} -e "
      require('nodemailer').createTransport({ host: 'smtp.gmail.com', port: 587, auth: { user: 'ada', pass: 'lovelace' } })
        .sendMail({ from: 'ada@gmail.com', to: 'ada@gmail.com', subject: 'hello', text: 'hi' })
        .then(info => console.log(info.response))"`,
    '250 2.0.0 OK',
  ],
  ['ping', `ping -c1 -W2 www.ietf.org | grep received`, '1 received'],
  ['ssh -V', `ssh -V 2>&1`, 'OpenSSH'],
  ['a refused port', `curl -sS http://127.0.0.1:464/ 2>&1; echo $?`, /\n7$/],
  ['a black hole', `curl -sS --connect-timeout 1 http://192.0.2.1/ 2>&1; echo $?`, /\n28$/],
]

describe.each([
  ['the caller’s environment', ''],
  ['no environment', 'env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin'],
])('with %s', (_environment, before) => {
  test.each(programs)('%s', async (name, script, shows) => {
    // Node alone finds its authority only by a variable, which `run` sets; nothing else here may need one.
    const wiped = before !== '' && !/Node|nodemailer/.test(name)
    const source = typeof script === 'function' ? script() : script
    const outcome = await inside(wiped ? `env -i PATH="$PATH" /bin/bash -c ${quote(source)}` : source, { before })
    if (typeof shows === 'string') expect(outcome.stdout, JSON.stringify(outcome)).toContain(shows)
    else expect(outcome.stdout.trim(), JSON.stringify(outcome)).toMatch(shows)
    expect(outcome.status, JSON.stringify(outcome)).toBe(0)
  })
})

test('git clones over https', async () => {
  const outcome = await inside(
    `git ls-remote https://github.com/backlot/hello.git HEAD && t=$(mktemp -d) && git clone -q https://github.com/backlot/hello.git $t/x && cat $t/x/README && rm -rf $t`,
  )
  expect(outcome.stdout, JSON.stringify(outcome)).toMatch(/^[0-9a-f]{40}\s+HEAD\n/)
  expect(outcome.status).toBe(0)
})

test('a program binds the port of a service itself', async () => {
  const outcome = await inside(
    python(`import socket, urllib.request
s = socket.socket()
s.bind(('0.0.0.0', 80))
s.listen()
print(urllib.request.urlopen('http://www.ietf.org/rfc.html').status)`),
  )
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ status: 0, stdout: '200\n' })
})

test.each([
  ['its own', 'exit 37', 37],
  ['that of a signal', 'kill -TERM $$', 143],
])('the exit status is %s', async (_which, script, status) => {
  expect((await inside(script)).status).toBe(status)
})

test('a program reads from a pipe', async () => {
  expect((await inside('tr a-z A-Z', { input: 'hello' })).stdout).toBe('HELLO')
})

test('names that were asked for and are not there are listed with the line that adds them', async () => {
  const outcome = await inside('getent hosts nowhere.example; true')
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).toMatch(/^backlot: .*nowhere\.example/m)
})

test('the certificate of a service that a program is to trust is in the file that a variable names', async () => {
  const outcome = await inside(
    `echo | openssl s_client -connect tincan.localdomain.loc:8000 -CAfile "$BACKLOT_TLS_CERT" -no-CApath -no-CAstore 2>&1`,
  )
  expect(outcome.stdout).toContain('Verify return code: 0 (ok)')
  expect(outcome.stdout).toContain('CN = localhost')
})

test('what --pcap writes is read by tshark: nothing malformed, TLS decrypted, the world’s addresses', async () => {
  const file = `/tmp/backlot-any-program-${process.pid}.pcapng`
  const script = `curl -s https://www.python.org/ -o /dev/null; ${send('--server smtp.gmail.com:587 -tls -a PLAIN -au ada -ap lovelace')}`
  const line = `cd / && exec ${copy.bin} run --pcap ${file} -- /bin/bash -c ${quote(script)}`
  expect((await shell(`su nobody -s /bin/bash -c ${quote(line)}`)).status).toBe(0)
  const tshark = async (options: string) => (await shell(`tshark -r ${file} ${options} 2>/dev/null`)).stdout.trim()
  expect(await tshark(`-Y '_ws.malformed || tcp.analysis.flags'`)).toBe('')
  expect(await tshark(`-Y 'http.request && tls' -T fields -e http.host`)).toBe('www.python.org')
  expect(await tshark(`-Y 'smtp.req.command == "AUTH" && tls' -T fields -e ip.dst`)).toBe('74.125.71.108')
  expect(await tshark(`-Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0' -T fields -e ip.src -e eth.src -e eth.dst`)).toBe(
    Array(2).fill('10.0.2.15\t08:00:27:1d:1e:db\t52:54:00:12:35:02').join('\n'),
  )
  await shell(`rm -f ${file}`)
})
