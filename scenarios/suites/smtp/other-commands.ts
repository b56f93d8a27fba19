// Commands beside a mail, and what is none.

import type { Scenario } from '../scenario.ts'
import { hello, long, mailFrom, rcptTo, says } from '../smtp-client.ts'

export const otherCommands: readonly Scenario[] = [
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
