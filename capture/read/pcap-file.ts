// The classic format of libpcap (draft-ietf-opsawg-pcap): a head, then packets, each with a head of its own.
//
//   | magic 4 | version 2+2 | reserved 8 | longest packet 4 | link type 4 |
//   | seconds 4 | fraction 4 | octets here 4 | octets on the wire 4 | octets |

import type { OctetFile } from './octet-file.ts'
import { maxPacketBytes, type PacketRecord } from './records.ts'
import type { Tally } from './tally.ts'

export interface PcapKind {
  readonly isLittleEndian: boolean
  /** Of the fraction. */
  readonly unitsPerMs: number
}

const headBytes = 24
const packetHeadBytes = 16

export function* readPcap(
  file: OctetFile,
  tally: Tally,
  { isLittleEndian, unitsPerMs }: PcapKind,
): Generator<PacketRecord, void, undefined> {
  const number = (octets: Buffer, at: number) => (isLittleEndian ? octets.readUInt32LE(at) : octets.readUInt32BE(at))
  // The upper bits say how long a frame's checksum is, which nobody here looks at.
  const linkType = number(file.peek(headBytes), 20) & 0xffff
  file.skip(headBytes)
  for (;;) {
    const head = file.peek(packetHeadBytes)
    if (head.length === 0) return
    const size = head.length < packetHeadBytes ? 0 : number(head, 8)
    if (size > maxPacketBytes) {
      tally.add(
        `expected a packet of at most ${maxPacketBytes} octets, got ${size}: nothing is read from here on`,
        at(file),
      )
      return
    }
    const octets = file.peek(packetHeadBytes + size)
    if (octets.length < packetHeadBytes + size) {
      tally.add('the file is cut inside a packet', at(file))
      return
    }
    const time = number(octets, 0) * 1000 + number(octets, 4) / unitsPerMs
    const length = number(octets, 12)
    yield { kind: 'packet', linkType, time, octets: octets.subarray(packetHeadBytes), length: Math.max(length, size) }
    file.skip(packetHeadBytes + size)
  }
}

const at = ({ path, offset }: OctetFile): string => `at offset ${offset} of ${JSON.stringify(path)}`
