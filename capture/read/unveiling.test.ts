import { expect, test } from 'vitest'
import { KeyLog } from '../../wire/tls/key-log.ts'
import type { CapturedLink } from './events.ts'
import { Unveiling } from './unveiling.ts'

const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

// Hand-made from RFC 8446 §4.1.2 and §4.1.3: 41 octets of a hello, without extensions.
const clientHello = octets(`16 0301 002d 01 000029 0303 ${'c1'.repeat(32)} 00 0002 1301 01 00`)
const serverHello = octets(`16 0303 002a 02 000026 0303 ${'52'.repeat(32)} 00 c02f 00`)
const protectedRecord = octets('17 0303 0003 aabbcc')
const alertRecord = octets('15 0303 0002 02 28')

function unveiling(link: Partial<CapturedLink> = {}) {
  const lines: string[] = []
  const unveiled = new Unveiling(
    {
      id: 1,
      transport: 'tcp',
      client: { address: '10.0.0.1', port: 40_000 },
      server: { address: '192.0.2.1', port: 443 },
      isJoined: false,
      ...link,
    },
    new KeyLog(),
    event => {
      if (event.kind === 'plain' || event.kind === 'opaque') {
        lines.push(`${event.kind} ${event.from} ${event.octets.toString('latin1')} at ${event.time}`)
      } else if (event.kind === 'note') lines.push(event.text)
      else if (event.kind === 'lost') lines.push(`lost ${event.from} ${event.count}`)
      else
        lines.push(
          event.kind === 'closed' ? `closed ${event.how}` : `${event.kind} ${'from' in event ? event.from : ''}`,
        )
    },
  )
  let time = 0
  return {
    lines,
    client: (said: Buffer | string) => unveiled.octets('client', Buffer.from(said as string), ++time),
    server: (said: Buffer | string) => unveiled.octets('server', Buffer.from(said as string), ++time),
    unveiled,
  }
}

const latin1 = (bytes: Buffer): string => bytes.toString('latin1')

test('what is no TLS is plain, as it comes', () => {
  const { client, server, lines, unveiled } = unveiling()
  server('220 hi')
  client('QUIT')
  client(protectedRecord)
  unveiled.ended('client', 4)
  unveiled.closed('end', 5)
  expect(lines).toEqual([
    'plain server 220 hi at 1',
    'plain client QUIT at 2',
    `plain client ${latin1(protectedRecord)} at 3`,
    'ended client',
    'closed end',
  ])
})

test('TLS without secrets is noted and opaque, from its beginning or after plain octets', () => {
  for (const plain of [[], ['STARTTLS']]) {
    const { client, server, lines, unveiled } = unveiling()
    for (const line of plain) client(line)
    lines.length = 0
    client(clientHello)
    expect(lines).toEqual([])
    server(serverHello)
    expect(lines.shift()).toBe('no secrets for the TLS of 192.0.2.1:443')
    client(protectedRecord)
    server(protectedRecord)
    expect(lines.map(line => line.slice(0, 13))).toEqual(['opaque server', 'opaque client', 'opaque server'])
    unveiled.closed('reset by client', 9)
    expect(lines.at(-1)).toBe('closed reset by client')
  }
})

test('a hello is one in whatever pieces it comes', () => {
  const { client, server, lines } = unveiling()
  for (const octet of clientHello) client(Buffer.of(octet))
  server(serverHello)
  expect(lines[0]).toBe('no secrets for the TLS of 192.0.2.1:443')
})

test('what looks like a hello and is not answered by TLS was none', () => {
  const { client, server, lines } = unveiling()
  client(clientHello.subarray(0, 20))
  client('more')
  server('what?')
  client(clientHello)
  server('what?')
  expect(lines).toEqual([
    `plain client ${latin1(clientHello.subarray(0, 20))} at 1`,
    'plain client more at 2',
    'plain server what? at 3',
    `plain client ${latin1(clientHello)} at 4`,
    'plain server what? at 5',
  ])
})

test.each<[string, Buffer]>([
  ['one octet', octets('16')],
  ['a head alone', octets('16 0301 0200')],
])('%s, which may begin a hello, is held until something is said', (_what, bytes) => {
  const { client, server, lines } = unveiling()
  client(bytes)
  expect(lines).toEqual([])
  server('hm')
  expect(lines).toEqual([`plain client ${latin1(bytes)} at 1`, 'plain server hm at 2'])
})

test.each<[string, Buffer]>([
  ['a hello of nothing', octets('16 0301 0000 01 000000 0303')],
  ['another handshake message', octets('16 0303 0010 0b 00000c 0303')],
  ['a hello that ends before its record', octets('16 0303 0100 01 000020 0303')],
  ['a hello of SSL 2', octets('802e 01 0002 0015')],
  ['a hello of a version that there is none of', octets('16 0301 0100 01 0000fc 0404')],
])('%s is plain', (_what, bytes) => {
  const { client, lines } = unveiling()
  client(bytes)
  expect(lines).toEqual([`plain client ${latin1(bytes)} at 1`])
})

test('more than a hello can be is not held', () => {
  const { client, lines } = unveiling()
  client(clientHello)
  client('x'.repeat(64 * 1024))
  expect(lines).toHaveLength(2)
})

test('who refuses a handshake is told, and why', () => {
  const { client, server, lines, unveiled } = unveiling()
  client(clientHello)
  server(alertRecord)
  unveiled.ended('server', 3)
  unveiled.closed('end', 4)
  expect(lines).toEqual([
    'the TLS of 192.0.2.1:443: the server broke off: handshake failure (40)',
    'ended server',
    'closed end',
  ])
})

test('a hello that nobody answers is not plain', () => {
  for (const ending of ['ended', 'closed'] as const) {
    const { client, lines, unveiled } = unveiling()
    client(clientHello)
    if (ending === 'ended') unveiled.ended('client', 2)
    unveiled.closed('reset by server', 3)
    expect(lines.filter(line => line !== 'ended client')).toEqual([
      'the TLS of 192.0.2.1:443: its handshake came to no agreement',
      'closed reset by server',
    ])
  }
})

test('a handshake that the capture cuts is noted', () => {
  const { client, lines, unveiled } = unveiling()
  client(clientHello)
  unveiled.closed('unseen', 2)
  expect(lines).toEqual(['the TLS of 192.0.2.1:443: its handshake is cut', 'closed unseen'])
})

test('too little of a hello to tell is plain where something is missing behind it', () => {
  const { client, lines, unveiled } = unveiling()
  client(clientHello.subarray(0, 4))
  unveiled.lost('client', 3, 2)
  expect(lines).toEqual([`plain client ${latin1(clientHello.subarray(0, 4))} at 1`, 'lost client 3'])
})

test('half a hello of which nothing more comes is what it is', () => {
  const { client, lines, unveiled } = unveiling()
  client(clientHello.subarray(0, 6))
  unveiled.closed('reset by server', 3)
  expect(lines).toEqual([`plain client ${latin1(clientHello.subarray(0, 6))} at 1`, 'closed reset by server'])
})

test('TLS that was joined in its middle is opaque', () => {
  const { client, server, lines } = unveiling({ isJoined: true })
  server(Buffer.concat([protectedRecord, protectedRecord]))
  client('text')
  expect(lines).toEqual([
    'the TLS of 192.0.2.1:443: its handshake is not in the capture',
    `opaque server ${latin1(Buffer.concat([protectedRecord, protectedRecord]))} at 1`,
    'opaque client text at 2',
  ])
})

test('what is no TLS and was joined in its middle is plain', () => {
  const { client, server, lines } = unveiling({ isJoined: true })
  server('hello')
  client(Buffer.concat([protectedRecord, Buffer.from('text')]))
  expect(lines.map(line => line.slice(0, 12))).toEqual(['plain server', 'plain client'])
})

test('a hello of which a part is missing makes the link opaque', () => {
  const { client, server, lines, unveiled } = unveiling()
  client(clientHello.subarray(0, 30))
  unveiled.lost('client', 10, 2)
  server(serverHello)
  expect(lines).toEqual([
    'the TLS of 192.0.2.1:443: a part of its handshake is not in the capture',
    `opaque client ${latin1(clientHello.subarray(0, 30))} at 1`,
    'lost client 10',
    `opaque server ${latin1(serverHello)} at 2`,
  ])
})

test('a hello that is missing makes the link opaque', () => {
  const { server, lines, unveiled } = unveiling()
  unveiled.lost('client', 517, 1)
  server(serverHello)
  expect(lines).toEqual([
    'lost client 517',
    'the TLS of 192.0.2.1:443: its handshake is not in the capture',
    `opaque server ${latin1(serverHello)} at 1`,
  ])
})
