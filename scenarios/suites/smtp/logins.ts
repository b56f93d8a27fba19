// AUTH in its mechanisms and at the wrong moment.

import type { Scenario } from '../scenario.ts'
import { base64, hello, mailFrom, plainLogin, says } from '../smtp-client.ts'

export const logins: readonly Scenario[] = [
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
]
