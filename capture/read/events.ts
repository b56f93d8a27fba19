// What a capture tells of its links, event by event.

import type { Endpoint } from '../../net/address.ts'
import type { Side } from '../../wire/decoder.ts'

/** A TCP connection or a flow of datagrams, as a capture has it. */
export interface CapturedLink {
  /** 1, 2, 3… in the order of opening. */
  readonly id: number
  readonly transport: 'tcp' | 'udp'
  /** Who sent the SYN, or the first datagram; where it was joined, whose port is no service's, or the higher. */
  readonly client: Endpoint
  readonly server: Endpoint
  /** The capture began in its middle. */
  readonly isJoined: boolean
}

/** Both sides ended it, one reset it, or its end is not in the capture. */
export type CapturedEnding = 'end' | 'reset by client' | 'reset by server' | 'unseen'

/** Times are milliseconds of Unix time, with fractions. On each link they do not go back. */
export type CaptureEvent =
  | { readonly kind: 'names'; readonly address: string; readonly names: readonly string[] }
  /** The time is that of the SYN. What was refused or not answered is noted and no link. */
  | { readonly kind: 'opened'; readonly link: CapturedLink; readonly time: number }
  /** What a side said, under TLS decrypted; each octet once, in order. Of UDP a datagram, which may be empty. */
  | Said<'plain'>
  /** Octets of TLS that cannot be read, from where they could not; a note says why. */
  | Said<'opaque'>
  /** Octets that a side said and the capture has not; under TLS of ciphertext. */
  | {
      readonly kind: 'lost'
      readonly link: CapturedLink
      readonly from: Side
      readonly count: number
      readonly time: number
    }
  /** A handshake of TLS is through, and can be read. Before anything that it protects. */
  | {
      readonly kind: 'secured'
      readonly link: CapturedLink
      readonly serverName: string | undefined
      readonly alpn: string | undefined
      /** For example `TLSv1.3`. */
      readonly version: string
      readonly time: number
    }
  /** A side says nothing more, by TLS or by TCP. */
  | { readonly kind: 'ended'; readonly link: CapturedLink; readonly from: Side; readonly time: number }
  /** The last of every link that was opened. */
  | { readonly kind: 'closed'; readonly link: CapturedLink; readonly how: CapturedEnding; readonly time: number }
  /** For a person: of a link, or of the capture as such. */
  | { readonly kind: 'note'; readonly link?: CapturedLink; readonly text: string }

interface Said<Kind> {
  readonly kind: Kind
  readonly link: CapturedLink
  readonly from: Side
  /** The receiver's to keep. */
  readonly octets: Buffer
  readonly time: number
}
