import { expect, describe as group, test } from 'vitest'
import { goldens } from '../../fixtures/dns/bind-answers.ts'
import { dialogues } from '../../fixtures/dns/dialogues.ts'
import { Random } from '../../net/random.ts'
import { ProtocolError, type Side } from '../decoder.ts'
import type { Scripted, TapeMapping, TapeReading, TapeValue, TapeWriting } from '../tape.ts'
import { decodeDnsMessage, dnsQuery, encodeDnsMessage } from './message.ts'
import { form } from './tape.ts'
import type { DnsTapeMessage } from './tape-follower.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const writing: TapeWriting = {
  hide: () => expect.unreachable(),
  sweep: text => text,
  body: ({ octets }) => ({ hex: octets!.toString('hex') }),
}
const reading: TapeReading = {
  body(value) {
    if (typeof value !== 'object' || !('hex' in value)) return { size: 7, file: 'a.bin' }
    const octets = Buffer.from(String(value.hex), 'hex')
    return { size: octets.length, octets }
  },
}

interface Turn {
  from: Side
  message: DnsTapeMessage
  answers?: number | undefined
}

/** What is heard. */
function hear(transport: 'tcp' | 'udp', chunks: readonly { from: Side; octets: Buffer }[], end?: Side): Turn[] {
  const follower = form.follow(transport)
  const turns: Turn[] = []
  const take = () => {
    for (let heard = follower.next(); heard !== undefined; heard = follower.next()) {
      // A datagram has no pieces, and a message over TCP is never large.
      if (heard.kind !== 'whole') expect.unreachable()
      turns.push({ from: heard.from, message: heard.message, answers: heard.answers })
    }
  }
  for (const { from, octets } of chunks) {
    follower.push(from, octets)
    take()
  }
  if (end !== undefined) follower.end(end)
  take()
  return turns
}

const write = ({ message, body }: Scripted<DnsTapeMessage>) => form.write(message, body, writing)
const read = (value: TapeValue, from: Side = 'server', transport: 'tcp' | 'udp' = 'udp') =>
  form.reader(reading, transport).read(from, value)
const say = (scripted: Scripted<DnsTapeMessage>) =>
  Buffer.concat(form.encode(scripted, () => '').map(part => (Buffer.isBuffer(part) ? part : Buffer.from(part.file))))

/** A client's message as a live link has it. */
const live = (octets: Buffer, transport: 'tcp' | 'udp' = 'udp') =>
  hear(transport, [{ from: 'client', octets }])[0]!.message
const liveQuery = (message: Parameters<typeof encodeDnsMessage>[0]) => live(encodeDnsMessage(message))

group.each(dialogues)('$name', ({ transport, turns }) => {
  test('stands on a tape in the words of dig', () => {
    expect(hear(transport, turns).map(write)).toEqual(turns.map(({ value }) => value))
  })

  test('is read and written again as it was, and is known again', () => {
    for (const { from, message } of hear(transport, turns)) {
      const again = read(form.write(message, undefined, writing), from, transport)
      expect(write(again)).toEqual(form.write(message, undefined, writing))
      expect(form.identity(again.message)).toBe(form.identity(message))
    }
  })

  test('is answered octet for octet when the same is asked', () => {
    const heard = hear(transport, turns)
    for (const [index, { from, answers }] of heard.entries()) {
      if (from === 'client') continue
      const asked = heard.filter(turn => turn.from === 'client')[answers! - 1]!.message
      const said = say(read(turns[index]!.value, from, transport))
      expect(form.fit!(said, asked).toString('hex')).toBe(turns[index]!.octets.toString('hex'))
    }
  })

  test('is refused with its own id and question', () => {
    for (const { from, message } of hear(transport, turns)) {
      const refusal = form.refuse(message, 'not on the tape')
      expect(refusal.link).toBe('goes on')
      if (from === 'server') expect(refusal.octets).toBeUndefined()
      else if (message.kind === 'message') {
        const octets = transport === 'tcp' ? refusal.octets!.subarray(2) : refusal.octets!
        const { id, opcode, questions, recursionDesired } = message.message
        expect(decodeDnsMessage(octets)).toMatchObject({
          id,
          opcode,
          questions,
          recursionDesired,
          response: true,
          rcode: 'REFUSED',
        })
      }
    }
  })
})

test("each of bind's answers is a value that gives the same octets", () => {
  for (const { octets, message } of goldens) {
    const query = encodeDnsMessage(dnsQuery(message.questions[0]!, { id: message.id }))
    const turns = message.response
      ? hear('udp', [
          { from: 'client', octets: query },
          { from: 'server', octets },
        ])
      : hear('udp', [{ from: 'client', octets }])
    const { from, message: heard } = turns.at(-1)!
    const value = form.write(heard, undefined, writing)
    expect(value).not.toHaveProperty('octets')
    expect(say(read(value, from)).toString('hex', 2)).toBe(
      octets.toString('hex', 2).replace('0102030405060708', '0'.repeat(16)),
    )
  }
})

group('the follower', () => {
  const [dialogue] = dialogues
  const [query, answer] = dialogue!.turns.map(({ octets }) => octets) as [Buffer, Buffer]
  const frame = (octets: Buffer) => Buffer.concat([Buffer.from([octets.length >> 8, octets.length]), octets])
  const another = Buffer.concat([hex('4444'), query.subarray(2)])

  test.each([
    ['whole', (octets: Buffer) => [octets]],
    ['octet by octet', (octets: Buffer) => Array.from(octets, octet => Buffer.from([octet]))],
    ['cut inside a length', (octets: Buffer) => [octets.subarray(0, 1), octets.subarray(1)]],
  ])('hears messages over TCP %s', (_how, cut) => {
    const turns = hear('tcp', [
      ...cut(Buffer.concat([frame(query), frame(another)])).map(octets => ({ from: 'client' as const, octets })),
      ...cut(frame(answer)).map(octets => ({ from: 'server' as const, octets })),
    ])
    expect(turns.map(({ from, answers }) => [from, answers])).toEqual([
      ['client', undefined],
      ['client', undefined],
      ['server', 1],
    ])
    expect(turns.map(({ message }) => message.kind === 'message' && message.octets)).toEqual([query, another, answer])
  })

  test('finds the query of an answer by its id and question, in whatever order', () => {
    const other = Buffer.concat([hex('4444'), answer.subarray(2)])
    const turns = hear('udp', [
      { from: 'client', octets: query },
      { from: 'client', octets: another },
      { from: 'server', octets: other },
      { from: 'server', octets: answer },
      { from: 'server', octets: answer },
    ])
    expect(turns.map(({ answers }) => answers)).toEqual([undefined, undefined, 2, 1, 1])
  })

  test('gives the answers to a query that was sent twice to one after the other', () => {
    const client = { from: 'client' as const, octets: query }
    const server = { from: 'server' as const, octets: answer }
    expect(hear('udp', [client, client, server, server]).map(({ answers }) => answers)).toEqual([
      undefined,
      undefined,
      1,
      2,
    ])
  })

  test('takes every message of a zone transfer for an answer to the one query', () => {
    const axfr = encodeDnsMessage(dnsQuery({ name: 'example.org', type: 'AXFR' }, { id: 7 }))
    const part = (questions: boolean) => {
      const message = dnsQuery({ name: 'example.org', type: 'AXFR' }, { id: 7, response: true })
      return frame(encodeDnsMessage(questions ? message : { ...message, questions: [] }))
    }
    const turns = hear('tcp', [
      { from: 'client', octets: frame(axfr) },
      { from: 'server', octets: Buffer.concat([part(true), part(false), part(false)]) },
    ])
    expect(turns.map(({ answers }) => answers)).toEqual([undefined, 1, 1, 1])
    expect(turns.every(turn => !('id' in (write(turn) as TapeMapping)))).toBe(true)
  })

  test.each([
    ['id', { id: 0x4444 }],
    ['question', { questions: [{ name: 'elsewhere.example', type: 'A', class: 'IN' }] }],
  ] as const)('finds no query for an answer with another %s, and keeps its id', (_what, other) => {
    const octets = encodeDnsMessage({ ...decodeDnsMessage(answer), ...other })
    const [, turn] = hear('udp', [
      { from: 'client', octets: query },
      { from: 'server', octets },
    ])
    expect(turn!.answers).toBeUndefined()
    const value = write(turn!) as TapeMapping
    expect(value).toMatchObject({ id: String(octets.readUInt16BE()) })
    // Nothing of it is the query's, so it is said as it was.
    expect(form.fit!(say(read(value)), live(another))).toEqual(octets)
  })

  test('forgets queries that are long past', () => {
    const queries = Array.from({ length: 1100 }, (_, id) => ({
      from: 'client' as const,
      octets: Buffer.concat([Buffer.from([id >> 8, id]), query.subarray(2)]),
    }))
    const answerTo = (id: number) => ({
      from: 'server' as const,
      octets: Buffer.concat([Buffer.from([id >> 8, id]), answer.subarray(2)]),
    })
    const turns = hear('udp', [...queries, answerTo(75), answerTo(76), answerTo(1099)])
    expect(turns.slice(-3).map(({ answers }) => answers)).toEqual([undefined, 77, 1100])
  })

  test('hears what is no message as octets, with the id of the query left out of an answer', () => {
    const broken = answer.subarray(0, 60)
    const turns = hear('udp', [
      { from: 'client', octets: query.subarray(0, 20) },
      { from: 'server', octets: broken },
      { from: 'server', octets: Buffer.from('oops') },
      { from: 'client', octets: Buffer.alloc(0) },
    ])
    expect(turns.map(({ answers }) => answers)).toEqual([undefined, 1, undefined, undefined])
    expect(turns.map(write)).toEqual([
      { octets: { hex: query.toString('hex', 0, 20) } },
      { octets: { hex: `0000${broken.toString('hex', 2)}` } },
      { octets: { hex: Buffer.from('oops').toString('hex') } },
      { octets: { hex: '' } },
    ])
    const said = say(read(write(turns[1]!)))
    expect(form.fit!(said, live(another)).toString('hex')).toBe(`4444${broken.toString('hex', 2)}`)
    expect(form.fit!(said, live(another.subarray(0, 20))).toString('hex', 0, 2)).toBe('4444')
    expect(form.fit!(said, live(Buffer.from('oops')))).toEqual(said)
    expect(broken).toEqual(answer.subarray(0, 60))
  })

  test('goes on behind a frame that is no message, and hears the cut one at the end', () => {
    const turns = hear(
      'tcp',
      [
        { from: 'client', octets: Buffer.concat([hex('0000'), hex('0004'), Buffer.from('oops'), frame(query)]) },
        { from: 'server', octets: frame(answer).subarray(0, 30) },
      ],
      'server',
    )
    const values = turns.map(write)
    expect(values).toEqual([
      { octets: { hex: '' } },
      { octets: { hex: Buffer.from('oops').toString('hex') } },
      dialogue!.turns[0]!.value,
      { cut: { hex: frame(answer).toString('hex', 0, 30) } },
    ])
    const said = values.map((value, index) => say(read(value, turns[index]!.from, 'tcp')))
    expect(said[0]).toEqual(hex('0000'))
    expect(said[1]).toEqual(frame(Buffer.from('oops')))
    expect(said[3]).toEqual(frame(answer).subarray(0, 30))
    expect(form.fit!(said[3]!, turns[2]!.message)).toEqual(said[3])
  })
})

group('what a client asks', () => {
  const query = dnsQuery({ name: 'www.example.org', type: 'A' }, { id: 1 })
  const cookie = { udpBytes: 1232, version: 0, dnssecOk: true, options: [{ code: 10, data: Buffer.alloc(8, 7) }] }

  test('is its question, whatever id, flags and EDNS it has and however the name is spelt', () => {
    const same = form.identity(liveQuery(query))
    for (const other of [
      { id: 2 },
      { recursionDesired: false, authenticData: true, checkingDisabled: true },
      { edns: cookie },
      { questions: [{ ...query.questions[0]!, name: 'wWw.eXAMPLE.org' }] },
    ]) {
      expect(form.identity(liveQuery({ ...query, ...other }))).toBe(same)
    }
  })

  test('is another with another name, type, class, opcode or records', () => {
    const [question] = query.questions
    const soa = { name: 'example.org', ttl: 0, type: 'A', address: '192.0.2.1' } as const
    const all = [
      query,
      { ...query, questions: [{ ...question!, name: 'example.org' }] },
      { ...query, questions: [{ ...question!, type: 'AAAA' as const }] },
      { ...query, questions: [{ ...question!, class: 'CH' as const }] },
      { ...query, questions: [] },
      { ...query, opcode: 'NOTIFY' as const },
      { ...query, opcode: 'NOTIFY' as const, answers: [soa] },
      { ...query, opcode: 'UPDATE' as const, authorities: [soa] },
      { ...query, opcode: 'UPDATE' as const, authorities: [{ ...soa, address: '192.0.2.2' }] },
    ]
    expect(new Set(all.map(message => form.identity(liveQuery(message)))).size).toBe(all.length)
  })

  test('is known again also where a bit makes it octets', () => {
    // By hand: the bit that RFC 1035 §4.1.1 reserves, Z.
    const octets = encodeDnsMessage(query)
    octets[3] = 0x40
    const value = form.write(live(octets), undefined, writing)
    expect(value).toEqual({ octets: { hex: `0000${octets.toString('hex', 2)}` } })
    expect(form.identity(read(value, 'client').message)).toBe(form.identity(liveQuery(query)))
    expect(say(read(value, 'client')).subarray(2)).toEqual(octets.subarray(2))
  })

  test('is told apart by its octets but for the id where it is no message', () => {
    const of = (text: string) => form.identity(live(Buffer.from(text)))
    expect(of('xxrbage')).toBe(of('garbage'))
    expect(of('garbagE')).not.toBe(of('garbage'))
    expect(of('g')).toBe(of(''))
  })

  test('is preferred as it was asked: with its flags, EDNS, DO and a cookie of the server', () => {
    const preferences = [
      query,
      { ...query, recursionDesired: false },
      { ...query, authenticData: true },
      { ...query, checkingDisabled: true },
      { ...query, edns: { ...cookie, dnssecOk: false } },
      { ...query, edns: cookie },
      { ...query, edns: { ...cookie, options: [{ code: 10, data: Buffer.alloc(16) }] } },
    ].map(message => form.preference!(liveQuery(message)))
    expect(new Set(preferences).size).toBe(preferences.length)
    expect(form.preference!(liveQuery({ ...query, id: 9, edns: { ...cookie, udpBytes: 512 } }))).toBe(preferences[5])
    expect(form.preference!(live(Buffer.from('oops')))).toBe('')
  })
})

group('two recordings', () => {
  const { turns } = dialogues.find(({ name }) => name.startsWith('a cookie that'))!
  const values = (id: number, cookie: string) => {
    const anew = turns.map(({ from, octets }) => ({
      from,
      octets: hex(
        octets
          .toString('hex')
          .replace(/^..../, id.toString(16).padStart(4, '0'))
          .replaceAll('4f44f14ae8d11a78', cookie),
      ),
    }))
    return hear('udp', anew).map(turn => [turn.from, write(turn)] as const)
  }

  test('of the same with other ids and cookies are equal as they are', () => {
    expect(values(0x1234, '0102030405060708')).toEqual(values(0x7777, 'a1a2a3a4a5a6a7a8'))
  })

  test("are alike but for the server's part of a cookie, signatures, and letters' case", () => {
    const cookies = values(1, '0102030405060708').map(([from, value]) => form.steady!(from, value))
    expect(cookies[1]).toMatchObject({ edns: { udp: '1232', cookie: 'client' }, rcode: 'BADCOOKIE' })
    const alias = dialogues.find(({ name }) => name.startsWith('an alias in mixed'))!.turns.at(-1)!.value
    expect(form.steady!('server', alias)).toEqual({
      flags: 'qr rd ra',
      question: 'www.example.org. A',
      answer: 'www.example.org. - IN CNAME web.example.org.\nweb.example.org. - IN A 192.0.2.81\n',
      edns: { udp: '1232' },
    })
    const signed = dialogues.find(({ name }) => name.startsWith('a signature'))!.turns[0]!.value
    expect(form.steady!('client', signed)).toMatchObject({ additional: 'bad. 0 ANY TSIG\n' })
  })

  test('differ in TTLs where the server is an authority, and in what a client updates', () => {
    const [dialogue] = dialogues
    const { value } = dialogue!.turns.at(-1)!
    expect(form.steady!('server', value)).toMatchObject({ answer: value.answer })
    const update = dialogues.find(({ name }) => name.startsWith('an update'))!.turns[0]!.value
    expect(form.steady!('client', update)).toEqual(update)
  })
})

group('a value that a person has changed', () => {
  const [dialogue] = dialogues
  const [query, answer] = dialogue!.turns.map(({ octets }) => octets) as [Buffer, Buffer]
  const value = dialogue!.turns[1]!.value
  const replayed = (changed: TapeMapping) => decodeDnsMessage(form.fit!(say(read(changed)), live(query)))
  const recorded = decodeDnsMessage(answer)

  test('is said as it is now: an address, a TTL, a record more, another code', () => {
    const [alias, address] = recorded.answers
    expect(
      replayed({ ...value, answer: 'www.example.org. 60 CNAME web.example.org.\nweb.example.org. 1h A 198.51.100.7' }),
    ).toEqual({
      ...recorded,
      answers: [
        { ...alias, ttl: 60 },
        { ...address, address: '198.51.100.7' },
      ],
    })
    const more = `${value.answer}web.example.org. 3600 IN A 192.0.2.99 ; new\n`
    expect(replayed({ ...value, answer: more }).answers).toEqual([
      ...recorded.answers,
      { ...address, address: '192.0.2.99' },
    ])
    const { answer: _, ...without } = value
    expect(replayed({ ...without, rcode: 'NXDOMAIN' })).toEqual({ ...recorded, rcode: 'NXDOMAIN', answers: [] })
  })

  test('keeps the names that it has where pointers do not fit any more', () => {
    const deep = dialogues.find(({ name }) => name.startsWith('names that'))!.turns[1]!.value
    const answer = String(deep.answer).replace('10 mail.deep.x.y.z', '10 mx.x.y.z')
    const { message } = read({ ...deep, answer })
    expect(message.kind === 'message' && decodeDnsMessage(say({ message })).answers.map(({ name }) => name)).toEqual([
      'deep.a.b.c.d.example.org',
      'deep.a.b.c.d.example.org',
    ])
    expect(say({ message }).includes('mx')).toBe(true)
  })

  test('may be a whole new turn', () => {
    const said = say(read({ flags: 'qr', question: 'example.org MX', answer: 'example.org. 5 MX 0 .' }))
    expect(said).toEqual(
      hex('0000 8000 0001 0001 0000 0000 076578616d706c65036f726700 000f 0001 c00c 000f 0001 00000005 0003 0000 00'),
    )
    expect(say(read({ question: 'example.org. MX' }, 'client', 'tcp'))).toEqual(
      hex('001d 0000 0000 0001 0000 0000 0000 076578616d706c65036f726700 000f 0001'),
    )
    const two = { question: ['a. A', 'b. CH TXT'] }
    expect(write(read(two))).toEqual(two)
  })

  test.each<[string, TapeValue, string]>([
    ['a key', { ...value, answers: '' }, 'expected a message of id, opcode, flags, rcode, question, answer, '],
    ['a section of another opcode', { ...value, update: '' }, ', edns, pointers, or octets, got "update"'],
    ['a flag', { ...value, flags: 'qr aa rx' }, 'expected flags out of qr, aa, tc, rd, ra, ad, cd, got "rx"'],
    [
      'an rcode',
      { ...value, rcode: 'NXDOMAINS' },
      'expected a code of a response such as NXDOMAIN as rcode, got "NXDOMAINS"',
    ],
    ['an opcode', { ...value, opcode: 'ASK' }, 'expected an opcode such as QUERY or UPDATE, got "ASK"'],
    ['an rcode without room', { flags: 'qr', rcode: 'BADVERS' }, 'expected edns beside the rcode BADVERS, got "none"'],
    ['an id', { ...value, id: '65536' }, 'expected id from 0 to 65535, got "65536"'],
    ['a question without a type', { question: 'example.org.' }, 'expected question such as www.example.org. A, got'],
    ['a type', { question: 'example.org. B' }, 'expected a type of record in question, got "B"'],
    [
      'a name',
      { question: 'example..org. A' },
      'question: expected a name such as www.example.org, got an empty label',
    ],
    [
      'a line',
      { ...value, answer: `${value.answer}web.example.org. 3600 IN A 192.0.2\n` },
      'answer: line 3: expected an IPv4 address, got "192.0.2"',
    ],
    [
      'a relative name',
      { ...value, answer: 'www 3600 IN A 192.0.2.1' },
      'answer: line 1: expected a name with a last dot',
    ],
    [
      'a line without a TTL',
      { ...value, answer: 'www.example.org. A 192.0.2.1' },
      'answer: line 1: expected a TTL or $TTL',
    ],
    ['a mapping for records', { ...value, answer: {} }, 'expected answer as text, got {}'],
    ['pointers', { ...value, pointers: '12 x' }, 'expected pointers from 0 to 16383, got "x"'],
    ['text for a message', 'hello', 'expected a message or octets, got "hello"'],
    ['a list for a message', ['hello'], 'expected a message or octets, got ["hello"]'],
  ])('is an error with what was expected: %s', (_what, wrong, message) => {
    expect(() => read(wrong)).toThrow(ProtocolError)
    expect(() => read(wrong)).toThrow(message)
  })
})

test('octets beside the tape go out in a frame over TCP', () => {
  const scripted = read({ octets: { file: 'a.bin' } }, 'server', 'tcp')
  expect(form.encode(scripted, () => '')).toEqual([hex('0007'), { file: 'a.bin', start: 0, size: 7 }])
  expect(() => form.encode({ ...scripted, body: { size: 65536, file: 'a.bin' } }, () => '')).toThrow(
    'at most 65535 octets',
  )
})

test('a refusal says why to a client that has EDNS, and garbage is not answered', () => {
  const query = dnsQuery({ name: `${'a'.repeat(60)}.`.repeat(4), type: 'A' }, { id: 9 })
  const edns = { udpBytes: 512, version: 0, dnssecOk: false, options: [] }
  const { octets } = form.refuse(liveQuery({ ...query, edns }), `x${'ü'.repeat(300)}`)
  expect(octets!.length).toBeLessThanOrEqual(512)
  expect(decodeDnsMessage(octets!).edns!.options).toEqual([{ code: 15, data: Buffer.from(`\0\0x${'ü'.repeat(99)}`) }])
  expect(decodeDnsMessage(form.refuse(liveQuery(query), 'why').octets!).edns).toBeUndefined()
  expect(form.refuse(live(Buffer.from('oops')), 'why')).toEqual({ link: 'goes on' })
  expect(form.refuse(undefined, 'why')).toEqual({ link: 'goes on' })
})

test('whatever crosses is heard, written, read and said again as it was, but for ids and cookies', () => {
  const random = new Random('dns tape')
  const all = dialogues.filter(({ transport }) => transport === 'udp').flatMap(({ turns }) => turns)
  let values = 0
  for (let round = 0; round < 1000; round++) {
    const chunks = Array.from({ length: 1 + random.below(3) }, () => {
      const { from, octets } = all[random.below(all.length)]!
      const changed = Buffer.from(random.below(8) === 0 ? random.bytes(random.below(80)) : octets)
      for (let changes = random.below(3); changes > 0 && changed.length > 0; changes--) {
        changed[random.below(changed.length)] = random.below(256)
      }
      return { from, octets: random.below(10) === 0 ? changed.subarray(0, random.below(changed.length)) : changed }
    })
    const turns = hear('udp', chunks)
    expect(turns).toHaveLength(chunks.length)
    for (const [index, turn] of turns.entries()) {
      const value = write(turn)
      const again = read(JSON.parse(JSON.stringify(value)), turn.from)
      expect(write(again)).toEqual(value)
      expect(form.identity(again.message)).toBe(form.identity(turn.message))
      form.steady!(turn.from, value)
      form.refuse(turn.message, 'why')
      if (!('octets' in (value as TapeMapping))) values++
      const asked = turns.filter(({ from }) => from === 'client')[(turn.answers ?? 0) - 1]
      const { octets } = chunks[index]!
      const said = say(again)
      if (asked !== undefined) {
        const fit = form.fit!(said, asked.message)
        // What the client cannot take is left out, whatever the server did.
        if (fit.length === octets.length) expect(fit.toString('hex')).toBe(octets.toString('hex'))
      } else if (turn.from === 'server') expect(said.toString('hex')).toBe(octets.toString('hex'))
    }
  }
  expect(values).toBeGreaterThan(600)
})

test('any octets over TCP are heard to the last one', () => {
  const random = new Random('dns tape tcp')
  const stream = Buffer.concat(
    dialogues.flatMap(({ transport, turns }) =>
      turns.map(({ octets }) => {
        return transport === 'tcp' ? octets : Buffer.concat([Buffer.from([octets.length >> 8, octets.length]), octets])
      }),
    ),
  )
  for (let round = 0; round < 300; round++) {
    const changed = Buffer.from(stream)
    for (let changes = random.below(20); changes > 0; changes--)
      changed[random.below(changed.length)] = random.below(256)
    const chunks: { from: Side; octets: Buffer }[] = []
    for (let at = 0; at < changed.length; at += chunks.at(-1)!.octets.length) {
      chunks.push({ from: 'client', octets: changed.subarray(at, at + 1 + random.below(400)) })
    }
    const said = hear('tcp', chunks, 'client').map(say)
    expect(Buffer.concat(said).toString('hex')).toBe(changed.toString('hex'))
  }
})
