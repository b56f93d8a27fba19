import { expect, describe as group, test } from 'vitest'
import type { Explained, Scenario, Suite } from './scenario.ts'
import { dedent, tapeOf } from './scenario.ts'
import { judge } from './targets.ts'

const scenario: Scenario = { title: 'a name’s Address, and more', work: async () => '', result: '' }
const without = (name: string, only?: readonly string[]): Explained => ({
  name,
  why: 'it is so',
  ...(only === undefined ? {} : { only }),
  alike: lines => lines.filter(line => line !== name),
})
const suite = (explained: readonly Explained[]): Suite => ({
  protocol: 'dns',
  server: 'named',
  serves: 'nothing',
  names: [],
  place: async () => {},
  scenarios: [scenario],
  explained,
  otherwise: [],
})

group('two targets', () => {
  test('that say the same need no explanation', () => {
    expect(judge(suite([without('a')]), scenario, ['a', 'b'], ['a', 'b'])).toEqual({ explained: [] })
  })

  test('are explained by what is needed and no more', () => {
    const [a, c] = [without('a'), without('c')]
    expect(judge(suite([a, c, without('b')]), scenario, ['a', 'b'], ['b', 'c'])).toEqual({ explained: [a, c] })
  })

  test('that differ by more than is explained are shown as far as they do', () => {
    const { left } = judge(suite([without('a')]), scenario, ['a', 'b'], ['b', 'c'])
    expect(left).toEqual({ real: ['b'], fake: ['b', 'c'] })
  })

  test('are not explained by what is about another scenario', () => {
    const { left } = judge(suite([without('a', ['another'])]), scenario, ['a'], [])
    expect(left).toEqual({ real: ['a'], fake: [] })
  })
})

test('a tape has the name of its scenario', () => {
  expect(tapeOf(suite([]), scenario)).toBe('fidelity/dns/a-name-s-address-and-more.tape.yaml')
})

test('a text of a template loses what it is indented by', () => {
  expect(dedent('\n    a\n      b\n\n    c\n  ')).toBe('a\n  b\n\nc')
})
