import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { MailDigester, steadyMail } from './mail-digest.ts'

function digest(mail: string, begins: 'header' | 'body' = 'header'): string {
  const digester = new MailDigester(begins)
  digester.push(Buffer.from(mail))
  return digester.digest()
}

// As swaks 20201014 sends it with an attachment, and what differs the next time; the second part is added.
const first = [
  'Received: from laptop (localhost [127.0.0.1])',
  '\tby mx.example.org; Wed, 25 Nov 2026 01:41:33 +0000',
  'Date: Wed, 25 Nov 2026 01:41:34 +0000',
  'To: b@example.net',
  'Subject: test Wed, 25 Nov 2026 01:41:34 +0000',
  'Message-Id: <20261125014134.023599@laptop>',
  'X-Mailer: swaks v20201014.0 jetmore.org/john/code/swaks/',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed;',
  ' boundary="----=_MIME_BOUNDARY_000_23599"',
  '',
  '------=_MIME_BOUNDARY_000_23599',
  'Content-Type: multipart/related; boundary=inner1',
  '',
  '--inner1',
  'Content-Type: text/html',
  '',
  '<img src="cid:a1@laptop">',
  '--inner1',
  'Content-Type: image/gif',
  'Content-ID:',
  ' <a1@laptop>',
  '',
  'R0lG',
  '--inner1--',
  '',
  '------=_MIME_BOUNDARY_000_23599--',
  '',
]
const second = [
  'Date: Thu, 26 Nov 2026 23:00:01 +0100',
  'To: b@example.net',
  'Subject: test Thu, 26 Nov 2026 23:00:01 +0100',
  'Message-Id: <20261126230001.000007@laptop>',
  'DKIM-Signature: v=1; a=rsa-sha256;',
  '\tb=abc',
  'X-Mailer: swaks v20240103.0 jetmore.org/john/code/swaks/',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed;',
  ' boundary="----=_MIME_BOUNDARY_000_7"',
  '',
  '------=_MIME_BOUNDARY_000_7',
  'Content-Type: multipart/related; boundary="b c"',
  '',
  '--b c',
  'Content-Type: text/html',
  '',
  '<img src="cid:z@laptop">',
  '--b c  ',
  'Content-Type: image/gif',
  'Content-Id: <z@laptop>',
  '',
  'R0lG',
  '--b c--',
  '',
  '------=_MIME_BOUNDARY_000_7--',
  '',
]

test('a mail has the same digest when it is sent again', () => {
  expect(digest(second.join('\r\n'))).toBe(digest(first.join('\r\n')))
})

group('the digest is another', () => {
  const changes: [string, (text: string) => string][] = [
    ['when a line of a body changes', text => text.replace('R0lG', 'R0lH')],
    ['when a field changes', text => text.replace('b@example.net', 'c@example.net')],
    ['when a field of a part changes', text => text.replace('image/gif', 'image/png')],
    ['when words beside a date change', text => text.replace('Subject: test', 'Subject: tests')],
    ['when a part ends elsewhere', text => text.replace('--inner1\r\nContent-Type: image', 'x\r\nContent-Type: image')],
    ['when a line is added at the end', text => `${text}x\r\n`],
    ['when an empty line is added', text => `${text}\r\n`],
    ['when a page refers to something else', text => text.replace('cid:a1@laptop', 'https://example.org')],
    ['when a boundary is a line of another multipart', text => text.replace('--inner1--', '--inner2--')],
  ]
  test.each(changes)('%s', (_when, change) => {
    const mail = first.join('\r\n')
    expect(change(mail)).not.toBe(mail)
    expect(digest(change(mail))).not.toBe(digest(mail))
  })
})

test('a date in a body counts, and so do fields of a header after it', () => {
  const mail = (date: string) => `Subject: x\r\n\r\nDate: ${date}\r\n`
  expect(digest(mail('Wed, 25 Nov 2026 01:41:34 +0000'))).not.toBe(digest(mail('Thu, 26 Nov 2026 01:41:34 +0000')))
})

test('an enclosed mail is compared with its fields, their dates left out', () => {
  const mail = (date: string, id: string) =>
    `Content-Type: message/rfc822\r\n\r\nDate: ${date}\r\nMessage-ID: <${id}@x>\r\n\r\nDate: x\r\n`
  const one = digest(mail('Wed, 25 Nov 2026 01:41:34 +0000', 'a'))
  expect(digest(mail('Thu, 26 Nov 2026 01:41:34 +0000', 'a'))).toBe(one)
  expect(digest(mail('Wed, 25 Nov 2026 01:41:34 +0000', 'b'))).not.toBe(one)
})

test('how lines end does not matter, nor whether the last one does', () => {
  expect(digest(first.join('\n'))).toBe(digest(first.join('\r\n')))
  expect(digest('a\r\nb')).toBe(digest('a\nb\n'))
  expect(digest('a\rb\n')).not.toBe(digest('a\nb\n'))
})

test('what is far behind in a line is no field', () => {
  const mail = (date: string) => `X-Long: ${'x'.repeat(65_528)}Date: ${date}\r\n\r\n`
  expect(digest(mail('1'))).not.toBe(digest(mail('2')))
})

test('a text without a header is compared from its first line', () => {
  expect(digest('hello\r\nDate: 1\r\n')).not.toBe(digest('hello\r\nDate: 2\r\n'))
})

test('a chunk that does not begin a mail has no header', () => {
  expect(digest('Date: 1\r\n', 'body')).not.toBe(digest('Date: 2\r\n', 'body'))
  expect(digest('Date: 1\r\n')).toBe(digest('Date: 2\r\n'))
})

test('the digest is the same however the octets are cut, also of lines of any length', () => {
  const random = new Random('mail digest')
  const long = `${'x'.repeat(65_535)}\r\n${'y'.repeat(65_536)}\r\n${'z'.repeat(200_000)}\r${'\n'}end`
  for (const mail of [first.join('\r\n'), long, `${'x'.repeat(65_536)}\r`, '\xff\0\r\n']) {
    const whole = digest(mail)
    for (const limit of mail.length > 1000 ? [20_000, 70_000] : [2, 40]) {
      const digester = new MailDigester('header')
      for (let left = Buffer.from(mail); left.length > 0; ) {
        const size = 1 + random.below(limit)
        digester.push(left.subarray(0, size))
        left = left.subarray(size)
      }
      expect(digester.digest()).toBe(whole)
    }
  }
  expect(digest(`${'x'.repeat(70_000)}\n${'y'.repeat(70_000)}`)).not.toBe(
    digest(`${'x'.repeat(70_000)}${'y'.repeat(70_000)}`),
  )
})

test.each([
  ['Subject: backup of 2026-11-25T01:41:34.123Z', 'Subject: backup of …'],
  ['Subject: backup of 2026-11-25 01:41', 'Subject: backup of …'],
  ['Subject: at 5 Nov 2026 01:41 (CET) done', 'Subject: at … (CET) done'],
  ['Subject: Wed,  5 Nov 2026 01:41:34 GMT!', 'Subject: …!'],
  ['Subject: 25 Nov 2026', 'Subject: 25 Nov 2026'],
  ['Subject: grüße 12:30', 'Subject: grüße 12:30'],
])('%j is compared as %j', (field, compared) => {
  expect(steadyMail(`${field}\n\n`)).toBe(`${compared}\n\n`)
})

test('a mail can be looked at as it is compared', () => {
  expect(steadyMail(first.slice(2, 19).join('\n'))).toBe(
    [
      'To: b@example.net',
      'Subject: test …',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed;',
      ' boundary="‹boundary 1›"',
      '',
      '--‹boundary 1›',
      'Content-Type: multipart/related; boundary="‹boundary 2›"',
      '',
      '--‹boundary 2›',
      'Content-Type: text/html',
      '',
      '<img src="cid:…">',
      '--‹boundary 2›',
      '',
    ].join('\n'),
  )
})

test('a mail of a hundred million octets is not kept', () => {
  const digester = new MailDigester('header')
  const piece = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(840))
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2000; i++) digester.push(piece)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
  digester.digest()
})

test('lines made to be slow are digested in linear time', () => {
  const started = performance.now()
  for (const made of ['1 ', ' ', 'Mon, ', '1 Nov 2026 ', 'boundary=', 'boundary="', 'cid:', '2026-11-25T', '(', '--']) {
    digest(`Subject: ${made.repeat(60_000 / made.length)}x\r\n\r\n${made.repeat(60_000 / made.length)}`)
  }
  // A quadratic one takes seconds.
  expect(performance.now() - started).toBeLessThan(1000)
})
