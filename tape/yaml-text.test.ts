import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { Random } from '../net/random.ts'
import type { TapeValue } from '../wire/tape.ts'
import { yamlAfterKey } from './yaml-text.ts'

const read = (text: string) => parse(text, { schema: 'failsafe' })
const written = (value: TapeValue) => `- client:${yamlAfterKey(value, 4)}- server: x\n`

test.each<[string, TapeValue, string]>([
  ['one line', 'EHLO laptop', '- client: EHLO laptop\n'],
  ['a line like a number', '250', '- client: 250\n'],
  ['a line with a colon', 'Subject: hi', '- client: "Subject: hi"\n'],
  ['lines', '250-a\n250 b\n', '- client: |\n    250-a\n    250 b\n'],
  ['lines without an end', 'a\nb', '- client: |-\n    a\n    b\n'],
  ['lines with a blank first', ' a\nb\n', '- client: |2\n     a\n    b\n'],
  ['a mapping', { head: 'x\ny\n', body: 'z' }, '- client:\n    head: |\n      x\n      y\n    body: z\n'],
  ['a list', ['a', 'b: c'], '- client:\n    - a\n    - "b: c"\n'],
  ['JSON', '{"a": "it\'s"}', `- client: '{"a": "it''s"}'\n`],
  ['nothing', '', '- client: ""\n'],
])('%s is written for people', (_what, value, text) => {
  expect(written(value)).toBe(`${text}- server: x\n`)
  expect(read(written(value))[0]).toEqual({ client: value })
})

test('whatever is written is read again', () => {
  const random = new Random('yaml')
  const pieces = ['a', ' ', '\n', '\t', ':', '#', '-', '"', "'", '‹secret:x›', '\r', '\x00', '\u2028', '\ufeff', '\x85']
  pieces.push(
    '---',
    '...',
    '|',
    '>',
    '~',
    '\\',
    '💌',
    '\ud800',
    '{',
    '}',
    '[',
    ']',
    ',',
    '%',
    '@',
    '`',
    '&',
    '*',
    '!',
    '=',
  )
  const text = () => Array.from({ length: random.below(9) }, () => pieces[random.below(pieces.length)]).join('')
  for (let i = 0; i < 3000; i++) {
    const value = { head: text(), list: [text(), { deep: text() }], [`k${text()}`]: text() }
    expect(read(written(value)), JSON.stringify(value)).toEqual([{ client: value }, { server: 'x' }])
  }
})
