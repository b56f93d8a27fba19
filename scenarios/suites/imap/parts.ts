// FETCH: parts of MIME, and mails within mails.

import { logout, says, select } from '../imap-client.ts'
import type { Scenario } from '../scenario.ts'

export const parts: readonly Scenario[] = [
  says(
    'parts by number',
    [
      ...select,
      'FETCH 3 BODY.PEEK[1]',
      'FETCH 3 BODY.PEEK[1.1]',
      'FETCH 3 BODY.PEEK[1.2]',
      'FETCH 3 BODY.PEEK[2]',
      logout,
    ],
    `
    C: FETCH 3 BODY.PEEK[1]
    S: * 3 FETCH (BODY[1] {181}
       --inner
       Content-Type: text/plain; charset=us-ascii

       plain text
       --inner
       Content-Type: text/html
       Content-Transfer-Encoding: quoted-printable

       <p>text =3D html</p>
       --inner--
       )
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
  says(
    'parts that are not there',
    [
      ...select,
      'FETCH 3 BODY.PEEK[3]',
      'FETCH 3 BODY.PEEK[1.3]',
      'FETCH 1 BODY.PEEK[1]',
      'FETCH 1 BODY.PEEK[2]',
      logout,
    ],
    `
    C: FETCH 3 BODY.PEEK[3]
    S: * 3 FETCH (BODY[3] {0}
       )
    S: OK
    C: FETCH 3 BODY.PEEK[1.3]
    S: * 3 FETCH (BODY[1.3] {0}
       )
    S: OK
    C: FETCH 1 BODY.PEEK[1]
    S: * 1 FETCH (BODY[1] {5}
       one
       )
    S: OK
    C: FETCH 1 BODY.PEEK[2]
    S: * 1 FETCH (BODY[2] {0}
       )
    S: OK
  `,
  ),
  says(
    'MIME of parts',
    [...select, 'FETCH 3 BODY.PEEK[1.MIME]', 'FETCH 3 BODY.PEEK[2.MIME]', 'FETCH 3 BODY.PEEK[1.2.MIME]', logout],
    `
    C: FETCH 3 BODY.PEEK[1.MIME]
    S: * 3 FETCH (BODY[1.MIME] {57}
       Content-Type: multipart/alternative; boundary="inner"

       )
    S: OK
    C: FETCH 3 BODY.PEEK[2.MIME]
    S: * 3 FETCH (BODY[2.MIME] {193}
       Content-Type: image/gif; name="dot.gif"
       Content-Transfer-Encoding: base64
       Content-Disposition: attachment; filename="dot.gif"; size=43
       Content-ID: <dot@example.com>
       Content-Language: en

       )
    S: OK
    C: FETCH 3 BODY.PEEK[1.2.MIME]
    S: * 3 FETCH (BODY[1.2.MIME] {72}
       Content-Type: text/html
       Content-Transfer-Encoding: quoted-printable

       )
    S: OK
  `,
  ),
  says(
    'a mail within a mail',
    [
      ...select,
      'FETCH 5 BODY.PEEK[2]',
      'FETCH 5 BODY.PEEK[2.HEADER]',
      'FETCH 5 BODY.PEEK[2.TEXT]',
      'FETCH 5 BODY.PEEK[2.1]',
      'FETCH 5 BODY.PEEK[2.HEADER.FIELDS (subject)]',
      logout,
    ],
    `
    C: FETCH 5 BODY.PEEK[2]
    S: * 5 FETCH (BODY[2] {84}
       From: carol@example.com
       Subject: inside
       Content-Type: text/plain

       the inner text)
    S: OK
    C: FETCH 5 BODY.PEEK[2.HEADER]
    S: * 5 FETCH (BODY[2.HEADER] {70}
       From: carol@example.com
       Subject: inside
       Content-Type: text/plain

       )
    S: OK
    C: FETCH 5 BODY.PEEK[2.TEXT]
    S: * 5 FETCH (BODY[2.TEXT] {14}
       the inner text)
    S: OK
    C: FETCH 5 BODY.PEEK[2.1]
    S: * 5 FETCH (BODY[2.1] {14}
       the inner text)
    S: OK
    C: FETCH 5 BODY.PEEK[2.HEADER.FIELDS (subject)]
    S: * 5 FETCH (BODY[2.HEADER.FIELDS (SUBJECT)] {19}
       Subject: inside

       )
    S: OK
  `,
  ),
  says(
    'partial fetches',
    [
      ...select,
      'FETCH 6 BODY.PEEK[TEXT]<0.16>',
      'FETCH 6 BODY.PEEK[TEXT]<16.20>',
      'FETCH 6 BODY.PEEK[TEXT]<3270.100>',
      'FETCH 6 BODY.PEEK[TEXT]<9999.10>',
      'FETCH 6 BODY.PEEK[HEADER]<0.4>',
      'FETCH 6 BODY.PEEK[HEADER.FIELDS (subject)]<2.5>',
      logout,
    ],
    `
    C: FETCH 6 BODY.PEEK[TEXT]<0.16>
    S: * 6 FETCH (BODY[TEXT]<0> {16}
       0123456789abcdef)
    S: OK
    C: FETCH 6 BODY.PEEK[TEXT]<16.20>
    S: * 6 FETCH (BODY[TEXT]<16> {20}
       0123456789abcdef0123)
    S: OK
    C: FETCH 6 BODY.PEEK[TEXT]<3270.100>
    S: * 6 FETCH (BODY[TEXT]<3270> {10}
       89abcdef
       )
    S: OK
    C: FETCH 6 BODY.PEEK[TEXT]<9999.10>
    S: * 6 FETCH (BODY[TEXT]<9999> {0}
       )
    S: OK
    C: FETCH 6 BODY.PEEK[HEADER]<0.4>
    S: * 6 FETCH (BODY[HEADER]<0> {4}
       From)
    S: OK
    C: FETCH 6 BODY.PEEK[HEADER.FIELDS (subject)]<2.5>
    S: * 6 FETCH (BODY[HEADER.FIELDS (SUBJECT)]<2> {5}
       bject)
    S: OK
  `,
  ),
  says(
    'a partial fetch of nothing',
    [...select, 'FETCH 6 BODY.PEEK[TEXT]<0.0>', logout],
    `
    C: FETCH 6 BODY.PEEK[TEXT]<0.0>
    S: * 6 FETCH (BODY[TEXT]<0> {0}
       )
    S: OK
  `,
  ),
  says(
    'partial fetches that are none',
    [...select, 'FETCH 1 BODY[]<1>', 'FETCH 1 BODY[]<x.1>', 'FETCH 1 BODY[]<-1.5>', logout],
    `
    C: FETCH 1 BODY[]<1>
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) BODY[]<1> {186}
       rom: Ann <ann@example.org>
       To: ada@example.org
       Cc: Bob <bob@example.net>, carol@example.com
       Subject: one
       Date: Sun, 15 Mar 2015 08:00:00 +0000
       Message-ID: <one@example.org>

       one
       )
    S: OK
    C: FETCH 1 BODY[]<x.1>
    S: BAD
    C: FETCH 1 BODY[]<-1.5>
    S: BAD
  `,
  ),
]
