// A mail as it was accepted: the envelope that SMTP said, the octets, and what MIME says is in them, read when asked for.

import { formatDate } from '../../wire/mime/date.ts'
import type { SmtpPath } from '../../wire/smtp/path.ts'
import { ReadableMail } from '../mail/readable.ts'
import type { Transaction } from './session.ts'

export interface EnvelopeRecipient {
  address: string
  /** RFC 3461: `NEVER`, or some of `SUCCESS,FAILURE,DELAY`. */
  notify?: string
  /** RFC 3461: `type;address` as the first sender knew it. */
  orcpt?: string
}

/** What was said outside of the mail itself. */
export interface Envelope {
  /** Empty for a bounce, whose sender is `<>`. */
  from: string
  to: readonly EnvelopeRecipient[]
  body?: string
  smtpUtf8: boolean
  ret?: string
  envid?: string
}

/** What a message keeps of how it came; everything else is made of it when it is asked for. */
export interface Arrival {
  id: string
  transaction: Pick<Transaction, 'from' | 'recipients' | 'body' | 'smtpUtf8' | 'ret' | 'envid'>
  receivedMs: number
  /** Empty for a mail of the server's own. */
  client: string
  hello: string
  extended: boolean
  user: string | undefined
  secure: boolean
  server: { readonly name: string; readonly envelopeHeaders: boolean }
}

export class SmtpMessage extends ReadableMail {
  /** The server's own name for it. */
  readonly id: string
  /** Octets as they lie in a mailbox: Return-Path and Received before what the client sent. */
  readonly raw: Buffer
  /** Octets as the client sent them. */
  readonly content: Buffer
  /** The client's address, what it called itself, who logged in, and whether all of it went over TLS. */
  readonly client: string
  readonly hello: string
  readonly user: string | undefined
  readonly secure: boolean
  /** In milliseconds of Unix time, on the network's clock. */
  readonly receivedMs: number
  // No #names: see ReadableMail.
  private readonly arrival: Arrival
  private said: Envelope | undefined

  /** @param content what the client sent; it is copied */
  constructor(arrival: Arrival, content: Uint8Array) {
    super()
    this.id = arrival.id
    const trace = Buffer.from(returnPath(arrival) + traceOf(arrival), 'latin1')
    this.raw = Buffer.concat([trace, content])
    this.content = this.raw.subarray(trace.length)
    this.client = arrival.client
    this.hello = arrival.hello
    this.user = arrival.user
    this.secure = arrival.secure
    this.receivedMs = arrival.receivedMs
    this.arrival = arrival
  }

  /** On the network's clock. */
  get received(): Date {
    return new Date(this.receivedMs)
  }

  get envelope(): Envelope {
    this.said ??= envelopeOf(this.arrival)
    return this.said
  }

  /** The envelope's sender. */
  get from(): string {
    return this.envelope.from
  }

  /** The same in its parts. */
  get sender(): SmtpPath {
    return this.arrival.transaction.from
  }

  /** The envelope's recipients. */
  get to(): string[] {
    return this.envelope.to.map(({ address }) => address)
  }

  /** Octets for the next host: with Received, without Return-Path (RFC 5321 §4.4). */
  get relayed(): Buffer {
    return this.raw.subarray(returnPath(this.arrival).length)
  }
}

function envelopeOf({ transaction: { from, recipients, body, smtpUtf8, ret, envid } }: Arrival): Envelope {
  return {
    from: from.address,
    to: recipients.map(({ path, notify, orcpt }) => ({
      address: path.address,
      ...(notify === undefined ? {} : { notify }),
      ...(orcpt === undefined ? {} : { orcpt }),
    })),
    smtpUtf8,
    ...(body === undefined ? {} : { body }),
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
  }
}

const utf8 = (text: string) => (/[^\x00-\x7f]/.test(text) ? Buffer.from(text).toString('latin1') : text)

function returnPath({ transaction }: Arrival): string {
  return `Return-Path: <${utf8(transaction.from.address)}>\r\n`
}

/** The other header fields that the server adds (RFC 5321 §4.4). */
function traceOf({ id, transaction, receivedMs, client, hello, extended, user, secure, server }: Arrival): string {
  const { recipients, smtpUtf8 } = transaction
  const date = formatDate(new Date(receivedMs))
  // RFC 3848 and RFC 6531 §3.7.3.
  const esmtp = smtpUtf8 ? 'UTF8SMTP' : 'ESMTP'
  const transport = extended ? `${esmtp}${secure ? 'S' : ''}${user === undefined ? '' : 'A'}` : 'SMTP'
  // With several recipients naming one would tell it to the others (RFC 5321 §7.6).
  const only = recipients.length === 1 ? `\r\n\tfor <${utf8(recipients[0]!.path.address)}>` : ''
  let lines = ''
  if (server.envelopeHeaders) {
    lines += `Envelope-to: ${recipients.map(({ path }) => utf8(path.address)).join(',\r\n\t')}\r\n`
    lines += `Delivery-date: ${date}\r\n`
  }
  if (client === '') return `${lines}Received: by ${server.name} id ${id};\r\n\t${date}\r\n`
  lines += `Received: from ${hello} ([${client}])\r\n`
  return `${lines}\tby ${server.name} with ${transport} id ${id}${only};\r\n\t${date}\r\n`
}
