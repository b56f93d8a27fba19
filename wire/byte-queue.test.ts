import { expect, test } from 'vitest'
import { ByteQueue } from './byte-queue.ts'

const queue = (...parts: string[]) => {
  const made = new ByteQueue()
  for (const part of parts) made.append(Buffer.from(part))
  return made
}

test('a take that spans chunks gives the octets in order and leaves the rest', () => {
  const made = queue('ab', 'cd', 'ef')
  expect(made.take(1).toString()).toBe('a')
  expect(made.take(3).toString()).toBe('bcd')
  expect(made.length).toBe(2)
  expect(made.takeAll().toString()).toBe('ef')
  expect(made.length).toBe(0)
})

test('peeking takes nothing', () => {
  const made = queue('ab', 'cd')
  made.take(1)
  expect(made.peek().toString()).toBe('bcd')
  expect(made.length).toBe(3)
})

test('an octet is found across chunks, counted from the front of what is left', () => {
  const made = queue('abc', 'dx', 'yx')
  made.take(1)
  expect(made.indexOf(0x78)).toBe(3)
  expect(made.indexOf(0x78, 4)).toBe(5)
  expect(made.indexOf(0x7a)).toBe(-1)
})

test('a 16-bit number is read across chunks', () => {
  const made = new ByteQueue()
  made.append(Uint8Array.of(0x12))
  expect(made.peekUint16()).toBeUndefined()
  made.append(Uint8Array.of(0x34, 0x56))
  expect(made.peekUint16()).toBe(0x1234)
})

test('taking more than there is is an error', () => {
  expect(() => queue('ab').take(3)).toThrow('cannot take 3 of 2 octets')
})
