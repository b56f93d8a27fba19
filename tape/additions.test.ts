import dgram from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { dirname, join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { query } from '../clients/dns.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { dns, http, smtp, tcp, udp } from '../index.ts'
import { UsageError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import type { Placed, Services } from '../net/service.ts'
import { blobFolder } from './blobs.ts'
import { loadForms } from './forms.ts'
import { RealHandOver } from './hand-over.ts'
import { handedOver, recorded, replayed, talk, tapeOf, temporaryFolder } from './in-tests.ts'
import { describeMiss } from './miss.ts'
import { Outside } from './outside.ts'
import type { Real } from './reals.ts'
import { Trust } from './relay.ts'
import { Replay } from './replay.ts'
import { ReplayNames } from './replay-names.ts'
import { TapeFile } from './tape-file.ts'

/** Real servers at ports of this machine, each under its name and port in `a.example`. */
async function reals(services: Services): Promise<{ reals: Real[]; trust: Trust }> {
  const network = new Network()
  onTestFinished(() => network.close())
  const handles: Record<string, Placed> = await network.host('a.example', services)
  const all = Object.values(handles).flatMap(({ endpoints }) => endpoints)
  const found = all.map(({ port, real, transport }): Real => {
    const protocol = services.raw === undefined ? undefined : transport
    return { name: 'a.example', port, protocol, to: real }
  })
  return { reals: found, trust: new Trust([network.authority.pem]) }
}

const echo = (port = 7) =>
  tcp({ greeting: 'who?\n', delimiter: '\n', answer: name => `hello ${String(name).trim()}\n` }, { port })

const says =
  (...said: string[]) =>
  (heard: string) => {
    const answers = heard.split('\n').length - 1
    return answers === 0 ? undefined : (said[answers - 1] ?? 'end')
  }

const handWritten = `# a tape of somebody's own
tape: 1
epoch:   2020-02-02T02:02:02.000Z
hosts: {a.example: [198.18.0.1]}   # the only one
---
# the first
conversation: 7
service: tcp a.example:7
turns:
  - server: |
      who?
  - client: "ada\\n"
  - server: |
      hallo ada
...
`

function tapeWith(text: string): string {
  const file = join(temporaryFolder(), 'test.tape.yaml')
  writeFileSync(file, text)
  return file
}

const added = (name: string, number: number) => `---
conversation: ${number}
service: tcp a.example:7
turns:
  - server: |
      who?
  - client: |
      ${name}
  - server: |
      hello ${name}
`

test('a conversation is added as the real server has it, and all before stays as it was', async () => {
  const tape = tapeWith(handWritten)
  const { finish, misses } = await handedOver('record', tape, await reals({ raw: echo() }))
  expect((await talk(7, says('ben\n'))).heard).toBe('who?\nhello ben\n')
  expect(readFileSync(tape, 'utf8')).toBe(handWritten)
  expect(await finish()).toEqual([`3 turns in 1 conversation with real servers added to ${tape}: tcp a.example:7`])
  expect(readFileSync(tape, 'utf8')).toBe(`${handWritten.replace(/\.\.\.\n$/, '')}${added('ben', 8)}...\n`)
  expect(readdirSync(dirname(tape))).toEqual(['test.tape.yaml'])
  expect(misses.count).toBe(0)
})

test('what was added is replayed without the servers', async () => {
  const tape = tapeWith(handWritten)
  const { finish } = await handedOver('record', tape, await reals({ raw: echo() }))
  await Promise.all(['ben', 'cy', 'dora'].map(name => talk(7, says(`${name}\n`, 'ada\n'))))
  await finish()
  const { misses } = await replayed(tape)
  for (const name of ['cy', 'dora', 'ben']) {
    expect((await talk(7, says(`${name}\n`, 'ada\n'))).heard).toBe(`who?\nhello ${name}\nhello ada\n`)
  }
  expect((await talk(7, says('ada\n'))).heard).toBe('who?\nhallo ada\n')
  expect(misses.list.flatMap(describeMiss)).toEqual([])
})

test('several connections at once are several conversations, numbered on', async () => {
  const tape = tapeWith(handWritten)
  const { finish } = await handedOver('record', tape, await reals({ raw: echo() }))
  await Promise.all(['ben', 'cy'].map(name => talk(7, says(`${name}\n`), { byOctet: true })))
  await finish()
  using file = new TapeFile(tape)
  expect(file.length).toBe(3)
  expect([1, 2].map(at => file.conversation(at).number)).toEqual([8, 9])
  const text = readFileSync(tape, 'utf8')
  const order = text.indexOf('ben') < text.indexOf('cy') ? ['ben', 'cy'] : ['cy', 'ben']
  expect(text.slice(handWritten.length - 4)).toBe(`${added(order[0]!, 8)}${added(order[1]!, 9)}...\n`)
})

test('two replays at once add to one tape, one after the other', async () => {
  const tape = tapeWith(handWritten)
  const one = await handedOver('record', tape, await reals({ raw: echo() }))
  await talk(7, says('ben\n'))
  await one.network.close()
  const other = await handedOver('record', tape, await reals({ raw: echo() }))
  await talk(7, says('cy\n'))
  await other.finish()
  await one.finish()
  const before = handWritten.replace(/\.\.\.\n$/, '')
  expect(readFileSync(tape, 'utf8')).toBe(`${before}${added('cy', 8)}${added('ben', 9)}...\n`)
})

test('a replay that is killed leaves the old tape as it was, and what came as a tape beside it', async () => {
  const tape = tapeWith(handWritten)
  await handedOver('record', tape, await reals({ raw: echo() }))
  await talk(7, says('ben\n'))
  const beside = () => readdirSync(dirname(tape)).find(name => /^test\.added-\d+\.tape\.yaml$/.test(name))
  await expect.poll(() => beside() && readFileSync(join(dirname(tape), beside()!), 'utf8')).toContain('hello ben')
  expect(readFileSync(tape, 'utf8')).toBe(handWritten)
  using rest = new TapeFile(join(dirname(tape), beside()!))
  expect(rest.conversation(0).turns.map(turn => turn.kind === 'said' && turn.value)).toEqual([
    'who?\n',
    'ben\n',
    'hello ben\n',
  ])
})

test('a tape that was cut meanwhile stays as it is, and the error says where the rest is', async () => {
  const tape = tapeWith(handWritten)
  const { finish } = await handedOver('record', tape, await reals({ raw: echo() }))
  await talk(7, says('ben\n'))
  const cut = handWritten.slice(0, -6)
  writeFileSync(tape, cut)
  const error = await finish().catch(error => error)
  expect(error).toBeInstanceOf(UsageError)
  const [, beside] = /cut while it was written; what was recorded is in (.*)$/.exec(error.message)!
  expect(readFileSync(beside!, 'utf8')).toContain('hello ben')
  expect(readFileSync(tape, 'utf8')).toBe(cut)
  expect(readdirSync(dirname(tape)).length).toBe(2)
})

test('a link to a tape stays one, and the tape keeps its permissions', async () => {
  const tape = tapeWith(handWritten)
  chmodSync(tape, 0o640)
  const link = join(temporaryFolder(), 'link.tape.yaml')
  symlinkSync(tape, link)
  const { finish } = await handedOver('record', link, await reals({ raw: echo() }))
  await talk(7, says('ben\n'))
  await finish()
  expect(readFileSync(tape, 'utf8')).toContain('hello ben')
  expect(readFileSync(link, 'utf8')).toBe(readFileSync(tape, 'utf8'))
  expect(statSync(tape).mode & 0o777).toBe(0o640)
})

test('of several tapes the one that has the service is added to, else the first', async () => {
  const first = tapeWith(handWritten.replaceAll('a.example', 'b.example').replace('198.18.0.1', '198.18.0.2'))
  const second = tapeWith(handWritten)
  const third = tapeWith(handWritten)
  const { finish } = await handedOver('record', [first, second, third], await reals({ raw: echo(), more: echo(8) }))
  await talk(7, says('ben\n'))
  await talk(8, says('cy\n'))
  await finish()
  expect(readFileSync(second, 'utf8')).toContain('hello ben')
  expect(readFileSync(first, 'utf8')).toMatch(
    /---\nhost: a\.example\naddresses: \[198\.18\.0\.1\]\n---\nconversation: 8\nservice: tcp a\.example:8\n/,
  )
  expect(readFileSync(third, 'utf8')).toBe(handWritten)
  const { misses } = await replayed([first, second, third])
  expect((await talk(8, says('cy\n'))).heard).toBe('who?\nhello cy\n')
  expect(misses.count).toBe(0)
})

group('secrets', () => {
  const users = { ada: 'lovelace', grace: 'hopper' }
  const mail = () => smtp({ users })
  const send = async (network: Network, to: string, user: keyof typeof users) => {
    const auth = { user, password: users[user], mechanism: 'PLAIN' }
    await using client = await connectSmtp({ host: 'a.example', port: 587, ca: network.authority.pem, auth })
    return (await client.send({ from: 'ann@example.org', to, text: 'hello' })).accepted
  }

  test('are hidden: the same ones behind the placeholders that they had, others behind new ones', async () => {
    const tape = await recorded({ mail: mail() }, network => send(network, 'bob@example.net', 'ada'))
    const { finish, misses, network } = await handedOver('record', tape, await reals({ mail: mail() }))
    await send(network, 'cy@example.net', 'ada')
    await send(network, 'dora@example.net', 'grace')
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    await finish()
    const text = readFileSync(tape, 'utf8')
    expect([...text.matchAll(/client: (AUTH PLAIN .*)/g)].map(([, said]) => said)).toEqual([
      'AUTH PLAIN ‹secret:password›',
      'AUTH PLAIN ‹secret:password›',
      'AUTH PLAIN ‹secret:password:2›',
    ])
  })

  test('that somebody names are hidden behind their names', async () => {
    const tape = tapeWith(handWritten.replace('hallo ada', 'hallo ‹secret:name› and ‹secret:name:3›'))
    const secrets = new Map([['name', 'ben the second']])
    const { finish } = await handedOver('record', tape, { ...(await reals({ raw: echo() })), secrets })
    await talk(7, says('ben the second\n'))
    await finish()
    expect(readFileSync(tape, 'utf8')).toContain('      hello ‹secret:name›\n...\n')
  })
})

test('large bodies lie beside the tape', async () => {
  const large = Buffer.alloc(100_000, 'All work and no play. ')
  const site = http(request => new Response(new URL(request.url).pathname === '/a' ? 'a\n' : large))
  const tape = await recorded({ site }, async () => (await fetch('http://a.example/a')).text())
  const { finish } = await handedOver('record', tape, await reals({ site }))
  expect((await (await fetch('http://a.example/b')).bytes()).length).toBe(large.length)
  await finish()
  const [name, ...more] = readdirSync(blobFolder(tape))
  expect(more).toEqual([])
  expect(readFileSync(join(blobFolder(tape), name!)).equals(large)).toBe(true)
  expect(readFileSync(tape, 'utf8')).toContain(`file: ${name}`)
  expect(readdirSync(dirname(tape))).toEqual(['test.tape', 'test.tape.yaml'])
  const { misses } = await replayed(tape)
  expect((await (await fetch('http://a.example/b')).bytes()).length).toBe(large.length)
  expect(misses.count).toBe(0)
})

test('of a connection that began on the tape the whole is added, under TLS as it was', async () => {
  const site = (text: string) => http(request => new Response(`${text} ${new URL(request.url).pathname}\n`))
  const tape = await recorded({ site: site('taped') }, async () => (await fetch('https://a.example/a')).text())
  const { finish } = await handedOver('record', tape, await reals({ site: site('real') }))
  expect(await (await fetch('https://a.example/b')).text()).toBe('real /b\n')
  await finish()
  using file = new TapeFile(tape)
  const { turns } = file.conversation(1)
  expect(turns.map(({ kind }) => kind)).toEqual(['tls', 'said', 'said'])
  expect(turns[0]).toMatchObject({ name: 'a.example', alpn: 'http/1.1' })
  const { misses } = await replayed(tape)
  expect(await (await fetch('https://a.example/b')).text()).toBe('real /b\n')
  expect(misses.count).toBe(0)
})

test('datagrams are added without those that the tape has answered', async () => {
  const tape = tapeOf('conversation: 1\nservice: udp a.example:9\nturns:\n  - client: a\n  - server: taped a\n')
  const { finish } = await handedOver(
    'record',
    tape,
    await reals({ raw: udp(message => `real ${message}`, { port: 9 }) }),
  )
  const socket = dgram.createSocket('udp4')
  for (const text of ['b', 'a', 'c']) {
    socket.send(text, 9, 'a.example')
    await once(socket, 'message')
  }
  socket.close()
  await finish()
  expect(readFileSync(tape, 'utf8')).toContain(
    '---\nconversation: 2\nservice: udp a.example:9\nturns:\n' +
      '  - client: b\n  - server: real b\n  - client: c\n  - server: real c\n...\n',
  )
})

test('what cannot be recorded is said, and the client is refused', async () => {
  const tape = tapeWith(handWritten)
  const shell = tcp({ greeting: 'SSH-2.0-real\r\n', delimiter: '\n' }, { port: 7 })
  const { finish } = await handedOver('record', tape, { ...(await reals({ raw: shell })), replay: { strict: true } })
  await talk(7, says('ada\n'))
  expect((await talk(7, () => undefined)).end).toBe('ECONNRESET')
  expect(await finish()).toEqual([expect.stringMatching(/^tcp a\.example:7 is not on the tape: an SSH session/)])
  expect(readFileSync(tape, 'utf8')).toBe(handWritten)
})

group('names that are on no tape', () => {
  /** A server of this machine at an address of its own, as the world outside has it, and a name server that knows it. */
  const world = async () => {
    const server = net.createServer(socket => void socket.end('from outside\n')).listen(0, '127.0.0.9')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as net.AddressInfo
    const network = new Network()
    onTestFinished(() => network.close())
    const names = await network.host('ns.example', { dns: dns({ zones: { 'new.example': '@ MX 10 mx' } }) })
    const { host, port: at } = names.dns.endpoint
    const lookup = async (name: string) => (name === 'new.example' ? [{ address: '127.0.0.9', family: 4 }] : [])
    return { port, outside: new Outside({ servers: [`${host}:${at}`], lookup }) }
  }

  /** A replay whose name server is asked, by a program that is not in this process. */
  async function asked(
    way: 'record' | 'passthrough',
    tape: string,
    outside: Outside,
    ports: number[],
    reals: Real[] = [],
  ) {
    const forms = await loadForms()
    const replay = new Replay([tape], forms)
    onTestFinished(() => replay.close())
    const network = new Network()
    onTestFinished(() => network.close())
    const isRecorded = way === 'record'
    const handOver = new RealHandOver(network, replay, { isRecorded, forms, reals, trust: new Trust(), ports, outside })
    replay.handOver = handOver
    const names = new ReplayNames(replay, network)
    await replay.place(network, service => names.takes(service))
    await handOver.begin()
    network.provideResolver(names.asking(dns()))
    const { host, port } = network.reach((await network.resolver())!, 'udp') as { host: string; port: number }
    return {
      network,
      misses: replay.misses,
      /** What the name server answers; nothing where it says that there is nothing. */
      async ask(name: string, type: 'A' | 'MX' = 'A') {
        const asked = query(name, type, { servers: [`${host}:${port}`], tries: 1 })
        return (await asked.catch(() => ({ answers: [] }))).answers
      },
      async connect(address: string, port: number) {
        const real = network.reach({ address, port }, 'tcp') as { host: string; port: number }
        const socket = net.connect(real)
        let heard = ''
        for await (const chunk of socket) heard += chunk
        return heard
      },
      async finish() {
        await network.close()
        return handOver.finish().lines
      },
    }
  }

  test('are looked up outside, reached, and added to the tape', async () => {
    const tape = tapeWith(handWritten)
    const { port, outside } = await world()
    const { ask, connect, finish, misses } = await asked('record', tape, outside, [port])
    expect(await ask('new.example')).toMatchObject([{ address: '127.0.0.9' }])
    expect(await ask('new.example', 'MX')).toMatchObject([{ exchange: 'mx.new.example' }])
    expect(await ask('nowhere.example')).toEqual([])
    expect(await connect('127.0.0.9', port)).toBe('from outside\n')
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(await finish()).toEqual([
      `4 turns in 2 conversations with real servers added to ${tape}: dns/udp 192.168.1.1:53, tcp new.example:${port}`,
    ])
    const text = readFileSync(tape, 'utf8')
    expect(text.startsWith(handWritten.slice(0, -4))).toBe(true)
    expect(text).toContain('---\nhost: new.example\naddresses: [127.0.0.9]\n')
    expect(text).toContain('---\nhost: nowhere.example\naddresses: []\n')
    // Without the world outside.
    const nobody = new Outside({ servers: [], lookup: async () => [] })
    const again = await asked('passthrough', tape, nobody, [])
    expect(await again.ask('new.example')).toMatchObject([{ address: '127.0.0.9' }])
    expect(await again.ask('new.example', 'MX')).toMatchObject([{ exchange: 'mx.new.example' }])
    expect(await again.ask('nowhere.example')).toEqual([])
    expect(await again.connect('127.0.0.9', port)).toBe('from outside\n')
    expect(await again.finish()).toEqual([])
    expect(again.misses.list.flatMap(describeMiss)).toEqual([])
  })

  test('pass through, and stay on no tape', async () => {
    const tape = tapeWith(handWritten)
    const { port, outside } = await world()
    const { ask, connect, finish } = await asked('passthrough', tape, outside, [port])
    await ask('new.example')
    await ask('new.example', 'MX')
    expect(await connect('127.0.0.9', port)).toBe('from outside\n')
    expect(await finish()).toEqual([
      `passed through to real servers, and on no tape: dns/udp 192.168.1.1:53, tcp new.example:${port}`,
    ])
    expect(readFileSync(tape, 'utf8')).toBe(handWritten)
  })

  test('are misses where nobody outside answers', async () => {
    const { misses, ask } = await asked(
      'record',
      tapeWith(handWritten),
      new Outside({ servers: [], lookup: async () => [] }),
      [],
    )
    await ask('new.example', 'MX')
    expect(misses.list.map(({ reason }) => reason)).toEqual([
      'new.example (MX) was looked up, and the tape does not have it; no name server outside answers it',
    ])
  })

  test('and stand in --real are never asked for outside', async () => {
    const looked: string[] = []
    const lookup = async (name: string) => {
      looked.push(name)
      return []
    }
    const outside = new Outside({ servers: [], lookup })
    const server = net.createServer(socket => void socket.end('real\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const to = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port }
    const reals = [{ name: 'own.example', port: 70, protocol: undefined, to }]
    const tape = tapeWith(handWritten)
    const { ask, connect, finish } = await asked('record', tape, outside, [], reals)
    const [found] = await ask('own.example')
    const { address } = found as { address: string }
    expect(await connect(address, 70)).toBe('real\n')
    await finish()
    expect(looked).toEqual([])
    expect(readFileSync(tape, 'utf8')).toContain(
      `---\nhost: own.example\naddresses: [${address}]\n---\nconversation: 8\nservice: tcp own.example:70\n`,
    )
  })

  test('but for their ports are reached at the addresses that the tape has', async () => {
    const { port, outside } = await world()
    const tape = tapeWith(handWritten.replace('198.18.0.1', '127.0.0.9'))
    const { ask, connect, misses } = await asked('record', tape, outside, [port])
    await ask('a.example')
    expect(await connect('127.0.0.9', port)).toBe('from outside\n')
    expect(misses.count).toBe(0)
  })
})
