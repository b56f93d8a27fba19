// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian. A reader skips the kinds that it does not know.
//
//   | type 4 | total length 4 | body, padded to words of 4 | total length 4 |

export interface InterfaceDescription {
  name: string
  description: string
  addresses?: readonly Uint8Array[]
  mac?: Uint8Array
  filter?: string
}

export interface PacketRecord {
  /** Which interface, in the order of their descriptions. */
  interface: number
  /** Microseconds of Unix time. */
  time: number
  comment?: string | undefined
}

/** The unit in which a file reaches the disk. No block is larger. */
export const pageBytes = 4096

const linkTypeEthernet = 1
// 'TLSK' as a number: an NSS key log.
const tlsKeyLog = 0x544c534b
// 0x80000000 and above are for local use.
const paddingType = 0x80000000

export function sectionHeader(application: string): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0) // in the order in which everything else is
  body.writeUInt16LE(1, 4) // version 1.0
  body.writeBigInt64LE(-1n, 8) // the section's length is not told
  return block(0x0a0d0d0a, [body, ...options([4, Buffer.from(application)])])
}

export function interfaceDescription(of: InterfaceDescription): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkTypeEthernet, 0)
  const list: Option[] = [
    [2, Buffer.from(of.name)],
    [3, Buffer.from(of.description)],
  ]
  for (const address of of.addresses ?? []) {
    if (address.length === 4) list.push([4, Buffer.from([...address, 255, 255, 255, 0])])
    else list.push([5, Buffer.from([...address, 64])])
  }
  if (of.mac !== undefined) list.push([6, of.mac])
  list.push([9, Uint8Array.of(6)]) // times are in microseconds
  if (of.filter !== undefined) list.push([11, Buffer.from(`\0${of.filter}`)])
  return block(1, [body, ...options(...list)])
}

/** Octets of a packet's block before its frame. */
export const packetHeadBytes = 28

/** Octets that a packet's block may need beside its frame. A longer comment is cut. */
export const packetRoomBytes = 1024

/** Writes a packet's block around a frame of `length` octets that stands at `at + packetHeadBytes`; gives its end. */
export function writePacketBlock(bytes: Buffer, at: number, length: number, record: PacketRecord): number {
  let end = at + packetHeadBytes + length
  for (let left = padding(length); left > 0; left--) bytes[end++] = 0
  if (record.comment !== undefined) {
    const most = packetRoomBytes - packetHeadBytes - 16
    for (const part of options([1, Buffer.from(record.comment).subarray(0, most)])) end += part.copy(bytes, end)
  }
  const total = end + 4 - at
  bytes.writeUInt32LE(6, at)
  bytes.writeUInt32LE(total, at + 4)
  bytes.writeUInt32LE(record.interface, at + 8)
  writeTime(bytes, record.time, at + 12)
  bytes.writeUInt32LE(length, at + 20)
  bytes.writeUInt32LE(length, at + 24)
  return bytes.writeUInt32LE(total, end)
}

/** Names of addresses, in as many blocks as they need. Names that fill a block by themselves are left out. */
export function namesBlocks(entries: Iterable<readonly [address: Uint8Array, names: readonly string[]]>): Buffer[] {
  const records: Buffer[] = []
  for (const [address, names] of entries) {
    const kind = address.length === 4 ? 1 : 2
    for (const name of names) {
      const value = Buffer.concat([address, Buffer.from(`${name}\0`)])
      if (value.length < pageBytes / 2) records.push(record(kind, value))
    }
  }
  return packed(records).map(list => block(4, [...list, Buffer.alloc(4)]))
}

/** Lines of a TLS key log, in as many blocks as they need. They must stand before the packets that they decrypt. */
export function secretsBlocks(lines: readonly string[]): Buffer[] {
  return packed(lines.map(line => Buffer.from(`${line}\n`, 'latin1'))).map(list => {
    const text = Buffer.concat(list)
    const body = Buffer.alloc(8)
    body.writeUInt32LE(tlsKeyLog, 0)
    body.writeUInt32LE(text.length, 4)
    return block(10, [body, text, Buffer.alloc(padding(text.length))])
  })
}

export function interfaceStatistics(of: {
  interface: number
  time: number
  received: number
  dropped: number
}): Buffer {
  const body = Buffer.alloc(12)
  body.writeUInt32LE(of.interface, 0)
  writeTime(body, of.time, 4)
  return block(5, [body, ...options([4, counter(of.received)], [5, counter(of.dropped)])])
}

/** Writes a block that says nothing, of exactly `length` octets: 12 or more, whole words of 4. */
export function writePaddingBlock(bytes: Buffer, at: number, length: number): void {
  bytes.fill(0, at, at + length)
  bytes.writeUInt32LE(paddingType, at)
  bytes.writeUInt32LE(length, at + 4)
  bytes.writeUInt32LE(length, at + length - 4)
}

type Option = readonly [code: number, value: Uint8Array]

/** Options and the mark of their end. */
function options(...list: Option[]): Buffer[] {
  return [...list.map(([code, value]) => record(code, value)), Buffer.alloc(4)]
}

function record(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + value.length + padding(value.length))
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt16LE(value.length, 2)
  bytes.set(value, 4)
  return bytes
}

function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((total, part) => total + part.length, 12)
  const start = Buffer.alloc(8)
  start.writeUInt32LE(type, 0)
  start.writeUInt32LE(length, 4)
  return Buffer.concat([start, ...parts, start.subarray(4)], length)
}

/** Parts in lists of which each leaves a block its heads and padding. */
function packed(parts: readonly Buffer[]): Buffer[][] {
  const lists: Buffer[][] = []
  let room = 0
  for (const part of parts) {
    if (part.length > room) {
      lists.push([])
      room = pageBytes - 64
    }
    lists.at(-1)!.push(part)
    room -= part.length
  }
  return lists
}

function padding(length: number): number {
  return -length & 3
}

function writeTime(bytes: Buffer, time: number, at: number): void {
  const high = Math.floor(time / 2 ** 32)
  bytes.writeUInt32LE(high, at)
  bytes.writeUInt32LE(time - high * 2 ** 32, at + 4)
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
