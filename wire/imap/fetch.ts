// What FETCH asks for (RFC 3501 §6.4.5): items, macros, sections of a message and parts of those.

import type { ImapReader } from './reader.ts'

/** Part of a message; the whole of it without `part` and `text`. */
export interface Section {
  /** `[2, 1]` is the first part of the second. */
  readonly part: readonly number[]
  readonly text?: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'
  /** Names of fields, as they were asked for. */
  readonly fields?: readonly string[]
}

interface BodySection {
  readonly item: 'BODY[]'
  /** Does not set \Seen. */
  readonly peek: boolean
  readonly section: Section
  readonly partial?: { readonly offset: number; readonly length: number } | undefined
}

const plain = ['FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY', 'BODYSTRUCTURE', 'MODSEQ'] as const
const old = ['RFC822', 'RFC822.HEADER', 'RFC822.TEXT'] as const

export type FetchItem = { readonly item: (typeof plain)[number] | (typeof old)[number] } | BodySection

const items = new Map<string, FetchItem>([...plain, ...old].map(item => [item, { item }]))
const of = (...names: string[]) => names.map(name => items.get(name)!)
const fast = of('FLAGS', 'INTERNALDATE', 'RFC822.SIZE')
const macros = new Map<string, readonly FetchItem[]>([
  ['FAST', fast],
  ['ALL', [...fast, ...of('ENVELOPE')]],
  ['FULL', [...fast, ...of('ENVELOPE', 'BODY')]],
])

/** Parts within parts that a section may name. */
const maxPartDepth = 100

export function readFetchItems(reader: ImapReader): readonly FetchItem[] {
  if (reader.next === '(') return reader.list(() => readItem(reader))
  const macro = macros.get(reader.peekWord())
  if (macro === undefined) return [readItem(reader)]
  reader.word()
  return macro
}

function readItem(reader: ImapReader): FetchItem {
  const { at } = reader
  // `[` belongs to atoms, so that the word has it and what follows.
  const word = reader.word('an item of FETCH')
  const item = items.get(word)
  if (item !== undefined) return item
  const found = /^BODY(\.PEEK)?\[/.exec(word)
  reader.at = at
  if (found === null) reader.fail('an item of FETCH')
  reader.at += found[0].length
  const section = readSection(reader)
  reader.take(']')
  return { item: 'BODY[]', peek: found[1] !== undefined, section, ...readPartial(reader) }
}

function readSection(reader: ImapReader): Section {
  const part: number[] = []
  while (/[1-9]/.test(reader.next)) {
    if (part.length === maxPartDepth) reader.fail(`at most ${maxPartDepth} part numbers`)
    part.push(reader.number())
    if (!reader.skip('.')) return { part }
  }
  if (part.length === 0 && reader.next === ']') return { part }
  const { at } = reader
  const text = reader.word('a section')
  switch (text) {
    case 'MIME':
      if (part.length > 0) return { part, text }
      break
    case 'HEADER':
    case 'TEXT':
      return { part, text }
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      reader.space()
      const fields = reader.list(() => reader.astring('the name of a field'), 'a list of fields')
      return fields.length > 0 ? { part, text, fields } : reader.fail('the name of a field before')
    }
  }
  reader.at = at
  return reader.fail('a section')
}

function readPartial(reader: ImapReader): Pick<BodySection, 'partial'> {
  if (!reader.skip('<')) return {}
  const offset = reader.number('an offset')
  reader.take('.')
  const length = reader.number('a length')
  if (length === 0) reader.fail('a length above 0 before')
  reader.take('>')
  return { partial: { offset, length } }
}

/** `BODY.PEEK[1.HEADER.FIELDS (To)]<0.100>`, as commands have it. */
export function formatFetchItem(fetch: FetchItem): string {
  if (fetch.item !== 'BODY[]') return fetch.item
  const { peek, section, partial } = fetch
  const range = partial === undefined ? '' : `<${partial.offset}.${partial.length}>`
  return `BODY${peek ? '.PEEK' : ''}[${formatSection(section)}]${range}`
}

/** `BODY[1.HEADER.FIELDS (TO)]<0>`, as responses name what was fetched: words in upper case, of a part its offset alone. */
export function fetchedName(fetch: FetchItem): string {
  if (fetch.item !== 'BODY[]') return fetch.item
  const { section, partial } = fetch
  return `BODY[${formatSection(section).toUpperCase()}]${partial === undefined ? '' : `<${partial.offset}>`}`
}

function formatSection({ part, text, fields }: Section): string {
  const words = fields === undefined ? '' : ` (${fields.map(quoteField).join(' ')})`
  return [...part, ...(text === undefined ? [] : [text])].join('.') + words
}

function quoteField(name: string): string {
  return /^[^\x00-\x20\x7f-\xff(){%*"\\\]]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`
}
