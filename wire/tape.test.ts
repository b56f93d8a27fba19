import { expect, test } from 'vitest'
import { octetsOfLines, printableLines } from './tape.ts'

test.each([
  ['one line', 'a\r\n', 'a\n'],
  ['empty lines', '\r\n\r\n', '\n\n'],
  ['what looks like a placeholder', '‹secret:x›\r\n', '‹‹secret:x›\n'],
])('%s is shown with line feeds', (_what, octets, text) => {
  expect(printableLines(Buffer.from(octets))).toBe(text)
  if (!text.includes('secret')) expect(octetsOfLines(text).toString()).toBe(octets)
})

test.each(['', 'a', 'a\n', 'a\nb\r\n', 'a\rb\r\n', 'a\r\r\n', '\r', 'a\r\nb', '\0\r\n', '\u009b1m\r\n'])(
  '%j is no text of whole lines',
  octets => {
    expect(printableLines(Buffer.from(octets))).toBeUndefined()
  },
)
