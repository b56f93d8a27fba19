// A message of a mailbox: its octets, and little beside them.

import { withCrlf as inCrlf } from '../../wire/imap/lines.ts'
import { parseDate } from '../../wire/mime/date.ts'
import { decodeRaw } from '../../wire/mime/encoding.ts'
import type { FlagSet } from './flags.ts'
import { ReadableMail } from './readable.ts'

/** A message that is to be put into a mailbox. */
export interface NewMessage {
  /** Octets as they are; of a text every line feed becomes CRLF. */
  content: Uint8Array | string
  /** For example `\Seen`, or a keyword. Default: none. */
  flags?: readonly string[]
  /** When it was received. Default: now, on the network's clock. */
  date?: Date | string | number
}

export class MailMessage extends ReadableMail {
  readonly uid: number
  /** Octets, shared with the copies in other mailboxes. They stay when the message is gone. */
  readonly raw: Buffer
  /** When it was received, in milliseconds of Unix time (RFC 3501 §2.3.3). */
  readonly internalMs: number
  /** Changed by {@link Mailbox.change} alone. */
  flags: FlagSet
  /** Of its last change (RFC 7162). */
  modSeq: number
  // No #names: see ReadableMail.
  private crlf: Buffer | undefined = undefined

  /** By a {@link Mailbox}. */
  constructor(uid: number, raw: Buffer, internalMs: number, flags: FlagSet, modSeq: number) {
    super()
    this.uid = uid
    this.raw = raw
    this.internalMs = internalMs
    this.flags = flags
    this.modSeq = modSeq
  }

  /** The octets with CRLF at the end of every line, as IMAP gives them. */
  get lines(): Buffer {
    return (this.crlf ??= inCrlf(this.raw))
  }

  /** Octets of {@link raw}. */
  get size(): number {
    return this.raw.length
  }

  get internalDate(): Date {
    return new Date(this.internalMs)
  }
}

/** Octets of a message; of a text with every line feed as CRLF. */
export function octetsOf(content: Uint8Array | string): Buffer {
  if (typeof content === 'string') return Buffer.from(content.replace(/\r?\n/g, '\r\n'))
  return Buffer.isBuffer(content) ? content : Buffer.from(content.buffer, content.byteOffset, content.length)
}

/** Octets of a file whose lines may end in line feeds alone. */
export function withCrlf(octets: Buffer): Buffer {
  if (octets.indexOf('\r\n') >= 0 || octets.indexOf(0x0a) < 0) return octets
  return Buffer.from(octets.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}

/** Octets of a header that are looked at for its date. */
const maxHeader = 64 * 1024
const dateField = /(?:^|\n)date[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)/i

/** What the mail's own Date field says, in milliseconds of Unix time. */
export function dateOf(raw: Buffer): number | undefined {
  const end = raw.indexOf('\r\n\r\n')
  const header = raw.toString('latin1', 0, Math.min(end < 0 ? raw.length : end, maxHeader))
  const found = dateField.exec(header)?.[1]
  return found === undefined
    ? undefined
    : parseDate(decodeRaw(Buffer.from(found, 'latin1')).replace(/\s+/g, ' '))?.getTime()
}
