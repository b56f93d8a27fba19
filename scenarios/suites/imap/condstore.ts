// CONDSTORE (RFC 7162).

import { login, logout, type Step, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const counted: readonly Step[] = [login, { say: 'SELECT INBOX (CONDSTORE)' }]

export const condstore: readonly Scenario[] = [
  says(
    'SELECT with CONDSTORE',
    [...counted, 'FETCH 1 MODSEQ', logout],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: FETCH 1 MODSEQ
    S: * 1 FETCH (MODSEQ (…))
    S: OK
  `,
  ),
  says(
    'STORE tells the new MODSEQ, also in silence',
    [...counted, 'STORE 1 +FLAGS (\\Seen)', 'STORE 2 +FLAGS.SILENT (\\Seen)', 'UID STORE 3 +FLAGS (\\Seen)', logout],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: STORE 1 +FLAGS (\\Seen)
    S: * 1 FETCH (MODSEQ (…) FLAGS (\\Seen \\Recent))
    S: OK
    C: STORE 2 +FLAGS.SILENT (\\Seen)
    S: * 2 FETCH (MODSEQ (…))
    S: OK
    C: UID STORE 3 +FLAGS (\\Seen)
    S: * 3 FETCH (UID 3 MODSEQ (…) FLAGS (\\Seen \\Recent))
    S: OK
  `,
  ),
  says(
    'CHANGEDSINCE',
    [
      ...counted,
      'STORE 2 +FLAGS.SILENT (\\Seen)',
      'FETCH 1:* (FLAGS) (CHANGEDSINCE 1)',
      'UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)',
      'FETCH 1:* (FLAGS) (CHANGEDSINCE 100000)',
      logout,
    ],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: STORE 2 +FLAGS.SILENT (\\Seen)
    S: * 2 FETCH (MODSEQ (…))
    S: OK
    C: FETCH 1:* (FLAGS) (CHANGEDSINCE 1)
    S: * 1 FETCH (FLAGS (\\Recent) MODSEQ (…))
    S: * 2 FETCH (FLAGS (\\Seen \\Recent) MODSEQ (…))
    S: * 3 FETCH (FLAGS (\\Recent) MODSEQ (…))
    S: * 4 FETCH (FLAGS (\\Recent) MODSEQ (…))
    S: * 5 FETCH (FLAGS (\\Recent) MODSEQ (…))
    S: * 6 FETCH (FLAGS (\\Recent) MODSEQ (…))
    S: OK
    C: UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)
    S: * 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (…))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (…))
    S: * 3 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (…))
    S: * 4 FETCH (UID 4 FLAGS (\\Recent) MODSEQ (…))
    S: * 5 FETCH (UID 5 FLAGS (\\Recent) MODSEQ (…))
    S: * 6 FETCH (UID 6 FLAGS (\\Recent) MODSEQ (…))
    S: OK
    C: FETCH 1:* (FLAGS) (CHANGEDSINCE 100000)
    S: OK
  `,
  ),
  says(
    'UNCHANGEDSINCE',
    [
      ...counted,
      'STORE 1 +FLAGS.SILENT (\\Seen)',
      'STORE 1:2 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Flagged)',
      'UID STORE 1:3 (UNCHANGEDSINCE 1) +FLAGS (\\Answered)',
      'FETCH 1:3 FLAGS',
      logout,
    ],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: STORE 1 +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (MODSEQ (…))
    S: OK
    C: STORE 1:2 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Flagged)
    S: OK [MODIFIED 1:2]
    C: UID STORE 1:3 (UNCHANGEDSINCE 1) +FLAGS (\\Answered)
    S: OK [MODIFIED 1:3]
    C: FETCH 1:3 FLAGS
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: * 2 FETCH (FLAGS (\\Recent))
    S: * 3 FETCH (FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'SEARCH MODSEQ',
    [
      ...counted,
      'STORE 2 +FLAGS.SILENT (\\Seen)',
      'SEARCH MODSEQ 1',
      'SEARCH MODSEQ 2',
      'SEARCH MODSEQ 100000',
      logout,
    ],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: STORE 2 +FLAGS.SILENT (\\Seen)
    S: * 2 FETCH (MODSEQ (…))
    S: OK
    C: SEARCH MODSEQ 1
    S: * SEARCH 1 2 3 4 5 6 (MODSEQ …)
    S: OK
    C: SEARCH MODSEQ 2
    S: * SEARCH 1 2 3 4 5 6 (MODSEQ …)
    S: OK
    C: SEARCH MODSEQ 100000
    S: * SEARCH
    S: OK
  `,
  ),
  says(
    'CONDSTORE by FETCH and by STATUS',
    [...select, 'FETCH 1 MODSEQ', 'STORE 1 +FLAGS.SILENT (\\Seen)', 'STATUS INBOX (HIGHESTMODSEQ)', logout],
    `
    C: FETCH 1 MODSEQ
    S: * 1 FETCH (MODSEQ (…))
    S: OK
    C: STORE 1 +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (MODSEQ (…))
    S: OK
    C: STATUS INBOX (HIGHESTMODSEQ)
    S: * STATUS INBOX (HIGHESTMODSEQ …)
    S: OK [CLIENTBUG]
  `,
  ),
  says(
    'CONDSTORE by ENABLE',
    [login, 'ENABLE CONDSTORE', 'SELECT INBOX', 'STORE 1 +FLAGS.SILENT (\\Seen)', logout],
    `
    C: ENABLE CONDSTORE
    S: * ENABLED CONDSTORE
    S: OK
    C: SELECT INBOX
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: STORE 1 +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (MODSEQ (…))
    S: OK
  `,
  ),
  says(
    'a client that counts hears of changes with MODSEQ',
    [
      ...counted.map(step => ({ ...step, client: 'first' })),
      ...select.map(step => ({ ...step, client: 'second' })),
      { client: 'second', say: 'STORE 1 +FLAGS (\\Flagged)' },
      { client: 'first', say: 'NOOP' },
      { ...logout, client: 'first' },
      { ...logout, client: 'second' },
    ],
    `
    first C: SELECT INBOX (CONDSTORE)
    first S: * 6 EXISTS
    first S: * 6 RECENT
    first S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    first S: * OK [HIGHESTMODSEQ …]
    first S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    first S: * OK [UIDNEXT 7]
    first S: * OK [UIDVALIDITY …]
    first S: * OK [UNSEEN 1]
    first S: OK [READ-WRITE]
    second C: STORE 1 +FLAGS (\\Flagged)
    second S: * 1 FETCH (FLAGS (\\Flagged))
    second S: OK
    first C: NOOP
    first S: * 1 FETCH (MODSEQ (…) FLAGS (\\Flagged \\Recent))
    first S: OK
  `,
  ),
  says(
    'CONDSTORE that is none',
    [
      ...counted,
      'FETCH 1 (FLAGS) (CHANGEDSINCE x)',
      'STORE 1 (UNCHANGEDSINCE) +FLAGS (\\Seen)',
      'FETCH 1 (FLAGS) (FOO 1)',
      logout,
    ],
    `
    C: SELECT INBOX (CONDSTORE)
    S: * 6 EXISTS
    S: * 6 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [HIGHESTMODSEQ …]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 7]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: FETCH 1 (FLAGS) (CHANGEDSINCE x)
    S: BAD
    C: STORE 1 (UNCHANGEDSINCE) +FLAGS (\\Seen)
    S: BAD
    C: FETCH 1 (FLAGS) (FOO 1)
    S: BAD
  `,
  ),
]
