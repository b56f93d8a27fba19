// COPY, MOVE and EXPUNGE.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const work = [...select, 'CREATE Work']

export const copies: readonly Scenario[] = [
  says(
    'COPY',
    [...work, 'COPY 1:2 Work', 'UID COPY 3,5 Work', 'STATUS Work (MESSAGES UIDNEXT)', logout],
    `
    C: CREATE Work
    S: OK
    C: COPY 1:2 Work
    S: OK [COPYUID … 1:2 1:2]
    C: UID COPY 3,5 Work
    S: OK [COPYUID … 3,5 3:4]
    C: STATUS Work (MESSAGES UIDNEXT)
    S: * STATUS Work (MESSAGES 4 UIDNEXT 5)
    S: OK
  `,
  ),
  says(
    'COPY keeps flags and dates',
    [
      ...work,
      'STORE 1 +FLAGS.SILENT (\\Flagged label)',
      'COPY 1 Work',
      'SELECT Work',
      'FETCH 1 (FLAGS RFC822.SIZE)',
      'SEARCH ON 15-Mar-2015',
      logout,
    ],
    `
    C: CREATE Work
    S: OK
    C: STORE 1 +FLAGS.SILENT (\\Flagged label)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: OK
    C: COPY 1 Work
    S: OK [COPYUID … 1 1]
    C: SELECT Work
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * OK [UIDNEXT 2]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: FETCH 1 (FLAGS RFC822.SIZE)
    S: * 1 FETCH (FLAGS (\\Flagged \\Recent label) RFC822.SIZE 187)
    S: OK
    C: SEARCH ON 15-Mar-2015
    S: * SEARCH 1
    S: OK
  `,
  ),
  says(
    'COPY into the same mailbox',
    [...select, 'COPY 1 INBOX', 'FETCH 7 UID', logout],
    `
    C: COPY 1 INBOX
    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [COPYUID … 1 7]
    C: FETCH 7 UID
    S: * 7 FETCH (UID 7)
    S: OK
  `,
  ),
  says(
    'COPY to what is not there',
    [...select, 'COPY 1 Nope', 'UID COPY 1 Nope', logout],
    `
    C: COPY 1 Nope
    S: NO [TRYCREATE]
    C: UID COPY 1 Nope
    S: NO [TRYCREATE]
  `,
  ),
  says(
    'COPY of what is not there',
    [...work, 'COPY 9 Work', 'UID COPY 99 Work', 'COPY 5:9 Work', 'STATUS Work (MESSAGES)', logout],
    `
    C: CREATE Work
    S: OK
    C: COPY 9 Work
    S: BAD
    C: UID COPY 99 Work
    S: OK
    C: COPY 5:9 Work
    S: BAD
    C: STATUS Work (MESSAGES)
    S: * STATUS Work (MESSAGES 0)
    S: OK
  `,
  ),
  says(
    'COPY that is none',
    [...select, 'COPY', 'COPY 1', 'COPY x INBOX', 'COPY 1 INBOX more', logout],
    `
    C: COPY
    S: BAD
    C: COPY 1
    S: BAD
    C: COPY x INBOX
    S: BAD
    C: COPY 1 INBOX more
    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [COPYUID … 1 7]
  `,
  ),
  says(
    'MOVE',
    [...work, 'MOVE 2,4 Work', 'UID MOVE 5:6 Work', 'SEARCH ALL', 'UID SEARCH ALL', 'STATUS Work (MESSAGES)', logout],
    `
    C: CREATE Work
    S: OK
    C: MOVE 2,4 Work
    S: * OK [COPYUID … 2,4 1:2]
    S: * 4 EXPUNGE
    S: * 2 EXPUNGE
    S: * 4 RECENT
    S: OK
    C: UID MOVE 5:6 Work
    S: * OK [COPYUID … 5:6 3:4]
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: * 2 RECENT
    S: OK
    C: SEARCH ALL
    S: * SEARCH 1 2
    S: OK
    C: UID SEARCH ALL
    S: * SEARCH 1 3
    S: OK
    C: STATUS Work (MESSAGES)
    S: * STATUS Work (MESSAGES 4)
    S: OK
  `,
  ),
  says(
    'MOVE to and of what is not there',
    [...work, 'MOVE 1 Nope', 'MOVE 9 Work', 'UID MOVE 99 Work', logout],
    `
    C: CREATE Work
    S: OK
    C: MOVE 1 Nope
    S: NO [TRYCREATE]
    C: MOVE 9 Work
    S: BAD
    C: UID MOVE 99 Work
    S: OK
  `,
  ),
  says(
    'MOVE into the same mailbox',
    [...select, 'MOVE 1 INBOX', 'UID SEARCH ALL', logout],
    `
    C: MOVE 1 INBOX
    S: * OK [COPYUID … 1 7]
    S: * 1 EXPUNGE
    S: * 6 EXISTS
    S: OK
    C: UID SEARCH ALL
    S: * SEARCH 2 3 4 5 6 7
    S: OK
  `,
  ),
  says(
    'EXPUNGE',
    [...select, 'STORE 1,3,4 +FLAGS.SILENT (\\Deleted)', 'EXPUNGE', 'UID SEARCH ALL', 'EXPUNGE', logout],
    `
    C: STORE 1,3,4 +FLAGS.SILENT (\\Deleted)
    S: OK
    C: EXPUNGE
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: * 1 EXPUNGE
    S: * 3 RECENT
    S: OK
    C: UID SEARCH ALL
    S: * SEARCH 2 5 6
    S: OK
    C: EXPUNGE
    S: OK
  `,
  ),
  says(
    'UID EXPUNGE takes no more than it is told',
    [
      ...select,
      'STORE 1:3 +FLAGS.SILENT (\\Deleted)',
      'UID EXPUNGE 2:9',
      'UID SEARCH DELETED',
      'UID EXPUNGE 99',
      'UID EXPUNGE',
      logout,
    ],
    `
    C: STORE 1:3 +FLAGS.SILENT (\\Deleted)
    S: OK
    C: UID EXPUNGE 2:9
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: * 4 RECENT
    S: OK
    C: UID SEARCH DELETED
    S: * SEARCH 1
    S: OK
    C: UID EXPUNGE 99
    S: OK
    C: UID EXPUNGE
    S: BAD
  `,
  ),
  says(
    'UIDs are not used again',
    [
      ...select,
      'STORE 6 +FLAGS.SILENT (\\Deleted)',
      'EXPUNGE',
      'APPEND INBOX {5+}\r\nhello',
      'FETCH 6 UID',
      'STATUS INBOX (UIDNEXT)',
      logout,
    ],
    `
    C: STORE 6 +FLAGS.SILENT (\\Deleted)
    S: OK
    C: EXPUNGE
    S: * 6 EXPUNGE
    S: * 5 RECENT
    S: OK
    C: APPEND INBOX {5+}
       hello
    S: * 6 EXISTS
    S: * 6 RECENT
    S: OK [APPENDUID … 7]
    C: FETCH 6 UID
    S: * 6 FETCH (UID 7)
    S: OK
    C: STATUS INBOX (UIDNEXT)
    S: * STATUS INBOX (UIDNEXT 8)
    S: OK [CLIENTBUG]
  `,
  ),
  says(
    'all are deleted',
    [...select, 'STORE 1:* +FLAGS.SILENT (\\Deleted)', 'EXPUNGE', 'SEARCH ALL', 'FETCH 1:* FLAGS', logout],
    `
    C: STORE 1:* +FLAGS.SILENT (\\Deleted)
    S: OK
    C: EXPUNGE
    S: * 6 EXPUNGE
    S: * 5 EXPUNGE
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    S: * 0 RECENT
    S: OK
    C: SEARCH ALL
    S: * SEARCH
    S: OK
    C: FETCH 1:* FLAGS
    S: BAD
  `,
  ),
]
