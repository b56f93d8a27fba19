import { describe, expect, test } from 'vitest'
import { addressOctets } from '../net/address.ts'
import { Random } from '../net/random.ts'
import { ACK, encodeTcpFrame, encodeUdpFrames, maxSegmentBytes, type Path, PSH, SYN } from './packets.ts'

function path(from: string, to: string, ports: [number, number] = [40000, 25]): Path {
  return {
    from: { mac: Buffer.from('0800271d1edb', 'hex'), address: addressOctets(from), port: ports[0] },
    to: { mac: Buffer.from('525400123502', 'hex'), address: addressOctets(to), port: ports[1] },
  }
}

const hex = (text: string) => text.replace(/\s|#.*/g, '')

// Written from RFC 791, 768, 9293 and 8200; the checksums were computed by another program.
test('a SYN over IPv4', () => {
  const segment = {
    flags: SYN,
    sequence: 0x01020304,
    acknowledgment: 0,
    window: 64240,
    options: Buffer.from('020405b401010402', 'hex'),
  }
  expect(encodeTcpFrame(path('10.0.2.15', '203.0.113.5'), segment, 0x1234).toString('hex')).toBe(
    hex(`
      525400123502 0800271d1edb 0800
      45 00 0030 1234 4000 40 06 e07f 0a00020f cb007105
      9c40 0019 01020304 00000000 7002 faf0 9fba 0000
      0204 05b4 01 01 0402
    `),
  )
})

test('a datagram over IPv6', () => {
  const [frame, ...more] = encodeUdpFrames(path('fd00:2::15', '2001:db8::5', [40000, 53]), Buffer.from('abc'), 1)
  expect(more).toEqual([])
  expect(frame!.toString('hex')).toBe(
    hex(`
      525400123502 0800271d1edb 86dd
      60000000 000b 11 40 fd000002000000000000000000000015 20010db8000000000000000000000005
      9c40 0035 000b 742a 616263
    `),
  )
})

// The header that Wikipedia's article on the IPv4 header checksum computes by hand.
test('the header of a datagram of 115 octets from 192.168.0.1 to 192.168.0.199', () => {
  const [frame] = encodeUdpFrames(path('192.168.0.1', '192.168.0.199'), new Uint8Array(87), 0)
  expect(frame!.subarray(14, 34).toString('hex')).toBe(
    '450000730000400040 11 b861 c0a80001 c0a800c7'.replaceAll(' ', ''),
  )
})

/** What words add up to in ones' complement, by another way than the encoder's: the number that they write mod 2^16-1. */
function addsUp(...parts: Uint8Array[]): boolean {
  const bytes = Buffer.concat(parts)
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(1)])
  return BigInt(`0x${even.toString('hex')}`) % 65535n === 0n
}

describe.each([
  ['10.0.2.15', '203.0.113.5', 20],
  ['fd00:2::15', '2001:db8::5', 40],
])('from %s', (from, to, header) => {
  test.each([0, 1, 2, 3, 1459, 1460])('checksums of a segment with %i octets hold', size => {
    const random = new Random(`segment ${size}`)
    for (let i = 0; i < 20; i++) {
      const segment = { flags: PSH | ACK, sequence: random.uint32(), acknowledgment: random.uint32(), window: 501 }
      const frame = encodeTcpFrame(path(from, to), { ...segment, payload: random.bytes(size) }, random.below(0x10000))
      if (header === 20) expect(addsUp(frame.subarray(14, 34))).toBe(true)
      const tcp = frame.subarray(14 + header)
      expect(addsUp(addressOctets(from), addressOctets(to), Buffer.of(0, 6, tcp.length >> 8, tcp.length), tcp)).toBe(
        true,
      )
    }
  })

  test.each([0, 1, 1472, 1473, 9000, 65_507])('a datagram of %i octets is whole in its fragments', size => {
    const payload = new Random(`datagram ${size}`).bytes(size)
    const frames = encodeUdpFrames(path(from, to), payload, 0xbeef)
    const parts = frames.map(frame => {
      expect(frame.length).toBeLessThanOrEqual(1514)
      if (header === 20) {
        expect(addsUp(frame.subarray(14, 34))).toBe(true)
        expect(frame.readUInt16BE(16)).toBe(frame.length - 14)
        const flags = frame.readUInt16BE(20)
        return { offset: (flags & 0x1fff) * 8, more: (flags & 0x2000) !== 0, octets: frame.subarray(34) }
      }
      expect(frame.readUInt16BE(18)).toBe(frame.length - 54)
      if (frame[20] === 17) return { offset: 0, more: false, octets: frame.subarray(54) }
      expect([frame[20], frame[54], frame.readUInt32BE(58)]).toEqual([44, 17, 0xbeef])
      const flags = frame.readUInt16BE(56)
      return { offset: flags & ~7, more: (flags & 1) !== 0, octets: frame.subarray(62) }
    })
    let offset = 0
    for (const [i, part] of parts.entries()) {
      expect(part).toMatchObject({ offset, more: i < parts.length - 1 })
      offset += part.octets.length
    }
    const datagram = Buffer.concat(parts.map(({ octets }) => octets))
    expect(datagram.subarray(8).equals(payload)).toBe(true)
    expect(datagram.readUInt16BE(4)).toBe(8 + size)
    expect(
      addsUp(addressOctets(from), addressOctets(to), Buffer.of(0, 17, datagram.length >> 8, datagram.length), datagram),
    ).toBe(true)
  })

  test('a full segment fills the MTU', () => {
    const way = path(from, to)
    const segment = { flags: ACK, sequence: 0, acknowledgment: 0, window: 0 }
    expect(encodeTcpFrame(way, { ...segment, payload: new Uint8Array(maxSegmentBytes(way)) }, 0)).toHaveLength(1514)
  })
})

test('a datagram whose checksum comes out as 0 says ffff', () => {
  const way = path('0.0.0.0', '0.0.0.0', [0, 0])
  // 17 + 10 of the pseudo header, 10 of the header: 37, so that ffff - 37 is missing.
  const [frame] = encodeUdpFrames(way, Buffer.from('ffda', 'hex'), 0)
  expect(frame!.readUInt16BE(40)).toBe(0xffff)
})
