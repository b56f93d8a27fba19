// IP packets (RFC 791, RFC 8200): who says what to whom. Left out on purpose: checksums, which captures have wrong where
// the card computes them; options; what tunnels carry; extensions of IPv6 between the fragments of a packet.

import type { Fragments } from './fragments.ts'
import type { Tally } from './tally.ts'

export interface IpPacket {
  /** 4 octets or 16, as of the destination. */
  readonly source: Buffer
  readonly destination: Buffer
  readonly protocol: number
  /** What is in the capture of it. */
  readonly payload: Buffer
  /** Octets of it that were on the wire. */
  readonly length: number
}

const hopByHop = 0
const routing = 43
const fragment = 44
const authentication = 51
const destinationOptions = 60
const mobility = 135
const maxExtensions = 16

/** `length` are the packet's octets on the wire. Undefined for what is none, or a part of one that is not whole yet. */
export function readIpPacket(packet: Buffer, length: number, fragments: Fragments, tally: Tally): IpPacket | undefined {
  return packet[0]! >> 4 === 4 ? readIpv4(packet, length, fragments, tally) : readIpv6(packet, length, fragments, tally)
}

function readIpv4(packet: Buffer, length: number, fragments: Fragments, tally: Tally): IpPacket | undefined {
  const head = (packet[0]! & 15) * 4
  if (head < 20 || packet.length < head) return undefined
  // Segments that the card is to cut may say 0, since they can be longer than 16 bits tell.
  const total = packet.readUInt16BE(2) || length
  if (total < head) return undefined
  const read = {
    source: packet.subarray(12, 16),
    destination: packet.subarray(16, 20),
    protocol: packet[9]!,
    payload: packet.subarray(head, total),
    length: total - head,
  }
  const flags = packet.readUInt16BE(6)
  const offset = (flags & 0x1fff) * 8
  const more = (flags & 0x2000) !== 0
  if (offset === 0 && !more) return read
  return joined(read, { id: packet.readUInt16BE(4), offset, more }, fragments, tally)
}

function readIpv6(packet: Buffer, length: number, fragments: Fragments, tally: Tally): IpPacket | undefined {
  if (packet.length < 40) return undefined
  // 0 for jumbograms, whose length is in an option.
  const total = packet.readUInt16BE(4) === 0 ? length : 40 + packet.readUInt16BE(4)
  const whole = packet.subarray(0, total)
  let next = packet[6]!
  let at = 40
  for (let count = 0; count < maxExtensions; count++) {
    const isExtension = next === hopByHop || next === routing || next === destinationOptions || next === mobility
    if (!isExtension && next !== authentication && next !== fragment) break
    if (whole.length < at + 8) return undefined
    const protocol = whole[at]!
    // A fragment that is all of the packet is none.
    if (next === fragment && whole.readUInt16BE(at + 2) !== 0) {
      const offset = whole.readUInt16BE(at + 2)
      const place = { id: whole.readUInt32BE(at + 4), offset: offset & ~7, more: (offset & 1) !== 0 }
      return joined(ipv6Payload(whole, at + 8, protocol, total), place, fragments, tally)
    }
    at += next === authentication ? (whole[at + 1]! + 2) * 4 : (whole[at + 1]! + 1) * 8
    next = protocol
  }
  return at > whole.length ? undefined : ipv6Payload(whole, at, next, total)
}

function ipv6Payload(packet: Buffer, at: number, protocol: number, total: number): IpPacket {
  return {
    source: packet.subarray(8, 24),
    destination: packet.subarray(24, 40),
    protocol,
    payload: packet.subarray(at),
    length: Math.max(0, total - at),
  }
}

interface Place {
  readonly id: number
  readonly offset: number
  readonly more: boolean
}

function joined(part: IpPacket, { id, offset, more }: Place, fragments: Fragments, tally: Tally): IpPacket | undefined {
  if (part.payload.length < part.length) {
    tally.add('a fragment that the capture has cut is left out')
    return undefined
  }
  const { source, destination, protocol } = part
  const key = `${source.toString('latin1')}${destination.toString('latin1')}${protocol} ${id}`
  const payload = fragments.add(key, { offset, more, octets: part.payload })
  return payload === undefined ? undefined : { ...part, payload, length: payload.length }
}
