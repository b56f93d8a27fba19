// Commands at the wrong moment, unknown ones, and too many of them.

import { login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const commands: readonly Scenario[] = [
  says(
    'commands of a session before a login',
    ['STAT', 'RETR 1', 'QUIT'],
    `
    S: +OK
    C: STAT
    S: -ERR
    C: RETR 1
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'more commands of a session before a login',
    ['DELE 1', 'NOOP', 'QUIT'],
    `
    S: +OK
    C: DELE 1
    S: -ERR
    C: NOOP
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'three errors before a login',
    [{ lines: 'STAT\nLIST\nUIDL\nQUIT', responses: 5 }],
    `
    S: +OK
    C: STAT
    S: -ERR
    C: LIST
    S: -ERR
    C: UIDL
    S: -ERR
    C: QUIT
    S: -ERR
    S: the end
  `,
  ),
  says(
    'nineteen errors after a login',
    [login, Array<string>(19).fill('FOO').join('\n'), 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: FOO
    S: -ERR
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'NOOP',
    [login, 'NOOP', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: NOOP
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'arguments where there are none',
    [login, 'CAPA all', 'NOOP now', 'STAT 1', 'DELE 1', 'RSET 1', 'STAT', 'QUIT now'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: CAPA all
    S: +OK
       CAPA
       TOP
       UIDL
       RESP-CODES
       PIPELINING
       AUTH-RESP-CODE
    C: NOOP now
    S: +OK
    C: STAT 1
    S: +OK 10 73463
    C: DELE 1
    S: +OK
    C: RSET 1
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT now
    S: +OK
    S: the end
  `,
  ),
  says(
    'commands that nobody knows',
    ['FOO', 'HELO x', login, 'FOO', 'LAST', 'EHLO x', 'QUIT'],
    `
    S: +OK
    C: FOO
    S: -ERR
    C: HELO x
    S: -ERR
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: FOO
    S: -ERR
    C: LAST
    S: -ERR
    C: EHLO x
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
]
