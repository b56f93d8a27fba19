// Heads of TCP segments (RFC 9293) and UDP datagrams (RFC 768) in captures. Left out on purpose: checksums, options.

import type { IpPacket } from './ip.ts'

export const tcpProtocol = 6
export const udpProtocol = 17

export interface TcpSegment {
  readonly from: number
  readonly to: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: number
  /** What is in the capture of it. */
  readonly payload: Buffer
  /** Octets of it that were on the wire. */
  readonly length: number
}

export interface UdpDatagram {
  readonly from: number
  readonly to: number
  readonly payload: Buffer
  readonly length: number
}

/** Undefined where there is no whole head. */
export function readTcp({ payload, length }: IpPacket): TcpSegment | undefined {
  if (payload.length < 20) return undefined
  const head = (payload[12]! >> 4) * 4
  if (head < 20 || head > length) return undefined
  return {
    from: payload.readUInt16BE(0),
    to: payload.readUInt16BE(2),
    sequence: payload.readUInt32BE(4),
    acknowledgment: payload.readUInt32BE(8),
    flags: payload[13]!,
    payload: payload.subarray(head),
    length: length - head,
  }
}

export function readUdp({ payload, length }: IpPacket): UdpDatagram | undefined {
  if (payload.length < 8) return undefined
  // 0 where the length is beyond 16 bits, or is for the card to fill in.
  const total = payload.readUInt16BE(4) || length
  if (total < 8 || total > length) return undefined
  return {
    from: payload.readUInt16BE(0),
    to: payload.readUInt16BE(2),
    payload: payload.subarray(8, total),
    length: total - 8,
  }
}
