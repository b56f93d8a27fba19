// DELE, RSET, QUIT, links that are cut, and the lock of the maildrop.

import { calls, login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

const first = (lines: string) => ({ client: 'first', lines })
const third = (lines: string) => ({ client: 'third', lines })
const second = (lines: string) => ({ client: 'second', lines })

export const deletions: readonly Scenario[] = [
  says(
    'what is marked is no longer listed, and keeps its number',
    [login, 'DELE 2', 'STAT', 'LIST', 'UIDL', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: DELE 2
    S: +OK
    C: STAT
    S: +OK 9 73393
    C: LIST
    S: +OK
       1 120
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
    'what is marked cannot be had',
    [login, 'DELE 2', 'RETR 2', 'TOP 2 0', 'LIST 2', 'UIDL 2', 'DELE 2', 'LIST 3', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: DELE 2
    S: +OK
    C: RETR 2
    S: -ERR
    C: TOP 2 0
    S: -ERR
    C: LIST 2
    S: -ERR
    C: UIDL 2
    S: -ERR
    C: DELE 2
    S: -ERR
    C: LIST 3
    S: +OK 3 55
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'RSET takes marks back',
    [login, 'DELE 1', 'DELE 2', 'STAT', 'RSET', 'STAT', 'RETR 6', 'LIST 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: DELE 1
    S: +OK
    C: DELE 2
    S: +OK
    C: STAT
    S: +OK 8 73273
    C: RSET
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: RETR 6
    S: +OK
       From: bob@example.net
       Subject: header
    C: LIST 1
    S: +OK 1 120
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'DELE of what is not there',
    [login, 'DELE 11', 'DELE 0', 'DELE x', 'DELE', 'DELE 1 2', 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: DELE 11
    S: -ERR
    C: DELE 0
    S: -ERR
    C: DELE x
    S: -ERR
    C: DELE
    S: -ERR
    C: DELE 1 2
    S: -ERR
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'QUIT deletes, and numbers begin anew',
    [first(login), first('DELE 1'), first('DELE 3'), first('QUIT'), second(login), second('LIST'), second('QUIT')],
    `
    first S: +OK
    first C: USER ada
    first S: +OK
    first C: PASS lovelace
    first S: +OK
    first C: DELE 1
    first S: +OK
    first C: DELE 3
    first S: +OK
    first C: QUIT
    first S: +OK
    first S: the end
    second S: +OK
    second C: USER ada
    second S: +OK
    second C: PASS lovelace
    second S: +OK
    second C: LIST
    second S: +OK
    second    1 70
    second    2 150
    second    3 8045
    second    4 40
    second    5 43
    second    6 14
    second    7 64841
    second    8 85
    second C: QUIT
    second S: +OK
    second S: the end
  `,
  ),
  says(
    'a link that is cut deletes nothing',
    [first(login), first('DELE 1'), { client: 'first', cut: true }, second(login), second('STAT'), second('QUIT')],
    `
    first S: +OK
    first C: USER ada
    first S: +OK
    first C: PASS lovelace
    first S: +OK
    first C: DELE 1
    first S: +OK
    first C: (goes away)
    second S: +OK
    second C: USER ada
    second S: +OK
    second C: PASS lovelace
    second S: +OK
    second C: STAT
    second S: +OK 10 73463
    second C: QUIT
    second S: +OK
    second S: the end
  `,
  ),
  says(
    'marks that were taken back are not carried out',
    [first(login), first('DELE 1\nRSET\nDELE 2\nQUIT'), second(login), second('LIST'), second('QUIT')],
    `
    first S: +OK
    first C: USER ada
    first S: +OK
    first C: PASS lovelace
    first S: +OK
    first C: DELE 1
    first S: +OK
    first C: RSET
    first S: +OK
    first C: DELE 2
    first S: +OK
    first C: QUIT
    first S: +OK
    first S: the end
    second S: +OK
    second C: USER ada
    second S: +OK
    second C: PASS lovelace
    second S: +OK
    second C: LIST
    second S: +OK
    second    1 120
    second    2 55
    second    3 150
    second    4 8045
    second    5 40
    second    6 43
    second    7 14
    second    8 64841
    second    9 85
    second C: QUIT
    second S: +OK
    second S: the end
  `,
  ),
  says(
    'all is deleted',
    [
      first(login),
      first(Array.from({ length: 10 }, (_, at) => `DELE ${at + 1}`).join('\n')),
      first('STAT\nLIST\nUIDL\nQUIT'),
      second(login),
      second('STAT\nLIST\nUIDL\nRETR 1\nQUIT'),
    ],
    `
    first S: +OK
    first C: USER ada
    first S: +OK
    first C: PASS lovelace
    first S: +OK
    first C: DELE 1
    first S: +OK
    first C: DELE 2
    first S: +OK
    first C: DELE 3
    first S: +OK
    first C: DELE 4
    first S: +OK
    first C: DELE 5
    first S: +OK
    first C: DELE 6
    first S: +OK
    first C: DELE 7
    first S: +OK
    first C: DELE 8
    first S: +OK
    first C: DELE 9
    first S: +OK
    first C: DELE 10
    first S: +OK
    first C: STAT
    first S: +OK 0 0
    first C: LIST
    first S: +OK
    first C: UIDL
    first S: +OK
    first C: QUIT
    first S: +OK
    first S: the end
    second S: +OK
    second C: USER ada
    second S: +OK
    second C: PASS lovelace
    second S: +OK
    second C: STAT
    second S: +OK 0 0
    second C: LIST
    second S: +OK
    second C: UIDL
    second S: +OK
    second C: RETR 1
    second S: -ERR
    second C: QUIT
    second S: +OK
    second S: the end
  `,
  ),
  says(
    'a maildrop is one session’s at a time',
    [
      first(login),
      { ...second(`${login}\nQUIT`), responses: 4 },
      first('QUIT'),
      third(login),
      third('STAT'),
      third('QUIT'),
    ],
    `
    first S: +OK
    first C: USER ada
    first S: +OK
    first C: PASS lovelace
    first S: +OK
    second S: +OK
    second C: USER ada
    second S: +OK
    second C: PASS lovelace
    second S: -ERR [IN-USE]
    second C: QUIT
    second S: the end
    first C: QUIT
    first S: +OK
    first S: the end
    third S: +OK
    third C: USER ada
    third S: +OK
    third C: PASS lovelace
    third S: +OK
    third C: STAT
    third S: +OK 10 73463
    third C: QUIT
    third S: +OK
    third S: the end
  `,
  ),
  calls(
    'a client deletes by quit, and not by going away',
    { auth: { user: 'ada', password: 'lovelace' } },
    async function* (client) {
      await client.delete(1)
      yield JSON.stringify(await client.stat())
      await client.reset()
      yield JSON.stringify(await client.stat())
      await client.delete(1)
      await client.retrieve(1)
    },
    `
    {"messages":9,"octets":73343}
    {"messages":10,"octets":73463}
    Pop3ReplyError RETR
  `,
  ),
]
