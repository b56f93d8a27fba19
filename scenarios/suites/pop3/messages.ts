// RETR.

import { calls, login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const messages: readonly Scenario[] = [
  says(
    'a mail',
    [login, 'RETR 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 1
    S: +OK
       Date: Tue, 7 Oct 2008 19:03:16 +0100
       From: bob@example.net
       To: ada@example.org
       Subject: one

       first
       second
       third
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a mail whose last line has no end',
    [login, 'RETR 3', 'TOP 3 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 3
    S: +OK
       From: bob@example.net
       Subject: open

       the end is open
    C: TOP 3 1
    S: +OK
       From: bob@example.net
       Subject: open

       the end is open
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'octets beyond ASCII',
    [login, 'RETR 4', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 4
    S: +OK
       From: Günther <guenther@example.net>
       Subject: grüße
       Content-Type: text/plain; charset=utf-8
       Content-Transfer-Encoding: 8bit

       Grüße, 世界
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'lines beyond all limits',
    [login, 'RETR 5', 'TOP 5 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 5
    S: +OK
       From: bob@example.net
       Subject: long

       xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (998)
       yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy… (5000)
       .zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz… (2001)
    C: TOP 5 1
    S: +OK
       From: bob@example.net
       Subject: long

       xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (998)
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a body alone',
    [login, 'RETR 8', 'TOP 8 0', 'TOP 8 2', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 8
    S: +OK


       body


    C: TOP 8 0
    S: +OK

    C: TOP 8 2
    S: +OK


       body
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'folded fields and blanks at the ends of lines',
    [login, 'RETR 10', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 10
    S: +OK
       From: bob@example.net
       Subject: folded
        over
       \\x09three lines

       trailing \\x20
       \\x09leading
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'RETR of what is not there',
    [login, 'RETR 11', 'RETR 0', 'RETR -1', 'RETR x', 'RETR', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 11
    S: -ERR
    C: RETR 0
    S: -ERR
    C: RETR -1
    S: -ERR
    C: RETR x
    S: -ERR
    C: RETR
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'RETR with a second argument',
    [login, 'RETR 6 2', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 6 2
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'the same mail twice',
    [login, 'RETR 6', 'RETR 6', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 6
    S: +OK
       From: bob@example.net
       Subject: header
    C: RETR 6
    S: +OK
       From: bob@example.net
       Subject: header
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  calls(
    'a mail of many packets comes whole',
    { auth: { user: 'ada', password: 'lovelace' } },
    async function* (client) {
      const mail = await client.retrieve(9)
      yield `${mail.header('subject')}: ${mail.raw.length} octets, ${mail.text!.split('\n').length} lines`
      const top = await client.top(9, 2)
      yield `top: ${top.raw.length} octets`
      await client.quit()
    },
    `
    large: 64841 octets, 900 lines
    top: 185 octets
  `,
  ),
]
