import { expect, test } from 'vitest'
import { isRecordHead, RecordReader } from './records.ts'

const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

// An alert `close notify`, and a record of two octets of data.
const two = octets('15 03 03 00 02 01 00  17 03 03 00 02 68 69')

function all(reader: RecordReader): string[] {
  const records: string[] = []
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    records.push(`${record.type} ${record.fragment.toString('hex')}`)
  }
  return records
}

test('records come out whole, however they were cut', () => {
  const whole = new RecordReader()
  whole.push(two)
  expect(all(whole)).toEqual(['21 0100', '23 6869'])
  const cut = new RecordReader()
  const found = [...two].flatMap(octet => {
    cut.push(Buffer.of(octet))
    return all(cut)
  })
  expect(found).toEqual(['21 0100', '23 6869'])
  expect(cut.length).toBe(0)
})

test('what is not whole stays, and can be taken', () => {
  const reader = new RecordReader()
  reader.push(two.subarray(0, 13))
  expect(all(reader)).toEqual(['21 0100'])
  expect(reader.length).toBe(6)
  expect(reader.rest()).toEqual(octets('17 03 03 00 02 68'))
  expect(reader.length).toBe(0)
})

test.each([
  ['text', Buffer.from('220 ready\r\n'), '"220 r"'],
  ['a type that there is none of', octets('19 03 03 00 01 00'), '"\\u0019\\u0003\\u0003\\u0000\\u0001"'],
  ['another major version', octets('16 02 00 00 01 00'), '"\\u0016\\u0002\\u0000\\u0000\\u0001"'],
  ['a record that is too long', octets('17 03 03 48 01 00'), '"\\u0017\\u0003\\u0003H\\u0001"'],
  ['a record of nothing', octets('17 03 03 00 00 00'), '"\\u0017\\u0003\\u0003\\u0000\\u0000"'],
])('%s is no record', (_what, bytes, excerpt) => {
  const reader = new RecordReader()
  reader.push(bytes)
  expect(() => reader.next()).toThrow(`tls: expected a record, got ${excerpt}`)
  expect(reader.rest()).toEqual(bytes)
})

test('a head is told as far as it goes', () => {
  expect([octets(''), octets('16'), octets('1603'), octets('160301'), octets('16030100')].map(isRecordHead)).toEqual(
    Array(5).fill(true),
  )
  expect([octets('47'), octets('1604'), octets('160305')].map(isRecordHead)).toEqual(Array(3).fill(false))
})
