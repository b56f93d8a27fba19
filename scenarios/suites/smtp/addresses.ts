// Senders and recipients, and the order in which they are said.

import type { Scenario } from '../scenario.ts'
import { content, hello, long, mailFrom, rcptTo, says } from '../smtp-client.ts'

export const addresses: readonly Scenario[] = [
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
]
