// What a tape needs of a protocol: how a link's octets become turns that a person reads, and how recorded turns are
// matched and said again. Each protocol has its own in wire/x/tape.ts (or wire/x.ts); recorder and player know none.

import type { Side } from './decoder.ts'

/** What a tape's file holds, as YAML's failsafe schema has it: every scalar is text. */
export type TapeValue = string | readonly TapeValue[] | TapeMapping
export interface TapeMapping {
  readonly [key: string]: TapeValue
}

/** Octets that belong to a message: whole where they are few, else in a file beside the tape. */
export interface TapeBody {
  readonly size: number
  /** Undefined where they are in a file. */
  readonly octets?: Buffer | undefined
  /** The name of a file beside the tape. */
  readonly file?: string | undefined
  /** `octets` are text with placeholders, which {@link filled} puts secrets into. */
  readonly secrets?: boolean | undefined
}

/** What is to be sent: octets, or a part of a file beside the tape. */
export type Outgoing = readonly (Buffer | { readonly file: string; readonly start: number; readonly size: number })[]

/**
 * A message as it is heard. A small one comes `whole`; one whose body may be large as `begin`, any number of `piece`s and
 * a `finish`, whose message has what the end of the body told.
 */
export type Heard<Message = unknown> =
  | ({ readonly kind: 'whole' | 'begin' | 'finish'; readonly from: Side; readonly message: Message } & Marks)
  | { readonly kind: 'piece'; readonly from: Side; readonly octets: Buffer }

/** On `whole` and `finish`. */
export interface Marks {
  /** Of a server's message: the number of the client's message that it answers, counted from 1. Default: the latest. */
  readonly answers?: number | undefined
  /** Of a server's message: both sides go on under TLS. */
  readonly startTls?: boolean | undefined
  /** Its sender ends the link after it as a matter of course, so that the end is no turn of its own. */
  readonly closes?: boolean | undefined
  /** Of a server's message: nothing in it says where it ends, so that the end of its side is a turn of its own. */
  readonly endless?: boolean | undefined
}

/**
 * Follows one link, octets in and messages out. It never throws: octets that it cannot read are heard as a message too,
 * and all that follows them. The octets that it is given are its to keep.
 */
export interface Follower<Message = unknown> {
  /** A datagram where the link is one of UDP. */
  push(from: Side, octets: Buffer): void
  /** One a call, so that a change of mode can be made between two. A server's message may be what makes it. */
  next(): Heard<Message> | undefined
  /** `from` will send nothing more; what it left unfinished is heard by `next`. */
  end(from: Side): void
  /** Before anything else: somebody plays the server, and tells by `said` what it says. */
  played?(): void
  /** For who plays the server: it has said this, and no octets of it are pushed. */
  said(message: Message): void
  /** For who plays the server: octets of the client that are no message yet, as the one that they are where none follow. */
  readonly unheard?: { readonly message: Message; readonly octets: Buffer } | undefined
  /** Nothing follows what is unheard: `next` has it. */
  giveUp?(): void
  /** The last octets from the client that must not be handed on before the server has answered: after STARTTLS. */
  readonly held: number
  /** TLS is on; what was held is dropped. */
  secured(): void
}

/** What a message is written with. */
export interface TapeWriting {
  /** What stands for a secret from now on, for example `‹secret:password›`. `kind` is lower case, of letters and `-`. */
  hide(kind: string, secret: string): string
  /** Text with placeholders for secrets that are known from elsewhere. What is given to `body` is swept there. */
  sweep(text: string): string
  /** Octets as the file has them, see {@link TapeReading.body}. `type` is a media type, for the name of a file. */
  body(body: TapeBody, type?: string): TapeValue
}

export interface TapeReading {
  /**
   * The octets of a value: text stands for itself in UTF-8, `{lines: …}` is text whose line feeds are CRLF, `{base64: …}`,
   * `{hex: …}`, `{file: …}`.
   *
   * @throws {ProtocolError} for anything else.
   */
  body(value: TapeValue): TapeBody
}

/** A turn of a tape, read. */
export interface Scripted<Message = unknown> {
  readonly message: Message
  readonly body?: TapeBody | undefined
  /** The server ends the link after it. */
  readonly closes?: boolean | undefined
  /** Of a client's message: it did not come whole, since the server answered before that or the client gave up. */
  readonly unfinished?: boolean | undefined
  /** Of a client's message with a body: octets of it that had come when the server answered, where more came after that. */
  readonly answeredAt?: number | undefined
  /** The server only bids the client to go on (`100 Continue`); not said where {@link TapeForm.begun} has said so. */
  readonly goAhead?: boolean | undefined
}

/** Reads the turns of one conversation in their order; what one means may hang on those before. */
export interface TapeReader<Message = unknown> {
  /** @throws {ProtocolError} `smtp: expected …, got …` where a value is no message. */
  read(from: Side, value: TapeValue): Scripted<Message>
}

/** Gives what stands for the secret behind a placeholder: what the client said for it, or a stand-in. */
export type Reveal = (kind: string, number: number) => string

/** What a client is told for whom the tape has nothing. */
export interface Refusal {
  readonly octets?: Buffer | undefined
  readonly link: 'end' | 'reset' | 'goes on'
}

export interface Digester {
  push(octets: Buffer): void
  digest(): string
}

/** Secrets without which a session can be neither recorded nor replayed, as its octets hang on them and never say them. */
interface SessionSecrets<Message = unknown> {
  /** What each is, by its name as `--secret NAME=VARIABLE` has it: `{ password: "the user's password" }`. */
  readonly needs: Readonly<Record<string, string>>
  /** The form that ends such sessions at both sides; `secrets` has all that it needs. */
  with(secrets: ReadonlyMap<string, string>): TapeForm<Message>
}

/** Makes what a server says to the recorded client what the live one is to be told, on one connection. */
export interface TapeFitting<Message = unknown> {
  /** A client has said what the tape has. Gives what it has to be told at once though the tape does not have it. */
  asked(recorded: Message, live: Message): Message | undefined
  /** The server's next message as it is to be said; undefined where it is not. */
  said(message: Message): Message | undefined
}

export interface TapeForm<Message = unknown> {
  /** Of sessions under keys: SSH, SMB, SNMPv3. The form itself is enough to read and write their turns. */
  readonly keyed?: SessionSecrets<Message>
  /**
   * How the turns are found again: a `dialogue` is walked message by message, `exchanges` are looked up by the identity
   * of the client's message, in a `stream` the octets count and not how they were cut.
   */
  kind(transport: 'tcp' | 'udp'): 'dialogue' | 'exchanges' | 'stream'
  /** What can be followed under TLS, for example `http/1.1`. Default: everything. */
  readonly alpn?: readonly string[]
  follow(transport: 'tcp' | 'udp'): Follower<Message>
  /** Why a link on which a side begins with these octets can be no tape; undefined where it can. */
  unrepeatable?(from: Side, start: Buffer): string | undefined
  /**
   * A message as the tape has it, without secrets. Written and read again it gives the same octets but for secrets; where
   * that cannot be, the octets themselves are the value.
   */
  write(message: Message, body: TapeBody | undefined, writing: TapeWriting): TapeValue
  reader(reading: TapeReading, transport: 'tcp' | 'udp'): TapeReader<Message>
  /** A message's octets, lengths put right. */
  encode(scripted: Scripted<Message>, reveal: Reveal): Outgoing
  /** Changes what is said to what was asked: ids are echoed. */
  fit?(octets: Buffer, asked: Message): Buffer
  /** The same of a dialogue, message by message. */
  fitting?(): TapeFitting<Message>
  /**
   * What makes a client's message the same as another, without its volatile parts. Where a secret is, there is `‹›` in
   * both; a placeholder that stands elsewhere is left and matches anything.
   */
  identity(message: Message): string
  /** Other identities that a turn of a tape is found by, from clients that say less. */
  aliases?(message: Message): readonly string[]
  /** Among turns with one identity, one with the same preference is taken first: what a server chooses variants by. */
  preference?(message: Message): string
  /** What is alike in two recordings of one message: all but what the protocol gives anew each time. Default: the value. */
  steady?(from: Side, value: TapeValue): TapeValue
  /** For the identity of a client's body: takes its octets and leaves out what is volatile. Default: SHA-256. */
  digester?(message: Message): Digester | undefined
  /** A client's message has begun, and it may be waiting for this before it goes on. */
  begun?(message: Message): Buffer | undefined
  /** `asked` is undefined where what the client said was no message. `why` is one line of printable text. */
  refuse(asked: Message | undefined, why: string): Refusal
}

const placeholder = /‹(‹secret:)|‹secret:([a-z][a-z0-9-]*)(?::(\d{1,9}))?›/g

export function formatPlaceholder(kind: string, number: number): string {
  return number === 1 ? `‹secret:${kind}›` : `‹secret:${kind}:${number}›`
}

/** Whether a text of a tape has a placeholder. */
export function hasPlaceholder(text: string): boolean {
  return text.includes('‹secret:') && [...text.matchAll(placeholder)].some(([, escaped]) => escaped === undefined)
}

/** Whether a text is a placeholder and nothing else. */
export function isPlaceholder(text: string): boolean {
  return /^‹secret:[a-z][a-z0-9-]*(:\d{1,9})?›$/.test(text)
}

/** Puts in what stands behind placeholders, and takes `‹‹secret:` for the text that it escapes. */
export function fillPlaceholders(text: string, reveal: Reveal): string {
  if (!text.includes('‹secret:')) return text
  return text.replace(placeholder, (_, escaped: string | undefined, kind: string, number: string | undefined) =>
    escaped === undefined ? reveal(kind, Number(number ?? 1)) : escaped,
  )
}

/** A body as it is said: with what stands behind its placeholders. */
export function filled(body: TapeBody, reveal: Reveal): TapeBody {
  if (!body.secrets || body.octets === undefined) return body
  const octets = Buffer.from(fillPlaceholders(body.octets.toString(), reveal))
  return { size: octets.length, octets }
}

/** A body as it is. */
export function outgoing({ octets, file, size }: TapeBody): Outgoing {
  return [octets ?? { file: file!, start: 0, size }]
}

/** Text that was on the wire as a tape may have it: what looks like a placeholder and is none is escaped. */
export function escapePlaceholders(text: string): string {
  return text.includes('‹secret:') ? text.replaceAll('‹secret:', '‹‹secret:') : text
}

// C0 but tab and line feed, DEL, C1, and what readers of YAML or of a terminal take for more than a character.
const unprintable = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/

/** Octets as text of a tape where they are printable UTF-8. A lone CR is not; CRLF is only where it ends every line. */
export function printable(octets: Buffer): string | undefined {
  const text = decode(octets)
  return text === undefined || unprintable.test(text) ? undefined : escapePlaceholders(text)
}

/** Octets as text with each CRLF as a line feed, where they are whole lines of printable UTF-8. */
export function printableLines(octets: Buffer): string | undefined {
  if (octets.length < 2 || octets.at(-1) !== 10 || octets.at(-2) !== 13) return undefined
  const text = decode(octets)
  if (text === undefined || /(?<!\r)\n/.test(text)) return undefined
  const lines = text.replaceAll('\r\n', '\n')
  return unprintable.test(lines) ? undefined : escapePlaceholders(lines)
}

/** Octets of a text, in which each line feed is CRLF on the wire. */
export function octetsOfLines(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(octets: Buffer): string | undefined {
  try {
    return utf8.decode(octets)
  } catch {
    return undefined
  }
}
