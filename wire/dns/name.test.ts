import { expect, test } from 'vitest'
import { addressOfReverseName, formatIpv6, parseIpv4, parseIpv6, reverseName } from './address.ts'
import { isWithin, labelsOf, nameOf, normalName, parentOf, readName } from './name.ts'

test.each([
  ['.', '00'],
  ['example.org', '076578616d706c65036f726700'],
  ['ExAmple.org', '074578416d706c65036f726700'],
  ['a\\.b.c', '03612e62016300'],
  ['a\\\\b', '03615c6200'],
  ['\\000\\032\\255', '030020ff00'],
  ['\\"\\(\\)\\;\\@\\$', '062228293b402400'],
  ['*._x-1', '012a045f782d3100'],
])('%s is %s', (name, hex) => {
  const octets = Buffer.from(hex, 'hex')
  expect(readName(octets, 0)).toEqual({ name, end: octets.length })
  const written = labelsOf(name).flatMap(label => [label.length, ...label])
  expect(Buffer.from([...written, 0]).toString('hex')).toBe(hex)
  expect(nameOf(labelsOf(name))).toBe(name)
})

test.each([
  ['example.org.', 'example.org'],
  ['\\101xample.org', 'example.org'],
  ['a\\-b', 'a-b'],
])('%s is spelt %s', (given, normal) => expect(normalName(given)).toBe(normal))

test.each(['\\256', '\\1', '\\25x', 'a\\'])('%s is no name', name => {
  expect(() => labelsOf(name)).toThrow('expected an escape such as')
})

test('the parent of a name lacks its first label', () => {
  expect(parentOf('www.example.org')).toBe('example.org')
  expect(parentOf('a\\.b.org')).toBe('org')
  expect(parentOf('org')).toBe('.')
})

test('a name is within its zone and the zones around it', () => {
  expect(isWithin('www.example.org', 'example.org')).toBe(true)
  expect(isWithin('example.org', 'example.org')).toBe(true)
  expect(isWithin('example.org', '.')).toBe(true)
  expect(isWithin('badexample.org', 'example.org')).toBe(false)
  expect(isWithin('bad\\.example.org', 'example.org')).toBe(false)
  expect(isWithin('org', 'example.org')).toBe(false)
})

// RFC 1035 §3.5 and RFC 3596 §2.5 have the first and the third.
test.each([
  ['10.2.0.52', '52.0.2.10.in-addr.arpa'],
  ['0.0.0.0', '0.0.0.0.in-addr.arpa'],
  ['4321:0:1:2:3:4:567:89ab', 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
])('%s and %s lead to each other', (address, name) => {
  expect(reverseName(address)).toBe(name)
  expect(addressOfReverseName(name)).toBe(address)
  expect(addressOfReverseName(name.toUpperCase())).toBe(address)
})

test.each(['2.0.192.in-addr.arpa', '256.1.1.1.in-addr.arpa', '01.1.1.1.in-addr.arpa', '1.ip6.arpa', 'x.org'])(
  '%s is the reverse name of no address',
  name => expect(addressOfReverseName(name)).toBeUndefined(),
)

// The examples of RFC 4291 §2.2 and RFC 5952 §4 and 5.
test.each([
  ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
  ['FF01:0:0:0:0:0:0:101', 'ff01::101'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['::ffff:129.144.52.38', '::ffff:8190:3426'],
])('%s is written %s', (given, written) => expect(formatIpv6(parseIpv6(given))).toBe(written))

test.each(['1:2:3:4:5:6:7', '1::2::3', '12345::', ':1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8::', '1.2.3.4::', 'g::', ''])(
  '%j is no IPv6 address',
  text => expect(() => parseIpv6(text)).toThrow('expected an IPv6 address, got'),
)

test.each(['1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1..2.3', '1.2.3.4 ', 'a.b.c.d', ''])(
  '%j is no IPv4 address',
  text => expect(() => parseIpv4(text)).toThrow('expected an IPv4 address, got'),
)
