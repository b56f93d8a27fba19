// SASLprep (RFC 4013): user names and passwords that look alike become alike before they are hashed. Left out: unassigned
// code points of Unicode 3.2 are taken (NFKC is Node's, of a later Unicode), and right-to-left text is not checked.

/** RFC 3454 C.1.2, without the zero width space, which table B.1 drops. */
const otherSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g

/** RFC 3454 B.1. */
const mappedToNothing = /\u034f|\u200d|[\u180b-\u180d\ufe00-\ufe0f]|[\u00ad\u1806\u200b\u200c\u2060\ufeff]/g

/** RFC 3454 C.2 to C.9. */
const prohibited = new RegExp(
  [
    '[\\p{Cc}\\u06dd\\u070f\\u180e\\u2028\\u2029\\u2061-\\u2063\\u206a-\\u206f\\ufff9-\\ufffd\\u{1d173}-\\u{1d17a}',
    '\\p{Co}\\p{Noncharacter_Code_Point}\\p{Cs}',
    '\\u2ff0-\\u2ffb\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u{e0001}\\u{e0020}-\\u{e007f}]',
  ].join(''),
  'u',
)

/** Undefined where the text has something in it that is prohibited. */
export function saslPrep(text: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const prepared = text.replace(otherSpaces, ' ').replace(mappedToNothing, '').normalize('NFKC')
  return prohibited.test(prepared) ? undefined : prepared
}
