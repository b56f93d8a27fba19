// SEARCH and ESEARCH.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const searching = (...keys: readonly string[]) => [...select, ...keys.map(key => `SEARCH ${key}`), logout]

export const searches: readonly Scenario[] = [
  says(
    'all, and by numbers',
    searching('ALL', '2:4', '1,6', '*', 'NOT 1:3', 'UID 2:3'),
    `
    C: SEARCH ALL
    S: * SEARCH 1 2 3 4 5 6
    S: OK
    C: SEARCH 2:4
    S: * SEARCH 2 3 4
    S: OK
    C: SEARCH 1,6
    S: * SEARCH 1 6
    S: OK
    C: SEARCH *
    S: * SEARCH 6
    S: OK
    C: SEARCH NOT 1:3
    S: * SEARCH 4 5 6
    S: OK
    C: SEARCH UID 2:3
    S: * SEARCH 2 3
    S: OK
  `,
  ),
  says(
    'by flags',
    [
      ...select,
      'STORE 1 +FLAGS.SILENT (\\Seen \\Flagged)',
      'STORE 2 +FLAGS.SILENT (\\Answered \\Deleted \\Draft)',
      ...[
        'SEEN',
        'UNSEEN',
        'FLAGGED',
        'UNFLAGGED',
        'ANSWERED',
        'UNANSWERED',
        'DELETED',
        'UNDELETED',
        'DRAFT',
        'UNDRAFT',
      ].map(key => `SEARCH ${key}`),
      logout,
    ],
    `
    C: STORE 1 +FLAGS.SILENT (\\Seen \\Flagged)
    S: OK
    C: STORE 2 +FLAGS.SILENT (\\Answered \\Deleted \\Draft)
    S: OK
    C: SEARCH SEEN
    S: * SEARCH 1
    S: OK
    C: SEARCH UNSEEN
    S: * SEARCH 2 3 4 5 6
    S: OK
    C: SEARCH FLAGGED
    S: * SEARCH 1
    S: OK
    C: SEARCH UNFLAGGED
    S: * SEARCH 2 3 4 5 6
    S: OK
    C: SEARCH ANSWERED
    S: * SEARCH 2
    S: OK
    C: SEARCH UNANSWERED
    S: * SEARCH 1 3 4 5 6
    S: OK
    C: SEARCH DELETED
    S: * SEARCH 2
    S: OK
    C: SEARCH UNDELETED
    S: * SEARCH 1 3 4 5 6
    S: OK
    C: SEARCH DRAFT
    S: * SEARCH 2
    S: OK
    C: SEARCH UNDRAFT
    S: * SEARCH 1 3 4 5 6
    S: OK
  `,
  ),
  says(
    'by headers',
    searching('FROM bob', 'TO ada', 'CC ada', 'SUBJECT one', 'BCC x', 'HEADER Message-ID two', 'HEADER In-Reply-To ""'),
    `
    C: SEARCH FROM bob
    S: * SEARCH 2 6
    S: OK
    C: SEARCH TO ada
    S: * SEARCH 1 3 4 5
    S: OK
    C: SEARCH CC ada
    S: * SEARCH 2
    S: OK
    C: SEARCH SUBJECT one
    S: * SEARCH 1 2
    S: OK
    C: SEARCH BCC x
    S: * SEARCH
    S: OK
    C: SEARCH HEADER Message-ID two
    S: * SEARCH 2
    S: OK
    C: SEARCH HEADER In-Reply-To ""
    S: * SEARCH 2
    S: OK
  `,
  ),
  says(
    'by texts',
    searching('BODY line', 'TEXT parts', 'BODY parts', 'BODY "second line"', 'TEXT nothing'),
    `
    C: SEARCH BODY line
    S: * SEARCH 2
    S: OK
    C: SEARCH TEXT parts
    S: * SEARCH 3 5
    S: OK
    C: SEARCH BODY parts
    S: * SEARCH
    S: OK
    C: SEARCH BODY "second line"
    S: * SEARCH 2
    S: OK
    C: SEARCH TEXT nothing
    S: * SEARCH
    S: OK
  `,
  ),
  says(
    'in any case',
    searching('SUBJECT ONE', 'from BOB', 'body LINE'),
    `
    C: SEARCH SUBJECT ONE
    S: * SEARCH 1 2
    S: OK
    C: SEARCH from BOB
    S: * SEARCH 2 6
    S: OK
    C: SEARCH body LINE
    S: * SEARCH 2
    S: OK
  `,
  ),
  says(
    'in encoded words and parts',
    searching(
      'CHARSET UTF-8 SUBJECT "Gr\xc3\xbc\xc3\x9fe"',
      'BODY "text = html"',
      'CHARSET UTF-8 BODY "\xe4\xb8\x96"',
      'SUBJECT utf-8',
    ),
    `
    C: SEARCH CHARSET UTF-8 SUBJECT "GrÃ¼Ãe"
    S: * SEARCH 4
    S: OK
    C: SEARCH BODY "text = html"
    S: * SEARCH 3
    S: OK
    C: SEARCH CHARSET UTF-8 BODY "ä¸"
    S: * SEARCH 4
    S: OK
    C: SEARCH SUBJECT utf-8
    S: * SEARCH
    S: OK
  `,
  ),
  says(
    'by literals',
    [...select, 'SEARCH SUBJECT {3+}\r\none', 'SEARCH CHARSET UTF-8 SUBJECT {7}', 'Gr\xc3\xbc\xc3\x9fe', logout],
    `
    C: SEARCH SUBJECT {3+}
       one
    S: * SEARCH 1 2
    S: OK
    C: SEARCH CHARSET UTF-8 SUBJECT {7}
    S: + OK
    C: GrÃ¼Ãe
    S: * SEARCH 4
    S: OK
  `,
  ),
  says(
    'by days',
    searching(
      'SENTON 14-Mar-2015',
      'SENTBEFORE 12-Mar-2015',
      'SENTSINCE 14-Mar-2015',
      'ON 15-Mar-2015',
      'BEFORE 15-Mar-2015',
      'SINCE "16-Mar-2015"',
    ),
    `
    C: SEARCH SENTON 14-Mar-2015
    S: * SEARCH 2
    S: OK
    C: SEARCH SENTBEFORE 12-Mar-2015
    S: * SEARCH 5 6
    S: OK
    C: SEARCH SENTSINCE 14-Mar-2015
    S: * SEARCH 1 2
    S: OK
    C: SEARCH ON 15-Mar-2015
    S: * SEARCH 1 2 3 4 5 6
    S: OK
    C: SEARCH BEFORE 15-Mar-2015
    S: * SEARCH
    S: OK
    C: SEARCH SINCE "16-Mar-2015"
    S: * SEARCH
    S: OK
  `,
  ),
  says(
    'by sizes',
    searching('LARGER 3000', 'SMALLER 250', 'LARGER 0'),
    `
    C: SEARCH LARGER 3000
    S: * SEARCH 6
    S: OK
    C: SEARCH SMALLER 250
    S: * SEARCH 1 2
    S: OK
    C: SEARCH LARGER 0
    S: * SEARCH 1 2 3 4 5 6
    S: OK
  `,
  ),
  says(
    'and, or, not',
    searching(
      'FROM bob SUBJECT one',
      'OR FROM ann FROM carol',
      'NOT FROM bob',
      'OR (FROM bob SUBJECT large) NOT SUBJECT e',
      '(ALL)',
    ),
    `
    C: SEARCH FROM bob SUBJECT one
    S: * SEARCH 2
    S: OK
    C: SEARCH OR FROM ann FROM carol
    S: * SEARCH 1 3 5
    S: OK
    C: SEARCH NOT FROM bob
    S: * SEARCH 1 3 4 5
    S: OK
    C: SEARCH OR (FROM bob SUBJECT large) NOT SUBJECT e
    S: * SEARCH 3 5 6
    S: OK
    C: SEARCH (ALL)
    S: * SEARCH 1 2 3 4 5 6
    S: OK
  `,
  ),
  says(
    'UID SEARCH',
    [
      ...select,
      'STORE 2 +FLAGS.SILENT (\\Deleted)',
      'EXPUNGE',
      'SEARCH ALL',
      'UID SEARCH ALL',
      'UID SEARCH 2',
      'UID SEARCH UID 2:3',
      logout,
    ],
    `
    C: STORE 2 +FLAGS.SILENT (\\Deleted)
    S: OK
    C: EXPUNGE
    S: * 2 EXPUNGE
    S: * 5 RECENT
    S: OK
    C: SEARCH ALL
    S: * SEARCH 1 2 3 4 5
    S: OK
    C: UID SEARCH ALL
    S: * SEARCH 1 3 4 5 6
    S: OK
    C: UID SEARCH 2
    S: * SEARCH 3
    S: OK
    C: UID SEARCH UID 2:3
    S: * SEARCH 3
    S: OK
  `,
  ),
  says(
    'searches that are none',
    searching('FOO', '', 'FROM', 'OR ALL', 'ON yesterday', 'LARGER x', '(ALL', 'NOT'),
    `
    C: SEARCH FOO
    S: BAD
    C: SEARCH
    S: BAD
    C: SEARCH FROM
    S: BAD
    C: SEARCH OR ALL
    S: BAD
    C: SEARCH ON yesterday
    S: BAD
    C: SEARCH LARGER x
    S: BAD
    C: SEARCH (ALL
    S: BAD
    C: SEARCH NOT
    S: BAD
  `,
  ),
  says(
    'a charset that nobody knows',
    searching('CHARSET FOO TEXT x', 'CHARSET US-ASCII SUBJECT one'),
    `
    C: SEARCH CHARSET FOO TEXT x
    S: NO [BADCHARSET]
    C: SEARCH CHARSET US-ASCII SUBJECT one
    S: * SEARCH 1 2
    S: OK
  `,
  ),
  says(
    'ESEARCH',
    searching(
      'RETURN (MIN MAX COUNT ALL) ALL',
      'RETURN () FROM bob',
      'RETURN (COUNT) UNSEEN',
      'RETURN (MIN) FROM nobody',
      'RETURN (ALL) FROM nobody',
      'RETURN (FOO) ALL',
    ),
    `
    C: SEARCH RETURN (MIN MAX COUNT ALL) ALL
    S: * ESEARCH (TAG …) MIN 1 MAX 6 ALL 1:6 COUNT 6
    S: OK
    C: SEARCH RETURN () FROM bob
    S: * ESEARCH (TAG …) ALL 2,6
    S: OK
    C: SEARCH RETURN (COUNT) UNSEEN
    S: * ESEARCH (TAG …) COUNT 6
    S: OK
    C: SEARCH RETURN (MIN) FROM nobody
    S: * ESEARCH (TAG …)
    S: OK
    C: SEARCH RETURN (ALL) FROM nobody
    S: * ESEARCH (TAG …)
    S: OK
    C: SEARCH RETURN (FOO) ALL
    S: BAD
  `,
  ),
  says(
    'UID SEARCH with ESEARCH',
    [...select, 'UID SEARCH RETURN (MIN MAX) ALL', 'UID SEARCH RETURN (ALL) 1,3:4', logout],
    `
    C: UID SEARCH RETURN (MIN MAX) ALL
    S: * ESEARCH (TAG …) UID MIN 1 MAX 6
    S: OK
    C: UID SEARCH RETURN (ALL) 1,3:4
    S: * ESEARCH (TAG …) UID ALL 1,3:4
    S: OK
  `,
  ),
  says(
    'a search that is saved',
    [...select, 'SEARCH RETURN (SAVE) FROM bob', 'FETCH $ UID', logout],
    `
    C: SEARCH RETURN (SAVE) FROM bob
    S: OK
    C: FETCH $ UID
    S: * 2 FETCH (UID 2)
    S: * 6 FETCH (UID 6)
    S: OK
  `,
  ),
]
