import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { encodeMultiline, encodeStatus, type Pop3Output, Pop3ResponseDecoder, parseStatus, status } from './response.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** Reads as a client does for whom lines follow each status with `octets` or `messages` in it. */
function read(chunks: readonly Uint8Array[]): Pop3Output[] {
  const decoder = new Pop3ResponseDecoder()
  const outputs: Pop3Output[] = []
  let content: Buffer[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let output = decoder.next(); output !== undefined; output = decoder.next()) {
      if (output.kind !== 'content') {
        outputs.push(output)
        if (output.kind === 'status' && /octets|messages/.test(output.text)) decoder.readContent()
        continue
      }
      content.push(output.octets)
      if (!output.last) continue
      outputs.push({ ...output, octets: Buffer.concat(content) })
      content = []
    }
  }
  return outputs
}

const content = (text: string) => ({ kind: 'content', octets: bytes(text), last: true })

// Octets by hand from RFC 1939 §5 and §7, RFC 2449 §8 and RFC 5034 §6.
const dialogues: [string, string, object[]][] = [
  [
    'statuses',
    '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n+OK\r\n-ERR no such message\r\n',
    [
      status(true, 'POP3 server ready <1896.697170952@dbc.mtview.ca.us>'),
      status(true, ''),
      status(false, 'no such message'),
    ],
  ],
  [
    'response codes',
    '-ERR [IN-USE] locked\r\n-err [sys/temp]\r\n-ERR [no code here\r\n+OK [LOGIN-DELAY]x\r\n',
    [
      status(false, 'locked', 'IN-USE'),
      status(false, '', 'SYS/TEMP'),
      status(false, '[no code here'),
      status(true, '[LOGIN-DELAY]x'),
    ],
  ],
  [
    'lines with dots',
    '+OK 2 messages\r\n1 120\r\n2 200\r\n.\r\n+OK 9 octets\r\na\r\n..\r\n..b\r\n.\r\n+OK\r\n',
    [
      status(true, '2 messages'),
      content('1 120\r\n2 200\r\n'),
      status(true, '9 octets'),
      content('a\r\n.\r\n.b\r\n'),
      status(true, ''),
    ],
  ],
  ['no lines', '+OK 0 messages\r\n.\r\n-ERR\r\n', [status(true, '0 messages'), content(''), status(false, '')]],
  ['challenges', '+ \r\n+\r\n+ abc=\r\n', ['', '', 'abc='].map(text => ({ kind: 'challenge', text }))],
]

group.each(dialogues)('%s', (_what, text, expected) => {
  test('are read from one chunk, octet by octet, and cut anywhere', () => {
    const random = new Random('pop3 responses')
    expect(read([bytes(text)])).toEqual(expected)
    expect(read([...bytes(text)].map(octet => Buffer.of(octet)))).toEqual(expected)
    const at = random.below(text.length)
    expect(read([bytes(text.slice(0, at)), bytes(text.slice(at))])).toEqual(expected)
  })
})

test.each(['hello', '+OKAY', '250 ok', ''])('%j is no status', line => {
  const decoder = new Pop3ResponseDecoder()
  decoder.push(bytes(`${line}\r\n`))
  expect(() => decoder.next()).toThrow(
    `pop3: expected a status such as "+OK" or "-ERR [IN-USE] try later", got ${JSON.stringify(line)}`,
  )
})

test('lines that were cut are an error at the end', () => {
  const decoder = new Pop3ResponseDecoder()
  decoder.push(bytes('+OK\r\na\r\n.'))
  decoder.next()
  decoder.readContent()
  expect(decoder.next()).toEqual({ kind: 'content', octets: bytes('a\r\n'), last: false })
  expect(() => decoder.end()).toThrow('pop3: stream ended inside the lines of a response')
  expect(Buffer.from(decoder.rest()).toString()).toBe('.')
})

test('any octets give responses or a ProtocolError', () => {
  const random = new Random('pop3 responses')
  for (let round = 0; round < 500; round++) {
    const decoder = new Pop3ResponseDecoder()
    decoder.push(bytes(random.text(random.below(80), '+OK-ERR [].\r\n\n\0\xe9')))
    try {
      for (let output = decoder.next(); output !== undefined; output = decoder.next()) {
        if (output.kind === 'status' && output.ok) decoder.readContent()
      }
      decoder.end()
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError)
    }
  }
})

test('a status becomes octets, and is read from the words of an option', () => {
  expect(encodeStatus(status(false, 'locked', 'IN-USE'))).toBe('-ERR [IN-USE] locked\r\n')
  expect(encodeStatus(status(true, ''))).toBe('+OK\r\n')
  expect(Buffer.from(encodeStatus(status(true, 'grüße €')), 'latin1').toString()).toBe('+OK grüße €\r\n')
  expect(parseStatus('-ERR [SYS/PERM] never')).toEqual(status(false, 'never', 'SYS/PERM'))
})

test('lines become octets, dots stuffed and the last line closed', () => {
  expect(encodeMultiline(status(true, 'x'), bytes('.\r\na')).toString()).toBe('+OK x\r\n..\r\na\r\n.\r\n')
  expect(encodeMultiline(status(true, 'x'), bytes('')).toString()).toBe('+OK x\r\n.\r\n')
})
