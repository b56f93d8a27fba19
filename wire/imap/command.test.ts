import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ProtocolError } from '../decoder.ts'
import {
  type ImapCommand,
  type ImapCommandBody,
  ImapCommandDecoder,
  type ImapCommandLimits,
  type ImapInput,
} from './command.ts'
import { encodeCommand } from './encode-command.ts'
import { fetchedName } from './fetch.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const day = (year: number, month: number, date: number) => Date.UTC(year, month - 1, date)
const set = (...ranges: [number, number][]) => ranges.map(([first, last]) => ({ first, last }))
const all = Number.POSITIVE_INFINITY

/** Reads as a server does that gives leave for each literal. */
function read(chunks: readonly Uint8Array[], limits?: ImapCommandLimits): ImapInput[] {
  const decoder = new ImapCommandDecoder(limits)
  const inputs: ImapInput[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let input = decoder.next(); input !== undefined; input = decoder.next()) {
      inputs.push(input)
      if (input.kind === 'command' && (input.verb === 'IDLE' || input.verb === 'AUTHENTICATE')) decoder.readLine()
    }
  }
  return inputs
}

const body = (section: object, more: object = {}) => ({ item: 'BODY[]', peek: false, section, ...more })
const seen = { key: 'SEEN' } as const

// By hand, most after examples of RFC 3501, RFC 4731, RFC 5256, RFC 5258, RFC 5819, RFC 7162; `uid` stands before the verb.
const commands: [string, object][] = [
  ['NOOP', { verb: 'NOOP' }],
  ['capability', { verb: 'CAPABILITY' }],
  ['LOGIN SMITH SESAME', { verb: 'LOGIN', user: 'SMITH', password: 'SESAME' }],
  ['LOGIN "a b" "q\\"\\\\"', { verb: 'LOGIN', user: 'a b', password: 'q"\\' }],
  ['LOGIN {11+}\r\nFRED FOOBAR {7}\r\nfat man', { verb: 'LOGIN', user: 'FRED FOOBAR', password: 'fat man' }],
  ['LOGIN x {0}\r\n', { verb: 'LOGIN', user: 'x', password: '' }],
  ['LOGIN ]] x', { verb: 'LOGIN', user: ']]', password: 'x' }],
  ['AUTHENTICATE plain', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: undefined }],
  ['AUTHENTICATE PLAIN dGVzdA==', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: 'dGVzdA==' }],
  ['AUTHENTICATE EXTERNAL =', { verb: 'AUTHENTICATE', mechanism: 'EXTERNAL', initial: '=' }],
  ['SELECT INBOX', { verb: 'SELECT', mailbox: 'INBOX', condstore: false }],
  ['EXAMINE "a b" (CONDSTORE)', { verb: 'EXAMINE', mailbox: 'a b', condstore: true }],
  ['CREATE x (USE (\\Drafts \\Sent))', { verb: 'CREATE', mailbox: 'x', use: ['\\Drafts', '\\Sent'] }],
  ['RENAME a {1}\r\nb', { verb: 'RENAME', from: 'a', to: 'b' }],
  ['LIST "" %/*', { verb: 'LIST', reference: '', patterns: ['%/*'], select: [] }],
  ['LSUB "" "*"', { verb: 'LSUB', reference: '', patterns: ['*'], select: [] }],
  [
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" ("INBOX" "x/%") RETURN (CHILDREN STATUS (MESSAGES UNSEEN))',
    {
      verb: 'LIST',
      select: ['SUBSCRIBED', 'RECURSIVEMATCH'],
      reference: '',
      patterns: ['INBOX', 'x/%'],
      return: ['CHILDREN'],
      status: ['MESSAGES', 'UNSEEN'],
    },
  ],
  ['STATUS blurdy (UIDNEXT messages)', { verb: 'STATUS', mailbox: 'blurdy', items: ['UIDNEXT', 'MESSAGES'] }],
  [
    'APPEND saved (\\Seen $Junk) "17-Jul-1996 02:44:25 -0700" {5}\r\na\r\n\0\xff',
    {
      verb: 'APPEND',
      mailbox: 'saved',
      messages: [
        {
          flags: ['\\Seen', '$Junk'],
          date: { time: Date.UTC(1996, 6, 17, 9, 44, 25), zone: -420 },
          octets: bytes('a\r\n\0\xff'),
        },
      ],
    },
  ],
  [
    'APPEND x {1}\r\na () {1+}\r\nb',
    {
      verb: 'APPEND',
      mailbox: 'x',
      messages: [
        { flags: [], date: undefined, octets: bytes('a') },
        { flags: [], date: undefined, octets: bytes('b') },
      ],
    },
  ],
  [
    'APPEND x UTF8 (~{1}\r\na)',
    { verb: 'APPEND', mailbox: 'x', messages: [{ flags: [], date: undefined, octets: bytes('a') }] },
  ],
  [
    'SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"',
    {
      verb: 'SEARCH',
      key: {
        key: 'AND',
        all: [
          { key: 'FLAGGED' },
          { key: 'SINCE', day: day(1994, 2, 1) },
          { key: 'NOT', not: { key: 'FROM', text: 'Smith' } },
        ],
      },
    },
  ],
  [
    'SEARCH RETURN () CHARSET UTF-8 TEXT {6}\r\n\xd0\xb0\xd0\xb1\xd0\xb2',
    { verb: 'SEARCH', return: [], charset: 'UTF-8', key: { key: 'TEXT', text: '\xd0\xb0\xd0\xb1\xd0\xb2' } },
  ],
  [
    'UID SEARCH RETURN (MIN MAX COUNT) OR (1:3,* UID 5) (UNKEYWORD $x)',
    {
      uid: true,
      verb: 'SEARCH',
      return: ['MIN', 'MAX', 'COUNT'],
      key: {
        key: 'OR',
        either: {
          key: 'AND',
          all: [
            { key: 'SEQUENCE', set: set([1, 3], [all, all]) },
            { key: 'UID', set: set([5, 5]) },
          ],
        },
        or: { key: 'UNKEYWORD', flag: '$x' },
      },
    },
  ],
  [
    'SEARCH HEADER Message-ID "" LARGER 5 YOUNGER 60 MODSEQ "/flags/\\\\Draft" all 620162338',
    {
      verb: 'SEARCH',
      key: {
        key: 'AND',
        all: [
          { key: 'HEADER', field: 'Message-ID', text: '' },
          { key: 'LARGER', octets: 5 },
          { key: 'YOUNGER', seconds: 60 },
          { key: 'MODSEQ', modSequence: 620162338, entry: { name: '/flags/\\Draft', type: 'all' } },
        ],
      },
    },
  ],
  [
    'SORT (REVERSE ARRIVAL SUBJECT) US-ASCII SEEN',
    {
      verb: 'SORT',
      criteria: [
        { by: 'ARRIVAL', reverse: true },
        { by: 'SUBJECT', reverse: false },
      ],
      charset: 'US-ASCII',
      key: seen,
    },
  ],
  [
    'UID THREAD REFERENCES utf-8 SEEN',
    { uid: true, verb: 'THREAD', algorithm: 'REFERENCES', charset: 'utf-8', key: seen },
  ],
  [
    'FETCH 2:4 FAST',
    { verb: 'FETCH', set: set([2, 4]), items: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'].map(item => ({ item })) },
  ],
  [
    'UID FETCH 4827313:* (FLAGS BODY.PEEK[1.2.HEADER.FIELDS.NOT (To "C c")]<0.100> BODY[] body[2.MIME])',
    {
      uid: true,
      verb: 'FETCH',
      set: set([4827313, all]),
      items: [
        { item: 'FLAGS' },
        body(
          { part: [1, 2], text: 'HEADER.FIELDS.NOT', fields: ['To', 'C c'] },
          { peek: true, partial: { offset: 0, length: 100 } },
        ),
        body({ part: [] }),
        body({ part: [2], text: 'MIME' }),
      ],
    },
  ],
  [
    'FETCH 1 (UID MODSEQ) (CHANGEDSINCE 12345)',
    { verb: 'FETCH', set: set([1, 1]), items: [{ item: 'UID' }, { item: 'MODSEQ' }], changedSince: 12345 },
  ],
  [
    'STORE 1 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\\Deleted $a)',
    { verb: 'STORE', set: set([1, 1]), unchangedSince: 12, act: 'add', silent: true, flags: ['\\Deleted', '$a'] },
  ],
  [
    'STORE 1 flags \\Seen x',
    { verb: 'STORE', set: set([1, 1]), act: 'replace', silent: false, flags: ['\\Seen', 'x'] },
  ],
  ['UID MOVE 1,3 "a b"', { uid: true, verb: 'MOVE', set: set([1, 1], [3, 3]), mailbox: 'a b' }],
  ['EXPUNGE', { verb: 'EXPUNGE' }],
  ['UID EXPUNGE 3000:3002', { uid: true, verb: 'EXPUNGE', set: set([3000, 3002]) }],
  ['ENABLE CONDSTORE UTF8=ACCEPT', { verb: 'ENABLE', capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] }],
  ['ID NIL', { verb: 'ID', parameters: [] }],
  [
    'ID ("name" "sodr" "version" NIL)',
    {
      verb: 'ID',
      parameters: [
        ['name', 'sodr'],
        ['version', undefined],
      ],
    },
  ],
  ['GETQUOTAROOT INBOX', { verb: 'GETQUOTAROOT', mailbox: 'INBOX' }],
  ['GETQUOTA ""', { verb: 'GETQUOTA', root: '' }],
  ['SETQUOTA "" (STORAGE 512)', { verb: 'SETQUOTA', root: '', limits: [['STORAGE', 512]] }],
]

const readable = (inputs: readonly ImapInput[]) => inputs.filter(({ kind }) => kind !== 'literal')
const expected = (meant: object) => ({ kind: 'command', tag: 'a1', uid: false, ...meant })

group('the decoder', () => {
  test.each(commands)('reads %j', (text, meant) => {
    expect(readable(read([bytes(`a1 ${text}\r\n`)]))).toEqual([expected(meant)])
  })

  test.each(commands)('reads %j octet by octet, and what follows', (text, meant) => {
    const octets = [...bytes(`a1 ${text}\r\na2 CHECK\n`)].map(octet => Uint8Array.of(octet))
    const next = { kind: 'command', tag: 'a2', uid: false, verb: 'CHECK' }
    const follows = text.startsWith('AUTH') ? { kind: 'line', text: 'a2 CHECK' } : next
    expect(readable(read(octets))).toEqual([expected(meant), follows])
  })

  test.each(commands)('reads %j cut in two anywhere', (text, meant) => {
    const octets = bytes(`a1 ${text}\r\n`)
    for (let at = 1; at < octets.length; at++) {
      expect(readable(read([octets.subarray(0, at), octets.subarray(at)]))).toEqual([expected(meant)])
    }
  })

  test.each(commands)('reads %j again as a client sends it', (_text, meant) => {
    const command: ImapCommand = { kind: 'command', tag: 'a1', uid: false, ...(meant as ImapCommandBody) }
    for (const unasked of [false, true]) {
      const sent = encodeCommand(command, { unasked })
      const inputs = read(sent)
      expect(readable(inputs)).toEqual([expected(meant)])
      // One piece more than there are waits.
      expect(sent).toHaveLength(1 + inputs.filter(({ kind }) => kind === 'literal').length)
    }
  })

  test('asks for leave before a literal comes, and not for one that is sent without', () => {
    expect(read([bytes('a APPEND x {3}\r\n')])).toEqual([
      { kind: 'literal', tag: 'a', verb: 'APPEND', size: 3, text: 'a APPEND x {3}' },
    ])
    expect(read([bytes('a APPEND x {3+}\r\nabc\r\n')]).map(({ kind }) => kind)).toEqual(['command'])
    expect(read([bytes('a UID SEARCH TEXT {3}\r\n')])).toMatchObject([{ tag: 'a', verb: 'SEARCH' }])
  })

  test('goes on with the next line where leave is not given', () => {
    const decoder = new ImapCommandDecoder()
    decoder.push(bytes('a APPEND x {3}\r\n'))
    expect(decoder.next()?.kind).toBe('literal')
    decoder.abandon()
    decoder.push(bytes('b NOOP\r\n'))
    expect(decoder.next()).toMatchObject({ tag: 'b', verb: 'NOOP' })
    decoder.end()
  })

  test('gives a line that is asked for as it is, whatever it announces', () => {
    expect(read([bytes('a IDLE\r\ndone {3}\r\nb NOOP\r\n')])).toMatchObject([
      { verb: 'IDLE' },
      { kind: 'line', text: 'done {3}' },
      { verb: 'NOOP' },
    ])
  })

  test('stands still inside a command, and its end is an error', () => {
    for (const text of ['a', 'a NOOP', 'a LOGIN x {3}\r\n', 'a LOGIN x {3}\r\nabc']) {
      const decoder = new ImapCommandDecoder()
      decoder.push(bytes(text))
      while (decoder.next() !== undefined) {}
      expect(() => decoder.end()).toThrow(ProtocolError)
    }
  })
})

// What is wrong, and what the error says.
const wrong: [string, string][] = [
  ['', 'expected a tag, got the end of the line'],
  ['a', 'expected a space, got the end of the line'],
  ['+ NOOP', 'expected a tag, got "+ NOOP"'],
  ['a FOO bar', 'expected a command, got "FOO bar"'],
  ['a UID NOOP', 'expected one of COPY, EXPUNGE'],
  ['a NOOP x', 'expected the end of the line, got "x"'],
  ['a LOGIN "x', 'expected a user, got "\\"x"'],
  ['a LOGIN x', 'expected a space'],
  ['a LOGIN x {99999999999}', 'expected a password, got "{99999999999}"'],
  ['a FETCH 0 FLAGS', 'expected a set of numbers, got "0 FLAGS"'],
  ['a FETCH 1 FLAG', 'expected an item of FETCH, got "FLAG"'],
  ['a FETCH 1 BODY[MIME]', 'expected a section, got "MIME]"'],
  ['a FETCH 1 BODY[HEADER.FIELDS ()]', 'expected the name of a field'],
  ['a FETCH 1 BODY[1.]', 'expected a section, got "]"'],
  ['a FETCH 1 BODY[]<0.0>', 'expected a length above 0'],
  ['a FETCH 1 ()', 'expected an item'],
  ['a FETCH 1 (FLAGS', 'expected a space, got the end of the line'],
  ['a SEARCH', 'expected a space'],
  ['a SEARCH FOO', 'expected a search key, got "FOO"'],
  ['a SEARCH SINCE 31-Feb-1994', 'expected a date such as 1-Feb-1994, got "31-Feb-1994"'],
  ['a SEARCH ()', 'expected a key'],
  ['a SEARCH LARGER 4294967296', 'expected a number below 2^32, got "4294967296"'],
  ['a STORE 1 FOO (x)', 'expected FLAGS, +FLAGS or -FLAGS, got "FOO (x)"'],
  ['a STATUS x ()', 'expected an item'],
  ['a STATUS x (FOO)', 'expected one of MESSAGES'],
  ['a APPEND x "1-Jan-2000" {1}', 'expected a date such as'],
  ['a SORT () UTF-8 ALL', 'expected a criterion'],
  ['a AUTHENTICATE PLAIN a*b', 'expected base64'],
]

test.each(wrong)('%j is answered by BAD, and the next line is a command', (text, problem) => {
  const inputs = readable(read([bytes(`${text}\r\n${/\}$/.test(text) ? 'x\r\n' : ''}b NOOP\r\n`)]))
  expect(inputs[0]).toMatchObject({ kind: 'invalid', error: { message: expect.stringContaining(`imap: ${problem}`) } })
  expect(inputs.at(-1)).toMatchObject({ kind: 'command', tag: 'b', verb: 'NOOP' })
  if (text.startsWith('a')) expect(inputs[0]).toMatchObject({ tag: 'a' })
})

group('limits', () => {
  const small = { maxText: 1000, maxLiteral: 5000 }
  const kinds = (inputs: readonly ImapInput[]) =>
    inputs.map(input => [input.kind, 'tag' in input ? input.tag : undefined].join(' '))
  /** Whole, and cut so that the limit is passed in many pieces. */
  const inPieces = (text: string) => [
    [bytes(text)],
    Array.from({ length: Math.ceil(text.length / 7) }, (_, at) => bytes(text.slice(at * 7, at * 7 + 7))),
  ]

  test.each([
    ['a line that is too long', `a SEARCH ${'SEEN '.repeat(400)}SEEN\r\nb NOOP\r\n`],
    [
      'one that ends in a literal sent without leave',
      `a SEARCH ${'SEEN '.repeat(400)}TEXT {5+}\r\nc x\r\n\r\nb NOOP\r\n`,
    ],
    ['one that waits for leave', `a SEARCH ${'SEEN '.repeat(400)}TEXT {5}\r\nb NOOP\r\n`],
    ['a literal that is too long', 'a APPEND x {5001}\r\nb NOOP\r\n'],
    ['a literal of 4 GiB', 'a APPEND x {4294967295}\r\nb NOOP\r\n'],
    [
      'one that is sent without leave',
      `a APPEND x {5001+}\r\n${'\r\nc x\r\n'.repeat(5000 / 7)}${'x'.repeat(7)}\r\nb NOOP\r\n`,
    ],
    [
      'literals that are too long together',
      `a LOGIN {4000+}\r\n${'x'.repeat(4000)} {1001+}\r\n${'x'.repeat(1001)}\r\nb NOOP\r\n`,
    ],
    ['lines that are too long together', `a LOGIN ${'x'.repeat(600)} {1+}\r\nx${'y'.repeat(600)}\r\nb NOOP\r\n`],
  ])('%s is one error, and the next line is a command', (_what, text) => {
    for (const pieces of inPieces(text)) expect(kinds(read(pieces, small))).toEqual(['invalid a', 'command b'])
  })

  test('of an endless line nothing is kept', () => {
    const decoder = new ImapCommandDecoder()
    decoder.push(bytes('a SEARCH '))
    const inputs: ImapInput[] = []
    for (let i = 0; i < 1000; i++) {
      decoder.push(bytes('SEEN '.repeat(1000)))
      const input = decoder.next()
      if (input !== undefined) inputs.push(input)
    }
    expect(inputs).toMatchObject([{ kind: 'invalid', tag: 'a', verb: 'SEARCH' }])
    expect(decoder.rest()).toHaveLength(0)
  })

  test.each([
    ['keys', `SEARCH ${'SEEN '.repeat(10_000)}SEEN`, 'at most 10000 keys'],
    ['parentheses', `SEARCH ${'('.repeat(5000)}SEEN${')'.repeat(5000)}`, 'at most 64 deep'],
    ['NOT', `SEARCH ${'NOT '.repeat(5000)}SEEN`, 'at most 64 deep'],
    ['OR', `SEARCH ${'OR SEEN '.repeat(5000)}SEEN`, 'at most 64 deep'],
    ['part numbers', `FETCH 1 BODY[${'1.'.repeat(5000)}1]`, 'at most 100 part numbers'],
    ['messages', `APPEND x${' {0+}\r\n'.repeat(1001)}`, 'at most 1000 literals'],
  ])('too many %s are one error', (_what, text, problem) => {
    const inputs = read([bytes(`a ${text}\r\nb NOOP\r\n`)])
    expect(kinds(inputs)).toEqual(['invalid a', 'command b'])
    expect(inputs[0]).toMatchObject({ error: { message: expect.stringContaining(problem) } })
  })

  test('literals beyond LITERAL- must be asked for', () => {
    const limits = { maxUnasked: 3 }
    expect(kinds(read([bytes('a LOGIN x {4+}\r\nabcd\r\nb LOGIN x {3+}\r\nabc\r\n')], limits))).toEqual([
      'invalid a',
      'command b',
    ])
    expect(kinds(read([bytes('a LOGIN x {4}\r\nabcd\r\n')], limits))).toEqual(['literal a', 'command a'])
  })

  test('a line that is asked for has the limit of commands', () => {
    const decoder = new ImapCommandDecoder(small)
    decoder.readLine()
    decoder.push(bytes('x'.repeat(1001)))
    expect(() => decoder.next()).toThrow(ProtocolError)
  })
})

test('any octets are commands or errors, the same however they are cut', () => {
  const random = new Random('imap commands')
  const pick = <Item>(items: readonly Item[]) => items[random.below(items.length)]!
  const odd = [
    '{3}\r\n',
    '{3+}\r\n',
    '{0}',
    '(',
    ')',
    '"',
    '\\',
    '*',
    '[',
    ']',
    '\r\n',
    '\n',
    '\r',
    '\0',
    '\xff',
    ' ',
    'NIL',
    '5',
    '~',
  ]
  for (let round = 0; round < 2000; round++) {
    let text = ''
    for (let i = 0; i < 1 + random.below(3); i++) {
      let one = `a${i} ${pick(commands)[0]}\r\n`
      for (let change = random.below(4); change > 0; change--) {
        const at = random.below(one.length)
        one = one.slice(0, at) + (random.below(2) === 0 ? pick(odd) : '') + one.slice(at + random.below(3))
      }
      text += random.below(10) === 0 ? random.bytes(20).toString('latin1') : one
    }
    const whole = read([bytes(text)])
    const singly = read([...bytes(text)].map(octet => Uint8Array.of(octet)))
    expect(JSON.stringify(singly)).toBe(JSON.stringify(whole))
    for (const input of whole) if (input.kind === 'invalid') expect(input.error).toBeInstanceOf(ProtocolError)
  }
})

test('a response names what was fetched in upper case, without PEEK and length', () => {
  const section = { part: [1], text: 'HEADER.FIELDS', fields: ['To', 'x y'] } as const
  expect(fetchedName({ item: 'BODY[]', peek: true, section, partial: { offset: 5, length: 10 } })).toBe(
    'BODY[1.HEADER.FIELDS (TO "X Y")]<5>',
  )
  expect(fetchedName({ item: 'RFC822.SIZE' })).toBe('RFC822.SIZE')
})
