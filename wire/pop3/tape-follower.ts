// Follows a link of POP3 for a tape: octets in, messages out that keep every octet of a line, and lines without their dots.
// It waits where the server decides what the client's next line is: after AUTH, its answers, and STLS.

import { ByteQueue } from '../byte-queue.ts'
import type { Side } from '../decoder.ts'
import { RawFollower } from '../raw.ts'
import { SmtpDataReader } from '../smtp/data.ts'
import type { Follower, Heard } from '../tape.ts'
import { type Pop3Line, Pop3Progress } from './progress.ts'

/** A status or challenge, its line end included. Where lines follow, the body is what is in them, without stuffed dots. */
export interface Pop3Response {
  readonly kind: 'response from the server'
  readonly octets: Buffer
  /** `octets` are text of a tape, with placeholders in it. */
  readonly secrets?: boolean | undefined
  /** What the body is; undefined where there is none. */
  readonly follows?: 'lines' | 'mail' | undefined
  /** The link ended before the lines did. */
  readonly cut?: boolean | undefined
  /** Where in the body a dot was put before a line; `many` where there are too many to remember. */
  readonly dots?: readonly number[] | 'many' | undefined
}

export type Pop3Message = Pop3Line | Pop3Response | { readonly kind: 'octets' }

export const maxLine: number = 64 * 1024
/** What a client may say while it should wait; with more, nobody can tell what it means. */
const maxAhead = 1024 * 1024
const maxDots = 10_000

const LF = 0x0a
const octets = { kind: 'octets' } as const

/** What a line of the server says; undefined where it is none of POP3. */
export function wordOf(line: Buffer): 'ok' | 'error' | 'challenge' | undefined {
  const start = line.toString('latin1', 0, 5)
  if (/^\+OK[ \r\n]/i.test(start)) return 'ok'
  if (/^-ERR/i.test(start) && /^[ \r\n]/.test(line.toString('latin1', 4, 5))) return 'error'
  return /^\+[ \r\n]/.test(start) ? 'challenge' : undefined
}

interface Lines {
  readonly response: Pop3Response
  readonly reader: SmtpDataReader
  readonly marks: { readonly answers: number | undefined; readonly closes: boolean }
  size: number
  dots: number[] | 'many'
}

export class Pop3Follower implements Follower<Pop3Message> {
  readonly #client = new ByteQueue()
  readonly #server = new ByteQueue()
  readonly #progress = new Pop3Progress()
  readonly #heard: Heard<Pop3Message>[] = []
  readonly #ended = new Set<Side>()
  /** What follows once one side has said what cannot be read. */
  #raw: RawFollower | undefined
  /** Lines of the server's that are coming. */
  #lines: Lines | undefined
  /** A line of the client's beyond the limit is coming, `dropped` where it has a secret. */
  #overlong: { readonly dropped: boolean } | undefined
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

  next(): Heard<Pop3Message> | undefined {
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

  said(message: Pop3Message): void {
    const word = message.kind === 'response from the server' ? wordOf(message.octets) : undefined
    if (this.#raw !== undefined) this.#raw.said()
    else if (word !== undefined) this.#startsTls = this.#progress.replied(word).startTls
    else this.#giveUp()
  }

  get held(): number {
    if (this.#startsTls) return this.#fresh
    return this.#progress.waitsFor === 'STLS' ? Math.min(this.#fresh, this.#client.length) : 0
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
    if (this.#overlong !== undefined) return this.#goOn(this.#overlong)
    if (this.#client.length === 0 || this.#progress.waitsFor !== undefined) return false
    const size = this.#lineSize('client', this.#client)
    if (size !== undefined && size <= maxLine) {
      this.#line(this.#client.take(size))
      return true
    }
    if (this.#client.length <= maxLine) return false
    const start = this.#client.take(maxLine)
    this.#looked.client = 0
    const message = this.#progress.line(start)
    const dropped = message.credential !== undefined
    this.#overlong = { dropped }
    if (dropped) this.#heard.push({ kind: 'whole', from: 'client', message })
    else {
      this.#heard.push({ kind: 'begin', from: 'client', message: octets })
      this.#heard.push({ kind: 'piece', from: 'client', octets: start })
    }
    return true
  }

  #line(octets: Buffer): void {
    this.#heard.push({ kind: 'whole', from: 'client', message: this.#progress.line(octets) })
  }

  #goOn({ dropped }: { dropped: boolean }): boolean {
    if (this.#client.length === 0) return false
    const at = this.#client.indexOf(LF)
    const piece = this.#client.take(at < 0 ? this.#client.length : at + 1)
    if (!dropped) this.#heard.push({ kind: 'piece', from: 'client', octets: piece })
    if (at < 0) return true
    if (!dropped) this.#heard.push({ kind: 'finish', from: 'client', message: octets })
    this.#overlong = undefined
    return true
  }

  #fromServer(): boolean {
    if (this.#lines !== undefined) return this.#readLines(this.#lines)
    const size = this.#lineSize('server', this.#server)
    if (size === undefined) {
      if (this.#server.length > maxLine) this.#giveUp()
      return this.#raw !== undefined
    }
    const line = this.#server.take(size)
    const word = size > maxLine ? undefined : wordOf(line)
    if (word === undefined) this.#giveUp(line)
    else this.#replied(line, word)
    return true
  }

  #replied(line: Buffer, word: 'ok' | 'error' | 'challenge'): void {
    const { answers, startTls, follows, closes } = this.#progress.replied(word)
    this.#startsTls = startTls
    if (follows === undefined) {
      const message: Pop3Response = { kind: 'response from the server', octets: line }
      this.#heard.push({ kind: 'whole', from: 'server', message, answers, startTls, closes })
      return
    }
    const response: Pop3Response = { kind: 'response from the server', octets: line, follows }
    const reader = new SmtpDataReader(this.#server)
    this.#lines = { response, reader, marks: { answers, closes }, size: 0, dots: [] }
    this.#heard.push({ kind: 'begin', from: 'server', message: response })
  }

  #readLines(lines: Lines): boolean {
    const piece = lines.reader.next()
    if (piece === undefined) return false
    for (const dot of piece.dots ?? []) {
      if (lines.dots === 'many' || lines.dots.length >= maxDots) lines.dots = 'many'
      else lines.dots.push(lines.size + dot)
    }
    lines.size += piece.octets.length
    if (piece.octets.length > 0) this.#heard.push({ kind: 'piece', from: 'server', octets: piece.octets })
    if (piece.last) this.#finish(lines, false)
    return true
  }

  #finish({ response, marks, dots }: Lines, cut: boolean): void {
    this.#lines = undefined
    const message = { ...response, ...(cut ? { cut } : {}), ...(dots.length === 0 ? {} : { dots }) }
    this.#heard.push({ kind: 'finish', from: 'server', message, ...marks })
  }

  /** Octets up to the next line feed, it included. */
  #lineSize(from: Side, queue: ByteQueue): number | undefined {
    const at = queue.indexOf(LF, this.#looked[from])
    this.#looked[from] = at < 0 ? queue.length : 0
    return at < 0 ? undefined : at + 1
  }

  /** What a side left unfinished that will say nothing more. */
  #atEnd(): boolean {
    if (this.#ended.has('server')) {
      if (this.#lines !== undefined) {
        this.#cut(this.#lines)
        return true
      }
      if (this.#server.length > 0) {
        this.#giveUp()
        return true
      }
    }
    if (!this.#ended.has('client')) return false
    const { waitsFor } = this.#progress
    if (this.#overlong !== undefined) this.#endOverlong(this.#overlong)
    else if (waitsFor !== undefined && !this.#ended.has('server')) return false
    else if (this.#client.length === 0) return false
    else if (waitsFor === undefined) this.#line(this.#client.takeAll())
    // Lines that the client did not wait with may have secrets.
    else this.#progress.abandoned()
    return true
  }

  #endOverlong({ dropped }: { dropped: boolean }): void {
    this.#overlong = undefined
    if (dropped) return
    this.#heard.push({ kind: 'piece', from: 'client', octets: this.#client.takeAll() })
    this.#heard.push({ kind: 'finish', from: 'client', message: octets })
  }

  #cut(lines: Lines): void {
    // A CR, or a dot that may be a line's or the end's, and is nothing without what follows it.
    const left = this.#server.takeAll()
    if (left.length > 0 && left[0] !== 0x2e) this.#heard.push({ kind: 'piece', from: 'server', octets: left })
    this.#finish(lines, true)
    if (left[0] === 0x2e) this.#giveUp(left)
  }

  #giveUp(line: Buffer = Buffer.alloc(0)): void {
    if (this.#lines !== undefined) this.#cut(this.#lines)
    if (this.#raw !== undefined) return
    if (this.#overlong !== undefined) this.#endOverlong(this.#overlong)
    this.#raw = new RawFollower()
    this.#raw.push('server', Buffer.concat([line, this.#server.takeAll()]))
    for (const from of this.#ended) this.#endRaw(this.#raw, from)
  }

  #endRaw(raw: RawFollower, from: Side): void {
    if (from === 'client') raw.push(from, this.#client.takeAll())
    raw.end(from)
  }
}
