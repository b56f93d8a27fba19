import { expect, test } from 'vitest'
import { formatDay, formatInternalDate, parseDay, parseInternalDate } from './date.ts'

test.each([
  ['1-Feb-1994', Date.UTC(1994, 1, 1)],
  ['01-feb-1994', Date.UTC(1994, 1, 1)],
  ['29-Feb-2024', Date.UTC(2024, 1, 29)],
])('%s is a day', (text, time) => {
  expect(parseDay(text)).toBe(time)
})

test.each(['', '29-Feb-2023', '0-Feb-1994', '1-Foo-1994', '1-Feb-94', '32-Jan-2000', '1 Feb 1994'])(
  '%j is no day',
  text => {
    expect(parseDay(text)).toBeUndefined()
  },
)

// The second is RFC 3501's example in §6.3.11's neighbourhood: 17-Jul-1996 02:44:25 -0700.
test.each([
  ['17-Jul-1996 02:44:25 -0700', Date.UTC(1996, 6, 17, 9, 44, 25)],
  [' 1-Jan-2000 00:00:00 +0530', Date.UTC(1999, 11, 31, 18, 30)],
])('%s is a moment, and is written as it was', (text, time) => {
  const parsed = parseInternalDate(text)!
  expect(parsed.time).toBe(time)
  expect(formatInternalDate(parsed)).toBe(text)
})

test.each([
  '17-Jul-1996 24:00:00 +0000',
  '17-Jul-1996 02:44:25',
  '31-Jun-1996 02:44:25 +0000',
  '17-Jul-1996 2:44:25 +0000',
])('%s is no moment', text => {
  expect(parseInternalDate(text)).toBeUndefined()
})

test('a day is written without zeros before it', () => {
  expect(formatDay(Date.UTC(1994, 1, 1))).toBe('1-Feb-1994')
})
