// Ethernet frames around TCP segments and UDP datagrams, over IPv4 (RFC 791) and IPv6 (RFC 8200), with right checksums.
// Left out on purpose: VLAN tags, IP options, TCP options other than those that the caller gives.

/** One end of a path. */
export interface Station {
  /** 6 octets. */
  readonly mac: Uint8Array
  /** 4 octets or 16, as at the other end. */
  readonly address: Uint8Array
  readonly port: number
}

/** One direction between two stations. */
export interface Path {
  readonly from: Station
  readonly to: Station
}

export interface TcpSegment {
  flags: number
  sequence: number
  acknowledgment: number
  window: number
  /** Padded to whole words of 4 octets. */
  options?: Uint8Array
  payload?: Uint8Array
}

/** The flags of a TCP header (RFC 9293 §3.1). */
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

/** Octets of an IP packet that an Ethernet frame carries. */
const mtu = 1500

const ethernetLength = 14
const tcpProtocol = 6
const udpProtocol = 17
const ipv6Fragment = 44
// What Linux, macOS and Android start with.
const hopLimit = 64

const none = new Uint8Array(0)

/** Octets of data in a full segment: IPv4's header takes 20 octets, IPv6's 40, TCP's 20. */
export function maxSegmentBytes({ from }: Path): number {
  return mtu - ipLength(from) - 20
}

/** Gives the octets that a frame is written into; what is in them does not matter. */
export type Allocate = (length: number) => Buffer

/** `id` is the identification of IPv4, 16 bits. */
export function encodeTcpFrame(
  path: Path,
  segment: TcpSegment,
  id: number,
  allocate: Allocate = Buffer.allocUnsafe,
): Buffer {
  const { options = none, payload = none } = segment
  const header = 20 + options.length
  const length = header + payload.length
  const at = ethernetLength + ipLength(path.from)
  const frame = allocate(at + length)
  writeHeaders(frame, path, { protocol: tcpProtocol, length, id, fragment: undefined })
  frame.writeUInt16BE(path.from.port, at)
  frame.writeUInt16BE(path.to.port, at + 2)
  frame.writeUInt32BE(segment.sequence, at + 4)
  frame.writeUInt32BE(segment.acknowledgment, at + 8)
  frame.writeUInt16BE(((header / 4) << 12) | segment.flags, at + 12)
  frame.writeUInt16BE(segment.window, at + 14)
  frame.writeUInt32BE(0, at + 16) // checksum, to be filled in, and urgent pointer
  frame.set(options, at + 20)
  frame.set(payload, at + header)
  frame.writeUInt16BE(checksum(pseudoHeaderSum(path, tcpProtocol, length) + sum(frame, at, at + length)), at + 16)
  return frame
}

/** A datagram larger than the MTU becomes several frames. `id` is what holds its fragments together. */
export function encodeUdpFrames(path: Path, payload: Uint8Array, id: number): Buffer[] {
  const length = 8 + payload.length
  const datagram = Buffer.allocUnsafe(length)
  datagram.writeUInt16BE(path.from.port, 0)
  datagram.writeUInt16BE(path.to.port, 2)
  datagram.writeUInt16BE(length, 4)
  datagram.writeUInt16BE(0, 6)
  datagram.set(payload, 8)
  // RFC 768: a computed 0 is sent as all ones, since 0 says that there is no checksum.
  datagram.writeUInt16BE(checksum(pseudoHeaderSum(path, udpProtocol, length) + sum(datagram, 0, length)) || 0xffff, 6)

  const room = mtu - ipLength(path.from)
  if (length <= room) return [encodeUdpFragment(path, datagram, id, undefined)]
  const isIpv6 = path.from.address.length === 16
  const step = (isIpv6 ? room - 8 : room) & ~7
  const frames: Buffer[] = []
  for (let offset = 0; offset < length; offset += step) {
    const part = datagram.subarray(offset, offset + step)
    frames.push(encodeUdpFragment(path, part, id, { offset, more: offset + step < length }))
  }
  return frames
}

interface Fragment {
  /** In octets, a multiple of 8. */
  offset: number
  more: boolean
}

function encodeUdpFragment(path: Path, part: Uint8Array, id: number, fragment: Fragment | undefined): Buffer {
  const extension = fragment !== undefined && path.from.address.length === 16 ? 8 : 0
  const at = ethernetLength + ipLength(path.from) + extension
  const frame = Buffer.allocUnsafe(at + part.length)
  writeHeaders(frame, path, { protocol: udpProtocol, length: part.length, id, fragment })
  frame.set(part, at)
  return frame
}

function ipLength({ address }: Station): number {
  return address.length === 4 ? 20 : 40
}

/** Writes the headers before `length` octets of `protocol`. */
function writeHeaders(
  frame: Buffer,
  { from, to }: Path,
  ip: { protocol: number; length: number; id: number; fragment: Fragment | undefined },
): void {
  frame.set(to.mac, 0)
  frame.set(from.mac, 6)
  if (from.address.length === 4) {
    frame.writeUInt16BE(0x0800, 12)
    frame.writeUInt16BE(0x4500, 14) // version 4, a header of five words
    frame.writeUInt16BE(20 + ip.length, 16)
    frame.writeUInt16BE(ip.id & 0xffff, 18)
    const { fragment } = ip
    const dontFragment = 0x4000
    const moreFragments = 0x2000
    frame.writeUInt16BE(fragment ? (fragment.more ? moreFragments : 0) | (fragment.offset / 8) : dontFragment, 20)
    frame[22] = hopLimit
    frame[23] = ip.protocol
    frame.writeUInt16BE(0, 24)
    frame.set(from.address, 26)
    frame.set(to.address, 30)
    frame.writeUInt16BE(checksum(sum(frame, 14, 34)), 24)
    return
  }
  frame.writeUInt16BE(0x86dd, 12)
  frame.writeUInt32BE(0x60000000, 14) // version 6
  frame.writeUInt16BE(ip.fragment ? 8 + ip.length : ip.length, 18)
  frame[20] = ip.fragment ? ipv6Fragment : ip.protocol
  frame[21] = hopLimit
  frame.set(from.address, 22)
  frame.set(to.address, 38)
  if (ip.fragment === undefined) return
  frame.writeUInt16BE(ip.protocol << 8, 54)
  frame.writeUInt16BE(ip.fragment.offset | (ip.fragment.more ? 1 : 0), 56)
  frame.writeUInt32BE(ip.id >>> 0, 58)
}

/** What checksums of TCP and UDP take from the layer below (RFC 9293 §3.1, RFC 8200 §8.1). */
function pseudoHeaderSum({ from, to }: Path, protocol: number, length: number): number {
  const { address } = from
  return sum(address, 0, address.length) + sum(to.address, 0, address.length) + protocol + length
}

/** The octets as 16-bit words, the last one filled up with 0, added up without folding. */
function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0
  let at = from
  for (; at + 1 < to; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!
  return at < to ? total + (bytes[at]! << 8) : total
}

/** The Internet checksum (RFC 1071) of words that were added up: at most 64 KiB of them, so two folds do. */
function checksum(total: number): number {
  const once = (total & 0xffff) + (total >>> 16)
  return ~((once & 0xffff) + (once >>> 16)) & 0xffff
}
