import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { wire } from './pop3.ts'

/** Each line `C text` or `S text`, and the lines that were read from it. */
function follow(...lines: string[]): string[] {
  const conversation = wire.conversation('tcp')
  return lines.flatMap(line => {
    const from = line.startsWith('C') ? 'client' : 'server'
    return conversation.push(from, Buffer.from(line.slice(2))).map(turn => `${turn.from[0]} ${turn.text}`)
  })
}

test('a conversation follows pipelined commands and the lines of their responses', () => {
  expect(
    follow(
      'S +OK ready\r\n',
      'C USER ada\r\nPASS lovelace\r\nLIST\r\nRETR 1\r\nLIST 1\r\n',
      'S +OK\r\n+OK 1 message\r\n+OK 1 message\r\n1 11\r\n.\r\n+OK 11 octets\r\nA: b\r\n\r\n..',
      'S \r\n.\r\n+OK 1 11\r\n',
    ),
  ).toEqual([
    's +OK ready',
    'c USER ada',
    'c PASS lovelace',
    'c LIST',
    'c RETR 1',
    'c LIST 1',
    's +OK',
    's +OK 1 message',
    's +OK 1 message',
    's 1 11',
    's +OK 11 octets',
    's A: b\r\n\r\n.',
    's +OK 1 11',
  ])
})

test('no lines follow a refused command', () => {
  expect(follow('S +OK\r\n', 'C RETR 9\r\nNOOP\r\n', 'S -ERR [SYS/TEMP] no\r\n+OK\r\n')).toEqual([
    's +OK',
    'c RETR 9',
    'c NOOP',
    's -ERR [SYS/TEMP] no',
    's +OK',
  ])
})

test('challenges of AUTH are answered by lines that are no commands', () => {
  const said = follow('S +OK\r\n', 'C AUTH PLAIN\r\n', 'S + \r\n', 'C quit\r\n', 'S -ERR\r\n', 'C quit\r\n')
  expect(said.slice(1)).toEqual(['c AUTH PLAIN', 's + ', 'c quit', 's -ERR', 'c QUIT'])
})

test('after STLS both sides begin anew, and what was sent too early is shown as such', () => {
  expect(follow('S +OK\r\n', 'C STLS\r\nUS', 'S +OK go\r\n', 'C CAPA\r\n')).toEqual([
    's +OK',
    'c STLS',
    's +OK go',
    'c US (before TLS)',
    'c CAPA',
  ])
})

test('what is no response is shown, and nothing is read after it', () => {
  const said = follow('S * OK IMAP\r\n', 'C STAT\r\n')
  expect(said).toEqual([expect.stringContaining('expected a status such as'), 'c STAT'])
})

test('what was cut is given at the end', () => {
  const conversation = wire.conversation('tcp')
  conversation.push('server', Buffer.from('+OK\r\n'))
  conversation.push('client', Buffer.from('RETR 1\r\nQU'))
  conversation.push('server', Buffer.from('+OK\r\nhalf'))
  expect(conversation.end('client').map(({ text }) => text)).toEqual(['QU (cut)'])
  expect(conversation.end('server').map(({ text }) => text)).toEqual(['half\n…'])
})

test('any octets from both sides are followed', () => {
  const random = new Random('pop3')
  for (let round = 0; round < 300; round++) {
    const conversation = wire.conversation('tcp')
    for (let turn = 0; turn < 20; turn++) {
      const from = random.below(2) === 0 ? 'client' : 'server'
      const words = ['+OK\r\n', '-ERR\r\n', '+ \r\n', 'RETR 1\r\n', 'AUTH X\r\n', 'STLS\r\n', '.\r\n', '\xff\0']
      conversation.push(from, Buffer.from(words[random.below(words.length)]!, 'latin1'))
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
    return conversation.push(from, Buffer.from(line.slice(2))).map(turn => `${turn.from[0]} ${turn.text}`)
  })
}

test('a link that is joined among the lines of a response shows what is left of them as one message', () => {
  for (const [said, ...rest] of [
    ['+OK 40 octets\r\nA: b\r\n', 'S \r\n', 'S +OK is no status here\r\n', 'S .\r\n'],
    ['+OK 40 octets\r\nA: ', 'S .\r\n', 'S +OK is no status here\r\n', 'S .\r\n'],
    ['+OK 40 octets\r\n', 'S A: b\r\n', 'S +OK is no status here\r\n', 'S .\r\n'],
  ] as const) {
    const shown = join(
      said,
      ...rest,
      'C NOOP\r\n',
      'S +OK done\r\n',
      'C LIST\r\n',
      'S +OK 1\r\n',
      'S 1 40\r\n',
      'S .\r\n',
    )
    expect(shown).toEqual([
      expect.stringContaining('is no status here'),
      ...['c NOOP', 's +OK done', 'c LIST', 's +OK 1', 's 1 40'],
    ])
  }
})

test('a link that is joined between a command and its response shows both, and what follows', () => {
  const after = ['C RETR 1\r\n', 'S +OK\r\n', 'S x\r\n', 'S .\r\n', 'S +OK more\r\n'] as const
  expect(join('+OK ready\r\n', 'S -ERR no\r\n', ...after)).toEqual([
    's -ERR no',
    'c RETR 1',
    's +OK',
    's x',
    's +OK more',
  ])
  expect(join('+OK\r\nx\r\n.\r\n', ...after)).toEqual(['c RETR 1', 's +OK', 's x', 's +OK more'])
})

test('a link that is joined within AUTH takes the answer for none of the commands', () => {
  expect(join('+ \r\n', 'C UVNUQUxM\r\n', 'S +OK\r\n', 'C STAT\r\n')).toEqual(['c UVNUQUxM', 's +OK', 'c STAT'])
})
