// AUTH.

import { base64, login, plainLogin, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const auth: readonly Scenario[] = [
  says(
    'AUTH PLAIN with an initial response',
    [`AUTH PLAIN ${plainLogin('ada', 'lovelace')}`, 'STAT', 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN AGFkYQBsb3ZlbGFjZQ==
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH PLAIN after a challenge',
    ['AUTH PLAIN', plainLogin('ada', 'lovelace'), 'STAT', 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN
    S: +
    C: AGFkYQBsb3ZlbGFjZQ==
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH PLAIN in lower case',
    [`auth plain ${plainLogin('ada', 'lovelace')}`, 'STAT', 'QUIT'],
    `
    S: +OK
    C: auth plain AGFkYQBsb3ZlbGFjZQ==
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH PLAIN with a wrong password',
    [`AUTH PLAIN ${plainLogin('ada', 'byron')}`, 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN AGFkYQBieXJvbg==
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH PLAIN for the same user, by name',
    [`AUTH PLAIN ${plainLogin('ada', 'lovelace', 'ada')}`, 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN YWRhAGFkYQBsb3ZlbGFjZQ==
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH PLAIN for somebody else',
    [`AUTH PLAIN ${plainLogin('ada', 'lovelace', 'bob')}`, 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN Ym9iAGFkYQBsb3ZlbGFjZQ==
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH that the client gives up',
    ['AUTH PLAIN', '*', login, 'STAT', 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN
    S: +
    C: *
    S: -ERR
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH with what is not base64, with nothing, and with half of it',
    ['AUTH PLAIN !!!', 'AUTH PLAIN', '!!!', 'AUTH PLAIN =', `AUTH PLAIN ${base64('ada')}`, 'QUIT'],
    `
    S: +OK
    C: AUTH PLAIN !!!
    S: -ERR [AUTH]
    C: AUTH PLAIN
    S: +
    C: !!!
    S: -ERR [AUTH]
    C: AUTH PLAIN =
    S: -ERR [AUTH]
    C: AUTH PLAIN YWRh
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH of a mechanism that is not offered',
    ['AUTH FOO', 'AUTH FOO BAR', 'QUIT'],
    `
    S: +OK
    C: AUTH FOO
    S: -ERR [AUTH]
    C: AUTH FOO BAR
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'AUTH alone',
    ['AUTH', 'QUIT'],
    `
    S: +OK
    C: AUTH
    S: +OK
       PLAIN
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
]
