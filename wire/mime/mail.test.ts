import PostalMime from 'postal-mime'
import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { formatDate, parseDate } from './date.ts'
import { decodeWords } from './encoding.ts'
import { readEntity } from './entity.ts'
import { parseStructured } from './fields.ts'
import { Mail } from './mail.ts'

const bytes = (...lines: string[]) => Buffer.from(lines.join('\r\n'), 'latin1')

group('encoded words', () => {
  // Most by hand from RFC 2047 §8.
  test.each([
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=   =?ISO-8859-2?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['=?US-ASCII*EN?Q?Keith_Moore?= <k@x>', 'Keith Moore <k@x>'],
    ['=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=', 'If you can read this yo'],
    ['=?utf-8?b?4oI=?= =?utf-8?b?rA==?=', '€'],
    ['=?iso-8859-1?q?J=FCrgen?=', 'Jürgen'],
    ['=?koi8-r?B?8PLJ18XU?=', 'ПРивет'],
    ['=?no-such?Q?=E9?=', 'é'],
    ['=?broken?X?a?=', '=?broken?X?a?='],
    ['=?a', '=?a'],
  ])('%s reads %s', (text, expected) => {
    expect(decodeWords(text)).toBe(expected)
  })
})

group('parameters', () => {
  // By hand from RFC 2231 §3 and §4.
  test.each([
    ['text/plain; charset=us-ascii', { charset: 'us-ascii' }],
    ['Text/Plain; CharSet="utf-8"; x=1', { charset: 'utf-8', x: '1' }],
    ['message/external-body; URL*0="ftp://"; URL*1="cs.utk.edu/x"', { url: 'ftp://cs.utk.edu/x' }],
    ["application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", { title: 'This is ***fun***' }],
    [
      `application/x-stuff; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*0*=us-ascii'en'This%20is%20even%20more%20; title*2="isn't it!"`,
      { title: "This is even more ***fun*** isn't it!" },
    ],
    ["attachment; filename*=iso-8859-1''%A3%20rates.gif", { filename: '£ rates.gif' }],
    ['attachment; filename="=?utf-8?q?na=C3=AFve.gif?="', { filename: 'naïve.gif' }],
    ['attachment; filename="a\\"b\\\\c;d.gif"; x=y', { filename: 'a"b\\c;d.gif', x: 'y' }],
    ['attachment; filename=a.gif; filename=b.gif', { filename: 'a.gif' }],
    ['attachment;filename="open', { filename: 'open' }],
    ['attachment; ; =; filename', {}],
  ])('%s', (text, expected) => {
    expect(Object.fromEntries(parseStructured(text).parameters)).toEqual(expected)
  })
})

group('dates', () => {
  test.each([
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06.000Z'],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', undefined],
    ['Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)', '1969-02-14T03:02:00.000Z'],
    ['Mon, 1 Jan 24 00:00:00 EST', '2024-01-01T05:00:00.000Z'],
    ['yesterday', undefined],
  ])('%s', (text, expected) => {
    expect(parseDate(text)?.toISOString()).toBe(expected)
  })

  test('a date is written in UTC', () => {
    expect(formatDate(new Date('2015-03-15T12:09:16Z'))).toBe('Sun, 15 Mar 2015 12:09:16 +0000')
  })
})

test('a header keeps its fields in order, unfolded and decoded', () => {
  const { headers } = new Mail(
    bytes('Received: b', 'X-A : one', '\ttwo', 'received: a', 'Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=', '', 'body'),
  )
  expect(headers).toEqual([
    { name: 'Received', value: 'b' },
    { name: 'X-A', value: 'one\ttwo' },
    { name: 'received', value: 'a' },
    { name: 'Subject', value: 'grüße' },
  ])
})

test('octets beyond ASCII in a header are read as UTF-8, or else as latin1', () => {
  expect(new Mail(Buffer.from('Subject: grüße\r\n\r\n')).header('SUBJECT')).toBe('grüße')
  expect(new Mail(bytes('Subject: gr\xfc\xdfe', '', '')).header('subject')).toBe('grüße')
})

test.each([
  ['7bit', 'us-ascii', bytes('plain'), 'plain'],
  ['8bit', 'iso-8859-1', bytes('caf\xe9'), 'café'],
  ['quoted-printable', 'utf-8', bytes('caf=C3=A9 =', 'au lait  ', '=3D=zz=', ''), 'café au lait\n==zz'],
  ['BASE64', 'utf-8', bytes('Y2F!', 'mw6k=', ''), 'café'],
  ['x-unknown', 'x-unknown', bytes('caf\xe9'), 'café'],
])('a text in %s and %s is decoded', (encoding, charset, body, expected) => {
  const head = bytes(`Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`, '', '')
  expect(new Mail(Buffer.concat([head, body])).text).toBe(expected)
})

const nested = bytes(
  'Content-Type: multipart/mixed; boundary="a"',
  '',
  'preamble',
  '--a',
  'Content-Type: multipart/alternative; boundary=ab',
  '',
  '--ab',
  '',
  'plain',
  '--abc is not a boundary',
  '--ab  ',
  'Content-Type: text/html',
  '',
  '<p>html</p>',
  '--ab--',
  'epilogue of ab',
  '--a',
  'Content-Type: image/gif; name=a.gif',
  'Content-Transfer-Encoding: base64',
  'Content-ID: <pic@x>',
  'Content-Disposition: inline',
  '',
  'R0lG',
  '--a',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  '',
  'inner text',
  '--a--',
  'epilogue',
)

test('a nested mail has its texts, attachments and structure', () => {
  const mail = new Mail(nested)
  expect(mail.text).toBe('plain\n--abc is not a boundary')
  expect(mail.html).toBe('<p>html</p>')
  expect(mail.attachments).toMatchObject([
    { name: 'a.gif', type: 'image/gif', disposition: 'inline', contentId: 'pic@x', content: Buffer.from('GIF') },
    { type: 'message/rfc822', content: bytes('Subject: inner', '', 'inner text') },
  ])
  expect(mail.entity.parts.map(part => [part.type, part.parts.length])).toEqual([
    ['multipart/alternative', 2],
    ['image/gif', 0],
    ['message/rfc822', 1],
  ])
  expect(mail.entity.parts[2]!.parts[0]!.header('subject')).toBe('inner')
})

test('bare line feeds and a missing end do not matter', () => {
  const mail = new Mail(
    Buffer.from('Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\nContent-Type: text/html\n\ntwo'),
  )
  expect([mail.text, mail.html]).toEqual(['one', 'two'])
})

test('what is no multipart though it says so is an attachment with its octets', () => {
  const mail = new Mail(bytes('Content-Type: multipart/mixed', '', 'lost'))
  expect(mail.attachments).toMatchObject([{ type: 'multipart/mixed', content: bytes('lost') }])
})

test('depth and number of parts are bounded', () => {
  let deep = 'x'
  for (let i = 0; i < 200; i++)
    deep = `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n${deep}\r\n--b${i}--`
  let depth = 0
  for (let entity = readEntity(Buffer.from(deep)); entity.parts.length > 0; entity = entity.parts[0]!) depth++
  expect(depth).toBe(50)
  const wide = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n\r\n'.repeat(20_000)}`
  expect(readEntity(Buffer.from(wide)).parts).toHaveLength(10_000)
})

test('any octets are a mail', () => {
  const random = new Random('mime')
  const words = [
    '\r\n',
    '\n',
    '--b',
    '--b--',
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: message/rfc822',
    ': ',
    'a',
    '\xff',
    '=?utf-8?q?=',
    '?=',
    'Content-Transfer-Encoding: base64',
    ' ',
    ';',
    'filename*0*=',
  ]
  for (let round = 0; round < 500; round++) {
    let text = ''
    for (let i = random.below(60); i > 0; i--) text += words[random.below(words.length)]
    const mail = new Mail(Buffer.from(text, 'latin1'))
    expect([mail.text, mail.html, mail.date, mail.attachments.length]).toHaveLength(4)
  }
})

test('a text that is mostly blanks is decoded in linear time', () => {
  const head = bytes('Content-Transfer-Encoding: quoted-printable', '', '')
  const blanks = ' '.repeat(50_000)
  const started = performance.now()
  expect(new Mail(Buffer.concat([head, bytes(`${blanks}x`, `y${blanks}`)])).text).toBe(`${blanks}x\ny`)
  // Trying the run from each of its blanks takes seconds.
  expect(performance.now() - started).toBeLessThan(1000)
})

test('postal-mime reads the same from the same mails', async () => {
  const mails = [
    nested,
    bytes(
      'From: a@b',
      'Subject: =?iso-8859-1?q?caf=E9?= x',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=E9=',
      ' noir',
      '',
    ),
    bytes(
      'Content-Type: application/octet-stream',
      `Content-Disposition: attachment; filename*0*=utf-8''%e2%82%ac; filename*1=.bin`,
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '/w==',
      '',
    ),
  ]
  for (const octets of mails) {
    const theirs = await new PostalMime({ rfc822Attachments: true }).parse(octets)
    const ours = new Mail(octets)
    expect(ours.header('subject')).toBe(theirs.subject)
    expect(ours.text?.trimEnd()).toBe(theirs.text?.trimEnd())
    expect(ours.html?.trimEnd()).toBe(theirs.html?.trimEnd())
    // postal-mime writes the lines of an attached mail anew.
    const plain = (content: Uint8Array) => Buffer.from(content).toString('latin1').replaceAll('\r\n', '\n').trimEnd()
    expect(ours.attachments.map(({ name, content }) => [name ?? null, plain(content)])).toEqual(
      theirs.attachments.map(({ filename, content }) => [filename, plain(new Uint8Array(content as ArrayBuffer))]),
    )
  }
})
