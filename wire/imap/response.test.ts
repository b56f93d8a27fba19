import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import { encodeResponse } from './encode-response.ts'
import { type ImapResponse, ImapResponseDecoder } from './response.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const atom = (text: string) => ({ atom: text })
const data = (name: string, ...values: unknown[]) => ({ kind: 'data', name, values })
const numbered = (number: number, name: string, ...values: unknown[]) => ({ kind: 'data', number, name, values })

function read(chunks: readonly Uint8Array[]): ImapResponse[] {
  const decoder = new ImapResponseDecoder()
  const responses: ImapResponse[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let response = decoder.next(); response !== undefined; response = decoder.next()) responses.push(response)
  }
  return responses
}

// By hand, most after examples of RFC 3501 §7, RFC 2342, RFC 4731, RFC 5256, RFC 7162 and RFC 9208.
const responses: [string, object][] = [
  ['* OK IMAP4rev1 ready\r\n', { kind: 'status', status: 'OK', text: 'IMAP4rev1 ready' }],
  [
    'A001 OK [READ-WRITE] SELECT completed\r\n',
    { kind: 'status', tag: 'A001', status: 'OK', code: { name: 'READ-WRITE' }, text: 'SELECT completed' },
  ],
  [
    '* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n',
    { kind: 'status', status: 'OK', code: { name: 'PERMANENTFLAGS', text: '(\\Deleted \\Seen \\*)' }, text: 'Limited' },
  ],
  [
    'a NO [BADCHARSET ("x]" UTF-8)] no\r\n',
    { kind: 'status', tag: 'a', status: 'NO', code: { name: 'BADCHARSET', text: '("x]" UTF-8)' }, text: 'no' },
  ],
  ['* BYE \r\n', { kind: 'status', status: 'BYE', text: '' }],
  ['+ \r\n', { kind: 'continuation', text: '' }],
  ['+ PDE4OTYu\r\n', { kind: 'continuation', text: 'PDE4OTYu' }],
  ['* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n', data('CAPABILITY', atom('IMAP4rev1'), atom('AUTH=PLAIN'))],
  ['* LIST (\\Noselect) "/" ~/Mail/foo\r\n', data('LIST', [atom('\\Noselect')], '/', atom('~/Mail/foo'))],
  ['* LIST () NIL INBOX\r\n', data('LIST', [], null, atom('INBOX'))],
  ['* FLAGS (\\Answered $x)\r\n', data('FLAGS', [atom('\\Answered'), atom('$x')])],
  ['* SEARCH\r\n', data('SEARCH')],
  ['* SEARCH 2 3 6 (MODSEQ 917162500)\r\n', data('SEARCH', 2, 3, 6, [atom('MODSEQ'), 917162500])],
  [
    '* ESEARCH (TAG "A285") UID MIN 7 ALL 7:8,10\r\n',
    data('ESEARCH', [atom('TAG'), 'A285'], atom('UID'), atom('MIN'), 7, atom('ALL'), atom('7:8,10')),
  ],
  ['* STATUS {3}\r\na"b (MESSAGES 231)\r\n', data('STATUS', bytes('a"b'), [atom('MESSAGES'), 231])],
  [
    '* NAMESPACE (("" "/")("#x" "/")) NIL NIL\r\n',
    data(
      'NAMESPACE',
      [
        ['', '/'],
        ['#x', '/'],
      ],
      null,
      null,
    ),
  ],
  ['* QUOTA "" (STORAGE 10 512)\r\n', data('QUOTA', '', [atom('STORAGE'), 10, 512])],
  ['* THREAD (2)(3 6 (4 23)(44 7 96))\r\n', data('THREAD', [2], [3, 6, [4, 23], [44, 7, 96]])],
  ['* THREAD ((3)(5))\r\n', data('THREAD', [[3], [5]])],
  ['* 18 EXISTS\r\n', numbered(18, 'EXISTS')],
  ['* VANISHED (EARLIER) 41,43:116\r\n', data('VANISHED', [atom('EARLIER')], atom('41,43:116'))],
  [
    '* 12 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS ("To x" DATE)]<0> {4}\r\na\r\n\xff BODY[1.2] NIL UID 7)\r\n',
    numbered(12, 'FETCH', [
      atom('FLAGS'),
      [atom('\\Seen')],
      atom('BODY[HEADER.FIELDS ("To x" DATE)]<0>'),
      bytes('a\r\n\xff'),
      atom('BODY[1.2]'),
      null,
      atom('UID'),
      7,
    ]),
  ],
  [
    '* 1 FETCH (BODY (("TEXT" "PLAIN" NIL)("IMAGE" "GIF" ("NAME" "x")) "MIXED") ENVELOPE (NIL "s" (("T \\"G\\"" NIL "g" "x")(NIL NIL "b" "y")) ((NIL NIL "a" "b")) NIL))\r\n',
    numbered(1, 'FETCH', [
      atom('BODY'),
      [['TEXT', 'PLAIN', null], ['IMAGE', 'GIF', ['NAME', 'x']], 'MIXED'],
      atom('ENVELOPE'),
      [
        null,
        's',
        [
          ['T "G"', null, 'g', 'x'],
          [null, null, 'b', 'y'],
        ],
        [[null, null, 'a', 'b']],
        null,
      ],
    ]),
  ],
  [
    '* 1 FETCH (MODSEQ (9223372036854775807) X {y 007)\r\n',
    numbered(1, 'FETCH', [atom('MODSEQ'), [atom('9223372036854775807')], atom('X'), atom('{y'), atom('007')]),
  ],
]

group('the decoder', () => {
  test.each(responses)('reads %j', (text, expected) => {
    expect(read([bytes(text)])).toMatchObject([expected])
  })

  test.each(responses)('reads %j octet by octet, and what follows', (text, expected) => {
    const octets = [...bytes(`${text}* 1 EXISTS\n`)].map(octet => Uint8Array.of(octet))
    expect(read(octets)).toMatchObject([expected, numbered(1, 'EXISTS')])
  })

  test.each(responses)('reads %j cut in two anywhere', (text, expected) => {
    const octets = bytes(text)
    for (let at = 1; at < octets.length; at++) {
      expect(read([octets.subarray(0, at), octets.subarray(at)])).toMatchObject([expected])
    }
  })

  test.each(responses)('%j is written as it was', text => {
    expect(read([bytes(text)]).map(response => encodeResponse(response).toString('latin1'))).toEqual([text])
  })

  test('a response without text is one all the same', () => {
    expect(read([bytes('+\r\na OK\r\n')])).toMatchObject([
      { kind: 'continuation', text: '' },
      { tag: 'a', text: '' },
    ])
  })

  test('a literal that no server announces waits for nothing', () => {
    expect(read([bytes('* LIST () "/" {1+}\r\na\r\n')])).toMatchObject([data('LIST', [], '/', bytes('a'))])
  })
})

test('text with what no quoted string can hold is written as a literal', () => {
  const response = { kind: 'data', name: 'X', values: ['a"\\', 'é', 'a\r\n', Buffer.from('b'), ''] } as const
  expect(encodeResponse(response).toString('latin1')).toBe('* X "a\\"\\\\" {1}\r\n\xe9 {3}\r\na\r\n {1}\r\nb ""\r\n')
})

test.each([
  ['', 'expected a tag, got the end of the line'],
  ['a FETCH', 'expected OK, NO or BAD, got "FETCH"'],
  ['* 1', 'expected a space'],
  ['* X (', 'expected a value, got the end of the line'],
  ['* X )', 'expected a value, got ")"'],
  ['* X "a', 'expected a quoted string'],
  ['* 1 FETCH (BODY[)', 'expected a value'],
  [`* X ${'('.repeat(500)}`, 'expected lists at most 400 deep'],
  ['* X {999999999}', 'expected a literal of at most 268435456 octets'],
])('%j is one error', (text, problem) => {
  expect(() => read([bytes(`${text}\r\n`)])).toThrow(`imap: ${problem}`)
})

test('a response that is cut is an error at its end', () => {
  for (const text of ['* OK', '* X {3}\r\nab', '* X {3}\r\nabc']) {
    const decoder = new ImapResponseDecoder()
    decoder.push(bytes(text))
    expect(decoder.next()).toBeUndefined()
    expect(() => decoder.end()).toThrow(ProtocolError)
  }
})

test('an endless line is one error', () => {
  const decoder = new ImapResponseDecoder({ maxText: 1000 })
  decoder.push(bytes('* SEARCH '))
  expect(decoder.next()).toBeUndefined()
  decoder.push(bytes('1 '.repeat(1000)))
  expect(() => decoder.next()).toThrow('expected lines of at most 1000 octets')
})

test('any octets are responses or one error, the same however they are cut', () => {
  const random = new Random('imap responses')
  const pick = <Item>(items: readonly Item[]) => items[random.below(items.length)]!
  const odd = ['{3}\r\n', '{0}', '(', ')', '"', '\\', '*', '[', ']', '\r\n', '\n', '\0', '\xff', ' ', '<0>', '+ ']
  const outcome = (chunks: readonly Uint8Array[]) => {
    const decoder = new ImapResponseDecoder()
    const seen: unknown[] = []
    try {
      for (const chunk of chunks) {
        decoder.push(chunk)
        for (let response = decoder.next(); response !== undefined; response = decoder.next()) {
          seen.push(response)
          encodeResponse(response)
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      seen.push(error.message)
    }
    return JSON.stringify(seen)
  }
  for (let round = 0; round < 2000; round++) {
    let text = pick(responses)[0] + pick(responses)[0]
    for (let change = random.below(5); change > 0; change--) {
      const at = random.below(text.length)
      text = text.slice(0, at) + (random.below(2) === 0 ? pick(odd) : '') + text.slice(at + random.below(3))
    }
    if (random.below(10) === 0) text += random.bytes(30).toString('latin1')
    expect(outcome([...bytes(text)].map(octet => Uint8Array.of(octet)))).toBe(outcome([bytes(text)]))
  }
})

test('long words do not run out of stack', () => {
  const long = '1,'.repeat(4_000_000)
  for (const text of [`X ${long}`, `X BODY[${long}]`, `X "${long}"`, `OK [X ${long}] y`, `OK [X ${long}`]) {
    expect(read([bytes(`* ${text}\r\n`)])).toHaveLength(1)
  }
})
