// Where the POP3 fake and Dovecot differ on purpose.

import { type Explained, type Otherwise, otherwise } from './scenario.ts'

export const explained: readonly Explained[] = [
  {
    name: 'words',
    why:
      'Statuses and response codes are the same, as are numbers, ids, lists and mails; the words behind a status are the ' +
      'fake’s own, since programs must not read them ([why](decisions/words-of-replies.md)).',
    alike: lines =>
      lines.map(line => line.replace(/^(S: (?:reply: )?(?:\+OK(?! \d+ \d+$)|-ERR)(?: \[[^\]]+\])?).*/, '$1')),
  },
]

export const otherAnswers: readonly Otherwise[] = [
  otherwise(
    'STLS forgets whom USER named',
    'What was said in the clear is forgotten when TLS begins (RFC 2595 §4); Dovecot remembers the name.',
    `
      S: +OK
      C: USER ada
      S: +OK
      C: STLS
      S: +OK
      C: PASS lovelace
      S: -ERR
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'USER and PASS without arguments',
    'USER needs a name (RFC 1939 §7); Dovecot takes none for an empty one.',
    `
      S: +OK
      C: USER
      S: -ERR
      C: PASS
      S: -ERR
      C: USER ada
      S: +OK
      C: PASS
      S: -ERR [AUTH]
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'a name in capitals',
    'Names are compared as they stand; Dovecot makes them lower case, a setting that the fake does not have.',
    `
      S: +OK
      C: USER ADA
      S: +OK
      C: PASS lovelace
      S: -ERR [AUTH]
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'AUTH with what is not base64, with nothing, and with half of it',
    '`[AUTH]` is for what is wrong with credentials (RFC 3206 §4), which tells who writes a client that these were never read; Dovecot gives it to all.',
    `
      S: +OK
      C: AUTH PLAIN !!!
      S: -ERR
      C: AUTH PLAIN
      S: +
      C: !!!
      S: -ERR
      C: AUTH PLAIN =
      S: -ERR
      C: AUTH PLAIN YWRh
      S: -ERR
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'AUTH of a mechanism that is not offered',
    'As for what is not base64.',
    `
      S: +OK
      C: AUTH FOO
      S: -ERR
      C: AUTH FOO BAR
      S: -ERR
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'three errors before a login',
    'The fake counts `maxErrors` refused commands, 20 unless told otherwise, before a login and after; Dovecot ends at the third before it.',
    `
      S: +OK
      C: STAT
      S: -ERR
      C: LIST
      S: -ERR
      C: UIDL
      S: -ERR
      C: QUIT
      S: +OK
      S: the end
    `,
  ),
  otherwise(
    'arguments where there are none',
    'These commands have no arguments (RFC 1939 §5, RFC 2449 §5), so what gives them some is refused; Dovecot does not look.',
    `
      S: +OK
      C: USER ada
      S: +OK
      C: PASS lovelace
      S: +OK
      C: CAPA all
      S: -ERR
      C: NOOP now
      S: -ERR
      C: STAT 1
      S: -ERR
      C: DELE 1
      S: +OK
      C: RSET 1
      S: -ERR
      C: STAT
      S: +OK 9 73343
      C: QUIT now
      S: -ERR
    `,
  ),
  otherwise(
    'a maildrop is one session’s at a time',
    'Who finds the maildrop locked may go on; Dovecot ends the connection, which RFC 1939 §4 leaves to the server.',
    `
      first S: +OK
      first C: USER ada
      first S: +OK
      first C: PASS lovelace
      first S: +OK
      second S: +OK
      second C: USER ada
      second S: +OK
      second C: PASS lovelace
      second S: -ERR [IN-USE]
      second C: QUIT
      second S: +OK
      second S: the end
      first C: QUIT
      first S: +OK
      first S: the end
      third S: +OK
      third C: USER ada
      third S: +OK
      third C: PASS lovelace
      third S: +OK
      third C: STAT
      third S: +OK 10 73463
      third C: QUIT
      third S: +OK
      third S: the end
    `,
  ),
]
