import { expect, test } from 'vitest'
import { difference, distance } from './difference.ts'

const shown = (before: string[], after: string[]) => difference(before, after).map(({ sign, text }) => `${sign}${text}`)

test('what both sides have stays between what only one has', () => {
  expect(shown(['a', 'b', 'c'], ['a', 'x', 'c', 'd'])).toEqual([' a', '-b', '+x', ' c', '+d'])
  expect(shown([], ['a'])).toEqual(['+a'])
  expect(shown(['a'], [])).toEqual(['-a'])
  expect(shown([], [])).toEqual([])
})

test('as much as can be is taken for the same', () => {
  const lines = shown(['a', 'b', 'c', 'a', 'b', 'b', 'a'], ['c', 'b', 'a', 'b', 'a', 'c'])
  expect(lines.filter(line => line.startsWith(' '))).toHaveLength(4)
})

test('no line of a long text is lost', () => {
  const long = Array.from({ length: 1000 }, (_, at) => `line ${at}`)
  const changed = long.with(3, 'another')
  const lines = shown(long, changed)
  expect(lines.filter(line => !line.startsWith('+')).map(line => line.slice(1))).toEqual(long)
  expect(
    lines
      .filter(line => !line.startsWith('-'))
      .map(line => line.slice(1))
      .toSorted(),
  ).toEqual(changed.toSorted())
})

test('a text is nearer the more it shares, and a changed line is nearer than a strange one', () => {
  const asked = ['GET /a HTTP/1.1', 'Host: x', 'Accept: */*']
  const sameHost = distance(asked, ['GET /b HTTP/1.1', 'Host: x', 'Accept: */*'])
  const allOther = distance(asked, ['POST /b HTTP/1.1', 'Via: y'])
  expect(distance(asked, asked)).toBe(0)
  expect(sameHost).toBeLessThan(allOther)
  expect(distance(['MAIL a'], ['MAIL b'])).toBeLessThan(distance(['MAIL a'], ['RCPT b']))
})
