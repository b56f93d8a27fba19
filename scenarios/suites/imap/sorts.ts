// SORT and THREAD.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const sorts: readonly Scenario[] = [
  says(
    'SORT',
    [
      ...select,
      ...['SUBJECT', 'DATE', 'FROM', 'SIZE', 'ARRIVAL', 'TO', 'REVERSE DATE', 'CC SUBJECT'].map(
        key => `SORT (${key}) UTF-8 ALL`,
      ),
      logout,
    ],
    `
    C: SORT (SUBJECT) UTF-8 ALL
    S: * SORT 4 6 1 2 3 5
    S: OK
    C: SORT (DATE) UTF-8 ALL
    S: * SORT 6 5 4 3 2 1
    S: OK
    C: SORT (FROM) UTF-8 ALL
    S: * SORT 1 5 2 6 3 4
    S: OK
    C: SORT (SIZE) UTF-8 ALL
    S: * SORT 1 2 4 5 3 6
    S: OK
    C: SORT (ARRIVAL) UTF-8 ALL
    S: * SORT 1 2 3 4 5 6
    S: OK
    C: SORT (TO) UTF-8 ALL
    S: * SORT 6 1 3 4 5 2
    S: OK
    C: SORT (REVERSE DATE) UTF-8 ALL
    S: * SORT 1 2 3 4 5 6
    S: OK
    C: SORT (CC SUBJECT) UTF-8 ALL
    S: * SORT 4 6 3 5 2 1
    S: OK
  `,
  ),
  says(
    'SORT of some, by UIDs and with ESORT',
    [
      ...select,
      'SORT (DATE) US-ASCII FROM bob',
      'UID SORT (REVERSE ARRIVAL) UTF-8 2:4',
      'SORT RETURN (COUNT MIN) (DATE) UTF-8 ALL',
      'SORT (DATE) UTF-8 FROM nobody',
      logout,
    ],
    `
    C: SORT (DATE) US-ASCII FROM bob
    S: * SORT 6 2
    S: OK
    C: UID SORT (REVERSE ARRIVAL) UTF-8 2:4
    S: * SORT 4 3 2
    S: OK
    C: SORT RETURN (COUNT MIN) (DATE) UTF-8 ALL
    S: * ESEARCH (TAG …) MIN 6 COUNT 6
    S: OK
    C: SORT (DATE) UTF-8 FROM nobody
    S: * SORT
    S: OK
  `,
  ),
  says(
    'SORT that is none',
    [...select, 'SORT (FOO) UTF-8 ALL', 'SORT () UTF-8 ALL', 'SORT (DATE) ALL', 'SORT', logout],
    `
    C: SORT (FOO) UTF-8 ALL
    S: BAD
    C: SORT () UTF-8 ALL
    S: BAD
    C: SORT (DATE) ALL
    S: BAD
    C: SORT
    S: BAD
  `,
  ),
  says(
    'THREAD',
    [
      ...select,
      'THREAD REFERENCES UTF-8 ALL',
      'THREAD ORDEREDSUBJECT UTF-8 ALL',
      'UID THREAD REFS UTF-8 1:3',
      'THREAD FOO UTF-8 ALL',
      logout,
    ],
    `
    C: THREAD REFERENCES UTF-8 ALL
    S: * THREAD (6)(4)(3 5)(1 2)
    S: OK
    C: THREAD ORDEREDSUBJECT UTF-8 ALL
    S: * THREAD (6)(5 3)(4)(2 1)
    S: OK
    C: UID THREAD REFS UTF-8 1:3
    S: * THREAD (3)(1 2)
    S: OK
    C: THREAD FOO UTF-8 ALL
    S: BAD
  `,
  ),
  says(
    'THREAD of nothing',
    [...select, 'THREAD REFERENCES UTF-8 FROM nobody', logout],
    `
    C: THREAD REFERENCES UTF-8 FROM nobody
    S: * THREAD
    S: OK
  `,
  ),
]
