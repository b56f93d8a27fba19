import { expect, describe as group, test } from 'vitest'
import { dialogues } from '../../fixtures/dns/dialogues.ts'
import { Random } from '../../net/random.ts'
import { fitted } from './fit.ts'
import { type DnsMessage, decodeDnsMessage, dnsQuery, encodeDnsMessage } from './message.ts'
import type { DnsRecord } from './record.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

/** An answer as a tape gives it: without id and the client's cookie. */
function taped(name: string): Buffer {
  const octets = Buffer.from(dialogues.find(dialogue => dialogue.name === name)!.turns[1]!.octets)
  octets.writeUInt16BE(0)
  const cookie = octets.lastIndexOf(hex('000a0018'))
  return cookie < 0 ? octets : octets.fill(0, cookie + 4, cookie + 12)
}

// What named of bind 9.18 said to dig +noedns, beside what it says to dig.
test.each([
  [
    'an alias, from named',
    `ef0901200001000000000000 03777777076578616d706c65036f72670000010001`,
    `ef098500000100020002000203777777076578616d706c65036f72670000010001c00c0005000100000e10000603776562c010c02d00010001
     00000e100004c0000251c0100002000100000e100006036e7331c010c0100002000100000e100011036e7332076578616d706c65036e657400
     c04f0001000100000e100004c0000201c04f001c000100000e10001020010db8000000000000000000000001`,
  ],
  [
    'a name that is not there, from named',
    'b6c401200001000000000000 076e6f7468657265076578616d706c65036f72670000010001',
    `b6c485030001000000010000076e6f7468657265076578616d706c65036f72670000010001c014000600010000012c0027036e7331c0140a68
     6f73746d6173746572c014781af0cc00001c2000000384001275000000012c`,
  ],
])('%s, is without EDNS for a client without EDNS', (name, query, answer) => {
  expect(fitted(taped(name), decodeDnsMessage(hex(query)), 'udp')).toEqual(hex(answer))
})

const query = dnsQuery({ name: 'www.example.org', type: 'A' }, { id: 0x1234 })
const edns = (data?: Buffer, udpBytes = 1232) => ({
  udpBytes,
  version: 0,
  dnssecOk: false,
  options: data === undefined ? [] : [{ code: 10, data }],
})
const recorded = taped('an alias, from named')

test('the letters of the name are the live ones, also where names point at it', () => {
  const asked = { ...query, edns: edns(), questions: [{ ...query.questions[0]!, name: 'wWw.ExAmple.oRG' }] }
  const { questions, answers, authorities } = decodeDnsMessage(fitted(recorded, asked, 'udp'))
  expect(questions).toEqual(asked.questions)
  expect([...answers, ...authorities].map(({ name }) => name)).toEqual([
    'wWw.ExAmple.oRG',
    'web.ExAmple.oRG',
    'ExAmple.oRG',
    'ExAmple.oRG',
  ])
})

test('a question that is another, or further ones, stay as they are', () => {
  const other = { ...query, edns: edns(), questions: [{ ...query.questions[0]!, name: 'wWw.example.com' }] }
  expect(decodeDnsMessage(fitted(recorded, other, 'udp')).questions[0]!.name).toBe('www.example.org')
  const two = hex('0000 8000 0002 0000 0000 0000 0161 0162 00 0001 0001 0141 c00e 0001 0001')
  const asked = { ...query, questions: ['A.B', 'a.b'].map(name => ({ ...query.questions[0]!, name })) }
  expect(fitted(two, asked, 'udp')).toEqual(
    hex('1234 8000 0002 0000 0000 0000 0141 0142 00 0001 0001 0161 c00e 0001 0001'),
  )
})

group('a cookie', () => {
  const own = hex('a1a2a3a4a5a6a7a8')

  test("is the live client's with the recorded part of the server", () => {
    const fit = decodeDnsMessage(fitted(recorded, { ...query, edns: edns(own) }, 'udp'))
    expect(fit.edns!.options).toEqual([
      { code: 10, data: Buffer.concat([own, hex('010000006b063d187f926c9284838946')]) },
    ])
    const later = { ...query, edns: edns(Buffer.concat([own, Buffer.alloc(16, 9)])) }
    expect(decodeDnsMessage(fitted(recorded, later, 'udp'))).toEqual(fit)
  })

  test('is left out for a client that has none', () => {
    const fit = decodeDnsMessage(fitted(recorded, { ...query, edns: edns() }, 'udp'))
    expect(fit).toEqual({ ...decodeDnsMessage(recorded), id: 0x1234, edns: edns() })
  })

  test('that a person has written stays', () => {
    const written = encodeDnsMessage({ ...query, id: 0, response: true, edns: edns(Buffer.alloc(8, 5)) })
    expect(decodeDnsMessage(fitted(written, { ...query, edns: edns(own) }, 'udp')).edns!.options[0]!.data).toEqual(
      Buffer.alloc(8, 5),
    )
  })
})

test('EDNS stays without being asked for where the code needs it, and goes from before a signature', () => {
  const bad: DnsMessage = { ...query, response: true, rcode: 'BADVERS', edns: edns() }
  expect(decodeDnsMessage(fitted(encodeDnsMessage(bad), query, 'udp'))).toEqual(bad)
  const signature: DnsRecord = { name: 'key', ttl: 0, class: 'ANY', type: 'TSIG', data: Buffer.alloc(9) }
  const signed: DnsMessage = { ...query, response: true, edns: edns(), additionals: [signature] }
  const { edns: _, ...without } = signed
  expect(decodeDnsMessage(fitted(encodeDnsMessage(signed), query, 'udp'))).toEqual(without)
})

group('an answer that is too long', () => {
  const answers = Array.from({ length: 50 }, (_, at): DnsRecord => {
    return { name: 'www.example.org', ttl: 1, type: 'A', address: `192.0.2.${at}` }
  })
  // 12 + 21 octets of header and question, 16 for each answer, 11 for OPT.
  const long: DnsMessage = { ...query, id: 0, response: true, answers, edns: edns() }
  const octets = encodeDnsMessage(long)

  test.each([
    ['512 octets without EDNS', undefined, { truncated: true, answers: answers.slice(0, 29) }],
    ['one octet less than it has', edns(undefined, 843), { truncated: true, answers: [] }],
    ['as many octets as it has', edns(undefined, 844), { truncated: false, answers }],
  ])('is cut for a datagram of %s', (_what, live, expected) => {
    const { edns: _, ...plain } = query
    const fit = fitted(octets, live === undefined ? plain : { ...plain, edns: live }, 'udp')
    expect(fit.length).toBeLessThanOrEqual(Math.max(512, live?.udpBytes ?? 0))
    expect(decodeDnsMessage(fit)).toMatchObject({ id: 0x1234, questions: query.questions, ...expected })
  })

  test('is never one of 512 octets, whatever EDNS says', () => {
    const short = encodeDnsMessage({ ...long, answers: answers.slice(0, 20) })
    expect(fitted(short, { ...query, edns: edns(undefined, 100) }, 'udp')).toHaveLength(short.length)
  })

  test('is whole over TCP', () => {
    expect(decodeDnsMessage(fitted(octets, query, 'tcp')).answers).toHaveLength(50)
  })
})

test('whatever was recorded is made to fit without a bug, and stays what it was', () => {
  const random = new Random('dns fit')
  const all = dialogues.flatMap(({ turns }) => turns.map(({ octets }) => octets))
  for (let round = 0; round < 3000; round++) {
    const octets = Buffer.from(all[random.below(all.length)]!)
    for (let changes = random.below(4); changes > 0; changes--) octets[random.below(octets.length)] = random.below(256)
    const before = Buffer.from(octets)
    const live =
      random.below(2) === 0 ? query : { ...query, edns: edns(random.below(2) === 0 ? random.bytes(8) : undefined, 600) }
    const fit = fitted(octets, live, random.below(2) === 0 ? 'udp' : 'tcp')
    if (fit.length !== octets.length) expect(() => decodeDnsMessage(fit)).not.toThrow()
    expect(octets).toEqual(before)
  }
})
