// What answers on the ports of a host, and how a network is asked to put it there.

import type { Endpoint } from './address.ts'
import type { CertificateOptions } from './authority.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Flow } from './flow.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'

export interface ServicePort {
  port: number
  transport: 'tcp' | 'udp'
  /** TLS from the first octet on. Default: false. */
  tls?: boolean
}

export interface TlsOptions {
  /** What to agree to, the best first. Without it no ALPN is answered. */
  alpn?: readonly string[]
  minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  /** As OpenSSL writes cipher lists. */
  ciphers?: string
  /** How the certificate differs from one for the host's names by the network's authority. */
  certificate?: CertificateOptions
  /** Ask the client for a certificate; `require` ends the handshake without a trusted one. Default: not asked for. */
  clientCertificate?: 'request' | 'require'
}

/**
 * A working in-process server. `state` is what a test may look at and change; it is what
 * {@link Network.host} hands out.
 */
export interface Fake<State extends object = object> {
  readonly state: State
  readonly ports: readonly ServicePort[]
  /** For ports with TLS and for {@link Connection.startTls}. */
  readonly tls?: TlsOptions
  /** True where several hosts may share an address and port and requests say which one is meant (HTTP's Host). */
  readonly virtualHosts?: boolean
  /** Takes a TCP connection. The handlers of `connection` must be set before it returns. */
  accept?(connection: Connection): void
  /** Takes a datagram. `message` may be kept. */
  datagram?(message: Buffer, flow: Flow): void
  /** A sentence for each of its own faults that never happened. */
  unreachedFaults?(): readonly string[]
  close?(): void | Promise<void>
}

/** Where a fake stands: what it may use of its network. Its chance comes from `random`, its time from `clock`. */
export interface Site {
  readonly network: Network
  readonly host: Host
  readonly clock: Clock
  /** A stream of the network's chance for this service alone. */
  readonly random: Random
}

/** What `smtp()` and its like return: nothing is loaded until a network puts it on a host. */
export interface ServiceDescription<State extends object = object> {
  readonly protocol: string
  load(): Promise<(site: Site) => Fake<State>>
}

/** Where a service can be reached from this machine, beside the address and port that it has in its network. */
export interface Placed {
  /** The first port's real address and port on this machine, for who wants it plainly. */
  readonly endpoint: { readonly host: string; readonly port: number }
  /** Every address and port of the service with its real one. */
  readonly endpoints: readonly PlacedPort[]
}

export interface PlacedPort extends ServicePort, Endpoint {
  tls: boolean
  real: { readonly host: string; readonly port: number }
}

/** A service whose ports are known without it, so that a network can open them and load it for the first who comes. */
export interface LateDescription<State extends object = object> extends ServiceDescription<State> {
  readonly ports: readonly ServicePort[]
  /** As {@link Fake.virtualHosts}. */
  readonly virtualHosts?: boolean
  /** Services of the protocol know of one another: with the first all are loaded. */
  readonly together?: boolean
}

/** A service that stands in a network, for whoever lists them. */
export interface HostedService {
  readonly host: Host
  readonly protocol: string
  readonly endpoints: readonly PlacedPort[]
  /** What {@link Network.host} hands out. A service that waits for its first client is loaded for it. */
  state(): Promise<object & Placed>
}

export type Services = Record<string, ServiceDescription>

/** The handles of a host's services, by the keys under which they were given. */
export type Handles<S extends Services> = {
  readonly [Key in keyof S]: S[Key] extends ServiceDescription<infer State> ? State & Placed : never
}
