import { expect, test } from 'vitest'
import { saslPrep } from './saslprep.ts'

test.each([
  // RFC 4013 §3.
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['\u0007', undefined],
  // A no-break space and an ideographic one.
  ['a\u00a0b\u3000c', 'a b c'],
  ['e\u0301', '\u00e9'],
  ['\u200dpass\ufeff', 'pass'],
  ['', ''],
  ['tab\t', undefined],
  ['\ue000', undefined],
  ['\u{1fffe}', undefined],
  ['\ud800', undefined],
  ['\u200e', undefined],
  ['\u2028', undefined],
  ['\ufffd', undefined],
  ['\u{e0041}', undefined],
])('%j is prepared to %j', (text, prepared) => {
  expect(saslPrep(text)).toBe(prepared)
})
