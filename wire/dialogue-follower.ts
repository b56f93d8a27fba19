// Follows a link of lines for a tape, as SMTP, POP3 and IMAP have them: both queues of octets, lines beyond the limit, where the
// client has to wait, the beginning of TLS, and what becomes of octets that nobody can read. What lines mean, and what stands
// between them, is the protocol's.

import { ByteQueue } from './byte-queue.ts'
import type { Side } from './decoder.ts'
import { RawFollower } from './raw.ts'
import type { Follower, Heard } from './tape.ts'

/** Octets that are no message of the protocol. */
export interface TapeOctets {
  readonly kind: 'octets'
}

/** How far the dialogue has come. */
interface Progress {
  /** The verb that the server has to answer before the client's next octets can be read. */
  readonly waitsFor: string | undefined
  /** The server will answer nothing of what the client waits for. */
  abandoned(): void
}

/** What a client may say while it should wait; with more, nobody can tell what it means. */
const maxAhead = 1024 * 1024
const LF = 0x0a
const octets: TapeOctets = { kind: 'octets' }
const nothing: Buffer = Buffer.alloc(0)

export abstract class DialogueFollower<Message> implements Follower<Message | TapeOctets> {
  protected readonly client: ByteQueue = new ByteQueue()
  protected readonly server: ByteQueue = new ByteQueue()
  protected readonly heard: Heard<Message | TapeOctets>[] = []
  /** What follows once one side has said what cannot be read. */
  protected raw: RawFollower | undefined
  protected startsTls: boolean = false
  readonly #maxLine: number
  /** After which TLS begins. */
  readonly #tlsVerb: string
  readonly #ended = new Set<Side>()
  /** Octets of each side's line that are known to hold no line feed. */
  readonly #looked = { client: 0, server: 0 }
  /** A line of the client's beyond the limit is coming, `dropped` where it has a secret. */
  #overlong: { readonly dropped: boolean } | undefined
  /** The last octets of the client that were not yet handed on. */
  #fresh = 0

  constructor(maxLine: number, tlsVerb: string) {
    this.#maxLine = maxLine
    this.#tlsVerb = tlsVerb
  }

  protected abstract readonly progress: Progress
  /** Whether the client's next octets are content, if they are what it has been told to wait with. */
  protected abstract readonly awaitsContent: boolean
  /** The client has said a line. */
  protected abstract line(octets: Buffer): Message & { readonly credential?: string | undefined }
  /** Reads what the client says that is no line: whether there was something to read, undefined where a line is next. */
  protected abstract readContent(): boolean | undefined
  /** Reads what the server says; whether there was something to read. */
  protected abstract readServer(): boolean
  /** Ends what a side left unfinished; whether there was something. */
  protected abstract endUnfinished(from: Side): boolean
  /** Ends all that is unfinished, and gives the octets of the server's that were taken off and not told. */
  protected abstract cut(): Buffer
  abstract said(message: Message | TapeOctets): void

  push(from: Side, octets: Buffer): void {
    this.#fresh = this.held + (from === 'client' ? octets.length : 0)
    if (this.startsTls) return
    if (from === 'client') {
      this.client.append(octets)
      const isAhead = this.raw === undefined && this.progress.waitsFor !== undefined
      if (isAhead && this.client.length > maxAhead) this.turnRaw()
      this.raw?.push(from, this.client.takeAll())
    } else if (this.raw === undefined) this.server.append(octets)
    else this.raw.push(from, octets)
  }

  next(): Heard<Message | TapeOctets> | undefined {
    for (;;) {
      const heard = this.heard.shift() ?? this.raw?.next()
      if (heard !== undefined || this.raw !== undefined || this.startsTls) return heard
      if (!this.#readClient() && !this.readServer() && !this.#atEnd()) return undefined
    }
  }

  end(from: Side): void {
    this.#ended.add(from)
    if (this.raw !== undefined) this.#endRaw(this.raw, from)
  }

  get held(): number {
    if (this.startsTls) return this.#fresh
    return this.progress.waitsFor === this.#tlsVerb ? Math.min(this.#fresh, this.client.length) : 0
  }

  secured(): void {
    if (!this.startsTls) return
    this.startsTls = false
    this.#fresh = 0
    this.#looked.client = 0
    this.#looked.server = 0
    this.client.takeAll()
    this.server.takeAll()
  }

  /** The size of a side's next line, its end included. */
  protected lineSize(from: Side): number | undefined {
    const at = this[from].indexOf(LF, this.#looked[from])
    this.#looked[from] = at < 0 ? this[from].length : 0
    return at < 0 ? undefined : at + 1
  }

  /** Takes up to so many octets that are no line. */
  protected take(from: Side, most: number): Buffer {
    this.#looked[from] = 0
    return this[from].take(Math.min(most, this[from].length))
  }

  protected piece(from: Side, octets: Buffer): void {
    if (octets.length > 0) this.heard.push({ kind: 'piece', from, octets })
  }

  /** From here on nobody can tell what is said; `line` has been taken off the server's octets. */
  protected turnRaw(line: Buffer = nothing): void {
    const cut = this.cut()
    this.#endOverlong()
    this.raw = new RawFollower()
    this.raw.push('server', Buffer.concat([cut, line, this.server.takeAll()]))
    // What the client has said and nobody could read yet comes when it goes on, so that this run is one.
    for (const from of this.#ended) this.#endRaw(this.raw, from)
  }

  /** The client's next line, also one without an end. */
  protected hear(octets: Buffer): void {
    this.heard.push({ kind: 'whole', from: 'client', message: this.line(octets) })
  }

  #readClient(): boolean {
    if (this.#overlong !== undefined) return this.#goOn(this.#overlong)
    const content = this.readContent()
    if (content !== undefined) return content
    if (this.client.length === 0 || this.progress.waitsFor !== undefined) return false
    const size = this.lineSize('client')
    if (size !== undefined && size <= this.#maxLine) {
      this.hear(this.client.take(size))
      return true
    }
    if (this.client.length <= this.#maxLine) return false
    const start = this.take('client', this.#maxLine)
    const message = this.line(start)
    const dropped = message.credential !== undefined
    this.#overlong = { dropped }
    if (dropped) this.heard.push({ kind: 'whole', from: 'client', message })
    else {
      this.heard.push({ kind: 'begin', from: 'client', message: octets })
      this.piece('client', start)
    }
    return true
  }

  #goOn({ dropped }: { dropped: boolean }): boolean {
    if (this.client.length === 0) return false
    const at = this.client.indexOf(LF)
    const piece = this.client.take(at < 0 ? this.client.length : at + 1)
    if (!dropped) this.piece('client', piece)
    if (at >= 0) this.#finishOverlong(dropped)
    return true
  }

  #endOverlong(): void {
    if (this.#overlong === undefined) return
    const { dropped } = this.#overlong
    if (!dropped) this.piece('client', this.client.takeAll())
    this.#finishOverlong(dropped)
  }

  #finishOverlong(dropped: boolean): void {
    this.#overlong = undefined
    if (!dropped) this.heard.push({ kind: 'finish', from: 'client', message: octets })
  }

  /** What a side left unfinished that will say nothing more. */
  #atEnd(): boolean {
    if (this.#ended.has('server')) {
      if (this.endUnfinished('server')) return true
      if (this.server.length > 0) {
        this.turnRaw()
        return true
      }
    }
    if (!this.#ended.has('client')) return false
    const { waitsFor } = this.progress
    if (this.#overlong !== undefined) this.#endOverlong()
    else if (this.endUnfinished('client')) return true
    else if (waitsFor !== undefined && !this.#ended.has('server')) return false
    else if (this.client.length === 0) return false
    else if (waitsFor === undefined) this.hear(this.client.takeAll())
    // Content would be many lines for nothing; others that the client did not wait with may have secrets.
    else if (this.awaitsContent && this.client.length > this.#maxLine) this.turnRaw()
    else this.progress.abandoned()
    return true
  }

  #endRaw(raw: RawFollower, from: Side): void {
    if (from === 'client') raw.push(from, this.client.takeAll())
    raw.end(from)
  }
}
