// What SEARCH, SORT and THREAD look for (RFC 3501 §6.4.4, RFC 5032, RFC 7162 §3.1.5): keys, read as a tree.

import { parseDay } from './date.ts'
import type { ImapReader } from './reader.ts'
import type { SequenceSet } from './sequence-set.ts'

const plain = ['ALL', 'ANSWERED', 'DELETED', 'DRAFT', 'FLAGGED', 'NEW', 'OLD', 'RECENT', 'SEEN'] as const
const negative = ['UNANSWERED', 'UNDELETED', 'UNDRAFT', 'UNFLAGGED', 'UNSEEN'] as const
const texts = ['BCC', 'BODY', 'CC', 'FROM', 'SUBJECT', 'TEXT', 'TO'] as const
const days = ['BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE'] as const

export type SearchKey =
  | { readonly key: (typeof plain)[number] | (typeof negative)[number] }
  | { readonly key: 'KEYWORD' | 'UNKEYWORD'; readonly flag: string }
  /** `text` as latin1, in the charset of the search. */
  | { readonly key: (typeof texts)[number]; readonly text: string }
  | { readonly key: 'HEADER'; readonly field: string; readonly text: string }
  /** `day` is midnight of UTC in milliseconds. */
  | { readonly key: (typeof days)[number]; readonly day: number }
  | { readonly key: 'LARGER' | 'SMALLER'; readonly octets: number }
  | { readonly key: 'OLDER' | 'YOUNGER'; readonly seconds: number }
  | { readonly key: 'UID' | 'SEQUENCE'; readonly set: SequenceSet }
  | { readonly key: 'MODSEQ'; readonly modSequence: number; readonly entry?: { name: string; type: string } }
  | { readonly key: 'NOT'; readonly not: SearchKey }
  | { readonly key: 'OR'; readonly either: SearchKey; readonly or: SearchKey }
  | { readonly key: 'AND'; readonly all: readonly SearchKey[] }

/** Keys of one search, and how deep they may stand in another. */
const maxKeys = 10_000
const maxDepth = 64

type Kind = 'plain' | 'text' | 'day' | 'octets' | 'seconds' | 'flag'

const kinds = new Map<string, Kind>([
  ...[...plain, ...negative].map(key => [key, 'plain'] as const),
  ...texts.map(key => [key, 'text'] as const),
  ...days.map(key => [key, 'day'] as const),
  ['LARGER', 'octets'],
  ['SMALLER', 'octets'],
  ['OLDER', 'seconds'],
  ['YOUNGER', 'seconds'],
  ['KEYWORD', 'flag'],
  ['UNKEYWORD', 'flag'],
])

/** All keys to the end of the line, as one. */
export function readSearch(reader: ImapReader): SearchKey {
  const keys = new KeyReader(reader)
  const all = [keys.read(0)]
  while (!reader.atEnd) {
    reader.space()
    if (!reader.atEnd) all.push(keys.read(0))
  }
  return all.length === 1 ? all[0]! : { key: 'AND', all }
}

class KeyReader {
  readonly #reader: ImapReader
  #count = 0

  constructor(reader: ImapReader) {
    this.#reader = reader
  }

  read(depth: number): SearchKey {
    const reader = this.#reader
    if (++this.#count > maxKeys) reader.fail(`at most ${maxKeys} keys`)
    if (depth > maxDepth) reader.fail(`keys at most ${maxDepth} deep`)
    if (reader.next === '(') {
      const all = reader.list(() => this.read(depth + 1))
      if (all.length === 0) reader.fail('a key in the parentheses before')
      return all.length === 1 ? all[0]! : { key: 'AND', all }
    }
    if (/[\d*]/.test(reader.next)) return { key: 'SEQUENCE', set: reader.sequenceSet() }
    const { at } = reader
    const key = reader.word('a search key')
    const kind = kinds.get(key)
    if (kind !== undefined) return this.#simple(key, kind)
    switch (key) {
      case 'HEADER': {
        reader.space()
        const field = reader.astring('the name of a field')
        return { key, field, text: this.#text() }
      }
      case 'UID':
        reader.space()
        return { key, set: reader.sequenceSet() }
      case 'NOT':
        reader.space()
        return { key, not: this.read(depth + 1) }
      case 'OR': {
        reader.space()
        const either = this.read(depth + 1)
        reader.space()
        return { key, either, or: this.read(depth + 1) }
      }
      case 'MODSEQ':
        return this.#modSequence()
    }
    reader.at = at
    return reader.fail('a search key')
  }

  #simple(key: string, kind: Kind): SearchKey {
    const reader = this.#reader
    // The maps above tie each word to its kind.
    if (kind === 'plain') return { key } as SearchKey
    if (kind === 'text') return { key, text: this.#text() } as SearchKey
    reader.space()
    if (kind === 'flag') return { key, flag: reader.atom('a keyword') } as SearchKey
    if (kind === 'octets') return { key, octets: reader.number() } as SearchKey
    if (kind === 'seconds')
      return { key, seconds: reader.number() || reader.fail('seconds above 0 before') } as SearchKey
    const { at } = reader
    const day = parseDay(reader.astring('a date'))
    if (day !== undefined) return { key, day } as SearchKey
    reader.at = at
    return reader.fail('a date such as 1-Feb-1994')
  }

  #text(): string {
    this.#reader.space()
    return this.#reader.astring()
  }

  #modSequence(): SearchKey {
    const reader = this.#reader
    reader.space()
    if (reader.next !== '"') return { key: 'MODSEQ', modSequence: reader.modSequence() }
    const name = reader.quoted()
    reader.space()
    const type = reader.word('priv, shared or all').toLowerCase()
    reader.space()
    return { key: 'MODSEQ', modSequence: reader.modSequence(), entry: { name, type } }
  }
}
