// Lines of IMAP and the literals that they announce (RFC 3501 §4.3, RFC 7888), put together to whole commands and responses.

import { ByteQueue } from '../byte-queue.ts'
import { excerpt, ProtocolError } from '../decoder.ts'
import type { Frame, Literal } from './reader.ts'

export interface FramingLimits {
  /** Octets of a command's or response's text, without its literals. */
  readonly maxText: number
  /** Octets of its literals together. */
  readonly maxLiteral: number
  /** Octets of a literal that is sent without waiting: 4096 for LITERAL-. */
  readonly maxUnasked?: number
}

/** A literal beyond a limit. */
export interface BigLiteral {
  readonly size: number
  /** Its sender does not wait for leave: it comes, and is dropped. */
  readonly comes: boolean
}

export type Framed =
  | ({ readonly kind: 'frame' } & Frame)
  /** A literal was announced, and its sender waits for leave. */
  | { readonly kind: 'literal'; readonly text: string; readonly size: number }
  /** Beyond a limit: what has come was dropped, and what belongs to it will be. */
  | { readonly kind: 'beyond'; readonly text: string; readonly error: ProtocolError; readonly literal?: BigLiteral }

/** Literals of one command; a SEARCH may have one for each word. */
const maxLiterals = 1000
const mark = /\{(\d{1,10})([+-]?)\}$/
/** The longest mark, and the end of its line. */
const maxMark = 16

const LF = 0x0a
const CR = 0x0d
const closingBrace = 0x7d

export class ImapFramer {
  readonly queue: ByteQueue = new ByteQueue()
  #limits: Required<FramingLimits>
  /** Whether literals wait for leave: those of a client do. */
  readonly #asks: boolean
  #looked = 0
  #text = ''
  #literals: Literal[] = []
  #size = 0
  /** Octets of the literal that comes now. */
  #awaited: number | undefined
  /** What is dropped: the rest of a line, after the rest of a literal. */
  #dropping: { literal: number; tail: Buffer } | undefined

  constructor(limits: FramingLimits, asks: boolean) {
    this.#limits = { maxUnasked: limits.maxLiteral, ...limits }
    this.#asks = asks
  }

  /** Other limits from the next command on. */
  limit(limits: Required<FramingLimits>): void {
    this.#limits = limits
  }

  /** Whether something has begun and not ended. */
  get isInside(): boolean {
    return this.queue.length > 0 || this.#text !== '' || this.#awaited !== undefined || this.#dropping !== undefined
  }

  /** Forgets what has come of a command, as a server does that gives no leave for its literal. */
  abandon(): void {
    this.#text = ''
    this.#literals = []
    this.#size = 0
    this.#awaited = undefined
  }

  rest(): Buffer {
    this.#looked = 0
    this.abandon()
    this.#dropping = undefined
    return this.queue.takeAll()
  }

  /** One line without its end, whatever it announces; undefined where it has not come. */
  line(): string | undefined {
    const size = this.#lineSize()
    if (size === undefined && this.queue.length <= this.#limits.maxText) return undefined
    if (size === undefined || size > this.#limits.maxText) throw this.#tooLong(this.queue.peek())
    return textOf(this.queue.take(size))
  }

  next(): Framed | undefined {
    for (;;) {
      if (this.#dropping !== undefined && !this.#drop(this.#dropping)) return undefined
      if (this.#awaited !== undefined && !this.#takeLiteral(this.#awaited)) return undefined
      const size = this.#lineSize()
      if (this.#text.length + (size ?? this.queue.length) > this.#limits.maxText) return this.#overlong(size)
      if (size === undefined) return undefined
      const line = this.queue.take(size)
      const text = textOf(line)
      const announced = line.length > 2 && text.charCodeAt(text.length - 1) === closingBrace ? mark.exec(text) : null
      if (announced === null) {
        const frame = {
          kind: 'frame',
          text: this.#text === '' ? text : this.#text + text,
          literals: this.#literals,
        } as const
        this.abandon()
        return frame
      }
      this.#text += text
      const asked = this.#announced(Number(announced[1]), announced[2] === '')
      if (asked !== undefined) return asked
    }
  }

  #announced(size: number, waits: boolean): Framed | undefined {
    const { maxLiteral, maxUnasked } = this.#limits
    const most = Math.min(maxLiteral - this.#size, waits ? maxLiteral : maxUnasked)
    if (size > most || this.#literals.length >= maxLiterals) {
      const text = this.#text
      this.abandon()
      if (!waits || !this.#asks) this.#dropping = { literal: size, tail: nothing }
      const expected =
        size > most ? `a literal of at most ${Math.max(0, most)} octets` : `at most ${maxLiterals} literals`
      const error = new ProtocolError('imap', `expected ${expected}, got one of ${size}`)
      const comes = this.#dropping !== undefined
      return { kind: 'beyond', text, error, ...(comes || size > most ? { literal: { size, comes } } : {}) }
    }
    this.#awaited = size
    return this.#asks && waits ? { kind: 'literal', text: this.#text, size } : undefined
  }

  #takeLiteral(size: number): boolean {
    if (this.queue.length < size) return false
    this.#literals.push({ at: this.#text.length, octets: this.queue.take(size) })
    this.#size += size
    this.#awaited = undefined
    return true
  }

  /** A line that is too long, whole or as far as it has come. */
  #overlong(size: number | undefined): Framed {
    const octets = this.queue.take(size ?? this.queue.length)
    this.#looked = 0
    const text = this.#text === '' ? octets.toString('latin1', 0, 256) : this.#text.slice(0, 256)
    this.abandon()
    const tail = Buffer.from(octets.subarray(-maxMark))
    if (size === undefined) this.#dropping = { literal: 0, tail }
    else this.#dropAnnounced(tail)
    return { kind: 'beyond', text, error: this.#tooLong(octets) }
  }

  /** Whether all that was to be dropped has come. */
  #drop(dropping: { literal: number; tail: Buffer }): boolean {
    const skipped = Math.min(dropping.literal, this.queue.length)
    this.queue.take(skipped)
    dropping.literal -= skipped
    if (dropping.literal > 0) return false
    const size = this.#lineSize()
    const octets = this.queue.take(size ?? this.queue.length)
    this.#looked = 0
    const tail = Buffer.concat([dropping.tail, octets.subarray(-maxMark)]).subarray(-maxMark)
    if (size === undefined) {
      dropping.tail = tail
      return false
    }
    this.#dropping = undefined
    this.#dropAnnounced(tail)
    return this.#dropping === undefined || this.#drop(this.#dropping)
  }

  /** A line that was dropped may announce a literal that comes all the same. */
  #dropAnnounced(tail: Buffer): void {
    const announced = mark.exec(textOf(tail))
    if (announced === null || (announced[2] === '' && this.#asks)) return
    this.#dropping = { literal: Number(announced[1]), tail: nothing }
  }

  #tooLong(octets: Buffer): ProtocolError {
    return new ProtocolError('imap', `expected lines of at most ${this.#limits.maxText} octets, got ${excerpt(octets)}`)
  }

  #lineSize(): number | undefined {
    const at = this.queue.indexOf(LF, this.#looked)
    this.#looked = at < 0 ? this.queue.length : 0
    return at < 0 ? undefined : at + 1
  }
}

const nothing = Buffer.alloc(0)

/** A line without its end. */
function textOf(line: Buffer): string {
  let end = line.length
  if (line[end - 1] === LF) end -= line[end - 2] === CR ? 2 : 1
  return line.toString('latin1', 0, end)
}
