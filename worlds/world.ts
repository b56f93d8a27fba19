// What a world is: a clock, the machine that programs run on, people, and hosts with what they serve. All of it is plain
// data, so that a world is a YAML file; a world in TypeScript may say services by code as well.

import type { DnsOptions } from '../fakes/dns.ts'
import type { HttpFolder, HttpOptions } from '../fakes/http.ts'
import type { ImapOptions } from '../fakes/imap/options.ts'
import type { MailStoreOptions } from '../fakes/mail/store.ts'
import type { MailUsersOption } from '../fakes/mail/users.ts'
import type { Pop3Options } from '../fakes/pop3/options.ts'
import type { SmtpOptions } from '../fakes/smtp/options.ts'
import type { BandwidthOptions } from '../faults/bandwidth.ts'
import type { BlackHoleOptions } from '../faults/black-hole.ts'
import type { CorruptOptions } from '../faults/corrupt.ts'
import type { CutOptions } from '../faults/cutting.ts'
import type { DatagramOptions } from '../faults/datagrams.ts'
import type { FirewallOptions } from '../faults/firewall.ts'
import type { LatencyOptions } from '../faults/latency.ts'
import type { SliceOptions } from '../faults/slice.ts'
import type { SlowCloseOptions } from '../faults/slow-close.ts'
import type { FaultTarget } from '../faults/target.ts'
import type { Client } from '../net/network.ts'
import type { ServiceDescription, TlsOptions } from '../net/service.ts'

/** Somebody with an account wherever a service of the world says `users: people`. */
interface Person {
  password: string
  /** At these hosts the account is another. */
  aliases?: readonly Alias[]
}

interface Alias {
  /** A name or address of the host. */
  at: string
  /** Default: the same name as elsewhere. */
  name?: string
  /** Default: the same password as elsewhere. */
  password?: string
}

interface WorldPort {
  port: number
  /** Default: tcp. */
  transport?: 'tcp' | 'udp'
  /** TLS from the first octet on. Default: false. */
  tls?: boolean
}

/** What every service may say. */
export interface CommonOptions {
  /** Instead of the protocol's own; a bare number is TCP without TLS. */
  ports?: readonly (number | WorldPort)[]
}

/** A web site: one of `site`, `folder` and `redirect`. `http()` says what the other options do. */
export interface HttpSite
  extends CommonOptions,
    Pick<HttpFolder, 'index' | 'listing' | 'languages' | 'types'>,
    Pick<HttpOptions, 'tls' | 'codings' | 'unacceptable' | 'unknownHost' | 'faults'> {
  /** A module, beside the world file, whose default export answers requests as the function given to `http()` does. */
  site?: string
  /** A folder, beside the world file, whose files are served. */
  folder?: string
  /** Where every request is sent; `{scheme}`, `{host}` and `{path}` (with the query) are those that were asked for. */
  redirect?: string
  /** The status of the redirect. Default: 301. */
  status?: 301 | 302 | 303 | 307 | 308
  /** Requests without TLS are sent to the same URL with it. Default: false. */
  httpsOnly?: boolean
}

/** A daytime server, of which nothing but its ports can be chosen. */
export type DaytimeService = CommonOptions

/** A name server; `dns()` says what the options do. */
export interface DnsService extends CommonOptions, Pick<DnsOptions, 'recursion' | 'ttl' | 'faults'> {
  /** Zone files' texts by origin. */
  zones?: Readonly<Record<string, string>>
}

/** Options of `smtp()` that are plain data. */
type SmtpData = Omit<SmtpOptions, keyof MailStoreOptions | 'recipient' | 'resolveMx'>

/** A mail server; `smtp()` says what the options do. */
export interface SmtpService extends SmtpData, MailService {}

/** An IMAP server; `imap()` says what the options do. */
export interface ImapService extends Omit<ImapOptions, keyof MailStoreOptions>, MailService {}

/** A POP3 server; `pop3()` says what the options do. */
export interface Pop3Service extends Omit<Pop3Options, keyof MailStoreOptions>, MailService {}

/** What every service with mailboxes may say. */
export interface MailService extends Pick<MailStoreOptions, 'mailboxes'> {
  /** `people`: everybody of the world. Others by login name. */
  users?: 'people' | MailUsersOption
  /** By owner, what is in the mailboxes at the start: a path beside the world file, or mails as texts. */
  mail?: Readonly<Record<string, string | readonly string[]>>
}

/** A service from code. */
export interface RawService {
  /** A module, beside the world file, whose default export gives what `tcp()` or `udp()` takes, for the place it is told. */
  service: string
  port: number
  tls?: TlsOptions | boolean
}

/** A value, or several. */
type Some<T> = T | readonly T[]

/** What a host serves, by protocol. */
interface WorldServices {
  daytime?: Some<DaytimeService | ServiceDescription>
  dns?: Some<DnsService | ServiceDescription>
  http?: Some<HttpSite | ServiceDescription>
  imap?: Some<ImapService | ServiceDescription>
  pop3?: Some<Pop3Service | ServiceDescription>
  smtp?: Some<SmtpService | ServiceDescription>
  tcp?: Some<RawService | ServiceDescription>
  udp?: Some<RawService | ServiceDescription>
}

export interface WorldHost {
  /** IPv4 and IPv6. Default: one of 198.18.0.0/15 that follows from the name. */
  addresses?: readonly string[]
  /** Addresses where its services answer too without being its own. */
  alsoAt?: readonly string[]
  /** Further names; `*.example.org` stands for every name below example.org. */
  names?: readonly string[]
  services?: WorldServices
}

/** A fault: exactly one of these, with its options. The functions of the same names say what they do. */
export interface WorldFault {
  bandwidth?: BandwidthOptions
  blackHole?: BlackHoleOptions
  corrupt?: CorruptOptions
  drop?: DatagramOptions
  duplicate?: DatagramOptions
  expiredCertificate?: FaultTarget
  firewall?: FirewallOptions
  halfClose?: CutOptions
  latency?: LatencyOptions
  oldTls?: FaultTarget
  refuse?: FaultTarget
  reorder?: DatagramOptions
  reset?: CutOptions
  selfSigned?: FaultTarget
  slice?: SliceOptions
  slowClose?: SlowCloseOptions
  startTlsStripped?: FaultTarget
  truncate?: CutOptions
  unknownAuthority?: FaultTarget
  wrongName?: FaultTarget
}

export interface World {
  /** Where the clock starts. Default: 2015-03-15T12:09:16Z. */
  epoch?: string
  /** What all chance follows from. Default: 1. */
  seed?: string | number
  /** The machine that programs run on. */
  client?: Partial<Client>
  /** Ranges in which nothing answers and connections time out. Default: 192.0.2.0/24. */
  blackHoles?: readonly string[]
  /** By the name that they log in with. */
  people?: Readonly<Record<string, Person>>
  /** What goes wrong on links, from the start. */
  faults?: readonly WorldFault[]
  /** By name; one without a name by its address. */
  hosts?: Readonly<Record<string, WorldHost>>
}
