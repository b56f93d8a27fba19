// What a POP3 client sends (RFC 1939 §3, RFC 2449, RFC 5034): command lines, and answers to challenges of AUTH.

import { ByteQueue } from '../byte-queue.ts'
import { type Decoder, excerpt, ProtocolError } from '../decoder.ts'

/** One command; octets beyond ASCII are kept as latin1. */
export interface Pop3Command {
  kind: 'command'
  /** In upper case; empty for an empty line. */
  verb: string
  /** What follows the verb and one blank, blanks at its end included: they may belong to a password (RFC 1939 §7). */
  args: string
}

export type Pop3Input =
  | Pop3Command
  /** A line that answers a challenge of AUTH. */
  | { kind: 'response'; text: string }
  /** A line beyond the limit was dropped. */
  | { kind: 'overlong'; octets: number }

/** RFC 2449 §4 allows 255 octets, but tokens in an AUTH of RFC 5034 are longer, as long as those of SMTP. */
const maxLine = 12288

const LF = 0x0a
const CR = 0x0d

export function parseCommand(line: string): Pop3Command {
  const blank = line.indexOf(' ')
  if (blank < 0) return { kind: 'command', verb: line.toUpperCase(), args: '' }
  return { kind: 'command', verb: line.slice(0, blank).toUpperCase(), args: line.slice(blank + 1) }
}

export function encodeCommand({ verb, args }: { verb: string; args: string }): Buffer {
  return Buffer.from(`${args === '' ? verb : `${verb} ${args}`}\r\n`, 'latin1')
}

/** Whether `+OK` is followed by lines up to one with a dot (RFC 1939 §3). */
export function isMultiline({ verb, args }: { verb: string; args: string }): boolean {
  switch (verb) {
    case 'CAPA':
    case 'RETR':
    case 'TOP':
      return true
    case 'LIST':
    case 'UIDL':
    // RFC 1734's predecessors list mechanisms so, and Dovecot does.
    case 'AUTH':
      return args.trim() === ''
    default:
      return false
  }
}

/** Never throws but in `end()`: a line that is too long is dropped and said. */
export class Pop3CommandDecoder implements Decoder<Pop3Input> {
  readonly #queue = new ByteQueue()
  #isResponse = false
  /** Octets of the line at the front of the queue that are known to hold no LF. */
  #looked = 0
  /** Octets of the overlong line that is being dropped. */
  #dropped = 0

  push(chunk: Uint8Array): void {
    this.#queue.append(chunk)
  }

  /** The next line answers a challenge. */
  readResponse(): void {
    this.#isResponse = true
  }

  next(): Pop3Input | undefined {
    const at = this.#queue.indexOf(LF, this.#looked)
    if (at < 0) {
      this.#looked = this.#queue.length
      if (this.#dropped + this.#queue.length > maxLine) {
        this.#dropped += this.#queue.length
        this.rest()
      }
      return undefined
    }
    this.#looked = 0
    const line = this.#queue.take(at + 1)
    const octets = this.#dropped + line.length
    this.#dropped = 0
    const isResponse = this.#isResponse
    this.#isResponse = false
    if (octets > maxLine) return { kind: 'overlong', octets }
    const text = line.toString('latin1', 0, at > 0 && line[at - 1] === CR ? at - 1 : at)
    return isResponse ? { kind: 'response', text } : parseCommand(text)
  }

  end(): void {
    if (this.#queue.length === 0) return
    throw new ProtocolError('pop3', `stream ended inside a line, got ${excerpt(this.#queue.peek())}`)
  }

  rest(): Uint8Array {
    this.#looked = 0
    return this.#queue.takeAll()
  }
}
