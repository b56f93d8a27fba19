// Several clients on one mailbox: what each is told of what the other does.

import { login, logout, type Step, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const first = (step: string | Step): Step => ({ ...(typeof step === 'string' ? { say: step } : step), client: 'first' })
const second = (step: string | Step): Step => ({ ...first(step), client: 'second' })
const both = [...select.map(first), ...select.map(second)]
const goodbye = [first(logout), second(logout)]

export const clients: readonly Scenario[] = [
  says(
    'flags that another client changed',
    [...both, first('STORE 1:2 +FLAGS (\\Flagged)'), second('NOOP'), second('NOOP'), ...goodbye],
    `
    first C: STORE 1:2 +FLAGS (\\Flagged)
    first S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    first S: * 2 FETCH (FLAGS (\\Flagged \\Recent))
    first S: OK
    second C: NOOP
    second S: * 1 FETCH (FLAGS (\\Flagged))
    second S: * 2 FETCH (FLAGS (\\Flagged))
    second S: OK
    second C: NOOP
    second S: OK
  `,
  ),
  says(
    'flags that another client changed in silence',
    [...both, first('STORE 1 +FLAGS.SILENT (\\Seen)'), second('NOOP'), ...goodbye],
    `
    first C: STORE 1 +FLAGS.SILENT (\\Seen)
    first S: OK
    second C: NOOP
    second S: * 1 FETCH (FLAGS (\\Seen))
    second S: OK
  `,
  ),
  says(
    'mails that another client appended',
    [...both, first('APPEND INBOX {5+}\r\nhello'), second('NOOP'), second('FETCH 7 UID'), ...goodbye],
    `
    first C: APPEND INBOX {5+}
    first    hello
    first S: * 7 EXISTS
    first S: * 7 RECENT
    first S: OK [APPENDUID … 7]
    second C: NOOP
    second S: * 7 EXISTS
    second S: OK
    second C: FETCH 7 UID
    second S: * 7 FETCH (UID 7)
    second S: OK
  `,
  ),
  says(
    'mails that another client expunged',
    [
      ...both,
      first('STORE 2,4 +FLAGS.SILENT (\\Deleted)'),
      first('EXPUNGE'),
      second('NOOP'),
      second('SEARCH ALL'),
      ...goodbye,
    ],
    `
    first C: STORE 2,4 +FLAGS.SILENT (\\Deleted)
    first S: OK
    first C: EXPUNGE
    first S: * 4 EXPUNGE
    first S: * 2 EXPUNGE
    first S: * 4 RECENT
    first S: OK
    second C: NOOP
    second S: * 4 EXPUNGE
    second S: * 2 EXPUNGE
    second S: OK
    second C: SEARCH ALL
    second S: * SEARCH 1 2 3 4
    second S: OK
  `,
  ),
  says(
    'what is gone is not told amid numbers',
    [
      ...both,
      first('STORE 2 +FLAGS.SILENT (\\Deleted)'),
      second('NOOP'),
      first('EXPUNGE'),
      second('FETCH 1:* UID'),
      second('SEARCH ALL'),
      second('NOOP'),
      second('FETCH 1:* UID'),
      ...goodbye,
    ],
    `
    first C: STORE 2 +FLAGS.SILENT (\\Deleted)
    first S: OK
    second C: NOOP
    second S: * 2 FETCH (FLAGS (\\Deleted))
    second S: OK
    first C: EXPUNGE
    first S: * 2 EXPUNGE
    first S: * 5 RECENT
    first S: OK
    second C: FETCH 1:* UID
    second S: * 1 FETCH (UID 1)
    second S: * 2 FETCH (UID 2)
    second S: * 3 FETCH (UID 3)
    second S: * 4 FETCH (UID 4)
    second S: * 5 FETCH (UID 5)
    second S: * 6 FETCH (UID 6)
    second S: OK
    second C: SEARCH ALL
    second S: * SEARCH 1 2 3 4 5 6
    second S: OK
    second C: NOOP
    second S: * 2 EXPUNGE
    second S: OK
    second C: FETCH 1:* UID
    second S: * 1 FETCH (UID 1)
    second S: * 2 FETCH (UID 3)
    second S: * 3 FETCH (UID 4)
    second S: * 4 FETCH (UID 5)
    second S: * 5 FETCH (UID 6)
    second S: OK
  `,
  ),
  says(
    'flags of what is gone',
    [...both, first('STORE 2 +FLAGS.SILENT (\\Deleted)'), first('EXPUNGE'), second('FETCH 1:* UID'), ...goodbye],
    `
    first C: STORE 2 +FLAGS.SILENT (\\Deleted)
    first S: OK
    first C: EXPUNGE
    first S: * 2 EXPUNGE
    first S: * 5 RECENT
    first S: OK
    second C: FETCH 1:* UID
    second S: * 1 FETCH (UID 1)
    second S: * 2 FETCH (UID 2)
    second S: * 3 FETCH (UID 3)
    second S: * 4 FETCH (UID 4)
    second S: * 5 FETCH (UID 5)
    second S: * 6 FETCH (UID 6)
    second S: * 2 FETCH (FLAGS (\\Deleted))
    second S: OK
  `,
  ),
  says(
    'what is gone is told amid UIDs',
    [
      ...both,
      first('STORE 2 +FLAGS.SILENT (\\Deleted)'),
      first('EXPUNGE'),
      second('UID FETCH 1:* UID'),
      second('NOOP'),
      ...goodbye,
    ],
    `
    first C: STORE 2 +FLAGS.SILENT (\\Deleted)
    first S: OK
    first C: EXPUNGE
    first S: * 2 EXPUNGE
    first S: * 5 RECENT
    first S: OK
    second C: UID FETCH 1:* UID
    second S: * 1 FETCH (UID 1)
    second S: * 2 FETCH (UID 2)
    second S: * 3 FETCH (UID 3)
    second S: * 4 FETCH (UID 4)
    second S: * 5 FETCH (UID 5)
    second S: * 6 FETCH (UID 6)
    second S: * 2 EXPUNGE
    second S: OK
    second C: NOOP
    second S: OK
  `,
  ),
  says(
    'all changes at once',
    [
      ...both,
      first('STORE 1 +FLAGS (\\Flagged)'),
      first('STORE 3 +FLAGS.SILENT (\\Deleted)'),
      first('EXPUNGE'),
      first('APPEND INBOX {5+}\r\nhello'),
      second('CHECK'),
      second('FETCH 1:* (UID FLAGS)'),
      ...goodbye,
    ],
    `
    first C: STORE 1 +FLAGS (\\Flagged)
    first S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    first S: OK
    first C: STORE 3 +FLAGS.SILENT (\\Deleted)
    first S: OK
    first C: EXPUNGE
    first S: * 3 EXPUNGE
    first S: * 5 RECENT
    first S: OK
    first C: APPEND INBOX {5+}
    first    hello
    first S: * 6 EXISTS
    first S: * 6 RECENT
    first S: OK [APPENDUID … 7]
    second C: CHECK
    second S: * 1 FETCH (FLAGS (\\Flagged))
    second S: * 3 EXPUNGE
    second S: * 6 EXISTS
    second S: OK
    second C: FETCH 1:* (UID FLAGS)
    second S: * 1 FETCH (UID 1 FLAGS (\\Flagged))
    second S: * 2 FETCH (UID 2 FLAGS ())
    second S: * 3 FETCH (UID 4 FLAGS ())
    second S: * 4 FETCH (UID 5 FLAGS ())
    second S: * 5 FETCH (UID 6 FLAGS ())
    second S: * 6 FETCH (UID 7 FLAGS ())
    second S: OK
  `,
  ),
  says(
    'what another client does with mailboxes',
    [
      first(login),
      second(login),
      first('CREATE Work'),
      second('LIST "" *'),
      second('SELECT Work'),
      first('APPEND Work {5+}\r\nhello'),
      second('NOOP'),
      ...goodbye,
    ],
    `
    first C: CREATE Work
    first S: OK
    second C: LIST "" *
    second S: * LIST (\\HasNoChildren) "/" INBOX
    second S: * LIST (\\HasNoChildren) "/" Work
    second S: OK
    second C: SELECT Work
    second S: * 0 EXISTS
    second S: * 0 RECENT
    second S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    second S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    second S: * OK [UIDNEXT 1]
    second S: * OK [UIDVALIDITY …]
    second S: OK [READ-WRITE]
    first C: APPEND Work {5+}
    first    hello
    first S: OK [APPENDUID … 1]
    second C: NOOP
    second S: * 1 EXISTS
    second S: * 1 RECENT
    second S: OK
  `,
  ),
  says(
    'a mailbox that is renamed under a client',
    [
      first(login),
      first('CREATE Work'),
      first('SELECT Work'),
      second(login),
      second('RENAME Work Job'),
      second('LIST "" *'),
      second(logout),
    ],
    `
    first C: CREATE Work
    first S: OK
    first C: SELECT Work
    first S: * 0 EXISTS
    first S: * 0 RECENT
    first S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    first S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    first S: * OK [UIDNEXT 1]
    first S: * OK [UIDVALIDITY …]
    first S: OK [READ-WRITE]
    second C: RENAME Work Job
    second S: OK
    second C: LIST "" *
    second S: * LIST (\\HasNoChildren) "/" INBOX
    second S: * LIST (\\HasNoChildren) "/" Job
    second S: OK
  `,
  ),
  says(
    'a client that goes away leaves what it did',
    [
      first(login),
      first('SELECT INBOX'),
      first('STORE 1 +FLAGS (\\Flagged)'),
      { client: 'first', cut: true },
      second(login),
      second('SELECT INBOX'),
      second('FETCH 1 FLAGS'),
      second(logout),
    ],
    `
    first C: SELECT INBOX
    first S: * 6 EXISTS
    first S: * 6 RECENT
    first S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    first S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    first S: * OK [UIDNEXT 7]
    first S: * OK [UIDVALIDITY …]
    first S: * OK [UNSEEN 1]
    first S: OK [READ-WRITE]
    first C: STORE 1 +FLAGS (\\Flagged)
    first S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    first S: OK
    first C: (goes away)
    second C: SELECT INBOX
    second S: * 0 RECENT
    second S: * 6 EXISTS
    second S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    second S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    second S: * OK [UIDNEXT 7]
    second S: * OK [UIDVALIDITY …]
    second S: * OK [UNSEEN 1]
    second S: OK [READ-WRITE]
    second C: FETCH 1 FLAGS
    second S: * 1 FETCH (FLAGS (\\Flagged))
    second S: OK
  `,
  ),
]
