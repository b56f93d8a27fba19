// Follows a link of IMAP for a tape: octets in, messages out that keep every octet. A command's or response's literals are
// messages of their own, however they are sent; what a server says to one command is one message as far as no literal
// parts it. It waits where the server decides what the client's next octets are: before a literal, after AUTHENTICATE, its
// answers, IDLE and STARTTLS. Left out: COMPRESS (RFC 4978).

import { ByteQueue } from '../byte-queue.ts'
import type { Side } from '../decoder.ts'
import { RawFollower } from '../raw.ts'
import { textOf } from '../smtp/credentials.ts'
import type { Follower, Heard, TapeBody } from '../tape.ts'
import { type Answered, ImapProgress, type Spoken, type SpokenLiteral } from './progress.ts'
import { isResponse, markOf } from './tape-line.ts'

/** What stands behind a mark, once a tape has been read that far. */
export interface Announced {
  body?: TapeBody
}

/** A line of the client's, its end included. */
export interface ImapLine extends Spoken {
  readonly octets: Buffer
  /** `octets` are text of a tape, with placeholders in it. */
  readonly secrets?: boolean | undefined
  readonly announced?: Announced
}

/** A literal, which is the body, and what stands behind it up to the end of the line. */
export interface ImapLiteral extends SpokenLiteral {
  readonly kind: 'literal'
  readonly from: Side
  readonly octets: Buffer
  readonly secrets?: boolean | undefined
  /** What `octets` are for, where that is secret. */
  readonly restCredential?: string | undefined
  /** The link ended before the literal did. */
  readonly cut?: boolean | undefined
  readonly announced?: Announced
}

/** Whole lines of the server's; a literal may follow the last. */
export interface ImapLines {
  readonly kind: 'lines'
  readonly octets: Buffer
  readonly secrets?: boolean | undefined
  readonly announced?: Announced
}

export type ImapTapeMessage = ImapLine | ImapLiteral | ImapLines | { readonly kind: 'octets' }

/** Clients name thousands of messages in one line, and servers answer in as long ones. */
export const maxLine: number = 1024 * 1024
/** What a server says to one command is parted at so many octets. */
const maxLines = 16 * 1024
/** What a client may say while it should wait; with more, nobody can tell what it means. */
const maxAhead = 1024 * 1024

const LF = 0x0a
const octets = { kind: 'octets' } as const
const nothing = Buffer.alloc(0)

/** A literal that is coming, and then the rest of its line. */
interface Open {
  readonly literal: ImapLiteral
  left: number
  /** What it answers, where it is the server's. */
  readonly answers: number
}

export class ImapTapeFollower implements Follower<ImapTapeMessage> {
  readonly #client = new ByteQueue()
  readonly #server = new ByteQueue()
  readonly #progress = new ImapProgress()
  readonly #heard: Heard<ImapTapeMessage>[] = []
  readonly #ended = new Set<Side>()
  /** What follows once one side has said what cannot be read. */
  #raw: RawFollower | undefined
  #asked: Open | undefined
  #told: Open | undefined
  /** A line of the client's beyond the limit is coming, `dropped` where it has a secret. */
  #overlong: { readonly dropped: boolean } | undefined
  /** Lines of the server's that belong together, and what they answer. */
  #lines: Buffer[] = []
  #size = 0
  #answered: Answered | undefined
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

  next(): Heard<ImapTapeMessage> | undefined {
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

  said(message: ImapTapeMessage): void {
    if (this.#raw !== undefined) this.#raw.said()
    else if (message.kind === 'lines') {
      for (const line of linesOf(message)) this.#startsTls ||= this.#progress.replied(line).startTls
    } else if (message.kind !== 'literal') this.#giveUp()
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
    if (this.#overlong !== undefined) return this.#goOn(this.#overlong)
    if (this.#asked !== undefined) return this.#literal('client', this.#client, this.#asked)
    if (this.#progress.waitsFor !== undefined) return false
    if (this.#progress.next === 'literal') {
      // An empty one is there at once, but nobody has said it before the rest of its line comes.
      if (this.#client.length === 0) return false
      const left = this.#progress.literalSize
      this.#asked = this.#begin({ ...this.#progress.literal(), kind: 'literal', from: 'client', octets: nothing }, left)
      return true
    }
    if (this.#client.length === 0) return false
    const size = this.#lineSize('client', this.#client)
    if (size !== undefined && size <= maxLine) {
      this.#line(this.#client.take(size))
      return true
    }
    return this.#client.length > maxLine && this.#tooLong()
  }

  #line(octets: Buffer): void {
    const message = { ...this.#progress.line(textOf({ octets })), octets }
    this.#heard.push({ kind: 'whole', from: 'client', message })
  }

  #tooLong(): boolean {
    const start = this.#client.take(maxLine)
    this.#looked.client = 0
    const message = { ...this.#progress.line(textOf({ octets: start })), octets: start }
    const dropped = message.credential !== undefined
    this.#overlong = { dropped }
    if (dropped) this.#heard.push({ kind: 'whole', from: 'client', message })
    else {
      this.#heard.push({ kind: 'begin', from: 'client', message: octets })
      this.#heard.push({ kind: 'piece', from: 'client', octets: start })
    }
    return true
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

  #begin(literal: ImapLiteral, left: number, answers = 0): Open {
    this.#heard.push({ kind: 'begin', from: literal.from, message: literal })
    return { literal, left, answers }
  }

  #literal(from: Side, queue: ByteQueue, open: Open): boolean {
    if (open.left > 0) {
      if (queue.length === 0) return false
      const piece = queue.take(Math.min(open.left, queue.length))
      open.left -= piece.length
      this.#looked[from] = 0
      this.#heard.push({ kind: 'piece', from, octets: piece })
      return true
    }
    const size = this.#lineSize(from, queue)
    if (size === undefined ? queue.length > maxLine : size > maxLine) {
      this.#giveUp()
      return true
    }
    if (size === undefined) return false
    this.#behind(open, queue.take(size))
    return true
  }

  /** The rest of a literal's line has come. */
  #behind({ literal, answers }: Open, octets: Buffer): void {
    const { from } = literal
    const text = textOf({ octets })
    if (from === 'client') {
      this.#asked = undefined
      const restCredential = this.#progress.behind(text)
      this.#heard.push({ kind: 'finish', from, message: { ...literal, octets, restCredential } })
      return
    }
    this.#told = undefined
    this.#heard.push({ kind: 'finish', from, message: { ...literal, octets }, answers })
    this.#announce(text, answers)
  }

  /** A literal of the server's follows at once. */
  #announce(text: string, answers: number): void {
    const mark = markOf(text)
    if (mark === undefined) return
    const literal: ImapLiteral = { kind: 'literal', from: 'server', tag: '', verb: '', octets: nothing }
    this.#told = this.#begin(literal, mark.size, answers)
  }

  #fromServer(): boolean {
    if (this.#told !== undefined) return this.#literal('server', this.#server, this.#told)
    const size = this.#lineSize('server', this.#server)
    if (size === undefined) {
      if (this.#server.length > maxLine) this.#giveUp()
      return this.#raw !== undefined
    }
    const line = this.#server.take(size)
    const text = textOf({ octets: line })
    if (size > maxLine || !isResponse(text)) this.#giveUp(line)
    else this.#replied(line, text)
    return true
  }

  #replied(line: Buffer, text: string): void {
    const answered = this.#progress.replied(text)
    const { answers } = answered
    const isOther = this.#answered !== undefined && this.#answered.answers !== answers
    if (answered.isAlone || isOther || this.#size + line.length > maxLines) this.#flush()
    this.#answered = { ...answered, closes: (this.#answered?.closes ?? false) || answered.closes }
    this.#lines.push(line)
    this.#size += line.length
    const hasMark = text.startsWith('*') && markOf(text) !== undefined
    if (!answered.isLast && !hasMark) return
    this.#startsTls = answered.startTls
    this.#flush()
    if (hasMark) this.#announce(text, answers)
  }

  #flush(): void {
    if (this.#answered === undefined) return
    const { answers, startTls, closes } = this.#answered
    const message: ImapLines = { kind: 'lines', octets: Buffer.concat(this.#lines) }
    this.#answered = undefined
    this.#lines = []
    this.#size = 0
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
    if (this.#ended.has('server')) {
      if (this.#told !== undefined) {
        this.#cut(this.#told)
        return true
      }
      if (this.#answered !== undefined) {
        this.#flush()
        return true
      }
      if (this.#server.length > 0) {
        this.#giveUp()
        return true
      }
    }
    if (!this.#ended.has('client')) return false
    const { waitsFor, next } = this.#progress
    if (this.#overlong !== undefined) this.#endOverlong(this.#overlong)
    else if (this.#asked !== undefined) this.#cut(this.#asked)
    else if (waitsFor !== undefined && !this.#ended.has('server')) return false
    else if (this.#client.length === 0) return false
    else if (waitsFor === undefined) this.#line(this.#client.takeAll())
    // What was to be a literal would be many lines for nothing; others that the client did not wait with may have secrets.
    else if (next === 'literal' && this.#client.length > maxLine) this.#giveUp()
    else this.#progress.abandoned()
    return true
  }

  /** The link ended inside a literal, or behind it. */
  #cut({ literal, left, answers }: Open): void {
    const { from } = literal
    if (from === 'client') this.#asked = undefined
    else this.#told = undefined
    const rest = (from === 'client' ? this.#client : this.#server).takeAll()
    const cut = left > 0
    const restCredential = from === 'client' ? this.#progress.behind(textOf({ octets: rest })) : undefined
    const message = { ...literal, octets: rest, restCredential, ...(cut ? { cut } : {}) }
    this.#heard.push({ kind: 'finish', from, message, answers })
  }

  #endOverlong({ dropped }: { dropped: boolean }): void {
    this.#overlong = undefined
    if (dropped) return
    this.#heard.push({ kind: 'piece', from: 'client', octets: this.#client.takeAll() })
    this.#heard.push({ kind: 'finish', from: 'client', message: octets })
  }

  #giveUp(line: Buffer = nothing): void {
    this.#flush()
    if (this.#told !== undefined) this.#cut(this.#told)
    if (this.#asked !== undefined) this.#cut(this.#asked)
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

/** The lines of a message of the server's, as a tape has them. */
export function linesOf(message: Pick<ImapLines, 'octets' | 'secrets'>): string[] {
  return textOf(message).match(/[^\n]*\n|[^\n]+$/g) ?? []
}
