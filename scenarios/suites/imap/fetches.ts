// FETCH: items and sets of messages.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const fetches: readonly Scenario[] = [
  says(
    'FLAGS, UID, size and date',
    [...select, 'FETCH 1:* (FLAGS UID RFC822.SIZE INTERNALDATE)', logout],
    `
    C: FETCH 1:* (FLAGS UID RFC822.SIZE INTERNALDATE)
    S: * 1 FETCH (FLAGS (\\Recent) UID 1 RFC822.SIZE 187 INTERNALDATE …)
    S: * 2 FETCH (FLAGS (\\Recent) UID 2 RFC822.SIZE 249 INTERNALDATE …)
    S: * 3 FETCH (FLAGS (\\Recent) UID 3 RFC822.SIZE 744 INTERNALDATE …)
    S: * 4 FETCH (FLAGS (\\Recent) UID 4 RFC822.SIZE 300 INTERNALDATE …)
    S: * 5 FETCH (FLAGS (\\Recent) UID 5 RFC822.SIZE 316 INTERNALDATE …)
    S: * 6 FETCH (FLAGS (\\Recent) UID 6 RFC822.SIZE 3360 INTERNALDATE …)
    S: OK
  `,
  ),
  says(
    'one item alone',
    [...select, 'FETCH 1 FLAGS', 'FETCH 1 UID', 'FETCH 1 RFC822.SIZE', 'FETCH 1 INTERNALDATE', logout],
    `
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
    C: FETCH 1 UID
    S: * 1 FETCH (UID 1)
    S: OK
    C: FETCH 1 RFC822.SIZE
    S: * 1 FETCH (RFC822.SIZE 187)
    S: OK
    C: FETCH 1 INTERNALDATE
    S: * 1 FETCH (INTERNALDATE …)
    S: OK
  `,
  ),
  says(
    'ALL, FAST and FULL',
    [...select, 'FETCH 1 ALL', 'FETCH 1 FAST', 'FETCH 1 FULL', logout],
    `
    C: FETCH 1 ALL
    S: * 1 FETCH (FLAGS (\\Recent) INTERNALDATE … RFC822.SIZE 187 ENVELOPE ("Sun, 15 Mar… (336)
    S: OK
    C: FETCH 1 FAST
    S: * 1 FETCH (FLAGS (\\Recent) INTERNALDATE … RFC822.SIZE 187)
    S: OK
    C: FETCH 1 FULL
    S: * 1 FETCH (FLAGS (\\Recent) INTERNALDATE … RFC822.SIZE 187 ENVELOPE ("Sun, 15 Mar… (400)
    S: OK
  `,
  ),
  says(
    'macros among other items',
    [...select, 'FETCH 1 (ALL)', 'FETCH 1 (FAST UID)', logout],
    `
    C: FETCH 1 (ALL)
    S: BAD
    C: FETCH 1 (FAST UID)
    S: BAD
  `,
  ),
  says(
    'ENVELOPE',
    [...select, 'FETCH 1:* ENVELOPE', logout],
    `
    C: FETCH 1:* ENVELOPE
    S: * 1 FETCH (ENVELOPE ("Sun, 15 Mar 2015 08:00:00 +0000" "one" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) ((NIL NIL "ada" "example.org")) (("Bob" NIL "bob" "example.net")(NIL NIL "carol" "example.com")) NIL NIL "<one@example.org>"))
    S: * 2 FETCH (ENVELOPE ("Sat, 14 Mar 2015 09:30:00 +0100" "Re: one" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) ((NIL NIL "ada" "example.org")) NIL "<one@example.org>" "<two@example.net>"))
    S: * 3 FETCH (ENVELOPE ("Fri, 13 Mar 2015 23:59:59 -0500" "parts" ((NIL NIL "carol" "example.com")) ((NIL NIL "carol" "example.com")) ((NIL NIL "carol" "example.com")) ((NIL NIL "ada" "example.org")) NIL NIL NIL "<three@example.com>"))
    S: * 4 FETCH (ENVELOPE ("Thu, 12 Mar 2015 12:00:00 +0000" "=?utf-8?b?R3LDvMOfZSBhdX… (335)
    S: * 5 FETCH (ENVELOPE ("Wed, 11 Mar 2015 12:00:00 +0000" "Fwd: parts" ((NIL NIL "ann" "example.org")) ((NIL NIL "ann" "example.org")) ((NIL NIL "ann" "example.org")) ((NIL NIL "ada" "example.org")) NIL NIL NIL NIL))
    S: * 6 FETCH (ENVELOPE ("Tue, 10 Mar 2015 12:00:00 +0000" "large" ((NIL NIL "bob" "example.net")) ((NIL NIL "bob" "example.net")) ((NIL NIL "bob" "example.net")) NIL NIL NIL NIL NIL))
    S: OK
  `,
  ),
  says(
    'BODYSTRUCTURE',
    [...select, 'FETCH 1:* BODYSTRUCTURE', logout],
    `
    C: FETCH 1:* BODYSTRUCTURE
    S: * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 1 NIL NIL NIL NIL))
    S: * 2 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 25 2 NIL NIL NIL NIL))
    S: * 3 FETCH (BODYSTRUCTURE ((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit"… (414)
    S: * 4 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 25 1 NIL NIL NIL NIL))
    S: * 5 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" … (412)
    S: * 6 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3280 40 NIL NIL NIL NIL))
    S: OK
  `,
  ),
  says(
    'BODY without a section',
    [...select, 'FETCH 1:* BODY', logout],
    `
    C: FETCH 1:* BODY
    S: * 1 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 1))
    S: * 2 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 25 2))
    S: * 3 FETCH (BODY ((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 0)("text" "html" ("charset" "us-ascii") NIL NIL "quoted-printable" 20 0) "alternative")("image" "gif" ("name" "dot.gif") "<dot@example.com>" NIL "base64" 60) "mixed"))
    S: * 4 FETCH (BODY ("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 25 1))
    S: * 5 FETCH (BODY (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 9 0)("mes… (326)
    S: * 6 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3280 40))
    S: OK
  `,
  ),
  says(
    'RFC822 and its parts',
    [...select, 'FETCH 1 RFC822', 'FETCH 2 RFC822.HEADER', 'FETCH 2 RFC822.TEXT', 'FETCH 1:2 FLAGS', logout],
    `
    C: FETCH 1 RFC822
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) RFC822 {187}
       From: Ann <ann@example.org>
       To: ada@example.org
       Cc: Bob <bob@example.net>, carol@example.com
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000
       Message-ID: <one@example.org>

       one
       )
    S: OK
    C: FETCH 2 RFC822.HEADER
    S: * 2 FETCH (RFC822.HEADER {224}
       From: Bob <bob@example.net>
       To: ann@example.org
       Cc: ada@example.org
       Subject: Re: one
       Date: Sat, 14 Mar 2015 09:30:00 +0100
       Message-ID: <two@example.net>
       In-Reply-To: <one@example.org>
       References: <one@example.org>

       )
    S: OK
    C: FETCH 2 RFC822.TEXT
    S: * 2 FETCH (FLAGS (\\Seen \\Recent) RFC822.TEXT {25}
       first line
       second line
       )
    S: OK
    C: FETCH 1:2 FLAGS
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: * 2 FETCH (FLAGS (\\Seen \\Recent))
    S: OK
  `,
  ),
  says(
    'sets of numbers',
    [...select, 'FETCH 2,4:5 UID', 'FETCH 5:4 UID', 'FETCH * UID', 'FETCH 1,1,1 UID', 'FETCH 5:* UID', logout],
    `
    C: FETCH 2,4:5 UID
    S: * 2 FETCH (UID 2)
    S: * 4 FETCH (UID 4)
    S: * 5 FETCH (UID 5)
    S: OK
    C: FETCH 5:4 UID
    S: * 4 FETCH (UID 4)
    S: * 5 FETCH (UID 5)
    S: OK
    C: FETCH * UID
    S: * 6 FETCH (UID 6)
    S: OK
    C: FETCH 1,1,1 UID
    S: * 1 FETCH (UID 1)
    S: OK
    C: FETCH 5:* UID
    S: * 5 FETCH (UID 5)
    S: * 6 FETCH (UID 6)
    S: OK
  `,
  ),
  says(
    'numbers that are not there',
    [...select, 'FETCH 7 UID', 'FETCH 5:9 UID', 'FETCH 7:9 UID', logout],
    `
    C: FETCH 7 UID
    S: BAD
    C: FETCH 5:9 UID
    S: BAD
    C: FETCH 7:9 UID
    S: BAD
  `,
  ),
  says(
    'sets that are none',
    [...select, 'FETCH 0 UID', 'FETCH 1:0 UID', 'FETCH x UID', 'FETCH 1: UID', logout],
    `
    C: FETCH 0 UID
    S: BAD
    C: FETCH 1:0 UID
    S: BAD
    C: FETCH x UID
    S: BAD
    C: FETCH 1: UID
    S: BAD
  `,
  ),
  says(
    'UID FETCH',
    [...select, 'UID FETCH 2 FLAGS', 'UID FETCH 2,3 (UID FLAGS)', 'UID FETCH 5:* UID', logout],
    `
    C: UID FETCH 2 FLAGS
    S: * 2 FETCH (UID 2 FLAGS (\\Recent))
    S: OK
    C: UID FETCH 2,3 (UID FLAGS)
    S: * 2 FETCH (UID 2 FLAGS (\\Recent))
    S: * 3 FETCH (UID 3 FLAGS (\\Recent))
    S: OK
    C: UID FETCH 5:* UID
    S: * 5 FETCH (UID 5)
    S: * 6 FETCH (UID 6)
    S: OK
  `,
  ),
  says(
    'UIDs that are not there',
    [...select, 'UID FETCH 99 FLAGS', 'UID FETCH 99:* FLAGS', 'UID FETCH 1:99 FLAGS', logout],
    `
    C: UID FETCH 99 FLAGS
    S: OK
    C: UID FETCH 99:* FLAGS
    S: * 6 FETCH (UID 6 FLAGS (\\Recent))
    S: OK
    C: UID FETCH 1:99 FLAGS
    S: * 1 FETCH (UID 1 FLAGS (\\Recent))
    S: * 2 FETCH (UID 2 FLAGS (\\Recent))
    S: * 3 FETCH (UID 3 FLAGS (\\Recent))
    S: * 4 FETCH (UID 4 FLAGS (\\Recent))
    S: * 5 FETCH (UID 5 FLAGS (\\Recent))
    S: * 6 FETCH (UID 6 FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'items that are none',
    [...select, 'FETCH 1 FOO', 'FETCH 1', 'FETCH 1 ()', 'FETCH', 'FETCH 1 (FLAGS', logout],
    `
    C: FETCH 1 FOO
    S: BAD
    C: FETCH 1
    S: BAD
    C: FETCH 1 ()
    S: BAD
    C: FETCH
    S: BAD
    C: FETCH 1 (FLAGS
    S: BAD
  `,
  ),
  says(
    'an item that is named twice',
    [...select, 'FETCH 1 (FLAGS FLAGS UID)', logout],
    `
    C: FETCH 1 (FLAGS FLAGS UID)
    S: * 1 FETCH (FLAGS (\\Recent) UID 1)
    S: OK
  `,
  ),
  says(
    'items in any case',
    [...select, 'fetch 1 (flags uid)', 'uid fetch 1 rfc822.size', logout],
    `
    C: fetch 1 (flags uid)
    S: * 1 FETCH (FLAGS (\\Recent) UID 1)
    S: OK
    C: uid fetch 1 rfc822.size
    S: * 1 FETCH (UID 1 RFC822.SIZE 187)
    S: OK
  `,
  ),
]
