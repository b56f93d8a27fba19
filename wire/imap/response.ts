// What an IMAP server sends (RFC 3501 §7): status, data and continuations, read as values that say nothing of what they
// are for, so that extensions need no reader of their own.

import { type Decoder, ProtocolError } from '../decoder.ts'
import { type FramingLimits, ImapFramer } from './framing.ts'
import { endOfBracket, type Frame, ImapReader } from './reader.ts'

/** `null` is NIL, text is a string as latin1, octets are a literal. What an atom says is written as it is. */
export type ImapValue = null | number | string | Buffer | { readonly atom: string } | readonly ImapValue[]

export interface ImapStatus {
  readonly kind: 'status'
  /** Undefined where it answers no command. */
  readonly tag?: string | undefined
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH'
  readonly code?: ResponseCode | undefined
  readonly text: string
}

/** `[APPENDUID 38505 3955]` (RFC 3501 §7.1): its name in upper case, and what follows it. */
export interface ResponseCode {
  readonly name: string
  readonly text?: string | undefined
}

interface ImapData {
  readonly kind: 'data'
  /** The message's, or how many there are: `* 23 EXISTS`. */
  readonly number?: number | undefined
  /** In upper case. */
  readonly name: string
  readonly values: readonly ImapValue[]
}

interface ImapContinuation {
  readonly kind: 'continuation'
  readonly code?: ResponseCode | undefined
  readonly text: string
}

export type ImapResponse = ImapStatus | ImapData | ImapContinuation

/** Lists within lists: of a BODYSTRUCTURE as deep as MIME may be, of a THREAD as long as a conversation. */
const maxDepth = 400

/** Reads responses; octets that are none make it throw, and then it is spent. */
export class ImapResponseDecoder implements Decoder<ImapResponse> {
  readonly #framer: ImapFramer

  /** Octets of a response without its literals, and of its literals: SEARCH may name all of a mailbox, FETCH has a mail. */
  constructor({ maxText = 16 * 1024 * 1024, maxLiteral = 256 * 1024 * 1024 }: Partial<FramingLimits> = {}) {
    this.#framer = new ImapFramer({ maxText, maxLiteral }, false)
  }

  push(chunk: Uint8Array): void {
    this.#framer.queue.append(chunk)
  }

  next(): ImapResponse | undefined {
    const framed = this.#framer.next()
    if (framed === undefined) return undefined
    if (framed.kind === 'frame') return parseResponse(framed)
    throw framed.kind === 'beyond' ? framed.error : new ProtocolError('imap', 'expected a response, got a question')
  }

  end(): void {
    if (this.#framer.isInside) throw new ProtocolError('imap', 'stream ended inside a response')
  }

  rest(): Uint8Array {
    return this.#framer.rest()
  }
}

const status = /^(OK|NO|BAD|BYE|PREAUTH)(?: (.*))?$/is
/** @throws {ProtocolError} where it is no response. */
function parseResponse(frame: Frame): ImapResponse {
  const { text } = frame
  if (text.startsWith('+ ') || text === '+') return { kind: 'continuation', ...codeAndText(text.slice(2)) }
  const reader = new ImapReader(frame)
  const tag = reader.skip('*') ? undefined : reader.tag()
  reader.space()
  const found = status.exec(text.slice(reader.at))
  if (found !== null && frame.literals.length === 0) {
    const said = codeAndText(found[2] ?? '')
    return { kind: 'status', tag, status: found[1]!.toUpperCase() as ImapStatus['status'], ...said }
  }
  if (tag !== undefined) reader.fail('OK, NO or BAD')
  return readData(reader)
}

function codeAndText(text: string): { code: ResponseCode | undefined; text: string } {
  const end = text.startsWith('[') ? endOfBracket(text, 0) : undefined
  const inner = end === undefined ? '' : text.slice(1, end - 1)
  const blank = inner.indexOf(' ')
  const name = blank < 0 ? inner : inner.slice(0, blank)
  if (name === '') return { code: undefined, text }
  const code = { name: name.toUpperCase(), ...(blank < 0 ? {} : { text: inner.slice(blank + 1) }) }
  return { code, text: text.slice(text[end!] === ' ' ? end! + 1 : end) }
}

function readData(reader: ImapReader): ImapData {
  const number = /\d/.test(reader.next) ? reader.number() : undefined
  if (number !== undefined) reader.space()
  const name = reader.word('the name of a response')
  const values: ImapValue[] = []
  while (reader.skip(' ') || !reader.atEnd) if (!reader.atEnd && reader.next !== ' ') values.push(readValue(reader, 0))
  return { kind: 'data', number, name, values }
}

const plain = /[^\x00-\x20\x7f()"{[\]]*/y
const literalMark = /^\{\d+[+-]?\}/

/** An atom, of which a part in brackets may have blanks: `BODY[HEADER.FIELDS (To)]<0>`. */
function readAtom(reader: ImapReader): string {
  const { text, at } = reader
  let end: number | undefined = at
  while (end !== undefined) {
    plain.lastIndex = end
    plain.exec(text)
    reader.at = plain.lastIndex
    if (reader.next === '[') end = endOfBracket(text, reader.at)
    else
      end = reader.next === '{' && !literalMark.test(text.slice(reader.at, reader.at + 14)) ? reader.at + 1 : undefined
  }
  return reader.at > at ? text.slice(at, reader.at) : reader.fail('a value')
}

function readValue(reader: ImapReader, depth: number): ImapValue {
  switch (reader.next) {
    case '(':
      return readList(reader, depth + 1)
    case '"':
      return reader.quoted()
    case '{':
    case '~': {
      const literal = reader.literal()
      if (literal !== undefined) return literal
    }
  }
  const atom = readAtom(reader)
  if (/^nil$/i.test(atom)) return null
  return /^(?:0|[1-9]\d{0,14})$/.test(atom) ? Number(atom) : { atom }
}

function readList(reader: ImapReader, depth: number): ImapValue[] {
  if (depth > maxDepth) reader.fail(`lists at most ${maxDepth} deep`)
  reader.take('(')
  const values: ImapValue[] = []
  // Lists may follow lists without a blank, as the parts of a multipart do.
  while (!reader.skip(')')) if (!reader.skip(' ')) values.push(readValue(reader, depth))
  return values
}
