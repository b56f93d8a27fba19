// STORE, and flags.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const stores: readonly Scenario[] = [
  says(
    'flags are added, taken away and replaced',
    [
      ...select,
      'STORE 1 +FLAGS (\\Flagged \\Answered)',
      'STORE 1 -FLAGS (\\Answered)',
      'STORE 1 FLAGS (\\Draft)',
      'STORE 1 FLAGS ()',
      logout,
    ],
    `
    C: STORE 1 +FLAGS (\\Flagged \\Answered)
    S: * 1 FETCH (FLAGS (\\Answered \\Flagged \\Recent))
    S: OK
    C: STORE 1 -FLAGS (\\Answered)
    S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    S: OK
    C: STORE 1 FLAGS (\\Draft)
    S: * 1 FETCH (FLAGS (\\Draft \\Recent))
    S: OK
    C: STORE 1 FLAGS ()
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'what is stored in silence is not told',
    [
      ...select,
      'STORE 1:2 +FLAGS.SILENT (\\Seen)',
      'STORE 1 -FLAGS.SILENT (\\Seen)',
      'STORE 1 FLAGS.SILENT (\\Flagged)',
      'FETCH 1:2 FLAGS',
      logout,
    ],
    `
    C: STORE 1:2 +FLAGS.SILENT (\\Seen)
    S: OK
    C: STORE 1 -FLAGS.SILENT (\\Seen)
    S: OK
    C: STORE 1 FLAGS.SILENT (\\Flagged)
    S: OK
    C: FETCH 1:2 FLAGS
    S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    S: * 2 FETCH (FLAGS (\\Seen \\Recent))
    S: OK
  `,
  ),
  says(
    'flags without a list',
    [...select, 'STORE 1 +FLAGS \\Seen', 'STORE 1 +FLAGS \\Seen \\Flagged', logout],
    `
    C: STORE 1 +FLAGS \\Seen
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: OK
    C: STORE 1 +FLAGS \\Seen \\Flagged
    S: * 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))
    S: OK
  `,
  ),
  says(
    'keywords',
    [
      ...select,
      'STORE 1 +FLAGS (label $Forwarded)',
      'STORE 2 +FLAGS (LABEL)',
      'FETCH 1:2 FLAGS',
      'SEARCH KEYWORD label',
      'SEARCH UNKEYWORD label',
      logout,
    ],
    `
    C: STORE 1 +FLAGS (label $Forwarded)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label $Forwarded)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label $Forwarded \\*)]
    S: * 1 FETCH (FLAGS (\\Recent label $Forwarded))
    S: OK
    C: STORE 2 +FLAGS (LABEL)
    S: * 2 FETCH (FLAGS (\\Recent label))
    S: OK
    C: FETCH 1:2 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent label $Forwarded))
    S: * 2 FETCH (FLAGS (\\Recent label))
    S: OK
    C: SEARCH KEYWORD label
    S: * SEARCH 1 2
    S: OK
    C: SEARCH UNKEYWORD label
    S: * SEARCH 3 4 5 6
    S: OK
  `,
  ),
  says(
    'keywords are remembered by the mailbox',
    [...select, 'STORE 1 +FLAGS (label)', 'STORE 1 -FLAGS (label)', 'SELECT INBOX', logout],
    `
    C: STORE 1 +FLAGS (label)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * 1 FETCH (FLAGS (\\Recent label))
    S: OK
    C: STORE 1 -FLAGS (label)
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
    C: SELECT INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'nothing is changed',
    [...select, 'STORE 1 -FLAGS (\\Seen)', 'STORE 1 +FLAGS ()', logout],
    `
    C: STORE 1 -FLAGS (\\Seen)
    S: OK
    C: STORE 1 +FLAGS ()
    S: OK
  `,
  ),
  says(
    'flags that are none',
    [
      ...select,
      'STORE 1 +FLAGS (\\Recent)',
      'STORE 1 +FLAGS (\\Foo)',
      'STORE 1 FLAGZ (\\Seen)',
      'STORE 1 +FLAGS',
      'STORE 1',
      logout,
    ],
    `
    C: STORE 1 +FLAGS (\\Recent)
    S: BAD
    C: STORE 1 +FLAGS (\\Foo)
    S: BAD
    C: STORE 1 FLAGZ (\\Seen)
    S: BAD
    C: STORE 1 +FLAGS
    S: OK
    C: STORE 1
    S: BAD
  `,
  ),
  says(
    'flags of messages that are not there',
    [
      ...select,
      'STORE 9 +FLAGS (\\Seen)',
      'STORE 5:9 +FLAGS (\\Seen)',
      'UID STORE 99 +FLAGS (\\Seen)',
      'UID STORE 5:99 +FLAGS (\\Flagged)',
      logout,
    ],
    `
    C: STORE 9 +FLAGS (\\Seen)
    S: BAD
    C: STORE 5:9 +FLAGS (\\Seen)
    S: BAD
    C: UID STORE 99 +FLAGS (\\Seen)
    S: OK
    C: UID STORE 5:99 +FLAGS (\\Flagged)
    S: * 5 FETCH (UID 5 FLAGS (\\Flagged \\Recent))
    S: * 6 FETCH (UID 6 FLAGS (\\Flagged \\Recent))
    S: OK
  `,
  ),
  says(
    'UID STORE',
    [
      ...select,
      'UID STORE 2 +FLAGS (\\Seen)',
      'UID STORE 2:3 FLAGS (\\Answered)',
      'UID STORE 3 -FLAGS.SILENT (\\Answered)',
      'FETCH 2:3 FLAGS',
      logout,
    ],
    `
    C: UID STORE 2 +FLAGS (\\Seen)
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))
    S: OK
    C: UID STORE 2:3 FLAGS (\\Answered)
    S: * 2 FETCH (UID 2 FLAGS (\\Answered \\Recent))
    S: * 3 FETCH (UID 3 FLAGS (\\Answered \\Recent))
    S: OK
    C: UID STORE 3 -FLAGS.SILENT (\\Answered)
    S: OK
    C: FETCH 2:3 FLAGS
    S: * 2 FETCH (FLAGS (\\Answered \\Recent))
    S: * 3 FETCH (FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'flags last',
    [...select, 'STORE 1 +FLAGS (\\Flagged label)', 'UNSELECT', 'SELECT INBOX', 'FETCH 1 FLAGS', logout],
    `
    C: STORE 1 +FLAGS (\\Flagged label)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * 1 FETCH (FLAGS (\\Flagged \\Recent label))
    S: OK
    C: UNSELECT
    S: OK
    C: SELECT INBOX
    S: * 0 RECENT
    S: * 6 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Flagged label))
    S: OK
  `,
  ),
]
