// SELECT, EXAMINE, STATUS, and how a mailbox is left.

import { login, logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const selections: readonly Scenario[] = [
  says(
    'SELECT',
    [login, 'SELECT INBOX', logout],
    `
    C: SELECT INBOX
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'EXAMINE',
    [login, 'EXAMINE INBOX', logout],
    `
    C: EXAMINE INBOX
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-ONLY]
  `,
  ),
  says(
    'INBOX in any case',
    [login, 'SELECT inbox', 'EXAMINE "InBox"', logout],
    `
    C: SELECT inbox
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: EXAMINE "InBox"
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS ()]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-ONLY]
  `,
  ),
  says(
    'a mailbox after another',
    [...select, 'CREATE Work', 'SELECT Work', 'SELECT INBOX', logout],
    `
    C: CREATE Work
    S: OK
    C: SELECT Work
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 1]
    S: * OK [UIDVALIDITY …]
    S: OK [READ-WRITE]
    C: SELECT INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'a mailbox that is not there leaves none selected',
    [...select, 'SELECT Nope', 'CHECK', logout],
    `
    C: SELECT Nope
    S: * OK [CLOSED]
    S: NO
    C: CHECK
    S: BAD
  `,
  ),
  says(
    'CLOSE and UNSELECT',
    [...select, 'CLOSE', 'CHECK', 'SELECT INBOX', 'UNSELECT', 'CLOSE', logout],
    `
    C: CLOSE
    S: OK
    C: CHECK
    S: BAD
    C: SELECT INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: UNSELECT
    S: OK
    C: CLOSE
    S: BAD
  `,
  ),
  says(
    'CLOSE expunges, UNSELECT and EXAMINE do not',
    [
      ...select,
      'STORE 1 +FLAGS.SILENT (\\Deleted)',
      'UNSELECT',
      'EXAMINE INBOX',
      'CLOSE',
      'STATUS INBOX (MESSAGES)',
      'SELECT INBOX',
      'CLOSE',
      'STATUS INBOX (MESSAGES)',
      logout,
    ],
    `
    C: STORE 1 +FLAGS.SILENT (\\Deleted)
    S: OK
    C: UNSELECT
    S: OK
    C: EXAMINE INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-ONLY]
    C: CLOSE
    S: OK
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 6)
    S: OK
    C: SELECT INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: CLOSE
    S: OK
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 5)
    S: OK
  `,
  ),
  says(
    'what is only looked at is not changed',
    [login, 'EXAMINE INBOX', 'FETCH 1 BODY[TEXT]', 'STORE 1 +FLAGS (\\Seen)', 'EXPUNGE', 'FETCH 1 FLAGS', logout],
    `
    C: EXAMINE INBOX
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-ONLY]
    C: FETCH 1 BODY[TEXT]
    S: * 1 FETCH (BODY[TEXT] {5}
       one
       )
    S: OK
    C: STORE 1 +FLAGS (\\Seen)
    S: OK
    C: EXPUNGE
    S: OK
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'STATUS',
    [
      login,
      'STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)',
      'STATUS INBOX (UNSEEN MESSAGES)',
      'STATUS INBOX (SIZE HIGHESTMODSEQ)',
      'STATUS Nope (MESSAGES)',
      logout,
    ],
    `
    C: STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)
    S: * STATUS INBOX (MESSAGES 6 RECENT 6 UIDNEXT 7 UIDVALIDITY … UNSEEN 6)
    S: OK
    C: STATUS INBOX (UNSEEN MESSAGES)
    S: * STATUS INBOX (MESSAGES 6 UNSEEN 6)
    S: OK
    C: STATUS INBOX (SIZE HIGHESTMODSEQ)
    S: * STATUS INBOX (HIGHESTMODSEQ … SIZE 5156)
    S: OK
    C: STATUS Nope (MESSAGES)
    S: NO
  `,
  ),
  says(
    'STATUS of the mailbox that is selected',
    [...select, 'FETCH 1 BODY[TEXT]', 'STATUS INBOX (MESSAGES UNSEEN)', logout],
    `
    C: FETCH 1 BODY[TEXT]
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) BODY[TEXT] {5}
       one
       )
    S: OK
    C: STATUS INBOX (MESSAGES UNSEEN)
    S: * STATUS INBOX (MESSAGES 6 UNSEEN 5)
    S: OK [CLIENTBUG]
  `,
  ),
  says(
    'STATUS that is none',
    [login, 'STATUS INBOX', 'STATUS INBOX ()', 'STATUS INBOX (FOO)', 'STATUS', logout],
    `
    C: STATUS INBOX
    S: BAD
    C: STATUS INBOX ()
    S: BAD
    C: STATUS INBOX (FOO)
    S: BAD
    C: STATUS
    S: BAD
  `,
  ),
  says(
    'an empty mailbox',
    [
      login,
      'CREATE Empty',
      'SELECT Empty',
      'FETCH 1:* FLAGS',
      'UID FETCH 1:* FLAGS',
      'SEARCH ALL',
      'UID SEARCH ALL',
      'EXPUNGE',
      'STATUS Empty (MESSAGES UNSEEN UIDNEXT)',
      logout,
    ],
    `
    C: CREATE Empty
    S: OK
    C: SELECT Empty
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 1]
    S: * OK [UIDVALIDITY …]
    S: OK [READ-WRITE]
    C: FETCH 1:* FLAGS
    S: BAD
    C: UID FETCH 1:* FLAGS
    S: OK
    C: SEARCH ALL
    S: * SEARCH
    S: OK
    C: UID SEARCH ALL
    S: * SEARCH
    S: OK
    C: EXPUNGE
    S: OK
    C: STATUS Empty (MESSAGES UNSEEN UIDNEXT)
    S: * STATUS Empty (MESSAGES 0 UIDNEXT 1 UNSEEN 0)
    S: OK [CLIENTBUG]
  `,
  ),
]
