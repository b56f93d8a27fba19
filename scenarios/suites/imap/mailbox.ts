// The mails in Ada's INBOX, by IMAP's numbers.

export const mails: readonly string[] = [
  // 1: nothing special.
  'From: Ann <ann@example.org>\nTo: ada@example.org\nCc: Bob <bob@example.net>, carol@example.com\nSubject: one\nDate: Sun, 15 Mar 2015 08:00:00 +0000\nMessage-ID: <one@example.org>\n\none\n',
  // 2: an answer to it.
  'From: Bob <bob@example.net>\nTo: ann@example.org\nCc: ada@example.org\nSubject: Re: one\nDate: Sat, 14 Mar 2015 09:30:00 +0100\nMessage-ID: <two@example.net>\nIn-Reply-To: <one@example.org>\nReferences: <one@example.org>\n\nfirst line\nsecond line\n',
  // 3: parts in parts.
  'From: carol@example.com\nTo: ada@example.org\nSubject: parts\nDate: Fri, 13 Mar 2015 23:59:59 -0500\nMessage-ID: <three@example.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=outer\n\npreamble\n--outer\nContent-Type: multipart/alternative; boundary="inner"\n\n--inner\nContent-Type: text/plain; charset=us-ascii\n\nplain text\n--inner\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>text =3D html</p>\n--inner--\n--outer\nContent-Type: image/gif; name="dot.gif"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="dot.gif"; size=43\nContent-ID: <dot@example.com>\nContent-Language: en\n\nR0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==\n--outer--\nepilogue\n',
  // 4: words that are encoded, and octets beyond ASCII.
  'From: =?utf-8?q?G=C3=BCnther?= <guenther@example.net>\nTo: "Lovelace, Ada" <ada@example.org>\nSubject: =?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4=?=\nDate: Thu, 12 Mar 2015 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nSchöne Grüße, 世界\n',
  // 5: a mail within one.
  'From: ann@example.org\nTo: ada@example.org\nSubject: Fwd: parts\nDate: Wed, 11 Mar 2015 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nFrom: carol@example.com\nSubject: inside\nContent-Type: text/plain\n\nthe inner text\n--b--\n',
  // 6: something to be cut.
  `From: bob@example.net\nSubject: large\nDate: Tue, 10 Mar 2015 12:00:00 +0000\n\n${`${'0123456789abcdef'.repeat(5)}\n`.repeat(40)}`,
]
