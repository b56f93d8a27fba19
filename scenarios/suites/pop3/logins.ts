// USER and PASS, and APOP.

import { createHash } from 'node:crypto'
import { calls, login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

const apop = (user: string, password: string) => (timestamp: string) =>
  `APOP ${user} ${createHash('md5').update(`${timestamp}${password}`).digest('hex')}`

export const logins: readonly Scenario[] = [
  says(
    'USER and PASS',
    ['USER ada', 'PASS lovelace', 'STAT', 'QUIT'],
    `
    S: +OK
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
    'a wrong password, and then the right one',
    ['USER ada', 'PASS byron', login, 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS byron
    S: -ERR [AUTH]
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
    'a user who does not exist',
    ['USER nobody', 'PASS x', 'QUIT'],
    `
    S: +OK
    C: USER nobody
    S: +OK
    C: PASS x
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'PASS without USER',
    ['PASS lovelace', 'QUIT'],
    `
    S: +OK
    C: PASS lovelace
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'PASS a second time needs USER again',
    ['USER ada', 'PASS byron', 'PASS lovelace', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS byron
    S: -ERR [AUTH]
    C: PASS lovelace
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'USER a second time',
    ['USER nobody', 'USER ada', 'PASS lovelace', 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER nobody
    S: +OK
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
    'USER and PASS without arguments',
    ['USER', 'PASS', 'USER ada', 'PASS', 'QUIT'],
    `
    S: +OK
    C: USER
    S: +OK
    C: PASS
    S: -ERR [AUTH]
    C: USER ada
    S: +OK
    C: PASS
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a name in capitals',
    ['USER ADA', 'PASS lovelace', 'QUIT'],
    `
    S: +OK
    C: USER ADA
    S: +OK
    C: PASS lovelace
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'blanks around name and password',
    ['USER  ada ', 'PASS lovelace', 'USER ada', 'PASS  lovelace', 'QUIT'],
    `
    S: +OK
    C: USER  ada\\x20
    S: +OK
    C: PASS lovelace
    S: -ERR [AUTH]
    C: USER ada
    S: +OK
    C: PASS  lovelace
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'another command between USER and PASS',
    ['USER ada', 'CAPA', 'PASS lovelace', 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: CAPA
    S: +OK
       CAPA
       TOP
       UIDL
       RESP-CODES
       PIPELINING
       AUTH-RESP-CODE
       STLS
       USER
       SASL PLAIN
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
    'USER, PASS and AUTH after a login',
    [login, 'USER ada', 'PASS lovelace', 'AUTH PLAIN', 'APOP ada x', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: USER ada
    S: -ERR
    C: PASS lovelace
    S: -ERR
    C: AUTH PLAIN
    S: -ERR
    C: APOP ada x
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'APOP',
    [{ lines: apop('ada', 'lovelace') }, 'STAT', 'QUIT'],
    `
    S: +OK
    C: APOP ada …
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'APOP with a wrong password',
    [{ lines: apop('ada', 'byron') }, 'QUIT'],
    `
    S: +OK
    C: APOP ada …
    S: -ERR [AUTH]
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'APOP without what it needs',
    ['APOP', 'APOP ada', 'APOP ada xyz', 'QUIT'],
    `
    S: +OK
    C: APOP
    S: -ERR
    C: APOP ada
    S: -ERR
    C: APOP ada xyz
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  calls(
    'a client is told by a typed error that its password is wrong',
    { auth: { user: 'ada', password: 'byron' } },
    async function* (client) {
      yield JSON.stringify(await client.stat())
    },
    `
    Pop3ReplyError APOP AUTH
  `,
  ),
  calls(
    'a client logs in by APOP',
    { auth: { user: 'ada', password: 'lovelace', mechanism: 'APOP' } },
    async function* (client) {
      yield JSON.stringify(await client.stat())
    },
    `
    {"messages":10,"octets":73463}
  `,
  ),
]
