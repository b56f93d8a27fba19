import dgram, { type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { expect, describe as group, onTestFinished, test } from 'vitest'
import { loopback } from '../net/placement.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../wire/dns/message.ts'
import type { DnsRecord } from '../wire/dns/record.ts'
import { DnsFrameDecoder, frameDnsMessage } from '../wire/dns.ts'
import { machineNames, Outside } from './outside.ts'

const question = dnsQuery({ name: 'wWw.example.org', type: 'A' }, { id: 0x1234 })
const query = encodeDnsMessage(question)
const answers: DnsRecord[] = [{ name: 'www.example.org', ttl: 5, type: 'A', address: '192.0.2.1' }]
/** What a server says to octets that it was sent. */
const answer = (octets: Buffer, rest: Partial<DnsMessage> = {}) =>
  encodeDnsMessage({ ...decodeDnsMessage(octets), response: true, answers, ...rest })
const expected = { ...question, response: true, answers }

type ByUdp = (octets: Buffer, send: (octets: Buffer) => void, from: RemoteInfo) => void
type ByTcp = (octets: Buffer, socket: Socket) => void

/** A name server on a free port; what it is not to hear by it answers with silence. */
async function serve(byUdp: ByUdp = () => {}, byTcp: ByTcp = () => {}): Promise<string> {
  const { tcp, udp } = await loopback.both!({ address: '127.0.0.1', port: 53 })
  const sockets = new Set<Socket>()
  udp.on('message', (octets, from) => byUdp(octets, said => udp.send(said, from.port, from.address), from))
  tcp.on('connection', socket => {
    sockets.add(socket)
    const frames = new DnsFrameDecoder()
    socket.on('error', () => {}).on('end', () => socket.end())
    socket.on('data', chunk => {
      frames.push(chunk)
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) byTcp(frame, socket)
    })
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(closed => tcp.close(closed))
    await new Promise<void>(closed => udp.close(closed))
  })
  return `127.0.0.1:${(tcp.address() as AddressInfo).port}`
}

/** A port on which nobody listens. */
async function closedPort(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return `127.0.0.1:${port}`
}

const nobody = () => Promise.reject(new Error('ENOTFOUND'))
/** Long enough for a machine that is busy, where an answer comes. */
const patient = 20_000
/** Where one does not come, and another one has to within the same time. */
const hasty = 500

function outside(servers: string[], timeoutMs = patient): Outside {
  const own = new Outside({ servers, lookup: nobody, timeoutMs })
  onTestFinished(() => own[Symbol.dispose]())
  return own
}

const asked = async (servers: string[], timeoutMs?: number) => {
  const octets = await outside(servers, timeoutMs).ask(query)
  return octets && decodeDnsMessage(octets)
}

group('a query that is handed on', () => {
  test('is answered under its own id', async () => {
    expect(await asked([await serve((octets, send) => send(answer(octets)))])).toEqual(expected)
  })

  test('has an id and a port of its own each time', async () => {
    const seen: string[] = []
    const server = await serve((octets, send, { port }) => {
      seen.push(`${octets.readUInt16BE()} from ${port}`)
      send(answer(octets))
    })
    const own = outside([server])
    await Promise.all(Array.from({ length: 4 }, () => own.ask(query)))
    expect(new Set(seen.map(each => each.split(' ').at(-1))).size).toBe(4)
    expect(new Set(seen.map(each => each.split(' ')[0])).size).toBeGreaterThan(1)
    expect(query.readUInt16BE()).toBe(0x1234)
  })

  test('is handed on by TCP where its answer was cut', async () => {
    const server = await serve(
      (octets, send) => send(answer(octets, { truncated: true, answers: [] })),
      (octets, socket) => socket.write(frameDnsMessage(answer(octets))),
    )
    expect(await asked([server])).toEqual(expected)
  })

  const cut = (octets: Buffer, send: (octets: Buffer) => void) => send(answer(octets, { truncated: true, answers: [] }))

  test.each<[string, ByTcp]>([
    ['ends the connection', (_octets, socket) => socket.end()],
    ['resets it', (_octets, socket) => socket.resetAndDestroy()],
    ['ends it inside of the answer', (octets, socket) => socket.end(frameDnsMessage(answer(octets)).subarray(0, 30))],
  ])('has the answer that was cut where the server %s', async (_what, byTcp) => {
    expect(await asked([await serve(cut, byTcp)])).toEqual({ ...expected, truncated: true, answers: [] })
  })

  test('has the answer that was cut where the server says nothing by TCP', async () => {
    expect(await asked([await serve(cut)], hasty)).toEqual({ ...expected, truncated: true, answers: [] })
  })

  test('goes to the next server where one is silent, closed or helpless', async () => {
    const right = await serve((octets, send) => send(answer(octets)))
    const failing = await serve((octets, send) => send(answer(octets, { rcode: 'SERVFAIL', answers: [] })))
    expect(await asked([await serve(), right], hasty)).toEqual(expected)
    expect(await asked([await closedPort(), failing, right])).toEqual(expected)
    expect(await asked([failing, await closedPort()])).toEqual({ ...expected, rcode: 'SERVFAIL', answers: [] })
  })

  test('does not go on where a name is not there', async () => {
    const absent = await serve((octets, send) => send(answer(octets, { rcode: 'NXDOMAIN', answers: [] })))
    const other = await serve(() => expect.unreachable())
    expect(await asked([absent, other])).toMatchObject({ rcode: 'NXDOMAIN' })
  })

  test('has no answer where nobody has one', async () => {
    expect(await asked([])).toBeUndefined()
    expect(await asked([await closedPort(), await serve()], hasty)).toBeUndefined()
  })
})

group('what is no answer to the query', () => {
  const withId = (octets: Buffer, id: number) => Buffer.concat([Buffer.from([id >> 8, id]), octets.subarray(2)])
  const other = { name: 'www.example.com', type: 'A', class: 'IN' } as const
  const wrong: [string, (octets: Buffer) => Buffer][] = [
    ['another id', octets => withId(answer(octets, { rcode: 'REFUSED' }), octets.readUInt16BE() ^ 1)],
    ['another name', octets => answer(octets, { questions: [other], rcode: 'REFUSED' })],
    ['another type', octets => answer(octets, { questions: [{ ...question.questions[0]!, type: 'AAAA' }] })],
    ['no question', octets => answer(octets, { questions: [] })],
    ['a query', octets => octets],
    ['nothing', () => Buffer.alloc(0)],
    ['half a header', octets => octets.subarray(0, 6)],
    ['garbage with the id', octets => withId(Buffer.alloc(40, 0xff), octets.readUInt16BE())],
  ]

  test.each(wrong)('is passed over: %s', async (_what, say) => {
    const server = await serve((octets, send) => {
      send(say(octets))
      send(answer(octets))
    })
    expect(await asked([server])).toEqual(expected)
  })

  test.each(wrong)('is passed over by TCP: %s', async (_what, say) => {
    const server = await serve(
      (octets, send) => send(answer(octets, { truncated: true })),
      (octets, socket) => socket.write(Buffer.concat([say(octets), answer(octets)].map(frameDnsMessage))),
    )
    expect(await asked([server])).toEqual(expected)
  })

  test('is passed over from elsewhere', async () => {
    const stranger = dgram.createSocket('udp4')
    onTestFinished(() => void stranger.close())
    const server = await serve((octets, send, { port, address }) => {
      stranger.send(answer(octets, { rcode: 'NXDOMAIN' }), port, address, () => send(answer(octets)))
    })
    expect(await asked([server])).toEqual(expected)
  })

  test('may be a code for a question that the server could not read', async () => {
    const server = await serve((octets, send) => send(answer(octets, { questions: [], rcode: 'FORMERR', answers: [] })))
    expect(await asked([server])).toMatchObject({ rcode: 'FORMERR', questions: [] })
  })

  test('is for the client to see where only its records are broken', async () => {
    const server = await serve((octets, send) => send(answer(octets).subarray(0, -3)))
    expect(await outside([server]).ask(query)).toEqual(encodeDnsMessage(expected).subarray(0, -3))
  })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a header', query.subarray(0, 11)],
  ['an answer', answer(query)],
])('%s is not handed on', async (_what, octets) => {
  const server = await serve(() => expect.unreachable())
  expect(await outside([server]).ask(octets)).toBeUndefined()
})

test('a query without a question is answered without one', async () => {
  const server = await serve((octets, send) => send(answer(octets, { answers: [] })))
  const empty = encodeDnsMessage({ ...question, questions: [] })
  expect(await outside([server]).ask(empty)).toEqual(answer(empty, { answers: [] }))
})

test('a query whose question cannot be read is answered by its id', async () => {
  const broken = query.subarray(0, 20)
  const code = Buffer.from([0, 0, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0, 0])
  const server = await serve((octets, send) => send(Buffer.concat([octets.subarray(0, 2), code.subarray(2)])))
  expect((await outside([server]).ask(broken))!.toString('hex')).toBe(`1234${code.toString('hex', 2)}`)
})

test('more queries at once than anybody has get no answer', async () => {
  const own = outside([await serve()])
  const waiting = Array.from({ length: 256 }, () => own.ask(query))
  expect(await own.ask(query)).toBeUndefined()
  own[Symbol.dispose]()
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => undefined))
})

test('what is waited for ends without an answer when the outside is closed, and its sockets are closed', async () => {
  const ours = () => process.getActiveResourcesInfo().filter(kind => /^(UDP|TCPSocket)/.test(kind)).length
  // Those of tests before are closed, but maybe not gone.
  await expect.poll(ours).toBe(0)
  let hears: () => void
  const heard = new Promise<void>(resolve => {
    hears = resolve
  })
  const server = await serve(
    (octets, send) => send(answer(octets, { truncated: true })),
    () => hears(),
  )
  const listening = ours()
  const own = new Outside({ servers: [server, server], lookup: () => new Promise(() => {}), timeoutMs: patient })
  const waiting = [own.ask(query), own.addresses('www.example.org')]
  await heard
  expect(ours()).toBeGreaterThan(listening)
  own[Symbol.dispose]()
  expect(await Promise.all(waiting)).toEqual([answer(query, { truncated: true }), []])
  expect(await own.ask(query)).toBeUndefined()
  await expect.poll(ours).toBeLessThanOrEqual(listening)
})

group('the addresses of a name', () => {
  const found = (lookup: ConstructorParameters<typeof Outside>[0]['lookup'], timeoutMs = patient) =>
    new Outside({ servers: [], lookup, timeoutMs }).addresses('www.example.org')

  test('are those that the machine finds, in their order and once each', async () => {
    const addresses = ['2001:db8::1', '192.0.2.1', '2001:db8::1'].map(address => ({ address, family: 0 }))
    const lookup = async (name: string) => (name === 'www.example.org' ? addresses : [])
    expect(await found(lookup)).toEqual(['2001:db8::1', '192.0.2.1'])
  })

  test('are none where there is no such name, where looking fails, and where it takes too long', async () => {
    expect(await found(nobody)).toEqual([])
    expect(
      await found(() => {
        throw new TypeError('no name')
      }),
    ).toEqual([])
    expect(await found(() => new Promise(() => {}), 20)).toEqual([])
  })
})

test.each(['127.0.0.1', '127.0.0.1:5353', '::1', '2001:db8::53', '[2001:db8::53]', '[::1]:53', 'fe80::1%eth0'])(
  '%s is a name server',
  text => expect(() => new Outside({ servers: [text], lookup: nobody })).not.toThrow(),
)

test.each(['', 'ns.example.org', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536', '[::1', '1.2.3'])(
  '%j is no name server',
  text => {
    expect(() => new Outside({ servers: [text], lookup: nobody })).toThrow(
      `expected a name server such as 192.0.2.1 or 192.0.2.1:5353, got ${JSON.stringify(text)}`,
    )
  },
)

test("the machine's own look-up knows its addresses", async () => {
  using names = machineNames()
  expect(await names.addresses('127.0.0.1')).toEqual(['127.0.0.1'])
  expect(await names.addresses('no such name')).toEqual([])
})
