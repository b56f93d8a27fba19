import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { readRecords } from './formats.ts'
import { OctetFile } from './octet-file.ts'
import type { CaptureRecord } from './records.ts'
import { Tally } from './tally.ts'

let folder: { path: string } & Disposable
let path: string
beforeEach(() => {
  folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  path = join(folder.path, 'a.pcapng')
})
afterEach(() => folder[Symbol.dispose]())

interface Read {
  records: CaptureRecord[]
  notes: string[]
}

function read(...parts: Uint8Array[]): Read {
  writeFileSync(path, Buffer.concat(parts))
  const tally = new Tally()
  using file = new OctetFile(path)
  const records = [...readRecords(file, tally)].map(record => copyOf(record))
  return { records, notes: tally.notes.map(note => note.replace(JSON.stringify(path), 'FILE')) }
}

/** Octets are valid only until the next record. */
function copyOf(record: CaptureRecord): CaptureRecord {
  if (record.kind === 'names') return { ...record, address: Buffer.from(record.address) }
  return { ...record, octets: Buffer.from(record.octets) }
}

type Order = 'LE' | 'BE'

/** Numbers of two and four octets, and octets, as a file of this byte order has them. */
class Writer {
  readonly order: Order
  constructor(order: Order) {
    this.order = order
  }

  u16 = (...numbers: number[]): Buffer =>
    Buffer.concat(
      numbers.map(number => {
        const octets = Buffer.alloc(2)
        octets[`writeUInt16${this.order}`](number)
        return octets
      }),
    )

  u32 = (...numbers: number[]): Buffer =>
    Buffer.concat(
      numbers.map(number => {
        const octets = Buffer.alloc(4)
        octets[`writeUInt32${this.order}`](number)
        return octets
      }),
    )

  block = (type: number, ...parts: Uint8Array[]): Buffer => {
    const body = padded(Buffer.concat(parts))
    return Buffer.concat([this.u32(type, body.length + 12), body, this.u32(body.length + 12)])
  }

  section = (): Buffer => this.block(0x0a0d0d0a, this.u32(0x1a2b3c4d), this.u16(1, 0), this.u32(0xffffffff, 0xffffffff))

  option = (code: number, value: Uint8Array): Buffer => Buffer.concat([this.u16(code, value.length), padded(value)])

  interface = (linkType: number, snap = 0, ...options: Uint8Array[]): Buffer =>
    this.block(1, this.u16(linkType, 0), this.u32(snap), ...options, this.u16(0, 0))

  packet = (number: number, [high, low]: [number, number], octets: Uint8Array, length = octets.length): Buffer =>
    this.block(6, this.u32(number, high, low, octets.length, length), padded(octets))
}

const padded = (octets: Uint8Array): Buffer => Buffer.concat([octets, Buffer.alloc(-octets.length & 3)])
const text = (chars: string): Buffer => Buffer.from(chars)

// 2015-03-15 12:09:16.5 UTC in microseconds, as Python computes it.
const half: [number, number] = [0x51152, 0x9a411420]

group.each(['LE', 'BE'] as const)('pcapng, %s', order => {
  const of = new Writer(order)

  test('a packet has its interface’s link type, its time and its length on the wire', () => {
    expect(read(of.section(), of.interface(1), of.interface(113), of.packet(1, half, text('hello'), 99))).toEqual({
      records: [{ kind: 'packet', linkType: 113, time: 1426421356500, octets: text('hello'), length: 99 }],
      notes: [],
    })
  })

  test.each<[string, number, [number, number]]>([
    ['milliseconds', 3, [0x14c, 0x1d5697d4]],
    ['nanoseconds', 9, [0x13cbaaaa, 0x8e369d00]],
    ['1/1024 of a second', 0x8a, [0x154, 0x15d9b200]],
  ])('times in %s', (_what, octet, units) => {
    const described = of.interface(1, 0, of.option(9, Buffer.of(octet)))
    expect(read(of.section(), described, of.packet(0, units, text('x'))).records[0]).toMatchObject({
      time: 1426421356500,
    })
  })

  test('seconds are added to its times where an interface says so', () => {
    const offset = of.order === 'LE' ? of.u32(-10 >>> 0, 0xffffffff) : of.u32(0xffffffff, -10 >>> 0)
    const [record] = read(
      of.section(),
      of.interface(1, 0, of.option(14, offset)),
      of.packet(0, half, text('x')),
    ).records
    expect(record).toMatchObject({ time: 1426421346500 })
  })

  test('a simple packet is cut to its interface’s limit, and has the time of the one before', () => {
    const simple = of.block(3, of.u32(10), text('12345678'))
    expect(read(of.section(), of.interface(1, 7), of.packet(0, half, text('x')), simple).records[1]).toEqual({
      kind: 'packet',
      linkType: 1,
      time: 1426421356500,
      octets: text('1234567'),
      length: 10,
    })
  })

  test('a packet block of old', () => {
    const old = of.block(2, of.u16(0, 3), of.u32(...half, 2, 2), text('hi\0\0'))
    expect(read(of.section(), of.interface(101), old).records).toMatchObject([{ linkType: 101, octets: text('hi') }])
  })

  test('names and secrets, and blocks that nobody knows', () => {
    const names = of.block(
      4,
      of.option(1, Buffer.concat([Buffer.of(192, 0, 2, 1), text('a.example\0b.example\0')])),
      of.option(2, Buffer.concat([Buffer.alloc(16, 1), text('c.example\0')])),
      of.option(7, text('?')),
      of.u16(0, 0),
    )
    const secrets = of.block(10, of.u32(0x544c534b, 5), text('LINE\n'))
    const others = [of.block(10, of.u32(0x57474b4c, 4), text('keys')), of.block(0x0bad, text('mine')), of.block(5)]
    expect(read(of.section(), names, ...others, secrets)).toEqual({
      records: [
        { kind: 'names', address: Buffer.of(192, 0, 2, 1), names: ['a.example', 'b.example'] },
        { kind: 'names', address: Buffer.alloc(16, 1), names: ['c.example'] },
        { kind: 'secrets', octets: text('LINE\n') },
      ],
      notes: [],
    })
  })

  test('a section has interfaces of its own, and its own byte order', () => {
    const other = new Writer(order === 'LE' ? 'BE' : 'LE')
    const { records, notes } = read(
      of.section(),
      of.interface(1),
      of.packet(0, half, text('1')),
      other.section(),
      other.packet(0, half, text('2')),
      other.interface(101),
      other.packet(0, half, text('3')),
    )
    expect(
      records.map(record => [
        record.kind === 'packet' && record.linkType,
        String((record as { octets: Buffer }).octets),
      ]),
    ).toEqual([
      [1, '1'],
      [101, '3'],
    ])
    expect(notes).toEqual(['a packet of an interface that is not described is left out (at offset 116 of FILE)'])
  })

  test.each<[string, (of: Writer) => Buffer, string | RegExp]>([
    [
      'shorter than its heads',
      of => Buffer.concat([of.u32(6, 8), of.u32(8)]),
      'expected the length of a block, got 8: nothing is read from here on',
    ],
    [
      'of no whole words',
      of => Buffer.concat([of.u32(6, 13), Buffer.alloc(5)]),
      'expected the length of a block, got 13: nothing is read from here on',
    ],
    [
      'whose lengths differ',
      of => Buffer.concat([of.u32(6, 16, 0, 20)]),
      'expected a block that ends with its length, got 20 instead of 16: nothing is read from here on',
    ],
    ['beyond the file', of => of.u32(6, 400, 0, 0), 'the file is cut inside a block'],
    ['that nobody knows, beyond the file', of => of.u32(99, 0xfffffff0, 0, 0), 'the file is cut inside a block'],
    ['of which not even the head is there', of => of.u32(6, 400).subarray(0, 7), 'the file is cut inside a block'],
  ])('after a block %s nothing is read, and what is before it is', (_what, bad, note) => {
    const good = [of.section(), of.interface(1), of.packet(0, half, text('good'))]
    const { records, notes } = read(...good, bad(of))
    expect(records).toHaveLength(1)
    expect(notes).toEqual([`${note} (at offset 88 of FILE)`])
  })

  test.each<[string, (of: Writer) => Buffer, string]>([
    [
      'that is longer than its block',
      of => of.block(6, of.u32(0, ...half, 100, 100), text('abcd')),
      'a packet that is longer than its block, or than any, is left out',
    ],
    ['without a head', of => of.block(6, of.u32(0, 0)), 'a packet without its head is left out'],
    [
      'in a block that is too large',
      of => of.block(6, Buffer.alloc(17_000_000)),
      'a block of 17000012 octets is left out',
    ],
    [
      'of secrets longer than their block',
      of => of.block(10, of.u32(0x544c534b, 5), text('LINE')),
      'secrets are longer than their block',
    ],
  ])('something %s is left out, and what is behind it is read', (_what, bad, note) => {
    const { records, notes } = read(of.section(), of.interface(1), bad(of), of.packet(0, half, text('good')))
    expect(records).toMatchObject([{ octets: text('good') }])
    expect(notes).toEqual([`${note} (at offset 52 of FILE)`])
  })
})

group.each<[string, Order, number, number]>([
  ['microseconds, little-endian', 'LE', 0xa1b2c3d4, 500_000],
  ['microseconds, big-endian', 'BE', 0xa1b2c3d4, 500_000],
  ['nanoseconds, little-endian', 'LE', 0xa1b23c4d, 500_000_000],
  ['nanoseconds, big-endian', 'BE', 0xa1b23c4d, 500_000_000],
])('pcap in %s', (_what, order, magic, fraction) => {
  const { u16, u32 } = new Writer(order)
  // The link type is 1, with four octets of checksum behind each frame in the highest bits.
  const head = Buffer.concat([u32(magic), u16(2, 4), u32(0, 0, 65_535, 0x44000001)])
  const packet = (octets: Buffer, length = octets.length) =>
    Buffer.concat([u32(1426421356, fraction, octets.length, length), octets])

  test('packets with their times and lengths', () => {
    expect(read(head, packet(text('hello')), packet(text('cut'), 99))).toEqual({
      records: [
        { kind: 'packet', linkType: 1, time: 1426421356500, octets: text('hello'), length: 5 },
        { kind: 'packet', linkType: 1, time: 1426421356500, octets: text('cut'), length: 99 },
      ],
      notes: [],
    })
  })

  test.each([1, 15, 18])('a file that is cut after %i octets of a packet gives those before', count => {
    expect(read(head, packet(text('hello')), packet(text('lost')).subarray(0, count))).toMatchObject({
      records: [{ octets: text('hello') }],
      notes: ['the file is cut inside a packet (at offset 45 of FILE)'],
    })
  })

  test('after a length that cannot be nothing is read', () => {
    expect(read(head, packet(text('hello')), u32(0, 0, 2 ** 31, 0), Buffer.alloc(100))).toMatchObject({
      records: [{ octets: text('hello') }],
      notes: [
        'expected a packet of at most 1048576 octets, got 2147483648: nothing is read from here on (at offset 45 of FILE)',
      ],
    })
  })
})

test.each<[string, Buffer, string]>([
  ['nothing', text(''), 'got nothing at offset 0 of'],
  ['a picture', text('GIF89a....................'), 'got "GIF89a.........."… at offset 0 of'],
  ['a head that is cut', Buffer.from('d4c3b2a1020004000000', 'hex'), 'got "ÔÃ²¡'],
  ['a capture that is packed', Buffer.from('1f8b0800000000000003', 'hex'), '; unpack it with gunzip first'],
])('%s is no capture', (_what, octets, message) => {
  expect(() => read(octets)).toThrow(message)
  expect(() => read(octets)).toThrow('expected a capture in pcapng or pcap, got')
})

test('a section without a byte order is noted', () => {
  expect(read(Buffer.from('0a0d0d0a 0000001c 12345678'.replaceAll(' ', ''), 'hex'), Buffer.alloc(16))).toEqual({
    records: [],
    notes: ['expected the byte order of a section, got neither: nothing is read from here on (at offset 0 of FILE)'],
  })
})

test('damage of any kind gives records and notes, and an end', () => {
  const of = new Writer('LE')
  const good = Buffer.concat([
    of.section(),
    of.interface(1, 0, of.option(9, Buffer.of(6))),
    of.block(4, of.option(1, Buffer.from('....a.example\0'))),
    ...Array.from({ length: 20 }, (_, i) => of.packet(0, half, Buffer.alloc(i * 7))),
  ])
  const random = new Random('damage')
  for (let i = 0; i < 500; i++) {
    const bad = Buffer.from(good)
    for (let many = random.below(4); many >= 0; many--) bad[4 + random.below(bad.length - 4)] = random.below(256)
    const { records } = read(bad.subarray(0, random.below(2) ? bad.length : 24 + random.below(bad.length - 24)))
    expect(records.length).toBeLessThanOrEqual(21)
  }
})
