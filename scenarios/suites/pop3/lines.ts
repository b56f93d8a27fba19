// Lines and what they end in, several of them at once, and what is none.

import { login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const lines: readonly Scenario[] = [
  says(
    'a login and a session in one packet',
    [`${login}\nSTAT\nLIST 1\nTOP 6 0\nNOOP\nQUIT`],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: LIST 1
    S: +OK 1 120
    C: TOP 6 0
    S: +OK
       From: bob@example.net
       Subject: header
    C: NOOP
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a session under TLS in one packet',
    ['STLS', `${login}\nSTAT\nRETR 6\nQUIT`],
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
    C: RETR 6
    S: +OK
       From: bob@example.net
       Subject: header
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'many commands at once',
    [login, Array(40).fill('STAT').join('\n'), 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'an error in the middle of many',
    [login, 'STAT\nRETR 99\nLIST 1\nFOO\nSTAT\nQUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: STAT
    S: +OK 10 73463
    C: RETR 99
    S: -ERR
    C: LIST 1
    S: +OK 1 120
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
    'lines that end in LF alone',
    [{ octets: 'USER ada\nPASS lovelace\nSTAT\nQUIT\n', responses: 4 }],
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
    'an empty line',
    ['', login, '', 'QUIT'],
    `
    S: +OK
    C: 
    S: -ERR
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: 
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'blanks before a verb',
    [login, ' STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C:  STAT
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a tab after a verb',
    [login, 'LIST\t1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST\\x091
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a line of 300 octets',
    [login, `LIST ${'x'.repeat(300)}`, `FOO ${'x'.repeat(300)}`, 'STAT', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: LIST xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (305)
    S: -ERR
    C: FOO xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (304)
    S: -ERR
    C: STAT
    S: +OK 10 73463
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'octets that are no letters',
    [{ octets: '\x00\x01\xff\r\n', responses: 1 }, 'QUIT'],
    `
    S: +OK
    C: \\x00\\x01ÿ
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a command octet by octet is not different',
    [login, { octets: 'ST', responses: 0 }, { octets: 'AT\r\n', responses: 1 }, 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: AT
    S: +OK
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
]
