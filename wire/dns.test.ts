import { expect, describe as group, test } from 'vitest'
import { goldens } from '../fixtures/dns/bind-answers.ts'
import { ProtocolError } from './decoder.ts'
import { dnsQuery } from './dns/message.ts'
import { DnsTcpDecoder, describe, encodeDnsTcpMessage, frameDnsMessage, wire } from './dns.ts'

const framed = goldens.map(({ octets }) => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  return Buffer.concat([length, octets])
})
const stream = Buffer.concat(framed)
const messages = goldens.map(({ message }) => message)

group('messages over TCP', () => {
  test.each([
    ['whole', [stream]],
    ['octet by octet', [...stream].map(octet => Uint8Array.of(octet))],
    ['one a chunk', framed],
    ['cut inside the length', [stream.subarray(0, 1), stream.subarray(1)]],
  ])('are read %s', (_how, chunks) => {
    const decoder = new DnsTcpDecoder()
    const read = []
    for (const chunk of chunks) {
      decoder.push(chunk)
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) read.push(message)
    }
    expect(read).toEqual(messages)
    decoder.end()
  })

  test('have their length before them', () => {
    expect(frameDnsMessage(goldens[2]!.octets)).toEqual(framed[2])
    expect(encodeDnsTcpMessage(messages[2]!)).toEqual(framed[2])
  })

  test('may not end inside a message, whose octets are given back', () => {
    const decoder = new DnsTcpDecoder()
    decoder.push(Buffer.concat([framed[0]!, Buffer.from('\0\x0chalf')]))
    expect(decoder.next()).toEqual(messages[0])
    expect(decoder.next()).toBeUndefined()
    expect(() => decoder.end()).toThrow('dns: stream ended inside a message, got 6 octets of it')
    expect(Buffer.from(decoder.rest()).toString()).toBe('\0\x0chalf')
  })

  test('of no octets are an error', () => {
    const decoder = new DnsTcpDecoder()
    decoder.push(Buffer.alloc(2))
    expect(() => decoder.next()).toThrow(ProtocolError)
  })
})

test('a message is told as lines that a person reads', () => {
  const [, , texts, , , , , nothing, query] = messages
  expect(describe(query!)).toBe('query 3193 zt.test. A (recursion desired, EDNS 1232 octets DO)')
  expect(describe(texts!).split('\n')).toEqual([
    'answer 62367 NOERROR txt.zt.test. TXT (authoritative, recursion desired)',
    '  answer txt.zt.test. 300 IN TXT "one" "two \\"2\\""',
    '  authority zt.test. 300 IN NS ns1.zt.test.',
    '  additional ns1.zt.test. 300 IN A 192.0.2.53',
  ])
  expect(describe(nothing!)).toContain('answer 61214 NXDOMAIN no.zt.test. AAAA')
  const chaos = dnsQuery({ name: 'version.bind', type: 'TXT' }, { opcode: 'STATUS', recursionDesired: false })
  const questions = [{ ...chaos.questions[0]!, class: 'CH' as const }]
  expect(describe({ ...chaos, questions })).toBe('query 0 STATUS version.bind. CH TXT')
})

group('a conversation', () => {
  test('has one turn for each datagram', () => {
    const conversation = wire.conversation('udp')
    expect(conversation.push('client', goldens[8]!.octets)).toEqual([
      { from: 'client', message: messages[8], text: describe(messages[8]!) },
    ])
    const [broken] = conversation.push('server', goldens[0]!.octets.subarray(0, 20))
    expect(broken!.text).toMatch(
      /^20 octets: 5a 40 .* \(dns: expected the rest of a name, got the end of the message\)$/,
    )
    expect(conversation.end('client')).toEqual([])
  })

  test('follows both directions of a TCP connection, and shows what was cut', () => {
    const conversation = wire.conversation('tcp')
    expect(conversation.push('client', framed[8]!.subarray(0, 9))).toEqual([])
    expect(conversation.push('server', Buffer.concat([framed[0]!, framed[2]!])).map(({ message }) => message)).toEqual([
      messages[0],
      messages[2],
    ])
    expect(conversation.push('client', framed[8]!.subarray(9)).map(({ message }) => message)).toEqual([messages[8]])
    expect(conversation.push('client', Buffer.from('\0\x05oops'))).toEqual([])
    expect(conversation.end('client').map(({ text }) => text)).toEqual([expect.stringMatching(/^6 octets: .*\(cut\)$/)])
    expect(conversation.end('server')).toEqual([])
  })

  test('goes on after a message that cannot be read', () => {
    const conversation = wire.conversation('tcp')
    const turns = conversation.push('client', Buffer.concat([Buffer.from('\0\x04oops'), framed[8]!]))
    expect(turns.map(({ text }) => text)).toEqual([
      'oops (dns: expected a header of 12 octets, got "oops")',
      describe(messages[8]!),
    ])
  })
})
