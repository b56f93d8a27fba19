import { expect, describe as group, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { Random } from '../../net/random.ts'
import { ProtocolError, type Side } from '../decoder.ts'
import type { TapeBody, TapeValue } from '../tape.ts'
import { type Listener, TapeInMemory, type Told } from '../tape-in-memory.ts'
import { form } from './tape.ts'
import type { ImapTapeMessage } from './tape-follower.ts'

/** What crossed: `C octets`, `S octets` with a character for each octet, `C end`, `S end`. */
type Crossed = readonly string[]

const whole = (octets: Buffer) => [octets]
const singly = (octets: Buffer) => [...octets].map(octet => Buffer.of(octet))
const anywhere = (random: Random) => (octets: Buffer) => {
  const pieces: Buffer[] = []
  for (let left = octets; left.length > 0; left = left.subarray(pieces.at(-1)!.length)) {
    pieces.push(left.subarray(0, 1 + random.below(left.length)))
  }
  return pieces
}

function listen(tape: TapeInMemory, crossed: Crossed, cut: (octets: Buffer) => Buffer[] = whole, memory?: number) {
  const listener = tape.listen(form.follow('tcp'), memory) as Listener<ImapTapeMessage>
  for (const each of crossed) {
    const from: Side = each.startsWith('C') ? 'client' : 'server'
    if (each.endsWith(' end')) listener.end(from)
    else for (const piece of cut(Buffer.from(each.slice(2), 'latin1'))) listener.push(from, piece)
  }
  return listener
}

function record(tape: TapeInMemory, crossed: Crossed, cut?: (octets: Buffer) => Buffer[]) {
  const { turns } = listen(tape, crossed, cut)
  return turns.map(({ from, message, body }) => ({ [from]: form.write(message, body, tape.writing) }))
}

/** As a file would have it. */
const stored = (value: TapeValue): TapeValue => parse(stringify(value), { schema: 'failsafe' })

/** The octets of each side. */
function sides(crossed: Crossed): Record<Side, string> {
  const of = (letter: string) =>
    crossed.flatMap(each => (each.startsWith(letter) && !each.endsWith(' end') ? each.slice(2) : [])).join('')
  return { client: of('C'), server: of('S') }
}

/** Octets of each side, from a tape that was read to its end, each turn looked at on the way. */
function again(tape: TapeInMemory, turns: readonly Told<ImapTapeMessage>[]): Record<Side, string> {
  const reader = form.reader(tape, 'tcp')
  const scripts = turns.map(({ from, message, body, closes = false }) => {
    const value = form.write(message, body, tape.writing)
    const read = reader.read(from, stored(value))
    expect(form.write(read.message, read.body, tape.writing)).toEqual(value)
    if (from === 'server') expect(read.closes ?? false).toBe(closes)
    else expect(form.identity(read.message)).toBe(form.identity(message))
    return { from, read }
  })
  const sent = { client: '', server: '' }
  for (const { from, read } of scripts) sent[from] += tape.octets(form.encode(read, tape.reveal)).toString('latin1')
  return sent
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

// By hand, what crossed and how it stands on the tape.
const samples: [string, Crossed, object[]][] = [
  [
    'a tag that is none is not said back',
    ['S * OK\r\n', 'C +x NOOP\r\n', 'S * BAD no tag\r\n', 'C a LOGOUT\r\n', 'S * BYE\r\na OK\r\n', 'S end'],
    [
      { server: '* OK' },
      { client: '+x NOOP' },
      { server: '* BAD no tag' },
      { client: 'a LOGOUT' },
      { server: '* BYE\na OK\n' },
    ],
  ],
  [
    'a session',
    [
      'S * OK [CAPABILITY IMAP4rev1] ready\r\n',
      'C a001 LOGIN ada lovelace\r\n',
      'S a001 OK LOGIN completed\r\n',
      'C a002 select inbox\r\n',
      'S * 18 EXISTS\r\n* FLAGS (\\Answered \\Seen)\r\n* OK [UIDVALIDITY 3857529045] UIDs valid\r\n',
      'S a002 OK [READ-WRITE] SELECT completed\r\n',
      'C a003 fetch 12 body[header]\r\n',
      'S * 12 FETCH (BODY[HEADER] {23}\r\nSubject: x\r\nTo: ada\r\n\r\n)\r\na003 OK FETCH completed\r\n',
      'C a004 fetch 1:2 (flags body[1] body[2])\r\n',
      'S * 1 FETCH (FLAGS ())\r\n* 2 FETCH (FLAGS () BODY[1] {5}\r\none\r\n BODY[2] {0}\r\n UID 7)\r\n',
      'S * 19 EXISTS\r\na004 OK done\r\n',
      'C a005 LOGOUT\r\n',
      'S * BYE logging out\r\na005 OK LOGOUT completed\r\n',
      'S end',
    ],
    [
      { server: '* OK [CAPABILITY IMAP4rev1] ready' },
      { client: 'a001 LOGIN ada ‹secret:password›' },
      { server: 'a001 OK LOGIN completed' },
      { client: 'a002 select inbox' },
      {
        server:
          '* 18 EXISTS\n* FLAGS (\\Answered \\Seen)\n* OK [UIDVALIDITY 3857529045] UIDs valid\na002 OK [READ-WRITE] SELECT completed\n',
      },
      { client: 'a003 fetch 12 body[header]' },
      { server: '* 12 FETCH (BODY[HEADER] {23}' },
      { server: { literal: 'Subject: x\nTo: ada\n\n', rest: ')' } },
      { server: 'a003 OK FETCH completed' },
      { client: 'a004 fetch 1:2 (flags body[1] body[2])' },
      { server: '* 1 FETCH (FLAGS ())\n* 2 FETCH (FLAGS () BODY[1] {5}\n' },
      { server: { literal: 'one\n', rest: ' BODY[2] {0}' } },
      { server: { literal: '', rest: ' UID 7)' } },
      { server: '* 19 EXISTS\na004 OK done\n' },
      { client: 'a005 LOGOUT' },
      { server: '* BYE logging out\na005 OK LOGOUT completed\n' },
    ],
  ],
  [
    'literals that a client waits with, and such as it does not wait with',
    [
      'S * OK ready\r\n',
      'C 1 LOGIN {3}\r\n',
      'S + go\r\n',
      'C ada {8}\r\n',
      'S + go\r\n',
      'C lovelace\r\n',
      'S 1 OK\r\n',
      'C 2 APPEND Sent (\\Seen) {14}\r\n',
      'S + go\r\n',
      'C Subject: x\r\n\r\n\r\n',
      'S 2 OK [APPENDUID 7 1] done\r\n',
      'C 3 LOGIN ada {8+}\r\nlovelace\r\n4 CREATE {2+}\r\n\xe9x\r\n',
      'S 3 OK\r\n* x\r\n4 OK\r\n',
      'C 5 APPEND Sent {999999}\r\n',
      'S 5 NO [OVERQUOTA] too much\r\n',
      'C 6 NOOP\r\n',
      'S 6 OK\r\n',
    ],
    [
      { server: '* OK ready' },
      { client: '1 LOGIN {3}' },
      { server: '+ go' },
      { client: { literal: 'ada', rest: ' {8}' } },
      { server: '+ go' },
      { client: { literal: '‹secret:password›' } },
      { server: '1 OK' },
      { client: '2 APPEND Sent (\\Seen) {14}' },
      { server: '+ go' },
      { client: { literal: 'Subject: x\n\n' } },
      { server: '2 OK [APPENDUID 7 1] done' },
      { client: '3 LOGIN ada {8+}' },
      { client: { literal: '‹secret:password›' } },
      { server: '3 OK' },
      { client: '4 CREATE {2+}' },
      { client: { literal: { base64: base64('\xe9x') } } },
      { server: '* x\n4 OK\n' },
      { client: '5 APPEND Sent {999999}' },
      { server: '5 NO [OVERQUOTA] too much' },
      { client: '6 NOOP' },
      { server: '6 OK' },
    ],
  ],
  [
    'commands in a pipeline, in the order of reason',
    [
      'S * PREAUTH hello\r\n',
      'C a NOOP\r\nb FETCH 1 FLAGS\r\nc CHECK\r\n',
      'S a OK\r\n* 1 FETCH (FLAGS ())\r\nb OK\r\nc OK\r\n* 3 EXISTS\r\n',
    ],
    [
      { server: '* PREAUTH hello' },
      { client: 'a NOOP' },
      { server: 'a OK' },
      { client: 'b FETCH 1 FLAGS' },
      { server: '* 1 FETCH (FLAGS ())\nb OK\n' },
      { client: 'c CHECK' },
      { server: 'c OK' },
      { server: '* 3 EXISTS' },
    ],
  ],
  [
    'IDLE, each push by itself, and what comes unasked',
    [
      'S * OK\r\n',
      'C 1 IDLE\r\n',
      'S + idling\r\n* 4 EXISTS\r\n* 2 EXPUNGE\r\n',
      'C DONE\r\n2 NOOP\r\n',
      'S * 3 EXISTS\r\n1 OK\r\n2 OK\r\n* BYE inactive\r\n',
      'S end',
    ],
    [
      { server: '* OK' },
      { client: '1 IDLE' },
      { server: '+ idling' },
      { server: '* 4 EXISTS' },
      { server: '* 2 EXPUNGE' },
      { client: 'DONE' },
      { server: '* 3 EXISTS' },
      { server: '1 OK' },
      { client: '2 NOOP' },
      { server: '2 OK' },
      { server: '* BYE inactive' },
    ],
  ],
  [
    'the ways to log in',
    [
      'S * OK\r\n',
      `C 1 AUTHENTICATE PLAIN ${base64('\0ada\0lovelace')}\r\n`,
      'S 1 NO [AUTHENTICATIONFAILED] no\r\n',
      'C 2 authenticate plain\r\n',
      'S + \r\n',
      `C ${base64('\0ada\0lovelace')}\r\n`,
      'S 2 NO no\r\n',
      'C 3 AUTHENTICATE LOGIN\r\n',
      'S + VXNlcm5hbWU6\r\n',
      'C YWRh\r\n',
      'S + UGFzc3dvcmQ6\r\n',
      'C *\r\n',
      'S 3 BAD cancelled\r\n',
      'C 4 AUTHENTICATE CRAM-MD5\r\n',
      'S + PDFAeD4=\r\n',
      'C YWRhIDdiNjAwNGJmZWMx\r\n',
      'S 4 NO\r\n',
      'C 5 AUTHENTICATE PLAIN\r\nAGFkYQBsb3ZlbGFjZQ==\r\n',
      'S 5 NO\r\n',
      'C 6 LOGIN "a d\\"a" "love \\"lace"\r\n7 LOGIN "ada lovelace\r\n8 login ada two words\r\n9 LOGIN {3+}\r\nada love\r\n',
      'S 6 OK\r\n7 BAD\r\n8 BAD\r\n9 OK\r\n',
    ],
    [
      { server: '* OK' },
      { client: '1 AUTHENTICATE PLAIN ‹secret:password›' },
      { server: '1 NO [AUTHENTICATIONFAILED] no' },
      { client: '2 authenticate plain' },
      { server: '+ ' },
      { client: '‹secret:password›' },
      { server: '2 NO no' },
      { client: '3 AUTHENTICATE LOGIN' },
      { server: '+ VXNlcm5hbWU6' },
      { client: 'YWRh' },
      { server: '+ UGFzc3dvcmQ6' },
      { client: '*' },
      { server: '3 BAD cancelled' },
      { client: '4 AUTHENTICATE CRAM-MD5' },
      { server: '+ PDFAeD4=' },
      { client: '‹secret:cram-md5›' },
      { server: '4 NO' },
      { client: '5 AUTHENTICATE PLAIN' },
      { server: '5 NO' },
      { client: '‹secret:password›' },
      { client: '6 LOGIN "a d\\"a" "‹secret:password:2›"' },
      { server: '6 OK' },
      { client: '7 LOGIN "‹secret:password:3›' },
      { server: '7 BAD' },
      { client: '8 login ada ‹secret:password:4›' },
      { server: '8 BAD' },
      { client: '9 LOGIN {3+}' },
      { client: { literal: 'ada', rest: ' ‹secret:password:5›' } },
      { server: '9 OK' },
    ],
  ],
  [
    'what is no whole line of text, or was cut',
    [
      'S * OK \xe9\r\n',
      'C 1 noop \n',
      'S 1 OK\n',
      'C 2 FETCH 1 BODY[]\r\n3 APPEND x {10+}\r\nhalf',
      'C end',
      'S * 1 FETCH (BODY[] {100}\r\nhalf\r\n',
      'S end',
    ],
    [
      { server: { octets: { base64: base64('* OK \xe9\r\n') } } },
      { client: { octets: '1 noop \n' } },
      { server: { octets: '1 OK\n' } },
      { client: '2 FETCH 1 BODY[]' },
      { server: '* 1 FETCH (BODY[] {100}' },
      { server: { cut: 'half\n' } },
      { client: '3 APPEND x {10+}' },
      { client: { cut: 'half' } },
    ],
  ],
  [
    'a link that ends behind a literal, and responses that end without their tag',
    ['S * OK\r\n', 'C 1 LIST "" *\r\n', 'S * LIST () "/" INBOX\r\n* LIST () "/" {3}\r\na&b', 'S end', 'C end'],
    [
      { server: '* OK' },
      { client: '1 LIST "" *' },
      { server: '* LIST () "/" INBOX\n* LIST () "/" {3}\n' },
      { server: { literal: 'a&b', rest: { octets: '' } } },
    ],
  ],
  [
    'a server that does not speak IMAP',
    ['S +OK POP3\r\n', 'C 1 NOOP\r\n', 'S -ERR\r\n', 'S end', 'C end'],
    [
      { server: { octets: { lines: '+OK POP3\n' } } },
      { client: { octets: { lines: '1 NOOP\n' } } },
      { server: { octets: { lines: '-ERR\n' } } },
    ],
  ],
]

group.each(samples)('%s', (_what, crossed, expected) => {
  test('is written as a person would, however it comes', () => {
    expect(record(new TapeInMemory(), crossed)).toEqual(expected)
    expect(record(new TapeInMemory(), crossed, singly)).toEqual(expected)
    expect(record(new TapeInMemory(), crossed, anywhere(new Random('imap')))).toEqual(expected)
  })

  test('is given back octet by octet', () => {
    const tape = new TapeInMemory()
    expect(again(tape, listen(tape, crossed).turns)).toEqual(sides(crossed))
  })
})

test('after STARTTLS both sides begin anew, what the client sent too early is held back and dropped', () => {
  const follower = form.follow('tcp')
  const tape = new TapeInMemory()
  const listener = tape.listen(follower) as Listener<ImapTapeMessage>
  listener.push('server', '* OK\r\n')
  listener.push('client', '1 STARTTLS\r\n2 LOGIN eve x\r\n')
  expect(follower.held).toBe(15)
  listener.push('server', '1 OK Begin TLS negotiation now.\r\n')
  expect(listener.told.at(-1)).toMatchObject({ startTls: true })
  follower.secured()
  listener.push('client', '2 NOOP\r\n')
  listener.push('server', '2 OK\r\n')
  expect(listener.turns.map(({ message, body }) => form.write(message, body, tape.writing))).toEqual([
    '* OK',
    '1 STARTTLS',
    '1 OK Begin TLS negotiation now.',
    '2 NOOP',
    '2 OK',
  ])
})

test('a long mail lies in a file beside, and its size is put right', () => {
  const tape = new TapeInMemory(10)
  const crossed = [
    'S * OK\r\n',
    'C 1 APPEND x {12}\r\n',
    'S + go\r\n',
    'C Subject: a\r\n\r\n',
    'S 1 OK\r\n',
    'C 2 FETCH 1 BODY[]\r\n',
    'S * 1 FETCH (BODY[] {12}\r\nSubject: a\r\n)\r\n2 OK\r\n',
  ]
  const { turns } = listen(tape, crossed, whole, 10)
  const values = turns.map(({ message, body }) => form.write(message, body, tape.writing))
  expect(values[3]).toEqual({ literal: { file: expect.any(String) } })
  expect(values[7]).toEqual({ literal: { file: expect.any(String) }, rest: ')' })
  expect(again(tape, turns)).toEqual(sides(crossed))
})

test('sizes are those of literals that somebody has edited', () => {
  const tape = new TapeInMemory()
  const reader = form.reader(tape, 'tcp')
  reader.read('server', '* OK')
  reader.read('client', '1 FETCH 1 BODY[]')
  const turns = ['* 1 FETCH (BODY[] {9}', { literal: 'Grüße\n', rest: ' BODY[1] {1}' }, { literal: 'more', rest: ')' }]
  const read = turns.map(value => reader.read('server', value))
  const sent = read.map(each => tape.octets(form.encode(each, tape.reveal)).toString()).join('')
  expect(sent).toBe('* 1 FETCH (BODY[] {9}\r\nGrüße\r\n BODY[1] {4}\r\nmore)\r\n')
  expect(form.write(read[0]!.message, undefined, tape.writing)).toBe(turns[0])
})

test('a literal of 1 GiB that is announced is heard piece by piece, and kept nowhere', () => {
  const follower = form.follow('tcp')
  const hear = () => {
    let octets = 0
    for (let heard = follower.next(); heard !== undefined; heard = follower.next()) {
      if (heard.kind === 'piece') octets += heard.octets.length
    }
    return octets
  }
  follower.push('server', Buffer.from('* OK\r\n'))
  follower.push('client', Buffer.from('1 APPEND x {1073741824+}\r\n'))
  follower.push('server', Buffer.from('* 1 FETCH (BODY[] {1073741824}\r\n'))
  expect(hear()).toBe(0)
  for (const from of ['client', 'server'] as const) {
    follower.push(from, Buffer.alloc(100_000))
    expect(hear()).toBe(100_000)
  }
})

test('for who plays the server, what it says tells what the client says next', () => {
  const follower = form.follow('tcp')
  const reader = form.reader(new TapeInMemory(), 'tcp')
  const said = (value: string) => follower.said(reader.read('server', value).message)
  const heard = (octets: string) => {
    follower.push('client', Buffer.from(octets))
    return follower.next()
  }
  said('* OK')
  expect(heard('1 AUTHENTICATE PLAIN\r\n')).toMatchObject({ message: { kind: 'command', tag: '1' } })
  reader.read('client', '1 AUTHENTICATE PLAIN')
  said('+ ')
  expect(heard('AGFkYQBsb3ZlbGFjZQ==\r\n')).toMatchObject({ message: { kind: 'response', credential: 'password' } })
  reader.read('client', 'AGFkYQBsb3ZlbGFjZQ==')
  said('1 OK')
  expect(heard('2 APPEND x {5}\r\n')).toMatchObject({ message: { kind: 'command' } })
  expect(heard('5 LOGOUT')).toBeUndefined()
  reader.read('client', '2 APPEND x {5}')
  said('2 NO')
  expect(heard('\r\n')).toMatchObject({ message: { kind: 'command', verb: 'LOGOUT' } })
})

const clientWords =
  '1 NOOP\r\n|2 FETCH 1 BODY[]\r\n|3 APPEND x {4}\r\n|4 APPEND x {3+}\r\n|5 AUTHENTICATE PLAIN\r\n|6 LOGIN {1+}\r\n|7 login a {2}\r\n|8 LOGIN "a" b\r\n|9 IDLE\r\n|DONE\r\n|eA==\r\n|abc|{1}\r\n|1 LOGOUT\r\n|2 LIST {0}\r\n'
const serverWords =
  '* 1 EXISTS\r\n|* OK\r\n|+ go\r\n|1 OK x\r\n|2 NO\r\n|3 OK\r\n|4 OK\r\n|5 BAD\r\n|7 OK\r\n|9 OK\r\n|* 1 FETCH (BODY[] {4}\r\n|* LIST {0}\r\n|abcd|)\r\n|* BYE\r\n|* O'
const otherWords = 'x: y\r\n|\r\n|\n|\r|\0|1 NOOP ‹secret:x›\r\n'

test('any octets on both sides are heard and given back octet by octet', () => {
  const random = new Random('imap tape')
  const pick = (words: string[]) => words[random.below(words.length)]!
  const words = {
    C: `${clientWords}|${otherWords}`.split('|').map(word => Buffer.from(word).toString('latin1')),
    S: serverWords.split('|'),
  }
  for (let round = 0; round < 250; round++) {
    const crossed = Array.from({ length: random.below(30) }, () => {
      const from = pick(['C', 'S']) as 'C' | 'S'
      const said = Array.from({ length: 1 + random.below(4) }, () => (random.below(60) === 0 ? '?' : pick(words[from])))
      return `${from} ${said.join('')}`
    })
    const all = [...crossed, ...pick(['C end|S end', 'S end|C end']).split('|')]
    const tape = new TapeInMemory()
    expect(again(tape, listen(tape, all).turns), JSON.stringify(all)).toEqual(sides(crossed))
    expect(record(tape, all, anywhere(random)), JSON.stringify(all)).toEqual(record(tape, all))
  }
})

test.each([
  ['server', 'hello', 'expected responses such as "* 2 EXISTS" or "a1 OK done", got "hello\\r\\n"'],
  ['server', '* OK\n1 EXISTS', 'expected responses such as "* 2 EXISTS" or "a1 OK done", got "1 EXISTS\\r\\n"'],
  ['server', { literal: 'x' }, 'expected a line that ends in a size such as {42} before literal, got none'],
  ['server', { data: 'x' }, 'expected lines, literal, cut or octets, got data'],
  ['client', '1 NOOP\n2 NOOP', 'expected one line, got "1 NOOP\\r\\n2 NOOP\\r\\n"'],
  ['client', {}, 'expected a line, literal, cut or octets, got none'],
] as [Side, TapeValue, string][])('a %s does not say %j', (from, value, message) => {
  expect(() => form.reader(new TapeInMemory(), 'tcp').read(from, value)).toThrow(new ProtocolError('imap', message))
})

test('any value is read or is a ProtocolError', () => {
  const random = new Random('imap values')
  const texts = ['* OK', '1 NO x', '+ x', '* 1 FETCH (BODY[] {3}', '1 FETCH 1 X', '2 APPEND x {3}', 'DONE', '', '\n']
  const keys = ['octets', 'literal', 'cut', 'rest', 'lines', 'base64', 'file']
  const value = (depth: number): TapeValue => {
    const kind = depth === 0 ? 0 : random.below(5)
    if (kind < 3) return texts[random.below(texts.length)]!
    if (kind === 3) return Array.from({ length: random.below(3) }, () => value(depth - 1))
    return Object.fromEntries(
      Array.from({ length: random.below(3) }, () => [keys[random.below(keys.length)]!, value(depth - 1)]),
    )
  }
  for (let round = 0; round < 1000; round++) {
    const tape = new TapeInMemory()
    const reader = form.reader(tape, 'tcp')
    for (let i = 0; i < 10; i++) {
      const said = value(2)
      try {
        const { message, body } = reader.read(random.below(2) === 0 ? 'client' : 'server', said)
        form.identity(message)
        form.write(message, body, tape.writing)
        form.encode({ message, ...(body === undefined ? {} : { body: body as TapeBody }) }, tape.reveal)
      } catch (error) {
        expect(error, JSON.stringify(said)).toBeInstanceOf(ProtocolError)
      }
      form.steady!('client', said)
      form.steady!('server', said)
    }
  }
})

test('a client for whom there is nothing is told so by its tag, and the link ends', () => {
  const asked = form.reader(new TapeInMemory(), 'tcp').read('client', 'a7 FETCH 1 BODY[]').message
  const { octets, link } = form.refuse(asked, `no turn for\r\n"FETCH <grüße>" ${'x'.repeat(1000)}`)
  expect(octets!.toString('latin1')).toMatch(
    /^\* BYE \[UNAVAILABLE\] backlot: no turn for "FETCH <gr {1,2}e>" x+\r\na7 NO \[UNAVAILABLE\] backlot: .*\r\n$/,
  )
  expect(link).toBe('end')
  expect(form.refuse(undefined, 'why').octets!.toString()).toBe('* BYE [UNAVAILABLE] backlot: why\r\n')
})

test('IMAP is a dialogue', () => {
  expect(form.kind('tcp')).toBe('dialogue')
})
