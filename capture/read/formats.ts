// Tells pcapng and pcap, in their byte orders, from what is no capture.

import { UsageError } from '../../net/errors.ts'
import { excerpt } from '../../wire/decoder.ts'
import type { OctetFile } from './octet-file.ts'
import { type PcapKind, readPcap } from './pcap-file.ts'
import { readPcapng } from './pcapng-file.ts'
import type { CaptureRecord } from './records.ts'
import type { Tally } from './tally.ts'

/**
 * Reads a pcapng or pcap file. Where it is cut or damaged, what is whole before is given and the rest noted.
 *
 * @throws {UsageError} for a file that is no capture.
 */
export function readRecords(file: OctetFile, tally: Tally): Generator<CaptureRecord, void, undefined> {
  const head = file.peek(24)
  const magic = head.length < 4 ? 0 : head.readUInt32BE(0)
  if (magic === 0x0a0d0d0a) return readPcapng(file, tally)
  const kind = pcapKinds.get(magic)
  if (kind !== undefined && head.length === 24) return readPcap(file, tally, kind)
  const got = head.length === 0 ? 'nothing' : excerpt(head, 16)
  const hint = compressed.find(([start]) => head.toString('latin1').startsWith(start))?.[1]
  throw new UsageError(
    `expected a capture in pcapng or pcap, got ${got} at offset 0 of ${JSON.stringify(file.path)}` +
      (hint === undefined ? '' : `; unpack it with ${hint} first`),
  )
}

const pcapKinds = new Map<number, PcapKind>([
  [0xa1b2c3d4, { isLittleEndian: false, unitsPerMs: 1000 }],
  [0xd4c3b2a1, { isLittleEndian: true, unitsPerMs: 1000 }],
  [0xa1b23c4d, { isLittleEndian: false, unitsPerMs: 1e6 }],
  [0x4d3cb2a1, { isLittleEndian: true, unitsPerMs: 1e6 }],
])

const compressed = [
  ['\x1f\x8b', 'gunzip'],
  ['\x28\xb5\x2f\xfd', 'unzstd'],
  ['\x04\x22\x4d\x18', 'unlz4'],
  ['\xfd7zXZ', 'unxz'],
] as const
