// What `smtp()` can be told, and what a test may look at.

import type { Duration } from '../../net/duration.ts'
import type { TlsOptions } from '../../net/service.ts'
import type { SmtpPath } from '../../wire/smtp/path.ts'
import type { CountedFault } from '../fault-counts.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { MailStoreOptions } from '../mail/store.ts'
import type { MailUsersOption } from '../mail/users.ts'
import type { SmtpMessage } from './message.ts'
import type { SmtpMoment } from './moments.ts'
import type { QueuedMail } from './queue.ts'
import type { ResolveMx } from './route.ts'

export interface SmtpPort {
  port: number
  /** TLS from the first octet on. Default: on 465. */
  tls?: boolean
  /** Default: offered, and on 587 required where there are users. */
  startTls?: 'none' | 'offered' | 'required'
  /** Default: none on 25; elsewhere required where there are users, else offered. */
  auth?: 'none' | 'offered' | 'required'
}

export type SmtpExtension =
  | 'PIPELINING'
  | 'SIZE'
  | 'STARTTLS'
  | 'AUTH'
  | 'ENHANCEDSTATUSCODES'
  | '8BITMIME'
  | 'BINARYMIME'
  | 'CHUNKING'
  | 'DSN'
  | 'SMTPUTF8'

/** Something that goes wrong on cue: with nothing of what follows the command is not answered. */
export interface SmtpFault extends CountedFault {
  at: SmtpMoment
  /** Said instead, for example `451 4.3.0 try again`. A code of 421 also ends the link. */
  reply?: string
  /** Octets instead of a reply, text as latin1. */
  raw?: string | Uint8Array
  /**
   * Ends the link, in order or by a TCP reset, without a word or after `reply` or `raw`. `silence` leaves it open.
   */
  drop?: 'end' | 'reset' | 'silence'
  /** How long the reply is held back, on the network's clock; alone it is the usual one. */
  delay?: Duration
}

/** How much may come within a window of the network's clock. */
export interface SmtpRateLimit {
  /** `messages` are counted by MAIL, `recipients` by RCPT, refused ones too. Default: messages. */
  of?: 'messages' | 'recipients' | 'connections'
  /** Whose: of one address, of one envelope sender, of one who has logged in. Default: client. */
  by?: 'client' | 'sender' | 'user'
  most: number
  /** Default: 1m. */
  per?: Duration
  /** Default: `450 4.7.1 …`, of connections `421 4.7.0 …`. A code of 421 also ends the link. */
  reply?: string
}

/** A recipient that somebody named, and who did. */
interface RecipientQuestion {
  from: string
  to: string
  recipient: SmtpPath
  /** The client's address. */
  client: string
  /** Who logged in. */
  user: string | undefined
}

/** The reply to refuse a recipient by, or undefined. */
export type RecipientRule = (question: RecipientQuestion) => string | undefined | Promise<string | undefined>

export interface SmtpOptions extends MailStoreOptions {
  /** What it calls itself. Default: the host's name. */
  name?: string
  /** Default: 25, 587 and 465. */
  ports?: readonly (number | SmtpPort)[]
  /** How it speaks: `gsmtp` as Google's servers do. Default: plain. */
  style?: 'plain' | 'gsmtp'
  /** By login name, with the password or more. Default: nobody is asked who they are, and every name is known. */
  users?: MailUsersOption
  /**
   * Whose mail is kept here. Default: every domain where there are no users, else the host's names and the domains
   * above them.
   */
  domains?: readonly string[]
  /** Ranges of client addresses for which mail to other domains is taken; who logged in may always. */
  relayFor?: readonly string[]
  /** What ends the name of a user in a local part: `ada+shop` is ada's. Any of several characters; empty: nothing does. Default: +. */
  recipientDelimiter?: string
  /** How relayed mail finds its host. Default: by the network's DNS, then by the name's addresses. */
  resolveMx?: ResolveMx
  /** Adds `Envelope-to` and `Delivery-date` as Exim does. Default: false. */
  envelopeHeaders?: boolean
  /** In the order in which EHLO lists them. Default: all but BINARYMIME. */
  extensions?: readonly SmtpExtension[]
  /**
   * As AUTH lists them: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2, OAUTHBEARER, EXTERNAL (by the name in
   * the client's certificate, see `tls`); others are said and refused. SCRAM needs users. Default: PLAIN, LOGIN, CRAM-MD5,
   * XOAUTH2.
   */
  mechanisms?: readonly string[]
  /** Octets of one mail. Default: 35882577. */
  maxBytes?: number
  /** Recipients of one mail; further ones get 452 4.5.3. Default: 1000. */
  maxRecipients?: number
  /** Refused commands of one connection, after which it ends by 421. Default: 20. */
  maxErrors?: number
  /** Ends connections on which nothing is said for so long. Default: 5m. */
  idleTimeout?: Duration
  /** Versions, certificates, and whether clients have to show one. */
  tls?: TlsOptions
  /** For how long a new sender, recipient and client are told 451 4.7.1. Default: not at all. */
  greylist?: Duration
  /** Default: none. */
  rateLimits?: readonly SmtpRateLimit[]
  /**
   * Whether VRFY and EXPN name mailboxes. Default: false; VRFY answers 252, or as RCPT would refuse, and EXPN 502.
   */
  vrfy?: boolean
  /** The last word on a recipient, by address or by a function: a reply to refuse by, such as `550 5.7.1 not today`. */
  recipient?: Readonly<Record<string, string>> | RecipientRule
  /** Things that go wrong; {@link SmtpState.faults} takes more later. */
  faults?: readonly SmtpFault[]
  /** Mails that {@link SmtpState.delivered} keeps, and of those that came by SMTP a mailbox; the oldest make room. Default: 10000. */
  keep?: number
}

/** What a test may look at. */
export interface SmtpState {
  /** Mails that were accepted, for here or for elsewhere, the last `keep` of them. */
  readonly delivered: SmtpMessage[]
  /** What is on its way to other hosts, or went there, or could not. */
  readonly queue: readonly QueuedMail[]
  /** A test may add faults and take them away. */
  readonly faults: SmtpFault[]
  /** Adds a fault until the guard is disposed. */
  fault(fault: SmtpFault): Disposable
  /** Who logged in, in order, the last 1000. */
  readonly logins: readonly { user: string; mechanism: string; ok: boolean }[]
  /** A mailbox of a user, by login name; of an address where there are no users. Default: INBOX. */
  mailbox(user: string, name?: string): Mailbox
  /** Settles when no mail of the queue is being tried just now. */
  queueSettled(): Promise<void>
}
