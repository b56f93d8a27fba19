// What the IMAP fake answers otherwise than Dovecot on purpose.

import { type Otherwise, otherwise } from './scenario.ts'

export const otherAnswers: readonly Otherwise[] = [
  otherwise(
    'CAPABILITY before a login and after',
    'Who logs in is told the new capabilities in the response, always; Dovecot tells them by CAPABILITY to who has asked before.',
    `
      S: * OK [CAPABILITY …]
      C: CAPABILITY
      S: * CAPABILITY …
      S: OK
      C: LOGIN ada lovelace
      S: OK [CAPABILITY …]
      C: CAPABILITY
      S: * CAPABILITY …
      S: OK
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'ID',
    'RFC 2971 §3.1 wants a list of pairs or NIL; Dovecot takes anything.',
    `
      S: * OK [CAPABILITY …]
      C: ID NIL
      S: * ID …
      S: OK
      C: ID ("name" "test" "version" "1")
      S: * ID …
      S: OK
      C: LOGIN ada lovelace
      S: OK [CAPABILITY …]
      C: ID NIL
      S: * ID …
      S: OK
      C: ID
      S: BAD
      C: ID (x)
      S: BAD
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'NAMESPACE and ENABLE',
    'RFC 5161 §3.1 wants a capability; Dovecot takes none.',
    `
      S: * OK [CAPABILITY …]
      C: LOGIN ada lovelace
      S: OK [CAPABILITY …]
      C: NAMESPACE
      S: * NAMESPACE (("" "/")) NIL NIL
      S: OK
      C: ENABLE CONDSTORE
      S: * ENABLED CONDSTORE
      S: OK
      C: ENABLE FOO
      S: OK
      C: ENABLE
      S: BAD
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'a name in capitals',
    'Names are compared as they stand; Dovecot makes them lower case, a setting that the fake does not have.',
    `
      S: * OK [CAPABILITY …]
      C: LOGIN ADA lovelace
      S: NO [AUTHENTICATIONFAILED]
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'AUTHENTICATE with what is not base64',
    'RFC 3501 §6.2.2 has BAD for what cannot be read; Dovecot has an alert for the user, whom it does not concern.',
    `
      S: * OK [CAPABILITY …]
      C: AUTHENTICATE PLAIN
      S: +
      C: !!!
      S: BAD
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'AUTHENTICATE of a mechanism that is not offered',
    'It is nothing that a user has to be alerted to, as Dovecot does.',
    `
      S: * OK [CAPABILITY …]
      C: AUTHENTICATE FOO
      S: NO
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'CREATE below what is not there',
    'What a new mailbox lies below is made with it and can be selected (RFC 3501 §6.3.3); in Dovecot it is only listed.',
    `
      C: CREATE A/B/C
      S: OK
      C: LIST "" *
      S: * LIST (\\HasChildren) "/" A
      S: * LIST (\\HasChildren) "/" A/B
      S: * LIST (\\HasNoChildren) "/" A/B/C
      S: * LIST (\\HasNoChildren) "/" INBOX
      S: OK
    `,
  ),
  otherwise(
    'DELETE of what has others below it',
    'It stays as a name that cannot be selected (RFC 3501 §6.3.4); Dovecot says so of it no longer, and refuses to select it.',
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
      S: * LIST (\\HasChildren) "/" Work/2015
      S: * LIST (\\HasNoChildren) "/" INBOX
      S: * LIST (\\HasNoChildren) "/" Other
      S: * LIST (\\HasNoChildren) "/" Work/2015/March
      S: * LIST (\\Noselect \\HasChildren) "/" Work
      S: OK
      C: SELECT Work
      S: NO
    `,
  ),
  otherwise(
    'RENAME of INBOX leaves it empty',
    'The fake moves the mails and leaves INBOX empty (RFC 3501 §6.3.5); Dovecot does not have that.',
    `
      C: RENAME INBOX Old
      S: OK
      C: STATUS INBOX (MESSAGES)
      S: * STATUS INBOX (MESSAGES 0)
      S: OK
      C: STATUS Old (MESSAGES)
      S: * STATUS Old (MESSAGES 6)
      S: OK
    `,
  ),
  otherwise(
    'what is subscribed to from the start',
    'INBOX is subscribed to from the start, as in accounts that somebody uses; in Dovecot nothing is.',
    `
      C: LSUB "" *
      S: * LSUB () "/" INBOX
      S: OK
    `,
  ),
  otherwise(
    'HEADER.FIELDS',
    'Names of fields are said back as atoms; Dovecot says them as they were spelt.',
    `
      C: FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
      S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}
         Subject: one

         )
      S: OK
      C: FETCH 1:2 BODY.PEEK[HEADER.FIELDS (from to X-Nope)]
      S: * 1 FETCH (BODY[HEADER.FIELDS (FROM TO X-NOPE)] {52}
         From: Ann <ann@example.org>
         To: ada@example.org

         )
      S: * 2 FETCH (BODY[HEADER.FIELDS (FROM TO X-NOPE)] {52}
         From: Bob <bob@example.net>
         To: ann@example.org

         )
      S: OK
      C: FETCH 1 BODY.PEEK[HEADER.FIELDS ("Subject" "date")]
      S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT DATE)] {55}
         Subject: one
         Date: Sun, 15 Mar 2015 08:00:00 +0000

         )
      S: OK
    `,
  ),
  otherwise(
    'parts by number',
    'The line end before a boundary is the boundary’s (RFC 2046 §5.1.1); after the end of a multipart within another Dovecot counts it to the part.',
    `
      C: FETCH 3 BODY.PEEK[1]
      S: * 3 FETCH (BODY[1] {179}
         --inner
         Content-Type: text/plain; charset=us-ascii

         plain text
         --inner
         Content-Type: text/html
         Content-Transfer-Encoding: quoted-printable

         <p>text =3D html</p>
         --inner--)
      S: OK
      C: FETCH 3 BODY.PEEK[1.1]
      S: * 3 FETCH (BODY[1.1] {10}
         plain text)
      S: OK
      C: FETCH 3 BODY.PEEK[1.2]
      S: * 3 FETCH (BODY[1.2] {20}
         <p>text =3D html</p>)
      S: OK
      C: FETCH 3 BODY.PEEK[2]
      S: * 3 FETCH (BODY[2] {60}
         R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==)
      S: OK
    `,
  ),
  otherwise(
    'a partial fetch of nothing',
    'The size of a part of a section is not zero (RFC 3501 §9); Dovecot gives no octets.',
    `
      C: FETCH 6 BODY.PEEK[TEXT]<0.0>
      S: BAD
    `,
  ),
  otherwise(
    'partial fetches that are none',
    'A part of a section has an origin and a size (RFC 3501 §9); Dovecot does without the size.',
    `
      C: FETCH 1 BODY[]<1>
      S: BAD
      C: FETCH 1 BODY[]<x.1>
      S: BAD
      C: FETCH 1 BODY[]<-1.5>
      S: BAD
    `,
  ),
  otherwise(
    'flags that are none',
    'The grammar of RFC 3501 §9 has no such command, so it is BAD; Dovecot takes what it can.',
    `
      C: STORE 1 +FLAGS (\\Recent)
      S: BAD
      C: STORE 1 +FLAGS (\\Foo)
      S: BAD
      C: STORE 1 FLAGZ (\\Seen)
      S: BAD
      C: STORE 1 +FLAGS
      S: BAD
      C: STORE 1
      S: BAD
    `,
  ),
  otherwise(
    'a charset that nobody knows',
    'BADCHARSET says which charsets are known (RFC 3501 §7.1); Dovecot does not say.',
    `
      C: SEARCH CHARSET FOO TEXT x
      S: NO [BADCHARSET …]
      C: SEARCH CHARSET US-ASCII SUBJECT one
      S: * SEARCH 1 2
      S: OK
    `,
  ),
  otherwise(
    'a search that is saved',
    'The fake does not have SEARCHRES (RFC 5182), and does not list it.',
    `
      C: SEARCH RETURN (SAVE) FROM bob
      S: BAD
      C: FETCH $ UID
      S: BAD
    `,
  ),
  otherwise(
    'COPY that is none',
    'As for flags that are none.',
    `
      C: COPY
      S: BAD
      C: COPY 1
      S: BAD
      C: COPY x INBOX
      S: BAD
      C: COPY 1 INBOX more
      S: BAD
    `,
  ),
  otherwise(
    'flags of what is gone',
    'Of a message that is gone nothing is told but that it is gone; Dovecot tells the flags that it had.',
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
      second S: OK
    `,
  ),
  otherwise(
    'an idle client hears of a new mail',
    'A message is recent for who is told of it first (RFC 3501 §2.3.2): in the fake who idles, in Dovecot who appended it.',
    `
      second C: IDLE
      second S: + idling
      first C: APPEND INBOX {5+}
      first    hello
      first S: * 7 EXISTS
      first S: OK [APPENDUID … 7]
      second S: * 7 EXISTS
      second C: DONE
      second S: * 1 RECENT
      second S: OK
    `,
  ),
  otherwise(
    'blanks where none should be',
    'As for flags that are none.',
    `
      C: FETCH  1 FLAGS
      S: * 1 FETCH (FLAGS (\\Recent))
      S: OK
      C: FETCH 1  FLAGS
      S: * 1 FETCH (FLAGS (\\Recent))
      S: OK
      C: NOOP
      S: OK
      C: FETCH 1 FLAGS
      S: BAD
      C: LOGOUT
      S: * BYE
      S: OK
    `,
  ),
  otherwise(
    'arguments where there are none',
    'As for flags that are none.',
    `
      C: NOOP now
      S: BAD
      C: CHECK now
      S: BAD
      C: EXPUNGE now
      S: BAD
      C: CAPABILITY now
      S: BAD
      C: LOGOUT now
      S: BAD
    `,
  ),
]
