// What an SMTP client sends (RFC 5321 §4.1, RFC 3030, RFC 4954): command lines, answers to AUTH challenges, the content
// of a mail. DATA ends at CRLF . CRLF alone: a bare LF or CR beside the dot is content (§4.1.1.4), since a server that
// takes it as the end can be made to see a second mail inside the first ("SMTP smuggling"; Postfix before 3.9 by default).

import { ByteQueue } from '../byte-queue.ts'
import { type Decoder, excerpt, ProtocolError } from '../decoder.ts'

/** One command. Octets beyond ASCII are kept as latin1; {@link decodeUtf8} reads them. */
export interface SmtpCommand {
  kind: 'command'
  /** In upper case; empty for an empty line. */
  verb: string
  /** What follows the verb, without surrounding blanks. */
  args: string
}

export type SmtpInput =
  | SmtpCommand
  /** A line that answers a challenge of AUTH. */
  | { kind: 'response'; text: string }
  /** A piece of what follows DATA, its dots unstuffed. `last` where the end has come. */
  | { kind: 'data'; octets: Buffer; last: boolean }
  /** A piece of what follows BDAT. `last` where the announced octets have come. */
  | { kind: 'chunk'; octets: Buffer; last: boolean }
  /** A line beyond the limit was dropped. */
  | { kind: 'overlong'; octets: number }

/** RFC 5321 §4.5.3.1.4 asks for 512, extensions for more (RFC 3461 alone for 1500); Postfix takes 2048. */
const maxLine = 2048
/** RFC 4954 §4. */
const maxResponse = 12288

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const crlfDot = Buffer.from('\r\n.')
const nothing = Buffer.alloc(0)

/** Octets as they came, kept as latin1, read as UTF-8; undefined where they are not. */
export function decodeUtf8(latin1: string): string | undefined {
  if (!/[^\x00-\x7f]/.test(latin1)) return latin1
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return undefined
  }
}

export function parseCommand(line: string): SmtpCommand {
  const text = line.trimEnd()
  const blank = text.search(/[ \t]/)
  const verb = blank < 0 ? text : text.slice(0, blank)
  return { kind: 'command', verb: verb.toUpperCase(), args: blank < 0 ? '' : text.slice(blank).trim() }
}

export function encodeCommand({ verb, args }: { verb: string; args: string }): Buffer {
  return Buffer.from(`${args === '' ? verb : `${verb} ${args}`}\r\n`, 'latin1')
}

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

/**
 * Reads commands until it is told what comes instead. It never throws but in `end()`: a line that is too long is dropped
 * and said, as servers do.
 */
export class SmtpCommandDecoder implements Decoder<SmtpInput> {
  readonly #queue = new ByteQueue()
  #mode: 'command' | 'response' | 'data' | 'chunk' = 'command'
  /** Octets of the line at the front of the queue that are known to hold no LF. */
  #looked = 0
  /** Octets of the overlong line that is being dropped. */
  #dropped = 0
  /** In DATA: the next octet begins a line. */
  #lineStart = true
  /** Octets of the chunk that are still to come. */
  #left = 0

  push(chunk: Uint8Array): void {
    this.#queue.append(chunk)
  }

  /** The next line answers a challenge. */
  readResponse(): void {
    this.#mode = 'response'
  }

  /** What follows is a mail, up to the line with one dot. */
  readData(): void {
    this.#mode = 'data'
    this.#lineStart = true
  }

  /** What follows are `octets` octets of a mail. */
  readChunk(octets: number): void {
    this.#mode = 'chunk'
    this.#left = octets
  }

  next(): SmtpInput | undefined {
    if (this.#mode === 'data') return this.#data()
    if (this.#mode === 'chunk') return this.#chunk()
    return this.#line()
  }

  end(): void {
    if (this.#mode === 'data' || this.#mode === 'chunk') {
      throw new ProtocolError('smtp', 'stream ended inside the content of a mail')
    }
    if (this.#queue.length > 0) {
      throw new ProtocolError('smtp', `stream ended inside a line, got ${excerpt(this.#queue.peek())}`)
    }
  }

  rest(): Uint8Array {
    this.#looked = 0
    return this.#queue.takeAll()
  }

  #line(): SmtpInput | undefined {
    const limit = this.#mode === 'response' ? maxResponse : maxLine
    const at = this.#queue.indexOf(LF, this.#looked)
    if (at < 0) {
      this.#looked = this.#queue.length
      if (this.#dropped + this.#queue.length > limit) {
        this.#dropped += this.#queue.length
        this.rest()
      }
      return undefined
    }
    this.#looked = 0
    const line = this.#queue.take(at + 1)
    const octets = this.#dropped + line.length
    this.#dropped = 0
    const response = this.#mode === 'response'
    this.#mode = 'command'
    if (octets > limit) return { kind: 'overlong', octets }
    const text = line.toString('latin1', 0, at > 0 && line[at - 1] === CR ? at - 1 : at)
    return response ? { kind: 'response', text } : parseCommand(text)
  }

  #chunk(): SmtpInput | undefined {
    const available = Math.min(this.#left, this.#queue.length)
    if (available === 0 && this.#left > 0) return undefined
    this.#left -= available
    const last = this.#left === 0
    if (last) this.#mode = 'command'
    return { kind: 'chunk', octets: this.#queue.take(available), last }
  }

  #data(): SmtpInput | undefined {
    const bytes = this.#queue.peek()
    const parts: Buffer[] = []
    let from = 0
    let dot = this.#lineStart && bytes[0] === DOT ? 0 : afterCrlf(bytes, 0)
    while (dot >= 0) {
      const known = dot + 1 < bytes.length && (bytes[dot + 1] !== CR || dot + 2 < bytes.length)
      if (dot > from) parts.push(bytes.subarray(from, dot))
      if (!known) return this.#dataPiece(parts, dot, false)
      if (bytes[dot + 1] === CR && bytes[dot + 2] === LF) return this.#dataPiece(parts, dot + 3, true)
      from = dot + 1
      dot = afterCrlf(bytes, from)
    }
    // A CR at the end may be the first octet of the end.
    const to = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length
    if (to > from) parts.push(bytes.subarray(from, to))
    return this.#dataPiece(parts, to, false)
  }

  #dataPiece(parts: Buffer[], consumed: number, last: boolean): SmtpInput | undefined {
    const taken = this.#queue.take(consumed)
    if (last) this.#mode = 'command'
    else if (consumed > 0) {
      this.#lineStart = taken.at(-1) === LF && taken.at(-2) === CR
    }
    if (parts.length === 0 && !last) return undefined
    const octets = parts.length === 1 ? parts[0]! : parts.length === 0 ? nothing : Buffer.concat(parts)
    return { kind: 'data', octets, last }
  }
}

/** Where the dot of the next CRLF and dot stands, or -1. */
function afterCrlf(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(crlfDot, from, 'latin1')
  return at < 0 ? -1 : at + 2
}
