// A header's fields (RFC 5322 §2.2), and the values that MIME gives a structure (RFC 2045 §5.1, RFC 2183, RFC 2231).

import { decodeCharset, decodeRaw, decodeWords } from './encoding.ts'

export interface HeaderField {
  /** As it was written. */
  name: string
  /** On one line, encoded words decoded. */
  value: string
}

/** Fields of one header; more are not read. */
const maxFields = 10_000

/** The fields, and where the body begins. */
export function readFields(bytes: Buffer, start: number, end: number): { fields: HeaderField[]; bodyStart: number } {
  const fields: HeaderField[] = []
  let at = start
  while (at < end) {
    const lineEnd = endOfLine(bytes, at, end)
    if (isEmptyLine(bytes, at, lineEnd)) return { fields, bodyStart: lineEnd }
    let fieldEnd = lineEnd
    while (fieldEnd < end && (bytes[fieldEnd] === 0x20 || bytes[fieldEnd] === 0x09)) {
      fieldEnd = endOfLine(bytes, fieldEnd, end)
    }
    const text = decodeRaw(bytes.subarray(at, fieldEnd))
    const found = /^([!-9;-~]+)[ \t]*:/.exec(text)
    // RFC 5322 §2.2 knows no other lines; one that is none ends the header where it is the first, as an old Unix `From `.
    if (found === null && fields.length === 0 && !text.startsWith('From ')) return { fields, bodyStart: at }
    if (found !== null && fields.length < maxFields) {
      const value = text.slice(found[0].length).replace(/\r?\n/g, '').trim()
      fields.push({ name: found[1]!, value: decodeWords(value) })
    }
    at = fieldEnd
  }
  return { fields, bodyStart: end }
}

function endOfLine(bytes: Buffer, from: number, end: number): number {
  const at = bytes.indexOf(0x0a, from)
  return at < 0 || at >= end ? end : at + 1
}

function isEmptyLine(bytes: Buffer, from: number, to: number): boolean {
  return (
    (to - from === 1 && bytes[from] === 0x0a) || (to - from === 2 && bytes[from] === 0x0d && bytes[from + 1] === 0x0a)
  )
}

export interface StructuredValue {
  /** In lower case, for example `text/plain` or `attachment`. */
  value: string
  /** By name in lower case. */
  parameters: Map<string, string>
}

const parameter = /;\s*([^\s=;*]+)(\*\d+)?(\*)?\s*=\s*("(?:[^"\\]|\\.)*"?|[^;\s]*)/g

/** `type; name=value; …`, with continuations and charsets (RFC 2231). */
export function parseStructured(text: string): StructuredValue {
  const parameters = new Map<string, string>()
  const pieces = new Map<string, { number: number; encoded: boolean; text: string }[]>()
  for (const [, given, number, star, value] of text.matchAll(parameter)) {
    const name = given!.toLowerCase()
    const plain = value!.startsWith('"') ? value!.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : value!
    if (number === undefined && star === undefined) {
      if (!parameters.has(name)) parameters.set(name, decodeWords(plain))
      continue
    }
    const list = pieces.get(name) ?? []
    list.push({ number: Number(number?.slice(1) ?? 0), encoded: star !== undefined, text: plain })
    pieces.set(name, list)
  }
  for (const [name, list] of pieces) parameters.set(name, joinPieces(list))
  return { value: text.split(';', 1)[0]!.trim().toLowerCase(), parameters }
}

function joinPieces(list: { number: number; encoded: boolean; text: string }[]): string {
  list.sort((a, b) => a.number - b.number)
  const first = list[0]!
  const introduced = first.encoded ? /^([^']*)'[^']*'/.exec(first.text) : null
  const charset = introduced?.[1] || 'utf-8'
  const octets = list.map((piece, index) => {
    const text = index === 0 && introduced !== null ? piece.text.slice(introduced[0].length) : piece.text
    return piece.encoded ? percentDecode(text) : Buffer.from(text)
  })
  return decodeCharset(Buffer.concat(octets), charset)
}

function percentDecode(text: string): Buffer {
  const octets = Buffer.from(text).toString('latin1')
  return Buffer.from(
    octets.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}
