// What an IMAP client sends: commands as they are meant (RFC 3501 §6 and what extends it), one a call, literals asked for
// between calls. Text is kept as latin1, octet by octet. Left out: QRESYNC, CATENATE, ACL, METADATA.

import { type Decoder, ProtocolError } from '../decoder.ts'
import type { InternalDate } from './date.ts'
import type { FetchItem } from './fetch.ts'
import { type BigLiteral, ImapFramer } from './framing.ts'
import { readCommand } from './read-command.ts'
import type { Frame } from './reader.ts'
import type { SearchKey } from './search.ts'
import type { SequenceSet } from './sequence-set.ts'

interface Search {
  readonly key: SearchKey
  /** As it was given; undefined where nothing was. */
  readonly charset?: string | undefined
  /** What of ESEARCH is wanted (RFC 4731): MIN, MAX, ALL, COUNT; empty is ALL, undefined the untagged SEARCH of old. */
  readonly return?: readonly string[] | undefined
}

export interface SortCriterion {
  readonly by: 'ARRIVAL' | 'CC' | 'DATE' | 'FROM' | 'SIZE' | 'SUBJECT' | 'TO' | 'DISPLAYFROM' | 'DISPLAYTO'
  readonly reverse: boolean
}

export interface AppendedMessage {
  readonly flags: readonly string[]
  readonly date?: InternalDate | undefined
  readonly octets: Buffer
}

/** Names of mailboxes are as on the wire: `decodeMailboxName` reads them. */
type Meant =
  | { verb: 'CAPABILITY' | 'NOOP' | 'LOGOUT' | 'STARTTLS' | 'CHECK' | 'CLOSE' | 'UNSELECT' | 'IDLE' | 'NAMESPACE' }
  | { verb: 'LOGIN'; user: string; password: string }
  | { verb: 'AUTHENTICATE'; mechanism: string; initial?: string | undefined }
  | { verb: 'SELECT' | 'EXAMINE'; mailbox: string; condstore: boolean }
  | { verb: 'CREATE'; mailbox: string; use: readonly string[] }
  | { verb: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT'; mailbox: string }
  | { verb: 'RENAME'; from: string; to: string }
  | {
      verb: 'LIST' | 'LSUB'
      reference: string
      patterns: readonly string[]
      /** SUBSCRIBED, REMOTE, RECURSIVEMATCH, SPECIAL-USE (RFC 5258, RFC 6154). */
      select: readonly string[]
      /** SUBSCRIBED, CHILDREN, SPECIAL-USE; undefined where the command is LIST as it was before RFC 5258. */
      return?: readonly string[] | undefined
      /** Items of STATUS that are wanted too (RFC 5819). */
      status?: readonly string[] | undefined
    }
  | { verb: 'STATUS'; mailbox: string; items: readonly string[] }
  | { verb: 'APPEND'; mailbox: string; messages: readonly AppendedMessage[] }
  | ({ verb: 'SEARCH' } & Search)
  | ({ verb: 'SORT'; criteria: readonly SortCriterion[] } & Search)
  | ({ verb: 'THREAD'; algorithm: string } & Search)
  | { verb: 'FETCH'; set: SequenceSet; items: readonly FetchItem[]; changedSince?: number | undefined }
  | {
      verb: 'STORE'
      set: SequenceSet
      act: 'replace' | 'add' | 'remove'
      silent: boolean
      flags: readonly string[]
      unchangedSince?: number | undefined
    }
  | { verb: 'COPY' | 'MOVE'; set: SequenceSet; mailbox: string }
  /** `set` of UID EXPUNGE (RFC 4315 §2.1). */
  | { verb: 'EXPUNGE'; set?: SequenceSet | undefined }
  | { verb: 'ENABLE'; capabilities: readonly string[] }
  | { verb: 'ID'; parameters: readonly (readonly [string, string | undefined])[] }
  | { verb: 'GETQUOTA'; root: string }
  | { verb: 'SETQUOTA'; root: string; limits: readonly (readonly [string, number])[] }

/** Spread over the union, so that each verb keeps its own arguments. */
type Unchanging<Body> = Body extends unknown ? Readonly<Body> : never

export type ImapCommandBody = Unchanging<Meant>

export type ImapCommand = { readonly kind: 'command'; readonly tag: string; readonly uid: boolean } & ImapCommandBody

export type ImapInput =
  | ImapCommand
  /** The client waits for leave to send a literal: say `+`, or refuse the command and call `abandon`. */
  | {
      readonly kind: 'literal'
      readonly tag: string | undefined
      readonly verb: string
      readonly size: number
      /** What has come of the command. */
      readonly text: string
    }
  /** What was asked for by `readLine`. */
  | { readonly kind: 'line'; readonly text: string }
  /** No command, or one beyond a limit; BAD is its answer, and the next line can be one. */
  | {
      readonly kind: 'invalid'
      readonly tag: string | undefined
      readonly verb: string
      readonly error: ProtocolError
      /** The words that were no command. */
      readonly frame?: Frame
      /** A literal that is beyond a limit. */
      readonly literal?: BigLiteral | undefined
    }

export interface ImapCommandLimits {
  /** Octets of a command without its literals. Clients name thousands of messages in one. */
  maxText?: number
  /** Octets of a command's literals together: of a mail that is appended. */
  maxLiteral?: number
  /** Octets of a literal sent without leave: 4096 for LITERAL- (RFC 7888 §5). Default: as `maxLiteral`. */
  maxUnasked?: number
}

/** Reads commands, and lines where it is told so. It throws in `end()`, and for a line beyond the limit that was asked for. */
export class ImapCommandDecoder implements Decoder<ImapInput> {
  readonly #framer: ImapFramer
  #line = false

  constructor(limits: ImapCommandLimits = {}) {
    this.#framer = new ImapFramer(withDefaults(limits), true)
  }

  /** Other limits from the next command on: a client that has not logged in may say less. */
  limit(limits: ImapCommandLimits): void {
    this.#framer.limit(withDefaults(limits))
  }

  push(chunk: Uint8Array): void {
    this.#framer.queue.append(chunk)
  }

  /** The next line is no command: it answers a challenge of AUTHENTICATE, or ends IDLE. `false` takes that back. */
  readLine(wanted = true): void {
    this.#line = wanted
  }

  /** The literal that was announced will not come, as the command was refused. */
  abandon(): void {
    this.#framer.abandon()
  }

  next(): ImapInput | undefined {
    if (this.#line) {
      const text = this.#framer.line()
      if (text === undefined) return undefined
      this.#line = false
      return { kind: 'line', text }
    }
    const framed = this.#framer.next()
    if (framed === undefined) return undefined
    if (framed.kind === 'frame') return parseCommand(framed)
    const start = startOf(framed.text)
    return framed.kind === 'literal'
      ? { kind: 'literal', ...start, size: framed.size, text: framed.text }
      : { kind: 'invalid', ...start, error: framed.error, literal: framed.literal }
  }

  end(): void {
    if (this.#framer.isInside) throw new ProtocolError('imap', 'stream ended inside a command')
  }

  rest(): Uint8Array {
    return this.#framer.rest()
  }
}

function withDefaults({
  maxText = 256 * 1024,
  maxLiteral = 64 * 1024 * 1024,
  maxUnasked = maxLiteral,
}: ImapCommandLimits): Required<ImapCommandLimits> {
  return { maxText, maxLiteral, maxUnasked: Math.min(maxUnasked, maxLiteral) }
}

/** The tag and the verb of what may be no whole command. */
function startOf(text: string): { tag: string | undefined; verb: string } {
  const found = /^([^\x00-\x20\x7f(){%*"\\+]{1,255})(?: +(?:UID +)?([a-z]{1,20}))?(?![^ ])/i.exec(text.slice(0, 400))
  return { tag: found?.[1], verb: found?.[2]?.toUpperCase() ?? '' }
}

function parseCommand(frame: Frame): ImapCommand | Extract<ImapInput, { kind: 'invalid' }> {
  try {
    return readCommand(frame)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { kind: 'invalid', ...startOf(frame.text), error, frame }
  }
}
