// What follows DATA (RFC 5321 §4.5.2): a mail with its dots stuffed. It ends at CRLF . CRLF alone: a bare LF or CR beside
// the dot is content (§4.1.1.4), since a server that takes it as the end can be made to see a second mail inside the first
// ("SMTP smuggling"; Postfix before 3.9 by default).

import type { ByteQueue } from '../byte-queue.ts'

/** A piece of a mail, its dots unstuffed. */
export interface SmtpDataPiece {
  octets: Buffer
  /** The end has come. */
  last: boolean
  /** Where in `octets` a dot stood before a line and was dropped; undefined where nowhere. */
  dots?: number[]
}

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const crlfDot = Buffer.from('\r\n.')
const nothing = Buffer.alloc(0)

/** A whole mail as it follows DATA: dots stuffed, the end added; content that ends without CRLF gets one (§4.1.1.4). */
export function encodeData(content: Uint8Array): Buffer {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content.buffer, content.byteOffset, content.length)
  const parts: Buffer[] = []
  let from = 0
  if (bytes[0] === DOT) parts.push(Buffer.from('.'))
  for (let at = bytes.indexOf(crlfDot); at >= 0; at = bytes.indexOf(crlfDot, from)) {
    parts.push(bytes.subarray(from, at + 3), Buffer.from('.'))
    from = at + 3
  }
  parts.push(bytes.subarray(from))
  const closed = bytes.length === 0 || (bytes.at(-2) === CR && bytes.at(-1) === LF)
  parts.push(Buffer.from(closed ? '.\r\n' : '\r\n.\r\n'))
  return Buffer.concat(parts)
}

/** Reads one mail from the front of a queue and leaves there what may be the end, and what follows it. */
export class SmtpDataReader {
  readonly #queue: ByteQueue
  /** The next octet begins a line. */
  #lineStart = true

  constructor(queue: ByteQueue) {
    this.#queue = queue
  }

  next(): SmtpDataPiece | undefined {
    const bytes = this.#queue.peek()
    const parts: Buffer[] = []
    let dots: number[] | undefined
    let from = 0
    let dot = this.#lineStart && bytes[0] === DOT ? 0 : afterCrlf(bytes, 0)
    while (dot >= 0) {
      const known = dot + 1 < bytes.length && (bytes[dot + 1] !== CR || dot + 2 < bytes.length)
      if (dot > from) parts.push(bytes.subarray(from, dot))
      if (!known) return this.#piece(parts, dot, false, dots)
      if (bytes[dot + 1] === CR && bytes[dot + 2] === LF) return this.#piece(parts, dot + 3, true, dots)
      dots ??= []
      dots.push(dot - dots.length)
      from = dot + 1
      dot = afterCrlf(bytes, from)
    }
    // A CR at the end may be the first octet of the end.
    const to = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length
    if (to > from) parts.push(bytes.subarray(from, to))
    return this.#piece(parts, to, false, dots)
  }

  #piece(parts: Buffer[], consumed: number, last: boolean, dots: number[] | undefined): SmtpDataPiece | undefined {
    const taken = this.#queue.take(consumed)
    if (!last && consumed > 0) this.#lineStart = taken.at(-1) === LF && taken.at(-2) === CR
    if (parts.length === 0 && !last) return undefined
    const octets = parts.length === 1 ? parts[0]! : parts.length === 0 ? nothing : Buffer.concat(parts)
    return dots === undefined ? { octets, last } : { octets, last, dots }
  }
}

/** Where the dot of the next CRLF and dot stands, or -1. */
function afterCrlf(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(crlfDot, from, 'latin1')
  return at < 0 ? -1 : at + 2
}
