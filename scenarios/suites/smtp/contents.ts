// The content of a mail, by DATA and in chunks.

import type { Scenario } from '../scenario.ts'
import { content, hello, long, mailFrom, rcptTo, says } from '../smtp-client.ts'

export const contents: readonly Scenario[] = [
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
  // Nothing is said to a server that is closing: whether it resets then is chance.
  says(
    'a chunk without a size',
    [hello, mailFrom, rcptTo, { lines: 'BDAT', replies: 2 }],
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
    S: the end
  `,
  ),
  says(
    'a chunk whose size is no number',
    [hello, mailFrom, rcptTo, { lines: 'BDAT five', replies: 2 }],
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
    S: the end
  `,
  ),
]
