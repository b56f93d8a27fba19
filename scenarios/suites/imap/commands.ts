// Commands at the wrong moment, several at once, and what is none.

import { login, loginLine, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const commands: readonly Scenario[] = [
  says(
    'commands of a session before a login',
    ['SELECT INBOX', 'FETCH 1 FLAGS', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: SELECT INBOX
    S: BAD
    C: FETCH 1 FLAGS
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'commands of a mailbox before it is selected',
    [
      login,
      'FETCH 1 FLAGS',
      'SEARCH ALL',
      'STORE 1 +FLAGS (\\Seen)',
      'EXPUNGE',
      'UID EXPUNGE 1',
      'CLOSE',
      'COPY 1 INBOX',
      'LOGOUT',
    ],
    `
    C: FETCH 1 FLAGS
    S: BAD
    C: SEARCH ALL
    S: BAD
    C: STORE 1 +FLAGS (\\Seen)
    S: BAD
    C: EXPUNGE
    S: BAD
    C: UID EXPUNGE 1
    S: BAD
    C: CLOSE
    S: BAD
    C: COPY 1 INBOX
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'commands that nobody knows',
    ['FOO', login, 'FOO', 'XBAR 1', 'UID FOO', 'UID', 'LOGOUT'],
    `
    S: * OK [CAPABILITY …]
    C: FOO
    S: BAD
    C: FOO
    S: BAD
    C: XBAR 1
    S: BAD
    C: UID FOO
    S: BAD
    C: UID
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'verbs in any case',
    ['login ada lovelace', 'Select inbox', 'nOOp', 'logout'],
    `
    S: * OK [CAPABILITY …]
    C: login ada lovelace
    S: OK [CAPABILITY …]
    C: Select inbox
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: nOOp
    S: OK
    C: logout
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a login and a session in one packet',
    [{ together: [loginLine, 'SELECT INBOX', 'FETCH 1 FLAGS', 'LOGOUT'] }],
    `
    S: * OK [CAPABILITY …]
    C: LOGIN ada lovelace
    C: SELECT INBOX
    C: FETCH 1 FLAGS
    C: LOGOUT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * OK [UNSEEN 1]
    S: * OK [UIDVALIDITY …]
    S: * OK [UIDNEXT 7]
    S: * 1 FETCH (FLAGS (\\Recent))
    S: * BYE
    S: OK [CAPABILITY …]
    S: OK [READ-WRITE]
    S: OK
    S: OK
  `,
  ),
  says(
    'commands that wait for none',
    [...select, { together: ['FETCH 1 UID', 'FETCH 2 UID', 'NOOP', 'SEARCH ALL'] }, 'LOGOUT'],
    `
    C: FETCH 1 UID
    C: FETCH 2 UID
    C: NOOP
    C: SEARCH ALL
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 2)
    S: * SEARCH 1 2 3 4 5 6
    S: OK
    S: OK
    S: OK
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'an error in the middle of many',
    [...select, { together: ['FETCH 1 UID', 'FOO', 'FETCH 99 UID', 'FETCH 2 UID'] }, 'LOGOUT'],
    `
    C: FETCH 1 UID
    C: FOO
    C: FETCH 99 UID
    C: FETCH 2 UID
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 2)
    S: OK
    S: BAD
    S: BAD
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a line without a tag',
    [login, { octets: '\r\n', hear: 'BAD' }, 'LOGOUT'],
    `
    C:
    S: * BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a tag alone',
    [login, '', 'LOGOUT'],
    `
    C:
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'a tag that is none',
    [login, { octets: '+x NOOP\r\n', hear: 'BAD' }, 'NOOP', 'LOGOUT'],
    `
    C: +x NOOP
    S: * BAD
    C: NOOP
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'blanks where none should be',
    [...select, 'FETCH  1 FLAGS', 'FETCH 1  FLAGS', 'NOOP ', 'FETCH 1 FLAGS ', 'LOGOUT'],
    `
    C: FETCH  1 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
    C: FETCH 1  FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
    C: NOOP
    S: OK
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'arguments where there are none',
    [...select, 'NOOP now', 'CHECK now', 'EXPUNGE now', 'CAPABILITY now', 'LOGOUT now'],
    `
    C: NOOP now
    S: OK
    C: CHECK now
    S: OK
    C: EXPUNGE now
    S: OK
    C: CAPABILITY now
    S: * CAPABILITY …
    S: OK
    C: LOGOUT now
    S: * BYE
    S: OK
  `,
  ),
  says(
    'strings that are not closed',
    [login, 'SELECT "INBOX', 'LOGOUT'],
    `
    C: SELECT "INBOX
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
  says(
    'lines that end in LF alone',
    [{ octets: 'x1 LOGIN ada lovelace\nx2 NOOP\nx3 LOGOUT\n', hear: 'x3 ' }],
    `
    S: * OK [CAPABILITY …]
    C: x1 LOGIN ada lovelace
       x2 NOOP
       x3 LOGOUT
    S: OK [CAPABILITY …]
    S: OK
    S: * BYE
    S: OK
  `,
  ),
  says(
    'QUOTA',
    [login, 'GETQUOTAROOT INBOX', 'GETQUOTA ""', 'LOGOUT'],
    `
    C: GETQUOTAROOT INBOX
    S: BAD
    C: GETQUOTA ""
    S: BAD
    C: LOGOUT
    S: * BYE
    S: OK
  `,
  ),
]
