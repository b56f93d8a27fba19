// LIST and LSUB, and subscriptions.

import { login, logout, says } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const tree = ['CREATE Work', 'CREATE Work/2015', 'CREATE Work/2015/March', 'CREATE Other']

export const lists: readonly Scenario[] = [
  says(
    'LIST with wildcards',
    [login, ...tree, 'LIST "" *', 'LIST "" %', 'LIST "" Work/%', 'LIST "" *2015', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: LIST "" *
    S: * LIST (\\HasChildren) "/" Work
    S: * LIST (\\HasChildren) "/" Work/2015
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Other
    S: * LIST (\\HasNoChildren) "/" Work/2015/March
    S: OK
    C: LIST "" %
    S: * LIST (\\HasChildren) "/" Work
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Other
    S: OK
    C: LIST "" Work/%
    S: * LIST (\\HasChildren) "/" Work/2015
    S: OK
    C: LIST "" *2015
    S: * LIST (\\HasChildren) "/" Work/2015
    S: OK
  `,
  ),
  says(
    'LIST with a reference',
    [login, ...tree, 'LIST Work/ *', 'LIST Work/ %', 'LIST Nope/ *', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: LIST Work/ *
    S: * LIST (\\HasChildren) "/" Work/2015
    S: * LIST (\\HasNoChildren) "/" Work/2015/March
    S: OK
    C: LIST Work/ %
    S: * LIST (\\HasChildren) "/" Work/2015
    S: OK
    C: LIST Nope/ *
    S: OK
  `,
  ),
  says(
    'LIST of one name, of none, and of what parts names',
    [login, ...tree, 'LIST "" INBOX', 'LIST "" inbox', 'LIST "" Nope', 'LIST "" ""', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: LIST "" INBOX
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: OK
    C: LIST "" inbox
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: OK
    C: LIST "" Nope
    S: OK
    C: LIST "" ""
    S: * LIST (\\Noselect) "/" ""
    S: OK
  `,
  ),
  says(
    'LIST with options',
    [
      login,
      ...tree,
      'SUBSCRIBE INBOX',
      'SUBSCRIBE Work/2015',
      'LIST (SUBSCRIBED) "" *',
      'LIST (SUBSCRIBED RECURSIVEMATCH) "" %',
      'LIST "" * RETURN (SUBSCRIBED)',
      'LIST "" % RETURN (CHILDREN)',
      'LIST "" (INBOX "Wo*")',
      logout,
    ],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: SUBSCRIBE INBOX
    S: OK
    C: SUBSCRIBE Work/2015
    S: OK
    C: LIST (SUBSCRIBED) "" *
    S: * LIST (\\Subscribed) "/" INBOX
    S: * LIST (\\Subscribed) "/" Work/2015
    S: OK
    C: LIST (SUBSCRIBED RECURSIVEMATCH) "" %
    S: * LIST () "/" Work (CHILDINFO ("SUBSCRIBED"))
    S: * LIST (\\Subscribed) "/" INBOX
    S: OK
    C: LIST "" * RETURN (SUBSCRIBED)
    S: * LIST () "/" Other
    S: * LIST () "/" Work
    S: * LIST () "/" Work/2015/March
    S: * LIST (\\Subscribed) "/" INBOX
    S: * LIST (\\Subscribed) "/" Work/2015
    S: OK
    C: LIST "" % RETURN (CHILDREN)
    S: * LIST (\\HasChildren) "/" Work
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * LIST (\\HasNoChildren) "/" Other
    S: OK
    C: LIST "" (INBOX "Wo*")
    S: * LIST () "/" INBOX
    S: * LIST () "/" Work
    S: * LIST () "/" Work/2015
    S: * LIST () "/" Work/2015/March
    S: OK
  `,
  ),
  says(
    'LIST with STATUS',
    [login, 'CREATE Work', 'LIST "" * RETURN (STATUS (MESSAGES UNSEEN))', logout],
    `
    C: CREATE Work
    S: OK
    C: LIST "" * RETURN (STATUS (MESSAGES UNSEEN))
    S: * LIST () "/" INBOX
    S: * LIST () "/" Work
    S: * STATUS INBOX (MESSAGES 6 UNSEEN 6)
    S: * STATUS Work (MESSAGES 0 UNSEEN 0)
    S: OK
  `,
  ),
  says(
    'LIST that is none',
    [login, 'LIST', 'LIST ""', 'LIST (FOO) "" *', 'LIST "" * RETURN (FOO)', logout],
    `
    C: LIST
    S: BAD
    C: LIST ""
    S: BAD
    C: LIST (FOO) "" *
    S: BAD
    C: LIST "" * RETURN (FOO)
    S: BAD
  `,
  ),
  says(
    'SUBSCRIBE and UNSUBSCRIBE',
    [
      login,
      'CREATE Work',
      'SUBSCRIBE Work',
      'SUBSCRIBE INBOX',
      'LSUB "" *',
      'UNSUBSCRIBE Work',
      'UNSUBSCRIBE Work',
      'LSUB "" *',
      logout,
    ],
    `
    C: CREATE Work
    S: OK
    C: SUBSCRIBE Work
    S: OK
    C: SUBSCRIBE INBOX
    S: OK
    C: LSUB "" *
    S: * LSUB () "/" INBOX
    S: * LSUB () "/" Work
    S: OK
    C: UNSUBSCRIBE Work
    S: OK
    C: UNSUBSCRIBE Work
    S: OK
    C: LSUB "" *
    S: * LSUB () "/" INBOX
    S: OK
  `,
  ),
  says(
    'what is subscribed to from the start',
    [login, 'LSUB "" *', logout],
    `
    C: LSUB "" *
    S: OK
  `,
  ),
  says(
    'SUBSCRIBE to what is not there',
    [login, 'SUBSCRIBE Nope', logout],
    `
    C: SUBSCRIBE Nope
    S: NO
  `,
  ),
  says(
    'a subscription outlives its mailbox',
    [
      login,
      'SUBSCRIBE INBOX',
      'CREATE Work',
      'SUBSCRIBE Work',
      'DELETE Work',
      'LSUB "" *',
      'LIST (SUBSCRIBED) "" *',
      logout,
    ],
    `
    C: SUBSCRIBE INBOX
    S: OK
    C: CREATE Work
    S: OK
    C: SUBSCRIBE Work
    S: OK
    C: DELETE Work
    S: OK
    C: LSUB "" *
    S: * LSUB () "/" INBOX
    S: * LSUB () "/" Work
    S: OK
    C: LIST (SUBSCRIBED) "" *
    S: * LIST (\\Subscribed \\NonExistent) "/" Work
    S: * LIST (\\Subscribed) "/" INBOX
    S: OK
  `,
  ),
  says(
    'LSUB of what is below',
    [login, ...tree, 'SUBSCRIBE INBOX', 'SUBSCRIBE Work/2015', 'LSUB "" %', 'LSUB "" *', 'LSUB Work/ %', logout],
    `
    C: CREATE Work
    S: OK
    C: CREATE Work/2015
    S: OK
    C: CREATE Work/2015/March
    S: OK
    C: CREATE Other
    S: OK
    C: SUBSCRIBE INBOX
    S: OK
    C: SUBSCRIBE Work/2015
    S: OK
    C: LSUB "" %
    S: * LSUB () "/" INBOX
    S: * LSUB (\\Noselect) "/" Work
    S: OK
    C: LSUB "" *
    S: * LSUB () "/" INBOX
    S: * LSUB () "/" Work/2015
    S: OK
    C: LSUB Work/ %
    S: * LSUB () "/" Work/2015
    S: OK
  `,
  ),
]
