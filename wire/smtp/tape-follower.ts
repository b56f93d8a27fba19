// Follows a link of SMTP for a tape: octets in, messages out that keep every octet of a line and a mail without its dots.
// It waits where the server decides what the client's next octets are: after DATA, AUTH, its answers, and STARTTLS.

import type { Side } from '../decoder.ts'
import { DialogueFollower, type TapeOctets } from '../dialogue-follower.ts'
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

type SmtpOwn = SmtpLine | SmtpReplyText | SmtpData | SmtpChunk
export type SmtpMessage = SmtpOwn | TapeOctets

/** Tokens of OAuth have thousands of octets, and RFC 4954 §4 allows 12288. */
export const maxLine: number = 64 * 1024
/** The longest reply known, an EHLO's, has twenty. */
const maxReplyLines = 512
const maxDots = 10_000

const LF = 0x0a

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

export class SmtpFollower extends DialogueFollower<SmtpOwn> {
  protected readonly progress: SmtpProgress = new SmtpProgress()
  #open: Open | undefined
  #reply: Buffer[] = []
  #code = 0

  constructor() {
    super(maxLine, 'STARTTLS')
  }

  said(message: SmtpMessage): void {
    if (this.raw !== undefined) this.raw.said()
    else if (message.kind === 'reply') this.startsTls = this.progress.replied(message.code).startTls
    else this.turnRaw()
  }

  protected get awaitsContent(): boolean {
    return this.progress.waitsFor === 'DATA'
  }

  protected line(octets: Buffer): SmtpLine {
    return this.progress.line(octets)
  }

  protected readContent(): boolean | undefined {
    if (this.#open !== undefined) return this.#goOn(this.#open)
    if (this.client.length === 0 || this.progress.waitsFor !== undefined) return false
    const { next, chunkSize } = this.progress
    if (next === 'data') {
      this.progress.content('data')
      this.#open = { kind: 'data', reader: new SmtpDataReader(this.client), size: 0, dots: [] }
      this.heard.push({ kind: 'begin', from: 'client', message: { kind: 'data' } })
      return true
    }
    if (next !== 'chunk') return undefined
    const message = this.progress.content('chunk') as SmtpChunk
    this.#open = { kind: 'chunk', message, left: chunkSize }
    this.heard.push({ kind: 'begin', from: 'client', message })
    return true
  }

  #goOn(open: Open): boolean {
    if (open.kind === 'data') return this.#data(open)
    if (this.client.length === 0) return false
    const piece = this.client.take(Math.min(open.left, this.client.length))
    open.left -= piece.length
    this.piece('client', piece)
    if (open.left === 0) this.#finish(open.message)
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
    this.piece('client', piece.octets)
    if (piece.last) this.#finish({ kind: 'data', ...dotsOf(open) })
    return true
  }

  #finish(message: SmtpOwn): void {
    this.heard.push({ kind: 'finish', from: 'client', message })
    this.#open = undefined
  }

  protected readServer(): boolean {
    const size = this.lineSize('server')
    if (size === undefined) {
      if (this.server.length > maxLine) this.turnRaw()
      return this.raw !== undefined
    }
    const octets = this.server.take(size)
    const line = replyLine(octets)
    this.#reply.push(octets)
    if (line === undefined || (this.#reply.length > 1 && line.code !== this.#code) || size > maxLine) this.turnRaw()
    else if (line.last) this.#replied(line.code)
    else if (this.#reply.length >= maxReplyLines) this.turnRaw()
    else this.#code = line.code
    return true
  }

  #replied(code: number): void {
    const message: SmtpOwn = { kind: 'reply', octets: Buffer.concat(this.#reply), code }
    this.#reply = []
    const { answers, startTls } = this.progress.replied(code)
    this.startsTls = startTls
    // RFC 5321 §3.8: the server closes after both.
    const closes = code === 221 || code === 421
    this.heard.push({ kind: 'whole', from: 'server', message, answers, startTls, closes })
  }

  protected endUnfinished(from: Side): boolean {
    if (from === 'client') {
      if (this.#open === undefined) return false
      this.#cutContent(this.#open)
    } else {
      if (this.#reply.length === 0) return false
      this.turnRaw()
    }
    return true
  }

  protected cut(): Buffer {
    if (this.#open !== undefined) this.#cutContent(this.#open)
    const reply = Buffer.concat(this.#reply)
    this.#reply = []
    return reply
  }

  #cutContent(open: Open): void {
    // What is left begins with CR, or with a dot that may be the mail's or the end's.
    const left = this.client.takeAll()
    const isDot = left[0] === 0x2e
    if (!isDot) this.piece('client', left)
    this.#finish(open.kind === 'chunk' ? open.message : { kind: 'data', cut: true, ...dotsOf(open) })
    if (isDot) this.hear(left)
  }
}

function dotsOf({ dots }: { dots: number[] | 'many' }): { dots?: number[] | 'many' } {
  return dots.length === 0 ? {} : { dots }
}
