// A link is one TCP connection or one UDP flow between a client and a service; taps sit on it and see what crosses.

import type { Side } from '../wire/decoder.ts'
import type { Endpoint } from './address.ts'

export interface TlsState {
  /** The name that the client asked for (SNI), if it did. */
  servername: string | undefined
  /** What both agreed to speak (ALPN), for example `http/1.1`. */
  alpn: string | undefined
  /** For example `TLSv1.3`. */
  version: string
  cipher: string
}

export interface Link {
  /** 1, 2, 3… in the order of opening. */
  readonly id: number
  readonly transport: 'tcp' | 'udp'
  /** The protocol of the service, as in protocols.ts. */
  readonly protocol: string
  /** The name of the service's host. */
  readonly host: string
  /** The client, as it knows itself. */
  readonly client: Endpoint
  /** The client's address as the service sees it: the router's public one, where a router translates. */
  readonly seenAs: string
  readonly server: Endpoint
  /** Undefined until a handshake is done. */
  tls: TlsState | undefined
  /** The end of what the service has said to the client, as latin1; undefined where neither has spoken, or it is not kept. */
  readonly lastSaid?: string | undefined
}

/** Octets of what was said last that are kept: enough for the last line of a reply. */
const maxLastSaid = 256

/** For {@link Link.lastSaid}. */
export function endOf(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string' && bytes.length <= maxLastSaid) return bytes
  // A copy, since a slice of a text would keep all of it.
  const end = bytes.slice(-maxLastSaid)
  return (typeof end === 'string' ? Buffer.from(end, 'latin1') : Buffer.from(end)).toString('latin1')
}

/** How a TCP link came to its end: both sides said so, one of them reset it, or the network was closed. */
export type Ending = 'end' | 'reset by client' | 'reset by server' | 'network closed'

/**
 * Sees links, changes nothing. Every method is optional and must return at once; the octets it is given are only
 * valid during the call. A datagram is one segment.
 */
export interface Tap {
  opened?(link: Link): void
  /** Octets as they crossed: under TLS, ciphertext. A tap with this method must be there before the link opens. */
  segment?(link: Link, from: Side, bytes: Uint8Array): void
  /** Octets as the protocol says them: under TLS, decrypted. */
  plain?(link: Link, from: Side, bytes: Uint8Array): void
  /** TLS is done with its handshake: `link.tls` is set. */
  secured?(link: Link): void
  /** A line of an NSS key log, which decrypts this link's segments. */
  secret?(link: Link, line: string): void
  /** One side of a TCP link will send nothing more. */
  ended?(link: Link, from: Side): void
  /** Nothing follows. UDP flows close when they have been idle or with the network. */
  closed?(link: Link, how: Ending): void
}
