// A mail as it was accepted: the envelope that SMTP said, the octets, and what MIME says is in them, read when asked for.

import { formatDate } from '../../wire/mime/date.ts'
import type { Entity, HeaderField } from '../../wire/mime/entity.ts'
import { type Attachment, Mail } from '../../wire/mime/mail.ts'
import type { SmtpSession, Transaction } from './session.ts'

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

interface Accepted {
  id: string
  transaction: Transaction
  content: Buffer
  trace: { returnPath: string; others: string }
  received: Date
  client: string
  hello: string
  user: string | undefined
  secure: boolean
}

export class SmtpMessage {
  /** The server's own name for it. */
  readonly id: string
  readonly envelope: Envelope
  /** Octets as the client sent them. */
  readonly content: Buffer
  /** On the network's clock. */
  readonly received: Date
  /** The client's address, what it called itself, who logged in, and whether all of it went over TLS. */
  readonly client: string
  readonly hello: string
  readonly user: string | undefined
  readonly secure: boolean
  // No #names: test runners show a difference on copies that have the prototype but were not made by the class.
  private readonly trace: { returnPath: string; others: string }
  private whole: Buffer | undefined
  private mail: Mail | undefined

  constructor({ id, transaction, content, trace, received, client, hello, user, secure }: Accepted) {
    this.id = id
    this.content = content
    this.received = received
    this.client = client
    this.hello = hello
    this.user = user
    this.secure = secure
    this.trace = trace
    const { from, recipients, body, smtpUtf8, ret, envid } = transaction
    this.envelope = {
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

  /** The envelope's sender. */
  get from(): string {
    return this.envelope.from
  }

  /** The envelope's recipients. */
  get to(): string[] {
    return this.envelope.to.map(({ address }) => address)
  }

  /** Octets as they lie in a mailbox: Return-Path and Received before what the client sent. */
  get raw(): Buffer {
    this.whole ??= Buffer.concat([Buffer.from(this.trace.returnPath + this.trace.others, 'latin1'), this.content])
    return this.whole
  }

  /** Octets for the next host: with Received, without Return-Path (RFC 5321 §4.4). */
  get relayed(): Buffer {
    return Buffer.concat([Buffer.from(this.trace.others, 'latin1'), this.content])
  }

  /** Every field of the header in order, decoded; those of this server first. */
  get headers(): readonly HeaderField[] {
    return this.read().headers
  }

  /** The decoded text of the first field of a name, in any case. */
  header(name: string): string | undefined {
    return this.read().header(name)
  }

  get subject(): string | undefined {
    return this.header('subject')
  }

  /** As the mail says. */
  get date(): Date | undefined {
    return this.read().date
  }

  /** The plain text, decoded, with line feeds and without the line end that closes it. */
  get text(): string | undefined {
    return this.read().text
  }

  get html(): string | undefined {
    return this.read().html
  }

  get attachments(): readonly Attachment[] {
    return this.read().attachments
  }

  /** The mail's MIME structure. */
  get parts(): readonly Entity[] {
    return this.read().entity.parts
  }

  private read(): Mail {
    this.mail ??= new Mail(this.raw)
    return this.mail
  }
}

/** The header fields that the server adds (RFC 5321 §4.4). */
export function traceOf(
  session: SmtpSession,
  { from, recipients, smtpUtf8 }: Transaction,
  id: string,
): { returnPath: string; others: string } {
  const { server, peer, hello, extended, secure, user } = session
  const now = formatDate(server.clock.date())
  // RFC 3848 and RFC 6531 §3.7.3.
  const esmtp = smtpUtf8 ? 'UTF8SMTP' : 'ESMTP'
  const transport = extended ? `${esmtp}${secure ? 'S' : ''}${user === undefined ? '' : 'A'}` : 'SMTP'
  const utf8 = (text: string) => (/[^\x00-\x7f]/.test(text) ? Buffer.from(text).toString('latin1') : text)
  // With several recipients naming one would tell it to the others (RFC 5321 §7.6).
  const only = recipients.length === 1 ? `\r\n\tfor <${utf8(recipients[0]!.path.address)}>` : ''
  let others = ''
  if (server.envelopeHeaders) {
    others += `Envelope-to: ${recipients.map(({ path }) => utf8(path.address)).join(',\r\n\t')}\r\n`
    others += `Delivery-date: ${now}\r\n`
  }
  others += `Received: from ${hello} ([${peer.address}])\r\n\tby ${server.name} with ${transport} id ${id}${only};\r\n\t${now}\r\n`
  return { returnPath: `Return-Path: <${utf8(from.address)}>\r\n`, others }
}
