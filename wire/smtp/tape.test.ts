import { expect, describe as group, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { Random } from '../../net/random.ts'
import { ProtocolError, type Side } from '../decoder.ts'
import { filled, type TapeBody, type TapeValue } from '../tape.ts'
import { type Listener, TapeInMemory, type Told } from '../tape-in-memory.ts'
import { form } from './tape.ts'
import type { SmtpMessage } from './tape-follower.ts'

/** What crossed: `C octets`, `S octets` with a character for each octet, `C end`, `S end`, `TLS`. */
type Crossed = readonly string[]

const whole = (octets: Buffer) => [octets]
const anywhere = (random: Random) => (octets: Buffer) => {
  const pieces: Buffer[] = []
  for (let left = octets; left.length > 0; left = left.subarray(pieces.at(-1)!.length)) {
    pieces.push(left.subarray(0, 1 + random.below(left.length)))
  }
  return pieces
}
const singly = (octets: Buffer) => [...octets].map(octet => Buffer.of(octet))

function listen(tape: TapeInMemory, crossed: Crossed, cut: (octets: Buffer) => Buffer[] = whole, memory?: number) {
  const follower = form.follow('tcp')
  const listener = tape.listen(follower, memory) as Listener<SmtpMessage>
  for (const each of crossed) {
    const from: Side = each.startsWith('C') ? 'client' : 'server'
    if (each === 'TLS') follower.secured()
    else if (each.endsWith(' end')) listener.end(from)
    else for (const piece of cut(Buffer.from(each.slice(2), 'latin1'))) listener.push(from, piece)
  }
  return listener
}

function write(tape: TapeInMemory, { message, body }: Told<SmtpMessage>): TapeValue {
  return form.write(message, body, tape.writing)
}

function record(tape: TapeInMemory, crossed: Crossed, cut?: (octets: Buffer) => Buffer[]) {
  return listen(tape, crossed, cut).turns.map(told => ({ [told.from]: write(tape, told) }))
}

/** As a file would have it. */
const stored = (value: TapeValue): TapeValue => parse(stringify(value), { schema: 'failsafe' })

/** The octets of each side. */
function sides(crossed: Crossed): Record<Side, string> {
  const of = (letter: string) =>
    crossed.flatMap(each => (each.startsWith(letter) && !each.endsWith(' end') ? each.slice(2) : [])).join('')
  return { client: of('C'), server: of('S') }
}

/** What stands for a message where it is matched. */
function identityOf(tape: TapeInMemory, message: SmtpMessage, body: TapeBody | undefined): string {
  if (body === undefined) return form.identity(message)
  const octets = filled(body, tape.reveal).octets ?? tape.files.get(body.file!)!
  const digester = form.digester!(message)
  digester?.push(octets)
  return `${form.identity(message)} ${digester?.digest() ?? octets.toString('latin1')}`
}

/** Octets of each side, from a tape, each turn looked at on the way. */
function again(tape: TapeInMemory, turns: readonly Told<SmtpMessage>[]): Record<Side, string> {
  const reader = form.reader(tape, 'tcp')
  const sent = { client: '', server: '' }
  for (const { from, message, body, closes = false } of turns) {
    const value = form.write(message, body, tape.writing)
    const read = reader.read(from, stored(value))
    expect(form.write(read.message, read.body, tape.writing)).toEqual(value)
    if (from === 'server') expect(read.closes ?? false).toBe(closes)
    else expect(identityOf(tape, read.message, read.body)).toBe(identityOf(tape, message, body))
    sent[from] += tape.octets(form.encode(read, tape.reveal)).toString('latin1')
  }
  return sent
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

// What swaks 20201014 sends, a line that begins with a dot added; by hand what Postfix replies.
const swaks: Crossed = [
  'S 220 mx.example.org ESMTP Postfix (Debian/GNU)\r\n',
  'C EHLO laptop\r\n',
  'S 250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 CHUNKING\r\n',
  'C MAIL FROM:<a@example.org>\r\n',
  'S 250 2.1.0 Ok\r\n',
  'C RCPT TO:<b@EXAMPLE.net>\r\n',
  'S 250 2.1.5 Ok\r\n',
  'C DATA\r\n',
  'S 354 End data with <CR><LF>.<CR><LF>\r\n',
  'C Date: Wed, 25 Nov 2026 01:41:34 +0000\r\nTo: b@EXAMPLE.net\r\nFrom: a@example.org\r\nSubject: test Wed, 25 Nov 2026 01:41:34 +0000\r\nMessage-Id: <20261125014134.023598@laptop>\r\nX-Mailer: swaks v20201014.0 jetmore.org/john/code/swaks/\r\n\r\nThis is a test mailing\r\n..with a dot\r\n\r\n\r\n.\r\n',
  'S 250 2.0.0 Ok: queued as 4F3A2B1C\r\n',
  'C QUIT\r\n',
  'S 221 2.0.0 Bye\r\n',
]
const mailOfSwaks = `Date: Wed, 25 Nov 2026 01:41:34 +0000
To: b@EXAMPLE.net
From: a@example.org
Subject: test Wed, 25 Nov 2026 01:41:34 +0000
Message-Id: <20261125014134.023598@laptop>
X-Mailer: swaks v20201014.0 jetmore.org/john/code/swaks/

This is a test mailing
.with a dot


`
const turnsOfSwaks = [
  { server: '220 mx.example.org ESMTP Postfix (Debian/GNU)' },
  { client: 'EHLO laptop' },
  { server: '250-mx.example.org\n250-PIPELINING\n250-SIZE 10240000\n250-STARTTLS\n250 CHUNKING\n' },
  { client: 'MAIL FROM:<a@example.org>' },
  { server: '250 2.1.0 Ok' },
  { client: 'RCPT TO:<b@EXAMPLE.net>' },
  { server: '250 2.1.5 Ok' },
  { client: 'DATA' },
  { server: '354 End data with <CR><LF>.<CR><LF>' },
  { client: { data: mailOfSwaks } },
  { server: '250 2.0.0 Ok: queued as 4F3A2B1C' },
  { client: 'QUIT' },
  { server: '221 2.0.0 Bye' },
]

// By hand, what crossed and how it stands on the tape; what is no line or mail as it should be among it.
const samples: [string, Crossed, object[]][] = [
  ['a mail from swaks', swaks, turnsOfSwaks],
  [
    'commands and replies in pipelines, in the order of reason',
    [
      'C EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n',
      'S 220 mx\r\n250 mx\r\n250 sender\r\n250 recipient\r\n354 go\r\n',
      'C hi\r\n.\r\nRSET\r\nQUIT\r\n',
      'S 250 mail\r\n250 reset\r\n221 bye\r\n',
    ],
    [
      { server: '220 mx' },
      { client: 'EHLO me' },
      { server: '250 mx' },
      { client: 'MAIL FROM:<a@b>' },
      { server: '250 sender' },
      { client: 'RCPT TO:<c@d>' },
      { server: '250 recipient' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: 'hi\n' } },
      { server: '250 mail' },
      { client: 'RSET' },
      { server: '250 reset' },
      { client: 'QUIT' },
      { server: '221 bye' },
    ],
  ],
  [
    'a client that waits for nothing',
    [
      'C HELO me\r\nDATA\r\nQUIT\r\n..\r\n.\r\nDATA\r\nNOOP\r\nQUIT\r\n',
      'S 220 mx\r\n250 mx\r\n354 go\r\n250 ok\r\n503 no\r\n250 noop\r\n221 bye\r\n',
    ],
    [
      { server: '220 mx' },
      { client: 'HELO me' },
      { server: '250 mx' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: 'QUIT\n.\n' } },
      { server: '250 ok' },
      { client: 'DATA' },
      { server: '503 no' },
      { client: 'NOOP' },
      { server: '250 noop' },
      { client: 'QUIT' },
      { server: '221 bye' },
    ],
  ],
  [
    'lines as they were written, and octets where they are no whole lines of text',
    [
      'S 220\n',
      'C noop  \r\n',
      'S 250-\r\n250 \r\n',
      'C \r\n',
      'S 500 \xe9\r\n',
      'C quit\n',
      'S 221-gr\xc3\xbc\n221 \xc3\x9fe\n',
      'C NO',
      'C end',
    ],
    [
      { server: { octets: '220\n' } },
      { client: 'noop  ' },
      { server: '250-\n250 \n' },
      { client: '' },
      { server: { octets: { base64: base64('500 \xe9\r\n') } } },
      { client: { octets: 'quit\n' } },
      { server: { octets: '221-grü\n221 ße\n' } },
      { client: { octets: 'NO' } },
    ],
  ],
  [
    'mails that are empty, have bare line feeds, are no text, are not stuffed, or were cut',
    [
      'S 220 mx\r\n',
      'C DATA\r\n',
      'S 354 go\r\n',
      'C .\r\nDATA\r\n',
      'S 250 ok\r\n354 go\r\n',
      'C a\nb\r\n.\r\nDATA\r\n',
      'S 250 ok\r\n354 go\r\n',
      'C \r\n\xff\r\n.\r\nDATA\r\n',
      'S 250 ok\r\n354 go\r\n',
      'C .a\r\n..b\r\n.\r\nDATA\r\n',
      'S 250 ok\r\n354 go\r\n',
      'C a\r\n..b\r\nc\r\n.\r',
      'C end',
    ],
    [
      { server: '220 mx' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: '' } },
      { server: '250 ok' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: { base64: base64('a\nb\r\n') } } },
      { server: '250 ok' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: { base64: base64('\r\n\xff\r\n') } } },
      { server: '250 ok' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { octets: { lines: '.a\n..b\n.\n' } } },
      { server: '250 ok' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { cut: 'a\n.b\nc\n' } },
      { client: { octets: { base64: base64('.\r') } } },
    ],
  ],
  [
    'a mail that was not stuffed, and cut within a line end',
    ['S 220 mx\r\n', 'C DATA\r\n', 'S 354 go\r\n', 'C .a\r', 'C end'],
    [
      { server: '220 mx' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { octets: { base64: base64('.a\r') } } },
    ],
  ],
  [
    'chunks',
    [
      'S 220 mx\r\n',
      'C BDAT 4\r\na\r\nbBDAT 3\r\nc\nd',
      'S 250 4\r\n250 3\r\n',
      'C BDAT 0 LAST\r\nBDAT x\r\n',
      'S 250 ok\r\n501 no\r\n',
      'C BDAT 9 LAST\r\nabc',
      'C end',
      'S 451 no\r\n',
    ],
    [
      { server: '220 mx' },
      { client: 'BDAT 4' },
      { client: { chunk: 'a\nb' } },
      { server: '250 4' },
      { client: 'BDAT 3' },
      { client: { chunk: { octets: 'c\nd' } } },
      { server: '250 3' },
      { client: 'BDAT 0 LAST' },
      { server: '250 ok' },
      { client: 'BDAT x' },
      { server: '501 no' },
      { client: 'BDAT 9 LAST' },
      { client: { chunk: 'abc' } },
      { server: '451 no' },
    ],
  ],
  [
    'AUTH in all its ways',
    [
      'S 220 mx\r\n',
      `C AUTH PLAIN ${base64('\0ada\0lovelace')}\r\n`,
      'S 535 no\r\n',
      `C auth  plain\r\n`,
      'S 334 \r\n',
      `C ${base64('\0ada\0lovelace')}\r\n`,
      'S 235 yes\r\n',
      'C AUTH LOGIN\r\n',
      'S 334 VXNlcm5hbWU6\r\n',
      'C YWRh\r\n',
      'S 334 UGFzc3dvcmQ6\r\n',
      'C bG92ZWxhY2U= \r\n',
      'S 535 no\r\n',
      'C AUTH LOGIN YWRh\r\n',
      'S 334 UGFzc3dvcmQ6\r\n',
      'C *\r\n',
      'S 501 cancelled\r\n',
      'C AUTH PLAIN =\r\n',
      'S 535 no\r\n',
      'C AUTH CRAM-MD5\r\n',
      'S 334 PDEuMkBteC5leGFtcGxlLm9yZz4=\r\n',
      'C YWRhIDdiNjAwNGJmZWMxNmMxZTdlZWI2NjI5ZDEyMWJhOTgx\r\n',
      'S 235 yes\r\n',
      'C AUTH XOAUTH2 dXNlcj1hZGEBYXV0aD1CZWFyZXIgeHl6AQE=\r\n',
      'S 334 eyJzdGF0dXMiOiI0MDAifQ==\r\n',
      'C \r\n',
      'S 535 no\r\n',
      'C AUTH SCRAM-SHA-256 biwsbj1hZGEscj1hYmM=\r\n',
      'S 334 cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=\r\n',
      'C Yz1iaXdzLHI9YWJjZGVmLHA9cHJvb2Y=\r\n',
      'S 235 yes\r\n',
      'C AUTH X-OWN secret\r\n',
      'S 504 no\r\n',
      'C AUTH LOGIN YWRh bG92ZWxhY2U=\r\n',
      'S 501 no\r\n',
    ],
    [
      { server: '220 mx' },
      { client: 'AUTH PLAIN ‹secret:password›' },
      { server: '535 no' },
      { client: 'auth  plain' },
      { server: '334 ' },
      { client: '‹secret:password›' },
      { server: '235 yes' },
      { client: 'AUTH LOGIN' },
      { server: '334 VXNlcm5hbWU6' },
      { client: 'YWRh' },
      { server: '334 UGFzc3dvcmQ6' },
      { client: '‹secret:password:2› ' },
      { server: '535 no' },
      { client: 'AUTH LOGIN YWRh' },
      { server: '334 UGFzc3dvcmQ6' },
      { client: '*' },
      { server: '501 cancelled' },
      { client: 'AUTH PLAIN =' },
      { server: '535 no' },
      { client: 'AUTH CRAM-MD5' },
      { server: '334 PDEuMkBteC5leGFtcGxlLm9yZz4=' },
      { client: '‹secret:cram-md5›' },
      { server: '235 yes' },
      { client: 'AUTH XOAUTH2 ‹secret:token›' },
      { server: '334 eyJzdGF0dXMiOiI0MDAifQ==' },
      { client: '' },
      { server: '535 no' },
      { client: 'AUTH SCRAM-SHA-256 ‹secret:scram›' },
      { server: '334 cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=' },
      { client: '‹secret:scram:2›' },
      { server: '235 yes' },
      { client: 'AUTH X-OWN ‹secret:token:2›' },
      { server: '504 no' },
      { client: 'AUTH LOGIN ‹secret:password:3›' },
      { server: '501 no' },
    ],
  ],
  [
    'secrets that a client gives though it was refused, or does not end',
    [
      'S 220 mx\r\n',
      'C AUTH LOGIN\r\nYWRh\r\nbG92ZWxhY2U=\r\nNOOP\r\nYWRh\r\n',
      'S 503 no\r\n500 what\r\n500 what\r\n250 ok\r\n500 what\r\n',
      'C AUTH PLAIN bG92ZWxhY2U=\n',
      'S 501 no\r\n',
      'C AUTH LOGIN\r\nYWRh\r\nbG92ZWxh',
      'C end',
      'S end',
    ],
    [
      { server: '220 mx' },
      { client: 'AUTH LOGIN' },
      { server: '503 no' },
      { client: 'YWRh' },
      { server: '500 what' },
      { client: '‹secret:password›' },
      { server: '500 what' },
      { client: 'NOOP' },
      { server: '250 ok' },
      { client: 'YWRh' },
      { server: '500 what' },
      { client: { octets: 'AUTH PLAIN ‹secret:password›\n' } },
      { server: '501 no' },
      { client: 'AUTH LOGIN' },
      { client: 'YWRh' },
      { client: { octets: '‹secret:password:2›' } },
    ],
  ],
  [
    'what only looks like a placeholder',
    [
      'S 220 \xe2\x80\xb9secret:password\xe2\x80\xba\r\n',
      'C VRFY \xe2\x80\xb9secret:x\r\nDATA\r\n',
      'S 252 x\r\n354 go\r\n',
      'C \xe2\x80\xb9secret:a\xe2\x80\xba\r\n.\r\n',
    ],
    [
      { server: '220 ‹‹secret:password›' },
      { client: 'VRFY ‹‹secret:x' },
      { server: '252 x' },
      { client: 'DATA' },
      { server: '354 go' },
      { client: { data: '‹‹secret:a›\n' } },
    ],
  ],
  [
    'a server that does not speak SMTP',
    ['S SSH-2.0-OpenSSH_9.2\r\n', 'C EHLO me\r\n', 'C QUIT\r\n', 'S Protocol mismatch.\n', 'S end', 'C end'],
    [
      { server: { octets: { lines: 'SSH-2.0-OpenSSH_9.2\n' } } },
      { client: { octets: { lines: 'EHLO me\nQUIT\n' } } },
      { server: { octets: 'Protocol mismatch.\n' } },
    ],
  ],
  [
    'a reply that turns into something else, or was cut',
    ['S 220 mx\r\n', 'C NOOP\r\n', 'S 250-a\r\n251 b\r\n', 'C QUIT', 'C end', 'S end'],
    [
      { server: '220 mx' },
      { client: 'NOOP' },
      { server: { octets: { lines: '250-a\n251 b\n' } } },
      { client: { octets: 'QUIT' } },
    ],
  ],
  ['a reply that was cut', ['S 220-a\r\n220', 'S end'], [{ server: { octets: { base64: base64('220-a\r\n220') } } }]],
  [
    'STARTTLS that is refused, and one that is not',
    [
      'S 220 mx\r\n',
      'C STARTTLS\r\nNOOP\r\n',
      'S 454 no\r\n250 ok\r\n',
      'C STARTTLS\r\n',
      'S 220 go\r\n',
      'TLS',
      'C EHLO me\r\n',
      'S 250 mx\r\n',
    ],
    [
      { server: '220 mx' },
      { client: 'STARTTLS' },
      { server: '454 no' },
      { client: 'NOOP' },
      { server: '250 ok' },
      { client: 'STARTTLS' },
      { server: '220 go' },
      { client: 'EHLO me' },
      { server: '250 mx' },
    ],
  ],
]

group('a tape', () => {
  test.each(samples)('has %s', (_what, crossed, turns) => {
    expect(record(new TapeInMemory(), crossed)).toEqual(turns)
  })

  test.each(samples)('has %s octet by octet', (_what, crossed, turns) => {
    expect(record(new TapeInMemory(), crossed, singly)).toEqual(turns)
  })

  test.each(samples)('has %s however it is cut', (what, crossed, turns) => {
    const cut = anywhere(new Random(what))
    for (let round = 0; round < 50; round++) expect(record(new TapeInMemory(), crossed, cut)).toEqual(turns)
  })

  test.each(samples)('gives back %s, and finds it alike', (_what, crossed) => {
    const tape = new TapeInMemory()
    expect(again(tape, listen(tape, crossed).turns)).toEqual(sides(crossed))
  })
})

// No 220, since what is said around STARTTLS is dropped; no octets beyond UTF-8, since a secret is text.
const clientWords = `NOOP\r\n|DATA\r\n|BDAT 5\r\n|AUTH PLAIN\r\n|AUTH LOGIN eA==\r\n|AUTH X é\r\n|eA==\r\n|STARTTLS\r\n|QUIT\r\n|RSET\n`
const otherWords = `x: y\r\n|.\r\n|..|.|\r\n|\n|\r|\0|‹secret:x›`
const serverWords = `250 ok\r\n|354 go\r\n|334 eA==\r\n|250-a\r\n|235 yes\n|421 no\r\n|454 no\r\n|25`

test('any octets on both sides are heard, found alike, and given back octet by octet', () => {
  const random = new Random('smtp tape')
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

/** One side of what a tape reads, and what a live client says, told message by message. */
function conversation(tape: TapeInMemory, turns: readonly object[]) {
  const reader = form.reader(tape, 'tcp')
  return turns.map(turn => {
    const [[from, value]] = Object.entries(turn) as [[Side, TapeValue]]
    return { from, ...reader.read(from, value) }
  })
}

const login = (password: string): Crossed => [
  'S 220 mx\r\n',
  'C EHLO laptop\r\n',
  'S 250 AUTH PLAIN LOGIN CRAM-MD5\r\n',
  `C AUTH PLAIN ${base64(`\0ada\0${password}`)}\r\n`,
  'S 535 no\r\n',
  'C AUTH LOGIN\r\n',
  'S 334 VXNlcm5hbWU6\r\n',
  `C ${base64('ada')}\r\n`,
  'S 334 UGFzc3dvcmQ6\r\n',
  `C ${base64(password)}\r\n`,
  'S 235 yes\r\n',
]

test('no secret is on a tape, neither as it is nor in base64', () => {
  for (const password of ['lovelace', 'p', 'a much longer pässword', '=', '*']) {
    const written = JSON.stringify(record(new TapeInMemory(), login(Buffer.from(password).toString('latin1'))))
    for (const secret of [base64(`\0ada\0${password}`), base64(password)]) expect(written).not.toContain(`"${secret}`)
    if (password.length > 1) expect(written).not.toContain(password)
    expect(written).toContain(base64('ada'))
  }
})

test('a client with another secret is found on a tape, with placeholders or from before there were any', () => {
  const live = listen(new TapeInMemory(), login('hopper')).turns
  const withoutSecrets = record(new TapeInMemory(), login('lovelace'))
  const inClear = login('lovelace').map(each => ({
    [each.startsWith('C') ? 'client' : 'server']: each.slice(2).trim(),
  }))
  for (const turns of [withoutSecrets, inClear]) {
    const read = conversation(new TapeInMemory(), turns)
    expect(read.map(({ message }) => form.identity(message))).toEqual(live.map(({ message }) => form.identity(message)))
  }
})

test('a tape from before secrets were hidden is written without them', () => {
  const inClear = login('lovelace').map(each => ({
    [each.startsWith('C') ? 'client' : 'server']: each.slice(2).trim(),
  }))
  const tape = new TapeInMemory()
  const scrubbed = conversation(tape, inClear).map(({ from, message, body }) => ({
    [from]: form.write(message, body, tape.writing),
  }))
  expect(scrubbed).toEqual(record(new TapeInMemory(), login('lovelace')))
})

test('what a client says is sent with the secrets of who plays it', () => {
  const tape = new TapeInMemory()
  const [, auth] = conversation(tape, [{ server: '220 mx' }, { client: 'AUTH PLAIN ‹secret:password:2›' }])
  expect(tape.octets(form.encode(auth!, (kind, number) => `${kind}/${number}`)).toString()).toBe(
    'AUTH PLAIN password/2\r\n',
  )
})

test('an edited reply is said as it was edited', () => {
  const tape = new TapeInMemory()
  const reader = form.reader(tape, 'tcp')
  const said = (value: TapeValue) => tape.octets(form.encode(reader.read('server', value), tape.reveal)).toString()
  expect(said('451 4.3.0 later')).toBe('451 4.3.0 later\r\n')
  expect(said('250-a\n250 b')).toBe('250-a\r\n250 b\r\n')
  expect(said('250-a\n250 b\n')).toBe('250-a\r\n250 b\r\n')
  expect(reader.read('server', '421 bye').closes).toBe(true)
})

test('an edited reply changes what the client is taken to say', () => {
  const tape = new TapeInMemory()
  const read = conversation(tape, [
    { server: '220 mx' },
    { client: 'AUTH PLAIN' },
    { server: '334 ' },
    { client: 'c2VjcmV0' },
    { server: '235 yes' },
    { client: 'DATA' },
    { server: '554 no' },
    { client: { octets: 'x\n' } },
    { client: 'DATA' },
    { server: '354 go' },
    { client: { octets: 'x\r\n.\r\n' } },
  ])
  expect(read.filter(({ from }) => from === 'client').map(({ message }) => message.kind)).toEqual([
    'command',
    'response',
    'command',
    'command',
    'command',
    'data',
  ])
})

test('a challenge without a command is answered by a secret all the same', () => {
  const turns = [
    { client: 'AUTH X' },
    { server: '334 ' },
    { client: { data: '' } },
    { client: 'NOOP' },
    { server: '334 ' },
    { client: 'x' },
  ]
  const [last] = conversation(new TapeInMemory(), [{ server: '220 mx' }, ...turns]).slice(-1)
  expect(form.identity(last!.message)).toBe('‹›')
})

test.each([
  ['server', 'hello', 'smtp: expected a reply such as "250 ok", got "hello"'],
  ['server', '', 'smtp: expected a reply such as "250 ok", got ""'],
  ['server', '250 a\n250 b', 'smtp: expected a reply such as "250 ok", got "250 a\\n250 b"'],
  ['server', '250-a', 'smtp: expected a reply such as "250 ok", got "250-a"'],
  ['server', { data: 'x' }, 'smtp: expected a reply or octets, got data'],
  ['server', [], 'smtp: expected a reply or octets, got none'],
  ['client', 'EHLO a\nQUIT', 'smtp: expected one line, got "EHLO a\\nQUIT"'],
  ['client', {}, 'smtp: expected a line, data, cut, chunk or octets, got none'],
  ['client', { line: 'x', data: 'y' }, 'smtp: expected a line, data, cut, chunk or octets, got line, data'],
  ['client', ['QUIT'], 'smtp: expected a line, data, cut, chunk or octets, got none'],
] as [Side, TapeValue, string][])('a %s does not say %j', (from, value, message) => {
  expect(() => form.reader(new TapeInMemory(), 'tcp').read(from, value)).toThrow(
    new ProtocolError('smtp', message.slice(6)),
  )
})

test('any value is read or is a ProtocolError', () => {
  const random = new Random('smtp values')
  const texts = [
    '250 ok',
    '354 go',
    '334 x',
    '250-a\n250 b',
    'DATA',
    'AUTH LOGIN',
    'eA==',
    '',
    'a\nb',
    '‹secret:x›',
    '\n',
    'BDAT 3',
  ]
  const keys = ['octets', 'data', 'cut', 'chunk', 'dots', 'lines', 'base64', 'file']
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
        form.encode({ message, ...(body === undefined ? {} : { body }) }, tape.reveal)
      } catch (error) {
        expect(error, JSON.stringify(said)).toBeInstanceOf(ProtocolError)
      }
      form.steady!('client', said)
      form.steady!('server', said)
    }
  }
})

test('a client for whom there is nothing is told so in one line, and the link ends', () => {
  const why = `no turn for\r\n"MAIL FROM:<grüße>" ${'x'.repeat(1000)}`
  const { octets, link } = form.refuse(undefined, why)
  expect(octets!.toString('latin1')).toMatch(/^421 4\.3\.0 backlot: no turn for "MAIL FROM:<gr {1,2}e>" x+\r\n$/)
  expect(octets!.length).toBeLessThan(512)
  expect(link).toBe('end')
})

test('SMTP is a dialogue', () => {
  expect(form.kind('tcp')).toBe('dialogue')
})
