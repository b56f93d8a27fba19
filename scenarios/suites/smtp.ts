// SMTP on three targets: Postfix as the real server, with one mailbox and one user.

import { smtp } from '../../index.ts'
import type { Scenario, Suite } from './scenario.ts'
import { base64, content, hello, mailFrom, mailServer, plainLogin, rcptTo, says, sends } from './smtp-client.ts'
import { explained, otherAnswers } from './smtp-explained.ts'

const login = (mechanism: string, password = 'lovelace') => ({
  port: 25,
  tls: 'required' as const,
  auth: { user: 'ada@mx.example.org', password, mechanism },
})
const mail = { from: 'bob@example.net', to: 'ada@example.org', subject: 'Hello', text: 'Hello Ada.' }
const long = (octets: number) => 'x'.repeat(octets)

const scenarios: readonly Scenario[] = [
  sends(
    'a mail is delivered',
    {},
    [mail],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'two mails on one connection',
    {},
    [mail, { ...mail, text: 'Again.' }],
    `
    accepted ada@example.org: 250 2.0.0
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a mail with an attachment and dots at the beginnings of lines',
    {},
    [
      {
        ...mail,
        text: '.\n..two\n.three',
        attachments: [{ name: 'a.bin', type: 'application/octet-stream', content: Buffer.alloc(300, 7) }],
      },
    ],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'one of two recipients is not known',
    {},
    [{ ...mail, to: ['ada@example.org', 'nobody@example.org'] }],
    `
    accepted ada@example.org: 250 2.0.0
    rejected nobody@example.org: 550 5.1.1
  `,
  ),
  sends(
    'no recipient is known',
    {},
    [{ ...mail, to: 'nobody@example.org' }],
    `
    SmtpReplyError RCPT: 550 5.1.1
  `,
  ),
  sends(
    'mail for elsewhere is refused',
    {},
    [{ ...mail, to: 'carol@example.com' }],
    `
    SmtpReplyError RCPT: 554 5.7.1
  `,
  ),
  sends(
    'a mail with letters beyond ASCII',
    {},
    [{ ...mail, subject: 'Grüße', text: 'Schöne Grüße' }],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a sender beyond ASCII',
    {},
    [{ ...mail, from: 'bjørn@example.net' }],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a mail whose delivery is to be reported',
    {},
    [{ ...mail, dsn: { notify: ['SUCCESS', 'FAILURE'], ret: 'HDRS', envid: 'abc' } }],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a mail under TLS',
    { tls: 'required' },
    [mail],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a login by PLAIN may send elsewhere',
    login('PLAIN'),
    [{ ...mail, to: 'carol@example.com' }],
    `
    accepted carol@example.com: 250 2.0.0
  `,
  ),
  sends(
    'a login by LOGIN',
    login('LOGIN'),
    [mail],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a login by CRAM-MD5',
    login('CRAM-MD5'),
    [mail],
    `
    accepted ada@example.org: 250 2.0.0
  `,
  ),
  sends(
    'a wrong password by PLAIN',
    login('PLAIN', 'byron'),
    [],
    `
    SmtpReplyError AUTH: 535 5.7.8
  `,
  ),
  sends(
    'a wrong password by LOGIN',
    login('LOGIN', 'byron'),
    [],
    `
    SmtpReplyError AUTH: 535 5.7.8
  `,
  ),
  sends(
    'a wrong password by CRAM-MD5',
    login('CRAM-MD5', 'byron'),
    [],
    `
    SmtpReplyError AUTH: 535 5.7.8
  `,
  ),
  says(
    'EHLO lists what the server can',
    [hello, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'HELO lists nothing',
    ['HELO laptop.example.net', 'QUIT'],
    `
    S: 220
    C: HELO laptop.example.net
    S: 250
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'EHLO and HELO without a name',
    ['EHLO', 'HELO', 'QUIT'],
    `
    S: 220
    C: EHLO
    S: 501
    C: HELO
    S: 501
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'EHLO with more than a name, and with what is none',
    ['EHLO laptop example', 'EHLO [192.0.2.1]', 'EHLO $$$', 'QUIT'],
    `
    S: 220
    C: EHLO laptop example
    S: 250
    C: EHLO [192.0.2.1]
    S: 250
    C: EHLO $$$
    S: 250
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'EHLO ends a mail that was begun',
    [hello, mailFrom, hello, rcptTo, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: EHLO laptop.example.net
    S: 250
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a mail without a greeting',
    [mailFrom, rcptTo, 'QUIT'],
    `
    S: 220
    C: MAIL FROM:<bob@example.net>
    S: 503 5.5.1
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'words are alike in any case',
    ['ehlo laptop.example.net', 'mail from:<bob@example.net>', 'rcpt to:<ada@EXAMPLE.ORG>', 'quit'],
    `
    S: 220
    C: ehlo laptop.example.net
    S: 250
    C: mail from:<bob@example.net>
    S: 250 2.1.0
    C: rcpt to:<ada@EXAMPLE.ORG>
    S: 250 2.1.5
    C: quit
    S: 221 2.0.0
  `,
  ),
  says(
    'commands are sent ahead',
    [`${hello}\n${mailFrom}\n${rcptTo}\nRCPT TO:<nobody@example.org>\nDATA`, content('Subject: x\n\nx'), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    S: 250 2.1.0
    S: 250 2.1.5
    S: 550 5.1.1
    S: 354
    C: Subject: x
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a whole mail is sent ahead',
    [hello, { lines: `${mailFrom}\n${rcptTo}\nDATA\nSubject: x\n\nx\n.\nQUIT`, replies: 5 }],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    S: 250 2.1.5
    S: 354
    S: 250 2.0.0
    S: 221 2.0.0
  `,
  ),
  says(
    'STARTTLS, and the greeting again',
    [hello, 'STARTTLS', hello, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'STARTTLS twice, and with an argument',
    [hello, 'STARTTLS now', 'STARTTLS', hello, 'STARTTLS', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS now
    S: 501 5.5.4
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 554 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'STARTTLS without a greeting',
    ['STARTTLS', hello, 'QUIT'],
    `
    S: 220
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'what was said before TLS is forgotten',
    [hello, mailFrom, 'STARTTLS', rcptTo, hello, rcptTo, mailFrom, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: STARTTLS
    S: 220 2.0.0
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: EHLO laptop.example.net
    S: 250
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH before TLS',
    [hello, `AUTH PLAIN ${plainLogin('ada', 'lovelace')}`, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: AUTH PLAIN AGFkYQBsb3ZlbGFjZQ==
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH PLAIN with and without an initial response',
    [hello, 'STARTTLS', hello, 'AUTH PLAIN', plainLogin('ada@mx.example.org', 'lovelace'), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: AUTH PLAIN
    S: 334
    C: AGFkYUBteC5leGFtcGxlLm9yZwBsb3ZlbGFjZQ==
    S: 235 2.7.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH of a mechanism that is not offered',
    [hello, 'STARTTLS', hello, 'AUTH GSSAPI', 'AUTH', 'AUTH FOO BAR', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: AUTH GSSAPI
    S: 535 5.7.8
    C: AUTH
    S: 501 5.5.4
    C: AUTH FOO BAR
    S: 535 5.7.8
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH with what is not base64, and nothing in it',
    [hello, 'STARTTLS', hello, 'AUTH PLAIN !!!', 'AUTH PLAIN =', `AUTH PLAIN ${base64('ada')}`, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: AUTH PLAIN !!!
    S: 535 5.7.8
    C: AUTH PLAIN =
    S: 535 5.7.8
    C: AUTH PLAIN YWRh
    S: 535 5.7.8
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH that the client gives up',
    [hello, 'STARTTLS', hello, 'AUTH LOGIN', '*', 'AUTH PLAIN', '*', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: AUTH LOGIN
    S: 334
    C: *
    S: 501 5.7.0
    C: AUTH PLAIN
    S: 334
    C: *
    S: 501 5.7.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH LOGIN with the name at once',
    [hello, 'STARTTLS', hello, `AUTH LOGIN ${base64('ada@mx.example.org')}`, base64('lovelace'), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: AUTH LOGIN YWRhQG14LmV4YW1wbGUub3Jn
    S: 334
    C: bG92ZWxhY2U=
    S: 235 2.7.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH twice, and inside a mail',
    [
      hello,
      'STARTTLS',
      hello,
      mailFrom,
      `AUTH PLAIN ${plainLogin('ada@mx.example.org', 'lovelace')}`,
      'RSET',
      `AUTH PLAIN ${plainLogin('ada@mx.example.org', 'lovelace')}`,
      `AUTH PLAIN ${plainLogin('ada@mx.example.org', 'lovelace')}`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: AUTH PLAIN AGFkYUBteC5leGFtcGxlLm9yZwBsb3ZlbGFjZQ==
    S: 503 5.5.1
    C: RSET
    S: 250 2.0.0
    C: AUTH PLAIN AGFkYUBteC5leGFtcGxlLm9yZwBsb3ZlbGFjZQ==
    S: 235 2.7.0
    C: AUTH PLAIN AGFkYUBteC5leGFtcGxlLm9yZwBsb3ZlbGFjZQ==
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'AUTH after HELO',
    [
      'HELO laptop.example.net',
      'STARTTLS',
      'HELO laptop.example.net',
      `AUTH PLAIN ${plainLogin('ada@mx.example.org', 'lovelace')}`,
      'QUIT',
    ],
    `
    S: 220
    C: HELO laptop.example.net
    S: 250
    C: STARTTLS
    S: 220 2.0.0
    C: HELO laptop.example.net
    S: 250
    C: AUTH PLAIN AGFkYUBteC5leGFtcGxlLm9yZwBsb3ZlbGFjZQ==
    S: 235 2.7.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a size that is announced',
    [
      hello,
      `${mailFrom} SIZE=1000`,
      'RSET',
      `${mailFrom} SIZE=65536`,
      'RSET',
      `${mailFrom} SIZE=65537`,
      `${mailFrom} SIZE=abc`,
      `${mailFrom} SIZE=`,
      `${mailFrom} SIZE`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net> SIZE=1000
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> SIZE=65536
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> SIZE=65537
    S: 552 5.3.4
    C: MAIL FROM:<bob@example.net> SIZE=abc
    S: 501 5.5.4
    C: MAIL FROM:<bob@example.net> SIZE=
    S: 501 5.5.4
    C: MAIL FROM:<bob@example.net> SIZE
    S: 555 5.5.4
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a body of eight bits, and one that is not known',
    [
      hello,
      `${mailFrom} BODY=8BITMIME`,
      'RSET',
      `${mailFrom} BODY=7bit`,
      'RSET',
      `${mailFrom} BODY=BINARYMIME`,
      `${mailFrom} BODY=FOO`,
      `${mailFrom} BODY`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net> BODY=8BITMIME
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> BODY=7bit
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> BODY=BINARYMIME
    S: 555 5.5.4
    C: MAIL FROM:<bob@example.net> BODY=FOO
    S: 555 5.5.4
    C: MAIL FROM:<bob@example.net> BODY
    S: 555 5.5.4
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'addresses beyond ASCII with and without SMTPUTF8',
    [
      hello,
      'MAIL FROM:<bjørn@example.net>',
      'RSET',
      'MAIL FROM:<bjørn@example.net> SMTPUTF8',
      'RCPT TO:<ada@example.org>',
      'RSET',
      `${mailFrom} SMTPUTF8=1`,
      mailFrom,
      'RCPT TO:<björn@example.org>',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bjørn@example.net>
    S: 553 5.6.7
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bjørn@example.net> SMTPUTF8
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> SMTPUTF8=1
    S: 555 5.5.4
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<björn@example.org>
    S: 553 5.6.7
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'what is to be reported',
    [
      hello,
      `${mailFrom} RET=FULL ENVID=abc`,
      'RCPT TO:<ada@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ada@example.org',
      'RCPT TO:<ada@example.org> NOTIFY=NEVER',
      'RCPT TO:<ada@example.org> NOTIFY=NEVER,SUCCESS',
      'RCPT TO:<ada@example.org> NOTIFY=FOO',
      'RCPT TO:<ada@example.org> ORCPT=ada',
      'RSET',
      `${mailFrom} RET=FOO`,
      `${mailFrom} ENVID=a+b`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net> RET=FULL ENVID=abc
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;…
    S: 250 2.1.5
    C: RCPT TO:<ada@example.org> NOTIFY=NEVER
    S: 250 2.1.5
    C: RCPT TO:<ada@example.org> NOTIFY=NEVER,SUCCESS
    S: 501 5.5.4
    C: RCPT TO:<ada@example.org> NOTIFY=FOO
    S: 501 5.5.4
    C: RCPT TO:<ada@example.org> ORCPT=ada
    S: 501 5.5.4
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> RET=FOO
    S: 501 5.5.4
    C: MAIL FROM:<bob@example.net> ENVID=a+b
    S: 501 5.5.4
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'parameters after HELO',
    ['HELO laptop.example.net', `${mailFrom} SIZE=1000`, 'RSET', `${mailFrom} BODY=8BITMIME`, 'QUIT'],
    `
    S: 220
    C: HELO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net> SIZE=1000
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> BODY=8BITMIME
    S: 250 2.1.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'parameters that nobody knows',
    [
      hello,
      `${mailFrom} FOO=BAR`,
      mailFrom,
      'RCPT TO:<ada@example.org> FOO=BAR',
      'RCPT TO:<ada@example.org> FOO',
      `RSET`,
      `${mailFrom} AUTH=<>`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net> FOO=BAR
    S: 555 5.5.4
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org> FOO=BAR
    S: 555 5.5.4
    C: RCPT TO:<ada@example.org> FOO
    S: 555 5.5.4
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net> AUTH=<>
    S: 250 2.1.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'commands in a wrong order',
    [hello, rcptTo, 'DATA', mailFrom, mailFrom, 'DATA', rcptTo, mailFrom, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: DATA
    S: 503 5.5.1
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: MAIL FROM:<bob@example.net>
    S: 503 5.5.1
    C: DATA
    S: 554 5.5.1
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: MAIL FROM:<bob@example.net>
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'DATA after recipients of whom none is known',
    [hello, mailFrom, 'RCPT TO:<nobody@example.org>', 'DATA', 'RSET', 'DATA', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<nobody@example.org>
    S: 550 5.1.1
    C: DATA
    S: 554 5.5.1
    C: RSET
    S: 250 2.0.0
    C: DATA
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'senders that are none',
    [
      hello,
      'MAIL',
      'MAIL FROM',
      'MAIL FROM:',
      'MAIL FROM:bob@example.net',
      'RSET',
      'MAIL FROM <bob@example.net>',
      'MAIL FROM:<bob@example.net',
      'RSET',
      'MAIL FROM:<bob>',
      'RSET',
      'MAIL FROM:<bob@>',
      'RSET',
      'MAIL FROM:<@example.net>',
      'RSET',
      'MAIL TO:<bob@example.net>',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL
    S: 501 5.5.4
    C: MAIL FROM
    S: 501 5.5.4
    C: MAIL FROM:
    S: 501 5.5.4
    C: MAIL FROM:bob@example.net
    S: 501 5.1.7
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM <bob@example.net>
    S: 501 5.5.4
    C: MAIL FROM:<bob@example.net
    S: 501 5.1.7
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@>
    S: 501 5.1.7
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<@example.net>
    S: 501 5.1.7
    C: RSET
    S: 250 2.0.0
    C: MAIL TO:<bob@example.net>
    S: 501 5.5.4
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'senders that are some',
    [
      hello,
      'MAIL FROM:<>',
      'RSET',
      'MAIL FROM: <bob@example.net>',
      'RSET',
      'MAIL FROM:<"bob smith"@example.net>',
      'RSET',
      'MAIL FROM:<bob@[192.0.2.1]>',
      'RSET',
      'MAIL FROM:<@relay.example.net:bob@example.net>',
      'RSET',
      'MAIL FROM:<bob+tag@example.net>',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM: <bob@example.net>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<"bob smith"@example.net>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@[192.0.2.1]>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<@relay.example.net:bob@example.net>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob+tag@example.net>
    S: 250 2.1.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'recipients that are none',
    [
      hello,
      mailFrom,
      'RCPT',
      'RCPT TO',
      'RCPT TO:',
      'RCPT TO:<>',
      'RCPT TO:ada@example.org',
      'RCPT TO <ada@example.org>',
      'RCPT TO:<ada@example.org',
      'RCPT TO:<ada>',
      'RCPT TO:<ada@>',
      'RCPT TO:<@example.org>',
      'RCPT TO:<a b@example.org>',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT
    S: 501 5.5.4
    C: RCPT TO
    S: 501 5.5.4
    C: RCPT TO:
    S: 501 5.5.4
    C: RCPT TO:<>
    S: 501 5.1.3
    C: RCPT TO:ada@example.org
    S: 501 5.1.3
    C: RCPT TO <ada@example.org>
    S: 501 5.5.4
    C: RCPT TO:<ada@example.org
    S: 501 5.1.3
    C: RCPT TO:<ada>
    S: 554 5.7.1
    C: RCPT TO:<ada@>
    S: 501 5.1.3
    C: RCPT TO:<@example.org>
    S: 501 5.1.3
    C: RCPT TO:<a b@example.org>
    S: 501 5.1.3
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'recipients that are some',
    [
      hello,
      mailFrom,
      'RCPT TO: <ada@example.org>',
      'RCPT TO:<"ada"@example.org>',
      'RCPT TO:<ADA@Example.ORG>',
      'RCPT TO:<@relay.example.net:ada@example.org>',
      'RCPT TO:<ada@example.org.>',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO: <ada@example.org>
    S: 250 2.1.5
    C: RCPT TO:<"ada"@example.org>
    S: 250 2.1.5
    C: RCPT TO:<ADA@Example.ORG>
    S: 250 2.1.5
    C: RCPT TO:<@relay.example.net:ada@example.org>
    S: 250 2.1.5
    C: RCPT TO:<ada@example.org.>
    S: 250 2.1.5
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'the postmaster, and a mailbox at an address',
    [hello, mailFrom, 'RCPT TO:<Postmaster>', 'RCPT TO:<ada@[192.0.2.1]>', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<Postmaster>
    S: 250 2.1.5
    C: RCPT TO:<ada@[192.0.2.1]>
    S: 554 5.7.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a local part and a domain that are too long',
    [
      hello,
      `MAIL FROM:<${long(65)}@example.net>`,
      'RSET',
      `MAIL FROM:<bob@${long(64)}.net>`,
      'RSET',
      `MAIL FROM:<bob@${`${long(60)}.`.repeat(5)}net>`,
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 501 5.1.7
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 501 5.1.7
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a recipient is named twice',
    [hello, mailFrom, rcptTo, rcptTo, 'DATA', content('x'), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA
    S: 354
    C: x
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'lines of a mail with dots, and a line with one alone',
    [hello, mailFrom, rcptTo, 'DATA', content('Subject: dots\n\n..\n...three\n.x'), 'NOOP', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA
    S: 354
    C: Subject: dots
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a mail without header and body',
    [hello, mailFrom, rcptTo, 'DATA', content('\n'), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA
    S: 354
    C: 
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a mail with a line beyond all limits',
    [hello, mailFrom, rcptTo, 'DATA', content(`Subject: long\n\n${long(5000)}`), 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA
    S: 354
    C: Subject: long
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a mail that is larger than allowed without being announced',
    [hello, mailFrom, rcptTo, 'DATA', content(`${long(78)}\n`.repeat(900)), mailFrom, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA
    S: 354
    C: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 552 5.3.4
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'DATA with an argument',
    [hello, mailFrom, rcptTo, 'DATA now', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: DATA now
    S: 501 5.5.4
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'chunks of a mail',
    [
      hello,
      mailFrom,
      rcptTo,
      { lines: 'BDAT 14\nSubject: x\n', replies: 1 },
      { lines: 'BDAT 5 LAST\nabc', replies: 1 },
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: BDAT 14
    S: 250 2.0.0
    C: BDAT 5 LAST
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a chunk that nobody expects',
    [hello, { lines: 'BDAT 5\nabc', replies: 1 }, mailFrom, { lines: 'BDAT 5 LAST\nabc', replies: 1 }, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: BDAT 5
    S: 503 5.5.1
    C: MAIL FROM:<bob@example.net>
    S: 503 5.5.1
    C: BDAT 5 LAST
    S: 551 5.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'other commands between chunks',
    [hello, mailFrom, rcptTo, { lines: 'BDAT 5\nabc', replies: 1 }, 'NOOP', rcptTo, 'DATA', 'RSET', 'NOOP', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: BDAT 5
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: DATA
    S: 503 5.5.1
    C: RSET
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a chunk without a size',
    [hello, mailFrom, rcptTo, 'BDAT', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: BDAT
    S: 521 5.5.4
    C: QUIT
    S: the end
  `,
  ),
  says(
    'a chunk whose size is no number',
    [hello, mailFrom, rcptTo, 'BDAT five', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RCPT TO:<ada@example.org>
    S: 250 2.1.5
    C: BDAT five
    S: 521 5.5.4
    C: QUIT
    S: the end
  `,
  ),
  says(
    'RSET, with and without an argument',
    [hello, 'RSET', mailFrom, 'RSET now', 'RSET', rcptTo, 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: RSET now
    S: 501 5.5.4
    C: RSET
    S: 250 2.0.0
    C: RCPT TO:<ada@example.org>
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'NOOP, with and without an argument',
    ['NOOP', hello, 'NOOP', 'NOOP be quiet', 'QUIT'],
    `
    S: 220
    C: NOOP
    S: 250 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: NOOP
    S: 250 2.0.0
    C: NOOP be quiet
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'VRFY of who is known and who is not',
    [
      hello,
      'VRFY',
      'VRFY ada@example.org',
      'VRFY <ada@example.org>',
      'VRFY nobody@example.org',
      'VRFY carol@example.com',
      'QUIT',
    ],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: VRFY
    S: 501 5.5.4
    C: VRFY ada@example.org
    S: 252 2.0.0
    C: VRFY <ada@example.org>
    S: 252 2.0.0
    C: VRFY nobody@example.org
    S: 550 5.1.1
    C: VRFY carol@example.com
    S: 554 5.7.1
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'VRFY inside a mail, and without a greeting',
    ['VRFY ada@example.org', hello, mailFrom, 'VRFY ada@example.org', 'QUIT'],
    `
    S: 220
    C: VRFY ada@example.org
    S: 252 2.0.0
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: VRFY ada@example.org
    S: 252 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'EXPN and HELP',
    [hello, 'EXPN ada', 'HELP', 'HELP MAIL', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: EXPN ada
    S: 500 5.5.2
    C: HELP
    S: 500 5.5.2
    C: HELP MAIL
    S: 500 5.5.2
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'commands that nobody knows',
    [hello, 'FOO', 'TURN', 'SEND FROM:<bob@example.net>', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: FOO
    S: 500 5.5.2
    C: TURN
    S: 500 5.5.2
    C: SEND FROM:<bob@example.net>
    S: 500 5.5.2
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'ETRN for this domain and another',
    [hello, 'ETRN example.com', 'ETRN', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: ETRN example.com
    S: 459
    C: ETRN
    S: 500
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'an empty line, and one with blanks',
    [hello, '', '   ', '  NOOP', 'NOOP  ', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: 
    S: 500 5.5.2
    C:    
    S: 500 5.5.2
    C:   NOOP
    S: 250 2.0.0
    C: NOOP  
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a browser that has lost its way',
    [{ lines: 'GET / HTTP/1.1', replies: 2 }],
    `
    S: 220
    C: GET / HTTP/1.1
    S: 221 2.7.0
    S: the end
  `,
  ),
  says(
    'QUIT inside a mail, and with an argument',
    [hello, mailFrom, 'QUIT now'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: MAIL FROM:<bob@example.net>
    S: 250 2.1.0
    C: QUIT now
    S: 221 2.0.0
  `,
  ),
  says(
    'a command of 2,000 octets, and one of 3,000',
    [hello, `NOOP ${long(1993)}`, `NOOP ${long(2993)}`, 'NOOP', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: NOOP xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 250 2.0.0
    C: NOOP xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'a command beyond ASCII',
    [hello, 'NÖÖP', 'NOOP ö', 'QUIT'],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: NÖÖP
    S: 500 5.5.2
    C: NOOP ö
    S: 250 2.0.0
    C: QUIT
    S: 221 2.0.0
  `,
  ),
  says(
    'too many refused commands',
    [hello, ...Array.from({ length: 19 }, () => 'FOO'), { lines: 'FOO', replies: 2 }],
    `
    S: 220
    C: EHLO laptop.example.net
    S: 250
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    C: FOO
    S: 500 5.5.2
    S: 421 4.7.0
  `,
  ),
]

export const suite: Suite = {
  protocol: 'smtp',
  server: 'postfix',
  serves: 'mailboxes of one domain, one user who may log in under TLS, mails of up to 65,536 octets, 20 errors',
  content: { maxErrors: 20, strict: true },
  names: [{ name: mailServer, port: 25, protocol: 'smtp' }],
  place: network =>
    network.host(mailServer, {
      mail: smtp({
        ports: [{ port: 25, startTls: 'offered', auth: 'offered' }],
        domains: ['example.org'],
        users: { 'ada@mx.example.org': { password: 'lovelace', aliases: ['ada'] } },
        mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
        maxBytes: 65_536,
      }),
    }),
  scenarios,
  explained,
  otherwise: otherAnswers,
}
