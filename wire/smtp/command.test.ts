import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { encodeCommand, parseCommand, SmtpCommandDecoder, type SmtpInput } from './command.ts'
import { encodeData } from './data.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** Reads as a server does that says 354 to DATA and 334 to AUTH: what was read, the pieces of a mail joined. */
function read(decoder: SmtpCommandDecoder, chunks: readonly Uint8Array[]): SmtpInput[] {
  const inputs: SmtpInput[] = []
  let content: Buffer[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let input = decoder.next(); input !== undefined; input = decoder.next()) {
      if (input.kind === 'data' || input.kind === 'chunk') {
        content.push(input.octets)
        if (!input.last) continue
        inputs.push({ ...input, octets: Buffer.concat(content) })
        content = []
        continue
      }
      inputs.push(input)
      if (input.kind !== 'command') continue
      if (input.verb === 'DATA') decoder.readData()
      if (input.verb === 'AUTH') decoder.readResponse()
      if (input.verb === 'BDAT') decoder.readChunk(Number.parseInt(input.args, 10))
    }
  }
  return inputs
}

const command = (verb: string, args = '') => ({ kind: 'command', verb, args })
const data = (text: string) => ({ kind: 'data', octets: bytes(text), last: true })

// Octets by hand from RFC 5321 §4.1.1, RFC 3030 §4.2 and RFC 4954 §4.
const dialogues: [string, string, object[]][] = [
  ['commands', 'EHLO bar.com\r\nNOOP\r\n', [command('EHLO', 'bar.com'), command('NOOP')]],
  ['lower case and blanks', 'mail  FROM:<a@b> \t\r\n', [command('MAIL', 'FROM:<a@b>')]],
  ['an empty line', '\r\nRSET\r\n', [command(''), command('RSET')]],
  ['bare line feeds after commands', 'RSET\nQUIT\n', [command('RSET'), command('QUIT')]],
  ['octets beyond ASCII', 'VRFY \xc3\xa9\r\n', [command('VRFY', '\xc3\xa9')]],
  ['a mail', 'DATA\r\nBlah\r\n..etc.\r\n.\r\nQUIT\r\n', [command('DATA'), data('Blah\r\n.etc.\r\n'), command('QUIT')]],
  ['an empty mail', 'DATA\r\n.\r\nQUIT\r\n', [command('DATA'), data(''), command('QUIT')]],
  ['a mail of dots', 'DATA\r\n..\r\n...\r\n.\r\n', [command('DATA'), data('.\r\n..\r\n')]],
  ['a dot with more on its line', 'DATA\r\n.x\r\n. \r\n.\r\n', [command('DATA'), data('x\r\n \r\n')]],
  ['a dot in a line', 'DATA\r\na.\r\nb.c\r\n.\r\n', [command('DATA'), data('a.\r\nb.c\r\n')]],
  ['CRs of all kinds', 'DATA\r\n\r\r\n.\r.\r\r\n\r\n.\r\n', [command('DATA'), data('\r\r\n\r.\r\r\n\r\n')]],
  [
    'a chunk',
    'BDAT 7 LAST\r\n\r\n.\r\nabQUIT\r\n',
    [command('BDAT', '7 LAST'), { kind: 'chunk', octets: bytes('\r\n.\r\nab'), last: true }, command('QUIT')],
  ],
  [
    'a chunk without octets',
    'BDAT 0 LAST\r\nQUIT\r\n',
    [command('BDAT', '0 LAST'), { kind: 'chunk', octets: bytes(''), last: true }, command('QUIT')],
  ],
  [
    'an answer to AUTH',
    'AUTH PLAIN\r\nAGFkYQBs\r\nQUIT\r\n',
    [command('AUTH', 'PLAIN'), { kind: 'response', text: 'AGFkYQBs' }, command('QUIT')],
  ],
]

group('the decoder', () => {
  test.each(dialogues)('reads %s', (_what, text, expected) => {
    expect(read(new SmtpCommandDecoder(), [bytes(text)])).toEqual(expected)
  })

  test.each(dialogues)('reads %s octet by octet', (_what, text, expected) => {
    const octets = [...bytes(text)].map(octet => Uint8Array.of(octet))
    expect(read(new SmtpCommandDecoder(), octets)).toEqual(expected)
  })

  test.each(dialogues)('reads %s cut in two anywhere', (_what, text, expected) => {
    for (let at = 1; at < text.length; at++) {
      expect(read(new SmtpCommandDecoder(), [bytes(text.slice(0, at)), bytes(text.slice(at))])).toEqual(expected)
    }
  })

  // Each of these was taken as the end of a mail by some server, which let a second one be smuggled in behind it.
  test.each(['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\r.\r\n', '\n\n.\r\n', '\r\n\0.\r\n', '\r\n.\0\r\n'])(
    'does not take %j for the end of a mail',
    end => {
      const decoder = new SmtpCommandDecoder()
      const smuggled = `a${end}MAIL FROM:<x@y>\r\n`
      const [, mail, after] = read(decoder, [bytes(`DATA\r\n${smuggled}.\r\nQUIT\r\n`)])
      expect(mail).toMatchObject({ kind: 'data', last: true })
      expect((mail as { octets: Buffer }).octets.toString('latin1')).toBe(smuggled.replace(/\r\n\./, '\r\n'))
      expect(after).toEqual(command('QUIT'))
    },
  )

  test('gives a long mail in pieces and holds nothing back but what may be the end', () => {
    const decoder = new SmtpCommandDecoder()
    decoder.readData()
    decoder.push(Buffer.alloc(100_000, 'x'))
    expect(decoder.next()).toMatchObject({ kind: 'data', last: false })
    expect(decoder.rest()).toHaveLength(0)
    decoder.push(bytes('\r\n.\r'))
    decoder.next()
    expect(bytes('.\r')).toEqual(decoder.rest())
  })

  test('drops a line that is too long, says so, and reads the next', () => {
    const decoder = new SmtpCommandDecoder()
    for (let i = 0; i < 100; i++) {
      decoder.push(Buffer.alloc(1000, 'x'))
      expect(decoder.next()).toBeUndefined()
    }
    decoder.push(bytes('\r\nNOOP\r\n'))
    expect(decoder.next()).toEqual({ kind: 'overlong', octets: 100_002 })
    expect(decoder.next()).toEqual(command('NOOP'))
  })

  test('drops an answer to AUTH that is too long, and goes on with commands', () => {
    const decoder = new SmtpCommandDecoder()
    decoder.readResponse()
    decoder.push(bytes(`${'x'.repeat(12_287)}\r\nNOOP\r\n`))
    expect(decoder.next()).toEqual({ kind: 'overlong', octets: 12_289 })
    expect(decoder.next()).toEqual(command('NOOP'))
  })

  test('takes a command of 2048 octets and no longer one', () => {
    const decoder = new SmtpCommandDecoder()
    decoder.push(bytes(`NOOP ${'x'.repeat(2041)}\r\nNOOP ${'x'.repeat(2042)}\r\n`))
    expect(decoder.next()).toMatchObject({ verb: 'NOOP' })
    expect(decoder.next()).toEqual({ kind: 'overlong', octets: 2049 })
  })

  test('says where the stream ended', () => {
    const decoder = new SmtpCommandDecoder()
    decoder.push(bytes('NOO'))
    decoder.next()
    expect(() => decoder.end()).toThrow('smtp: stream ended inside a line, got "NOO"')
    const inside = new SmtpCommandDecoder()
    inside.readData()
    expect(() => inside.end()).toThrow(ProtocolError)
  })

  test('reads any octets, however they are cut', () => {
    const random = new Random('smtp commands')
    const pieces = ['\r', '\n', '\r\n', '.', '\r\n.\r\n', 'DATA', 'BDAT 5', 'AUTH', ' ', '\0', '\xff', 'x'.repeat(500)]
    for (let round = 0; round < 300; round++) {
      let text = ''
      for (let i = random.below(60); i > 0; i--) text += pieces[random.below(pieces.length)]
      const whole = read(new SmtpCommandDecoder(), [bytes(text)])
      const chunks: Buffer[] = []
      for (let at = 0; at < text.length; ) {
        const size = 1 + random.below(20)
        chunks.push(bytes(text.slice(at, at + size)))
        at += size
      }
      expect(read(new SmtpCommandDecoder(), chunks), JSON.stringify(text)).toEqual(whole)
    }
  })
})

test('commands become octets', () => {
  expect(encodeCommand(parseCommand('NOOP'))).toEqual(bytes('NOOP\r\n'))
  expect(encodeCommand({ verb: 'MAIL', args: 'FROM:<>' })).toEqual(bytes('MAIL FROM:<>\r\n'))
})

test('any content comes back from DATA as it was, but for a missing line end', () => {
  const random = new Random('smtp data')
  for (let round = 0; round < 300; round++) {
    const content = bytes(random.text(random.below(40), '.\r\n\nxy'))
    const [, mail] = read(new SmtpCommandDecoder(), [Buffer.concat([bytes('DATA\r\n'), encodeData(content)])])
    const closed = content.length === 0 || content.toString('latin1').endsWith('\r\n')
    expect((mail as { octets: Buffer }).octets).toEqual(closed ? content : Buffer.concat([content, bytes('\r\n')]))
  }
})
