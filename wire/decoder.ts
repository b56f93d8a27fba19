// What every protocol's decoder looks like: octets go in by one call, messages come out by another, and nothing waits.

/** Which end of a link octets come from. */
export type Side = 'client' | 'server'

/**
 * Turns a stream of octets into messages.
 *
 * `next()` gives one message a call, so that a change of mode (SMTP's DATA, an HTTP body, STARTTLS) can be made
 * between two calls. It throws {@link ProtocolError} for octets that no message can begin with and for messages
 * beyond the size limit; after that the decoder is spent.
 */
export interface Decoder<Message> {
  push(chunk: Uint8Array): void
  next(): Message | undefined
  /** No more octets will come. Throws if they ended inside a message. */
  end(): void
  /** Takes what has been pushed and not been read as a message. */
  rest(): Uint8Array
}

export interface ProtocolErrorOptions {
  /** Where in the message or stream, in octets. */
  offset?: number
  /** The rule that was broken, for example `RFC 5321 §4.5.3.1.4`. */
  section?: string
  cause?: unknown
}

/** The peer broke the protocol's rules. The message reads `protocol: expected what, got excerpt`. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly protocol: string
  readonly offset: number | undefined
  readonly section: string | undefined

  constructor(protocol: string, problem: string, options: ProtocolErrorOptions = {}) {
    super(`${protocol}: ${problem}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.protocol = protocol
    this.offset = options.offset
    this.section = options.section
  }
}

/** At most `limit` octets as a person can read them, for error messages. */
export function excerpt(bytes: Uint8Array, limit = 40): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, limit)).toString('latin1')
  return JSON.stringify(text) + (bytes.length > limit ? '…' : '')
}
