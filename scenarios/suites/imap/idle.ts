// IDLE.

import { login, logout, type Step, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

const first = (step: string | Step): Step => ({ ...(typeof step === 'string' ? { say: step } : step), client: 'first' })
const second = (step: string | Step): Step => ({ ...first(step), client: 'second' })
const both = [...select.map(first), ...select.map(second)]
const goodbye = [first(logout), second(logout)]

export const idle: readonly Scenario[] = [
  says(
    'an idle client hears of a new mail',
    [
      ...both,
      second('IDLE'),
      first('APPEND INBOX {5+}\r\nhello'),
      { client: 'second', hear: 'EXISTS' },
      second('DONE'),
      ...goodbye,
    ],
    `
    second C: IDLE
    second S: + idling
    first C: APPEND INBOX {5+}
    first    hello
    first S: * 7 EXISTS
    first S: * 7 RECENT
    first S: OK [APPENDUID … 7]
    second S: * 7 EXISTS
    second C: DONE
    second S: OK
  `,
  ),
  says(
    'an idle client hears of flags',
    [
      ...both,
      second('IDLE'),
      first('STORE 1 +FLAGS (\\Flagged)'),
      { client: 'second', hear: 'FETCH' },
      second('DONE'),
      ...goodbye,
    ],
    `
    second C: IDLE
    second S: + idling
    first C: STORE 1 +FLAGS (\\Flagged)
    first S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    first S: OK
    second S: * 1 FETCH (FLAGS (\\Flagged))
    second C: DONE
    second S: OK
  `,
  ),
  says(
    'an idle client hears of what is gone',
    [
      ...both,
      first('STORE 2 +FLAGS.SILENT (\\Deleted)'),
      second('NOOP'),
      second('IDLE'),
      first('EXPUNGE'),
      { client: 'second', hear: 'EXPUNGE' },
      second('DONE'),
      ...goodbye,
    ],
    `
    first C: STORE 2 +FLAGS.SILENT (\\Deleted)
    first S: OK
    second C: NOOP
    second S: * 2 FETCH (FLAGS (\\Deleted))
    second S: OK
    second C: IDLE
    second S: + idling
    first C: EXPUNGE
    first S: * 2 EXPUNGE
    first S: * 5 RECENT
    first S: OK
    second S: * 2 EXPUNGE
    second C: DONE
    second S: OK
  `,
  ),
  says(
    'IDLE that ends without anything',
    [...select, 'IDLE', 'DONE', 'NOOP', logout],
    `
    C: IDLE
    S: + idling
    C: DONE
    S: OK
    C: NOOP
    S: OK
  `,
  ),
  says(
    'IDLE that ends in something else',
    [...select, 'IDLE', 'NOOP', logout],
    `
    C: IDLE
    S: + idling
    C: NOOP
    S: BAD
  `,
  ),
  says(
    'IDLE without a mailbox',
    [login, 'IDLE', 'DONE', logout],
    `
    C: IDLE
    S: + idling
    C: DONE
    S: OK
  `,
  ),
]
