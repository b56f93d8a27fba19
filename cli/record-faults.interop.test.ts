// Servers that vanish, stay silent or talk nonsense, and clients that end their side, say all at once or hurry: recorded
// as what it was, and replayed so that the program sees it again.

import dgram from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, describe as group, onTestFinished, test } from 'vitest'
import { Authority } from '../net/authority.ts'
import { Random } from '../net/random.ts'
import { program } from '../scenarios/real/program.ts'
import { freePort } from '../scenarios/real/server.ts'
import { python, recordAndReplay, Studio } from './studio-in-tests.ts'

let studio: Studio
beforeAll(() => {
  studio = new Studio()
})
afterAll(() => studio?.[Symbol.dispose]())

/** A server on a free port of this machine, until the test ends or it is stopped. */
async function serve(accept: (socket: Socket) => void): Promise<{ real: string; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    accept(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  onTestFinished(stop)
  return { real: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

async function serveDatagrams(answer: (message: Buffer, send: (octets: Buffer) => void) => void) {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, from) => answer(message, octets => socket.send(octets, from.port, from.address)))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  let stopped: Promise<unknown> | undefined
  const stop = async () => void (await (stopped ??= new Promise<void>(resolve => socket.close(resolve))))
  onTestFinished(stop)
  return { real: `127.0.0.1:${port}`, stop }
}

const cutReply = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nonly half of'
const curl = 'curl -sS -m 5 http://web.test/; echo status $?'
const swaks =
  'swaks --server mail.test --to ann@example.net --from bob@example.org --helo box --quit-after RCPT -n; echo status $?'

/** What the server does, what the program is, its real option, and what it says or what is on the tape. */
const tcpFaults: [
  name: string,
  at: string,
  accept: (socket: Socket) => void,
  script: string,
  says: RegExp,
  tape: RegExp,
][] = [
  [
    'ends inside an HTTP reply',
    'web.test:80',
    socket => socket.once('data', () => socket.end(cutReply)),
    curl,
    /^only half ofstatus 18$/m,
    /cut: true/,
  ],
  [
    'resets inside an HTTP reply',
    'web.test:80',
    socket => socket.once('data', () => socket.write(cutReply, () => setTimeout(() => socket.resetAndDestroy(), 50))),
    curl,
    /^only half ofstatus 56$/m,
    /cut: true\n {2}- reset: server/,
  ],
  [
    'resets before it has said anything',
    'web.test:80',
    socket => socket.once('data', () => socket.resetAndDestroy()),
    curl,
    /^status (52|56)$/m,
    /- reset: server/,
  ],
  [
    'ends without a word',
    'web.test:80',
    socket => socket.once('data', () => socket.end()),
    curl,
    /^status 52$/m,
    /- end: server/,
  ],
  [
    'talks nonsense instead of HTTP',
    'web.test:80',
    socket => socket.once('data', () => socket.end('what?\nno, \x00 thanks\n')),
    curl,
    /^status (1|8)$/m,
    /octets:/,
  ],
  [
    'takes a connection to HTTP and says nothing',
    'web.test:80',
    () => {},
    'curl -s -m 1 http://web.test/; echo status $?',
    /^status 28$/m,
    /GET/,
  ],
  [
    'resets in the middle of SMTP',
    'mail.test:25',
    socket => {
      socket.write('220 mail.test ESMTP\r\n')
      socket.once('data', () => socket.write('250-mail.te', () => setTimeout(() => socket.resetAndDestroy(), 50)))
    },
    swaks,
    /status [1-9]/,
    /reset: server/,
  ],
  [
    'ends in the middle of SMTP',
    'mail.test:25',
    socket => {
      socket.write('220 mail.test ESMTP\r\n')
      socket.once('data', () => socket.end('421 4.3.2 going down\r\n'))
    },
    swaks,
    /421 4\.3\.2/,
    /- server: 421 4\.3\.2 going down/,
  ],
  [
    'talks nonsense instead of SMTP',
    'mail.test:25',
    socket => socket.end('good day, how do you do?\r\n\x01\x02\xff\r\n'),
    swaks,
    /status [1-9]/,
    /octets:/,
  ],
  [
    'takes a connection to SMTP and says nothing',
    'mail.test:25',
    () => {},
    python("import smtplib\ntry: smtplib.SMTP('mail.test', 25, timeout=1)\nexcept OSError as error: print(error)"),
    /timed out$/m,
    /turns: \[\]\n\.\.\./,
  ],
  [
    'ends in the middle of a message of an unknown protocol',
    'box.test:4000',
    socket => {
      socket.write('who? ')
      socket.once('data', () => socket.write('good d', () => socket.end()))
    },
    `exec 3<>/dev/tcp/box.test/4000; read -r -d ' ' ask <&3; echo $ask; echo ann >&3; cat <&3; echo status $?`,
    /^who\?\ngood dstatus 0$/m,
    /server: good d/,
  ],
  [
    'ends while the client waits, who goes on',
    'box.test:4000',
    socket => socket.once('data', () => socket.end()),
    'exec 3<>/dev/tcp/box.test/4000; echo ann >&3; read answer <&3 || echo gone; echo ben >&3; cat <&3; echo status $?',
    /^gone\nstatus 0$/m,
    /- client: \|\n {6}ann\n {2}- end: server\n {2}- client: \|\n {6}ben\n/,
  ],
  [
    'takes its time',
    'box.test:4000',
    socket => socket.once('data', () => setTimeout(() => socket.end('at last\n'), 1100)),
    'exec 3<>/dev/tcp/box.test/4000; echo ann >&3; cat <&3',
    /^at last$/m,
    /- pause: \d\.\d s\n {2}- server: /,
  ],
  [
    'resets an unknown protocol',
    'box.test:4000',
    socket => socket.once('data', () => socket.write('go', () => setTimeout(() => socket.resetAndDestroy(), 50))),
    'exec 3<>/dev/tcp/box.test/4000; echo ann >&3; cat <&3; echo status $?',
    /^gostatus 1$/m,
    /reset: server/,
  ],
  [
    'answers DNS over TCP with a cut message',
    'ns.test:53',
    socket => socket.once('data', () => socket.end(Buffer.from([0, 40, 1, 2, 3]))),
    'dig +tries=1 +time=1 +tcp @ns.test example.net | sed "/^;; \\(WHEN\\|Query\\)/d"; echo status $?',
    /end of file/,
    /cut:/,
  ],
]

group('a server that', () => {
  test.for(tcpFaults)('%s', async ([, at, accept, script, says, turns], context) => {
    await program(context, 'curl', 'curl')
    await program(context, 'swaks', 'swaks')
    const { real, stop } = await serve(accept)
    const { stdout, stderr, tape } = await recordAndReplay(studio, {
      name: 'fault',
      options: `--real ${at}=${real}`,
      script,
      stop,
      // The port and time that bash, curl and dig tell.
      mask: text => text.replace(/after \d+ m(illi)?s(econds)?/g, ''),
      mayBeStrange: true,
    })
    expect(stdout, stderr).toMatch(says)
    expect(tape).toMatch(turns)
  })

  test('is not there is one that resets, to the program and on the tape', async context => {
    await program(context, 'curl', 'curl')
    const port = await freePort()
    const { stdout, stderr, tape } = await recordAndReplay(studio, {
      name: 'refused',
      options: `--real web.test:80=127.0.0.1:${port}`,
      script: curl,
      stop: async () => {},
    })
    expect(stdout).toMatch(/^status (35|52|56|7)$/m)
    expect(stderr).toContain(`backlot: http web.test:80 at 127.0.0.1:${port}: connect ECONNREFUSED`)
    expect(tape).toContain('reset: server')
  })
})

group('a server under TLS', () => {
  const { cert, key } = new Authority(label => new Random(label)).issue({ names: ['web.test'], issuer: 'self' })
  const serveTls = async () => {
    const server = tls.createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, socket =>
      socket.on('error', () => {}),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    return `--real web.test:443=127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('that nobody knows is not believed, and what to do about it is told', async context => {
    await program(context, 'curl', 'curl')
    studio.write('known.tape.yaml', 'the tape of yesterday')
    const { status, stderr } = await studio.record(
      'known.tape.yaml',
      await serveTls(),
      'curl -s https://web.test/ || true',
    )
    expect(status).toBe(1)
    expect(stderr).toContain('backlot: nothing was said on the network, and known.tape.yaml is kept as it was\n')
    expect(studio.read('known.tape.yaml')).toBe('the tape of yesterday')
    expect(stderr).toMatch(
      /^backlot: http web\.test:443 at 127\.0\.0\.1:\d+: TLS failed: self-signed certificate; name its authority by --real-ca FILE, or believe everybody by --real-insecure$/m,
    )
  })

  test('is not spoken to by a client of HTTP/2 alone, which could not be recorded', async context => {
    await program(context, 'openssl', 'openssl')
    const script = 'echo | openssl s_client -alpn h2 -connect web.test:443 2>&1 | grep -c "BEGIN CERT"; true'
    const { status, stdout, stderr } = await studio.record(
      'tls.tape.yaml',
      `${await serveTls()} --real-insecure`,
      script,
    )
    expect({ status, stdout }).toEqual({ status: 1, stdout: '0\n' })
    expect(stderr).toMatch(/: expected a client that speaks http\/1\.1 or http\/1\.0, got h2 alone$/m)
  })
})

const dig = `dig +tries=1 +time=1 @ns.test example.net | sed -E '/WHEN|Query time|^([0-9a-f]{2} )+/d; s/(id:|ID) [0-9]+//'`
const asks = python(`import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(('box.test', 4000))
for message in b'one', b'two', b'two', b'three':
    s.send(message)
    try:
        while True:
            print(message, s.recv(100))
            if message != b'three': break
    except OSError as error:
        print(message, type(error).__name__)`)

group('datagrams', () => {
  test.for([
    [
      'that nobody answers',
      'ns.test:53',
      () => {},
      dig,
      'no servers could be reached',
      /- client:\n {6}question: example\.net\. A/,
    ],
    [
      'that are answered with nonsense',
      'ns.test:53',
      (message, send) =>
        send(Buffer.concat([message.subarray(0, 2), Buffer.from('\x81\x80\0\x01\0\x09\0\0\0\0nonsense')])),
      dig,
      'bad packet',
      /octets:/,
    ],
    [
      'that are answered with another id',
      'ns.test:53',
      (_, send) => send(Buffer.alloc(30, 1)),
      dig,
      'ID mismatch',
      /- server:/,
    ],
    [
      'of which some are answered, and one more than once',
      'box.test:4000/udp',
      (message, send) => {
        if (`${message}` === 'one') return
        send(Buffer.from(`got ${message}`))
        if (`${message}` === 'three') setTimeout(() => send(Buffer.from('\0\xff')), 20)
      },
      asks,
      `b'one' TimeoutError\nb'two' b'got two'\nb'two' b'got two'\nb'three' b'got three'\nb'three' b'\\x00\\xc3\\xbf'\nb'three' TimeoutError`,
      /- client: one\n {2}- client: two\n {2}- server: got two/,
    ],
  ] as [string, string, (message: Buffer, send: (octets: Buffer) => void) => void, string, string, RegExp][])(
    '%s',
    async ([, at, answer, script, says, turns], context) => {
      await program(context, 'dig', 'bind9-dnsutils')
      const { real, stop } = await serveDatagrams(answer)
      const { stdout, tape } = await recordAndReplay(studio, {
        name: 'datagrams',
        options: `--real ${at}=${real}`,
        script,
        stop,
        mayBeStrange: true,
      })
      expect(stdout).toContain(says)
      expect(tape).toMatch(turns)
    },
  )

  test('to a port where nobody listens are not answered', async context => {
    await program(context, 'dig', 'bind9-dnsutils')
    const { stdout } = await recordAndReplay(studio, {
      name: 'datagrams',
      options: `--real ns.test:53=127.0.0.1:${await freePort()}`,
      script: dig,
      stop: async () => {},
      mayBeStrange: true,
    })
    expect(stdout).toContain('no servers could be reached')
  })
})

group('clients', () => {
  test('that end their side are answered then, whatever the server waited for', async context => {
    await program(context, 'nc', 'netcat-openbsd')
    const { real, stop } = await serve(socket => {
      let size = 0
      socket.on('data', chunk => (size += chunk.length)).on('end', () => socket.end(`${size}\n`))
    })
    const { stdout, tape } = await recordAndReplay(studio, {
      name: 'counted',
      options: `--real box.test:4000=${real}`,
      script:
        'printf "good day" | nc -N box.test 4000; seq 20000 | nc -N box.test 4000; nc -N box.test 4000 </dev/null',
      stop,
    })
    expect(stdout).toBe('8\n108894\n0\n')
    expect(tape).toContain('  - client: good day\n  - end: client\n  - server: |\n      8\n')
  })

  test('at once and one after the other are each answered at its own place', async () => {
    let count = 0
    const { real, stop } = await serve(socket => {
      const number = ++count
      socket.write('who? ')
      createInterface(socket).on('line', name => socket.write(`${number} ${name}\n`))
      socket.on('end', () => socket.end())
    })
    const { stdout } = await recordAndReplay(studio, {
      name: 'at-once',
      options: `--real box.test:4000=${real}`,
      script: python(`import socket, threading
links = [socket.create_connection(('box.test', 4000)) for _ in range(8)]
def talk(link, name, size):
    said = link.recv(100)
    for text in (name, 'more of ' + name):
        for at in range(0, len(text) + 1, size): link.send((text + '\\n')[at:at + size].encode())
        said += link.recv(100)
        while not said.endswith(b'\\n'): said += link.recv(100)
    results[name] = said.decode()
    link.close()
results = {}
threads = [threading.Thread(target=talk, args=(link, 'client %d' % at, 1 + 99 * (at % 2))) for at, link in enumerate(links)]
for each in threads: each.start()
for each in threads: each.join()
for at in range(3): talk(socket.create_connection(('box.test', 4000)), 'later %d' % at, 3)
for name, said in sorted(results.items()): print(name, said.split())`),
      stop,
      // Which connection has which number is a matter of luck.
      isNewEachTime: true,
    })
    expect(stdout.split('\n')).toHaveLength(12)
  })
})
