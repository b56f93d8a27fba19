// Sockets that are opened while the program runs: for hosts that come when they are asked for.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NetworkError } from '../net/errors.ts'
import { NamespacePlacement } from '../net/namespace/placement.ts'
import { Network } from '../net/network.ts'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

let copy: OrdinaryCopy
beforeAll(() => {
  copy = ordinaryCopy()
})
afterAll(() => copy?.remove())

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

const library = `
import socket, threading
def addresses(name):
    return sorted({found[4][0] for found in socket.getaddrinfo(name, 7)})
def connect(kind, address):
    s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, kind)
    s.settimeout(10)
    s.connect((address, 7))
    return s
def say(s, text):
    s.send(text.encode())
    return s.recv(100).decode()
def ask(kind, address, text):
    with connect(kind, address) as s:
        return say(s, text)
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
`

/** What a program of Python says in a world whose hosts come late. */
async function python(user: string, script: string) {
  const world = join(copy.folder, 'cli/late-hosts.ts')
  const line = `cd / && ${copy.bin} run --world ${world} -- /usr/bin/python3 -c ${quote(library + script)}`
  const child = user === 'root' ? spawn('/bin/bash', ['-c', line]) : spawn('su', [user, '-s', '/bin/bash', '-c', line])
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

const users = userInfo().uid === 0 ? ['root', 'nobody'] : [userInfo().username]

describe.each(users)('run by %s', user => {
  test.each([
    ['on addresses of the world', 'world-1', ['2001:db8::1', '203.0.113.1']],
    ['inside a black hole', 'hole-1', ['192.0.2.1']],
    ['on the machine’s loopback', 'loopback-1', ['127.0.1.1']],
    ['on the machine’s own addresses', 'client-1', ['10.0.2.15', 'fd00:2::15']],
  ])('a host %s answers from when its name does', async (_where, host, addresses) => {
    const outcome = await python(
      user,
      `
for address in addresses('${host}.example'):
    for kind in (TCP, UDP):
        print(address, ask(kind, address, 'x'))
`,
    )
    const lines = addresses.flatMap(address => [1, 2].map(() => `${address} ${host}.example heard x\n`))
    expect(outcome).toEqual({ status: 0, stdout: lines.join(''), stderr: '' })
  })

  test('of four hundred sockets each hears the first that is said to it', async () => {
    const outcome = await python(
      user,
      `
names = ['%s-%d.example' % (kind, n) for n in range(1, 101) for kind in ('world', 'loopback')]
def first(name):
    address = addresses(name)[0]
    for kind in (UDP, TCP):
        said = ask(kind, address, 'x')
        if said != name + ' heard x': print(name, said)
def some(names):
    for name in names: first(name)
threads = [threading.Thread(target=some, args=(names[n::8],)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print('done')
`,
    )
    expect(outcome).toEqual({ status: 0, stdout: 'done\n', stderr: '' })
  })

  test('whoever connects in the moment of opening is answered too, and nothing said is lost', async () => {
    const outcome = await python(
      user,
      `
wanted = ['%s.%d' % (net, n) for n in range(1, 11) for net in ('203.0.113', '127.0.1')]
refused = set()
ready = threading.Barrier(len(wanted) + 1)
def hammer(address):
    answered = 0
    while answered < 5:
        try: s = connect(TCP, address)
        except ConnectionRefusedError:
            if address not in refused:
                refused.add(address)
                ready.wait()
            continue
        with s:
            said = say(s, 'x%d' % answered)
            if not said.endswith('heard x%d' % answered): print(address, said)
        answered += 1
threads = [threading.Thread(target=hammer, args=(address,)) for address in wanted]
for t in threads: t.start()
ready.wait()
for n in range(1, 11):
    addresses('world-%d.example' % n)
    addresses('loopback-%d.example' % n)
for t in threads: t.join()
print(len(refused), 'were refused before')
`,
    )
    expect(outcome).toEqual({ status: 0, stdout: '20 were refused before\n', stderr: '' })
  })

  test('a port that the program itself has taken is refused to the host alone', async () => {
    const { status, stdout, stderr } = await python(
      user,
      `
taken = socket.create_server(('127.0.1.9', 7))
try: addresses('loopback-9.example')
except socket.gaierror as e: print('no address')
print(ask(TCP, addresses('loopback-8.example')[0], 'x'))
taken.close()
`,
    )
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'no address\nloopback-8.example heard x\n' })
    expect(stderr).toContain(
      'UsageError: expected an address and port that can be served, got 127.0.1.9:7 over tcp: EADDRINUSE',
    )
  })
})

test('a socket that is still on its way when all ends is settled, and one that is asked for after it refused', async () => {
  const placement = new NamespacePlacement()
  const network = new Network({}, placement)
  expect(await placement.run('true', [], process.env)).toEqual({ code: 0, signal: null, refused: 0 })
  const ready = await placement.tcp({ address: '203.0.113.1', port: 7 })
  expect(ready.listening).toBe(true)
  const pending = placement.tcp({ address: '203.0.113.2', port: 7 }).then(
    server => server.close(),
    error => expect(error).toBeInstanceOf(NetworkError),
  )
  await network.close()
  await pending
  await expect(placement.udp({ address: '203.0.113.3', port: 7 })).rejects.toBeInstanceOf(NetworkError)
  ready.close()
})
