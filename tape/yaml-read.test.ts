import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { Random } from '../net/random.ts'
import type { TapeValue } from '../wire/tape.ts'
import { type Entry, type Part, readYaml } from './yaml-read.ts'
import { yamlAfterKey } from './yaml-text.ts'

function plain(part: Part): unknown {
  if (part.kind === 'text') return part.value
  if (part.kind === 'list') return (part.value as readonly Part[]).map(plain)
  return Object.fromEntries((part.value as readonly Entry[]).map(({ key, part }) => [key, plain(part)]))
}

function read(text: string): unknown {
  const result = readYaml(text, 1)
  return 'part' in result ? plain(result.part) : result.problems
}

test('what the recorder writes is read as the library reads it', () => {
  const random = new Random('yaml')
  const pieces = [
    'a',
    'b c',
    ' ',
    '\n',
    '\t',
    ': ',
    '#',
    '-',
    '"',
    '‹secret:x›',
    '\r',
    '---',
    '...',
    '|',
    '~',
    '💌',
    '[',
    '1',
  ]
  const text = () => Array.from({ length: random.below(7) }, () => pieces[random.below(pieces.length)]).join('')
  for (let i = 0; i < 2000; i++) {
    const value: TapeValue = { head: text(), list: [text(), text()], deep: { more: text() }, 'a b': text() }
    const document = `conversation: 1\nturns:\n  - client:${yamlAfterKey(text(), 6)}  - server:${yamlAfterKey(value, 6)}...\n`
    expect(read(document), document).toEqual(parse(document, { schema: 'failsafe' }))
  }
})

test('what people write is read as the library reads it, or its error told', () => {
  const random = new Random('people')
  const pieces = [
    'client:',
    'server:',
    '- ',
    '  ',
    '    ',
    '\n',
    '\n',
    ' |',
    ' |-',
    ' |+',
    ' |2',
    ' x',
    ' "y"',
    " 'z'",
    '#',
    ' [a, b]',
  ]
  pieces.push(' {a: b}', ' &a', ' *a', ' >', '...', '---', '\t', ' {}', ' []', ': ', 'a', '%', '? ', '!')
  let readable = 0
  for (let i = 0; i < 6000; i++) {
    const document = Array.from({ length: random.below(14) }, () => pieces[random.below(pieces.length)]).join('')
    let expected: unknown
    try {
      expected = parse(document, (_key, value) => value ?? '', { schema: 'failsafe', logLevel: 'silent' })
    } catch {
      continue
    }
    const got = readYaml(document, 1)
    if (!('part' in got)) continue // several documents, aliases, keys that are no words
    readable++
    expect(plain(got.part), JSON.stringify(document)).toEqual(expected)
  }
  expect(readable).toBeGreaterThan(300)
})

test('every value has the line that it stands in', () => {
  const result = readYaml(
    '---\nconversation: 1\nturns:\n  - client: |\n      a\n\n      b\n  # why\n  - server:\n      head: x\n',
    10,
  )
  const lines: string[] = []
  const walk = (part: Part, name: string) => {
    lines.push(`${name} ${part.line}`)
    if (part.kind === 'list') for (const each of part.value as readonly Part[]) walk(each, '-')
    if (part.kind === 'mapping') for (const { key, part: inner } of part.value as readonly Entry[]) walk(inner, key)
  }
  walk('part' in result ? result.part : { kind: 'text', line: 0, value: '' }, 'all')
  expect(lines).toEqual(['all 11', 'conversation 11', 'turns 13', '- 13', 'client 13', '- 18', 'server 19', 'head 19'])
})

test.each([
  ['a wrong indentation', 'turns:\n  - client: a\n   - server: b\n', 3],
  ['a tab', 'turns:\n\t- client: a\n', 2],
  ['a quote that does not end', 'turns:\n  - client: "a\n', 3],
  ['a key twice', 'service: a\nservice: b\n', 2],
  ['an alias', 'service: &a x\nturns: *a\n', 2],
])('%s is told with its line', (_what, text, line) => {
  expect(readYaml(text, 1)).toMatchObject({ problems: [{ line }] })
})
