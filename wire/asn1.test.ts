import { expect, test } from 'vitest'
import * as asn1 from './asn1.ts'

// Octets by hand from X.690 and RFC 5280; openssl asn1parse reads them alike.
test.each([
  ['an integer below 128', asn1.integer(5), '020105'],
  ['an integer whose first bit is set gets a zero before it', asn1.integer(128), '02020080'],
  ['a large integer', asn1.integer(0x99bdcbf634fadd7cn), '02090099bdcbf634fadd7c'],
  ['commonName', asn1.objectIdentifier('2.5.4.3'), '0603550403'],
  ['an identifier with arcs above 127', asn1.objectIdentifier('1.2.840.10045.2.1'), '06072a8648ce3d0201'],
  ['a time before 2050', asn1.time(new Date('2015-03-15T12:09:16Z')), '170d3135303331353132303931365a'],
  ['a time from 2050 on', asn1.time(new Date('2099-01-01T00:00:00Z')), '180f32303939303130313030303030305a'],
  ['true', asn1.boolean(true), '0101ff'],
  ['a set in the order of its octets', asn1.setOf(asn1.integer(2), asn1.integer(1)), '3106020101020102'],
  ['bits', asn1.bitString(Uint8Array.of(0x06), 1), '03020106'],
])('%s', (_name, encoded, hex) => {
  expect(encoded.toString('hex')).toBe(hex)
})

test('a length of 128 and more takes octets of its own', () => {
  expect(asn1.octetString(Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f')
  expect(asn1.octetString(Buffer.alloc(128)).subarray(0, 3).toString('hex')).toBe('048180')
  expect(asn1.octetString(Buffer.alloc(65536)).subarray(0, 5).toString('hex')).toBe('0483010000')
})
