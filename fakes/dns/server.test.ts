import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { UsageError } from '../../net/errors.ts'
import { Network } from '../../net/network.ts'
import { Random } from '../../net/random.ts'
import { decodeDnsMessage, dnsQuery, encodeDnsMessage } from '../../wire/dns/message.ts'
import type { DnsOptions } from '../dns.ts'
import { ask, link, send, serve as serveIn, zone } from './asking.ts'
import type { DnsServer } from './server.ts'

let network: Network

beforeEach(() => {
  network = new Network()
})

afterEach(() => network.close())

const serve = (options: DnsOptions) => serveIn(network, options)

group('EDNS', () => {
  const edns = { udpBytes: 4096, version: 0, dnssecOk: true, options: [{ code: 65001, data: Buffer.alloc(8) }] }

  test('is answered by EDNS, with DO as it was', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const answer = send(server, dnsQuery({ name: 'example.org', type: 'NS' }, { edns }))
    expect(answer!.edns).toEqual({ udpBytes: 1232, version: 0, dnssecOk: true, options: [] })
  })

  test('of another version is BADVERS', () => {
    const query = dnsQuery({ name: 'example.org', type: 'NS' }, { edns: { ...edns, version: 1 } })
    expect(send(serve({}), query)).toMatchObject({ rcode: 'BADVERS', edns: { version: 0 } })
  })

  // Header and question have 33 octets, EDNS 11, each address 16.
  test.each([
    ['without it', 512, undefined, 29],
    ['of less than 512', 512, 100, 29],
    ['of 800', 800, 800, 47],
    ['of 4096', 1232, 4096, 74],
  ])('%s lets a datagram have %i octets', (_how, limit, udpBytes, fitting) => {
    const options = udpBytes === undefined ? {} : { edns: { ...edns, udpBytes } }
    const query = dnsQuery({ name: 'big.example.org', type: 'A' }, options)
    for (const [count, truncated] of [
      [fitting, false],
      [fitting + 1, true],
    ] as const) {
      const answers = Array.from({ length: count }, (_, i) => ({
        ...{ name: 'big.example.org', type: 'A' as const, address: `192.0.2.${i + 1}` },
      }))
      const server = serve({ answer: () => ({ answers }) })
      expect(send(server, query)).toMatchObject({ truncated })
      expect(send(server, query, 'tcp')).toMatchObject({ truncated: false })
      expect(server.answer(encodeDnsMessage(query), link)!.octets.length).toBeLessThanOrEqual(limit)
    }
  })

  test('that says 512 octets or less gets the answer alone', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const query = (udpBytes: number) => dnsQuery({ name: 'example.org', type: 'MX' }, { edns: { ...edns, udpBytes } })
    expect(send(server, query(512))).toMatchObject({ authorities: [], additionals: [] })
    expect(send(server, query(513))).toMatchObject({ authorities: [{ type: 'NS' }], additionals: [{}, {}] })
  })
})

// Flags and codes as bind 9.18 has them for the same octets.
group('a query that is none', () => {
  const question = '076578616d706c65036f726700 0001 0001'
  test.each([
    ['without a question', '0001 0100 0000 0000 0000 0000', '0001 8101 0000 0000 0000 0000'],
    ['with two questions', `0002 0100 0002 0000 0000 0000 ${question} c00c 000f 0001`, '0002 8101 0002 0000 0000 0000'],
    ['cut in its question', '0004 0100 0001 0000 0000 0000 0765', '0004 8101 0000 0000 0000 0000'],
    ['whose name points at itself', '0007 0100 0001 0000 0000 0000 c00c 0001 0001', '0007 8101 0000 0000 0000 0000'],
    [
      'with two OPT records',
      `0008 0100 0001 0000 0000 0002 ${question} 0000290200000000000000 0000290200000000000000`,
      '0008 8101 0001 0000 0000 0000',
    ],
    ['of an unknown kind', `0009 7900 0001 0000 0000 0000 ${question}`, '0009 f804 0000 0000 0000 0000'],
    ['of an unknown kind and broken', '000a 7900 0001 0000 0000 0000 ff', '000a f801 0000 0000 0000 0000'],
  ])('%s is answered by its code', (_what, octets, header) => {
    const answer = serve({ zones: { 'example.org': zone } }).answer(Buffer.from(octets.replace(/ /g, ''), 'hex'), link)
    expect(answer!.octets.toString('hex', 0, 12)).toBe(header.replace(/ /g, ''))
  })

  test.each([
    ['shorter than a header', '0003 0100 0001'],
    ['an answer', `0006 8100 0001 0000 0000 0000 ${question}`],
    ['a broken answer', '0006 8100 0001 0000 0000 0000 07'],
  ])('%s is not answered', (_what, octets) => {
    expect(serve({}).answer(Buffer.from(octets.replace(/ /g, ''), 'hex'), link)).toBeUndefined()
  })

  test('has octets behind it that are ignored', () => {
    const octets = Buffer.from(`0005 0100 0001 0000 0000 0000 ${question} ffff`.replace(/ /g, ''), 'hex')
    const answer = serve({ zones: { 'example.org': zone } }).answer(octets, link)
    expect(answer!.octets.toString('hex', 2, 4)).toBe('8500')
  })

  test('of any octets brings a message or nothing', () => {
    const server = serve({ zones: { 'example.org': zone } })
    const random = new Random('dns server fuzz')
    const query = encodeDnsMessage(dnsQuery({ name: 'www.example.org', type: 'A' }))
    for (let round = 0; round < 5000; round++) {
      const octets = round % 2 === 0 ? random.bytes(random.below(64)) : Buffer.from(query)
      if (round % 2 === 1) octets[random.below(octets.length)] = random.below(256)
      const answer = server.answer(octets, link)
      if (answer !== undefined) expect(decodeDnsMessage(answer.octets).response).toBe(true)
    }
  })
})

group('a fault', () => {
  const zones = { 'example.org': zone }
  const codes = (server: DnsServer, questions: string[]) =>
    questions.map(question => ask(server, question)[0]!.split(' ')[0])

  test('meets the name and type that it is for', () => {
    const faults = [{ name: 'WEB.example.org', type: 'A' as const, reply: 'SERVFAIL' as const }]
    const server = serve({ zones, faults })
    const questions = ['web.example.org A', 'web.example.org AAAA', 'a.example.org A']
    expect(codes(server, questions)).toEqual(['SERVFAIL', 'NOERROR', 'NOERROR'])
  })

  test('meets every name below one', () => {
    const server = serve({ zones, faults: [{ name: '*.wild.example.org', reply: 'REFUSED' }] })
    expect(codes(server, ['x.wild.example.org TXT', 'wild.example.org TXT'])).toEqual(['REFUSED', 'NOERROR'])
  })

  test('meets the Nth question, or the first ones', () => {
    const server = serve({
      zones,
      faults: [
        { nth: 2, reply: 'drop' },
        { times: 1, reply: 'NXDOMAIN' },
      ],
    })
    const question = 'web.example.org A'
    expect(codes(server, [question, question, question])).toEqual(['NXDOMAIN', 'nothing', 'NOERROR'])
  })

  test('may come and go', () => {
    const server = serve({ zones })
    server.state.faults.push({ reply: 'NOTIMP' })
    expect(codes(server, ['web.example.org A'])).toEqual(['NOTIMP'])
    server.state.faults.pop()
    expect(codes(server, ['web.example.org A'])).toEqual(['NOERROR'])
  })

  test.each(['wrong id', 'wrong question', 'lame'] as const)('gives an answer that is none: %s', reply => {
    const server = serve({ zones, faults: [{ reply }] })
    const answer = send(server, dnsQuery({ name: 'web.example.org', type: 'A' }, { id: 65_535 }))!
    const { id, questions, answers, authorities, authoritative } = answer
    const right = { id: 65_535, name: 'web.example.org', answers: 1, servers: 'example.org', authoritative: true }
    const lame = { ...right, answers: 0, servers: '.', authoritative: false }
    expect({
      id,
      name: questions[0]!.name,
      answers: answers.length,
      servers: authorities[0]!.name,
      authoritative,
    }).toEqual(
      reply === 'lame' ? lame : { ...right, ...(reply === 'wrong id' ? { id: 0 } : { name: 'wrong.example' }) },
    )
  })

  test('may be octets, copies, or the end of a link', () => {
    const server = serve({
      zones,
      faults: [
        { nth: 1, raw: '\xff\x00' },
        { nth: 2, copies: 3 },
        { nth: 3, drop: 'reset' },
        { nth: 4, drop: 'silence' },
      ],
    })
    const query = encodeDnsMessage(dnsQuery({ name: 'web.example.org', type: 'A' }))
    const answers = [1, 2, 3, 4].map(() => server.answer(query, link))
    expect(answers[0]!.octets).toEqual(Buffer.from([255, 0]))
    expect(answers[1]!.copies).toBe(3)
    expect(answers[2]!.close).toBe('reset')
    expect(answers[3]).toBeUndefined()
    expect(server.state.queries.map(({ rcode }) => rcode)).toEqual(['NOERROR', 'NOERROR', 'dropped', 'dropped'])
  })

  test('that cannot be one is refused', () => {
    const message = 'dns: expected copies of a fault as a whole number from 1 to 100, got 0'
    expect(() => serve({ zones, faults: [{ copies: 0 }] })).toThrow(message)
  })

  test('cuts an answer to nothing over UDP alone', () => {
    const server = serve({ zones, faults: [{ transport: 'udp', reply: 'truncate' }] })
    const query = dnsQuery({ name: 'web.example.org', type: 'A' })
    expect(send(server, query)).toMatchObject({ truncated: true, answers: [] })
    expect(send(server, query, 'tcp')).toMatchObject({ truncated: false, answers: [{ address: '192.0.2.2' }] })
  })
})

test('code may answer instead of zones, be silent, or leave it to them', () => {
  const server = serve({
    zones: { 'example.org': zone },
    answer({ name, type }) {
      if (name === 'silent.example.org') return 'drop'
      if (type === 'TXT') return { answers: [{ name, type, texts: ['by code'] }], authoritative: false }
      return undefined
    },
  })
  expect(ask(server, 'silent.example.org A')).toEqual(['nothing'])
  expect(ask(server, 'x.example.com TXT')).toEqual([
    'NOERROR x.example.com. TXT (recursion desired)',
    'answer x.example.com. 3600 IN TXT "by code"',
  ])
  expect(ask(server, 'web.example.org A')[1]).toBe('answer web.example.org. 3600 IN A 192.0.2.2')
  expect(server.state.queries).toEqual([
    { name: 'silent.example.org', type: 'A', transport: 'udp', client: '77.233.155.107', rcode: 'dropped' },
    { name: 'x.example.com', type: 'TXT', transport: 'udp', client: '77.233.155.107', rcode: 'NOERROR' },
    { name: 'web.example.org', type: 'A', transport: 'udp', client: '77.233.155.107', rcode: 'NOERROR' },
  ])
})

test("what code says and cannot be sent is the user's error, over TCP too", () => {
  const server = serve({ answer: ({ name }) => ({ answers: [{ name, type: 'A', address: 'here' }] }) })
  for (const transport of ['udp', 'tcp'] as const) {
    expect(() => send(server, dnsQuery({ name: 'x.example', type: 'A' }), transport)).toThrow(
      new UsageError('dns answer from code: expected an IPv4 address, got "here"'),
    )
  }
})

test('the questions that are kept are the last thousand', () => {
  const server = serve({})
  for (let i = 0; i < 1005; i++) ask(server, `n${i}.example A`)
  expect(server.state.queries).toHaveLength(1000)
  expect(server.state.queries[0]).toMatchObject({ name: 'n5.example' })
})
