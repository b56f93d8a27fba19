import { expect, test } from 'vitest'
import { Random } from './random.ts'

test('the same seed gives the same stream, another seed another one', () => {
  const draw = (seed: string) => new Random(seed).bytes(16).toString('hex')
  expect(draw('7/smtp')).toBe(draw('7/smtp'))
  expect(draw('7/smtp')).not.toBe(draw('8/smtp'))
  expect(draw('7/smtp')).not.toBe(draw('7/dns'))
})

test('numbers spread evenly over their range', () => {
  const random = new Random('spread')
  const counts = new Array(10).fill(0)
  for (let i = 0; i < 10_000; i++) counts[random.below(10)]++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
})
