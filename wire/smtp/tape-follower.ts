// Follows a link of SMTP for a tape: octets in, messages out that keep every octet of a line and a mail without its dots.
// It waits where the server decides what the client's next octets are: after DATA, AUTH, its answers, and STARTTLS.

import { ByteQueue } from '../byte-queue.ts'
import type { Side } from '../decoder.ts'
import { RawFollower } from '../raw.ts'
import type { Follower, Heard } from '../tape.ts'
import type { SmtpLine } from './credentials.ts'
import { SmtpDataReader } from './data.ts'
import { type SmtpChunk, SmtpProgress } from './progress.ts'

/** One reply, all its lines. */
export interface SmtpReplyText {
  readonly kind: 'reply'
  readonly octets: Buffer
  /** `octets` are text of a tape, with placeholders in it. */
  readonly secrets?: boolean | undefined
  readonly code: number
}

/** A mail after DATA; its body has no stuffed dots and no end. */
export interface SmtpData {
  readonly kind: 'data'
  /** The link ended before the mail did. */
  readonly cut?: boolean | undefined
  /** Where in the body a dot was put before a line; `many` where there are too many to remember. */
  readonly dots?: readonly number[] | 'many' | undefined
}

export type SmtpMessage = SmtpLine | SmtpReplyText | SmtpData | SmtpChunk | { readonly kind: 'octets' }

/** Tokens of OAuth have thousands of octets, and RFC 4954 §4 allows 12288. */
export const maxLine: number = 64 * 1024
/** The longest reply known, an EHLO's, has twenty. */
const maxReplyLines = 512
/** What a client may say while it should wait; with more, nobody can tell what it means. */
const maxAhead = 1024 * 1024
const maxDots = 10_000

const LF = 0x0a
const octets = { kind: 'octets' } as const

/** The code of a line of a reply, and whether it is the last; undefined where it is none. */
function replyLine(line: Buffer): { code: number; last: boolean } | undefined {
  const found = /^([2-5]\d\d)(?:([ -])|\r?\n$)/.exec(line.toString('latin1', 0, 6))
  return found === null ? undefined : { code: Number(found[1]), last: found[2] !== '-' }
}

/** The code of octets that are one whole reply. */
export function codeOf(reply: Buffer): number | undefined {
  let first: number | undefined
  for (let at = 0, end = reply.indexOf(LF); end >= 0; at = end + 1, end = reply.indexOf(LF, at)) {
    const line = replyLine(reply.subarray(at, end + 1))
    if (line === undefined || line.code !== (first ??= line.code)) return undefined
    if (line.last) return end === reply.length - 1 ? first : undefined
  }
  return undefined
}

type Open =
  | { readonly kind: 'data'; readonly reader: SmtpDataReader; size: number; dots: number[] | 'many' }
  | { readonly kind: 'chunk'; readonly message: SmtpChunk; left: number }
  /** A line beyond the limit, `dropped` where it has a secret. */
  | { readonly kind: 'line'; readonly dropped: boolean }

export class SmtpFollower implements Follower<SmtpMessage> {
  readonly #client = new ByteQueue()
  readonly #server = new ByteQueue()
  readonly #progress = new SmtpProgress()
  readonly #heard: Heard<SmtpMessage>[] = []
  readonly #ended = new Set<Side>()
  /** What follows once one side has said what cannot be read. */
  #raw: RawFollower | undefined
  #open: Open | undefined
  #reply: Buffer[] = []
  #code = 0
  /** Octets of each side's line that are known to hold no line feed. */
  readonly #looked = { client: 0, server: 0 }
  /** The last octets of the client that were not yet handed on. */
  #fresh = 0
  #startsTls = false

  push(from: Side, octets: Buffer): void {
    this.#fresh = this.held + (from === 'client' ? octets.length : 0)
    if (this.#startsTls) return
    if (from === 'client') {
      this.#client.append(octets)
      const isAhead = this.#raw === undefined && this.#progress.waitsFor !== undefined
      if (isAhead && this.#client.length > maxAhead) this.#giveUp()
      this.#raw?.push(from, this.#client.takeAll())
    } else if (this.#raw === undefined) this.#server.append(octets)
    else this.#raw.push(from, octets)
  }

  next(): Heard<SmtpMessage> | undefined {
    for (;;) {
      const heard = this.#heard.shift() ?? this.#raw?.next()
      if (heard !== undefined || this.#raw !== undefined || this.#startsTls) return heard
      if (!this.#fromClient() && !this.#fromServer() && !this.#atEnd()) return undefined
    }
  }

  end(from: Side): void {
    this.#ended.add(from)
    if (this.#raw !== undefined) this.#endRaw(this.#raw, from)
  }

  said(message: SmtpMessage): void {
    if (this.#raw !== undefined) this.#raw.said()
    else if (message.kind === 'reply') this.#startsTls = this.#progress.replied(message.code).startTls
    else this.#giveUp()
  }

  get held(): number {
    if (this.#startsTls) return this.#fresh
    return this.#progress.waitsFor === 'STARTTLS' ? Math.min(this.#fresh, this.#client.length) : 0
  }

  secured(): void {
    if (!this.#startsTls) return
    this.#startsTls = false
    this.#fresh = 0
    this.#looked.client = 0
    this.#looked.server = 0
    this.#client.takeAll()
    this.#server.takeAll()
  }

  /** Whether there was something to read. */
  #fromClient(): boolean {
    if (this.#open !== undefined) return this.#goOn(this.#open)
    if (this.#client.length === 0 || this.#progress.waitsFor !== undefined) return false
    const { next, chunkSize } = this.#progress
    if (next === 'data') {
      this.#progress.content('data')
      this.#open = { kind: 'data', reader: new SmtpDataReader(this.#client), size: 0, dots: [] }
      this.#heard.push({ kind: 'begin', from: 'client', message: { kind: 'data' } })
      return true
    }
    if (next === 'chunk') {
      const message = this.#progress.content('chunk') as SmtpChunk
      this.#open = { kind: 'chunk', message, left: chunkSize }
      this.#heard.push({ kind: 'begin', from: 'client', message })
      return true
    }
    const size = this.#lineSize('client', this.#client)
    if (size !== undefined && size <= maxLine) {
      this.#line(this.#client.take(size))
      return true
    }
    return this.#client.length > maxLine && this.#overlong()
  }

  #line(octets: Buffer): void {
    this.#heard.push({ kind: 'whole', from: 'client', message: this.#progress.line(octets) })
  }

  /** A line whose end has not come within the limit. */
  #overlong(): boolean {
    const start = this.#client.take(maxLine)
    this.#looked.client = 0
    const message = this.#progress.line(start)
    const dropped = message.credential !== undefined
    this.#open = { kind: 'line', dropped }
    if (dropped) this.#heard.push({ kind: 'whole', from: 'client', message })
    else {
      this.#heard.push({ kind: 'begin', from: 'client', message: octets })
      this.#heard.push({ kind: 'piece', from: 'client', octets: start })
    }
    return true
  }

  #goOn(open: Open): boolean {
    if (open.kind === 'data') return this.#data(open)
    if (this.#client.length === 0) return false
    if (open.kind === 'chunk') {
      const piece = this.#client.take(Math.min(open.left, this.#client.length))
      open.left -= piece.length
      this.#piece(piece, open.left === 0 ? open.message : undefined)
      return true
    }
    const at = this.#client.indexOf(LF)
    const piece = this.#client.take(at < 0 ? this.#client.length : at + 1)
    if (!open.dropped) this.#piece(piece, at < 0 ? undefined : octets)
    else if (at >= 0) this.#open = undefined
    return true
  }

  #data(open: Extract<Open, { kind: 'data' }>): boolean {
    const piece = open.reader.next()
    if (piece === undefined) return false
    for (const dot of piece.dots ?? []) {
      if (open.dots === 'many' || open.dots.length >= maxDots) open.dots = 'many'
      else open.dots.push(open.size + dot)
    }
    open.size += piece.octets.length
    this.#piece(piece.octets, piece.last ? { kind: 'data', ...dotsOf(open) } : undefined)
    return true
  }

  #piece(piece: Buffer, finish: SmtpMessage | undefined): void {
    if (piece.length > 0) this.#heard.push({ kind: 'piece', from: 'client', octets: piece })
    if (finish === undefined) return
    this.#heard.push({ kind: 'finish', from: 'client', message: finish })
    this.#open = undefined
  }

  #fromServer(): boolean {
    const size = this.#lineSize('server', this.#server)
    if (size === undefined) {
      if (this.#server.length > maxLine) this.#giveUp()
      return this.#raw !== undefined
    }
    const octets = this.#server.take(size)
    const line = replyLine(octets)
    this.#reply.push(octets)
    if (line === undefined || (this.#reply.length > 1 && line.code !== this.#code) || size > maxLine) this.#giveUp()
    else if (line.last) this.#replied(line.code)
    else if (this.#reply.length >= maxReplyLines) this.#giveUp()
    else this.#code = line.code
    return true
  }

  #replied(code: number): void {
    const message: SmtpMessage = { kind: 'reply', octets: Buffer.concat(this.#reply), code }
    this.#reply = []
    const { answers, startTls } = this.#progress.replied(code)
    this.#startsTls = startTls
    // RFC 5321 §3.8: the server closes after both.
    const closes = code === 221 || code === 421
    this.#heard.push({ kind: 'whole', from: 'server', message, answers, startTls, closes })
  }

  /** Octets up to the next line feed, it included. */
  #lineSize(from: Side, queue: ByteQueue): number | undefined {
    const at = queue.indexOf(LF, this.#looked[from])
    this.#looked[from] = at < 0 ? queue.length : 0
    return at < 0 ? undefined : at + 1
  }

  /** What a side left unfinished that will say nothing more. */
  #atEnd(): boolean {
    if (this.#ended.has('server') && this.#reply.length + this.#server.length > 0) {
      this.#giveUp()
      return true
    }
    if (!this.#ended.has('client')) return false
    const { waitsFor } = this.#progress
    if (this.#open !== undefined) this.#cut(this.#open)
    else if (waitsFor !== undefined && !this.#ended.has('server')) return false
    else if (this.#client.length === 0) return false
    else if (waitsFor === undefined) this.#line(this.#client.takeAll())
    // Lines that the client did not wait with may have secrets; what follows DATA would be many for nothing.
    else if (waitsFor === 'DATA' && this.#client.length > maxLine) this.#giveUp()
    else this.#progress.abandoned()
    return true
  }

  #cut(open: Open): void {
    this.#open = undefined
    if (open.kind === 'line') {
      if (!open.dropped) this.#piece(this.#client.takeAll(), octets)
      return
    }
    // What is left begins with CR, or with a dot that may be the mail's or the end's.
    const left = this.#client.takeAll()
    const isDot = left[0] === 0x2e
    this.#piece(
      isDot ? left.subarray(0, 0) : left,
      open.kind === 'chunk' ? open.message : { kind: 'data', cut: true, ...dotsOf(open) },
    )
    if (isDot) this.#line(left)
  }

  #giveUp(): void {
    if (this.#open !== undefined) this.#cut(this.#open)
    this.#raw = new RawFollower()
    this.#raw.push('server', Buffer.concat([...this.#reply, this.#server.takeAll()]))
    this.#reply = []
    // What the client has said and nobody could read yet comes when it goes on, so that this run is one.
    for (const from of this.#ended) this.#endRaw(this.#raw, from)
  }

  #endRaw(raw: RawFollower, from: Side): void {
    if (from === 'client') raw.push(from, this.#client.takeAll())
    raw.end(from)
  }
}

function dotsOf({ dots }: { dots: number[] | 'many' }): { dots?: number[] | 'many' } {
  return dots.length === 0 ? {} : { dots }
}
