import { expect, describe as group, test } from 'vitest'
import type { TapeValue } from '../tape.ts'
import { TapeInMemory } from '../tape-in-memory.ts'
import { form } from './tape.ts'
import { steady } from './tape-likeness.ts'

/** The identity of the last of a client's lines, read from a tape; server's lines begin with a digit. */
function identity(...said: string[]): string {
  const reader = form.reader(new TapeInMemory(), 'tcp')
  reader.read('server', '220 mx')
  const read = said.map(line => reader.read(/^\d/.test(line) ? 'server' : 'client', line))
  return form.identity(read.at(-1)!.message)
}

group('what a client says is the same', () => {
  const alike: [string, string, string][] = [
    ['whoever it says it is', 'EHLO laptop', 'ehlo [192.0.2.1]'],
    ['in upper and lower case', 'QUIT', 'quit'],
    ['with blanks around', 'RSET', ' rset  '],
    ['whatever the case of a domain', 'MAIL FROM:<a@EXAMPLE.org>', 'mail from: <a@example.ORG>'],
    ['whatever the size', 'MAIL FROM:<a@b> SIZE=12 BODY=8BITMIME', 'MAIL FROM:<a@b> body=8BITMIME  SIZE=9999'],
    ['whatever the size of a chunk', 'BDAT 12 LAST', 'bdat 13 last'],
    ['whatever the secret', 'AUTH PLAIN AGEAYg==', 'auth plain AGEAYw=='],
    ['whether the secret is hidden or not', 'AUTH PLAIN AGEAYg==', 'AUTH PLAIN ‹secret:password:3›'],
  ]
  test.each(alike)('%s', (_how, one, other) => {
    expect(identity(one)).toBe(identity(other))
  })

  test('in an answer to a challenge, whatever the secret', () => {
    const answer = (line: string) => identity('AUTH CRAM-MD5', '334 PGFAYj4=', line)
    expect(answer('YWRhIDdiNjA=')).toBe('‹›')
    expect(answer('‹secret:cram-md5›')).toBe('‹›')
  })
})

group('what a client says is not the same', () => {
  const unlike: [string, string, string][] = [
    ['with another verb', 'EHLO x', 'HELO x'],
    ['when a recipient differs', 'RCPT TO:<a@b>', 'RCPT TO:<A@b>'],
    ['when a quoted recipient differs', 'RCPT TO:<"a@B>"@b>', 'RCPT TO:<"a@b>"@b>'],
    ['when a parameter differs', 'MAIL FROM:<a@b> BODY=7BIT', 'MAIL FROM:<a@b> BODY=8BITMIME'],
    ['when it is the last chunk', 'BDAT 12', 'BDAT 12 LAST'],
    ['when the mechanism differs', 'AUTH PLAIN eA==', 'AUTH XOAUTH2 eA=='],
    ['when one gives no secret', 'AUTH PLAIN', 'AUTH PLAIN eA=='],
    ['when the user differs', 'AUTH LOGIN YWRh', 'AUTH LOGIN Ym9i'],
    ['when arguments differ', 'VRFY a', 'VRFY b'],
  ]
  test.each(unlike)('%s', (_how, one, other) => {
    expect(identity(one)).not.toBe(identity(other))
  })

  test('when one line was cut', () => {
    const reader = form.reader(new TapeInMemory(), 'tcp')
    expect(form.identity(reader.read('client', { octets: 'QUIT' }).message)).not.toBe(identity('QUIT'))
    expect(form.identity(reader.read('client', { octets: 'QUIT\n' }).message)).toBe(identity('QUIT'))
  })
})

test('a placeholder that stands where no secret is expected is left', () => {
  expect(identity('MAIL FROM:<‹secret:user›@Example.org>')).toBe('MAIL FROM:<‹secret:user›@example.org>')
  expect(identity('VRFY ‹‹secret:user›')).toBe('VRFY ‹‹secret:user›')
})

test('another user in AUTH LOGIN is another client, but not another password', () => {
  const user = (line: string) => identity('AUTH LOGIN', '334 VXNlcm5hbWU6', line)
  const password = (line: string) => identity('AUTH LOGIN', '334 VXNlcm5hbWU6', 'YWRh', '334 UGFzc3dvcmQ6', line)
  expect(user('YWRh')).not.toBe(user('Ym9i'))
  expect(password('bG92ZWxhY2U=')).toBe(password('‹secret:password›'))
})

test('a long line is compared in linear time', () => {
  const started = performance.now()
  for (const made of ['MAIL FROM:<"', 'MAIL FROM:<', 'MAIL ', 'AUTH ', 'AUTH X ', 'AUTH X a', 'BDAT 1 ', 'X']) {
    for (const filled of [' ', '"\\', 'a', '<', '\t']) identity(`${made}${filled.repeat(30_000)}x`)
  }
  // A quadratic one takes seconds.
  expect(performance.now() - started).toBeLessThan(1000)
})

// By hand, as Postfix, Exim, Gmail, Sendmail, OpenSMTPD, qmail, SES and Exchange write them.
const replies: [string, string][] = [
  ['250 2.0.0 Ok: queued as 4F3A2B1C', '250 2.0.0 Ok: queued as …'],
  ['250 OK id=1tFxYZ-000Abc-2D', '250 OK id=…'],
  ['250 2.0.0 OK  1426421356 ab12si3456789wmb.78 - gsmtp', '250 2.0.0 OK  … - gsmtp'],
  ['250 2.1.0 OK ab12si3456789wmb.78 - gsmtp', '250 2.1.0 OK … - gsmtp'],
  ['220 smtp.gmail.com ESMTP ab12si3456789wmb.78 - gsmtp', '220 smtp.gmail.com ESMTP … - gsmtp'],
  ['250 2.0.0 0AP1fYab012345 Message accepted for delivery', '250 2.0.0 … Message accepted for delivery'],
  ['250 ok 1426421356 qp 12345', '250 ok …'],
  ['250 Ok 0102018b1c2d3e4f-01234567-89ab-cdef-0123-456789abcdef-000000', '250 Ok …'],
  [
    '250 2.6.0 OK <a@b.prod.outlook.com> [Hostname=B] 1234 bytes in 0.123, 9.876 KB/sec Queued mail for delivery',
    '250 2.6.0 OK … Queued mail for delivery',
  ],
  [
    '220 AB1.outlook.office365.com Microsoft ESMTP MAIL Service ready at Wed, 25 Nov 2026 01:41:34 +0000 [08DD0D1234567890]',
    '220 AB1.outlook.office365.com Microsoft ESMTP MAIL Service ready at … […]',
  ],
  ['220 mx ESMTP Exim 4.96 Wed, 25 Nov 2026 01:41:34 +0000', '220 mx ESMTP Exim 4.96 …'],
  ['334 PDEuMkBteC5leGFtcGxlLm9yZz4=', '334 …'],
  ['334 cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=', '334 …'],
  ['334 dj1zZXJ2ZXI=', '334 …'],
  ['334 cmVhbG09Im14Iixub25jZT0iYWJjIg==', '334 …'],
  ['334 TlRMTVNTUAACAAAA', '334 …'],
  ['334 VXNlcm5hbWU6', '334 VXNlcm5hbWU6'],
  ['334 ', '334 '],
  [
    '250-mx at your service\n250-SIZE 35882577\n250 SMTPUTF8\n',
    '250-mx at your service\n250-SIZE 35882577\n250 SMTPUTF8\n',
  ],
  ['250-first\n250 Ok: queued as 4F3A2B1C\n', '250-first\n250 Ok: queued as …\n'],
  ['550 5.1.1 <a@b>: Recipient address rejected', '550 5.1.1 <a@b>: Recipient address rejected'],
]

test.each(replies)('of the reply %j two recordings have %j', (said, alike) => {
  expect(steady('server', said)).toBe(alike)
})

const mail = 'Date: Wed, 25 Nov 2026 01:41:34 +0000\nSubject: x\n\nhi\n'
const values: [TapeValue, TapeValue][] = [
  ['EHLO laptop', 'EHLO laptop'],
  ['MAIL FROM:<a@b> SIZE=12', 'MAIL FROM:<a@b> SIZE=…'],
  ['BDAT 12 LAST', 'BDAT … LAST'],
  ['AUTH PLAIN ‹secret:password›', 'AUTH PLAIN ‹secret:password›'],
  [{ data: mail }, { data: 'Subject: x\n\nhi\n' }],
  [{ chunk: mail }, { chunk: 'Subject: x\n\nhi\n' }],
  [{ data: { octets: mail } }, { data: { octets: 'Subject: x\n\nhi\n' } }],
  [
    { data: { file: 'x.eml' }, dots: '1' },
    { data: { file: 'x.eml' }, dots: '1' },
  ],
  [{ octets: 'NOOP\n' }, { octets: 'NOOP\n' }],
]

test.each(values)('of what a client says, %j, two recordings have %j', (said, alike) => {
  expect(steady('client', said)).toEqual(alike)
})
