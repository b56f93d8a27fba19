// The words that commands and responses of IMAP are made of (RFC 3501 §9): atoms, strings, literals, lists, numbers, sets.

import { excerpt, ProtocolError } from '../decoder.ts'
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts'

/** A literal that was taken out of a text, in which `{5}` still stands for it. */
export interface Literal {
  /** Where its octets would be: behind the closing brace. */
  readonly at: number
  readonly octets: Buffer
}

/** One command or response: its lines without their ends, octets as latin1, and the literals between them. */
export interface Frame {
  readonly text: string
  readonly literals: readonly Literal[]
}

// Octets beyond ASCII are no part of an atom, but they are where clients put names in UTF-8.
const atom = /[^\x00-\x20\x7f(){%*"\\\]]+/y
const astring = /[^\x00-\x20\x7f(){%*"\\]+/y
const listMailbox = /[^\x00-\x20\x7f(){"\\]+/y
const flag = /\\?[^\x00-\x20\x7f(){%*"\\\]]+/y
const tag = /[^\x00-\x20\x7f(){%*"\\+]+/y
const number = /\d+/y
const set = /[\d:,*]+/y
const literalMark = /~?\{\d{1,10}[+-]?\}/y

export class ImapReader {
  readonly text: string
  at = 0
  readonly #literals: readonly Literal[]
  #literal = 0

  constructor({ text, literals }: Frame) {
    this.text = text
    this.#literals = literals
  }

  get atEnd(): boolean {
    return this.at === this.text.length
  }

  /** The next octet, without taking it; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at)
  }

  fail(expected: string): never {
    const got = this.atEnd
      ? 'the end of the line'
      : excerpt(Buffer.from(this.text.slice(this.at, this.at + 41), 'latin1'))
    throw new ProtocolError('imap', `expected ${expected}, got ${got}`, { offset: this.at, section: 'RFC 3501 §9' })
  }

  /** Takes `octet` where it is next. */
  skip(octet: string): boolean {
    if (this.text.charAt(this.at) !== octet) return false
    this.at++
    return true
  }

  take(octet: string): void {
    if (!this.skip(octet)) this.fail(JSON.stringify(octet))
  }

  /** One blank; more are passed over, as servers do. */
  space(): void {
    if (!this.skip(' ')) this.fail('a space')
    while (this.skip(' ')) {}
  }

  end(): void {
    while (this.skip(' ')) {}
    if (!this.atEnd) this.fail('the end of the line')
  }

  tag(): string {
    return this.#match(tag) ?? this.fail('a tag')
  }

  atom(what = 'an atom'): string {
    return this.#match(atom) ?? this.fail(what)
  }

  /** An atom in upper case: words of the protocol are alike in any case. */
  word(what = 'a word'): string {
    return this.atom(what).toUpperCase()
  }

  /** The word that is next, in upper case, without taking it. */
  peekWord(): string {
    const { at } = this
    const found = this.#match(atom) ?? ''
    this.at = at
    return found.toUpperCase()
  }

  /** Takes `word` and the blank behind it where they are next. */
  skipWord(word: string): boolean {
    if (this.peekWord() !== word) return false
    this.at += word.length
    return true
  }

  flag(): string {
    return this.#match(flag) ?? this.fail('a flag')
  }

  number(what = 'a number'): number {
    const digits = this.#match(number) ?? this.fail(what)
    return Number(digits) <= 0xffff_ffff ? Number(digits) : this.#tooLarge(digits, what)
  }

  /** A modification sequence (RFC 7162 §3.1), which has up to 63 bits; beyond 2^53 it is the largest that is exact. */
  modSequence(): number {
    return Math.min(Number(this.#match(number) ?? this.fail('a mod-sequence')), Number.MAX_SAFE_INTEGER)
  }

  sequenceSet(): SequenceSet {
    const { at } = this
    const found = parseSequenceSet(this.#match(set) ?? '')
    if (found !== undefined) return found
    this.at = at
    return this.fail('a set of numbers')
  }

  astring(what = 'a string'): string {
    return this.#match(astring) ?? this.string(what)
  }

  /** A mailbox name that may have `%` and `*`. */
  listMailbox(): string {
    return this.#match(listMailbox) ?? this.string('a mailbox name')
  }

  string(what = 'a string'): string {
    if (this.next === '"') return this.quoted(what)
    return (this.literal() ?? this.fail(what)).toString('latin1')
  }

  quoted(what = 'a quoted string'): string {
    const end = this.next === '"' ? endOfQuoted(this.text, this.at) : undefined
    if (end === undefined) return this.fail(what)
    const inner = this.text.slice(this.at + 1, end - 1)
    this.at = end
    return inner.includes('\\') ? inner.replace(/\\(.)/g, '$1') : inner
  }

  /** The octets of a literal where one is next. */
  literal(): Buffer | undefined {
    if (this.next !== '{' && this.next !== '~') return undefined
    const { at } = this
    this.#match(literalMark)
    const found = this.#literals[this.#literal]
    if (found?.at === this.at) {
      this.#literal++
      return found.octets
    }
    this.at = at
    return undefined
  }

  /** What stands in parentheses, blanks between; none where they are empty. */
  list<Item>(item: () => Item, what = 'a list'): Item[] {
    if (!this.skip('(')) this.fail(what)
    const items: Item[] = []
    while (this.skip(' ')) {}
    while (!this.skip(')')) {
      items.push(item())
      if (this.next !== ')') this.space()
    }
    return items
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) return undefined
    this.at = pattern.lastIndex
    return found[0]
  }

  #tooLarge(digits: string, what: string): never {
    this.at -= digits.length
    return this.fail(`${what} below 2^32`)
  }
}

const unquoted = /[^"\\\r\n]*/y
const bracketed = /[^\]"]*/y

// Both by runs: one pattern for the whole would need a stack as deep as the text is long.

/** Where a quoted string that begins at `at` has ended; undefined where it does not. */
function endOfQuoted(text: string, at: number): number | undefined {
  for (let end = at + 1; ; end += 2) {
    unquoted.lastIndex = end
    unquoted.exec(text)
    end = unquoted.lastIndex
    if (text[end] === '"') return end + 1
    if (text[end] !== '\\' || (text[end + 1] !== '"' && text[end + 1] !== '\\')) return undefined
  }
}

/** Where a bracket that opens at `at` has closed, quoted strings passed over; undefined where it does not. */
export function endOfBracket(text: string, at: number): number | undefined {
  let end: number | undefined = at + 1
  while (end !== undefined) {
    bracketed.lastIndex = end
    bracketed.exec(text)
    end = bracketed.lastIndex
    if (text[end] === ']') return end + 1
    end = text[end] === '"' ? endOfQuoted(text, end) : undefined
  }
  return undefined
}
