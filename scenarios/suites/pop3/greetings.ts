// The first words, what a server can do, and TLS.

import { calls, login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const greetings: readonly Scenario[] = [
  says(
    'a greeting and a goodbye',
    ['QUIT'],
    `
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'CAPA before a login and after',
    ['CAPA', login, 'CAPA', 'QUIT'],
    `
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
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: CAPA
    S: +OK
       CAPA
       TOP
       UIDL
       RESP-CODES
       PIPELINING
       AUTH-RESP-CODE
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'CAPA under TLS',
    ['STLS', 'CAPA', login, 'CAPA', 'QUIT'],
    `
    S: +OK
    C: STLS
    S: +OK
    C: CAPA
    S: +OK
       CAPA
       TOP
       UIDL
       RESP-CODES
       PIPELINING
       AUTH-RESP-CODE
       USER
       SASL PLAIN
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: CAPA
    S: +OK
       CAPA
       TOP
       UIDL
       RESP-CODES
       PIPELINING
       AUTH-RESP-CODE
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'verbs in lower and mixed case',
    ['capa', 'user ada', 'Pass lovelace', 'stat', 'lIsT 1', 'quit'],
    `
    S: +OK
    C: capa
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
    C: user ada
    S: +OK
    C: Pass lovelace
    S: +OK
    C: stat
    S: +OK 10 73463
    C: lIsT 1
    S: +OK 1 120
    C: quit
    S: +OK
    S: the end
  `,
  ),
  says(
    'STLS, and a session under it',
    ['STLS', login, 'STAT', 'QUIT'],
    `
    S: +OK
    C: STLS
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
    'STLS twice',
    ['STLS', 'STLS', 'QUIT'],
    `
    S: +OK
    C: STLS
    S: +OK
    C: STLS
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'STLS after a login',
    [login, 'STLS', 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STLS
    S: -ERR
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'STLS forgets whom USER named',
    ['USER ada', 'STLS', 'PASS lovelace', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: STLS
    S: +OK
    C: PASS lovelace
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'extensions of RFC 6856 and others',
    ['UTF8', 'LANG', login, 'UTF8', 'LANG *', 'XTND', 'QUIT'],
    `
    S: +OK
    C: UTF8
    S: -ERR
    C: LANG
    S: -ERR
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: UTF8
    S: -ERR
    C: LANG *
    S: -ERR
    C: XTND
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  calls(
    'a client secures itself where it can',
    { tls: 'offered', auth: { user: 'ada', password: 'lovelace' } },
    async function* (client) {
      yield `secure ${client.secure}`
      yield JSON.stringify(await client.stat())
      await client.quit()
    },
    `
    secure true
    {"messages":10,"octets":73463}
  `,
  ),
]
