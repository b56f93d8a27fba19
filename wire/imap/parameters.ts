// Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183) and their parameters, pieces of them put together (RFC 2231 §3).

import { FieldReader } from './field-reader.ts'

export type Parameters = readonly (readonly [name: string, value: string])[]

export interface ContentType {
  readonly type: string
  readonly subtype: string
  readonly parameters: Parameters
}

/** Pieces of one parameter. */
const maxPieces = 1000

const unreadable: ContentType = { type: '', subtype: '', parameters: [] }

/** What cannot be read to its end is empty; a word alone has no subtype. */
export function parseContentType(value: string): ContentType {
  const reader = new FieldReader(value)
  reader.skipBlanks()
  const type = reader.token() ?? ''
  if (reader.atEnd) return { type, subtype: '', parameters: [] }
  if (type === '' || reader.peek() !== '/') return unreadable
  reader.at++
  reader.skipBlanks()
  const subtype = reader.token()
  if (subtype === undefined || (!reader.atEnd && reader.peek() !== ';')) return unreadable
  return { type, subtype, parameters: readParameters(reader) }
}

/** Its word is empty where it begins with none. */
export function parseDisposition(value: string): { type: string; parameters: Parameters } {
  const reader = new FieldReader(value)
  reader.skipBlanks()
  return { type: reader.token() ?? '', parameters: readParameters(reader) }
}

/** A Content-Transfer-Encoding; undefined where it is more than a word. */
export function parseEncoding(value: string): string | undefined {
  const reader = new FieldReader(value)
  reader.skipBlanks()
  const encoding = reader.token()
  return reader.atEnd ? encoding : undefined
}

/** A piece of a parameter. */
interface Piece {
  readonly name: string
  readonly number: number
  readonly encoded: boolean
  readonly value: string
}

function readParameters(reader: FieldReader): Parameters {
  const plain: [string, string][] = []
  const pieces: Piece[] = []
  while (!reader.atEnd) {
    const found = readParameter(reader)
    if (found === undefined) {
      reader.at++
      continue
    }
    const piece = pieces.length < maxPieces ? pieceOf(...found) : undefined
    if (piece === undefined) plain.push(found)
    else pieces.push(piece)
  }
  return [...plain, ...joined(pieces)]
}

/** `name*`, `name*1`, `name*1*`; undefined where a name is nothing of that. */
function pieceOf(written: string, value: string): Piece | undefined {
  const encoded = written.endsWith('*')
  const bare = encoded ? written.slice(0, -1) : written
  const star = bare.indexOf('*')
  if (star < 0) return encoded ? { name: bare, number: 0, encoded, value } : undefined
  if (!/^\d{0,9}$/.test(bare.slice(star + 1))) return undefined
  return { name: bare.slice(0, star), number: Number(bare.slice(star + 1)), encoded, value }
}

/** Undefined where `;` is followed by no parameter, or nothing is. */
function readParameter(reader: FieldReader): [string, string] | undefined {
  if (reader.peek() !== ';') return undefined
  reader.at++
  reader.skipBlanks()
  const name = reader.token() ?? ''
  if (reader.peek() !== '=') return undefined
  reader.at++
  reader.skipBlanks()
  const value = readValue(reader)
  return value === undefined ? undefined : [name, value]
}

function readValue(reader: FieldReader): string | undefined {
  if (reader.peek() === '"') return reader.quoted()
  // What some write without quotes: `name==?utf-8?b?…?=`.
  if (reader.peek() !== '=') return reader.token() ?? ''
  const value = /^[^; \t\r\n]*/.exec(reader.text.slice(reader.at))![0]
  reader.at += value.length
  return value
}

function joined(pieces: readonly Piece[]): [string, string][] {
  const sorted = pieces.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.number - b.number))
  const byName = Map.groupBy(sorted, ({ name }) => name.toLowerCase())
  return [...byName.values()].flatMap((all): [string, string][] => {
    // Where one is missing, all stay pieces.
    if (all.some(({ number }, index) => number !== index)) {
      return all.map(({ name, number, encoded, value }) => [`${name}*${number}${encoded ? '*' : ''}`, value])
    }
    const { name, encoded: isIntroduced } = all[0]!
    if (!all.some(({ encoded }) => encoded)) return [[name, all.map(({ value }) => value).join('')]]
    const value = all.map(piece => (piece.encoded ? piece.value : escaped(piece.value))).join('')
    // RFC 2231 §4: charset and language stand before, even where nothing is said of them.
    return [[`${name}*`, isIntroduced ? value : `''${value}`]]
  })
}

function escaped(value: string): string {
  return value.replaceAll('%', '%25')
}
