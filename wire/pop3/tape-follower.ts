// Follows a link of POP3 for a tape: octets in, messages out that keep every octet of a line, and lines without their dots.
// It waits where the server decides what the client's next line is: after AUTH, its answers, and STLS.

import type { Side } from '../decoder.ts'
import { DialogueFollower, type TapeOctets } from '../dialogue-follower.ts'
import { SmtpDataReader } from '../smtp/data.ts'
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

type Pop3Own = Pop3Line | Pop3Response
export type Pop3Message = Pop3Own | TapeOctets

export const maxLine: number = 64 * 1024
const maxDots = 10_000

const nothing: Buffer = Buffer.alloc(0)

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

export class Pop3Follower extends DialogueFollower<Pop3Own> {
  protected readonly progress: Pop3Progress = new Pop3Progress()
  protected readonly awaitsContent = false
  /** Lines of the server's that are coming. */
  #lines: Lines | undefined

  constructor() {
    super(maxLine, 'STLS')
  }

  said(message: Pop3Message): void {
    const word = message.kind === 'response from the server' ? wordOf(message.octets) : undefined
    if (this.raw !== undefined) this.raw.said()
    else if (word !== undefined) this.startsTls = this.progress.replied(word).startTls
    else this.turnRaw()
  }

  protected line(octets: Buffer): Pop3Line {
    return this.progress.line(octets)
  }

  protected readContent(): undefined {}

  protected readServer(): boolean {
    if (this.#lines !== undefined) return this.#readLines(this.#lines)
    const size = this.lineSize('server')
    if (size === undefined) {
      if (this.server.length > maxLine) this.turnRaw()
      return this.raw !== undefined
    }
    const line = this.server.take(size)
    const word = size > maxLine ? undefined : wordOf(line)
    if (word === undefined) this.turnRaw(line)
    else this.#replied(line, word)
    return true
  }

  #replied(line: Buffer, word: 'ok' | 'error' | 'challenge'): void {
    const { answers, startTls, follows, closes } = this.progress.replied(word)
    this.startsTls = startTls
    if (follows === undefined) {
      const message: Pop3Response = { kind: 'response from the server', octets: line }
      this.heard.push({ kind: 'whole', from: 'server', message, answers, startTls, closes })
      return
    }
    const response: Pop3Response = { kind: 'response from the server', octets: line, follows }
    const reader = new SmtpDataReader(this.server)
    this.#lines = { response, reader, marks: { answers, closes }, size: 0, dots: [] }
    this.heard.push({ kind: 'begin', from: 'server', message: response })
  }

  #readLines(lines: Lines): boolean {
    const piece = lines.reader.next()
    if (piece === undefined) return false
    for (const dot of piece.dots ?? []) {
      if (lines.dots === 'many' || lines.dots.length >= maxDots) lines.dots = 'many'
      else lines.dots.push(lines.size + dot)
    }
    lines.size += piece.octets.length
    this.piece('server', piece.octets)
    if (piece.last) this.#finish(lines, false)
    return true
  }

  #finish({ response, marks, dots }: Lines, cut: boolean): void {
    this.#lines = undefined
    const message = { ...response, ...(cut ? { cut } : {}), ...(dots.length === 0 ? {} : { dots }) }
    this.heard.push({ kind: 'finish', from: 'server', message, ...marks })
  }

  protected endUnfinished(from: Side): boolean {
    if (from === 'client' || this.#lines === undefined) return false
    const left = this.cut()
    if (left.length > 0) this.turnRaw(left)
    return true
  }

  protected cut(): Buffer {
    if (this.#lines === undefined) return nothing
    // A CR, or a dot that may be a line's or the end's, and is nothing without what follows it.
    const left = this.server.takeAll()
    const isDot = left[0] === 0x2e
    if (!isDot) this.piece('server', left)
    this.#finish(this.#lines, true)
    return isDot ? left : nothing
  }
}
