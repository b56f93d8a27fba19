import { expect, test } from 'vitest'
import { Tally } from './tally.ts'

test('what happens often is told once, with how often and where first', () => {
  const tally = new Tally()
  tally.add('a bad packet', 'at offset 1')
  tally.add('a bad packet', 'at offset 2')
  tally.add('a good one')
  tally.add('a cut', 'at offset 3')
  tally.add('another')
  tally.add('another')
  expect(tally.notes).toEqual([
    'a bad packet (2 times, first at offset 1)',
    'a good one',
    'a cut (at offset 3)',
    'another (2 times)',
  ])
})

test('so many things are told apart, and no more', () => {
  const tally = new Tally()
  for (let i = 0; i < 103; i++) tally.add(`thing ${i}`)
  tally.add('thing 0')
  expect(tally.notes).toHaveLength(101)
  expect(tally.notes.at(-1)).toBe('3 notes more')
})
