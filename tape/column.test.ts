import { expect, test } from 'vitest'
import { Column } from './column.ts'

test('numbers come back as they went in, over many pieces', () => {
  const column = new Column()
  for (let value = 0; value < 10_000; value++) column.push(value * 2 ** 33)
  expect(column.length).toBe(10_000)
  expect([0, 4095, 4096, 8191, 9999].map(at => column.at(at))).toEqual(
    [0, 4095, 4096, 8191, 9999].map(at => at * 2 ** 33),
  )
})

test('there is nothing beyond its end', () => {
  const column = new Column()
  expect(column.at(0)).toBeUndefined()
  column.push(7)
  expect([column.at(0), column.at(1)]).toEqual([7, undefined])
})
