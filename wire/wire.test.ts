import { expect, test } from 'vitest'
import { describeBytes } from './wire.ts'

test.each<[string, Uint8Array | string, string]>([
  ['text', 'héllo\tyou\r\n', 'héllo\tyou'],
  ['lines', 'one\r\ntwo\r\n', 'one\r\ntwo'],
  ['nothing', '', ''],
  ['a control character', 'a\x1bb', '3 octets: 61 1b 62'],
  ['octets that are no UTF-8', Uint8Array.of(0x61, 0xff), '2 octets: 61 ff'],
  ['half a character at the end', Uint8Array.of(0x61, 0xc3), '2 octets: 61 c3'],
  ['more octets than are shown', Buffer.alloc(100), `100 octets: ${'00 '.repeat(64)}…`],
  ['more text than the limit', 'x'.repeat(3000), `${'x'.repeat(2048)}\n… 952 octets more`],
  ['a character that the limit cuts', `x${'é'.repeat(1500)}`, `x${'é'.repeat(1023)}\n… 953 octets more`],
])('%s', (_what, bytes, described) => {
  expect(describeBytes(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)).toBe(described)
})
