import { expect, test } from 'vitest'
import { Random } from '../../net/random.ts'
import {
  formatSequenceSet,
  hasSequence,
  parseSequenceSet,
  placesOf,
  resolveSequenceSet,
  sequenceSetOf,
} from './sequence-set.ts'

const resolved = (text: string, largest: number) =>
  formatSequenceSet(resolveSequenceSet(parseSequenceSet(text)!, largest))

test.each(['1', '1:3', '3:1', '*', '2,4:7,9,12:*', '*:4', '4294967295'])(
  '%s is a set and is written as it was',
  text => {
    expect(formatSequenceSet(parseSequenceSet(text)!)).toBe(text)
  },
)

test.each(['', '0', '01', '1:', ':1', '1,', '1;2', '4294967296', '99999999999', '1:2:3', '$', '1 2'])(
  '%j is no set',
  text => {
    expect(parseSequenceSet(text)).toBeUndefined()
  },
)

// RFC 3501 §9 has the first two as examples for a mailbox of 15 messages.
test.each([
  ['2,4:7,9,12:*', 15, '2,4:7,9,12:15'],
  ['*:4,5:7', 10, '4:10'],
  ['559:*', 10, '10:559'],
  ['*', 10, '10'],
  ['*', 0, ''],
  ['5:3,4,1,2', 10, '1:5'],
  ['1:4294967295', 3, '1:4294967295'],
])('%s in a mailbox of %d is %s', (text, largest, expected) => {
  expect(resolved(text, largest)).toBe(expected)
})

test('a set finds the same as if it were expanded', () => {
  const random = new Random('sequence sets')
  for (let round = 0; round < 200; round++) {
    const uids = Array.from({ length: 40 }, (_, index) => index + 1).filter(() => random.below(3) > 0)
    const number = () => (random.below(8) === 0 ? '*' : String(1 + random.below(50)))
    const text = Array.from({ length: 1 + random.below(4) }, () =>
      random.below(2) === 0 ? number() : `${number()}:${number()}`,
    ).join(',')
    const largest = uids.at(-1) ?? 0
    const value = (part: string) => (part === '*' ? largest : Number(part))
    const expected = uids.filter(uid =>
      text.split(',').some(range => {
        const ends = range.split(':').map(value)
        return uid >= Math.min(...ends) && uid <= Math.max(...ends)
      }),
    )
    const set = resolveSequenceSet(parseSequenceSet(text)!, largest)
    expect(uids.filter(uid => hasSequence(set, uid))).toEqual(expected)
    expect(placesOf(set, uids).flatMap(({ first, last }) => uids.slice(first, last + 1))).toEqual(expected)
  }
})

test('numbers become ranges', () => {
  expect(formatSequenceSet(sequenceSetOf([1, 2, 3, 7, 9, 10]))).toBe('1:3,7,9:10')
})
