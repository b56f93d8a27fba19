import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import type { DnsRecord, RecordType } from './record.ts'
import { formatRecord } from './text.ts'
import { parseZone } from './zone-file.ts'

/** As dig of bind 9.18 prints records of named, with +nosplit and with +unknownformat. */
const printed: [type: RecordType, text: string, hex: string][] = [
  ['HINFO', '"RFC8482" ""', '075246433834383200'],
  [
    'RP',
    'admin.example.org. txt.example.org.',
    '0561646D696E076578616D706C65036F72670003747874076578616D706C65036F726700',
  ],
  [
    'NAPTR',
    '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .',
    '0064000A0175074532552B7369701B215E2E2A24217369703A696E666F406578616D706C652E6F72672100',
  ],
  [
    'NAPTR',
    '100 20 "s" "SIP+D2U" "" _sip._udp.example.org.',
    '006400140173075349502B44325500045F736970045F756470076578616D706C65036F726700',
  ],
  [
    'DS',
    '12345 13 2 ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD',
    '30390D02ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD',
  ],
  [
    'SSHFP',
    '4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF12345678A',
    '0402123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF12345678A',
  ],
  [
    'RRSIG',
    'NSEC 13 3 300 20261225004248 20261125004248 50287 signed.test. Chahy/Lgg8Q3ljkkCwG6awt2yP+/kMDUQZKkXz+6uZzyCbtcY5dUGAdq31PmAV4LZfaEP7NF2pSJWBbRPLUWJA==',
    '002F0D030000012C6B2DBC086B062F08C46F067369676E65640474657374000A16A1CBF2E083C4379639240B01BA6B0B76C8FFBF90C0D44192A45F3FBAB99CF209BB5C63975418076ADF53E6015E0B65F6843FB345DA94895816D13CB51624',
  ],
  ['NSEC', 'a.b.c.signed.test. NS SOA RRSIG NSEC DNSKEY', '016101620163067369676E6564047465737400000722000000000380'],
  [
    'DNSKEY',
    '257 3 13 AlfeWIDH7xzdnVUhEIVNdVoSOCllKL8Lam+hGGb/RyFJO0AeYJEPg12aYzY2YSMNq7k05FhIJCMJblk/P2+9iQ==',
    '0101030D0257DE5880C7EF1CDD9D552110854D755A1238296528BF0B6A6FA11866FF4721493B401E60910F835D9A63363661230DABB934E458482423096E593F3F6FBD89',
  ],
  [
    'NSEC3',
    '1 0 0 AABBCCDD 0D7E2480LM7T5PE14GKNMSE59IPTUSK5 NS SOA RRSIG DNSKEY NSEC3PARAM',
    '0100000004AABBCCDD14034EE11100AD8FD2E5C124297B71C54CB3DF7285000722000000000290',
  ],
  [
    'NSEC3',
    '1 0 0 AABBCCDD H20824J4NUE8NTHIISEPDQN8UF5M8GFF',
    '0100000004AABBCCDD148880811264BF9C8BF632971D96EAE8F3CB6441EF',
  ],
  ['NSEC3PARAM', '1 0 0 AABBCCDD', '0100000004AABBCCDD'],
  ['SPF', '"v=spf1" "-all"', '06763D73706631042D616C6C'],
  [
    'TLSA',
    '3 1 1 0C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6',
    '0301010C72AC70B745AC19998811B131D662C9AC69DBDBE7CB23E5B514B56664C5D3D6',
  ],
  ['URI', '10 1 "ftp://ftp.example.org/public"', '000A00016674703A2F2F6674702E6578616D706C652E6F72672F7075626C6963'],
  ['URI', '0 65535 "x\\"y"', '0000FFFF782279'],
  [
    'HTTPS',
    '1 . alpn="h2,h3" ipv4hint=192.0.2.1 ipv6hint=2001:db8::1',
    '0001000001000602683202683300040004C00002010006001020010DB8000000000000000000000001',
  ],
  ['HTTPS', '0 web.example.org.', '000003776562076578616D706C65036F726700'],
  [
    'HTTPS',
    '10 svc.example.org. alpn="h3" no-default-alpn port=443 ech=AAT+DQAA',
    '000A03737663076578616D706C65036F72670000010003026833000200000003000201BB000500060004FE0D0000',
  ],
  [
    'SVCB',
    '16 foo.example.net. mandatory=alpn alpn="h2" port=8443 key667="hello\\210qoo"',
    '001003666F6F076578616D706C65036E657400000000020001000100030268320003000220FB029B000968656C6C6FD2716F6F',
  ],
]

const record = (type: RecordType, data: Buffer) => ({ name: 'x.example', ttl: 60, type, data }) as DnsRecord
const line = (type: RecordType, text: string) => `x.example. 60 IN ${type} ${text}`

test.each(printed)('%s is printed as dig prints it: %s', (type, text, hex) => {
  expect(formatRecord(record(type, Buffer.from(hex, 'hex')))).toBe(line(type, text))
  expect(parseZone(line(type, text))).toEqual([record(type, Buffer.from(hex, 'hex'))])
})

test.each(printed)('%s that is cut or has more is octets: %s', (type, _text, hex) => {
  const data = Buffer.from(hex, 'hex')
  for (const other of [...data.keys()].map(end => data.subarray(0, end)).concat(Buffer.concat([data, data]))) {
    expect(parseZone(formatRecord(record(type, other)))).toEqual([record(type, other)])
  }
  expect(formatRecord(record(type, data.subarray(0, 1)))).toMatch(/ \\# 1 ..$/)
})

test('digits that dig draws apart are read as one', () => {
  const apart = line('DS', '12345 13 2 ABCDEFABCDEF ( ABCD\n EFAB )')
  expect(parseZone(apart)).toEqual(parseZone(line('DS', '12345 13 2 abcdefabcdefabcdefab')))
  const key = 'AlfeWIDH7xzdnVUhEIVNdVoSOCllKL8Lam+hGGb/RyFJ O0AeYJEPg12aYzY2YSMNq7k05FhIJCMJblk/P2+9iQ=='
  expect(parseZone(line('DNSKEY', `257 3 13 ${key}`))).toEqual(parseZone(line('DNSKEY', printed[8]![1])))
})

test('names below the origin are written in full, and parameters in the order of their keys', () => {
  const read = parseZone('x 60 HTTPS 1 svc port=443 alpn=h2', { origin: 'example.org' })
  expect(read.map(formatRecord)).toEqual(['x.example.org. 60 IN HTTPS 1 svc.example.org. alpn="h2" port=443'])
})

group('data that a person got wrong is an error:', () => {
  test.each<[RecordType, string, string]>([
    ['DS', '12345 13 2 ABC', 'expected hexadecimal digits, got "ABC"'],
    ['DS', '12345 13 2', 'expected hexadecimal digits, got the end of the record'],
    ['DS', '65536 13 2 AB', 'expected a number from 0 to 65535, got "65536"'],
    ['DNSKEY', '257 3 13 A===', 'expected base64, got "A==="'],
    ['RRSIG', 'NSECX 13 3 300 20261225004248 20261125004248 1 a. AA==', 'expected a type of record, got "NSECX"'],
    ['RRSIG', 'NSEC 13 3 300 soon 20261125004248 1 a. AA==', 'expected a time such as 20150315120000, got "soon"'],
    ['RRSIG', 'NSEC 13 3 300 21071225004248 20261125004248 1 a. AA==', 'expected a time from 1970 to 2106'],
    ['NSEC3', '1 0 0 AAB 0D7E A', 'expected a salt in hexadecimal digits or -, got "AAB"'],
    ['NSEC3', '1 0 0 - WXYZ A', 'expected a hash in base32, got "WXYZ"'],
    ['HTTPS', '1 . ports=1', 'expected a key of a service, got "ports"'],
    ['HTTPS', '1 . port=web', 'expected a port, got "web"'],
    ['HTTPS', '1 . port=1 port=2', 'expected port once, got "port=2"'],
    ['HTTPS', '1 . ipv4hint=1.2.3', 'expected an IPv4 address, got "1.2.3"'],
    ['HTTPS', '1 . alpn="h2,,h3"', 'expected names of protocols such as h2,h3, got "h2,,h3"'],
    ['HTTPS', '1 . ech=A', 'expected base64, got "A"'],
    ['HTTPS', '1 . no-default-alpn=x', 'expected no value of no-default-alpn, got "x"'],
    ['HINFO', '"a" "b" "c"', 'expected the end of the record, got "c"'],
    ['TSIG', 'hmac 1 2', 'expected a type of record, got "TSIG"'],
    ['CERT', 'PKIX 2 3 AA==', 'expected a number from 0 to 65535, got "PKIX"'],
    ['LOC', '52 N 13 E 0m', 'expected the data of LOC as \\# LENGTH HEX, got "52"'],
  ])('%s %s', (type, text, message) => expect(() => parseZone(line(type, text))).toThrow(message))
})

test('CERT has numbers where dig has words for some', () => {
  const [record] = parseZone('@ 0 CERT 1 2 3 AQIDBA==\n', { origin: 'example.org' })
  expect(record).toMatchObject({ data: Buffer.from('000100020301020304', 'hex') })
  expect(formatRecord(record!)).toBe('example.org. 0 IN CERT 1 2 3 AQIDBA==')
})

test('whatever the octets are, their line gives them again', () => {
  const random = new Random('dns fields')
  let readable = 0
  for (let round = 0; round < 6000; round++) {
    const [type, , hex] = printed[random.below(printed.length)]!
    const data = random.below(5) === 0 ? random.bytes(random.below(60)) : Buffer.from(hex, 'hex')
    for (let changes = random.below(3); changes > 0 && data.length > 0; changes--) {
      data[random.below(data.length)] = random.below(256)
    }
    const text = formatRecord(record(type, data))
    if (!text.includes('\\#')) readable++
    expect(parseZone(text), data.toString('hex')).toEqual([record(type, data)])
  }
  expect(readable).toBeGreaterThan(3000)
})
