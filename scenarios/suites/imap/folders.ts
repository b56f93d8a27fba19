// How mailboxes come and go, and their names.

import { login, logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const tree = ['CREATE Work', 'CREATE Work/2015', 'CREATE Work/2015/March', 'CREATE Other']

export const folders: readonly Scenario[] = [
  says(
    'CREATE of what is there',
    [login, 'CREATE Work', 'CREATE Work', 'CREATE INBOX', 'CREATE inbox', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work
    S: NO [ALREADYEXISTS]
    C: CREATE INBOX
    S: NO [ALREADYEXISTS]
    C: CREATE inbox
    S: NO [ALREADYEXISTS]
  `,
  ),
  says(
    'CREATE of names that are none',
    [login, 'CREATE ""', 'CREATE "a//b"', 'CREATE "/a"', 'CREATE', logout],
    `
    C: CREATE ""
    S: NO
    C: CREATE "a//b"
    S: NO
    C: CREATE "/a"
    S: NO
    C: CREATE
    S: BAD
  `,
  ),
  says(
    'CREATE with what parts names at the end',
    [login, 'CREATE Foo/', 'LIST "" *', 'SELECT Foo', logout],
    `
    C: CREATE Foo/
    S: OK
    C: LIST "" *
    S: * LIST (\\HasNoChildren) "/" Foo
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: OK
    C: SELECT Foo
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 1]
    S: * OK [UIDVALIDITY …]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'CREATE below what is not there',
    [login, 'CREATE A/B/C', 'LIST "" *', logout],
    `
    C: CREATE A/B/C
    S: OK
    C: LIST "" *
    S: * LIST (\\HasNoChildren) "/" A/B/C
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\Noselect \\HasChildren) "/" A
    S: * LIST (\\Noselect \\HasChildren) "/" A/B
    S: OK
  `,
  ),
  says(
    'names beyond ASCII',
    [login, 'CREATE "Entw&APw-rfe"', 'CREATE "Tom &- Co"', 'LIST "" *', 'SELECT "Entw&APw-rfe"', logout],
    `
    C: CREATE "Entw&APw-rfe"
    S: OK
    C: CREATE "Tom &- Co"
    S: OK
    C: LIST "" *
    S: * LIST (\\HasNoChildren) "/" "Tom &- Co"
    S: * LIST (\\HasNoChildren) "/" Entw&APw-rfe
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: OK
    C: SELECT "Entw&APw-rfe"
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 1]
    S: * OK [UIDVALIDITY …]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'names that are badly encoded',
    [login, 'CREATE "&bad"', 'CREATE "a&b"', logout],
    `
    C: CREATE "&bad"
    S: NO
    C: CREATE "a&b"
    S: NO
  `,
  ),
  says(
    'names with blanks and quotes',
    [login, 'CREATE "two words"', 'CREATE "a \\"quote\\""', 'CREATE {6+}\r\nliters', 'LIST "" *', logout],
    `
    C: CREATE "two words"
    S: OK
    C: CREATE "a \\"quote\\""
    S: OK
    C: CREATE {6+}
       liters
    S: OK
    C: LIST "" *
    S: * LIST (\\HasNoChildren) "/" "a \\"quote\\""
    S: * LIST (\\HasNoChildren) "/" "two words"
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" liters
    S: OK
  `,
  ),
  says(
    'DELETE',
    [login, ...tree, 'DELETE Other', 'DELETE Other', 'LIST "" *', 'SELECT Other', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: DELETE Other
    S: OK
    C: DELETE Other
    S: NO
    C: LIST "" *
    S: * LIST (\\HasChildren) "/" Work
    S: * LIST (\\HasChildren) "/" Work/2015
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Work/2015/March
    S: OK
    C: SELECT Other
    S: NO
  `,
  ),
  says(
    'DELETE of what has others below it',
    [login, ...tree, 'DELETE Work', 'LIST "" *', 'SELECT Work', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: DELETE Work
    S: OK
    C: LIST "" *
    S: * LIST (\\HasChildren) "/" Work
    S: * LIST (\\HasChildren) "/" Work/2015
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Other
    S: * LIST (\\HasNoChildren) "/" Work/2015/March
    S: OK
    C: SELECT Work
    S: NO
  `,
  ),
  says(
    'DELETE of INBOX',
    [login, 'DELETE INBOX', 'DELETE inbox', 'STATUS INBOX (MESSAGES)', logout],
    `
    C: DELETE INBOX
    S: NO
    C: DELETE inbox
    S: NO
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 6)
    S: OK
  `,
  ),
  says(
    'RENAME takes what is below along',
    [login, ...tree, 'RENAME Work Job', 'LIST "" *', 'SELECT Job/2015', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: RENAME Work Job
    S: OK
    C: LIST "" *
    S: * LIST (\\HasChildren) "/" Job
    S: * LIST (\\HasChildren) "/" Job/2015
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Job/2015/March
    S: * LIST (\\HasNoChildren) "/" Other
    S: OK
    C: SELECT Job/2015
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 1]
    S: * OK [UIDVALIDITY …]
    S: OK [READ-WRITE]
  `,
  ),
  says(
    'RENAME of INBOX leaves it empty',
    [login, 'RENAME INBOX Old', 'STATUS INBOX (MESSAGES)', 'STATUS Old (MESSAGES)', logout],
    `
    C: RENAME INBOX Old
    S: NO
    C: STATUS INBOX (MESSAGES)
    S: * STATUS INBOX (MESSAGES 6)
    S: OK
    C: STATUS Old (MESSAGES)
    S: NO
  `,
  ),
  says(
    'RENAME that is not possible',
    [login, ...tree, 'RENAME Nope X', 'RENAME Work Other', 'RENAME Work INBOX', 'RENAME Work', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: RENAME Nope X
    S: NO
    C: RENAME Work Other
    S: NO [ALREADYEXISTS]
    C: RENAME Work INBOX
    S: NO [ALREADYEXISTS]
    C: RENAME Work
    S: BAD
  `,
  ),
  says(
    'RENAME keeps mails and UIDs',
    [...select, 'CREATE Work', 'COPY 1:2 Work', 'RENAME Work Job', 'SELECT Job', 'FETCH 1:* UID', logout],
    `
    C: CREATE Work
    S: OK
    C: COPY 1:2 Work
    S: OK [COPYUID … 1:2 1:2]
    C: RENAME Work Job
    S: OK
    C: SELECT Job
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [CLOSED]
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]
    S: * OK [UIDNEXT 3]
    S: * OK [UIDVALIDITY …]
    S: * OK [UNSEEN 1]
    S: OK [READ-WRITE]
    C: FETCH 1:* UID
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 2)
    S: OK
  `,
  ),
]
