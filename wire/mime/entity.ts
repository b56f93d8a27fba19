// The structure of a mail (RFC 2045, RFC 2046): entities with their places in the octets, decoded when asked for.
// Our own reader, since what a test looks at must be there at once: postal-mime answers by a promise and keeps no places.

import { decodeBase64, decodeCharset, decodeQuotedPrintable } from './encoding.ts'
import { type HeaderField, parseStructured, readFields, type StructuredValue } from './fields.ts'

export type { HeaderField } from './fields.ts'

/** Multiparts within multiparts; deeper ones are not looked into. */
const maxDepth = 50
/** Entities of one mail; what follows is not looked at. */
const maxEntities = 10_000

export class Entity {
  readonly headers: readonly HeaderField[]
  /** In lower case, for example `text/plain`. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  /** `inline`, `attachment` or another word; undefined where nothing is said. */
  readonly disposition: string | undefined
  readonly filename: string | undefined
  /** In lower case; `7bit` where nothing is said. */
  readonly encoding: string
  /** Octets of the body as they are in the mail. */
  readonly body: Buffer
  /** Of a multipart its parts, of a message/rfc822 the mail inside. */
  readonly parts: readonly Entity[]

  constructor(
    bytes: Buffer,
    start: number,
    end: number,
    inside: { type: string; depth: number; left: { count: number } },
  ) {
    const { fields, bodyStart } = readFields(bytes, start, end)
    this.headers = fields
    this.body = bytes.subarray(bodyStart, end)
    const usual = inside.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    const type = structured(this.header('content-type'))
    const known = type !== undefined && /^[^\s/]+\/[^\s/]+$/.test(type.value)
    this.type = known ? type.value : usual
    this.parameters = known ? type.parameters : new Map()
    const disposition = structured(this.header('content-disposition'))
    this.disposition = disposition?.value
    this.filename = disposition?.parameters.get('filename') ?? this.parameters.get('name')
    this.encoding = (this.header('content-transfer-encoding') ?? '7bit').split(/[\s;]/, 1)[0]!.toLowerCase()
    this.parts = inside.depth >= maxDepth ? [] : this.#read(bytes, bodyStart, end, inside)
  }

  /** The value of the first field of a name. */
  header(name: string): string | undefined {
    const lower = name.toLowerCase()
    return this.headers.find(field => field.name.toLowerCase() === lower)?.value
  }

  /** Octets of the body, its transfer encoding undone. */
  get content(): Buffer {
    if (this.encoding === 'base64') return decodeBase64(this.body)
    if (this.encoding === 'quoted-printable') return decodeQuotedPrintable(this.body)
    return this.body
  }

  /** The body as text in its charset. */
  get text(): string {
    return decodeCharset(this.content, this.parameters.get('charset') ?? 'utf-8')
  }

  #read(bytes: Buffer, start: number, end: number, inside: { depth: number; left: { count: number } }): Entity[] {
    const deeper = { type: this.type, depth: inside.depth + 1, left: inside.left }
    const boundary = this.parameters.get('boundary')
    if (this.type.startsWith('multipart/') && boundary !== undefined && boundary !== '') {
      const places = splitMultipart(bytes, start, end, boundary, inside.left)
      return places.map(([from, to]) => new Entity(bytes, from, to, deeper))
    }
    const readable = this.encoding !== 'base64' && this.encoding !== 'quoted-printable'
    if ((this.type === 'message/rfc822' || this.type === 'message/global') && readable && inside.left.count-- > 0) {
      return [new Entity(bytes, start, end, deeper)]
    }
    return []
  }
}

export function readEntity(bytes: Buffer): Entity {
  return new Entity(bytes, 0, bytes.length, { type: '', depth: 0, left: { count: maxEntities } })
}

function structured(value: string | undefined): StructuredValue | undefined {
  return value === undefined ? undefined : parseStructured(value)
}

/** Where the parts are (RFC 2046 §5.1.1): the line end before a boundary belongs to the boundary. */
function splitMultipart(
  bytes: Buffer,
  start: number,
  end: number,
  boundary: string,
  left: { count: number },
): [number, number][] {
  const line = Buffer.from(`--${boundary}`, 'utf8')
  const places: [number, number][] = []
  let from: number | undefined
  for (let at = bytes.indexOf(line, start); at >= 0 && at < end; at = bytes.indexOf(line, at + line.length)) {
    const after = restOfBoundary(bytes, at + line.length, end)
    if ((at > start && bytes[at - 1] !== 0x0a) || after === undefined) continue
    if (from !== undefined) {
      if (left.count-- <= 0) return places
      const to = at - (bytes[at - 2] === 0x0d ? 2 : 1)
      places.push([from, Math.max(from, to)])
    }
    if (after.closing) return places
    from = after.next
  }
  // A mail that was cut has no closing boundary.
  if (from !== undefined && left.count-- > 0) places.push([from, end])
  return places
}

/** What follows `--boundary` on its line; undefined where it is a longer boundary that begins alike. */
function restOfBoundary(bytes: Buffer, at: number, end: number): { closing: boolean; next: number } | undefined {
  const closing = bytes[at] === 0x2d && bytes[at + 1] === 0x2d && at + 1 < end
  let next = closing ? at + 2 : at
  while (next < end && (bytes[next] === 0x20 || bytes[next] === 0x09 || bytes[next] === 0x0d)) next++
  if (next >= end) return { closing, next: end }
  return bytes[next] === 0x0a ? { closing, next: next + 1 } : undefined
}
