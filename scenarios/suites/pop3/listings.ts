// STAT, LIST and UIDL.

import { calls, login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const listings: readonly Scenario[] = [
  says(
    'what there is',
    [login, 'STAT', 'LIST', 'UIDL', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: LIST
    S: +OK
       1 120
       2 70
       3 55
       4 150
       5 8045
       6 40
       7 43
       8 14
       9 64841
       10 85
    C: UIDL
    S: +OK
       1 …
       2 …
       3 …
       4 …
       5 …
       6 …
       7 …
       8 …
       9 …
       10 …
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'one message',
    [login, 'LIST 1', 'UIDL 1', 'LIST 10', 'UIDL 10', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST 1
    S: +OK 1 120
    C: UIDL 1
    S: +OK 1 …
    C: LIST 10
    S: +OK 10 85
    C: UIDL 10
    S: +OK 10 …
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'messages that are not there',
    [login, 'LIST 11', 'UIDL 11', 'LIST 0', 'UIDL 0', 'LIST 4294967297', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST 11
    S: -ERR
    C: UIDL 11
    S: -ERR
    C: LIST 0
    S: -ERR
    C: UIDL 0
    S: -ERR
    C: LIST 4294967297
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'numbers that are none',
    [login, 'LIST x', 'LIST -1', 'LIST 1x', 'LIST 1.5', 'UIDL x', 'UIDL +1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST x
    S: -ERR
    C: LIST -1
    S: -ERR
    C: LIST 1x
    S: -ERR
    C: LIST 1.5
    S: -ERR
    C: UIDL x
    S: -ERR
    C: UIDL +1
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'numbers with zeros and blanks before them',
    [login, 'LIST 01', 'LIST  1', 'UIDL 001', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST 01
    S: +OK 1 120
    C: LIST  1
    S: +OK 1 120
    C: UIDL 001
    S: +OK 1 …
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a blank behind LIST, and a second argument',
    [login, 'LIST ', 'LIST 1 ', 'LIST 1 2', 'UIDL 1 2', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST\\x20
    S: +OK
       1 120
       2 70
       3 55
       4 150
       5 8045
       6 40
       7 43
       8 14
       9 64841
       10 85
    C: LIST 1\\x20
    S: -ERR
    C: LIST 1 2
    S: -ERR
    C: UIDL 1 2
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  calls(
    'unique ids are the same in the next session',
    { auth: { user: 'ada', password: 'lovelace' } },
    async function* (client) {
      const ids = (await client.uidl()).map(({ id }) => id)
      yield `${new Set(ids).size} ids`
      yield `one as in the list: ${(await client.uidl(3))[0]!.id === ids[2]}`
      yield `octets as in the list: ${(await client.list(3))[0]!.octets === (await client.list())[2]!.octets}`
      await client.quit()
    },
    `
    10 ids
    one as in the list: true
    octets as in the list: true
  `,
  ),
]
