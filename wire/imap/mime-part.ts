// The tree of a message's parts (RFC 2045, RFC 2046) by their places in its octets: what ENVELOPE, BODYSTRUCTURE and
// sections are cut from. Broken MIME is read as Dovecot 2.3 does; a boundary of the outer ends what is inside.

import { endOfLine, type FieldPlace, fieldValue, readHeader } from './header.ts'
import { type ContentType, parseContentType } from './parameters.ts'

export interface MimePart {
  readonly octets: Buffer
  readonly start: number
  readonly fields: readonly FieldPlace[]
  /** Where the header ends that a boundary has cut, else as `bodyStart`. */
  readonly headerEnd: number
  readonly bodyStart: number
  /** Behind the body; the line end before a boundary is the boundary's. */
  readonly end: number
  readonly kind: 'multipart' | 'message' | 'text' | 'other'
  /** Undefined where the header says nothing. */
  readonly contentType: ContentType | undefined
  /** Of a multipart its parts, of a message/rfc822 the message inside. */
  readonly children: readonly MimePart[]
}

/** Parts within parts, and parts of one message; beyond, a part is not looked into. Dovecot's own limits. */
const maxDepth = 100
const maxParts = 10_000
/** Octets of a boundary that count; RFC 2046 §5.1.1 allows 70. */
const maxBoundary = 80

const DASH = 0x2d
const LF = 0x0a
const CR = 0x0d

interface Boundary {
  readonly line: Buffer
  /** Its closing line was found, so that it ends nothing more. */
  closed: boolean
}

interface Found {
  readonly boundary: Boundary
  /** Where its line begins. */
  readonly at: number
  readonly closing: boolean
}

export function readMimePart(octets: Buffer): MimePart {
  return new PartReader(octets).read(0, 0, false).part
}

class PartReader {
  readonly #octets: Buffer
  readonly #boundaries: Boundary[] = []
  #count = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  /** `found` is the boundary that ended it. */
  read(start: number, depth: number, isDigest: boolean): { part: MimePart; found: Found | undefined } {
    const octets = this.#octets
    this.#count++
    let found: Found | undefined
    const header = readHeader(octets, start, line => (found = this.#boundaryAt(line)) !== undefined)
    const field = header.fields.find(({ name }) => name === 'content-type')
    const contentType = field === undefined ? undefined : parseContentType(fieldValue(octets, field))
    const kind = kindOf(contentType, isDigest)
    const children: MimePart[] = []
    const boundary = contentType?.parameters.find(([name]) => name.toLowerCase() === 'boundary')?.[1]
    const isDeep = depth >= maxDepth || this.#count >= maxParts
    if (kind === 'multipart' && boundary && !isDeep && found === undefined) {
      const digest = contentType!.subtype.toLowerCase() === 'digest'
      found = this.#multipart(header.end, boundary.slice(0, maxBoundary), depth, digest, children)
    } else if (kind === 'message' && !isDeep) {
      const inside = this.read(header.end, depth + 1, false)
      children.push(inside.part)
      found = inside.found
    } else found ??= this.#findBoundary(header.end)
    // A message that ends in its header has the line end before the boundary, too.
    const last = kind === 'message' ? children[0]?.end : undefined
    const limit = found === undefined ? octets.length : Math.max(start, this.#before(found.at))
    const end = last ?? Math.max(header.end, limit)
    const headerEnd = Math.min(header.end, limit)
    return {
      part: {
        octets,
        start,
        fields: header.fields,
        headerEnd,
        bodyStart: header.end,
        end,
        kind,
        contentType,
        children,
      },
      found,
    }
  }

  #multipart(start: number, text: string, depth: number, digest: boolean, children: MimePart[]): Found | undefined {
    const own: Boundary = { line: Buffer.from(text, 'latin1'), closed: false }
    this.#boundaries.push(own)
    let found = this.#findBoundary(start)
    while (found?.boundary === own && !found.closing && this.#count < maxParts) {
      const next = endOfLine(this.#octets, found.at)
      // Without an end to its line nothing follows a boundary.
      if (next === this.#octets.length && this.#octets[next - 1] !== LF) break
      const child = this.read(next, depth + 1, digest)
      children.push(child.part)
      found = child.found
    }
    this.#boundaries.pop()
    // What follows the closing line belongs to nobody, up to a boundary of the outer.
    return found?.boundary === own ? this.#findBoundary(endOfLine(this.#octets, found.at)) : found
  }

  /** The first line from here on that is a boundary. */
  #findBoundary(from: number): Found | undefined {
    if (this.#boundaries.length === 0) return undefined
    const octets = this.#octets
    for (let at = from; at >= 0 && at < octets.length; ) {
      if (octets[at] === DASH && octets[at + 1] === DASH) {
        const found = this.#boundaryAt(at)
        if (found !== undefined) return found
      }
      const next = octets.indexOf('\n--', at, 'latin1')
      if (next < 0) return undefined
      at = next + 1
    }
    return undefined
  }

  /** The boundary that a line is; of those that it begins with the longest, the innermost of alike ones. */
  #boundaryAt(at: number): Found | undefined {
    const octets = this.#octets
    if (octets[at] !== DASH || octets[at + 1] !== DASH) return undefined
    let end = endOfLine(octets, at)
    if (octets[end - 1] === LF) end -= octets[end - 2] === CR ? 2 : 1
    const start = at + 2
    const dashes = end - start > 2 && octets[end - 1] === DASH && octets[end - 2] === DASH
    let best: Boundary | undefined
    for (const boundary of this.#boundaries.toReversed()) {
      const { length } = boundary.line
      if (length > end - start || (best !== undefined && best.line.length >= length)) continue
      if (octets.compare(boundary.line, 0, length, start, start + length) !== 0) continue
      best = boundary
      if (length === end - start || (dashes && length === end - start - 2)) break
    }
    if (best === undefined) return undefined
    const after = start + best.line.length
    return { boundary: best, at, closing: octets[after] === DASH && octets[after + 1] === DASH }
  }

  /** Where the line before ends, its end not counted. */
  #before(at: number): number {
    return at - (this.#octets[at - 2] === CR ? 2 : 1)
  }
}

function kindOf(contentType: ContentType | undefined, isDigest: boolean): MimePart['kind'] {
  if (contentType === undefined) return isDigest ? 'message' : 'text'
  const [type, subtype] = [contentType.type.toLowerCase(), contentType.subtype.toLowerCase()]
  if (type === 'message' && subtype === 'rfc822') return 'message'
  return type === 'multipart' || type === 'text' ? type : 'other'
}
