// The greeting, what has to wait for it, commands that are sent ahead, and STARTTLS.

import type { Scenario } from '../scenario.ts'
import { content, hello, mailFrom, rcptTo, says } from '../smtp-client.ts'

export const greetings: readonly Scenario[] = [
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
]
