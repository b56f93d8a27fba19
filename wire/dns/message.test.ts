import { expect, describe as group, test } from 'vitest'
import { goldens } from '../../fixtures/dns/bind-answers.ts'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage, parseOpcode, parseRcode } from './message.ts'
import type { DnsRecord } from './record.ts'
import { formatRecord } from './text.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const ourPointers = goldens.filter(({ otherPointers }) => !otherPointers)

test.each(ourPointers)("bind's $name is written in the same octets", ({ octets, message }) => {
  expect(encodeDnsMessage(message).toString('hex')).toBe(octets.toString('hex'))
})

group.each(goldens)("bind's $name", ({ octets, message }) => {
  test('is read', () => {
    expect(decodeDnsMessage(octets)).toEqual(message)
  })

  test('is the same after writing and reading', () => {
    expect(decodeDnsMessage(encodeDnsMessage(message))).toEqual(message)
  })

  test('is an error wherever it is cut', () => {
    for (let end = 0; end < octets.length; end++) {
      expect(() => decodeDnsMessage(octets.subarray(0, end))).toThrow(ProtocolError)
    }
  })

  test('is an error with an octet more', () => {
    expect(() => decodeDnsMessage(Buffer.concat([octets, Buffer.from('x')]))).toThrow(
      'dns: expected the end of the message, got "x"',
    )
  })
})

// The header's bits one by one, by RFC 1035 §4.1.1 and RFC 4035 §3.1.6.
test.each([
  ['8000', { response: true }],
  ['0400', { authoritative: true }],
  ['0200', { truncated: true }],
  ['0100', { recursionDesired: true }],
  ['0080', { recursionAvailable: true }],
  ['0020', { authenticData: true }],
  ['0010', { checkingDisabled: true }],
  ['2800', { opcode: 'UPDATE' }],
  ['7800', { opcode: 'OPCODE15' }],
  ['8005', { response: true, rcode: 'REFUSED' }],
  ['800f', { response: true, rcode: 'RCODE15' }],
] as const)('the flags %s are %o', (flags, expected) => {
  const octets = hex(`1234 ${flags} 0000 0000 0000 0000`)
  const message = {
    ...dnsQuery({ name: 'x', type: 'A' }, { id: 0x1234, recursionDesired: false }),
    questions: [],
    ...expected,
  }
  expect(decodeDnsMessage(octets)).toEqual(message)
  expect(encodeDnsMessage(message)).toEqual(octets)
})

test('the eight upper bits of a code are in the OPT record', () => {
  const octets = hex('0001 8000 0000 0000 0000 0001 00 0029 0200 01000000 0000')
  const message = decodeDnsMessage(octets)
  expect(message).toMatchObject({ rcode: 'BADVERS', edns: { udpBytes: 512, version: 0, dnssecOk: false } })
  expect(encodeDnsMessage(message)).toEqual(octets)
  expect(() => encodeDnsMessage({ ...dnsQuery({ name: 'x', type: 'A' }), rcode: 'BADVERS' })).toThrow(
    'dns: expected EDNS in a message with BADVERS, got none',
  )
})

test.each([
  ['a pointer to itself', '0001 0100 0001 0000 0000 0000 c00c 0001 0001', 'pointer to before octet 12, got one to 12'],
  ['a pointer forward', '0001 0100 0001 0000 0000 0000 c00e 0001 0001 00', 'pointer to before octet 12, got one to 14'],
  ['two pointers at each other', '0001 0100 0001 0000 0000 0000 0161 c00c 0001 0001', 'pointer to before octet 12'],
  [
    'a label of an unknown kind',
    '0001 0100 0001 0000 0000 0000 4161 00 0001 0001',
    'label or a pointer, got octet 0x41',
  ],
  ['a second OPT', '0001 0100 0000 0000 0000 0002 0000290200000000000000 0000290200000000000000', 'got a second one'],
  [
    'an OPT of a name',
    '0001 0100 0000 0000 0000 0001 0161 0000290200000000000000',
    'one OPT record of the root, got one of a',
  ],
  ['an option beyond its record', '0001 0100 0000 0000 0000 0001 00 0029 0200 00000000 0004 000a0001', 'EDNS option'],
  [
    'an address of three octets',
    '0001 8000 0000 0001 0000 0000 00 0001 0001 00000000 0003 010203',
    'expected 4 octets more',
  ],
  ['an address of no octets', '0001 8000 0000 0001 0000 0000 00 0001 0001 00000000 0000', 'expected 4 octets more'],
  ['one of a class above ANY', '0001 8000 0000 0001 0000 0000 00 0001 0100 00000000 0000', 'expected 4 octets more'],
  ['an address of five octets', '0001 8000 0000 0001 0000 0000 00 0001 0001 00000000 0005 0102030405', '1 octets more'],
  [
    'a text beyond its record',
    '0001 8000 0000 0001 0000 0000 00 0010 0001 00000000 0002 0561',
    'expected 5 octets more',
  ],
])('%s is refused', (_what, octets, message) => {
  expect(() => decodeDnsMessage(hex(octets))).toThrow(message)
})

test('a chain of pointers is refused before it costs anything', () => {
  // A record of octets in which each pointer leads to the one before, and one whose name leads to the last of them.
  const data = Buffer.alloc(400)
  for (let at = 2; at < data.length; at += 2) data.writeUInt16BE(0xc000 | (23 + at - 2), at)
  const head = hex('0001 8000 0000 0002 0000 0000 00 ff00 0001 00000000 0190')
  const chain = (pointers: number) =>
    Buffer.concat([head, data, hex(`${(0xc000 | (23 + 2 * pointers)).toString(16)} 0001 0001 00000000 0004 01020304`)])
  expect(() => decodeDnsMessage(chain(150))).toThrow('expected a pointer')
  expect(decodeDnsMessage(chain(100)).answers[1]).toMatchObject({ name: '.' })
})

test('a name of more than 255 octets is refused, in full and by pointers', () => {
  const label = `3f${'61'.repeat(63)}`
  expect(() => decodeDnsMessage(hex(`0001 0100 0001 0000 0000 0000 ${label.repeat(4)} 00 0001 0001`))).toThrow(
    'expected a name of at most 255 octets',
  )
  const three = `0001 0100 0002 0000 0000 0000 ${label.repeat(3)} 00 0001 0001`
  expect(() => decodeDnsMessage(hex(`${three} 3e${'62'.repeat(62)} c00c 0001 0001`))).toThrow('at most 255 octets')
  expect(decodeDnsMessage(hex(`${three} 3d${'62'.repeat(61)} c00c 0001 0001`)).questions).toHaveLength(2)
})

test.each([
  ['an empty label', 'a..b', 'an empty label'],
  ['a label of 64 octets', `${'a'.repeat(64)}.org`, 'a label of 64 octets'],
  ['a name of 256 octets', `${'a'.repeat(63)}.`.repeat(4), 'at most 255 octets'],
  ['a space', 'a b.org', 'character " "'],
  ['a letter beyond ASCII', 'bücher.example', 'character "ü"'],
])('%s is not written', (_what, name, message) => {
  expect(() => encodeDnsMessage(dnsQuery({ name, type: 'A' }))).toThrow(message)
})

test('names point only at names of the same case', () => {
  const answers: DnsRecord[] = [{ name: 'WWW.example.ORG', ttl: 1, type: 'CNAME', target: 'a.www.Example.ORG' }]
  const message = dnsQuery({ name: 'www.example.org', type: 'A' }, { answers })
  expect(decodeDnsMessage(encodeDnsMessage(message)).answers).toEqual(answers)
})

test('the targets of SRV and DNAME are written in full', () => {
  const answers: DnsRecord[] = [
    { name: 'example.org', ttl: 1, type: 'SRV', priority: 0, weight: 0, port: 1, target: 'example.org' },
    { name: 'example.org', ttl: 1, type: 'DNAME', target: 'example.org' },
  ]
  const octets = encodeDnsMessage(dnsQuery({ name: 'example.org', type: 'ANY' }, { answers }))
  expect(octets.toString('latin1').split('\x07example\x03org\0')).toHaveLength(4)
})

group('a message beyond its limit', () => {
  const addresses = (name: string, count: number): DnsRecord[] =>
    Array.from({ length: count }, (_, i) => ({ name, ttl: 1, type: 'A', address: `192.0.2.${i + 1}` }))
  const answer = (sections: Partial<DnsMessage>) =>
    dnsQuery({ name: 'big.example', type: 'A' }, { response: true, authoritative: true, ...sections })
  const sent = (message: DnsMessage) => {
    const octets = encodeDnsMessage(message, 512)
    expect(octets.length).toBeLessThanOrEqual(512)
    return decodeDnsMessage(octets)
  }

  test('keeps the answers that fit and has TC', () => {
    const read = sent(answer({ answers: addresses('big.example', 40), additionals: addresses('x.example', 1) }))
    // 12 + 17 octets of header and question, 16 for each answer.
    expect(read).toMatchObject({ truncated: true, additionals: [] })
    expect(read.answers).toHaveLength(30)
  })

  test('leaves whole sets of additional records out without TC', () => {
    const answers = addresses('big.example', 25)
    const additionals = [...addresses('a.example', 2), ...addresses('b.example', 3)]
    const read = sent(answer({ answers, additionals }))
    expect(read).toMatchObject({ truncated: false, answers, additionals: additionals.slice(0, 2) })
  })

  test('has TC where the addresses of a referral are missing', () => {
    const authorities: DnsRecord[] = [{ name: 'sub.example', ttl: 1, type: 'NS', target: 'ns.sub.example' }]
    const read = sent(answer({ authoritative: false, authorities, additionals: addresses('ns.sub.example', 40) }))
    expect(read).toMatchObject({ truncated: true, authorities, additionals: [] })
  })

  test('keeps its question and OPT record alone where it has one', () => {
    const edns = { udpBytes: 512, version: 0, dnssecOk: false, options: [] }
    expect(sent(answer({ answers: addresses('big.example', 40), edns }))).toMatchObject({
      truncated: true,
      edns,
      questions: [{ name: 'big.example' }],
      answers: [],
    })
  })
})

test('any octets are a message or an error, and a message that is read can be written and read again', () => {
  const random = new Random('dns fuzz')
  let read = 0
  for (let round = 0; round < 8000; round++) {
    const octets = mutated(random, goldens[random.below(goldens.length)]!.octets)
    let message: DnsMessage
    try {
      message = decodeDnsMessage(octets)
    } catch (error) {
      if (!(error instanceof ProtocolError))
        throw new Error(`round ${round}: ${octets.toString('hex')}`, { cause: error })
      continue
    }
    read++
    expect(decodeDnsMessage(encodeDnsMessage(message)), octets.toString('hex')).toEqual(message)
  }
  expect(read).toBeGreaterThan(500)
})

function mutated(random: Random, golden: Buffer): Buffer {
  if (random.below(10) === 0) return random.bytes(random.below(200))
  const octets = Buffer.from(golden)
  for (let changes = 1 + random.below(4); changes > 0; changes--)
    octets[random.below(octets.length)] = random.below(256)
  return random.below(8) === 0 ? octets.subarray(0, random.below(octets.length)) : octets
}

// From dig and bind 9.18: a query that is signed with TSIG (RFC 8945) and has EDNS, whose key the server does not know.
test.each([
  `b7a50120000100000000000203776562076578616d706c65036f7267000001000100002904d000000000000c000a0008a5e4d721037473e003
   6261640000fa00ff00000000003d0b686d61632d7368613235360000006b063d1b012c002001ae117e9b357bff6ac9ed49b2b013893feebd43
   9cc87dad2fad83296e46ed56b7a500000000`,
  `b7a58109000100000000000203776562076578616d706c65036f7267000001000100002904d000000000001c000a0018a5e4d721037473e001
   0000006b063d1bb0fd857b08cf973c036261640000fa00ff00000000001d0b686d61632d7368613235360000006b063d1b012c0000b7a50011
   0000`,
])('a signature is written behind the OPT record', octets => {
  const message = decodeDnsMessage(hex(octets))
  expect(message.additionals).toMatchObject([{ name: 'bad', type: 'TSIG', class: 'ANY' }])
  expect(encodeDnsMessage(message)).toEqual(hex(octets))
})

test('a signature goes with what does not fit', () => {
  const signature: DnsRecord = { name: 'key.example', ttl: 0, class: 'ANY', type: 'TSIG', data: Buffer.alloc(50) }
  const edns = { udpBytes: 512, version: 0, dnssecOk: false, options: [] }
  const answers = Array.from({ length: 40 }, (_, i): DnsRecord => {
    return { name: 'big.example', ttl: 1, type: 'A', address: `192.0.2.${i}` }
  })
  const message = dnsQuery({ name: 'big.example', type: 'A' }, { answers, edns, additionals: [signature] })
  expect(decodeDnsMessage(encodeDnsMessage(message, 512))).toMatchObject({ truncated: true, edns, additionals: [] })
  expect(decodeDnsMessage(encodeDnsMessage(message)).additionals).toEqual([signature])
})

// From nsupdate of bind 9.18: what has to be there and what not, what is added and what is taken away.
test('an update names types without data', () => {
  const octets = hex(
    `58a7280000010004000500000675706461746504746573740000060001036e6577c00c00ff00fe000000000000036e7331c00c000100ff0000
     00000000c02d00010001000000000004c0000235c02d000f00fe000000000000c01d000100010000012c0004c000023cc01d00100001000001
     2c00060568656c6c6fc02d001000ff00000000000004676f6e65c00c00ff00ff000000000000c02d000100fe000000000004c0000263`,
  )
  const message = decodeDnsMessage(octets)
  expect(message.questions).toEqual([{ name: 'update.test', type: 'SOA', class: 'IN' }])
  expect(message.answers.map(formatRecord)).toEqual([
    'new.update.test. 0 NONE ANY',
    'ns1.update.test. 0 ANY A',
    'ns1.update.test. 0 IN A 192.0.2.53',
    'ns1.update.test. 0 NONE MX',
  ])
  expect(message.authorities.map(formatRecord)).toEqual([
    'new.update.test. 300 IN A 192.0.2.60',
    'new.update.test. 300 IN TXT "hello"',
    'ns1.update.test. 0 ANY TXT',
    'gone.update.test. 0 ANY ANY',
    'ns1.update.test. 0 NONE A 192.0.2.99',
  ])
  expect(encodeDnsMessage(message)).toEqual(octets)
})

test('a code that needs EDNS has its name', () => {
  // bind 9.18, asked by dig for an address without the cookie that it requires.
  const octets = hex(`882d81070001000000000001076578616d706c65036f7267000001000100002904d001000000001c000a00184f44f14a
    e8d11a78010000006b063d1df8a3b07c489334ab`)
  expect(decodeDnsMessage(octets).rcode).toBe('BADCOOKIE')
  expect(encodeDnsMessage(decodeDnsMessage(octets))).toEqual(octets)
})

test.each([
  ['UPDATE', 'UPDATE'],
  ['OPCODE5', 'UPDATE'],
  ['OPCODE15', 'OPCODE15'],
  ['OPCODE16', undefined],
  ['update', undefined],
])('the opcode %s is %s', (text, opcode) => expect(parseOpcode(text)).toBe(opcode))

test.each([
  ['NXDOMAIN', 'NXDOMAIN'],
  ['RCODE3', 'NXDOMAIN'],
  ['RCODE23', 'BADCOOKIE'],
  ['RCODE4095', 'RCODE4095'],
  ['RCODE4096', undefined],
  ['OK', undefined],
])('the code %s is %s', (text, rcode) => expect(parseRcode(text)).toBe(rcode))
