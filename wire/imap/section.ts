// Sections of a message (RFC 3501 §6.4.5): BODY[2.1], BODY[HEADER.FIELDS (To)], cut from its octets.

import type { Section } from './fetch.ts'
import type { MimePart } from './mime-part.ts'

const crlf = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

/** Empty where there is no such part, or it has no such section. */
export function cutSection(message: MimePart, { part, text, fields = [] }: Section): Buffer {
  const found = findPart(message, part)
  if (found === undefined) return nothing
  const { octets, start, headerEnd, bodyStart, end } = found
  if (text === 'MIME') return octets.subarray(start, headerEnd)
  if (text === undefined) return part.length === 0 ? octets.subarray(start, end) : octets.subarray(bodyStart, end)
  // HEADER and TEXT are of a message.
  const inner = part.length === 0 ? found : found.kind === 'message' ? found.children[0] : undefined
  if (inner === undefined) return nothing
  if (text === 'TEXT') return octets.subarray(inner.bodyStart, inner.end)
  if (text === 'HEADER') return octets.subarray(inner.start, inner.headerEnd)
  const wanted = new Set(fields.map(name => name.toLowerCase()))
  const isNot = text === 'HEADER.FIELDS.NOT'
  const chosen = inner.fields.filter(({ name }) => wanted.has(name) !== isNot)
  const pieces = chosen.map(field => octets.subarray(field.start, field.end))
  // A header without an empty line is given one with fields that are asked for, where it is the whole message's.
  if ((isNot || part.length > 0) && inner.bodyStart === (inner.fields.at(-1)?.end ?? inner.start))
    return Buffer.concat(pieces)
  const isOpen = pieces.length > 0 && pieces.at(-1)!.at(-1) !== 0x0a
  return Buffer.concat([...pieces, ...(isOpen ? [crlf] : []), crlf])
}

function findPart(message: MimePart, numbers: readonly number[]): MimePart | undefined {
  let found = message
  // What is no multipart has one part, itself, and that has none.
  let isItself = false
  for (const [index, number] of numbers.entries()) {
    const inside = index > 0 && found.kind === 'message' ? found.children[0] : found
    if (inside === undefined) return undefined
    const next = inside.kind === 'multipart' ? inside.children[number - 1] : number === 1 ? inside : undefined
    if (next === undefined || (next === found && isItself)) return undefined
    isItself = next === inside
    found = next
  }
  return found
}
