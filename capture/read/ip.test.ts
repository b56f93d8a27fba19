import { expect, test } from 'vitest'
import { addressOctets } from '../../net/address.ts'
import { Random } from '../../net/random.ts'
import { encodeUdpFrames, type Path } from '../packets.ts'
import { Fragments } from './fragments.ts'
import { ipPacketIn, isLinkType } from './frames.ts'
import { type IpPacket, readIpPacket } from './ip.ts'
import { Tally } from './tally.ts'
import { readTcp, readUdp } from './transport.ts'

const octets = (...hex: string[]): Buffer => Buffer.from(hex.join('').replace(/[\s.]/g, ''), 'hex')

// Written from RFC 791, 8200, 768 and 9293: UDP from port 1 to port 2 that says "hi".
const udp = '0001 0002 000a 0000 6869'
const ipv4 = (rest = '', total = '001e', flags = '0000', protocol = '11', payload = udp) =>
  octets(`45 00 ${total} 1234 ${flags} 40 ${protocol} 0000 c0000201 c0000202`, payload, rest)
const ipv6 = (payload: string, next = '11', length = '000a') =>
  octets(`60000000 ${length} ${next} 40 20010db8000000000000000000000001 20010db8000000000000000000000002`, payload)

const macs = '525400123502 0800271d1edb'

/** What is said in a frame, `from>to saying`. */
function said(linkType: number, frame: Buffer, length = frame.length): string | undefined {
  const packet = ipPacketIn(linkType, frame)
  const read = packet && readIpPacket(packet, packet.length + length - frame.length, new Fragments(), new Tally())
  const datagram = read?.protocol === 17 ? readUdp(read) : undefined
  return datagram && `${read!.source.join('.')} ${datagram.from}>${datagram.to} ${datagram.payload}`
}

const v4 = '192.0.2.1 1>2 hi'
const v6 = '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1 1>2 hi'

test.each<[string, number, Buffer, string | undefined]>([
  ['Ethernet', 1, octets(macs, '0800', ipv4().toString('hex')), v4],
  ['Ethernet, padded to its least length', 1, octets(macs, '0800', ipv4('00'.repeat(16)).toString('hex')), v4],
  ['Ethernet with a VLAN tag', 1, octets(macs, '8100 0064 0800', ipv4().toString('hex')), v4],
  ['Ethernet with two VLAN tags', 1, octets(macs, '88a8 0001 8100 0002 86dd', ipv6(udp).toString('hex')), v6],
  [
    'Ethernet with more tags than there are',
    1,
    octets(macs, '8100 0001'.repeat(5), '0800', ipv4().toString('hex')),
    undefined,
  ],
  ['ARP over Ethernet', 1, octets(macs, '0806 0001'), undefined],
  ['an Ethernet frame that is cut', 1, octets(macs), undefined],
  ['Linux’ cooked capture', 113, octets('0004 0304 0006 000000000000 0000 0800', ipv4().toString('hex')), v4],
  [
    'Linux’ cooked capture, version 2',
    276,
    octets('86dd 0000 00000001 0304 04 06 0000000000000000', ipv6(udp).toString('hex')),
    v6,
  ],
  ['a cooked frame that is cut', 276, octets('86dd 0000 00000001 0304 04 06 000000000000'), undefined],
  ['raw IPv4', 101, ipv4(), v4],
  ['raw IPv6', 101, ipv6(udp), v6],
  ['raw IP of BSD', 12, ipv4(), v4],
  ['raw IP of no known version', 101, octets('2500'), undefined],
  ['IPv4', 228, ipv4(), v4],
  ['IPv6', 229, ipv6(udp), v6],
  ['loopback of a little-endian machine', 0, octets('02000000', ipv4().toString('hex')), v4],
  ['loopback of a big-endian machine', 0, octets('0000001c', ipv6(udp).toString('hex')), v6],
  ['loopback of OpenBSD', 108, octets('00000002', ipv4().toString('hex')), v4],
  ['wireless', 105, ipv4(), undefined],
  ['nothing', 101, octets(''), undefined],
])('%s', (_what, linkType, frame, expected) => {
  expect(said(linkType, frame)).toBe(expected)
  expect(isLinkType(linkType)).toBe(linkType !== 105)
})

const hopByHop = '0104 00000000'
test.each<[string, Buffer, string | undefined]>([
  ['IPv4 with options', octets('46 00 0022 1234 0000 40 11 0000 c0000201 c0000202 01010100', udp), v4],
  ['IPv4 that leaves its length to the card', ipv4('', '0000'), v4],
  ['IPv4 whose header is longer than it', ipv4('', '0013'), undefined],
  ['IPv4 whose header is cut', ipv4().subarray(0, 19), undefined],
  ['IPv4 with a header of three words', octets('43', ipv4().subarray(1).toString('hex')), undefined],
  ['IPv6 with extensions', ipv6(`3c00 ${hopByHop} 2b00 ${hopByHop} 1100 ${hopByHop} ${udp}`, '00', '0022'), v6],
  ['IPv6 with authentication', ipv6(`1101 0000 00000001 00000001 ${udp}`, '33', '0016'), v6],
  ['IPv6 in one fragment', ipv6(`1100 0000 00000001 ${udp}`, '2c', '0012'), v6],
  ['IPv6 that leaves its length to an option', ipv6(`1100 ${hopByHop} ${udp}`, '00', '0000'), v6],
  ['IPv6 with an extension beyond its end', ipv6(`11ff ${hopByHop}`, '00', '0008'), undefined],
  ['IPv6 with extensions without an end', ipv6(`0000 ${hopByHop}`.repeat(40), '00', '0140'), undefined],
  ['IPv6 whose header is cut', ipv6(udp).subarray(0, 39), undefined],
  ['IPv6 with nothing behind it', ipv6('', '3b', '0000'), undefined],
  ['UDP that is shorter than its header', ipv4('', '001e', '0000', '11', '0001 0002 0007 0000 6869'), undefined],
  ['UDP that is longer than its packet', ipv4('', '001e', '0000', '11', '0001 0002 000b 0000 6869'), undefined],
])('%s', (_what, packet, expected) => {
  expect(said(101, packet)).toBe(expected)
})

test('what the capture has cut is told by lengths', () => {
  const packet = readIpPacket(ipv4().subarray(0, 29), 30, new Fragments(), new Tally())!
  expect(readUdp(packet)).toMatchObject({ payload: Buffer.from('h'), length: 2 })
})

test('what fills a frame up to its least length is said by nobody', () => {
  const acknowledgment = '9c40 0019 00000001 00000002 5010 ffff 0000 0000'
  const frame = octets(macs, '0800', ipv4('00'.repeat(6), '0028', '0000', '06', acknowledgment).toString('hex'))
  const packet = readIpPacket(ipPacketIn(1, frame)!, 46, new Fragments(), new Tally())!
  expect(readTcp(packet)).toMatchObject({ payload: Buffer.alloc(0), length: 0 })
})

test('a segment of TCP', () => {
  const segment = '9c40 0019 00000001 00000002 6018 ffff 0000 0000 01010101 6869'
  const [packet] = [readIpPacket(ipv4('', '002e', '0000', '06', segment), 46, new Fragments(), new Tally())!]
  expect(readTcp(packet)).toEqual({
    from: 40_000,
    to: 25,
    sequence: 1,
    acknowledgment: 2,
    flags: 0x18,
    payload: Buffer.from('hi'),
    length: 2,
  })
  const payload = Buffer.from(packet.payload)
  expect(readTcp({ ...packet, payload: payload.subarray(0, 19) })).toBe(undefined)
  payload[12] = 0x40
  expect(readTcp({ ...packet, payload })).toBe(undefined)
  payload[12] = 0xf0
  expect(readTcp({ ...packet, payload })).toBe(undefined)
})

const path = (from: string, to: string): Path => ({
  from: { mac: Buffer.alloc(6), address: addressOctets(from), port: 1 },
  to: { mac: Buffer.alloc(6), address: addressOctets(to), port: 2 },
})

test.each([
  ['IPv4', '192.0.2.1', '192.0.2.2'],
  ['IPv6', '2001:db8::1', '2001:db8::2'],
])('fragments of %s are joined in whatever order they come, and twice', (_what, from, to) => {
  const random = new Random('fragments')
  const bodies = [0, 1, 2].map(() => random.bytes(9000))
  const frames = bodies.flatMap((body, id) => encodeUdpFrames(path(from, to), body, id + 1))
  for (let i = 0; i < 20; i++) {
    const fragments = new Fragments()
    const mixed = frames.toSorted(() => random.next() - 0.5)
    const read = [...mixed.slice(0, 5), ...mixed].flatMap(frame => {
      const packet = ipPacketIn(1, frame)!
      return readIpPacket(packet, packet.length, fragments, new Tally()) ?? []
    })
    const joined = read.map(packet => readUdp(packet)!.payload)
    for (const body of bodies) expect(joined.some(payload => payload.equals(body))).toBe(true)
  }
})

test('fragments that the capture has cut are left out, with a note', () => {
  const [frame] = encodeUdpFrames(path('192.0.2.1', '192.0.2.2'), Buffer.alloc(3000), 1)
  const packet = ipPacketIn(1, frame!.subarray(0, 100))!
  const tally = new Tally()
  expect(readIpPacket(packet, 1500, new Fragments(), tally)).toBe(undefined)
  expect(tally.notes).toEqual(['a fragment that the capture has cut is left out'])
})

const part = (offset: number, text: string, more = true) => ({ offset, more, octets: Buffer.from(text) })

test('of fragments that overlap the one that begins first stands', () => {
  const fragments = new Fragments()
  expect(fragments.add('a', part(8, 'ABCDEFGHIJ', false))).toBe(undefined)
  expect(String(fragments.add('a', part(0, '0123456789')))).toBe('0123456789CDEFGHIJ')
})

test('a hole is no whole, whatever the sizes add up to', () => {
  const fragments = new Fragments()
  fragments.add('a', part(16, 'end', false))
  fragments.add('a', part(0, 'x'.repeat(8)))
  expect(fragments.add('a', part(1, 'y'.repeat(8)))).toBe(undefined)
  expect(fragments.waiting).toBe(1)
})

test('of what does not become whole only so much is kept', () => {
  const fragments = new Fragments()
  for (let i = 0; i < 5000; i++) fragments.add(`few ${i}`, part(0, 'x'.repeat(8)))
  expect(fragments.waiting).toBe(1024)
  expect(fragments.lost).toBe(5000 - 1024)
  for (let i = 0; i < 200; i++) fragments.add(`large ${i}`, { offset: 0, more: true, octets: Buffer.alloc(60_000) })
  expect(fragments.waiting).toBeLessThan(75)
  expect(fragments.add('beyond', { offset: 65_528, more: false, octets: Buffer.alloc(9) })).toBe(undefined)
})

test('any octets give a packet or none', () => {
  const random = new Random('packets')
  const seeds = [ipv4(), ipv6(`3c00 ${hopByHop} 2b00 ${hopByHop} 1100 ${hopByHop} ${udp}`, '00', '0022')]
  const read: (IpPacket | undefined)[] = []
  for (let i = 0; i < 5000; i++) {
    const packet = Buffer.from(seeds[i % 2]!)
    for (let many = random.below(4); many >= 0; many--) packet[random.below(packet.length)] = random.below(256)
    const cut = packet.subarray(0, random.below(packet.length) + 1)
    const found = ipPacketIn([1, 0, 101, 113, 276][i % 5]!, cut)
    const whole = found && readIpPacket(found, found.length, new Fragments(), new Tally())
    read.push(whole)
    if (whole !== undefined) void [readTcp(whole), readUdp(whole)]
  }
  expect(read.filter(each => each !== undefined).length).toBeGreaterThan(100)
})
