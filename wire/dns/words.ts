// The words of zone files (RFC 1035 §5.1): names, texts and numbers as a person writes them, and as they are printed.

import { ProtocolError } from '../decoder.ts'
import { labelsOf, nameOf, readEscape } from './name.ts'

/** One word of a zone file, with its backslashes still in it. */
export interface Token {
  text: string
  quoted: boolean
}

/** One record or directive, which parentheses may have drawn over several lines. */
export interface Entry {
  line: number
  /** It begins with a space: the owner is that of the record before. */
  blankOwner: boolean
  tokens: Token[]
}

/** Lengths of time as bind writes them. */
const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** `3600` or `1h30m`; undefined where it is neither. */
export function parseTtl(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 0x7fffffff ? Number(text) : undefined
  if (!/^(\d+[smhdw])+$/i.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) total += Number(count) * seconds[unit!]!
  return total <= 0x7fffffff ? total : undefined
}

/** The words of one record's data, each asked for by what it has to be. */
export class DataTokens {
  readonly #tokens: readonly Token[]
  readonly #origin: string | undefined
  #at = 0

  constructor(tokens: readonly Token[], origin: string | undefined) {
    this.#tokens = tokens
    this.#origin = origin
  }

  get left(): number {
    return this.#tokens.length - this.#at
  }

  take(expected: string): Token {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new ProtocolError('dns', `expected ${expected}, got the end of the record`)
    return token
  }

  name(): string {
    return resolveName(this.take('a name').text, this.#origin)
  }

  number(what: string, max: number): number {
    const { text } = this.take(what)
    const value = Number(text)
    if (!/^\d+$/.test(text) || value > max) throw expected(`${what} from 0 to ${max}`, text)
    return value
  }

  time(what: string): number {
    const { text } = this.take(what)
    return parseTtl(text) ?? fail(`${what} in seconds or as 1h30m`, text)
  }

  octets(what: string, max: number): string {
    const { text } = this.take(what)
    const octets = textOctets(text)
    if (octets.length > max) throw expected(`${what} of at most ${max} octets`, text)
    return octets
  }

  done(): void {
    const more = this.#tokens[this.#at]
    if (more !== undefined) throw expected('the end of the record', more.text)
  }
}

export function expected(what: string, got: string): ProtocolError {
  const shown = got.length > 60 ? `${got.slice(0, 60)}…` : got
  return new ProtocolError('dns', `expected ${what}, got ${JSON.stringify(shown)}`)
}

export function fail(what: string, got: string): never {
  throw expected(what, got)
}

/** A name of a zone file in full: `@` is the origin, one without a last dot is below it. */
export function resolveName(text: string, origin: string | undefined): string {
  const relative = () => origin ?? fail('a name with a last dot where no $ORIGIN is given', text)
  if (text === '@') return relative()
  if (text === '.') return '.'
  const ascii = inAscii(text)
  const labels = labelsOf(ascii)
  if (!endsWithDot(ascii)) labels.push(...labelsOf(relative()))
  return nameOf(labelsOf(nameOf(labels)))
}

function endsWithDot(text: string): boolean {
  const backslashes = /(\\*)\.$/.exec(text)
  return backslashes !== null && backslashes[1]!.length % 2 === 0
}

/** Characters beyond ASCII as escapes of their octets in UTF-8. */
function inAscii(text: string): string {
  return text.replace(/[^\x00-\x7f]+/g, more => Array.from(Buffer.from(more), octet => `\\${octet}`).join(''))
}

/** Escapes resolved; one octet a character. */
export function textOctets(text: string): string {
  const ascii = inAscii(text)
  let octets = ''
  for (let at = 0; at < ascii.length; at++) {
    if (ascii[at] !== '\\') {
      octets += ascii[at]
      continue
    }
    const escaped = readEscape(ascii, at)
    octets += String.fromCharCode(escaped.octet)
    at = escaped.end - 1
  }
  return octets
}

/** A name as a zone file has it in full, with the last dot. */
export function absolute(name: string): string {
  return name === '.' ? name : `${name}.`
}

/** A text in quotes. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]|[^\x20-\x7e]/g, character => {
    if (character === '"' || character === '\\') return `\\${character}`
    return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
  })}"`
}

/** A zone file's text in words. Errors read `dns zone: line 3: expected …, got …`. */
export function* entriesOf(text: string): Generator<Entry> {
  let line = 1
  let entry: Entry | undefined
  let depth = 0
  let opened = 0
  let at = 0
  const fail = (expected: string, got: string, where = line): never => {
    throw new ProtocolError('dns zone', `line ${where}: expected ${expected}, got ${got}`)
  }
  const add = (token: Token) => {
    entry ??= { line, blankOwner: false, tokens: [] }
    entry.tokens.push(token)
  }
  let lineStart = 0
  while (at < text.length) {
    const character = text[at]!
    if (character === '\n') {
      if (depth === 0) {
        if (entry !== undefined && entry.tokens.length > 0) yield entry
        entry = undefined
      }
      line++
      lineStart = ++at
    } else if (character === ' ' || character === '\t' || character === '\r') {
      if (at === lineStart && depth === 0 && character !== '\r') entry = { line, blankOwner: true, tokens: [] }
      at++
    } else if (character === ';') {
      while (at < text.length && text[at] !== '\n') at++
    } else if (character === '(') {
      if (depth === 0) opened = line
      if (depth > 0) fail('a closing parenthesis', '"("')
      depth++
      at++
    } else if (character === ')') {
      if (depth === 0) fail('an opening parenthesis before', '")"')
      depth--
      at++
    } else if (character === '"') {
      const start = ++at
      while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
      if (text[at] !== '"') fail('a closing quote', 'the end of the line')
      add({ text: text.slice(start, at), quoted: true })
      at++
    } else {
      const start = at
      while (at < text.length && !' \t\r\n;()"'.includes(text[at]!)) at += text[at] === '\\' ? 2 : 1
      add({ text: text.slice(start, at), quoted: false })
    }
  }
  if (depth > 0) fail('a closing parenthesis', 'the end of the file', opened)
  if (entry !== undefined && entry.tokens.length > 0) yield entry
}
