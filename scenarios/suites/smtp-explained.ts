// Where the SMTP fake and Postfix differ on purpose.

import { type Explained, type Otherwise, otherwise } from './scenario.ts'

export const explained: readonly Explained[] = [
  {
    name: 'words',
    why:
      'Codes and enhanced codes are the same; the words behind them are the fake’s own, since programs must not read ' +
      'them (RFC 5321 §4.2) and no two servers have the same ([why](decisions/words-of-replies.md)).',
    alike: lines => lines.map(line => line.replace(/^(S: (?!334)\d{3}(?: (?:\d\.\d{1,3}\.\d{1,3})?|-)).*/, '$1')),
  },
  {
    name: 'VRFY and ETRN',
    why: 'EHLO of Postfix lists VRFY, which the fake has and does not list, and ETRN, which the fake does not have.',
    alike: lines => lines.filter(line => !/^ {3}250-(VRFY|ETRN)$/.test(line)),
  },
]

export const otherAnswers: readonly Otherwise[] = [
  otherwise(
    'AUTH of a mechanism that is not offered',
    'An unknown mechanism is 504 5.5.4 (RFC 4954 §4), which tells who writes a client more than Postfix’ 535 for all.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: STARTTLS
      S: 220 2.0.0
      C: EHLO laptop.example.net
      S: 250
      C: AUTH GSSAPI
      S: 504 5.5.4
      C: AUTH
      S: 501 5.5.4
      C: AUTH FOO BAR
      S: 504 5.5.4
      C: QUIT
      S: 221 2.0.0
    `,
  ),
  otherwise(
    'AUTH with what is not base64, and nothing in it',
    'What cannot be read is 501 5.5.2 (RFC 4954 §4); Postfix says 535, as to a wrong password.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: STARTTLS
      S: 220 2.0.0
      C: EHLO laptop.example.net
      S: 250
      C: AUTH PLAIN !!!
      S: 501 5.5.2
      C: AUTH PLAIN =
      S: 501 5.5.2
      C: AUTH PLAIN YWRh
      S: 501 5.5.2
      C: QUIT
      S: 221 2.0.0
    `,
  ),
  otherwise(
    'senders that are none',
    'An address without a domain is none (RFC 5321 §4.1.2); Postfix adds its own, which the fake has no setting for.',
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
      S: 501 5.1.7
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
  otherwise(
    'recipients that are none',
    'As for senders.',
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
      S: 501 5.1.3
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
  otherwise(
    'a chunk that nobody expects',
    'Postfix lets nothing but RSET follow a chunk that was refused; the fake forgets it.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: BDAT 5
      S: 503 5.5.1
      C: MAIL FROM:<bob@example.net>
      S: 250 2.1.0
      C: BDAT 5 LAST
      S: 554 5.5.1
      C: QUIT
      S: 221 2.0.0
    `,
  ),
  otherwise(
    'EXPN and HELP',
    'The fake has HELP, and knows EXPN well enough to say 502 (RFC 5321 §4.2.4); to Postfix both are unknown commands.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: EXPN ada
      S: 502 5.5.1
      C: HELP
      S: 214 2.0.0
      C: HELP MAIL
      S: 214 2.0.0
      C: QUIT
      S: 221 2.0.0
    `,
  ),
  otherwise(
    'a command of 2,000 octets, and one of 3,000',
    'The fake refuses a line beyond 2,048 octets; Postfix cuts it there and obeys what is left.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: NOOP xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      S: 250 2.0.0
      C: NOOP xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      S: 500 5.5.2
      C: NOOP
      S: 250 2.0.0
      C: QUIT
      S: 221 2.0.0
    `,
  ),
  otherwise(
    'ETRN for this domain and another',
    'The fake has no ETRN (RFC 1985) and does not list it; Postfix does.',
    `
      S: 220
      C: EHLO laptop.example.net
      S: 250
      C: ETRN example.com
      S: 500 5.5.2
      C: ETRN
      S: 500 5.5.2
      C: QUIT
      S: 221 2.0.0
    `,
  ),
]
