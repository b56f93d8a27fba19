import { expect, test } from 'vitest'
import { logIn } from './in-tests.ts'
import { compilePattern } from './pattern.ts'

const names = ['INBOX', 'Work', 'Work/2015', 'Work/2015/May', 'Workshop', 'a*b']

test.each([
  ['*', names],
  ['%', ['INBOX', 'Work', 'Workshop', 'a*b']],
  ['Work', ['Work']],
  ['Work*', ['Work', 'Work/2015', 'Work/2015/May', 'Workshop']],
  ['Work%', ['Work', 'Workshop']],
  ['Work/%', ['Work/2015']],
  ['%/%', ['Work/2015']],
  ['*/%', ['Work/2015', 'Work/2015/May']],
  ['*%', names],
  ['%*y', ['Work/2015/May']],
  ['%k%/%', ['Work/2015']],
  ['', []],
  ['work', []],
])('%s stands for %j', (pattern, expected) => {
  expect(names.filter(compilePattern(pattern, '/'))).toEqual(expected)
})

test('a pattern of many wildcards takes no long time, and one of too many is refused', () => {
  expect(compilePattern('*a%'.repeat(40), '/')(`${'a'.repeat(900)}/b`)).toBe(false)
  const tooMany = `LIST "" ${'*a'.repeat(60)}`
  expect(logIn().say(`a ${tooMany}`, `b LIST "" (${'a '.repeat(200)}x)`)).toEqual([
    'a NO [LIMIT] expected a pattern of at most 1000 characters and 50 wildcards',
    'b NO [LIMIT] expected at most 100 patterns, got 201',
  ])
})
