import { expect, test } from 'vitest'
import { goldens } from '../../fixtures/dns/bind-answers.ts'
import { Random } from '../../net/random.ts'
import { decodeDnsMessage, encodeDnsMessage } from './message.ts'
import { encodePointing, pointersOf } from './pointers.ts'
import type { DnsRecord } from './record.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

test.each(goldens)("bind's $name is written in the same octets with bind's pointers", ({ octets, message }) => {
  expect(encodePointing(message, pointersOf(octets, message)!)?.toString('hex')).toBe(octets.toString('hex'))
})

// By hand after RFC 1035 §4.1.4: b.a, then names that point at its parts, at each other's pointers, and in full.
const octets = hex(`0001 8000 0001 0004 0000 0000
  01 62 01 61 00 0001 0001
  c00c 0002 0001 00000001 0004 01 63 c00e
  c00e 0002 0001 00000001 0002 c021
  01 63 01 61 00 0002 0001 00000001 0002 c023
  01 64 c021 0021 0001 00000001 0008 0000 0000 0001 c00c`)

test('the pointers of a message are offsets in the order of its names, 0 for a name in full', () => {
  const message = decodeDnsMessage(octets)
  expect(message.answers).toMatchObject([
    { name: 'b.a', target: 'c.a' },
    { name: 'a', target: 'c.a' },
    { name: 'c.a', target: 'a' },
    { name: 'd.c.a', type: 'SRV', target: 'b.a' },
  ])
  const pointers = pointersOf(octets, message)
  expect(pointers).toEqual([0, 12, 14, 14, 0x21, 0, 0x23, 0x21, 12])
  expect(encodePointing(message, pointers!)).toEqual(octets)
  expect(encodeDnsMessage(message)).not.toEqual(octets)
})

test('a changed message keeps pointers that lead to the same names, and has none where one leads elsewhere', () => {
  const message = decodeDnsMessage(octets)
  const pointers = pointersOf(octets, message)!
  const [first, ...rest] = message.answers as [DnsRecord, ...DnsRecord[]]
  const later = { ...message, answers: [{ ...first, ttl: 2 }, ...rest] }
  expect(decodeDnsMessage(encodePointing(later, pointers)!)).toEqual(later)
  expect(encodePointing({ ...message, answers: [{ ...first, name: 'b.b' }, ...rest] }, pointers)).toBeUndefined()
  expect(encodePointing({ ...message, answers: rest }, pointers)).toBeUndefined()
  expect(encodePointing({ ...message, answers: [...message.answers, first] }, pointers)).toBeUndefined()
  expect(encodePointing(message, [0, 12, 14, 14, 0x21, 0, 0x3fff, 0x21, 12])).toBeUndefined()
})

test('octets that differ by more than pointers have none', () => {
  const message = decodeDnsMessage(octets)
  for (const at of [2, 20, 26, octets.length - 3]) {
    const other = Buffer.from(octets)
    other[at]! ^= 1
    expect(pointersOf(other, message), `octet ${at}`).toBeUndefined()
  }
  expect(pointersOf(octets.subarray(0, 40), message)).toBeUndefined()
  expect(pointersOf(Buffer.concat([octets, Buffer.alloc(1)]), message)).toBeUndefined()
})

test('whatever can be read is written with its pointers in the same octets or not at all', () => {
  const random = new Random('dns pointers')
  let pointing = 0
  for (let round = 0; round < 4000; round++) {
    const golden = random.below(2) === 0 ? octets : goldens[random.below(goldens.length)]!.octets
    const other = Buffer.from(golden)
    for (let changes = random.below(4); changes > 0; changes--) other[random.below(other.length)] = random.below(256)
    try {
      const message = decodeDnsMessage(other)
      const pointers = pointersOf(other, message)
      if (pointers === undefined) continue
      // A pointer may lead to a length that is written after what it counts, which no server does.
      const again = encodePointing(message, pointers)
      if (again !== undefined) {
        pointing++
        expect(again.toString('hex')).toBe(other.toString('hex'))
      }
      encodePointing(message, pointers.toSpliced(random.below(pointers.length), 1, random.below(0x4000)))
    } catch (error) {
      expect(error).toHaveProperty('name', 'ProtocolError')
    }
  }
  expect(pointing).toBeGreaterThan(1000)
})
