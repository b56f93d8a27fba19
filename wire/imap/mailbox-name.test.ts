import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import { decodeMailboxName, decodeUtf8Name, encodeMailboxName } from './mailbox-name.ts'

// The third is RFC 3501 §5.1.3's example.
test.each([
  ['INBOX', 'INBOX'],
  ['Tom & Jerry', 'Tom &- Jerry'],
  ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
  ['Entwürfe', 'Entw&APw-rfe'],
  ['😀', '&2D3eAA-'],
  ['tab\tand\x7f', 'tab&AAk-and&AH8-'],
])('%j is %s', (name, wire) => {
  expect(encodeMailboxName(name)).toBe(wire)
  expect(decodeMailboxName(wire)).toBe(name)
})

// The second and third are the RFC's examples of superfluous shifts.
test.each(['&', '&U,BTFw-&ZeVnLIqe-', '&Jjo!', '&AGE-', '&A-', '&2D0-', 'é', '&AP/-'])('%s is no name', wire => {
  expect(decodeMailboxName(wire)).toBeUndefined()
})

test('any name of whole characters comes back', () => {
  const random = new Random('names')
  for (let round = 0; round < 500; round++) {
    const length = random.below(12)
    const name = Array.from({ length }, () =>
      String.fromCodePoint(
        [random.below(0x80), random.below(0xd800), 0x10000 + random.below(0x10000)][random.below(3)]!,
      ),
    ).join('')
    expect(decodeMailboxName(encodeMailboxName(name))).toBe(name)
  }
})

test('half a surrogate pair is refused', () => {
  expect(() => encodeMailboxName('\ud83d')).toThrow(RangeError)
})

test('octets of UTF-8 are a name, others are not', () => {
  expect(decodeUtf8Name('Entw\xc3\xbcrfe & mehr')).toBe('Entwürfe & mehr')
  expect(decodeUtf8Name('\xff')).toBeUndefined()
})
