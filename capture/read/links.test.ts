import { expect, test } from 'vitest'
import { formatEndpoint } from '../../net/address.ts'
import { Random } from '../../net/random.ts'
import { KeyLog } from '../../wire/tls/key-log.ts'
import { ACK, FIN, PSH, RST, SYN } from '../packets.ts'
import { Links } from './links.ts'
import { Tally } from './tally.ts'

const clientAddress = Buffer.of(10, 0, 0, 1)
const serverAddress = Buffer.of(192, 0, 2, 1)

/** The events of what is fed, a line each. */
function reading(maxLinks?: number) {
  const lines: string[] = []
  const tally = new Tally()
  const links = new Links(
    new KeyLog(),
    tally,
    event => {
      if (event.kind === 'names') return
      const id = event.link === undefined ? '' : `${event.link.id} `
      if (event.kind === 'opened') {
        const { transport, client, server, isJoined } = event.link
        const how = isJoined ? ' joined' : ''
        lines.push(
          `${id}opened ${transport} ${formatEndpoint(client)} ${formatEndpoint(server)}${how} at ${event.time}`,
        )
      } else if (event.kind === 'plain') lines.push(`${id}${event.from}: ${event.octets}`)
      else if (event.kind === 'lost') lines.push(`${id}${event.from} lost ${event.count}`)
      else if (event.kind === 'ended') lines.push(`${id}${event.from} ended`)
      else if (event.kind === 'closed') lines.push(`${id}closed ${event.how}`)
      else lines.push(`${id}${event.kind}`)
    },
    maxLinks,
  )
  let time = 0
  const send = (isClient: boolean, ports: [number, number], protocol: number, payload: Buffer) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(ports[isClient ? 0 : 1], 0)
    head.writeUInt16BE(ports[isClient ? 1 : 0], 2)
    const source = isClient ? clientAddress : serverAddress
    const destination = isClient ? serverAddress : clientAddress
    const whole = Buffer.concat([head, payload])
    links.packet({ source, destination, protocol, payload: whole, length: whole.length }, time++)
  }
  const tcp =
    (ports: [number, number]) =>
    (side: 'client' | 'server', flags: number, sequence: number, acknowledgment: number, text = '') => {
      const rest = Buffer.alloc(16)
      rest.writeUInt32BE(sequence % 2 ** 32, 0)
      rest.writeUInt32BE(acknowledgment % 2 ** 32, 4)
      rest[8] = 0x50
      rest[9] = flags
      send(side === 'client', ports, 6, Buffer.concat([rest, Buffer.from(text)]))
    }
  const udp =
    (ports: [number, number]) =>
    (side: 'client' | 'server', text: string): void => {
      send(
        side === 'client',
        ports,
        17,
        Buffer.from([(8 + text.length) >> 8, 8 + text.length, 0, 0, ...Buffer.from(text)]),
      )
    }
  return {
    lines,
    tcp,
    udp,
    at: (moment: number) => void (time = moment),
    end() {
      links.end()
      return [...lines, ...tally.notes]
    },
  }
}

const opened = '1 opened tcp 10.0.0.1:40000 192.0.2.1:25 at 0'

test('a connection from its SYN to its last FIN is a link', () => {
  const { tcp, lines, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  expect(lines).toEqual([])
  say('server', SYN | ACK, 500, 101)
  say('client', ACK, 101, 501)
  say('server', PSH | ACK, 501, 101, '220 hi')
  say('client', PSH | ACK, 101, 507, 'QUIT')
  say('client', FIN | ACK, 105, 507)
  say('server', FIN | ACK, 507, 106)
  say('client', ACK, 106, 508)
  const whole = [opened, '1 server: 220 hi', '1 client: QUIT', '1 client ended', '1 server ended', '1 closed end']
  expect(lines).toEqual(whole)
  // What is sent again afterwards opens nothing.
  say('server', FIN | ACK, 507, 106)
  say('server', PSH | ACK, 501, 101, '220 hi')
  expect(end()).toEqual(whole)
})

test.each(['client', 'server'] as const)('a reset by the %s closes it', side => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  say('server', ACK, 501, 101, 'hi')
  say(side, RST, side === 'client' ? 101 : 503, 0, 'why')
  say('client', ACK, 101, 503, 'late')
  expect(end()).toEqual([opened, '1 server: hi', `1 closed reset by ${side}`])
})

test('who is refused or not answered has no link', () => {
  const { tcp, end } = reading()
  for (const port of [1, 2]) {
    tcp([40_000 + port, 99])('client', SYN, 100, 0)
    tcp([40_000 + port, 99])('server', RST | ACK, 0, 101)
  }
  tcp([40_003, 98])('client', SYN, 100, 0)
  tcp([40_003, 98])('client', SYN, 100, 0)
  expect(end()).toEqual(['192.0.2.1:99 refused a connection (2 times)', '192.0.2.1:98 did not answer a connection'])
})

test('a client that is refused and asks again is answered', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  say('server', RST | ACK, 0, 101)
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  expect(end()).toEqual([
    '1 opened tcp 10.0.0.1:40000 192.0.2.1:25 at 2',
    '1 closed unseen',
    '192.0.2.1:25 refused a connection',
  ])
})

test('the client is who asks, whatever its port', () => {
  const { tcp, end } = reading()
  const say = tcp([25, 40_000])
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  say('client', ACK, 101, 501, 'x')
  expect(end()[0]).toBe('1 opened tcp 10.0.0.1:25 192.0.2.1:40000 at 0')
})

test('a connection whose SYN is missing is whole by the answer to it', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('server', SYN | ACK, 500, 101)
  say('client', ACK, 103, 501, 'cd')
  say('client', ACK, 101, 501, 'ab')
  expect(end()).toEqual([opened, '1 client: ab', '1 client: cd', '1 closed unseen'])
})

test.each<[string, [number, number], 'client' | 'server', string]>([
  ['a known port is the server’s', [30_000, 25], 'server', '10.0.0.1:30000 192.0.2.1:25'],
  ['a known port is the server’s, though it is the higher', [24, 25], 'client', '10.0.0.1:24 192.0.2.1:25'],
  ['of two unknown ports the lower is the server’s', [40_000, 8080], 'server', '10.0.0.1:40000 192.0.2.1:8080'],
  [
    'of two unknown ports the lower is the server’s, whoever speaks',
    [8080, 40_000],
    'client',
    '192.0.2.1:40000 10.0.0.1:8080',
  ],
])('joined in its middle, %s', (_what, ports, speaker, ends) => {
  const { tcp, end } = reading()
  const say = tcp(ports)
  say('client', ACK, 100, 500)
  say(speaker, PSH | ACK, 100, 500, 'hello')
  expect(end()[0]).toBe(`1 opened tcp ${ends} joined at 1`)
})

test('what is left of a connection opens none', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', ACK, 100, 500)
  say('client', FIN | ACK, 100, 500)
  say('server', RST, 500, 0, 'why')
  expect(end()).toEqual([])
})

test('a port that is used again is another link', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  say('client', SYN, 100, 0)
  say('client', ACK, 101, 501, 'one')
  say('client', SYN, 900, 0)
  say('server', SYN | ACK, 700, 901)
  say('client', ACK, 901, 701, 'two')
  expect(end()).toEqual([
    opened,
    '1 client: one',
    '1 closed unseen',
    '2 opened tcp 10.0.0.1:40000 192.0.2.1:25 at 4',
    '2 client: two',
    '2 closed unseen',
  ])
})

test('what the client lacks is told before what the server says to it', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  say('client', ACK, 104, 501, ' b')
  say('server', ACK, 501, 106, 'answer')
  expect(end().slice(1)).toEqual(['1 client lost 3', '1 client:  b', '1 server: answer', '1 closed unseen'])
})

test('what waits behind a gap is given when the capture ends, and the end is seen', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0)
  say('server', SYN | ACK, 500, 101)
  say('client', FIN | ACK, 104, 501, 'x')
  expect(end().slice(1)).toEqual(['1 client lost 3', '1 client: x', '1 client ended', '1 closed unseen'])
})

test('what a SYN brings along is said when it is answered', () => {
  const { tcp, end } = reading()
  const say = tcp([40_000, 25])
  say('client', SYN, 100, 0, 'early')
  say('server', SYN | ACK, 500, 106)
  say('client', ACK, 106, 501, ' late')
  expect(end()).toEqual([opened, '1 client: early', '1 client:  late', '1 closed unseen'])
})

test('times on a link do not go back', () => {
  const times: number[] = []
  const links = new Links(new KeyLog(), new Tally(), event => 'time' in event && times.push(event.time))
  const payload = Buffer.from('9c400019000000640000000050100000000000003132', 'hex')
  const packet = { source: clientAddress, destination: serverAddress, protocol: 6, payload, length: payload.length }
  links.packet(packet, 5000)
  payload.writeUInt32BE(102, 4)
  links.packet(packet, 4000)
  expect(times).toEqual([5000, 5000, 5000])
})

test('datagrams between two ends are a link, the client who says the first', () => {
  const { udp, end } = reading()
  udp([5000, 6000])('client', 'ping')
  udp([5000, 6000])('server', 'pong')
  udp([5001, 6000])('client', '')
  expect(end()).toEqual([
    '1 opened udp 10.0.0.1:5000 192.0.2.1:6000 at 0',
    '1 client: ping',
    '1 server: pong',
    '2 opened udp 10.0.0.1:5001 192.0.2.1:6000 at 2',
    '2 client: ',
    '1 closed end',
    '2 closed end',
  ])
})

test('an answer whose question is not in the capture is the server’s', () => {
  const { udp, end } = reading()
  udp([5000, 53])('server', 'answer')
  expect(end().slice(0, 2)).toEqual(['1 opened udp 10.0.0.1:5000 192.0.2.1:53 joined at 0', '1 server: answer'])
})

test('a flow that was silent for two minutes is over', () => {
  const { udp, end, at } = reading()
  udp([5000, 53])('client', 'a')
  at(120_000)
  udp([5001, 53])('client', 'b')
  at(120_001)
  udp([5000, 53])('client', 'c')
  expect(end().filter(line => /opened|closed/.test(line))).toEqual([
    '1 opened udp 10.0.0.1:5000 192.0.2.1:53 at 0',
    '2 opened udp 10.0.0.1:5001 192.0.2.1:53 at 120000',
    '1 closed end',
    '3 opened udp 10.0.0.1:5000 192.0.2.1:53 at 120001',
    '2 closed end',
    '3 closed end',
  ])
})

test('of more links than are followed the one silent longest is given up', () => {
  const { tcp, udp, end } = reading(2)
  for (const port of [1, 2]) tcp([40_000 + port, 25])('client', ACK, 1, 1, String(port))
  tcp([40_001, 25])('client', ACK, 2, 1, 'again')
  tcp([40_003, 25])('client', ACK, 1, 1, '3')
  for (const port of [1, 2, 3]) udp([50_000 + port, 7])('client', String(port))
  expect(end().filter(line => /closed|more/.test(line))).toEqual([
    '2 closed unseen',
    '4 closed end',
    '1 closed unseen',
    '3 closed unseen',
    '5 closed end',
    '6 closed end',
    'more than 2 connections at once: the one silent longest is given up',
  ])
})

test('a datagram that the capture has cut is left out', () => {
  const tally = new Tally()
  const links = new Links(new KeyLog(), tally, () => expect.unreachable())
  const payload = Buffer.from('000100020014000068', 'hex')
  links.packet({ source: clientAddress, destination: serverAddress, protocol: 17, payload, length: 20 }, 0)
  expect(tally.notes).toEqual(['a datagram that the capture has cut is left out'])
})

test('whatever segments say, links open and close once and nothing is thrown', () => {
  const random = new Random('chaos')
  const { tcp, end } = reading(5)
  for (let i = 0; i < 20_000; i++) {
    const flags = [SYN, SYN | ACK, ACK, ACK, ACK | PSH, FIN | ACK, RST, random.below(64)][random.below(8)]!
    const text = 'x'.repeat(random.below(3) * random.below(40))
    const side = random.below(2) ? 'client' : 'server'
    tcp([40_000 + random.below(8), 25])(side, flags, random.below(200), random.below(200), text)
  }
  const lines = end()
  const count = (pattern: RegExp) => lines.filter(line => pattern.test(line)).length
  expect(count(/^\d+ opened/)).toBeGreaterThan(100)
  expect(count(/^\d+ opened/)).toBe(count(/^\d+ closed/))
  const open = new Set<string>()
  for (const line of lines) {
    const [id, what] = line.split(' ') as [string, string]
    if (!/^\d+$/.test(id)) continue
    expect(open.has(id)).toBe(what !== 'opened')
    if (what === 'opened') open.add(id)
    if (what === 'closed') open.delete(id)
  }
})
