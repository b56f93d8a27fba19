import { expect, describe as group, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { Random } from '../../net/random.ts'
import { ProtocolError, type Side } from '../decoder.ts'
import type { TapeBody, TapeValue } from '../tape.ts'
import { type Listener, TapeInMemory, type Told } from '../tape-in-memory.ts'
import { form } from './tape.ts'
import type { Pop3Message } from './tape-follower.ts'

/** What crossed: `C octets`, `S octets` with a character for each octet, `C end`, `S end`, `TLS`. */
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
  const follower = form.follow('tcp')
  const listener = tape.listen(follower, memory) as Listener<Pop3Message>
  for (const each of crossed) {
    const from: Side = each.startsWith('C') ? 'client' : 'server'
    if (each === 'TLS') follower.secured()
    else if (each.endsWith(' end')) listener.end(from)
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

/** Octets of each side, from a tape, each turn looked at on the way. */
function again(tape: TapeInMemory, turns: readonly Told<Pop3Message>[]): Record<Side, string> {
  const reader = form.reader(tape, 'tcp')
  const sent = { client: '', server: '' }
  for (const { from, message, body, closes = false } of turns) {
    const value = form.write(message, body, tape.writing)
    const read = reader.read(from, stored(value))
    expect(form.write(read.message, read.body, tape.writing)).toEqual(value)
    if (from === 'server') expect(read.closes ?? false).toBe(closes)
    else expect(form.identity(read.message)).toBe(form.identity(message))
    sent[from] += tape.octets(form.encode(read, tape.reveal)).toString('latin1')
  }
  return sent
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

// By hand, what crossed and how it stands on the tape.
const samples: [string, Crossed, object[]][] = [
  [
    'a session',
    [
      'S +OK ready <1.2@pop.example.org>\r\n',
      'C USER ada\r\n',
      'S +OK\r\n',
      'C PASS lovelace\r\n',
      'S +OK Logged in.\r\n',
      'C STAT\r\n',
      'S +OK 2 320\r\n',
      'C list\r\n',
      'S +OK 2 messages:\r\n1 120\r\n2 200\r\n.\r\n',
      'C LIST 2\r\n',
      'S +OK 2 200\r\n',
      'C RETR 1\r\n',
      'S +OK 30 octets\r\nSubject: x\r\n\r\n..dot\r\n..\r\n.\r\n',
      'C DELE 1\r\n',
      'S +OK Marked to be deleted.\r\n',
      'C RETR 9\r\n',
      "S -ERR There's no message 9.\r\n",
      'C QUIT\r\n',
      'S +OK Logging out.\r\n',
    ],
    [
      { server: '+OK ready <1.2@pop.example.org>' },
      { client: 'USER ada' },
      { server: '+OK' },
      { client: 'PASS ‹secret:password›' },
      { server: '+OK Logged in.' },
      { client: 'STAT' },
      { server: '+OK 2 320' },
      { client: 'list' },
      { server: '+OK 2 messages:\n1 120\n2 200\n' },
      { client: 'LIST 2' },
      { server: '+OK 2 200' },
      { client: 'RETR 1' },
      { server: { reply: '+OK 30 octets', data: 'Subject: x\n\n.dot\n.\n' } },
      { client: 'DELE 1' },
      { server: '+OK Marked to be deleted.' },
      { client: 'RETR 9' },
      { server: "-ERR There's no message 9." },
      { client: 'QUIT' },
      { server: '+OK Logging out.' },
    ],
  ],
  [
    'commands and responses in pipelines, in the order of reason',
    [
      'S +OK\r\n',
      'C CAPA\r\nLIST\r\nTOP 1 0\r\nQUIT\r\n',
      'S +OK\r\nTOP\r\n.\r\n+OK 0\r\n.\r\n+OK\r\na: b\r\n\r\n.\r\n+OK bye\r\n',
    ],
    [
      { server: '+OK' },
      { client: 'CAPA' },
      { server: '+OK\nTOP\n' },
      { client: 'LIST' },
      { server: '+OK 0\n' },
      { client: 'TOP 1 0' },
      { server: { reply: '+OK', data: 'a: b\n\n' } },
      { client: 'QUIT' },
      { server: '+OK bye' },
    ],
  ],
  [
    'the ways to log in',
    [
      'S +OK <1@x>\r\n',
      'C APOP ada c4c9334bac560ecc979e58001b3e22fb\r\n',
      'S -ERR [AUTH] no\r\n',
      'C PASS  with blanks \r\n',
      'S -ERR\r\n',
      `C AUTH PLAIN ${base64('\0ada\0lovelace')}\r\n`,
      'S -ERR [AUTH] no\r\n',
      'C auth plain\r\n',
      'S + \r\n',
      `C ${base64('\0ada\0lovelace')}\r\n`,
      'S -ERR no\r\n',
      'C AUTH LOGIN\r\n',
      'S + VXNlcm5hbWU6\r\n',
      'C YWRh\r\n',
      'S + UGFzc3dvcmQ6\r\n',
      'C *\r\n',
      'S -ERR cancelled\r\n',
      'C AUTH CRAM-MD5\r\n',
      'S + PDFAeD4=\r\n',
      'C YWRhIDdiNjAwNGJmZWMx\r\n',
      'S +OK\r\n',
    ],
    [
      { server: '+OK <1@x>' },
      { client: 'APOP ada ‹secret:apop›' },
      { server: '-ERR [AUTH] no' },
      { client: 'PASS ‹secret:password›' },
      { server: '-ERR' },
      { client: 'AUTH PLAIN ‹secret:password:2›' },
      { server: '-ERR [AUTH] no' },
      { client: 'auth plain' },
      { server: '+ ' },
      { client: '‹secret:password:2›' },
      { server: '-ERR no' },
      { client: 'AUTH LOGIN' },
      { server: '+ VXNlcm5hbWU6' },
      { client: 'YWRh' },
      { server: '+ UGFzc3dvcmQ6' },
      { client: '*' },
      { server: '-ERR cancelled' },
      { client: 'AUTH CRAM-MD5' },
      { server: '+ PDFAeD4=' },
      { client: '‹secret:cram-md5›' },
      { server: '+OK' },
    ],
  ],
  [
    'secrets that a client gives though it was refused',
    ['S +OK\r\n', 'C AUTH PLAIN\r\nAGFkYQBsb3ZlbGFjZQ==\r\nNOOP\r\n', 'S -ERR\r\n-ERR\r\n+OK\r\n'],
    [
      { server: '+OK' },
      { client: 'AUTH PLAIN' },
      { server: '-ERR' },
      { client: '‹secret:password›' },
      { server: '-ERR' },
      { client: 'NOOP' },
      { server: '+OK' },
    ],
  ],
  [
    'what is no whole line of text, no mail as it should be, or was cut',
    [
      'S +OK\n',
      'C noop  \r\n',
      'S +OK \xe9\r\n',
      'C RETR 1\r\n',
      'S +OK\r\na\nb\r\n.\r\n',
      'C RETR 2\r\n',
      'S +OK\n.a\r\n..b\r\n.\r\n',
      'C RETR 3\r\nQU',
      'C end',
      'S +OK\r\nhalf\r\n..\r\n.\r',
      'S end',
    ],
    [
      { server: { octets: '+OK\n' } },
      { client: 'noop  ' },
      { server: { octets: { base64: base64('+OK \xe9\r\n') } } },
      { client: 'RETR 1' },
      { server: { reply: '+OK', data: { base64: base64('a\nb\r\n') } } },
      { client: 'RETR 2' },
      { server: { reply: { octets: '+OK\n' }, octets: { lines: '.a\n..b\n.\n' } } },
      { client: 'RETR 3' },
      { server: { reply: '+OK', cut: 'half\n.\n' } },
      { client: { octets: 'QU' } },
      { server: { octets: { base64: base64('.\r') } } },
    ],
  ],
  [
    'a server that does not speak POP3',
    ['S * OK IMAP4rev1\r\n', 'C CAPA\r\n', 'S * BAD\r\n', 'S end', 'C end'],
    [
      { server: { octets: { lines: '* OK IMAP4rev1\n' } } },
      { client: { octets: { lines: 'CAPA\n' } } },
      { server: { octets: { lines: '* BAD\n' } } },
    ],
  ],
]

group.each(samples)('%s', (_what, crossed, expected) => {
  test('is written as a person would, however it comes', () => {
    expect(record(new TapeInMemory(), crossed)).toEqual(expected)
    expect(record(new TapeInMemory(), crossed, singly)).toEqual(expected)
    expect(record(new TapeInMemory(), crossed, anywhere(new Random('pop3')))).toEqual(expected)
  })

  test('is given back octet by octet', () => {
    const tape = new TapeInMemory()
    expect(again(tape, listen(tape, crossed).turns)).toEqual(sides(crossed))
  })
})

test('after STLS both sides begin anew, what the client sent too early is held back and dropped', () => {
  const follower = form.follow('tcp')
  const tape = new TapeInMemory()
  const listener = tape.listen(follower) as Listener<Pop3Message>
  listener.push('server', '+OK\r\n')
  listener.push('client', 'STLS\r\nUSER eve\r\n')
  expect(follower.held).toBe(10)
  listener.push('server', '+OK Begin TLS negotiation now.\r\n')
  expect(listener.told.at(-1)).toMatchObject({ startTls: true })
  follower.secured()
  listener.push('client', 'CAPA\r\n')
  listener.push('server', '+OK\r\nUSER\r\n.\r\n')
  expect(listener.turns.map(({ message, body }) => form.write(message, body, tape.writing))).toEqual([
    '+OK',
    'STLS',
    '+OK Begin TLS negotiation now.',
    'CAPA',
    '+OK\nUSER\n',
  ])
})

test('a long mail lies in a file beside, and is sent with its dots', () => {
  const tape = new TapeInMemory(10)
  const crossed = ['S +OK\r\n', 'C RETR 1\r\n', 'S +OK\r\nSubject: long\r\n\r\n..a\r\nb\r\n.\r\n']
  const [, , mail] = listen(tape, crossed, whole, 10).turns
  const value = form.write(mail!.message, mail!.body, tape.writing)
  expect(value).toMatchObject({ reply: '+OK', data: { file: expect.any(String) }, dots: '17' })
  expect(again(tape, listen(tape, crossed, whole, 10).turns)).toEqual(sides(crossed))
})

test('for who plays the server, what it says tells what the client says next', () => {
  const follower = form.follow('tcp')
  const reader = form.reader(new TapeInMemory(), 'tcp')
  const said = (value: string) => follower.said(reader.read('server', value).message)
  said('+OK')
  follower.push('client', Buffer.from('AUTH PLAIN\r\n'))
  const command = follower.next()
  reader.read('client', 'AUTH PLAIN')
  said('+ ')
  follower.push('client', Buffer.from('AGFkYQBsb3ZlbGFjZQ==\r\n'))
  const response = follower.next()
  expect([command, response]).toMatchObject([{ message: { kind: 'command' } }, { message: { kind: 'response' } }])
})

const clientWords =
  'NOOP\r\n|LIST\r\n|RETR 1\r\n|AUTH PLAIN\r\n|AUTH LOGIN eA==\r\n|PASS x\r\n|APOP a b\r\n|eA==\r\n|QUIT\r\n|UIDL\n'
const serverWords = '+OK x\r\n|-ERR no\r\n|+ eA==\r\n|+OK\n|a: b\r\n|.\r\n|..|.|+O'
const otherWords = 'x: y\r\n|\r\n|\n|\r|\0|‹secret:x›'

test('any octets on both sides are heard and given back octet by octet', () => {
  const random = new Random('pop3 tape')
  const pick = (words: string[]) => words[random.below(words.length)]!
  const words = {
    C: `${clientWords}|${otherWords}`.split('|').map(word => Buffer.from(word).toString('latin1')),
    S: serverWords.split('|'),
  }
  for (let round = 0; round < 2000; round++) {
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
  ['PASS a', 'pass b'],
  ['APOP ada c4c9', 'APOP  ada d5d0'],
  ['AUTH PLAIN AGEAYg==', 'auth plain AGEAYw=='],
  ['RETR 1', 'retr  1 '],
])('%j and %j are alike', (one, other) => {
  const identities = [one, other].map(line =>
    form.identity(form.reader(new TapeInMemory(), 'tcp').read('client', line).message),
  )
  expect(identities[0]).toBe(identities[1])
})

test.each([
  ['RETR 1', 'RETR 2'],
  ['USER ada', 'USER faruq'],
  ['APOP ada x', 'APOP eve x'],
])('%j and %j are not alike', (one, other) => {
  const identities = [one, other].map(line =>
    form.identity(form.reader(new TapeInMemory(), 'tcp').read('client', line).message),
  )
  expect(identities[0]).not.toBe(identities[1])
})

test.each([
  ['+OK ready <1.2@x>', '+OK ready <…>'],
  ['+OK\n1 000000015f3a\n2 4\n', '+OK\n1 …\n2 4'],
  ['+OK 1 0000000155032b9c', '+OK 1 …'],
  ['+OK 2 320', '+OK 2 320'],
  ['+ PDEuMkB4Pg==', '+ …'],
])('of %j another recording has the same but for what is new each time', (value, expected) => {
  expect(form.steady!('server', value)).toBe(expected)
})

test.each([
  ['server', 'hello', 'expected a response such as "+OK", got "hello\\r\\n"'],
  ['server', '+OK\nmore', 'expected one line, since no lines follow here, got more: "more\\n"'],
  ['server', { data: 'x' }, 'expected a response, reply with data or cut, or octets, got data'],
  ['client', 'STAT\nQUIT', 'expected one line, got "STAT\\nQUIT"'],
  ['client', {}, 'expected a line or octets, got none'],
] as [Side, TapeValue, string][])('a %s does not say %j', (from, value, message) => {
  expect(() => form.reader(new TapeInMemory(), 'tcp').read(from, value)).toThrow(new ProtocolError('pop3', message))
})

test('any value is read or is a ProtocolError', () => {
  const random = new Random('pop3 values')
  const texts = ['+OK', '-ERR no', '+ x', '+OK\na\n', 'RETR 1', 'LIST', 'AUTH PLAIN', 'eA==', '', '‹secret:x›', '\n']
  const keys = ['octets', 'data', 'cut', 'reply', 'dots', 'lines', 'base64', 'file']
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

test('a client for whom there is nothing is told so in one line, and the link ends', () => {
  const { octets, link } = form.refuse(undefined, `no turn for\r\n"RETR <grüße>" ${'x'.repeat(1000)}`)
  expect(octets!.toString('latin1')).toMatch(/^-ERR \[SYS\/TEMP\] backlot: no turn for "RETR <gr {1,2}e>" x+\r\n$/)
  expect(octets!.length).toBeLessThan(512)
  expect(link).toBe('end')
})

test('POP3 is a dialogue', () => {
  expect(form.kind('tcp')).toBe('dialogue')
})
