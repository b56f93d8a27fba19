// Reads a document of a tape: values with the line that they stand in, every scalar as text (YAML's failsafe schema).
// What the recorder writes, and nearly all that people write, is read line by line here; what is more than that is left to
// the yaml library, which takes ten times as long: all of a large tape may have to be searched.

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** A value and where it stands; lines are counted from 1. */
export interface Part {
  readonly line: number
  readonly value: string | readonly Part[] | readonly Entry[]
  readonly kind: 'text' | 'list' | 'mapping'
}

export interface Entry {
  readonly key: string
  readonly line: number
  readonly part: Part
}

export interface Problem {
  readonly line: number
  readonly message: string
}

/** A document's text, whose first line is line `firstLine` of its file. Problems are told by lines, the first one first. */
export function readYaml(text: string, firstLine: number): { part: Part } | { problems: Problem[] } {
  const part = new Lines(text, firstLine).document()
  return part === undefined ? readByLibrary(text, firstLine) : { part }
}

const entry = /^([A-Za-z0-9_.~/][A-Za-z0-9_.*~/-]*|"(?:[^"\\]|\\.)*"):(?: +(.*)|)$/
const plainStart = /^[^\s\-?:,[\]{}#&*!|>'"%@`]|^[-?:][^\s]/
const singleQuoted = /^'((?:[^'\t]|'')*)'$/
const blockHeader = /^\|([1-9])?([+-])?$/
const flowList = /^\[([^"'[\]{}#&*!|>%@`]*)\]$/

/** A reader that gives up (undefined) at whatever it does not know for sure. */
class Lines {
  readonly #lines: string[]
  readonly #firstLine: number
  #at = 0

  constructor(text: string, firstLine: number) {
    this.#lines = text.split('\n')
    this.#firstLine = firstLine
  }

  document(): Part | undefined {
    // Lines ended by CRLF, and what else the library makes of a CR.
    if (this.#lines.some(line => line.endsWith('\r'))) return undefined
    if (this.#lines[0]?.startsWith('---')) {
      if (this.#lines[0].trimEnd() !== '---') return undefined
      this.#at = 1
    }
    const part = this.#block(0)
    if (part === undefined) return undefined
    for (this.#skip(); this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!
      if (line !== '...' && line.trim() !== '' && !line.startsWith('#')) return undefined
    }
    return part
  }

  get #line(): number {
    return this.#firstLine + this.#at
  }

  /** Goes on to the next line that says something. */
  #skip(): string | undefined {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!
      const trimmed = line.trimStart()
      if (trimmed !== '' && !trimmed.startsWith('#')) return line
    }
    return undefined
  }

  /** A list or mapping whose lines begin at `indent`. */
  #block(indent: number): Part | undefined {
    const line = this.#skip()
    if (line === undefined || indentOf(line) !== indent || /^(\.\.\.|---)/.test(line)) return undefined
    return isItem(line, indent) ? this.#list(indent) : this.#mapping(indent, '')
  }

  #list(indent: number): Part | undefined {
    const start = this.#line
    const parts: Part[] = []
    for (let line = this.#skip(); line !== undefined && indentOf(line) === indent; line = this.#skip()) {
      if (!isItem(line, indent)) break
      const rest = line.slice(indent + 1)
      const inner = indent + 1 + indentOf(rest)
      const content = rest.trimStart()
      let part: Part | undefined
      if (content === '' || content.startsWith('#')) return undefined
      if (isItem(content, 0)) return undefined
      if (entry.test(content)) part = this.#mapping(inner, content)
      else part = this.#value(content, indent)
      if (part === undefined) return undefined
      parts.push(part)
    }
    return { kind: 'list', line: start, value: parts }
  }

  /** `first` is the first entry where it stands behind a list's dash. */
  #mapping(indent: number, first: string): Part | undefined {
    const start = this.#line
    const entries: Entry[] = []
    let content = first
    for (;;) {
      if (content === '') {
        const line = this.#skip()
        if (line === undefined || indentOf(line) !== indent || line === '...') break
        content = line.slice(indent)
        if (isItem(content, 0)) break
      }
      const found = entry.exec(content)
      if (found === null) return undefined
      const [, written, rest = ''] = found
      const key = written!.startsWith('"') ? unquoted(written!) : written
      if (key === undefined || entries.some(each => each.key === key)) return undefined
      const line = this.#line
      const part = this.#value(rest, indent)
      if (part === undefined) return undefined
      entries.push({ key, line, part })
      content = ''
    }
    const next = this.#skip()
    // A line that belongs to nothing is an error, which the library words.
    if (next !== undefined && indentOf(next) > indent && next !== '...') return undefined
    return { kind: 'mapping', line: start, value: entries }
  }

  /** What stands behind a key or dash; ends at the line after it. */
  #value(text: string, indent: number): Part | undefined {
    const line = this.#line
    const scalar = (value: string | undefined): Part | undefined =>
      value === undefined ? undefined : { kind: 'text', line, value }
    const header = blockHeader.exec(text)
    this.#at++
    if (header !== null) return scalar(this.#blockScalar(indent, header[1], header[2]))
    if (text === '' || text.startsWith('#')) return this.#below(indent, line)
    if (!this.#isAlone(indent)) return undefined
    if (text.startsWith('"')) return scalar(unquoted(text))
    const single = singleQuoted.exec(text)
    if (single !== null) return scalar(single[1]!.replaceAll("''", "'"))
    if (text === '[]') return { kind: 'list', line, value: [] }
    if (text === '{}') return { kind: 'mapping', line, value: [] }
    const flow = flowList.exec(text)
    if (flow !== null) {
      const items = flow[1]!.split(',').map(each => each.trim())
      if (items.some(each => each === '' || !plainStart.test(each) || / :|: |:$/.test(each))) return undefined
      return { kind: 'list', line, value: items.map((value): Part => ({ kind: 'text', line, value })) }
    }
    if (!plainStart.test(text) || / #|: |:$|\t/.test(text)) return undefined
    return scalar(text.trimEnd())
  }

  /** Whether the line before is a scalar by itself and does not go on below. */
  #isAlone(indent: number): boolean {
    const next = this.#lines[this.#at]
    if (next === undefined) return true
    return next.trim() !== '' && (indentOf(next) <= indent || /^\s*#/.test(next))
      ? true
      : next.trim() === '' && this.#skipIsOutside(indent)
  }

  #skipIsOutside(indent: number): boolean {
    const next = this.#skip()
    return next === undefined || indentOf(next) <= indent
  }

  #below(indent: number, line: number): Part | undefined {
    const next = this.#skip()
    if (next === undefined || next === '...') return { kind: 'text', line, value: '' }
    const inner = indentOf(next)
    if (inner > indent) return this.#block(inner)
    // A list may stand as far left as the key that it belongs to.
    if (inner === indent && isItem(next, indent)) return this.#list(indent)
    return { kind: 'text', line, value: '' }
  }

  #blockScalar(indent: number, indication: string | undefined, chomping: string | undefined): string | undefined {
    let inner = indication === undefined ? -1 : indent + Number(indication)
    const from = this.#at
    let to = from
    for (; to < this.#lines.length; to++) {
      const line = this.#lines[to]!
      // A tab where blanks are expected, and blanks that nothing follows.
      if (line.charCodeAt(indentOf(line)) === 9 && (inner < 0 || indentOf(line) < inner)) return undefined
      if (line !== '' && line.trim() === '' && to === this.#lines.length - 1) return undefined
      if (line.trim() === '' && (inner < 0 || line.length <= inner)) {
        // Blanks that would be content before the indentation is known are an error.
        if (inner < 0 && line.length > 0) return undefined
        continue
      }
      const own = indentOf(line)
      if (inner < 0) {
        if (own <= indent) break
        inner = own
      }
      if (own < inner) {
        if (own > indent && line.trim() !== '' && !line.trimStart().startsWith('#')) return undefined
        break
      }
    }
    // The split leaves an empty last line behind the last line feed.
    if (to === this.#lines.length && this.#lines[to - 1] === '') to--
    this.#at = to
    if (inner < 0) return undefined
    let end = to
    while (end > from && this.#lines[end - 1]!.trim() === '' && this.#lines[end - 1]!.length <= inner) end--
    if (end === from) return undefined
    let text = ''
    for (let at = from; at < end; at++)
      text += at === from ? this.#lines[at]!.slice(inner) : `\n${this.#lines[at]!.slice(inner)}`
    if (chomping === '-') return text
    return chomping === '+' ? text + '\n'.repeat(to - end + 1) : `${text}\n`
  }
}

function indentOf(line: string): number {
  let at = 0
  while (line.charCodeAt(at) === 32) at++
  return at
}

function isItem(line: string, indent: number): boolean {
  return line.charCodeAt(indent) === 45 && (line.length === indent + 1 || line.charCodeAt(indent + 1) === 32)
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function readByLibrary(text: string, firstLine: number): { part: Part } | { problems: Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false, strict: true })
  const lineOf = (offset: number) => firstLine - 1 + lines.linePos(offset).line
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map(({ pos, message }) => {
        const [problem] = message.split('\n')
        return {
          line: lineOf(pos[0]),
          message: `expected YAML, got ${problem!.charAt(0).toLowerCase()}${problem!.slice(1)}`,
        }
      }),
    }
  }
  const problems: Problem[] = []
  const partOf = (node: Node | null, fallback: number): Part => {
    const line = node?.range ? lineOf(node.range[0]) : fallback
    if (isMap(node)) {
      const value = node.items.map((pair): Entry => {
        const key = pair.key as Node
        if (!isScalar(key)) problems.push({ line, message: 'expected a key of one word' })
        const at = key.range ? lineOf(key.range[0]) : line
        return { key: isScalar(key) ? String(key.value) : '', line: at, part: partOf(pair.value as Node | null, at) }
      })
      return { kind: 'mapping', line, value }
    }
    if (isSeq(node)) return { kind: 'list', line, value: node.items.map(each => partOf(each as Node, line)) }
    if (isAlias(node)) problems.push({ line, message: 'expected a value, got an alias, which tapes do not have' })
    return { kind: 'text', line, value: isScalar(node) ? String(node.value ?? '') : '' }
  }
  const part = partOf(document.contents as Node | null, firstLine)
  return problems.length > 0 ? { problems } : { part }
}
