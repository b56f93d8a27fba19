// What captures of every format hold, one record after the other.

export interface PacketRecord {
  readonly kind: 'packet'
  /** The number of tcpdump.org's list of link types. */
  readonly linkType: number
  /** Milliseconds of Unix time, with fractions. */
  readonly time: number
  /** Valid until the next record is asked for. */
  readonly octets: Buffer
  /** Octets that were on the wire. */
  readonly length: number
}

export type CaptureRecord =
  | PacketRecord
  | { readonly kind: 'names'; readonly address: Buffer; readonly names: readonly string[] }
  /** Lines of a TLS key log. */
  | { readonly kind: 'secrets'; readonly octets: Buffer }

/** Octets of a packet, beyond which a length is taken for damage. Jumbo frames and offloaded segments stay below. */
export const maxPacketBytes: number = 1024 * 1024
