// LOGIN and AUTHENTICATE.

import { loginLine, plain, says } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const logins: readonly Scenario[] = [
  says(
    'LOGIN with atoms, strings and literals',
    ['LOGIN "ada" lovelace', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN "ada" lovelace
    S: OK [CAPABILITY …]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'LOGIN with literals that are waited for',
    ['LOGIN {3}', 'ada {8}', 'lovelace', 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN {3}
    S: + OK
    C: ada {8}
    S: + OK
    C: lovelace
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'LOGIN with literals that are not waited for',
    ['LOGIN {3+}\r\nada {8+}\r\nlovelace', 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN {3+}
       ada {8+}
       lovelace
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a wrong password, and then the right one',
    ['LOGIN ada byron', loginLine, 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ada byron
    S: NO [AUTHENTICATIONFAILED]
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a user who does not exist',
    ['LOGIN nobody x', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN nobody x
    S: NO [AUTHENTICATIONFAILED]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'LOGIN without what it needs',
    ['LOGIN', 'LOGIN ada', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN
    S: BAD
    C: LOGIN ada
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a name in capitals',
    ['LOGIN ADA lovelace', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ADA lovelace
    S: OK [CAPABILITY …]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'LOGIN and AUTHENTICATE after a login',
    [loginLine, loginLine, 'AUTHENTICATE PLAIN', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: LOGIN ada lovelace
    S: BAD
    C: AUTHENTICATE PLAIN
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE PLAIN with an initial response',
    [`AUTHENTICATE PLAIN ${plain('ada', 'lovelace')}`, 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN AGFkYQBsb3ZlbGFjZQ==
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE PLAIN after a challenge',
    ['AUTHENTICATE PLAIN', plain('ada', 'lovelace'), 'NOOP', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN
    S: +
    C: AGFkYQBsb3ZlbGFjZQ==
    S: OK [CAPABILITY …]
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE PLAIN with a wrong password',
    [`AUTHENTICATE PLAIN ${plain('ada', 'byron')}`, 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN AGFkYQBieXJvbg==
    S: NO [AUTHENTICATIONFAILED]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE PLAIN for somebody else',
    [`AUTHENTICATE PLAIN ${plain('ada', 'lovelace', 'bob')}`, 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN Ym9iAGFkYQBsb3ZlbGFjZQ==
    S: NO [AUTHENTICATIONFAILED]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE that the client gives up',
    ['AUTHENTICATE PLAIN', '*', loginLine, 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN
    S: +
    C: *
    S: BAD
    C: LOGIN ada lovelace
    S: OK [CAPABILITY …]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE with what is not base64',
    ['AUTHENTICATE PLAIN', '!!!', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE PLAIN
    S: +
    C: !!!
    S: NO [ALERT]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'AUTHENTICATE of a mechanism that is not offered',
    ['AUTHENTICATE FOO', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: AUTHENTICATE FOO
    S: NO [ALERT]
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
]
