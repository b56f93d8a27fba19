import { expect, test } from 'vitest'
import { type Listener, TapeInMemory } from '../tape-in-memory.ts'
import { form } from './tape.ts'
import { codeOf, SmtpFollower, type SmtpMessage } from './tape-follower.ts'

const tape = new TapeInMemory()

function listening(): { follower: SmtpFollower; listener: Listener<SmtpMessage> } {
  const follower = new SmtpFollower()
  return { follower, listener: tape.listen(follower) }
}

const reply = (code: number): SmtpMessage => ({ kind: 'reply', octets: Buffer.from(`${code} x\r\n`), code })
const kinds = ({ told }: Listener<SmtpMessage>) => told.map(({ message }) => message.kind)
const lines = ({ told }: Listener<SmtpMessage>) =>
  told.map(({ message }) => ('octets' in message ? message.octets.toString('latin1').trim() : message.kind))

test('a reply tells which message it answers, the final one of DATA the mail, each challenge the line before it', () => {
  const { listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'EHLO me\r\nMAIL FROM:<a@b>\r\nDATA\r\n')
  listener.push('server', '250 mx\r\n250 ok\r\n354 go\r\n')
  listener.push('client', 'hi\r\n.\r\nAUTH LOGIN\r\n')
  listener.push('server', '250 ok\r\n334 eA==\r\n')
  listener.push('client', 'YWRh\r\n')
  listener.push('server', '334 eA==\r\n')
  listener.push('client', 'eA==\r\nBDAT 2\r\nxx')
  listener.push('server', '235 yes\r\n250 ok\r\n421 idle\r\n')
  const answers = listener.told.flatMap(({ from, answers }) => (from === 'server' ? [answers] : []))
  expect(answers).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 9, 9])
})

test('a banner answers nothing, also where the client has not waited for it', () => {
  const { listener } = listening()
  listener.push('client', 'EHLO me\r\n')
  listener.push('server', '220 mx\r\n250 mx\r\n')
  expect(listener.told.map(({ answers }) => answers)).toEqual([undefined, 0, 1])
})

test.each([
  ['DATA', '354 go'],
  ['AUTH PLAIN', '334 '],
  ['STARTTLS', '220 go'],
])('a server that says nothing to an empty line is understood at %s', (command, said) => {
  const { listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', `\r\n\r\n${command}\r\n`)
  listener.push('server', `${said}\r\n`)
  expect(listener.told.at(-1)).toMatchObject({ answers: 3, startTls: command === 'STARTTLS' })
  listener.push('client', 'x\r\n.\r\n')
  const heard = { DATA: ['data'], 'AUTH PLAIN': ['response'], STARTTLS: [] }[command]!
  expect(kinds(listener).slice(5)).toEqual(heard)
})

test.each([
  ['221 bye\r\n', true],
  ['421-busy\r\n421 bye\r\n', true],
  ['250 ok\r\n', false],
  ['554 no\r\n', false],
])('after %j the end of the link is as it should be: %j', (said, closes) => {
  const { listener } = listening()
  listener.push('server', said)
  expect(listener.told).toMatchObject([{ closes }])
})

test('what follows STARTTLS is held, and dropped when TLS is on', () => {
  const { follower, listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'STARTTLS\r\nMAIL FR')
  expect(follower.held).toBe(7)
  listener.push('client', 'OM:<x@y>\r\n')
  expect(follower.held).toBe(17)
  listener.push('server', '220 go\r\n250 injected\r\n')
  expect(listener.told.at(-1)).toMatchObject({ startTls: true, answers: 1 })
  expect(follower.held).toBe(17)
  listener.push('client', 'more')
  expect(follower.held).toBe(21)
  follower.secured()
  expect(follower.held).toBe(0)
  listener.push('client', 'EHLO me\r\n')
  listener.push('server', '250 mx\r\n')
  expect(lines(listener)).toEqual(['220 mx', 'STARTTLS', '220 go', 'EHLO me', '250 mx'])
})

test('what follows a refused STARTTLS is held no more, and read', () => {
  const { follower, listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'STARTTLS\r\nNOOP\r\nSTARTTLS\r\nQUIT\r\n')
  expect(follower.held).toBe(22)
  listener.push('server', '454 no\r\n')
  expect(follower.held).toBe(6)
  listener.push('server', '250 ok\r\n454 no\r\n')
  expect(follower.held).toBe(0)
  expect(lines(listener)).toEqual(['220 mx', 'STARTTLS', '454 no', 'NOOP', 'STARTTLS', '250 ok', '454 no', 'QUIT'])
})

test('what has been handed on is not held, though STARTTLS turns up in it later', () => {
  const { follower, listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'DATA\r\nx\r\n.\r\nSTARTTLS\r\nNOOP\r\n')
  expect(follower.held).toBe(0)
  listener.push('server', '354 go\r\n')
  expect(kinds(listener)).toEqual(['reply', 'command', 'reply', 'data', 'command'])
  expect(follower.held).toBe(0)
  listener.push('client', 'EHLO')
  expect(follower.held).toBe(4)
})

test('who plays the server says its replies, and the client is followed by them', () => {
  const { follower, listener } = listening()
  const answer = (code: number) => {
    follower.said(reply(code))
    listener.hear()
  }
  answer(220)
  listener.push('client', 'AUTH PLAIN\r\n')
  answer(334)
  listener.push('client', 'c2VjcmV0\r\nDATA\r\n')
  expect(kinds(listener)).toEqual(['command', 'response'])
  answer(235)
  answer(354)
  listener.push('client', 'QUIT\r\n.\r\nSTARTTLS\r\nx')
  expect(kinds(listener)).toEqual(['command', 'response', 'command', 'data', 'command'])
  answer(250)
  expect(follower.held).toBe(1)
  answer(220)
  follower.secured()
  listener.push('client', 'QUIT\r\n')
  follower.said({ kind: 'octets' })
  listener.push('client', 'NOOP\r\n')
  listener.end('client')
  expect(kinds(listener).slice(5)).toEqual(['command', 'octets'])
})

test('a chunk knows whether a mail begins with it', () => {
  const { listener } = listening()
  listener.push('client', 'BDAT 1\r\naBDAT 1 LAST\r\nbBDAT 1\r\ncRSET\r\nBDAT 1\r\ndBDAT 0 LAST\r\nBDAT 1\r\ne')
  const chunks = listener.told.flatMap(({ message }) => (message.kind === 'chunk' ? [message.first] : []))
  expect(chunks).toEqual([true, false, true, true, true])
})

test('a mail goes through in pieces, and nothing of it is kept', () => {
  const follower = new SmtpFollower()
  follower.push('server', Buffer.from('220 mx\r\n'))
  follower.push('client', Buffer.from('DATA\r\n'))
  follower.push('server', Buffer.from('354 go\r\n'))
  while (follower.next() !== undefined);
  const piece = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(64))
  let heard = 0
  for (let i = 0; i < 200; i++) {
    follower.push('client', piece)
    for (let next = follower.next(); next !== undefined; next = follower.next()) {
      if (next.kind === 'piece') heard += next.octets.length
    }
    expect(heard).toBe((i + 1) * piece.length)
  }
})

test('a client that says more than can be kept while it should wait is no longer understood', () => {
  const { listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'DATA\r\n')
  for (let i = 0; i < 17; i++) listener.push('client', `${'x'.repeat(65_534)}\r\n`)
  listener.push('server', '354 go\r\n')
  listener.push('client', 'QUIT\r\n')
  listener.end('client')
  expect(kinds(listener)).toEqual(['reply', 'command', 'octets', 'octets', 'octets'])
  expect(listener.told.map(({ body }) => body?.size)).toEqual([undefined, undefined, 17 * 65_536, 8, 6])
})

test('commands wait for replies when there are too many of them', () => {
  const { listener } = listening()
  listener.push('server', '220 mx\r\n')
  listener.push('client', 'NOOP\r\n'.repeat(20_000))
  expect(listener.told.length).toBeLessThan(10_010)
  listener.push('server', '250 ok\r\n'.repeat(20_000))
  expect(listener.told).toHaveLength(40_001)
  expect(listener.turns.slice(1).every(({ from }, index) => (from === 'client') === (index % 2 === 0))).toBe(true)
})

test('a line beyond the limit goes through as octets, and the next is read', () => {
  const { listener } = listening()
  listener.push('server', '220 mx\r\n')
  for (let i = 0; i < 100; i++) listener.push('client', 'x'.repeat(1000))
  listener.push('client', '\r\nNOOP\r\n')
  listener.push('server', '500 long\r\n250 ok\r\n')
  expect(listener.turns).toMatchObject([
    { message: { kind: 'reply' } },
    { message: { kind: 'octets' }, body: { size: 100_002 } },
    { message: { code: 500 } },
    { message: { kind: 'command' } },
    { message: { code: 250 } },
  ])
})

test('the longest line that is read is one, and what is behind it is not', () => {
  const { listener } = listening()
  listener.push('client', `NOOP ${'x'.repeat(65_529)}\r\nNOOP ${'x'.repeat(65_530)}\r\n`)
  expect(kinds(listener)).toEqual(['command', 'octets'])
})

test.each(['AUTH PLAIN ', 'AUTH PLAIN\r\n'])(
  'of a secret beyond the limit after %j nothing is kept but that there was one',
  start => {
    const { listener } = listening()
    listener.push('server', '220 mx\r\n')
    listener.push('client', start)
    if (start.endsWith('\n')) listener.push('server', '334 \r\n')
    for (let i = 0; i < 100; i++) listener.push('client', 's3cr3t'.repeat(1000))
    listener.push('client', '\r\nQUIT\r\n')
    listener.push('server', '500 long\r\n')
    expect(kinds(listener).filter(kind => kind === 'octets')).toEqual([])
    const values = listener.told.map(({ message, body }) => JSON.stringify(form.write(message, body, tape.writing)))
    expect(values.join('')).not.toContain('s3cr3t')
    expect(values.join('')).toContain('‹secret:password')
    expect(values.at(-1)).toBe('"QUIT"')
  },
)

test.each([
  ['a reply of too many lines', '250-x\r\n'.repeat(513), 513 * 7],
  ['a line of a reply that is too long', `250 ${'x'.repeat(70_000)}`, 70_004],
  ['no code', 'hello\r\n', 7],
  ['a code and no blank', '250ok\r\n', 7],
  ['a code that is none', '099 x\r\n', 7],
  ['two codes', '250-a\r\n251 b\r\n', 14],
])('%s is octets', (_what, said, size) => {
  const { listener } = listening()
  listener.push('server', said)
  listener.push('server', '250 ok\r\n')
  listener.end('server')
  expect(listener.told).toMatchObject([{ message: { kind: 'octets' }, body: { size: size + 8 } }])
})

test.each([
  ['250 ok\r\n', 250],
  ['250-a\r\n250\r\n', 250],
  ['250\n', 250],
  ['250', undefined],
  ['250 ok', undefined],
  ['250-a\r\n', undefined],
  ['250 a\r\n250 b\r\n', undefined],
  ['250-a\r\n354 b\r\n', undefined],
  ['', undefined],
])('the code of the reply %j is %j', (said, code) => {
  expect(codeOf(Buffer.from(said))).toBe(code)
})
