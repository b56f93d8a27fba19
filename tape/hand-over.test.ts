import dgram from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { query } from '../clients/dns.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { dns, http, smtp, tcp, udp } from '../index.ts'
import { Network } from '../net/network.ts'
import type { Handles, Placed, Services } from '../net/service.ts'
import { blobFolder } from './blobs.ts'
import { handedOver, recorded, talk, tapeOf } from './in-tests.ts'
import { describeMiss } from './miss.ts'
import type { Real } from './reals.ts'
import { Trust } from './relay.ts'

/** The real servers: another network, which is reached at ports of this machine. */
async function reals<S extends Services>(services: S): Promise<Handles<S> & { network: Network; trust: Trust }> {
  const network = new Network()
  onTestFinished(() => network.close())
  const handles = await network.host('a.example', services)
  return { ...handles, network, trust: new Trust([network.authority.pem]) }
}

/** Says where a real server is that stands at the same port. */
function real(port: number, { endpoints }: Placed, protocol?: string): Real {
  return { name: 'a.example', port, protocol, to: endpoints.find(each => each.port === port)!.real }
}

/** A port of this machine on which nobody listens. */
async function closedPort(): Promise<{ host: string; port: number }> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise(closed => server.close(closed))
  return { host: '127.0.0.1', port }
}

const session = (turns: string, number = 1, service = 'tcp a.example:7') =>
  `conversation: ${number}\nservice: ${service}\nturns:\n${turns}`

/** Says its lines one after the other, each once the one before is answered. */
const lines = (...said: string[]) => {
  let count = 0
  return (heard: string) => {
    const answers = heard.split('\n').length - 1
    if (answers <= count) return undefined
    count = answers
    return said.length > 0 ? said.shift()! : 'end'
  }
}

group('a stream', () => {
  const echo = (greeting = 'who?\n') =>
    tcp({ greeting, delimiter: '\n', answer: name => `hello ${String(name).trim()}\n` }, { port: 7 })
  const tape = () =>
    tapeOf(session('  - server: |\n      who?\n  - client: |\n      ada\n  - server: |\n      hallo ada\n'))

  test('goes on with the real server, which has been told what was said before', async () => {
    const { server } = await reals({ server: echo() })
    const file = tape()
    const before = readFileSync(file, 'utf8')
    const { misses, finish, bugs } = await handedOver('passthrough', file, { reals: [real(7, server)] })
    expect(await talk(7, lines('ada\n', 'ben\n', 'cy\n'))).toEqual({
      heard: 'who?\nhallo ada\nhello ben\nhello cy\n',
      end: 'end',
    })
    expect(String(server.connections[0]!.received)).toBe('ada\nben\ncy\n')
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(await finish()).toEqual(['passed through to real servers, and on no tape: tcp a.example:7'])
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(bugs).toEqual([])
  })

  test('goes on from the first octet that the tape does not have, however the client writes', async () => {
    const { server } = await reals({ server: echo() })
    const { misses } = await handedOver('passthrough', tape(), { reals: [real(7, server)] })
    const all = 'who?\nhallo ada\nhello adam\n'
    expect((await talk(7, lines('ada\n', 'adam\n'), { byOctet: true })).heard).toBe(all)
    expect(
      (await talk(7, heard => (heard === 'who?\n' ? 'ada\nadam\n' : heard === all ? 'end' : undefined))).heard,
    ).toBe(all)
    expect(server.connections.map(({ received }) => String(received))).toEqual(['ada\nadam\n', 'ada\nadam\n'])
    expect(misses.count).toBe(0)
  })

  test.each(['?\n', 'good morning, who is there?\n'])('goes on also where the real server says %j', async greeting => {
    const { server } = await reals({ server: echo(greeting) })
    const { misses } = await handedOver('passthrough', tape(), { reals: [real(7, server)] })
    expect((await talk(7, lines('ada\n', 'ben\n'))).heard).toBe('who?\nhallo ada\nhello ben\n')
    expect(misses.count).toBe(0)
  })

  test('several at once go on, each where it is', async () => {
    const { server } = await reals({ server: echo() })
    const { misses } = await handedOver('passthrough', tape(), { reals: [real(7, server)] })
    const names = Array.from({ length: 10 }, (_, at) => `n${at}`)
    const talks = await Promise.all(names.map(name => talk(7, lines('ada\n', `${name}\n`))))
    expect(talks.map(({ heard }) => heard)).toEqual(names.map(name => `who?\nhallo ada\nhello ${name}\n`))
    expect(misses.count).toBe(0)
  })

  test('hands on what is large, both ways', async () => {
    const big = Buffer.alloc(8_000_000, 'All work and no play. ')
    const mirror = tcp(
      async connection => {
        await connection.readUntil('\n')
        await connection.write('go\n')
        for await (const chunk of connection) await connection.write(chunk)
      },
      { port: 7 },
    )
    const { server } = await reals({ server: mirror })
    await handedOver('passthrough', tapeOf(session('  - client: |\n      hi\n  - server: |\n      go\n')), {
      reals: [real(7, server)],
    })
    const socket = net.connect({ port: 7, host: 'a.example', allowHalfOpen: true })
    socket.write('hi\n')
    await once(socket, 'data')
    socket.end(big)
    let size = 0
    for await (const chunk of socket) {
      expect(chunk.equals(big.subarray(size, size + chunk.length))).toBe(true)
      size += chunk.length
    }
    expect(size).toBe(big.length)
  })

  test('that the client has ended is answered to its end', async () => {
    const sums = tcp(
      async connection => {
        let all = ''
        for await (const chunk of connection) all += chunk
        await connection.write(`${all.length}\n`)
      },
      { port: 7 },
    )
    const { server } = await reals({ server: sums })
    const { misses } = await handedOver('passthrough', tapeOf(session('  - client: "123"\n  - end: client\n')), {
      reals: [real(7, server)],
    })
    const socket = net.connect({ port: 7, host: 'a.example', allowHalfOpen: true })
    socket.end('1234')
    let heard = ''
    for await (const chunk of socket) heard += chunk
    expect(heard).toBe('4\n')
    expect(misses.count).toBe(0)
  })

  test('that begins TLS where the tape has none goes on under TLS', async () => {
    const { server, trust } = await reals({
      server: tcp({ delimiter: '\n', answer: text => `got ${text}` }, { port: 7, tls: true }),
    })
    const { network, misses } = await handedOver('passthrough', tapeOf(session('  - client: a\n  - server: A\n')), {
      reals: [real(7, server)],
      trust,
    })
    const { connect } = await import('node:tls')
    const socket = connect({ host: 'a.example', port: 7, servername: 'a.example', ca: network.authority.pem })
    socket.write('hi\n')
    const [heard] = await once(socket, 'data')
    socket.destroy()
    expect(String(heard)).toBe('got hi\n')
    expect(misses.count).toBe(0)
  })

  test('whose server cannot be reached is a miss with that reason, and is refused', async () => {
    const to = await closedPort()
    const reals = [{ name: 'a.example', port: 7, protocol: 'tcp', to }]
    const { misses, finish } = await handedOver('record', tape(), { reals })
    expect((await talk(7, lines('ada\n', 'ben\n'))).end).toBe('ECONNRESET')
    expect(misses.list[0]!.reason).toBe(
      'the client said octets that the tape does not have here: it has come to its end; the real server cannot be ' +
        `reached: connect ECONNREFUSED 127.0.0.1:${to.port} (111)`,
    )
    expect(await finish()).toEqual([])
  })

  test('whose server nobody knows is a miss that says what to do', async () => {
    const { misses } = await handedOver('passthrough', tape())
    expect((await talk(7, lines('ada\n', 'ben\n'))).end).toBe('ECONNRESET')
    expect(misses.list[0]!.reason).toMatch(/; a\.example is not known outside; .* --real a\.example:7=HOST:PORT$/)
  })

  test('that has said more than is kept is a miss with that reason', async () => {
    const { server } = await reals({ server: echo() })
    const big = Buffer.alloc(1024 * 1024 + 1, 'x')
    const file = tapeOf(session('  - client:\n      file: big.bin\n  - server: |\n      more?\n'))
    mkdirSync(blobFolder(file))
    writeFileSync(join(blobFolder(file), 'big.bin'), big)
    const { misses } = await handedOver('passthrough', file, { reals: [real(7, server)] })
    const socket = net.connect({ port: 7, host: 'a.example' })
    socket.on('error', () => {}).write(big)
    expect(String((await once(socket, 'data'))[0])).toBe('more?\n')
    socket.write('y')
    await new Promise(resolve => socket.once('close', resolve))
    expect(misses.list[0]!.reason).toContain('; the client has said more than 1048576 octets')
    expect(server.connections).toEqual([])
  })

  test('whose server ends early is a miss with that reason', async () => {
    const { server } = await reals({ server: tcp(connection => void connection.write('who?\n'), { port: 7 }) })
    const { misses } = await handedOver('passthrough', tape(), { reals: [real(7, server)] })
    expect((await talk(7, lines('ada\n', 'ben\n'))).end).toBe('ECONNRESET')
    expect(misses.list[0]!.reason).toMatch(/; the real server ended the connection where the tape goes on$/)
  })

  test('whose client leaves meanwhile leaves nothing behind', async () => {
    const silent = tcp({}, { port: 7 })
    const { server } = await reals({ server: silent })
    const { misses, network } = await handedOver('passthrough', tape(), { reals: [real(7, server)] })
    const socket = net.connect({ port: 7, host: 'a.example' })
    socket.write('ada\nben\n')
    await expect.poll(() => server.connections.length).toBe(1)
    socket.resetAndDestroy()
    await expect.poll(() => server.connections[0]!.open).toBe(false)
    await network.close()
    expect(misses.count).toBe(0)
  })

  test('beyond the recording of a strict replay goes to the real server', async () => {
    const { server } = await reals({ server: echo() })
    const { misses } = await handedOver('passthrough', tape(), { reals: [real(7, server)], replay: { strict: true } })
    expect((await talk(7, lines('ada\n'))).heard).toBe('who?\nhallo ada\n')
    expect((await talk(7, lines('ada\n'))).heard).toBe('who?\nhello ada\n')
    expect(misses.count).toBe(0)
  })
})

group('a dialogue', () => {
  const mail = { from: 'ann@example.org', to: 'bob@example.net', text: 'hello' }
  const users = { ada: 'lovelace' }
  const send = async (to: string, options: Partial<Parameters<typeof connectSmtp>[0]> = {}) => {
    await using client = await connectSmtp({ host: 'a.example', tls: 'none', ...options })
    return (await client.send({ ...mail, to })).accepted
  }

  test('goes on with the real server, which takes the mail', async () => {
    const tape = await recorded({ mail: smtp() }, () => send('bob@example.net'))
    const { server } = await reals({ server: smtp() })
    const { misses, finish } = await handedOver('passthrough', tape, { reals: [real(25, server)] })
    expect(await send('cy@example.net')).toEqual(['cy@example.net'])
    expect(server.delivered).toMatchObject([{ from: 'ann@example.org', to: ['cy@example.net'], text: 'hello' }])
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(await finish()).toEqual(['passed through to real servers, and on no tape: smtp a.example:25'])
  })

  test('goes on under TLS where STARTTLS was on the tape, logged in', async () => {
    const login = { tls: 'required', port: 587, auth: { user: 'ada', password: 'lovelace' } } as const
    const tape = await recorded({ mail: smtp({ users }) }, network =>
      send('bob@example.net', { ...login, ca: network.authority.pem }),
    )
    const { server, trust } = await reals({ server: smtp({ users }) })
    const { misses, network } = await handedOver('passthrough', tape, { reals: [real(587, server)], trust })
    await send('cy@example.net', { ...login, ca: network.authority.pem })
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(server.delivered).toMatchObject([{ to: ['cy@example.net'], user: 'ada' }])
  })

  test('whose server’s certificate is not believed is a miss that says what to do', async () => {
    const tape = await recorded({ mail: smtp() }, network =>
      send('bob@example.net', { tls: 'required', ca: network.authority.pem }),
    )
    const { server } = await reals({ server: smtp() })
    const { misses, network } = await handedOver('passthrough', tape, { reals: [real(25, server)] })
    const client = await connectSmtp({ host: 'a.example', tls: 'required', ca: network.authority.pem })
    await expect(client.send({ ...mail, to: 'cy@example.net' })).rejects.toThrow(/backlot: not on the tape/)
    expect(misses.list[0]!.reason).toMatch(
      /; TLS with the real server failed: .*; name its authority by --real-ca FILE/,
    )
  })

  test('of a client that says many things at once goes on after the last that is on the tape', async () => {
    const said =
      'EHLO x\r\nMAIL FROM:<ann@example.org>\r\nRCPT TO:<bob@example.net>\r\nRCPT TO:<cy@example.net>\r\nDATA\r\n'
    const rest = 'Subject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n'
    const client = () => {
      const left = [said, rest]
      return (heard: string) => {
        if (heard.startsWith('220') && left.length === 2) return left.shift()
        return heard.includes('\r\n354 ') ? left.shift() : undefined
      }
    }
    const tape = await recorded({ mail: smtp() }, () => send('bob@example.net'))
    const { server } = await reals({ server: smtp() })
    const { misses } = await handedOver('passthrough', tape, { reals: [real(25, server)] })
    for (const byOctet of [false, true]) {
      const { heard } = await talk(25, client(), { byOctet })
      expect(heard.split('\r\n').filter(line => /^(250 2|354|221)/.test(line)).length).toBe(6)
    }
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(server.delivered.map(({ to }) => to)).toEqual([
      ['bob@example.net', 'cy@example.net'],
      ['bob@example.net', 'cy@example.net'],
    ])
  })

  test('that the real server does not follow is a miss, and no mail is taken for commands', async () => {
    const tape = await recorded({ mail: smtp() }, () => send('bob@example.net'))
    const replies: Record<string, string> = { RCPT: '550 no', DATA: '503 no recipients' }
    const strict = tcp(
      {
        greeting: '220 real\r\n',
        delimiter: '\r\n',
        answer: line => `${replies[String(line).slice(0, 4)] ?? '250 ok'}\r\n`,
      },
      { port: 25 },
    )
    const { server } = await reals({ server: strict })
    const { misses } = await handedOver('passthrough', tape, { reals: [real(25, server)] })
    const client = await connectSmtp({ host: 'a.example', tls: 'none' })
    await expect(client.send({ ...mail, to: 'bob@example.net', subject: 'another' })).rejects.toThrow(/not on the tape/)
    expect(misses.list[0]!.reason).toMatch(/; the real server answers otherwise than the tape/)
    expect(String(server.connections[0]!.received)).toMatch(/^EHLO .*\r\nMAIL .*\r\nRCPT .*\r\nDATA\r\n$/)
  })

  test('that ends inside a message has both handed on', async () => {
    const tape = await recorded({ mail: smtp() }, () => send('bob@example.net'))
    const { server } = await reals({ server: tcp({ greeting: '220 real\r\n' }, { port: 25 }) })
    const { misses } = await handedOver('passthrough', tape, { reals: [real(25, server)] })
    const socket = net.connect({ port: 25, host: 'a.example', allowHalfOpen: true })
    socket.end('NOO')
    let heard = ''
    for await (const chunk of socket) heard += chunk
    expect(heard).toBe('220 a.example ESMTP\r\n')
    expect(server.connections).toMatchObject([{ received: Buffer.from('NOO'), open: false }])
    expect(misses.list.flatMap(describeMiss)).toEqual([])
  })
})

group('requests', () => {
  const site = () => {
    const asked: string[] = []
    const service = http(async request => {
      const body = await request.text()
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      return new Response(`real ${new URL(request.url).pathname} ${body.length}\n`)
    })
    return { asked, service }
  }
  const taped = () =>
    recorded({ site: http(request => new Response(`taped ${new URL(request.url).pathname}\n`)) }, async () => {
      for (const path of ['/a', '/b']) await (await fetch(`http://a.example${path}`)).text()
    })

  test('that the tape has are answered by it, and what follows the first other one by the real server', async () => {
    const { asked, service } = site()
    const { server } = await reals({ server: service })
    const { misses, finish } = await handedOver('passthrough', await taped(), { reals: [real(80, server)] })
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`
    for (const byOctet of [false, true]) {
      const all = ['/a', '/b', '/c', '/a'].map(get).join('')
      const { heard } = await talk(80, text => (text === '' ? all : /real \/a/.test(text) ? 'end' : undefined), {
        byOctet,
      })
      expect([...heard.matchAll(/^(taped|real).*/gm)].map(String)).toEqual([
        'taped /a,taped',
        'taped /b,taped',
        'real /c 0,real',
        'real /a 0,real',
      ])
    }
    expect(asked).toEqual(['GET /c', 'GET /a', 'GET /c', 'GET /a'])
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(await finish()).toEqual(['passed through to real servers, and on no tape: http a.example:80 (2)'])
  })

  test('go on over TLS', async () => {
    const secure = http(() => new Response('taped\n'))
    const tape = await recorded({ secure }, async () => (await fetch('https://a.example/a')).text())
    const { server, trust } = await reals({ server: site().service })
    const { misses } = await handedOver('passthrough', tape, { reals: [real(443, server)], trust })
    expect(await (await fetch('https://a.example/a')).text()).toBe('taped\n')
    expect(await (await fetch('https://a.example/b')).text()).toBe('real /b 0\n')
    expect(misses.list.flatMap(describeMiss)).toEqual([])
  })

  test('with a body go on whole, after any number that the tape has', async () => {
    const { server } = await reals({ server: site().service })
    const { misses } = await handedOver('passthrough', await taped(), { reals: [real(80, server)] })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (path: string, body: string, method = 'POST') =>
      new Promise<string>((resolve, reject) => {
        const headers = { 'x-padding': 'x'.repeat(10_000) }
        const asked = request({ host: 'a.example', path, method, agent, headers }, response => {
          let text = ''
          response.on('data', chunk => (text += chunk)).on('end', () => resolve(text))
        })
        asked.on('error', reject).end(body)
      })
    // More octets than are kept.
    for (let count = 0; count < 120; count++) expect(await ask('/a', '', 'GET')).toBe('taped /a\n')
    expect(await ask('/up', 'y'.repeat(500_000))).toBe('real /up 500000\n')
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    agent.destroy()
  })

  test('whose server cannot be reached are misses, and refused as such', async () => {
    const to = await closedPort()
    const { misses } = await handedOver('passthrough', await taped(), {
      reals: [{ name: 'a.example', port: 80, protocol: 'http', to }],
    })
    const response = await fetch('http://a.example/c')
    expect([response.status, await response.text()]).toEqual([
      502,
      expect.stringMatching(/not on the tape: .*ECONNREFUSED/),
    ])
    expect(misses.count).toBe(1)
  })
})

group('datagrams', () => {
  const tape = () => tapeOf(session('  - client: a\n  - server: taped a\n', 1, 'udp a.example:9'))
  const client = () => {
    const socket = dgram.createSocket('udp4')
    onTestFinished(() => void socket.close())
    return async (text: string) => {
      socket.send(text, 9, 'a.example')
      return String((await once(socket, 'message'))[0])
    }
  }

  test('that the tape does not have go to the real server, and its answers back', async () => {
    const { server } = await reals({ server: udp(message => `real ${message}`, { port: 9 }) })
    const { misses, finish } = await handedOver('passthrough', tape(), { reals: [real(9, server, 'udp')] })
    const [one, other] = [client(), client()]
    expect([await one('a'), await one('b'), await other('b'), await one('a'), await one('c')]).toEqual([
      'taped a',
      'real b',
      'real b',
      'taped a',
      'real c',
    ])
    expect(misses.list.flatMap(describeMiss)).toEqual([])
    expect(await finish()).toEqual(['passed through to real servers, and on no tape: udp a.example:9 (2)'])
  })

  test('that reach nobody are misses, and on no tape', async () => {
    const to = await closedPort()
    const file = tape()
    const { misses, finish } = await handedOver('record', file, {
      reals: [{ name: 'a.example', port: 9, protocol: 'udp', to }],
    })
    const socket = dgram.createSocket('udp4')
    socket.send('b', 9, 'a.example')
    await expect.poll(() => misses.list[0]?.reason).toMatch(/; the real server cannot be reached: .*ECONNREFUSED$/)
    socket.close()
    expect(await finish()).toEqual([])
  })

  test('of a name server are answered by the real one', async () => {
    const zone = 'ns1 A 192.0.2.1\n@ NS ns1\nwww A 192.0.2.80'
    const { server } = await reals({ server: dns({ zones: { 'example.org': zone } }) })
    const taped = tapeOf(
      session('  - client:\n      question: mail.example.org. A\n', 1, 'dns/udp a.example:53'),
      session('  - client:\n      question: mail.example.org. A\n', 2, 'dns a.example:53'),
    )
    const { misses, network } = await handedOver('passthrough', taped, { reals: [real(53, server)] })
    const { host, port } = network.services.flatMap(({ endpoints }) => endpoints.map(each => each.real))[0]!
    const at = { servers: [`${host}:${port}`], tries: 1 }
    expect((await query('www.example.org', 'A', at)).answers).toMatchObject([{ address: '192.0.2.80' }])
    expect(misses.list.flatMap(describeMiss)).toEqual([])
  })
})
