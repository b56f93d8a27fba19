import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { daytime as ask } from '../clients/daytime.ts'
import { createNetwork, daytime } from '../index.ts'
import type { Connection } from '../net/connection.ts'
import type { Network } from '../net/network.ts'
import type { ServiceDescription, TlsOptions } from '../net/service.ts'
import { type Protocol, protocols } from '../protocols.ts'
import { type TraceOptions, traceLinks } from './trace.ts'

let network: Network
let lines: string[]
let bugs: unknown[]

beforeEach(async () => {
  bugs = []
  lines = []
  network = await createNetwork({ onBug: error => bugs.push(error) })
})
afterEach(() => network.close())

/** Notes every line, without the client's port, which the system chooses. */
function trace(options: Omit<TraceOptions, 'write'> = {}): Disposable {
  return traceLinks(network, { write: line => lines.push(line.replace(/(10\.0\.2\.15):\d+/, '$1:PORT')), ...options })
}

function service(accept: (connection: Connection) => void, tlsOptions?: TlsOptions): ServiceDescription {
  const ports = [{ port: 99, transport: 'tcp', tls: tlsOptions !== undefined }] as const
  return { protocol: 'odd', load: async () => () => ({ state: {}, ports, tls: tlsOptions ?? {}, accept }) }
}

/** What the trace says of a service that says `text` to whoever connects. */
async function told(text: string | Buffer, options: Omit<TraceOptions, 'write'> = {}): Promise<string[]> {
  await network.host('odd.example', {
    odd: service(connection => {
      connection.write(Buffer.from(text))
      connection.close()
    }),
  })
  using _trace = trace(options)
  using _inside = network.intercept()
  const closed = linkClosed()
  net.connect(99, 'odd.example').resume()
  await closed
  return lines
}

/** Settled when a link has closed and what follows from it is done. */
async function linkClosed(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using _tap = network.tap({ closed: () => resolve() })
  await promise
  await new Promise(done => setImmediate(done))
}

test('a question and its answer are told turn by turn', async () => {
  await network.host('time.example', { daytime: daytime() }, { addresses: ['198.18.0.1'] })
  using _trace = trace()
  using _inside = network.intercept()
  const closed = linkClosed()
  await ask({ host: 'time.example' })
  await closed
  expect(lines).toEqual([
    '#1 ── daytime over tcp to time.example:13 (198.18.0.1) from 10.0.2.15:PORT',
    '#1 time.example:13 ← Sunday, March 15, 2015 12:09:16-UTC',
    '#1 ── the server has ended',
    '#1 ── closed',
  ])
})

test('datagrams are turns of one link', async () => {
  const { daytime: fake } = await network.host('time.example', { daytime: daytime() }, { addresses: ['198.18.0.1'] })
  using _trace = trace()
  const { real } = fake.endpoints.find(({ transport }) => transport === 'udp')!
  await ask({ ...real, transport: 'udp' })
  await network.close()
  expect(lines).toEqual([
    '#1 ── daytime over udp to time.example:13 (198.18.0.1) from 10.0.2.15:PORT',
    expect.stringMatching(/^#1 time.example:13 → .*\(ignored\)$/),
    '#1 time.example:13 ← Sunday, March 15, 2015 12:09:16-UTC',
  ])
})

test('TLS is noted, and what is said inside is told in clear', async () => {
  await network.host(
    'odd.example',
    {
      odd: service(
        connection => {
          connection.onData = () => {
            connection.write('welcome')
            connection.close()
          }
        },
        { maxVersion: 'TLSv1.2', alpn: ['odd'] },
      ),
    },
    { addresses: ['198.18.0.1'] },
  )
  using _trace = trace()
  using _inside = network.intercept()
  const closed = linkClosed()
  const socket = tls.connect({ port: 99, host: 'odd.example', servername: 'odd.example', ALPNProtocols: ['odd'] })
  socket.write('hello')
  socket.resume()
  await closed
  expect(lines).toEqual([
    '#1 ── odd over tcp to odd.example:99 (198.18.0.1) from 10.0.2.15:PORT',
    '#1 ── TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256, server name odd.example, ALPN odd',
    '#1 odd.example:99 → hello',
    '#1 odd.example:99 ← welcome',
    '#1 ── the server has ended',
    '#1 ── closed',
  ])
})

test('a reset is noted with its side', async () => {
  await network.host('odd.example', { odd: service(connection => void (connection.onData = () => connection.reset())) })
  using _trace = trace()
  using _inside = network.intercept()
  const closed = linkClosed()
  const socket = net.connect(99, 'odd.example')
  socket.on('error', () => {})
  socket.write('hello')
  await closed
  expect(lines.slice(1)).toEqual(['#1 odd.example:99 → hello', '#1 ── reset by server'])
})

test('the lines of a turn stand below one another', async () => {
  expect((await told('one\r\ntwo\r\n')).slice(1, 3)).toEqual(['#1 odd.example:99 ← one', '#1                │ two'])
})

test('of a long body its beginning is told and the rest counted', async () => {
  const body = Array.from({ length: 100 }, (_, i) => (i === 1 ? '😀'.repeat(300) : `line ${i}`)).join('\n')
  const shown = (await told(body)).slice(1, -2)
  expect(shown).toHaveLength(25)
  expect(shown[1]).toBe(`#1                │ ${'😀'.repeat(200)}… 200 characters more`)
  expect(shown.at(-1)).toMatch(/│ … \d+ (lines|octets) more$/)
})

test.each([
  ['an escape sequence', '\x1b]0;title\x07\x1b[2J'],
  ['eight-bit control characters', Buffer.from('c29b324a', 'hex')],
  ['a line that is written over', 'good\rbad'],
  ['text that runs backwards', 'a\u202eb\u2066c'],
  ['line separators', 'a\u2028b\u0085c'],
  ['octets', Buffer.from('1b5b324aff00', 'hex')],
])('%s never reaches the terminal', async (_what, text) => {
  const shown = await told(text)
  for (const line of shown) expect(line).toMatch(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/)
})

test('a host’s name cannot reach the terminal as control characters either', async () => {
  await network.host('odd\x1b[2j.example', { odd: service(connection => connection.close()) })
  using _trace = trace()
  const closed = linkClosed()
  const [address] = network.lookup('odd\x1b[2j.example')
  const real = network.reach({ address: address!, port: 99 }, 'tcp')
  if (real.outcome === 'served') net.connect(real).resume()
  await closed
  expect(lines.join('')).toContain('odd\\x1b[2j.example:99')
  expect(lines.join('')).not.toContain('\x1b')
})

test('colours are around what is said, never from within', async () => {
  const shown = await told('\x1b[31mred', { colors: true })
  const inside = '8 octets: 1b 5b 33 31 6d 72 65 64'
  expect(shown[1]).toBe(`\x1b[2m#1 odd.example:99 ← \x1b[0m\x1b[32m${inside}\x1b[0m`)
})

test.each([
  ['port 99', 4],
  ['dst port 99', 4],
  ['port 13', 0],
])('the filter %s lets %i lines through', async (filter, count) => {
  expect(await told('hello', { filter })).toHaveLength(count)
})

test('a filter that is none is refused', () => {
  expect(() => trace({ filter: 'icmp' })).toThrow('capture filter: expected')
})

test('nothing is told any more when the guard is disposed', async () => {
  await network.host('odd.example', { odd: service(connection => connection.write('hello')) })
  using _inside = network.intercept()
  {
    using _trace = trace()
    await once(net.connect(99, 'odd.example'), 'data')
    await new Promise(resolve => setImmediate(resolve))
  }
  const before = lines.length
  await once(net.connect(99, 'odd.example'), 'data')
  await network.close()
  expect(lines.length).toBe(before)
})

test('a conversation that fails is a bug of its own, and the link goes on as octets', async () => {
  const all = protocols as Record<string, Protocol>
  const push = () => {
    throw new Error('lost the thread')
  }
  all.odd = { ...all.tcp!, name: 'odd', wire: async () => ({ conversation: () => ({ push, end: () => [] }) }) }
  try {
    await network.host('odd.example', {
      odd: service(connection => void (connection.onData = chunk => connection.write(chunk))),
    })
    using _trace = trace()
    using _inside = network.intercept()
    const closed = linkClosed()
    const socket = net.connect(99, 'odd.example')
    for (const text of ['one', 'two']) {
      socket.write(text)
      await once(socket, 'data')
    }
    socket.end()
    await closed
    expect(bugs).toEqual([new Error('lost the thread')])
    expect(lines).toContain('#1 odd.example:99 → two')
  } finally {
    delete all.odd
  }
})
