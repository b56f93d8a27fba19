// The mails that Ada has, by POP3's numbers.

export const mails: readonly string[] = [
  // 1: nothing special.
  'Date: Tue, 7 Oct 2008 19:03:16 +0100\nFrom: bob@example.net\nTo: ada@example.org\nSubject: one\n\nfirst\nsecond\nthird\n',
  // 2: dots at the beginning of lines.
  'From: bob@example.net\nSubject: dots\n\n.\n.one\n..two\nin.side\n...\n',
  // 3: the last line has no end.
  'From: bob@example.net\nSubject: open\n\nthe end is open',
  // 4: octets beyond ASCII, in the header also.
  'From: Günther <guenther@example.net>\nSubject: grüße\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße, 世界\n',
  // 5: lines beyond all limits.
  `From: bob@example.net\nSubject: long\n\n${'x'.repeat(998)}\n${'y'.repeat(5000)}\n.${'z'.repeat(2000)}\n`,
  // 6: a header alone.
  'From: bob@example.net\nSubject: header\n',
  // 7: a header and its empty line.
  'From: bob@example.net\nSubject: nothing\n\n',
  // 8: a body alone, with empty lines at both ends.
  '\n\nbody\n\n\n',
  // 9: more than goes into one packet.
  `From: bob@example.net\nSubject: large\n\n${`${'x'.repeat(70)}\n`.repeat(900)}`,
  // 10: a folded header, and blanks at the ends of lines.
  'From: bob@example.net\nSubject: folded\n over\n\tthree lines\n\ntrailing  \n\tleading\n',
]
