// Known protocols: bind, Postfix and nginx recorded with clients that we did not write, and replayed to them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, describe as group, type TestContext, test } from 'vitest'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { startNamed } from '../scenarios/real/named.ts'
import { startNginx } from '../scenarios/real/nginx.ts'
import { startPostfix } from '../scenarios/real/postfix.ts'
import { program } from '../scenarios/real/program.ts'
import { python, recordAndReplay, Studio, withEnd } from './studio-in-tests.ts'

let studio: Studio
const authority = new Authority(label => new Random(label))
beforeAll(() => {
  studio = new Studio()
  studio.write('authority.pem', authority.pem)
})
afterAll(() => studio?.[Symbol.dispose]())

group('bind', () => {
  const zone = `$TTL 3600
@ IN SOA ns1 hostmaster ( 2015031500 2h 15m 2w 5m )
@ NS ns1
@ MX 10 mail
@ TXT "v=spf1 -all" "\\195\\188 \\"quoted\\""
ns1 A 192.0.2.1
mail A 192.0.2.25
mail AAAA 2001:db8::25
www CNAME mail
_sip._tcp SRV 10 5 5060 mail
${Array.from({ length: 60 }, (_, i) => `big A 198.51.100.${i + 1}`).join('\n')}
`
  const reverse =
    '$TTL 3600\n@ IN SOA ns1.example.net. hostmaster.example.net. 1 2h 15m 2w 5m\n@ NS ns1.example.net.\n25 PTR mail.example.net.\n'

  const sessions = [
    [
      'dig',
      'bind9-dnsutils',
      [
        'example.net ANY',
        'MX example.net',
        '+short www.example.net',
        '+tcp TXT example.net',
        '+dnssec AAAA mail.example.net',
      ]
        .concat([
          '+norecurse SRV _sip._tcp.example.net',
          '-x 192.0.2.25',
          'nowhere.example.net',
          'example.org',
          'big.example.net',
        ])
        .concat([
          '+noedns +ignore big.example.net',
          '+tcp +keepopen example.net www.example.net',
          'CH TXT version.bind',
        ])
        .map(each => `dig @ns1.example.net ${each}`)
        .join('\n'),
      /10 mail\.example\.net\..*status: NXDOMAIN.*status: REFUSED/s,
    ],
    [
      'host and nslookup',
      'bind9-host',
      'host www.example.net ns1.example.net; host -t MX example.net ns1.example.net; host nowhere.example.net ns1.example.net; nslookup mail.example.net ns1.example.net; nslookup -type=SRV _sip._tcp.example.net ns1.example.net',
      /www\.example\.net is an alias for mail.*NXDOMAIN/s,
    ],
    [
      'dnspython',
      'python3-dnspython',
      python(`import dns.message, dns.query, socket
server = socket.gethostbyname('ns1.example.net')
for ask in (dns.query.udp, dns.query.tcp):
    for name, kind in (('example.net', 'MX'), ('www.example.net', 'A'), ('nowhere.example.net', 'A')):
        answer = ask(dns.message.make_query(name, kind, use_edns=True), server, timeout=5)
        print(answer.rcode(), *sorted(map(str, answer.answer)))
query = dns.message.make_query('mail.example.net', 'AAAA').to_wire()
s = socket.create_connection((server, 53))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for octet in len(query).to_bytes(2, 'big') + query: s.send(bytes([octet]))
size = int.from_bytes(s.recv(2, socket.MSG_WAITALL), 'big')
print(*dns.message.from_wire(s.recv(size, socket.MSG_WAITALL)).answer)`),
      /^0 example\.net\. 3600 IN MX 10 mail\.example\.net\.\n/,
    ],
  ] as const

  test.for(sessions)('%s', async ([name, debianPackage, script, shows], context) => {
    await program(context, name.split(' ')[0]!.replace('dnspython', 'python3'), debianPackage)
    const named = await startNamed(await program(context, 'named', 'bind9'), {
      zones: { 'example.net': zone, '2.0.192.in-addr.arpa': reverse },
    })
    const { real, stop } = withEnd(named)
    const { stdout, status } = await recordAndReplay(studio, {
      name: 'dns',
      options: `--real ns1.example.net:53=${real}`,
      script,
      stop,
      mask: text =>
        text
          .replace(/^;; (Query time|WHEN): .*$/gm, '')
          .replace(/, id: \d+$/gm, '')
          .replace(/^; COOKIE: [0-9a-f]+/gm, ''),
    })
    expect(stdout).toMatch(shows)
    expect(status).toBe(0)
  })
})

group('Postfix', () => {
  const postfix = async (context: TestContext) => {
    if (userInfo().uid !== 0) context.skip('needs root: Postfix is started by root alone')
    await program(context, 'saslpasswd2', 'sasl2-bin')
    return await startPostfix(await program(context, 'postfix', 'postfix'), {
      name: 'mx.example.net',
      domain: 'example.net',
      mailboxes: ['ada@example.net'],
      certificate: authority.issue({ names: ['mx.example.net'] }),
      maxBytes: 100_000,
      users: { ann: 'pa55-word of ann' },
    })
  }
  /** What clients make up by themselves, whoever answers. */
  const mask = (text: string) => text.replace(/^( ~> )?(Date|Message-Id): .*$/gim, '').replace(/\d+\.\d+ seconds/g, '')

  test('swaks with STARTTLS and AUTH PLAIN, LOGIN and CRAM-MD5', async context => {
    await program(context, 'swaks', 'swaks')
    const { real, stop } = withEnd(await postfix(context))
    const { stdout, status, tape } = await recordAndReplay(studio, {
      name: 'swaks',
      options: `--real mx.example.net:587=${real} --real-ca authority.pem`,
      script: `for mechanism in PLAIN LOGIN CRAM-MD5; do
swaks --server mx.example.net:587 --tls --tls-verify -a $mechanism -au ann@mx.example.net -ap "$PASSWORD" \
--helo box.example.org --from ann@example.org --to bob@example.com --header 'Subject: hello' --body 'Good day,\n.\nann' || exit
done`,
      env: { PASSWORD: 'pa55-word of ann' },
      stop,
      mask,
    })
    expect(stdout.match(/235 2\.7\.0|250 2\.0\.0 Ok: queued as/g)).toHaveLength(6)
    expect(status).toBe(0)
    expect(tape).toMatch(/ {2}- client: AUTH PLAIN .* AUTH LOGIN\n.* AUTH CRAM-MD5\n/s)
    expect(tape).toContain('      data: |+\n')
  })

  test('smtplib, with what is refused and what goes on after it', async context => {
    const { real, stop } = withEnd(await postfix(context))
    const { stdout } = await recordAndReplay(studio, {
      name: 'smtplib',
      options: `--real mx.example.net:25=${real} --real-ca authority.pem`,
      script: python(`import smtplib, ssl
from email.message import EmailMessage
for user, password in (('ann@mx.example.net', 'wrong'), ('ann@mx.example.net', 'pa55-word of ann')):
    mail = smtplib.SMTP('mx.example.net', 25, local_hostname='box.example.org')
    print(mail.ehlo_or_helo_if_needed(), mail.has_extn('STARTTLS'))
    print(mail.starttls(context=ssl.create_default_context()), mail.sock.version())
    try:
        print(mail.login(user, password, initial_response_ok=False))
        message = EmailMessage()
        message['Subject'] = 'h\\u00e9llo'
        message['To'] = 'ada@example.net'
        message['From'] = 'ann@example.org'
        message.set_content('.\\n..\\nGood day\\n')
        message.add_attachment(bytes(range(256)) * 40, maintype='image', subtype='png', filename='a.png')
        print(mail.send_message(message))
        print(mail.sendmail('ann@example.org', ['ada@example.net', 'nobody@example.net'], 'Subject: x\\n\\nx\\n'))
    except smtplib.SMTPException as error:
        print(error)
    print(mail.rset(), mail.verify('ada@example.net'), mail.docmd('NONSENSE', 'x' * 100))
    print(mail.quit()[0])`),
      stop,
      mask,
    })
    expect(stdout).toMatch(/535.*235.*\{\}\n\{'nobody@example.net': \(550/s)
  })

  test('two clients at once, one that writes octet by octet, and one that says all at once', async context => {
    const { real, stop } = withEnd(await postfix(context))
    const session = (name: string) =>
      `EHLO box\\r\\nMAIL FROM:<${name}@example.org>\\r\\nRCPT TO:<ada@example.net>\\r\\nDATA\\r\\n`
    const script = `talk() { /usr/bin/python3 -c '
import socket, sys
name, size = sys.argv[1], int(sys.argv[2])
s = socket.create_connection(("mx.example.net", 25))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
f = s.makefile("rb")
def answer():
    while True:
        line = f.readline().decode()
        print(line.rstrip().split(" queued")[0])
        if line[3:4] != "-": return
def say(text):
    text = text.encode()
    for at in range(0, len(text), size): s.send(text[at:at + size])
answer()
for line in "EHLO box", "MAIL FROM:<%s@example.org>" % name, "RCPT TO:<ada@example.net>", "DATA", "Subject: %s\\r\\n\\r\\nhello\\r\\n." % name, "QUIT":
    say(line + "\\r\\n")
    answer()
' $1 $2 >$1.txt; }
talk ann 1 & talk bob 1 & talk eve 100 & wait; cat ann.txt bob.txt eve.txt
printf '${session('zoe')}' >zoe.txt; printf 'Subject: all\\r\\n\\r\\nat once\\r\\n.\\r\\nQUIT\\r\\n' >>zoe.txt; sleep 0; nc -N mx.example.net 25 <zoe.txt`
    const { stdout } = await recordAndReplay(studio, {
      name: 'smtp-at-once',
      options: `--real mx.example.net:25=${real}`,
      script,
      stop,
    })
    expect(stdout.match(/^250 2\.0\.0 Ok/gm)).toHaveLength(4)
  })
})

group('nginx', () => {
  const site = () => {
    mkdirSync(studio.path('site'), { recursive: true })
    const files: Record<string, string | Buffer> = {
      'index.html': `<!doctype html>\n<title>Home</title>\n<p>Good day, wörld\n${'<p>again\n'.repeat(100)}`,
      'data.json': '{"fruit": ["pear", "plum"]}\n',
      'picture.png': Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * at) >> 3)),
      empty: '',
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(studio.path('site'), name), content)
    return studio.path('site')
  }
  const nginx = async (context: TestContext) => {
    const certificate = authority.issue({ names: ['www.example.net'] })
    const server = await startNginx(await program(context, 'nginx', 'nginx-light'), { folder: site(), certificate })
    const { stop } = withEnd({ ...server.endpoint, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() })
    const at = ({ port }: { port: number }) => `127.0.0.1:${port}`
    const options = `--real www.example.net:80=${at(server.endpoint)} --real www.example.net:443=${at(server.secure)}`
    return { options: `${options} --real-ca authority.pem`, stop }
  }
  const both = (command: (url: string) => string) =>
    ['http', 'https'].map(scheme => command(`${scheme}://www.example.net`)).join('\n')

  const clients = [
    [
      'curl',
      'curl',
      both(
        url => `curl -sS ${url}/ ${url}/data.json ${url}/empty
curl -sS -i --compressed ${url}/ | md5sum
curl -sS -I ${url}/picture.png | grep -v '^Date'; curl -sS ${url}/picture.png | md5sum
curl -sS -r 10-19 ${url}/picture.png | od -c
curl -sS -w '%{http_code} %{num_connects}\\n' ${url}/nowhere -o /dev/null ${url}/data.json -d a=b
curl -sS -f -X DELETE ${url}/; echo status $?
curl -sS --http1.0 ${url}/data.json
curl -sS -T /etc/hostname ${url}/new -o /dev/null -w '%{http_code}\\n'
head -c 700 /dev/zero | curl -sS -F 'file=@-' ${url}/ -o /dev/null -w '%{http_code}\\n'`,
      ),
    ],
    [
      'wget',
      'wget',
      both(
        url => `wget -qO- ${url}/; wget -qO- ${url}/picture.png | md5sum; wget -qO- ${url}/nowhere; echo status $?
wget -q --spider -S ${url}/data.json 2>&1 | grep -v Date`,
      ),
    ],
    [
      'urllib',
      'python3',
      python(`import urllib.request, urllib.error
for scheme in 'http', 'https':
    for path in '/', '/picture.png', '/nowhere', '/empty':
        try:
            with urllib.request.urlopen(scheme + '://www.example.net' + path) as answer:
                print(answer.status, answer.headers['Content-Type'], sum(answer.read()))
        except urllib.error.HTTPError as error:
            print(error, error.read())`),
    ],
    [
      'requests',
      'python3',
      python(`import requests
for scheme in 'http', 'https':
    with requests.Session() as session:
        for path in '/', '/data.json', '/picture.png', '/nowhere':
            answer = session.get(scheme + '://www.example.net' + path)
            print(answer.status_code, answer.headers.get('Content-Encoding'), sum(answer.content))
        print(session.post(scheme + '://www.example.net/', json={'a': [1, 2]}).status_code)
        print(session.get(scheme + '://www.example.net/data.json', headers={'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT'}).status_code)`),
    ],
    [
      'a socket, octet by octet',
      'python3',
      python(`import socket, time
for path in '/', '/data.json', '/nowhere', '/picture.png':
    s = socket.create_connection(('www.example.net', 80))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in ('GET %s HTTP/1.1\\r\\nHost: www.example.net\\r\\nConnection: close\\r\\n\\r\\n' % path).encode():
        s.send(bytes([octet]))
        time.sleep(0)
    data = b''
    while chunk := s.recv(65536): data += chunk
    head, body = data.split(b'\\r\\n\\r\\n', 1)
    print(head.split(b'\\r\\n')[0], len(body), sum(body))`),
    ],
  ] as const

  test.for(clients)('%s', async ([name, debianPackage, script], context) => {
    await program(context, debianPackage === 'python3' ? 'python3' : name, debianPackage)
    const { options, stop } = await nginx(context)
    const { status, tape } = await recordAndReplay(studio, { name: 'web', options, script, stop })
    expect(status).toBe(0)
    expect(tape).toContain(`service: http www.example.net:${name.startsWith('a socket') ? 80 : 443}`)
  })

  test('uploads that the server refuses before they are through', async context => {
    await program(context, 'curl', 'curl')
    const { options, stop } = await nginx(context)
    const curl = 'curl -sS -o /dev/null -w "%{http_code}\\n"'
    const { stdout } = await recordAndReplay(studio, {
      name: 'refused',
      options,
      script: `cd /tmp; file=$(mktemp); head -c 3000000 /dev/zero >$file
${curl} -T $file https://www.example.net/x
${curl} -F file=@$file http://www.example.net/form
${curl} -T - http://www.example.net/chunks <$file
${curl} -H Expect: -T $file http://www.example.net/all; rm $file`,
      stop,
      // How much of an upload has crossed when it is refused is a matter of luck.
      isNewEachTime: true,
    })
    expect(stdout).toBe('413\n413\n405\n413\n')
  })
})
