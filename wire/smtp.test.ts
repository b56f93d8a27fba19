import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { wire } from './smtp.ts'

/** Each line `C text` or `S text`, text with its escapes, and the lines that were read from it. */
const follow = (...lines: string[]) => join(undefined, ...lines)

/** The same where the link is joined when the server has said something. */
function join(lastSaid: string | undefined, ...lines: string[]): string[] {
  const conversation = wire.conversation('tcp', lastSaid)
  return lines.flatMap(line => {
    const from = line.startsWith('C') ? 'client' : 'server'
    return conversation.push(from, Buffer.from(line.slice(2))).map(turn => `${turn.from[0]} ${turn.text}`)
  })
}

test('a conversation follows a mail by DATA, its dots unstuffed', () => {
  expect(
    follow(
      'S 220 mx ESMTP\r\n',
      'C EHLO me\r\n',
      'S 250-mx\r\n250 SIZE\r\n',
      'C MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n',
      'S 250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n',
      'C Subject: x\r\n\r\nQUIT\r\n..\r\n.',
      'C \r\nQUIT\r\n',
      'S 250 2.0.0 ok\r\n221 2.0.0 bye\r\n',
    ),
  ).toEqual([
    's 220 mx ESMTP',
    'c EHLO me',
    's 250-mx\n250 SIZE',
    'c MAIL FROM:<a@b>',
    'c RCPT TO:<c@d>',
    'c DATA',
    's 250 2.1.0 ok',
    's 250 2.1.5 ok',
    's 354 go',
    'c Subject: x\r\n\r\nQUIT\r\n.',
    'c QUIT',
    's 250 2.0.0 ok',
    's 221 2.0.0 bye',
  ])
})

test('a refused DATA is followed by commands', () => {
  expect(follow('S 220 mx\r\n', 'C DATA\r\n', 'S 503 no\r\n', 'C QUIT\r\n')).toEqual([
    's 220 mx',
    'c DATA',
    's 503 no',
    'c QUIT',
  ])
})

test('chunks are followed though nothing is said in between', () => {
  expect(follow('S 220 mx\r\n', 'C BDAT 4\r\na\r\nbBDAT 0 LAST\r\nQUIT\r\n')).toEqual([
    's 220 mx',
    'c BDAT 4',
    'c a\r\nb',
    'c BDAT 0 LAST',
    'c ',
    'c QUIT',
  ])
})

test('challenges of AUTH are answered by lines that are no commands', () => {
  const said = follow(
    'S 220 mx\r\n',
    'C AUTH LOGIN\r\n',
    'S 334 VXNlcg==\r\n',
    'C quit\r\n',
    'S 334 UGFzcw==\r\n',
    'C eA==\r\n',
    'S 535 no\r\n',
    'C quit\r\n',
  )
  expect(said.filter(line => line.startsWith('c'))).toEqual(['c AUTH LOGIN', 'c quit', 'c eA==', 'c QUIT'])
})

test('after STARTTLS both sides begin anew, and what was sent too early is shown as such', () => {
  expect(follow('S 220 mx\r\n', 'C STARTTLS\r\nNO', 'S 220 2.0.0 go\r\n', 'C EHLO me\r\n', 'S 250 mx\r\n')).toEqual([
    's 220 mx',
    'c STARTTLS',
    's 220 2.0.0 go',
    'c NO (before TLS)',
    'c EHLO me',
    's 250 mx',
  ])
})

test('a mail that was cut is shown as far as it came', () => {
  const conversation = wire.conversation('tcp')
  conversation.push('server', Buffer.from('220 mx\r\n'))
  conversation.push('client', Buffer.from('DATA\r\n'))
  conversation.push('server', Buffer.from('354 go\r\n'))
  conversation.push('client', Buffer.from('half a li'))
  expect(conversation.end('client').map(turn => turn.text)).toEqual(['half a li\n…'])
  conversation.push('server', Buffer.from('25'))
  expect(conversation.end('server').map(turn => turn.text)).toEqual(['25 (cut)'])
})

test('a server that does not speak SMTP is shown as octets', () => {
  expect(follow('S SSH-2.0-OpenSSH\r\n', 'C abc\r\n')[0]).toContain('(smtp: expected a reply line')
})

test('any octets on either side give turns', () => {
  const random = new Random('smtp conversation')
  for (let round = 0; round < 300; round++) {
    const conversation = wire.conversation('tcp')
    for (let i = 0; i < 20; i++) {
      const from = random.below(2) === 0 ? 'client' : 'server'
      const words = [
        '250 ok\r\n',
        '354 go\r\n',
        '334 x\r\n',
        'DATA\r\n',
        'AUTH X\r\n',
        'BDAT 3\r\n',
        '.\r\n',
        'STARTTLS\r\n',
        '220 x\r\n',
      ]
      const chunk =
        random.below(4) === 0 ? random.bytes(random.below(30)) : Buffer.from(words[random.below(words.length)]!)
      for (const turn of conversation.push(from, chunk)) expect(typeof turn.text).toBe('string')
    }
    conversation.end('client')
    conversation.end('server')
  }
})

test.each<[string, lastSaid: string, ...string[]]>([
  ['within a mail', '250 ok\r\n354 go\r\n', 'C QUIT\r\n', 'C .\r\nQUIT\r\n', 'c …\nQUIT', 'c QUIT'],
  ['after a 354 without words', '354\r\n', 'C QUIT\r\n.\r\n', 'c …\nQUIT'],
  ['after the end of a mail', '354 go\r\n', 'S 250 ok\r\n', 'C QUIT\r\n', 's 250 ok', 'c QUIT'],
  ['within a login', '334 \r\n', 'C QUIT\r\n', 'S 535 no\r\n', 'C QUIT\r\n', 'c QUIT', 's 535 no', 'c QUIT'],
  ['between commands', '250-mx\r\n250 SIZE\r\n', 'C QUIT\r\n', 'c QUIT'],
  ['before a 354', '250 ok\r\n', 'S 354 go\r\n', 'C QUIT\r\n.\r\n', 's 354 go', 'c QUIT'],
  [
    'before a reply',
    '250 ok\r\n',
    'C DATA\r\n',
    'S 250 ok\r\n354 go\r\n',
    'C QUIT\r\n.\r\n',
    'c DATA',
    's 250 ok',
    's 354 go',
    'c QUIT',
  ],
])('a link that is joined %s is followed from there', (_where, lastSaid, ...lines) => {
  const isSaid = (line: string) => /^[CS]/.test(line)
  expect(join(lastSaid, ...lines.filter(isSaid))).toEqual(lines.filter(line => !isSaid(line)))
})
