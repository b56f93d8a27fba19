import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { wire } from './imap.ts'

/** Each line `C text` or `S text`, a character for each octet, and what was read from it. */
function follow(...lines: string[]): string[] {
  const conversation = wire.conversation('tcp')
  return lines.flatMap(line => {
    const from = line.startsWith('C') ? 'client' : 'server'
    return conversation.push(from, Buffer.from(line.slice(2), 'latin1')).map(turn => `${turn.from[0]} ${turn.text}`)
  })
}

test('a conversation is shown as it crosses, commands in the words of the protocol', () => {
  expect(
    follow(
      'S * OK ready\r\n',
      'C a login ada "lovelace"\r\nb select INBOX\r\n',
      'S a OK [CAPABILITY IMAP4rev1] in\r\n* 2 EXISTS\r\nb OK [READ-WRITE] done\r\n',
      'C c UID FETCH 1:* (FLAGS BODY[1])\r\n',
      'S * 1 FETCH (UID 7 BODY[1] {4}\r\na\r\nb)\r\nc OK done\r\n',
    ),
  ).toEqual([
    's * OK ready',
    'c a LOGIN ada lovelace',
    'c b SELECT INBOX',
    's a OK [CAPABILITY IMAP4rev1] in',
    's * 2 EXISTS',
    's b OK [READ-WRITE] done',
    'c c UID FETCH 1:* (FLAGS BODY[1])',
    's * 1 FETCH (UID 7 BODY[1] {4}\r\na\r\nb)',
    's c OK done',
  ])
})

test('a literal is followed when leave is given, and not when the command is refused', () => {
  expect(
    follow(
      'C a APPEND x {5}\r\n',
      'S + go\r\n',
      'C b NOO\r\n',
      'S a OK\r\n',
      'C c APPEND y {5}\r\n',
      'S c NO\r\n',
      'C d NOOP\r\n',
    ),
  ).toEqual(['s + go', 'c a APPEND x {5}\r\nb NOO', 's a OK ', 's c NO ', 'c d NOOP'])
})

test('answers of AUTHENTICATE and the end of IDLE are lines that are no commands', () => {
  const said = follow(
    'C a AUTHENTICATE LOGIN\r\n',
    'S + VXNlcg==\r\n',
    'C b noop\r\n',
    'S + UGFzcw==\r\n',
    'C eA==\r\n',
    'S a OK in\r\n',
    'C c IDLE\r\n',
    'S + idling\r\n* 3 EXISTS\r\n',
    'C done\r\n',
    'S c OK\r\n',
    'C d noop\r\n',
    'C e IDLE\r\n',
    'S e BAD no\r\n',
    'C f noop\r\n',
  )
  expect(said.filter(line => line.startsWith('c'))).toEqual([
    'c a AUTHENTICATE LOGIN',
    'c b noop',
    'c eA==',
    'c c IDLE',
    'c done',
    'c d NOOP',
    'c e IDLE',
    'c f NOOP',
  ])
})

test('after STARTTLS both sides begin anew, and what was sent too early is shown as such', () => {
  expect(follow('C a STARTTLS\r\nb NO', 'S a OK go\r\n', 'C c NOOP\r\n')).toEqual([
    'c a STARTTLS',
    's a OK go',
    'c b NO (before TLS)',
    'c c NOOP',
  ])
})

test('what is no command is shown as it was, and what is cut as far as it came', () => {
  expect(follow('C a FOO bar\r\nb NOOP\r\n')).toEqual(['c a FOO bar', 'c b NOOP'])
  const conversation = wire.conversation('tcp')
  conversation.push('server', Buffer.from('* OK'))
  expect(conversation.end('server').map(turn => turn.text)).toEqual(['* OK (cut)'])
})

test('a server that does not speak IMAP is shown as octets', () => {
  expect(follow('S 220 mx ESMTP\r\n', 'C abc\r\n')).toEqual([
    expect.stringContaining('(imap: expected OK, NO or BAD'),
    'c abc\r\n'.trimEnd(),
  ])
})

test('any octets on either side give turns', () => {
  const random = new Random('imap conversation')
  const words = [
    'a OK x\r\n',
    '+ \r\n',
    'a IDLE\r\n',
    'DONE\r\n',
    'a AUTHENTICATE X\r\n',
    'a APPEND x {3}\r\n',
    '{2}\r\n',
  ]
  words.push('* 1 FETCH (X {3}\r\nabc)\r\n', 'a STARTTLS\r\n', 'a NO\r\n', '* BYE\r\n', 'abc')
  for (let round = 0; round < 500; round++) {
    const conversation = wire.conversation('tcp')
    for (let i = 0; i < 20; i++) {
      const from = random.below(2) === 0 ? 'client' : 'server'
      const chunk =
        random.below(6) === 0 ? random.bytes(random.below(30)) : Buffer.from(words[random.below(words.length)]!)
      for (const turn of conversation.push(from, chunk)) expect(typeof turn.text).toBe('string')
    }
    conversation.end('client')
    conversation.end('server')
  }
})

/** The same on a link that has begun. */
function join(lastSaid: string, ...lines: string[]): string[] {
  const conversation = wire.conversation('tcp', lastSaid)
  return lines.flatMap(line => {
    const from = line.startsWith('C') ? 'client' : 'server'
    return conversation.push(from, Buffer.from(line.slice(2), 'latin1')).map(turn => `${turn.from[0]} ${turn.text}`)
  })
}

const next = ['C b NOOP\r\n', 'S * 1 EXISTS\r\n', 'S b OK done\r\n'] as const
const shown = ['c b NOOP', 's * 1 EXISTS', 's b OK done']

test('a link that is joined within a literal of a command shows what follows its status', () => {
  expect(join('+ go on\r\n', 'C x LOGOUT\r\n', 'C x LOGOUT)\r\n', 'S a OK appended\r\n', ...next)).toEqual([
    's a OK appended',
    ...shown,
  ])
})

test('a link that is joined within a literal of a response shows what follows it from the command’s status on', () => {
  for (const said of [
    '* 1 FETCH (BODY[] {30}\r\n',
    '* 1 FETCH (BODY[] {30}\r\nSubject: ',
    'x {9\r\n* b\r\n\r\nc\r\n',
  ]) {
    const rest = ['S * 5 EXISTS\r\n', 'S )\r\n', 'S a OK done\r\n'] as const
    expect(join(said, ...rest, ...next)).toEqual(['s a OK done', ...shown])
  }
})

test('a link that is joined within IDLE shows its end', () => {
  expect(join('+ idling\r\n', 'S * 2 EXISTS\r\n', 'C DONE\r\n', 'S a OK done\r\n', ...next)).toEqual([
    's * 2 EXISTS',
    'c DONE',
    's a OK done',
    ...shown,
  ])
})

test('a link that is joined between commands shows all that follows', () => {
  for (const said of ['* OK ready\r\n', 'a OK done\r\n', '* 3 EXISTS\r\n']) expect(join(said, ...next)).toEqual(shown)
})
