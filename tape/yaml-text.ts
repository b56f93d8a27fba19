// Values of a tape as YAML, for people: text of several lines as a block, everything else as plain as YAML allows. What is
// written is read with the failsafe schema, in which every scalar is text. Written by hand because it is written for each
// turn as it happens, which a general library does a hundred times slower.

import type { TapeValue } from '../wire/tape.ts'

/** What cannot begin a plain scalar, or ends one. */
const unplain = /^[\s\-?:,[\]{}#&*!|>'"%@`]|: |:$| #|\s$|[\t\n]/
/** What only an escape can hold: see wire/tape.ts for what is printable. */
const needsEscape =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const escapes = new RegExp(needsEscape, 'g')

/**
 * The text that follows a key's colon, or a list's dash, with its line end; `indent` is where the lines below begin.
 *
 * @example `client:${yamlAfterKey('EHLO a\nb', 6)}`
 */
export function yamlAfterKey(value: TapeValue, indent: number): string {
  if (typeof value === 'string') return scalar(value, indent)
  const pad = ' '.repeat(indent)
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n'
    let text = '\n'
    for (const each of value as readonly TapeValue[]) text += `${pad}-${yamlAfterKey(each, indent + 2)}`
    return text
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return ' {}\n'
  let text = '\n'
  for (const [key, each] of entries) text += `${pad}${yamlKey(key)}:${yamlAfterKey(each, indent + 2)}`
  return text
}

function scalar(text: string, indent: number): string {
  if (!text.includes('\n')) return ` ${line(text)}\n`
  if (needsEscape.test(text) || text.trim() === '') return ` ${quoted(text)}\n`
  const pad = ' '.repeat(indent)
  // A first line that is empty or begins with a blank would be taken for the indentation.
  const indication = /^[ \t\n]/.test(text) ? '2' : ''
  const chomping = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-'
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  let block = ` |${indication}${chomping}\n`
  for (const each of lines) block += each === '' ? '\n' : `${pad}${each}\n`
  return block
}

/** A key, or text of one line. */
export function yamlKey(key: string): string {
  return line(key)
}

function line(text: string): string {
  return text === '' || unplain.test(text) || needsEscape.test(text) ? quoted(text) : text
}

function quoted(text: string): string {
  // JSON and its like read best with their own quotes as they are.
  if (/["\\]/.test(text) && !/[\t\n]/.test(text) && !needsEscape.test(text)) return `'${text.replaceAll("'", "''")}'`
  return JSON.stringify(text).replace(escapes, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
