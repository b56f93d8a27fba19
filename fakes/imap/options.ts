// What `imap()` can be told, and what a test may look at.

import type { Duration } from '../../net/duration.ts'
import type { TlsOptions } from '../../net/service.ts'
import type { CountedFault } from '../fault-counts.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { MailStoreOptions } from '../mail/store.ts'
import type { MailUsersOption } from '../mail/users.ts'
import type { ImapMoment } from './moments.ts'

export interface ImapPort {
  port: number
  /** TLS from the first octet on. Default: on 993. */
  tls?: boolean
  /** What becomes of STARTTLS; `required` before every login. Default: offered. */
  startTls?: 'none' | 'offered' | 'required'
}

/** Something that goes wrong on cue: with nothing of what follows the command is not answered. */
export interface ImapFault extends CountedFault {
  at: ImapMoment
  /**
   * Said instead: `NO [UNAVAILABLE] try again` with the command's tag, or what begins with `*` or `+` as it stands. The
   * command is not carried out. After `* BYE` the link ends unless `drop` says otherwise.
   */
  reply?: string
  /** Octets instead of a reply, text as latin1. */
  raw?: string | Uint8Array
  /** The usual response up to the middle of its first literal, or of the whole; then the link ends as `drop` says. */
  cut?: boolean
  /** Ends the link, in order or by a TCP reset, without a word or after what else is said. `silence` leaves it open. */
  drop?: 'end' | 'reset' | 'silence'
  /** How long the reply is held back, on the network's clock; alone it is the usual one. */
  delay?: Duration
}

export interface ImapOptions extends MailStoreOptions {
  /** What it calls itself. Default: the host's name. */
  name?: string
  /** Of the greeting. Default: the name and `IMAP4rev1 ready`. */
  greeting?: string
  /** Default: 143 and 993. */
  ports?: readonly (number | ImapPort)[]
  /** By login name, with the password or more. Default: those of the other mail services of the host; where there are none, nobody is asked who they are. */
  users?: MailUsersOption
  /** Capabilities that it has not, and what they bring with them: IDLE, MOVE, LITERAL+, CONDSTORE… Default: none. */
  without?: readonly string[]
  /** Whether LOGIN is refused, so that AUTHENTICATE is the only way. Default: false. */
  loginDisabled?: boolean
  /**
   * As CAPABILITY lists them behind AUTH=: PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256, XOAUTH2, OAUTHBEARER, EXTERNAL
   * (by the name in the client's certificate, see `tls`); others are said and refused. SCRAM needs users. Default: PLAIN.
   */
  mechanisms?: readonly string[]
  /** Octets of a mail that is appended; beyond them NO [TOOBIG]. Default: 64 MiB. */
  maxBytes?: number
  /** Octets of a command without its literals. Default: 256 KiB. */
  maxLine?: number
  /** Commands in a row that make no sense, after which the connection ends. Default: 20. */
  maxErrors?: number
  /** Ends connections on which nothing is said for so long, also in IDLE. Default: 30m (RFC 3501 §5.4). */
  idleTimeout?: Duration
  /** How often a client in IDLE is told that the server is still there. Default: 2m. */
  stillHere?: Duration
  /** Versions, certificates, and whether clients have to show one. */
  tls?: TlsOptions
  /** Things that go wrong; {@link ImapState.faults} takes more later. */
  faults?: readonly ImapFault[]
}

/** What a test may look at. */
export interface ImapState {
  /** A mailbox of a user, by login name; of an address where there are no users. Default: INBOX. */
  mailbox(user: string, name?: string): Mailbox
  /** A test may add faults and take them away. */
  readonly faults: ImapFault[]
  /** Adds a fault until the guard is disposed. */
  fault(fault: ImapFault): Disposable
  /** Who logged in, or tried to, in order, the last 1000. */
  readonly logins: readonly { user: string; mechanism: string; ok: boolean }[]
}
