import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import type { TapeValue } from '../tape.ts'
import { formatEdns, parseEdns } from './edns-text.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')
const own = hex('a1a2a3a4a5a6a7a8')
const edns = (...options: [code: number, data: Buffer][]) => ({
  udpBytes: 1232,
  version: 0,
  dnssecOk: false,
  options: options.map(([code, data]) => ({ code, data })),
})

test('size, version and DO are in the words of dig, what is usual left out', () => {
  expect(formatEdns(edns(), undefined)).toEqual({ udp: '1232' })
  const all = { udpBytes: 512, version: 1, dnssecOk: true, options: [] }
  expect(formatEdns(all, undefined)).toEqual({ udp: '512', version: '1', flags: 'do' })
  expect(parseEdns({ udp: '512', version: '1', flags: 'do' })).toEqual(all)
  expect(parseEdns({})).toEqual(edns())
})

// By hand from the RFC of each option; dig shows the same texts.
test.each<[what: string, code: number, data: string, key: string, text: string]>([
  ['NSID that is asked for (RFC 5001)', 3, '', 'nsid', ''],
  ['NSID', 3, '6e 73 2d 31', 'nsid', 'ns-1'],
  ['NSID of octets', 3, '00 01', 'opt3', '0001'],
  ['NSID that ends in a space', 3, '6e 20', 'opt3', '6e20'],
  ['a subnet (RFC 7871)', 8, '0001 18 00 c0 00 02', 'subnet', '192.0.2.0/24/0'],
  ['a subnet of no bits', 8, '0001 00 00', 'subnet', '0.0.0.0/0/0'],
  ['a subnet of IPv6', 8, '0002 38 30 20 01 0d b8 00 00 00', 'subnet', '2001:db8::/56/48'],
  ['a subnet with too many octets', 8, '0001 08 00 c0 00 02', 'opt8', '00010800c00002'],
  ['a subnet of no family', 8, '0000 00 00', 'opt8', '00000000'],
  ["the client's cookie (RFC 7873)", 10, 'a1a2a3a4a5a6a7a8', 'cookie', 'client'],
  [
    "the client's cookie with the server's",
    10,
    'a1a2a3a4a5a6a7a8 0102030405060708',
    'cookie',
    'client 0102030405060708',
  ],
  ["somebody else's cookie", 10, '0001020304050607', 'opt10', '0001020304050607'],
  ['a cookie that is none', 10, 'a1a2', 'opt10', 'a1a2'],
  ['a connection to keep (RFC 7828)', 11, '', 'keepalive', ''],
  ['how long one is kept', 11, '012c', 'keepalive', '30.0 secs'],
  ['how long one is kept, wrong', 11, '01', 'opt11', '01'],
  ['padding (RFC 7830)', 12, '000000', 'padding', '3'],
  ['padding of other octets', 12, '000100', 'opt12', '000100'],
  ['an extended error (RFC 8914)', 15, '0012', 'ede', '18'],
  ['an extended error with a text', 15, '0016 6e 6f 20 6f 6e 65', 'ede', '22 no one'],
  ['an extended error that is none', 15, '00', 'opt15', '00'],
  ['an option without a name', 65001, '0a0b', 'opt65001', '0a0b'],
])('%s is an option', (_what, code, data, key, text) => {
  const given = edns([code, hex(data)])
  expect(formatEdns(given, own)).toEqual({ udp: '1232', [key]: text })
  const read = parseEdns({ udp: '1232', [key]: text })
  const zeros = hex(text.startsWith('client') ? data.replace('a1a2a3a4a5a6a7a8', '0'.repeat(16)) : data)
  expect(read).toEqual(edns([code, zeros]))
})

test('several of one option are a list', () => {
  const given = edns([15, hex('0012')], [15, hex('0003')], [65001, hex('00')])
  expect(formatEdns(given, own)).toEqual({ udp: '1232', ede: ['18', '3'], opt65001: '00' })
  expect(parseEdns({ ede: ['18', '3'], opt65001: '00' })).toEqual(given)
})

test.each<[TapeValue, string]>([
  ['1232', 'expected edns as a mapping such as {udp: 1232}, got "1232"'],
  [
    { size: '1232' },
    'expected udp, version, flags, nsid, subnet, cookie, keepalive, padding, ede or opt and a number in edns, got "size"',
  ],
  [{ udp: '65536' }, 'expected udp of edns from 0 to 65535, got "65536"'],
  [{ flags: 'ad' }, 'expected flags of edns that are do or absent, got "ad"'],
  [
    { cookie: 'mine' },
    'expected `client`, for the octets of its own, and the rest in hexadecimal digits as cookie of edns',
  ],
  [{ keepalive: '30' }, 'expected nothing or a time such as 30.0 secs as keepalive of edns, got "30"'],
  [{ keepalive: '9999 secs' }, 'expected nothing or a time'],
  [{ padding: 'some' }, 'expected how many octets as padding of edns, got "some"'],
  [{ subnet: '192.0.2.0/33/0' }, 'expected an address, the bits of it that count, and the scope'],
  [{ subnet: '192.0.2/24/0' }, 'expected an IPv4 address'],
  [{ ede: 'blocked' }, 'expected a code and maybe a text'],
  [{ opt65536: '' }, 'or opt and a number in edns, got "opt65536"'],
  [{ opt5: '0' }, 'expected hexadecimal digits as opt5 of edns, got "0"'],
  [{ nsid: { hex: '00' } }, 'expected a text as nsid of edns, got {"hex":"00"}'],
])('%j is an error with what was expected', (value, message) => {
  expect(() => parseEdns(value)).toThrow(ProtocolError)
  expect(() => parseEdns(value)).toThrow(message)
})

test('whatever an option has is in its value', () => {
  const random = new Random('edns')
  for (let round = 0; round < 3000; round++) {
    const code = [3, 8, 11, 12, 15, 10, 65001][random.below(7)]!
    const data = random.bytes(random.below(9)).map(octet => (random.below(3) === 0 ? octet : octet % 3))
    const given = edns([code, Buffer.from(data)])
    expect(parseEdns(formatEdns(given, own))).toEqual(given)
  }
})
