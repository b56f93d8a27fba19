// The public API of backlot; nothing else is public.

import type { Capture, CaptureOptions } from './capture/pcapng.ts'
import type { MailingLog, MailingLogOptions } from './clients/mailing-log.ts'
import type { DaytimeOptions, DaytimeState } from './fakes/daytime.ts'
import type { DnsOptions, DnsState } from './fakes/dns.ts'
import type { HttpBehaviour, HttpOptions, HttpState } from './fakes/http.ts'
import type { ImapOptions, ImapState } from './fakes/imap.ts'
import type { Pop3Options, Pop3State } from './fakes/pop3.ts'
import type { SmtpOptions, SmtpState } from './fakes/smtp.ts'
import type { TcpBehaviour, TcpOptions, TcpState } from './fakes/tcp.ts'
import type { UdpBehaviour, UdpOptions, UdpState } from './fakes/udp.ts'
import type { Network, NetworkOptions } from './net/network.ts'
import type { ServiceDescription } from './net/service.ts'
import type { World } from './worlds/world.ts'

export type { Capture, CaptureOptions } from './capture/pcapng.ts'
export type { LogRecord, MailingLog, MailingLogError, MailingLogOptions } from './clients/mailing-log.ts'
export type { DaytimeOptions, DaytimeState } from './fakes/daytime.ts'
export type { DnsAnswer, DnsBehaviour, DnsFault, DnsOptions, DnsQuery, DnsState, ZoneRecord } from './fakes/dns.ts'
export type {
  HttpBehaviour,
  HttpFault,
  HttpFolder,
  HttpFunction,
  HttpInfo,
  HttpMatch,
  HttpOptions,
  HttpReply,
  HttpSeen,
  HttpState,
} from './fakes/http.ts'
export type { ImapFault, ImapOptions, ImapState } from './fakes/imap.ts'
export type { Mailbox, MailboxEvent } from './fakes/mail/mailbox.ts'
export type { MailMessage, NewMessage } from './fakes/mail/message.ts'
export type { MailSeeds, SeedMail } from './fakes/mail/store.ts'
export type { MailUser } from './fakes/mail/users.ts'
export type { Pop3Fault, Pop3Options, Pop3State } from './fakes/pop3.ts'
export type { SmtpFault, SmtpOptions, SmtpState } from './fakes/smtp.ts'
export type { TcpBehaviour, TcpConnection, TcpOptions, TcpRules, TcpState } from './fakes/tcp.ts'
export type { DatagramInfo, UdpBehaviour, UdpOptions, UdpState } from './fakes/udp.ts'
export { type BandwidthOptions, bandwidth } from './faults/bandwidth.ts'
export { type BlackHoleOptions, blackHole } from './faults/black-hole.ts'
export { expiredCertificate, oldTls, selfSigned, unknownAuthority, wrongName } from './faults/certificates.ts'
export { type CorruptOptions, corrupt } from './faults/corrupt.ts'
export type { CutOptions } from './faults/cutting.ts'
export type { DatagramOptions } from './faults/datagrams.ts'
export type { DelayTime } from './faults/delay-line.ts'
export { drop } from './faults/drop.ts'
export { duplicate } from './faults/duplicate.ts'
export {
  type FirewallAction,
  type FirewallDirection,
  type FirewallOptions,
  type FirewallRule,
  firewall,
} from './faults/firewall.ts'
export { halfClose } from './faults/half-close.ts'
export { type LatencyOptions, latency } from './faults/latency.ts'
export type { Moment } from './faults/moment.ts'
export { refuse } from './faults/refuse.ts'
export { reorder } from './faults/reorder.ts'
export { reset } from './faults/reset.ts'
export { type SliceOptions, slice } from './faults/slice.ts'
export { type SlowCloseOptions, slowClose } from './faults/slow-close.ts'
export { startTlsStripped } from './faults/start-tls-stripped.ts'
export type { FaultPlace, FaultTarget } from './faults/target.ts'
export { truncate } from './faults/truncate.ts'
export type { CertificateOptions } from './net/authority.ts'
export { NetworkError, type NetworkErrorCode, OfflineError, UsageError } from './net/errors.ts'
export type { Fault, FaultGuard } from './net/fault.ts'
export type { Host, HostOptions } from './net/host.ts'
export type { Ending, Link, Tap, TlsState } from './net/link.ts'
export type { Client, Network, NetworkOptions, Reach } from './net/network.ts'
export type { Fake, Placed, PlacedPort, ServiceDescription, ServicePort, Site, TlsOptions } from './net/service.ts'
export { ProtocolError, type Side } from './wire/decoder.ts'
export type { World } from './worlds/world.ts'

/**
 * Opens a network: one isolated fake Internet with its own names, addresses, clock, chance and authority.
 *
 * @example
 * await using network = await createNetwork({ seed: 7 })
 * const time = await network.host('time.example', { daytime: daytime() })
 */
export async function createNetwork(options: NetworkOptions = {}): Promise<Network> {
  const { Network } = await import('./net/network.ts')
  const network = new Network(options)
  network.provideResolver(dns())
  return network
}

/** A daytime server (RFC 867), ports 13 over TCP and UDP. */
export function daytime(options: DaytimeOptions = {}): ServiceDescription<DaytimeState> {
  return { protocol: 'daytime', load: async () => (await import('./fakes/daytime.ts')).createDaytime(options) }
}

/**
 * A name server, port 53 over UDP and TCP: authoritative for the zones that it is given, else a resolver that knows the
 * network's hosts and the zones of its other name servers.
 *
 * @example
 * const ns = await network.host('ns1.example.org', { dns: dns({ zones: { 'example.org': 'www A 192.0.2.1' } }) })
 */
export function dns(options: DnsOptions = {}): ServiceDescription<DnsState> {
  return { protocol: 'dns', load: async () => (await import('./fakes/dns.ts')).createDns(options) }
}

/**
 * A web site (HTTP/1.1), ports 80 and 443. Sites on one address are told apart by Host.
 *
 * @example
 * await network.host('prices.example', { http: http(request => Response.json({ path: new URL(request.url).pathname })) })
 */
export function http(behaviour: HttpBehaviour, options: HttpOptions = {}): ServiceDescription<HttpState> {
  return { protocol: 'http', load: async () => (await import('./fakes/http.ts')).createHttp(behaviour, options) }
}

/**
 * An IMAP4rev1 server (RFC 3501) for the mailboxes of its host, ports 143 and 993. Users and mail may come from an `smtp()`
 * of the same host.
 *
 * @example
 * const { imap: mail } = await network.host('mail.example.net', { smtp: smtp({ users: { ada: 'lovelace' } }), imap: imap() })
 * mail.mailbox('ada', 'Sent').messages
 */
export function imap(options: ImapOptions = {}): ServiceDescription<ImapState> {
  return { protocol: 'imap', load: async () => (await import('./fakes/imap.ts')).createImap(options) }
}

/**
 * A POP3 server (RFC 1939) for the mailboxes of its host, ports 110 and 995. Users and mail may come from an `smtp()` of
 * the same host.
 *
 * @example
 * await network.host('mail.example.net', { mail: smtp({ users: { ada: 'lovelace' } }), pop: pop3() })
 */
export function pop3(options: Pop3Options = {}): ServiceDescription<Pop3State> {
  return { protocol: 'pop3', load: async () => (await import('./fakes/pop3.ts')).createPop3(options) }
}

/**
 * An SMTP server (RFC 5321) with mailboxes and a queue that relays: ports 25, 587 and 465. Without options it takes every
 * mail from everybody.
 *
 * @example
 * const { mail } = await network.host('mx.example.net', { mail: smtp({ users: { ada: 'lovelace' } }) })
 * mail.delivered[0]?.subject
 */
export function smtp(options: SmtpOptions = {}): ServiceDescription<SmtpState> {
  return { protocol: 'smtp', load: async () => (await import('./fakes/smtp.ts')).createSmtp(options) }
}

/**
 * A TCP service from code, for what has no protocol here.
 *
 * @example
 * tcp({ greeting: 'who is there?\n', delimiter: '\n', answer: name => `hello ${name}` }, { port: 4040 })
 * tcp(async connection => {
 *   for await (const chunk of connection) await connection.write(chunk)
 * }, { port: 7 })
 */
export function tcp(behaviour: TcpBehaviour, options: TcpOptions): ServiceDescription<TcpState> {
  return { protocol: 'tcp', load: async () => (await import('./fakes/tcp.ts')).createTcp(behaviour, options) }
}

/**
 * A UDP service from code, for what has no protocol here.
 *
 * @example
 * udp(message => message, { port: 7 })
 */
export function udp(behaviour: UdpBehaviour, options: UdpOptions): ServiceDescription<UdpState> {
  return { protocol: 'udp', load: async () => (await import('./fakes/udp.ts')).createUdp(behaviour, options) }
}

/** A world as a file of TypeScript gives it; it is there for its type. `export default defineWorld({ hosts: { … } })` */
export function defineWorld(world: World): World {
  return world
}

/**
 * Writes what crosses a network's links from now on into a pcapng file that Wireshark opens, with what decrypts TLS
 * inside. Disposing it ends the file.
 *
 * @throws {UsageError} where the file cannot be written or an option is wrong.
 *
 * @example
 * await using capture = await capturePcapng(network, { file: 'mail.pcapng' })
 */
export async function capturePcapng(network: Network, options: CaptureOptions): Promise<Capture> {
  return (await import('./capture/pcapng.ts')).capturePcapng(network, options)
}

/**
 * A log for programs of Node that mails itself: a stream that gathers records and sends ten, or as many as it is told, by
 * SMTP, and the rest when it is closed. Records that cannot be mailed are kept, tried again, and at last raised.
 *
 * @throws {UsageError} where an option is wrong.
 *
 * @example
 * await using log = await mailingLog({ smtp: { host: 'mx.example.net' }, from: 'app@example.org', to: 'ops@example.net' })
 * log.write({ level: 'warn', message: 'the disk is nearly full' })
 */
export async function mailingLog(options: MailingLogOptions): Promise<MailingLog> {
  const { MailingLog } = await import('./clients/mailing-log.ts')
  return new MailingLog(options)
}
