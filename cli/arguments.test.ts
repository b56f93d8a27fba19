import { expect, test } from 'vitest'
import { asksForHelp, parseArguments } from './arguments.ts'
import { didYouMean } from './suggestion.ts'

const options = { world: { type: 'string' }, proxy: { type: 'boolean' } } as const

test('options come before --, the program and its own options after it', () => {
  const { values, rest } = parseArguments('run', ['--world', 'w.yaml', '--', 'curl', '--proxy', '--'], options)
  expect(values.world).toBe('w.yaml')
  expect(values.proxy).toBeUndefined()
  expect(rest).toEqual(['curl', '--proxy', '--'])
})

test.each([
  [['--wrold', 'x'], 'run: expected an option that it has, got --wrold; did you mean --world?'],
  [['--wrold=x'], 'run: expected an option that it has, got --wrold; did you mean --world?'],
  [['--entirely-else'], 'run: expected an option that it has, got --entirely-else; see backlot run --help'],
  [['-x'], 'run: expected an option that it has, got -x; see backlot run --help'],
])('%j is refused with what was probably meant', (args, message) => {
  expect(() => parseArguments('run', args, options)).toThrow(message)
})

test.each([[['--world']], [['--proxy=yes']]])('%j is refused in one line', args => {
  expect(() => parseArguments('run', args, options)).toThrow(/^run: option [^\n]*; see backlot run --help$/)
})

test('help that stands after -- is the program’s', () => {
  expect(asksForHelp(['--help'])).toBe(true)
  expect(asksForHelp(['--', 'curl', '--help'])).toBe(false)
})

test('only a near word is suggested', () => {
  expect(didYouMean('rnu', ['run', 'up'])).toBe('; did you mean run?')
  expect(didYouMean('frobnicate', ['run', 'up'])).toBe('')
})
