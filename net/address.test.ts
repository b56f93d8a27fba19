import net from 'node:net'
import { expect, test } from 'vitest'
import { addressOctets, formatEndpoint, isIP, isPrivateAddress, normalizeAddress, parseRange } from './address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::', '::'],
])('%s is written %s', (address, written) => {
  expect(normalizeAddress(address)).toBe(written)
})

test.each(['', 'localhost', '1.2.3', '1.2.3.4:80', 'g::1'])('%j is no address', address => {
  expect(() => normalizeAddress(address)).toThrow(/expected an IPv4 or IPv6 address/)
})

test.each([
  ['192.0.2.0/24', '192.0.2.255', true],
  ['192.0.2.0/24', '192.0.3.0', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['0.0.0.0/0', '8.8.8.8', true],
  ['0.0.0.0/0', '::1', false],
  ['10.0.2.2', '10.0.2.2', true],
  ['10.0.2.2', '10.0.2.3', false],
])('%s with %s is %s', (range, address, contained) => {
  expect(parseRange(range)(address)).toBe(contained)
})

test.each(['192.0.2.0/33', '192.0.2.0/x', '192.0.2.0/'])('%s is no range', range => {
  expect(() => parseRange(range)).toThrow(/expected a range/)
})

test('private addresses of both families are known', () => {
  expect(['10.0.2.15', '192.168.1.1', '172.31.0.1', 'fd00::1', '::1'].every(isPrivateAddress)).toBe(true)
  expect(['172.32.0.1', '74.125.71.108', '2001:db8::1'].some(isPrivateAddress)).toBe(false)
})

test('an IPv6 endpoint has brackets', () => {
  expect(formatEndpoint({ address: '2001:db8::1', port: 25 })).toBe('[2001:db8::1]:25')
})

test.each([
  ['192.0.2.1', 'c0000201'],
  ['0.0.0.0', '00000000'],
  ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
])('%s has the octets %s', (address, octets) => {
  expect(addressOctets(address).toString('hex')).toBe(octets)
})

test.for([
  '192.0.2.1',
  '0.0.0.0',
  '255.255.255.255',
  '256.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.',
  '1.2.3.4 ',
  '',
  '::',
  '::1',
  '2001:db8::1',
  '2001:DB8::1',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '::ffff:192.0.2.1',
  '::ffff:192.0.2.256',
  'fe80::1%eth0',
  'fe80::1%',
  '[::1]',
  '::1]/x[',
  ':',
  ':::',
  'g::1',
  '12345::',
  'mx.example.org',
])('%j is an address or none as Node has it', text => {
  expect(isIP(text)).toBe(net.isIP(text))
})
