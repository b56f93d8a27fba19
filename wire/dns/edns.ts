// EDNS(0) (RFC 6891): the OPT pseudo-record, octets to a value and back. What options say is edns-text.ts's.

import { ProtocolError } from '../decoder.ts'
import type { Writer } from './writer.ts'

export interface EdnsOption {
  code: number
  data: Uint8Array
}

/** What the OPT pseudo-record says (RFC 6891 §6.1). */
export interface Edns {
  /** The largest datagram that the sender takes, in octets. */
  udpBytes: number
  version: number
  /** DO: the sender takes DNSSEC records (RFC 3225). */
  dnssecOk: boolean
  options: readonly EdnsOption[]
}

/** Reads an OPT record whose owner's name ends at `at` and whose data has `length` octets. */
export function readEdns(bytes: Buffer, at: number, length: number): Edns {
  const options: EdnsOption[] = []
  const end = at + 10 + length
  for (let from = at + 10; from < end; ) {
    const size = from + 4 <= end ? bytes.readUInt16BE(from + 2) : end
    if (from + 4 + size > end) {
      throw new ProtocolError('dns', 'expected the rest of an EDNS option, got the end of its record', { offset: from })
    }
    options.push({ code: bytes.readUInt16BE(from), data: Buffer.from(bytes.subarray(from + 4, from + 4 + size)) })
    from += 4 + size
  }
  return {
    udpBytes: bytes.readUInt16BE(at + 2),
    version: bytes[at + 5]!,
    dnssecOk: (bytes[at + 6]! & 0x80) !== 0,
    options,
  }
}

/** How many octets the record has. */
export function ednsBytes(edns: Edns | undefined): number {
  if (edns === undefined) return 0
  return edns.options.reduce((sum, { data }) => sum + 4 + data.length, 11)
}

/** `rcode` is the message's, of which the eight upper bits are in this record. */
export function writeEdns(writer: Writer, edns: Edns, rcode: number): void {
  writer.uint8(0)
  writer.uint16(41)
  writer.uint16(edns.udpBytes)
  writer.uint8(rcode >> 4)
  writer.uint8(edns.version)
  writer.uint16(edns.dnssecOk ? 0x8000 : 0)
  writer.uint16(ednsBytes(edns) - 11)
  for (const { code, data } of edns.options) {
    writer.uint16(code)
    writer.uint16(data.length)
    writer.octets(data)
  }
}
