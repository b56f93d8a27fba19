// Mails of our client, delivered, refused, under TLS and by logins.

import type { Scenario } from '../scenario.ts'
import { login, mail, sends } from '../smtp-client.ts'

export const mails: readonly Scenario[] = [
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
]
