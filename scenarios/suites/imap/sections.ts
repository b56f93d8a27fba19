// FETCH: sections of a message.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const sections: readonly Scenario[] = [
  says(
    'BODY[] marks a message as seen',
    [...select, 'FETCH 1 BODY[]', 'FETCH 1 FLAGS', 'FETCH 1 BODY[]', logout],
    `
    C: FETCH 1 BODY[]
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) BODY[] {187}
       From: Ann <ann@example.org>
       To: ada@example.org
       Cc: Bob <bob@example.net>, carol@example.com
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000
       Message-ID: <one@example.org>

       one
       )
    S: OK
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: OK
    C: FETCH 1 BODY[]
    S: * 1 FETCH (BODY[] {187}
       From: Ann <ann@example.org>
       To: ada@example.org
       Cc: Bob <bob@example.net>, carol@example.com
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000
       Message-ID: <one@example.org>

       one
       )
    S: OK
  `,
  ),
  says(
    'BODY.PEEK[] does not',
    [...select, 'FETCH 1 BODY.PEEK[]', 'FETCH 1 FLAGS', logout],
    `
    C: FETCH 1 BODY.PEEK[]
    S: * 1 FETCH (BODY[] {187}
       From: Ann <ann@example.org>
       To: ada@example.org
       Cc: Bob <bob@example.net>, carol@example.com
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000
       Message-ID: <one@example.org>

       one
       )
    S: OK
    C: FETCH 1 FLAGS
    S: * 1 FETCH (FLAGS (\\Recent))
    S: OK
  `,
  ),
  says(
    'flags and what marks in one FETCH',
    [...select, 'FETCH 1 (FLAGS BODY[TEXT])', 'FETCH 2 (BODY[HEADER] FLAGS UID)', logout],
    `
    C: FETCH 1 (FLAGS BODY[TEXT])
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) BODY[TEXT] {5}
       one
       )
    S: OK
    C: FETCH 2 (BODY[HEADER] FLAGS UID)
    S: * 2 FETCH (FLAGS (\\Seen \\Recent) UID 2 BODY[HEADER] {224}
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
  `,
  ),
  says(
    'HEADER and TEXT',
    [...select, 'FETCH 2 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])', logout],
    `
    C: FETCH 2 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])
    S: * 2 FETCH (BODY[HEADER] {224}
       From: Bob <bob@example.net>
       To: ann@example.org
       Cc: ada@example.org
       Subject: Re: one
       Date: Sat, 14 Mar 2015 09:30:00 +0100
       Message-ID: <two@example.net>
       In-Reply-To: <one@example.org>
       References: <one@example.org>

        BODY[TEXT] {25}
       first line
       second line
       )
    S: OK
  `,
  ),
  says(
    'HEADER.FIELDS',
    [
      ...select,
      'FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]',
      'FETCH 1:2 BODY.PEEK[HEADER.FIELDS (from to X-Nope)]',
      'FETCH 1 BODY.PEEK[HEADER.FIELDS ("Subject" "date")]',
      logout,
    ],
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
    S: * 1 FETCH (BODY[HEADER.FIELDS ("SUBJECT" "DATE")] {55}
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000

       )
    S: OK
  `,
  ),
  says(
    'HEADER.FIELDS.NOT',
    [...select, 'FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (from to cc date)]', logout],
    `
    C: FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (from to cc date)]
    S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (FROM TO CC DATE)] {47}
       Subject: one
       Message-ID: <one@example.org>

       )
    S: OK
  `,
  ),
  says(
    'a whole mail of more than a packet',
    [...select, 'FETCH 6 BODY.PEEK[]', logout],
    `
    C: FETCH 6 BODY.PEEK[]
    S: * 6 FETCH (BODY[] {3360}
       From: bob@example.net
       Subject: large
       Date: Tue, 10 Mar 2015 12:00:00 +0000

       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
       )
    S: OK
  `,
  ),
  says(
    'octets beyond ASCII',
    [...select, 'FETCH 4 BODY.PEEK[TEXT]', 'FETCH 4 BODY.PEEK[1]', logout],
    `
    C: FETCH 4 BODY.PEEK[TEXT]
    S: * 4 FETCH (BODY[TEXT] {25}
       Schöne Grüße, 世界
       )
    S: OK
    C: FETCH 4 BODY.PEEK[1]
    S: * 4 FETCH (BODY[1] {25}
       Schöne Grüße, 世界
       )
    S: OK
  `,
  ),
  says(
    'sections that are none',
    [
      ...select,
      'FETCH 1 BODY[FOO]',
      'FETCH 1 BODY[MIME]',
      'FETCH 1 BODY[1.FOO]',
      'FETCH 1 BODY[HEADER.FIELDS]',
      'FETCH 1 BODY[',
      logout,
    ],
    `
    C: FETCH 1 BODY[FOO]
    S: BAD
    C: FETCH 1 BODY[MIME]
    S: BAD
    C: FETCH 1 BODY[1.FOO]
    S: BAD
    C: FETCH 1 BODY[HEADER.FIELDS]
    S: BAD
    C: FETCH 1 BODY[
    S: BAD
  `,
  ),
  says(
    'BODY of many messages at once',
    [...select, 'FETCH 1:3 (UID BODY[TEXT])', logout],
    `
    C: FETCH 1:3 (UID BODY[TEXT])
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) BODY[TEXT] {5}
       one
       )
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) BODY[TEXT] {25}
       first line
       second line
       )
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent) BODY[TEXT] {542}
       preamble
       --outer
       Content-Type: multipart/alternative; boundary="inner"

       --inner
       Content-Type: text/plain; charset=us-ascii

       plain text
       --inner
       Content-Type: text/html
       Content-Transfer-Encoding: quoted-printable

       <p>text =3D html</p>
       --inner--
       --outer
       Content-Type: image/gif; name="dot.gif"
       Content-Transfer-Encoding: base64
       Content-Disposition: attachment; filename="dot.gif"; size=43
       Content-ID: <dot@example.com>
       Content-Language: en

       R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==
       --outer--
       epilogue
       )
    S: OK
  `,
  ),
]
