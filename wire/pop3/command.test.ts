import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { encodeCommand, isMultiline, Pop3CommandDecoder, type Pop3Input, parseCommand } from './command.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** Reads as a server does that sends a challenge for each AUTH. */
function read(chunks: readonly Uint8Array[]): Pop3Input[] {
  const decoder = new Pop3CommandDecoder()
  const inputs: Pop3Input[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let input = decoder.next(); input !== undefined; input = decoder.next()) {
      inputs.push(input)
      if (input.kind === 'command' && input.verb === 'AUTH') decoder.readResponse()
    }
  }
  return inputs
}

const command = (verb: string, args = '') => ({ kind: 'command', verb, args })

// Octets by hand from RFC 1939 §5 to §10 and RFC 5034 §6.
const dialogues: [string, string, object[]][] = [
  ['commands', 'STAT\r\nLIST 2\r\nQUIT\r\n', [command('STAT'), command('LIST', '2'), command('QUIT')]],
  ['lower case and bare line feeds', 'stat\nretr 1\n', [command('STAT'), command('RETR', '1')]],
  ['a password with blanks around and in it', 'PASS  a b \r\n', [command('PASS', ' a b ')]],
  ['a tab, which parts nothing', 'RETR\t1\r\n', [command('RETR\t1')]],
  ['an empty line', '\r\nNOOP\r\n', [command(''), command('NOOP')]],
  [
    'a digest',
    'APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n',
    [command('APOP', 'mrose c4c9334bac560ecc979e58001b3e22fb')],
  ],
  [
    'an answer to AUTH',
    'AUTH PLAIN\r\ndGVzdAB0ZXN0AHRlc3Q=\r\nSTAT\r\n',
    [command('AUTH', 'PLAIN'), { kind: 'response', text: 'dGVzdAB0ZXN0AHRlc3Q=' }, command('STAT')],
  ],
  ['octets beyond ASCII', 'USER \xc3\xa9\r\n', [command('USER', '\xc3\xa9')]],
  [
    'a line beyond the limit',
    `NOOP ${'x'.repeat(13_000)}\r\nQUIT\r\n`,
    [{ kind: 'overlong', octets: 13_007 }, command('QUIT')],
  ],
]

group.each(dialogues)('%s', (_what, text, expected) => {
  test('are read from one chunk, octet by octet, and cut anywhere', () => {
    const random = new Random('pop3 commands')
    expect(read([bytes(text)])).toEqual(expected)
    expect(read([...bytes(text)].map(octet => Buffer.of(octet)))).toEqual(expected)
    const at = random.below(text.length)
    expect(read([bytes(text.slice(0, at)), bytes(text.slice(at))])).toEqual(expected)
  })
})

test('what is left is given back, and is an error at the end', () => {
  const decoder = new Pop3CommandDecoder()
  decoder.push(bytes('STAT\r\nRET'))
  decoder.next()
  expect(() => decoder.end()).toThrow('pop3: stream ended inside a line, got "RET"')
  expect(Buffer.from(decoder.rest()).toString()).toBe('RET')
  decoder.end()
})

test('any octets are lines, and no more of them are kept than a line may have', () => {
  const random = new Random('pop3 commands')
  const decoder = new Pop3CommandDecoder()
  for (let round = 0; round < 2000; round++) {
    decoder.push(bytes(random.text(random.below(60), 'AUTHRETR 19\r\n\n\0\xff')))
    while (decoder.next() !== undefined);
  }
  decoder.rest()
  for (let round = 0; round < 100; round++) {
    decoder.push(Buffer.alloc(10_000, 'x'))
    expect(decoder.next()).toBeUndefined()
  }
  expect(decoder.rest().length).toBeLessThan(12_289)
})

test('a command becomes octets', () => {
  expect(encodeCommand({ verb: 'RETR', args: '1' }).toString()).toBe('RETR 1\r\n')
  expect(encodeCommand({ verb: 'STAT', args: '' }).toString()).toBe('STAT\r\n')
})

test.each([
  ['LIST', true],
  ['LIST 1', false],
  ['UIDL', true],
  ['UIDL 1', false],
  ['RETR 1', true],
  ['TOP 1 0', true],
  ['CAPA', true],
  ['AUTH', true],
  ['AUTH PLAIN', false],
  ['STAT', false],
])('lines follow the status of %s: %s', (line, expected) => {
  expect(isMultiline(parseCommand(line))).toBe(expected)
})
