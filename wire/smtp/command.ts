// What an SMTP client sends (RFC 5321 §4.1, RFC 3030, RFC 4954): command lines, answers to AUTH challenges, the content
// of a mail.

import { ByteQueue } from '../byte-queue.ts'
import { type Decoder, excerpt, ProtocolError } from '../decoder.ts'
import { SmtpDataReader } from './data.ts'

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
  const text = line.trim()
  const blank = text.search(/[ \t]/)
  const verb = blank < 0 ? text : text.slice(0, blank)
  return { kind: 'command', verb: verb.toUpperCase(), args: blank < 0 ? '' : text.slice(blank).trim() }
}

export function encodeCommand({ verb, args }: { verb: string; args: string }): Buffer {
  return Buffer.from(`${args === '' ? verb : `${verb} ${args}`}\r\n`, 'latin1')
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
  #data = new SmtpDataReader(this.#queue)
  /** Octets of the chunk that are still to come. */
  #left = 0

  push(chunk: Uint8Array): void {
    this.#queue.append(chunk)
  }

  /** What follows are commands, whatever was expected. */
  readCommands(): void {
    this.#mode = 'command'
  }

  /** The next line answers a challenge. */
  readResponse(): void {
    this.#mode = 'response'
  }

  /** What follows is a mail, up to the line with one dot. */
  readData(): void {
    this.#mode = 'data'
    this.#data = new SmtpDataReader(this.#queue)
  }

  /** What follows are `octets` octets of a mail. */
  readChunk(octets: number): void {
    this.#mode = 'chunk'
    this.#left = octets
  }

  next(): SmtpInput | undefined {
    if (this.#mode === 'data') return this.#content()
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

  #content(): SmtpInput | undefined {
    const piece = this.#data.next()
    if (piece === undefined) return undefined
    if (piece.last) this.#mode = 'command'
    return { kind: 'data', octets: piece.octets, last: piece.last }
  }

  #chunk(): SmtpInput | undefined {
    const available = Math.min(this.#left, this.#queue.length)
    if (available === 0 && this.#left > 0) return undefined
    this.#left -= available
    const last = this.#left === 0
    if (last) this.#mode = 'command'
    return { kind: 'chunk', octets: this.#queue.take(available), last }
  }
}
