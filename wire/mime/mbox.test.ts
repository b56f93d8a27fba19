import { expect, test } from 'vitest'
import { formatMbox, parseMbox } from './mbox.ts'

const date = new Date('2015-03-05T12:09:16Z')
const content = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))

test('a mail stands after its sender and date, lines that begin with From quoted, flags in Status', () => {
  const mails = [
    {
      content: content('Return-Path: <a@example.org>\nSubject: x\n\nFrom me\n>From you\nfrom us\n'),
      date,
      flags: ['\\Seen', '\\Answered'],
    },
    { content: content('Subject: y\n\nno end'), date, flags: [] },
  ]
  expect(formatMbox(mails).toString()).toBe(`From a@example.org Thu Mar  5 12:09:16 2015
Return-Path: <a@example.org>
Subject: x
Status: RO
X-Status: A

>From me
>>From you
from us

From MAILER-DAEMON Thu Mar  5 12:09:16 2015
Subject: y

no end

`)
})

// As Debian's mail and mutt write them; the second as Python's mailbox module does.
const file = `From ada@example.org Thu Mar  5 12:09:16 2015
Subject: one
Status: RO
X-Status: AF

>From here

From "a b" Thu Mar 05 12:09:16 2015 +0100
Subject: two

two
`

test.each([
  ['with line feeds', file],
  ['with CRLF', file.replaceAll('\n', '\r\n')],
])('a file %s is read as its mails', (_how, text) => {
  const mails = parseMbox(Buffer.from(text))
  expect(mails.map(mail => ({ ...mail, content: mail.content.toString() }))).toEqual([
    { content: 'Subject: one\r\n\r\nFrom here\r\n', date, flags: ['\\Seen', '\\Answered', '\\Flagged'] },
    { content: 'Subject: two\r\n\r\ntwo\r\n', date: new Date('2015-03-05T11:09:16Z'), flags: [] },
  ])
})

test('what is written is read again, octet by octet', () => {
  const every = Buffer.from(
    Array.from({ length: 256 }, (_, octet) => octet).filter(octet => octet !== 10 && octet !== 13),
  )
  const mails = [
    {
      content: Buffer.concat([content('A: b\n\n'), every, content('\n\n\nFrom \n>>From\n')]),
      date,
      flags: ['\\Draft'],
    },
    { content: content('\nno header\n'), date, flags: [] },
  ]
  expect(parseMbox(formatMbox(mails))).toEqual(mails)
})

test.each(['', 'Subject: x\n\n', 'From', '\nFrom x\n'])('%j has no mails', text => {
  expect(parseMbox(Buffer.from(text))).toEqual([])
})
