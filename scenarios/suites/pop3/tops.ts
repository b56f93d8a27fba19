// TOP.

import { login, says } from '../pop3-client.ts'
import type { Scenario } from '../scenario.ts'

export const tops: readonly Scenario[] = [
  says(
    'lines that begin with dots',
    [login, 'RETR 2', 'TOP 2 1', 'TOP 2 3', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 2
    S: +OK
       From: bob@example.net
       Subject: dots

       .
       .one
       ..two
       in.side
       ...
    C: TOP 2 1
    S: +OK
       From: bob@example.net
       Subject: dots

       .
    C: TOP 2 3
    S: +OK
       From: bob@example.net
       Subject: dots

       .
       .one
       ..two
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a header alone',
    [login, 'RETR 6', 'TOP 6 0', 'TOP 6 5', 'QUIT'],
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
    C: TOP 6 0
    S: +OK
       From: bob@example.net
       Subject: header
    C: TOP 6 5
    S: +OK
       From: bob@example.net
       Subject: header
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'a header and its empty line',
    [login, 'RETR 7', 'TOP 7 0', 'TOP 7 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: RETR 7
    S: +OK
       From: bob@example.net
       Subject: nothing

    C: TOP 7 0
    S: +OK
       From: bob@example.net
       Subject: nothing

    C: TOP 7 1
    S: +OK
       From: bob@example.net
       Subject: nothing

    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'no line, one line, and more than there are',
    [login, 'TOP 1 0', 'TOP 1 1', 'TOP 1 3', 'TOP 1 100', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: TOP 1 0
    S: +OK
       Date: Tue, 7 Oct 2008 19:03:16 +0100
       From: bob@example.net
       To: ada@example.org
       Subject: one

    C: TOP 1 1
    S: +OK
       Date: Tue, 7 Oct 2008 19:03:16 +0100
       From: bob@example.net
       To: ada@example.org
       Subject: one

       first
    C: TOP 1 3
    S: +OK
       Date: Tue, 7 Oct 2008 19:03:16 +0100
       From: bob@example.net
       To: ada@example.org
       Subject: one

       first
       second
       third
    C: TOP 1 100
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
    'TOP of what is not there',
    [login, 'TOP 11 1', 'TOP 0 1', 'TOP x 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: TOP 11 1
    S: -ERR
    C: TOP 0 1
    S: -ERR
    C: TOP x 1
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
  says(
    'TOP with lines that are none',
    [login, 'TOP', 'TOP 1', 'TOP 1 x', 'TOP 1 -1', 'TOP 1 1 1', 'QUIT'],
    `
    S: +OK
    C: USER ada
    S: +OK
    C: PASS lovelace
    S: +OK
    C: TOP
    S: -ERR
    C: TOP 1
    S: -ERR
    C: TOP 1 x
    S: -ERR
    C: TOP 1 -1
    S: -ERR
    C: TOP 1 1 1
    S: -ERR
    C: QUIT
    S: +OK
    S: the end
  `,
  ),
]
