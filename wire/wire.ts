// What a protocol's wire offers to whoever looks at both directions of a link: traces, tapes, the web page.

import type { Side } from './decoder.ts'

/** One message as it crossed, with the line that a person reads. */
export interface Turn<Message = unknown> {
  from: Side
  message: Message
  /** One line, or several for a message with a body. */
  text: string
}

/**
 * Follows one link. Whether octets are a command or the body of a mail depends on what the other side said before, so
 * both directions go through one object, in the order in which they crossed.
 *
 * It never throws: octets that it cannot read come back as a turn whose text says so.
 */
export interface Conversation<Message = unknown> {
  push(from: Side, chunk: Uint8Array): Turn<Message>[]
  /** `from` will send nothing more; what was left unfinished is given as a turn. */
  end(from: Side): Turn<Message>[]
}

export interface Wire<Message = unknown> {
  /**
   * Follows a TCP connection, or one flow of datagrams where every `push` is one datagram. Where it is joined when it has
   * begun, `lastSaid` is the end of what the server has said, as latin1.
   */
  conversation(transport: 'tcp' | 'udp', lastSaid?: string): Conversation<Message>
}

/** Octets without a protocol, as lines where they are text and as hexadecimal where they are not. */
export function describeBytes(bytes: Uint8Array, limit = 2048): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, limit))
  const text = textOf(shown, bytes.length > limit)
  const more = bytes.length > limit ? `\n… ${bytes.length - limit} octets more` : ''
  if (text !== undefined && /^[\t\n\r\x20-\x7e\u{a0}-\u{10ffff}]*$/u.test(text)) {
    return text.replace(/\r?\n$/, '') + more
  }
  return `${bytes.length} octets: ${shown
    .subarray(0, 64)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ')}${shown.length > 64 ? ' …' : ''}`
}

/** UTF-8, of which a cut may have taken the end of the last character. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}
