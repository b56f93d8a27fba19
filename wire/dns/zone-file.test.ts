import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { formatRecord } from './text.ts'
import { parseZone, printZone } from './zone-file.ts'

const parse = (text: string) => parseZone(text, { origin: 'example.org' })

test('a zone is read with every freedom that the format gives', () => {
  const text = `; a comment
$TTL 1h
@   IN  SOA ns1 host\\.master.example.org. (
        2015031500 ; serial
        2h 15m
        2w 5m )
        NS      ns1
 600 IN NS      ns2.example.net.
ns1     A       192.0.2.1
        AAAA    2001:DB8::1
IN600   IN 600 A 192.0.2.2
mail 600 IN MX 10 @
TXT     TXT     "a; b" plain "say \\"hi\\"" "\\104\\105" "ü"
$ORIGIN sub
www     CNAME   www.example.com.
_sip._tcp SRV   0 5 5060 .
@       CAA     0 issue ";"
\\*.\\046 A       192.0.2.3
unknown TYPE731 \\# 6 abcdef (
   012345 )
known   A       \\# 4 0A000001
other.  PTR     host
`
  const zone = parse(text)
  expect(zone).toEqual([
    {
      name: 'example.org',
      ttl: 3600,
      type: 'SOA',
      mname: 'ns1.example.org',
      rname: 'host\\.master.example.org',
      serial: 2015031500,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 300,
    },
    { name: 'example.org', ttl: 3600, type: 'NS', target: 'ns1.example.org' },
    { name: 'example.org', ttl: 600, type: 'NS', target: 'ns2.example.net' },
    { name: 'ns1.example.org', ttl: 3600, type: 'A', address: '192.0.2.1' },
    { name: 'ns1.example.org', ttl: 3600, type: 'AAAA', address: '2001:db8::1' },
    { name: 'IN600.example.org', ttl: 600, type: 'A', address: '192.0.2.2' },
    { name: 'mail.example.org', ttl: 600, type: 'MX', preference: 10, exchange: 'example.org' },
    { name: 'TXT.example.org', ttl: 3600, type: 'TXT', texts: ['a; b', 'plain', 'say "hi"', 'hi', 'Ã¼'] },
    { name: 'www.sub.example.org', ttl: 3600, type: 'CNAME', target: 'www.example.com' },
    { name: '_sip._tcp.sub.example.org', ttl: 3600, type: 'SRV', priority: 0, weight: 5, port: 5060, target: '.' },
    { name: 'sub.example.org', ttl: 3600, type: 'CAA', flags: 0, tag: 'issue', value: ';' },
    { name: '*.\\..sub.example.org', ttl: 3600, type: 'A', address: '192.0.2.3' },
    { name: 'unknown.sub.example.org', ttl: 3600, type: 'TYPE731', data: Buffer.from('abcdef012345', 'hex') },
    { name: 'known.sub.example.org', ttl: 3600, type: 'A', address: '10.0.0.1' },
    { name: 'other', ttl: 3600, type: 'PTR', target: 'host.sub.example.org' },
  ])
})

group('a record without a TTL', () => {
  test('has that of $TTL, whatever came before', () => {
    expect(parse('a 60 A 192.0.2.1\n$TTL 5\nb A 192.0.2.2').map(({ ttl }) => ttl)).toEqual([60, 5])
  })

  test('has the last one without $TTL, and the minimum of its own in the first SOA', () => {
    const soa = '@ SOA ns1 h 1 2 3 4 77'
    expect(parse(`${soa}\na A 192.0.2.1\nb 5 A 192.0.2.2\nc A 192.0.2.3`).map(({ ttl }) => ttl)).toEqual([77, 77, 5, 5])
  })

  test('has the one that is given with the text', () => {
    expect(parseZone('a A 192.0.2.1', { origin: 'x', ttl: 9 })[0]!.ttl).toBe(9)
  })
})

test.each([
  ['a A 192.0.2.1', 'line 1: expected a TTL or $TTL, got none for a.example.org A'],
  ['$TTL 60\n\na A 192.0.2.256', 'line 3: expected an IPv4 address, got "192.0.2.256"'],
  ['$TTL 60\na A', 'line 2: expected an IPv4 address, got the end of the record'],
  ['$TTL 60\na A 192.0.2.1 192.0.2.2', 'line 2: expected the end of the record, got "192.0.2.2"'],
  ['$TTL 60\na AAAA 192.0.2.1', 'line 2: expected an IPv6 address, got "192.0.2.1"'],
  ['$TTL 60\na BOGUS x', 'line 2: expected a type of record, got "BOGUS"'],
  ['$TTL 60\na', 'line 2: expected a type of record, got the end of the line'],
  ['$TTL 60\na ANY x', 'line 2: expected a type of record, got "ANY"'],
  ['$TTL 60\na CH A 192.0.2.1', 'line 2: expected class IN, got "CH"'],
  ['$TTL 60\na MX ten mail', 'line 2: expected a preference from 0 to 65535, got "ten"'],
  ['$TTL 60\na MX 65536 mail', 'line 2: expected a preference from 0 to 65535, got "65536"'],
  ['$TTL 60\n A 192.0.2.1', 'line 2: expected an owner, got a line that begins with a space'],
  ['$TTL 60\na TXT "open\nb A 192.0.2.1', 'line 2: expected a closing quote, got the end of the line'],
  ['$TTL 60\na TXT (\n"x"\n', 'line 2: expected a closing parenthesis, got the end of the file'],
  ['$TTL 60\na TXT x )', 'line 2: expected an opening parenthesis before, got ")"'],
  ['$TTL 60\na TXT ( ( x ) )', 'line 2: expected a closing parenthesis, got "("'],
  [`$TTL 60\na TXT ${'x'.repeat(256)}`, 'line 2: expected a text of at most 255 octets, got'],
  ['$TTL 60\na..b A 192.0.2.1', 'line 2: expected a name such as www.example.org, got an empty label in "a..b"'],
  ['$TTL 60\na TXT \\300', 'line 2: expected an escape such as \\. or \\032, got "\\\\300"'],
  ['$TTL 60\na TYPE9 \\# 3 0102', 'line 2: expected 6 hexadecimal digits after \\# 3, got "0102"'],
  ['$TTL 60\na TYPE9 0102', 'line 2: expected the data of TYPE9 as \\# LENGTH HEX, got "0102"'],
  ['$TTL soon', 'line 1: expected one time such as 3600 or 1h after $TTL, got "soon"'],
  ['$ORIGIN', 'line 1: expected one name after $ORIGIN, got ""'],
  [
    '$INCLUDE other.zone',
    'line 1: expected the records themselves, for no file is read here, got "$INCLUDE other.zone"',
  ],
  ['$GENERATE 1-9 a$ A 192.0.2.$', 'line 1: expected a record, $ORIGIN or $TTL, got "$GENERATE"'],
])('%j is refused', (text, message) => {
  expect(() => parse(text)).toThrow(`dns zone: ${message}`)
})

test('a relative name needs an origin', () => {
  expect(() => parseZone('a 60 A 192.0.2.1')).toThrow(
    'line 1: expected a name with a last dot where no $ORIGIN is given, got "a"',
  )
})

test('what is printed is one line for each record', () => {
  const text = [
    'example.org. 60 IN SOA ns1.example.org. host\\.master.example.org. 1 2 3 4 5',
    'example.org. 60 IN MX 10 .',
    'a\\;b.example.org. 60 IN TXT "say \\"hi\\"" "\\000\\195\\188" ""',
    '_x._tcp.example.org. 60 IN SRV 1 2 3 example.org.',
    'example.org. 60 IN CAA 0 issue "ca.test"',
    'example.org. 60 IN AAAA 2001:db8::1',
    'example.org. 60 IN TYPE731 \\# 2 abcd',
    'example.org. 60 IN TYPE732 \\# 0',
    '',
  ].join('\n')
  expect(printZone(parse(text))).toBe(text)
})

test('any text is a zone or an error, and what is read can be printed and read again', () => {
  const random = new Random('zone fuzz')
  const parts = ['a', '@', ' ', '\n', '\n ', '(', ')', '"', '\\', ';', '60 ', 'IN ', 'A ', '192.0.2.1', '::1', ' TXT ']
  parts.push(
    ' MX 1 ',
    '$TTL 5\n',
    '$ORIGIN x\n',
    'b 9 TXT "x"\n',
    'c 9 A ',
    '.',
    '\\032',
    ' SOA a b 1 2 3 4 5',
    ' TYPE9 \\# 1 00',
    'ü',
    '\r',
    '\t',
  )
  let read = 0
  for (let round = 0; round < 8000; round++) {
    const text = Array.from({ length: 1 + random.below(16) }, () => parts[random.below(parts.length)]!).join('')
    let records: ReturnType<typeof parse>
    try {
      records = parse(text)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(JSON.stringify(text), { cause: error })
      continue
    }
    read += records.length
    expect(parseZone(printZone(records)), JSON.stringify(text)).toEqual(records)
  }
  expect(read).toBeGreaterThan(100)
})

group('records of a message', () => {
  const read = (text: string) => parseZone(text, { ofMessage: true })

  test.each([
    'version.bind. 0 CH TXT "9.18"',
    'www.example.org. 0 ANY A',
    'www.example.org. 0 ANY ANY',
    'www.example.org. 0 NONE MX 10 mail.example.org.',
    'key.example.org. 0 ANY TSIG \\# 3 010203',
    'www.example.org. 5 CLASS7 TYPE9 \\# 0',
  ])('have classes and types that no zone has: %s', line => {
    expect(read(line).map(formatRecord)).toEqual([line])
    expect(() => parseZone(line)).toThrow(/^dns zone: line 1: expected (class IN|a type of record), got/)
  })

  test('are never of type OPT, and have their data where they are of a zone', () => {
    expect(() => read('. 0 IN OPT \\# 0')).toThrow('line 1: expected a type of record, got "OPT"')
    expect(() => read('\nwww.example.org. 0 IN A')).toThrow('line 2: expected an IPv4 address, got the end')
  })
})

test('a tag that is no word is in quotes', () => {
  const record = { name: 'example.org', ttl: 1, type: 'CAA', flags: 0, tag: 'a b', value: 'c' } as const
  expect(formatRecord(record)).toBe('example.org. 1 IN CAA 0 "a b" "c"')
  expect(parseZone(formatRecord(record))).toEqual([record])
})
