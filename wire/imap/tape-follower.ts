// Follows a link of IMAP for a tape: octets in, messages out that keep every octet. A command's or response's literals are
// messages of their own, however they are sent; what a server says to one command is one message as far as no literal
// parts it. It waits where the server decides what the client's next octets are: before a literal, after AUTHENTICATE, its
// answers, IDLE and STARTTLS. Left out: COMPRESS (RFC 4978).

import type { Side } from '../decoder.ts'
import { DialogueFollower, type TapeOctets } from '../dialogue-follower.ts'
import { textOf } from '../smtp/credentials.ts'
import type { TapeBody } from '../tape.ts'
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

type ImapOwn = ImapLine | ImapLiteral | ImapLines
export type ImapTapeMessage = ImapOwn | TapeOctets

/** Clients name thousands of messages in one line, and servers answer in as long ones. */
export const maxLine: number = 1024 * 1024
/** What a server says to one command is parted at so many octets. */
const maxLines = 16 * 1024

const nothing = Buffer.alloc(0)

/** A literal that is coming, and then the rest of its line. */
interface Open {
  readonly literal: ImapLiteral
  left: number
  /** What it answers, where it is the server's. */
  readonly answers: number
}

export class ImapTapeFollower extends DialogueFollower<ImapOwn> {
  protected readonly progress: ImapProgress = new ImapProgress()
  #asked: Open | undefined
  #told: Open | undefined
  /** Lines of the server's that belong together, and what they answer. */
  #lines: Buffer[] = []
  #size = 0
  #answered: Answered | undefined

  constructor() {
    super(maxLine, 'STARTTLS')
  }

  said(message: ImapTapeMessage): void {
    if (this.raw !== undefined) this.raw.said()
    else if (message.kind === 'lines') {
      for (const line of linesOf(message)) this.startsTls ||= this.progress.replied(line).startTls
    } else if (message.kind !== 'literal') this.turnRaw()
  }

  protected get awaitsContent(): boolean {
    return this.progress.next === 'literal'
  }

  protected line(octets: Buffer): ImapLine {
    return { ...this.progress.line(textOf({ octets })), octets }
  }

  protected readContent(): boolean | undefined {
    if (this.#asked !== undefined) return this.#literal('client', this.#asked)
    if (this.progress.waitsFor !== undefined) return false
    if (this.progress.next !== 'literal') return undefined
    // An empty one is there at once, but nobody has said it before the rest of its line comes.
    if (this.client.length === 0) return false
    const left = this.progress.literalSize
    this.#asked = this.#begin({ ...this.progress.literal(), kind: 'literal', from: 'client', octets: nothing }, left)
    return true
  }

  #begin(literal: ImapLiteral, left: number, answers = 0): Open {
    this.heard.push({ kind: 'begin', from: literal.from, message: literal })
    return { literal, left, answers }
  }

  #literal(from: Side, open: Open): boolean {
    if (open.left > 0) {
      if (this[from].length === 0) return false
      const piece = this.take(from, open.left)
      open.left -= piece.length
      this.piece(from, piece)
      return true
    }
    const size = this.lineSize(from)
    if (size === undefined ? this[from].length > maxLine : size > maxLine) {
      this.turnRaw()
      return true
    }
    if (size === undefined) return false
    this.#behind(open, this[from].take(size))
    return true
  }

  /** The rest of a literal's line has come. */
  #behind({ literal, answers }: Open, octets: Buffer): void {
    const { from } = literal
    const text = textOf({ octets })
    if (from === 'client') {
      this.#asked = undefined
      const restCredential = this.progress.behind(text)
      this.heard.push({ kind: 'finish', from, message: { ...literal, octets, restCredential } })
      return
    }
    this.#told = undefined
    this.heard.push({ kind: 'finish', from, message: { ...literal, octets }, answers })
    this.#announce(text, answers)
  }

  /** A literal of the server's follows at once. */
  #announce(text: string, answers: number): void {
    const mark = markOf(text)
    if (mark === undefined) return
    const literal: ImapLiteral = { kind: 'literal', from: 'server', tag: '', verb: '', octets: nothing }
    this.#told = this.#begin(literal, mark.size, answers)
  }

  protected readServer(): boolean {
    if (this.#told !== undefined) return this.#literal('server', this.#told)
    const size = this.lineSize('server')
    if (size === undefined) {
      if (this.server.length > maxLine) this.turnRaw()
      return this.raw !== undefined
    }
    const line = this.server.take(size)
    const text = textOf({ octets: line })
    if (size > maxLine || !isResponse(text)) this.turnRaw(line)
    else this.#replied(line, text)
    return true
  }

  #replied(line: Buffer, text: string): void {
    const answered = this.progress.replied(text)
    const { answers } = answered
    const isOther = this.#answered !== undefined && this.#answered.answers !== answers
    if (answered.isAlone || isOther || this.#size + line.length > maxLines) this.#flush()
    this.#answered = { ...answered, closes: (this.#answered?.closes ?? false) || answered.closes }
    this.#lines.push(line)
    this.#size += line.length
    const hasMark = text.startsWith('*') && markOf(text) !== undefined
    if (!answered.isLast && !hasMark) return
    this.startsTls = answered.startTls
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
    this.heard.push({ kind: 'whole', from: 'server', message, answers, startTls, closes })
  }

  protected endUnfinished(from: Side): boolean {
    const open = from === 'client' ? this.#asked : this.#told
    if (open !== undefined) this.#cutLiteral(open)
    else if (from === 'client' || this.#answered === undefined) return false
    else this.#flush()
    return true
  }

  protected cut(): Buffer {
    this.#flush()
    if (this.#told !== undefined) this.#cutLiteral(this.#told)
    if (this.#asked !== undefined) this.#cutLiteral(this.#asked)
    return nothing
  }

  /** The link ended inside a literal, or behind it. */
  #cutLiteral({ literal, left, answers }: Open): void {
    const { from } = literal
    if (from === 'client') this.#asked = undefined
    else this.#told = undefined
    const rest = this[from].takeAll()
    const cut = left > 0
    const restCredential = from === 'client' ? this.progress.behind(textOf({ octets: rest })) : undefined
    const message = { ...literal, octets: rest, restCredential, ...(cut ? { cut } : {}) }
    this.heard.push({ kind: 'finish', from, message, answers })
  }
}

/** The lines of a message of the server's, as a tape has them. */
export function linesOf(message: Pick<ImapLines, 'octets' | 'secrets'>): string[] {
  return textOf(message).match(/[^\n]*\n|[^\n]+$/g) ?? []
}
