import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { ImapMessage } from './message.ts'

const message = (text: string) => new ImapMessage(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
const header = (text: string) => message(`${text}\n\nbody\n`)

// Responses of Dovecot 2.3.19; scenarios/imap-structure.interop.test.ts compares hundreds of messages with it.
group('ENVELOPE', () => {
  /** From and Subject of what Dovecot said. */
  test.each([
    ['"Lovelace, Ada" <ada@example.org>, b@c', '(("Lovelace, Ada" NIL "ada" "example.org")(NIL NIL "b" "c"))'],
    ['ada@example.org (Ada (the) first)', '(("Ada (the) first" NIL "ada" "example.org"))'],
    ['Friends: a@b, Bob <c@d>;', '((NIL NIL "Friends" NIL)(NIL NIL "a" "b")("Bob" NIL "c" "d")(NIL NIL NIL NIL))'],
    ['<@a.example,@b.example:c@d>', '((NIL "@a.example,@b.example" "c" "d"))'],
    ['< ada @ example . org >', '((NIL NIL "ada" "example.org"))'],
    ['ada', '((NIL NIL "ada" "MISSING_DOMAIN"))'],
    ['Ada Lovelace', '(("Ada Lovelace" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))'],
    ['Ada <ada', '(("Ada" NIL "ada" "SYNTAX_ERROR"))'],
    ['"q \\"i\\"" <a@b>', '(({5}\r\nq "i" NIL "a" "b"))'],
    ['\xe9 <a@b>', '(({1}\r\n\xe9 NIL "a" "b"))'],
    ['', 'NIL'],
  ])('has of From: %s what Dovecot reads', (value, expected) => {
    expect(header(`To: ${value}`).envelope).toBe(`(NIL NIL NIL NIL NIL ${expected} NIL NIL NIL NIL)`)
  })

  test('has Sender and Reply-To of From, addresses of all fields, texts of the last', () => {
    const text =
      'Date: Wed, 25 Nov 2026 00:00:00 +0000\nSubject: a\nFrom: a@b\nFrom: c@d\nSubject: b\nIn-Reply-To: <x@y>\nMessage-ID: <z@w>'
    const from = '((NIL NIL "a" "b")(NIL NIL "c" "d"))'
    expect(header(text).envelope).toBe(
      `("Wed, 25 Nov 2026 00:00:00 +0000" "b" ${from} ${from} ${from} NIL NIL NIL "<x@y>" "<z@w>")`,
    )
  })

  test.each([
    ['Subject: a b', '"a b"'],
    ['Subject: a  b', '{3}\r\na b'],
    ['Subject: a\n\tb', '{3}\r\na b'],
    ['Subject: "a"', '{3}\r\n"a"'],
    ['Subject:', '""'],
    ['X: y', 'NIL'],
  ])('has the subject of %j tidy', (field, expected) => {
    expect(header(field).envelope).toBe(`(NIL ${expected} NIL NIL NIL NIL NIL NIL NIL NIL)`)
  })
})

const parts = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

preamble
--b
Content-Type: text/html; charset=utf-8
Content-Disposition: attachment; filename*=utf-8''%c3%a9

<p>
two</p>
--b
Content-Type: message/rfc822

Subject: inner

inside
--b--
epilogue
`

group('BODYSTRUCTURE', () => {
  const inner = '"message" "rfc822" NIL NIL NIL "7bit" 24 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)'
  const plain = '"text" "plain" ("charset" "us-ascii") NIL NIL "7bit"'

  test('has the parts, and extension data that BODY has not', () => {
    expect(message(parts).body).toBe(
      `(("text" "html" ("charset" "utf-8") NIL NIL "7bit" 12 1)(${inner} (${plain} 6 0) 2) "mixed")`,
    )
    const disposition = `("attachment" ("filename*" "utf-8''%c3%a9"))`
    expect(message(parts).bodyStructure).toBe(
      `(("text" "html" ("charset" "utf-8") NIL NIL "7bit" 12 1 NIL ${disposition} NIL NIL)(${inner} (${plain} 6 0 NIL NIL NIL NIL) 2 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)`,
    )
  })

  test.each([
    ['multipart/mixed', `((${plain} 0 0) "mixed")`],
    ['text/plain charset=x', '("" "" NIL NIL NIL "7bit" 6)'],
    ['text', '("text" "" ("charset" "us-ascii") NIL NIL "7bit" 6 1)'],
    ['text/plain; a="b"', '("text" "plain" ("a" "b" "charset" "us-ascii") NIL NIL "7bit" 6 1)'],
    ['text/plain; charset=x; n*1=b; n*0=a', '("text" "plain" ("charset" "x" "n" "ab") NIL NIL "7bit" 6 1)'],
    ['text/plain; charset=x; n*0=a; n*2=c', '("text" "plain" ("charset" "x" "n*0" "a" "n*2" "c") NIL NIL "7bit" 6 1)'],
    ['image/png', '("image" "png" NIL NIL NIL "7bit" 6)'],
  ])('has of a body of type %s what Dovecot reads', (type, expected) => {
    expect(header(`MIME-Version: 1.0\nContent-Type: ${type}`).body).toBe(expected)
  })
})

group('a section', () => {
  const cut = (part: number[], text?: 'HEADER' | 'TEXT' | 'MIME') =>
    message(parts)
      .section(text === undefined ? { part } : { part, text })
      .toString('latin1')

  test('is a part, its header, or of a message inside what that has', () => {
    expect(cut([1])).toBe('<p>\r\ntwo</p>')
    expect(cut([1, 1])).toBe('<p>\r\ntwo</p>')
    expect(cut([2], 'MIME')).toBe('Content-Type: message/rfc822\r\n\r\n')
    expect(cut([2])).toBe('Subject: inner\r\n\r\ninside')
    expect(cut([2], 'HEADER')).toBe('Subject: inner\r\n\r\n')
    expect(cut([2], 'TEXT')).toBe('inside')
    expect(cut([2, 1])).toBe('inside')
    expect(cut([], 'HEADER')).toBe(`${parts.slice(0, parts.indexOf('preamble')).replaceAll('\n', '\r\n')}`)
    expect(cut([], 'TEXT').endsWith('epilogue\r\n')).toBe(true)
  })

  test.each([[[3]], [[1, 2]], [[1, 1, 1]], [[2, 2]]])('is empty where there is no part %j', part => {
    expect(cut(part)).toBe('')
  })

  test('has the fields that are named, or all others, in the order of the message', () => {
    const mail = message('B: 1\nA: 2\n folded\nb: 3\n\nbody')
    const fields = (text: 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT') =>
      mail.section({ part: [], text, fields: ['b', 'C'] }).toString()
    expect(fields('HEADER.FIELDS')).toBe('B: 1\r\nb: 3\r\n\r\n')
    expect(fields('HEADER.FIELDS.NOT')).toBe('A: 2\r\n folded\r\n\r\n')
  })

  test('is cut by octets, as far as there are some', () => {
    const mail = message('A: b\n\nbody')
    const partial = (offset: number, length: number) =>
      mail.section({ part: [], text: 'TEXT' }, { offset, length }).toString()
    expect([partial(0, 2), partial(2, 100), partial(9, 1)]).toEqual(['bo', 'dy', ''])
  })
})

test('line feeds alone become CRLF, and nothing else changes', () => {
  const octets = Buffer.from('A: b\n\r\none\rtwo\n\r')
  expect(new ImapMessage(octets).octets.toString()).toBe('A: b\r\n\r\none\rtwo\r\n\r')
  const whole = Buffer.from('A: b\r\n\r\n')
  expect(new ImapMessage(whole).octets).toBe(whole)
})

test('depth and number of parts have a limit', () => {
  const open = Array.from(
    { length: 300 },
    (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}x\n\n--b${depth}x\n`,
  )
  const deep = message(`MIME-Version: 1.0\n${open.join('')}\nend`).bodyStructure
  expect(deep.split('"mixed"').length - 1).toBeGreaterThan(90)
  expect(deep.split('"mixed"').length - 1).toBeLessThan(110)
  const wide = message(`Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\n'.repeat(20_000)}`).body
  expect(wide.split('"plain"').length - 1).toBeLessThanOrEqual(10_000)
})

test('any octets have an envelope, a structure and sections', () => {
  const random = new Random('imap messages')
  const words = [
    '--a',
    '--a--',
    '\n',
    '\n\n',
    ':',
    ';',
    ',',
    '<',
    '>',
    '(',
    ')',
    '"',
    '\\',
    '=',
    '*0*=',
    '@',
    ' ',
    '\r',
    '\0',
    '\xff',
  ]
  words.push(
    'Content-Type: ',
    'multipart/mixed',
    'message/rfc822',
    'boundary=a',
    'From: ',
    'Subject: ',
    'Content-Disposition: ',
    'x',
  )
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: random.below(60) }, () => words[random.below(words.length)]!).join('')
    const mail = new ImapMessage(Buffer.from(text, 'latin1'))
    expect(mail.envelope).toMatch(/^\([\s\S]*\)$/)
    expect(mail.bodyStructure).toMatch(/^\([\s\S]*\)$/)
    expect(mail.section({ part: [1 + random.below(3), 1] }).length).toBeLessThanOrEqual(mail.size)
    for (const section of ['HEADER', 'TEXT'] as const) mail.section({ part: [], text: section })
  }
})
