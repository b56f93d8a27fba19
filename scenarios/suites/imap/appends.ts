// APPEND, and literals.

import { login, logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const mail = 'Subject: new\r\n\r\nnew\r\n'
const literal = `{${mail.length}+}\r\n${mail}`

export const appends: readonly Scenario[] = [
  says(
    'APPEND with a literal that is waited for',
    [login, `APPEND INBOX {${mail.length}}`, mail, 'STATUS INBOX (MESSAGES)', logout],
    `
    C: APPEND INBOX {21}
    S: + OK
    C: Subject: new

       new

    S: OK [APPENDUID … 7]
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 7)
    S: OK
  `,
  ),
  says(
    'APPEND with a literal that is not waited for',
    [login, `APPEND INBOX ${literal}`, 'STATUS INBOX (MESSAGES)', logout],
    `
    C: APPEND INBOX {21+}
       Subject: new

       new

    S: OK [APPENDUID … 7]
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 7)
    S: OK
  `,
  ),
  says(
    'APPEND with flags and a date',
    [
      ...select,
      `APPEND INBOX (\\Seen \\Flagged label) "25-Nov-2026 12:41:34 +0100" ${literal}`,
      'FETCH 7 (FLAGS INTERNALDATE RFC822.SIZE)',
      'SEARCH ON 25-Nov-2026',
      logout,
    ],
    `
    C: APPEND INBOX (\\Seen \\Flagged label) "25-Nov-2026 12:41:34 +0100" {21+}
       Subject: new

       new

    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft label \\*)]
    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [APPENDUID … 7]
    C: FETCH 7 (FLAGS INTERNALDATE RFC822.SIZE)
    S: * 7 FETCH (FLAGS (\\Flagged \\Seen \\Recent label) INTERNALDATE … RFC822.SIZE 21)
    S: OK
    C: SEARCH ON 25-Nov-2026
    S: * SEARCH 7
    S: OK
  `,
  ),
  says(
    'APPEND to the mailbox that is selected',
    [...select, `APPEND INBOX ${literal}`, 'FETCH 7 (UID BODY.PEEK[])', logout],
    `
    C: APPEND INBOX {21+}
       Subject: new

       new

    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [APPENDUID … 7]
    C: FETCH 7 (UID BODY.PEEK[])
    S: * 7 FETCH (UID 7 BODY[] {21}
       Subject: new

       new
       )
    S: OK
  `,
  ),
  says(
    'APPEND to another mailbox',
    [...select, 'CREATE Work', `APPEND Work ${literal}`, 'NOOP', 'SELECT Work', logout],
    `
    C: CREATE Work
    S: OK
    C: APPEND Work {21+}
       Subject: new

       new

    S: OK [APPENDUID … 1]
    C: NOOP
    S: OK
    C: SELECT Work
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 2]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'APPEND to a mailbox that is not there',
    [login, `APPEND Nope ${literal}`, 'APPEND Nope {5}', logout],
    `
    C: APPEND Nope {21+}
       Subject: new

       new

    S: NO [TRYCREATE]
    C: APPEND Nope {5}
    S: NO [TRYCREATE]
  `,
  ),
  says(
    'APPEND of several mails at once',
    [login, `APPEND INBOX ${literal} (\\Seen) ${literal}`, 'STATUS INBOX (MESSAGES UNSEEN)', logout],
    `
    C: APPEND INBOX {21+}
       Subject: new

       new
        (\\Seen) {21+}
       Subject: new

       new

    S: OK [APPENDUID … 7:8]
    C: STATUS INBOX (MESSAGES UNSEEN)
    S: * STATUS INBOX (MESSAGES 8 UNSEEN 7)
    S: OK
  `,
  ),
  says(
    'APPEND of nothing',
    [login, 'APPEND INBOX {0+}\r\n', 'STATUS INBOX (MESSAGES)', logout],
    `
    C: APPEND INBOX {0+}

    S: NO
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 6)
    S: OK
  `,
  ),
  says(
    'APPEND that is none',
    [login, 'APPEND', 'APPEND INBOX', 'APPEND INBOX (\\Seen)', 'APPEND INBOX "no date" {1}', { more: 'x' }, logout],
    `
    C: APPEND
    S: BAD
    C: APPEND INBOX
    S: BAD
    C: APPEND INBOX (\\Seen)
    S: BAD
    C: APPEND INBOX "no date" {1}
    S: BAD
  `,
  ),
  says(
    'APPEND with flags that are none',
    [login, 'APPEND INBOX (\\Foo) {5}', { more: 'hello' }, 'APPEND INBOX (\\Recent) {5}', { more: 'hello' }, logout],
    `
    C: APPEND INBOX (\\Foo) {5}
    S: BAD
    C: APPEND INBOX (\\Recent) {5}
    S: BAD
  `,
  ),
  says(
    'APPEND of lines that end in LF alone',
    [...select, 'APPEND INBOX {14+}\r\nSubject: x\n\ny\n', 'FETCH 7 (RFC822.SIZE BODY.PEEK[])', logout],
    `
    C: APPEND INBOX {14+}
       Subject: x

       y

    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [APPENDUID … 7]
    C: FETCH 7 (RFC822.SIZE BODY.PEEK[])
    S: * 7 FETCH (RFC822.SIZE 17 BODY[] {17}
       Subject: x

       y
       )
    S: OK
  `,
  ),
  says(
    'APPEND of octets beyond ASCII',
    [
      ...select,
      'APPEND INBOX {17+}\r\nSubject: \xc3\xa9\r\n\r\n\xff\xfe',
      'FETCH 7 (RFC822.SIZE BODY.PEEK[TEXT])',
      logout,
    ],
    `
    C: APPEND INBOX {17+}
       Subject: Ã©

       ÿþ
    S: * 7 EXISTS
    S: * 7 RECENT
    S: OK [APPENDUID … 7]
    C: FETCH 7 (RFC822.SIZE BODY.PEEK[TEXT])
    S: * 7 FETCH (RFC822.SIZE 17 BODY[TEXT] {2}
       ��)
    S: OK
  `,
  ),
]
