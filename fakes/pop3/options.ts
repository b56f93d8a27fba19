// What `pop3()` can be told, and what a test may look at.

import type { Duration } from '../../net/duration.ts'
import type { TlsOptions } from '../../net/service.ts'
import type { CountedFault } from '../fault-counts.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { MailStoreOptions } from '../mail/store.ts'
import type { MailUsersOption } from '../mail/users.ts'
import type { Pop3Moment } from './moments.ts'

export interface Pop3Port {
  port: number
  /** TLS from the first octet on. Default: on 995. */
  tls?: boolean
  /** What becomes of STLS; `required` before every login. Default: offered. */
  stls?: 'none' | 'offered' | 'required'
}

/** Something that goes wrong on cue: with nothing of what follows the command is not answered. */
export interface Pop3Fault extends CountedFault {
  at: Pop3Moment
  /** Said instead, for example `-ERR [SYS/TEMP] try again`. The command is not carried out. */
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

export interface Pop3Options extends MailStoreOptions {
  /** What it calls itself. Default: the host's name. */
  name?: string
  /** Default: 110 and 995. */
  ports?: readonly (number | Pop3Port)[]
  /** By login name, with the password or more. Default: those of the other mail services of the host; where there are none, nobody is asked who they are. */
  users?: MailUsersOption
  /**
   * In the order in which CAPA lists them; what is not listed is not there. Default: TOP, UIDL, RESP-CODES,
   * AUTH-RESP-CODE, PIPELINING, STLS, USER, SASL, EXPIRE NEVER.
   */
  capabilities?: readonly string[]
  /**
   * As CAPA lists them behind SASL: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2, OAUTHBEARER, EXTERNAL (by
   * the name in the client's certificate, see `tls`); others are said and refused. SCRAM needs users. Default: PLAIN.
   */
  mechanisms?: readonly string[]
  /** Whether the greeting has what APOP needs. Default: true. */
  apop?: boolean
  /** Refused commands of one connection, after which it ends. Default: 20. */
  maxErrors?: number
  /** Ends connections on which nothing is said for so long, without a word and without deleting anything. Default: 10m. */
  idleTimeout?: Duration
  /** Versions, certificates, and whether clients have to show one. */
  tls?: TlsOptions
  /** Things that go wrong; {@link Pop3State.faults} takes more later. */
  faults?: readonly Pop3Fault[]
}

/** What a test may look at. */
export interface Pop3State {
  /** A mailbox of a user, by login name; of an address where there are no users. Default: INBOX, which is the maildrop. */
  mailbox(user: string, name?: string): Mailbox
  /** A test may add faults and take them away. */
  readonly faults: Pop3Fault[]
  /** Adds a fault until the guard is disposed. */
  fault(fault: Pop3Fault): Disposable
  /** Who logged in, or tried to, in order, the last 1000. */
  readonly logins: readonly { user: string; mechanism: string; ok: boolean }[]
}
