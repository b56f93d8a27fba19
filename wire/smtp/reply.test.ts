import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { describeReply, encodeReply, parseReply, reply, SmtpReplyDecoder } from './reply.ts'

const bytes = (text: string) => Buffer.from(text)

// Octets by hand from RFC 5321 §4.2.1 and RFC 2034 §5.
const replies: [string, string, object][] = [
  ['one line', '250 OK\r\n', { code: 250, lines: ['OK'] }],
  [
    'several lines',
    '250-First line\r\n250-234 Text\r\n250 Last\r\n',
    { code: 250, lines: ['First line', '234 Text', 'Last'] },
  ],
  ['an enhanced code', '250 2.1.0 Originator ok\r\n', { code: 250, enhanced: '2.1.0', lines: ['Originator ok'] }],
  [
    'an enhanced code on each line',
    '551-5.7.1 Forwarding\r\n551 5.7.1 Select\r\n',
    { code: 551, enhanced: '5.7.1', lines: ['Forwarding', 'Select'] },
  ],
  ['an enhanced code on one line only', '551-5.7.1 a\r\n551 b\r\n', { code: 551, lines: ['5.7.1 a', 'b'] }],
  ['an enhanced code of another class', '250 5.0.0 x\r\n', { code: 250, lines: ['5.0.0 x'] }],
  ['a code alone', '354\r\n', { code: 354, lines: [''] }],
  ['bare line feeds', '250-a\n250 b\n', { code: 250, lines: ['a', 'b'] }],
  ['UTF-8', '550 5.1.1 grüße\r\n', { code: 550, enhanced: '5.1.1', lines: ['grüße'] }],
]

group('the decoder', () => {
  test.each(replies)('reads %s', (_what, text, expected) => {
    const decoder = new SmtpReplyDecoder()
    decoder.push(bytes(`${text}220 next\r\n`))
    expect(decoder.next()).toEqual(expected)
    expect(decoder.next()).toEqual({ code: 220, lines: ['next'] })
    expect(decoder.next()).toBeUndefined()
    decoder.end()
  })

  test.each(replies)('reads %s octet by octet', (_what, text, expected) => {
    const decoder = new SmtpReplyDecoder()
    const read = [...bytes(text)].flatMap(octet => {
      decoder.push(Uint8Array.of(octet))
      return decoder.next() ?? []
    })
    expect(read).toEqual([expected])
  })

  test.each([
    ['hello\r\n', 'smtp: expected a reply line, got "hello"'],
    ['99 x\r\n', 'smtp: expected a reply line, got "99 x"'],
    ['250x\r\n', 'smtp: expected a reply line, got "250x"'],
    ['250-a\r\n251 b\r\n', 'smtp: expected another line of reply 250, got "251 b"'],
  ])('refuses %j', (text, message) => {
    const decoder = new SmtpReplyDecoder()
    decoder.push(bytes(text))
    expect(() => decoder.next()).toThrow(message)
  })

  test('refuses a reply without end and a line without end', () => {
    const endless = new SmtpReplyDecoder()
    endless.push(bytes('250-x\r\n'.repeat(1000)))
    expect(() => endless.next()).toThrow('smtp: expected a reply of at most 512 lines, got more')
    const long = new SmtpReplyDecoder()
    long.push(Buffer.alloc(20_000, '2'))
    expect(() => long.next()).toThrow(ProtocolError)
  })

  test('gives back what is left, also of a reply that was cut', () => {
    const decoder = new SmtpReplyDecoder()
    decoder.push(bytes('250-a\r\n250'))
    expect(decoder.next()).toBeUndefined()
    expect(() => decoder.end()).toThrow('smtp: stream ended inside')
    expect(Buffer.from(decoder.rest()).toString()).toBe('250-a\r\n250')
  })

  test('gives replies or a ProtocolError for any octets', () => {
    const random = new Random('smtp replies')
    for (let round = 0; round < 500; round++) {
      const decoder = new SmtpReplyDecoder()
      decoder.push(bytes(random.text(random.below(60), '245019 -.\r\n\n\0xé')))
      try {
        while (decoder.next() !== undefined);
        decoder.end()
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }
  })
})

test('a reply becomes octets, with the enhanced code on each line', () => {
  expect(encodeReply(reply(250, undefined, 'a', 'SIZE 10'))).toBe('250-a\r\n250 SIZE 10\r\n')
  expect(encodeReply(reply(550, '5.1.1', 'a', 'b'))).toBe('550-5.1.1 a\r\n550 5.1.1 b\r\n')
  expect(encodeReply(reply(550, '5.1.1', 'a'), false)).toBe('550 a\r\n')
  expect(Buffer.from(encodeReply(reply(250, undefined, 'grüße')), 'latin1')).toEqual(bytes('250 grüße\r\n'))
})

test('a reply is read from the words of an option', () => {
  expect(parseReply('451 4.3.0 try again')).toEqual(reply(451, '4.3.0', 'try again'))
  expect(parseReply('550-5.1.1 no\n550 5.1.1 such user')).toEqual(reply(550, '5.1.1', 'no', 'such user'))
  expect(() => parseReply('no')).toThrow('smtp: expected a reply such as "250 2.0.0 ok", got "no"')
  expect(describeReply(reply(250, '2.0.0', 'a', 'b'))).toBe('250-2.0.0 a\n250 2.0.0 b')
})
