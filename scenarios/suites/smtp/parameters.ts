// Parameters of MAIL and RCPT.

import type { Scenario } from '../scenario.ts'
import { hello, mailFrom, says } from '../smtp-client.ts'

export const parameters: readonly Scenario[] = [
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
]
