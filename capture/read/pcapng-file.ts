// The blocks of a pcapng file (draft-ietf-opsawg-pcapng) that packets, names and secrets are in, in both byte orders.
// Left out on purpose: everything that is only told about a capture, and secrets other than those of TLS.

import type { OctetFile } from './octet-file.ts'
import { type CaptureRecord, maxPacketBytes, type PacketRecord } from './records.ts'
import type { Tally } from './tally.ts'

const sectionHeader = 0x0a0d0d0a
const interfaceDescription = 1
/** Of old: as an enhanced one, but for the number of its interface. */
const packet = 2
const simplePacket = 3
const nameResolution = 4
const enhancedPacket = 6
const decryptionSecrets = 10

const known: ReadonlySet<number> = new Set([
  sectionHeader,
  interfaceDescription,
  packet,
  simplePacket,
  nameResolution,
  enhancedPacket,
  decryptionSecrets,
])

// As Wireshark has it.
const maxBlockBytes = 16 * 1024 * 1024
const maxInterfaces = 4096
const tlsKeyLog = 0x544c534b

interface Interface {
  readonly linkType: number
  /** 0 where there is none. */
  readonly maxPacketBytes: number
  readonly unitsPerMs: number
  readonly offsetMs: number
}

export function readPcapng(file: OctetFile, tally: Tally): Generator<CaptureRecord, void, undefined> {
  return new PcapngReader(file, tally).records()
}

class PcapngReader {
  readonly #file: OctetFile
  readonly #tally: Tally
  #isLittleEndian = true
  #interfaces: Interface[] = []
  /** Simple packets have none of their own. */
  #lastTime = 0

  constructor(file: OctetFile, tally: Tally) {
    this.#file = file
    this.#tally = tally
  }

  *records(): Generator<CaptureRecord, void, undefined> {
    const file = this.#file
    for (;;) {
      const head = file.peek(12)
      if (head.length === 0) return
      // The magic number of a section's header reads the same both ways.
      if (head.length === 12 && head.readUInt32BE(0) === sectionHeader && !this.#section(head)) return
      const type = head.length < 12 ? 0 : this.#uint32(head, 0)
      const length = head.length < 12 ? 12 : this.#uint32(head, 4)
      if (length < 12 || length % 4 !== 0) {
        this.#note(`expected the length of a block, got ${length}: nothing is read from here on`)
        return
      }
      if (length > maxBlockBytes || !known.has(type)) {
        if (known.has(type)) this.#note(`a block of ${length} octets is left out`)
        const offset = file.offset
        if (file.skip(length) < length) this.#note('the file is cut inside a block', offset)
        continue
      }
      const block = file.peek(length)
      if (block.length < length) {
        this.#note('the file is cut inside a block')
        return
      }
      if (this.#uint32(block, length - 4) !== length) {
        this.#note(
          `expected a block that ends with its length, got ${this.#uint32(block, length - 4)} instead of ${length}: nothing is read from here on`,
        )
        return
      }
      yield* this.#block(type, block)
      file.skip(length)
    }
  }

  /** False where it is none that can be read. */
  #section(head: Buffer): boolean {
    const order = head.readUInt32LE(8)
    this.#isLittleEndian = order === 0x1a2b3c4d
    this.#interfaces = []
    if (this.#isLittleEndian || order === 0x4d3c2b1a) return true
    this.#note('expected the byte order of a section, got neither: nothing is read from here on')
    return false
  }

  *#block(type: number, block: Buffer): Generator<CaptureRecord, void, undefined> {
    if (type === interfaceDescription) this.#interface(block)
    else if (type === nameResolution) yield* this.#names(block)
    else if (type === decryptionSecrets && block.length >= 20) {
      const size = this.#uint32(block, 12)
      if (size > block.length - 20) this.#note('secrets are longer than their block')
      else if (this.#uint32(block, 8) === tlsKeyLog) yield { kind: 'secrets', octets: block.subarray(16, 16 + size) }
    } else if (type === enhancedPacket || type === packet || type === simplePacket) {
      const read = this.#packet(type, block)
      if (read !== undefined) yield read
    }
  }

  #packet(type: number, block: Buffer): PacketRecord | undefined {
    const isSimple = type === simplePacket
    const start = isSimple ? 12 : 28
    if (block.length < start + 4) {
      this.#note('a packet without its head is left out')
      return undefined
    }
    const number = isSimple ? 0 : type === packet ? this.#uint16(block, 8) : this.#uint32(block, 8)
    const of = this.#interfaces[number]
    if (of === undefined) {
      this.#note('a packet of an interface that is not described is left out')
      return undefined
    }
    const length = this.#uint32(block, start - 4)
    const most = block.length - start - 4
    const size = isSimple ? Math.min(length, of.maxPacketBytes || length, most) : this.#uint32(block, 20)
    if (size > most || size > maxPacketBytes) {
      this.#note('a packet that is longer than its block, or than any, is left out')
      return undefined
    }
    if (!isSimple) {
      const units = this.#uint32(block, 12) * 2 ** 32 + this.#uint32(block, 16)
      this.#lastTime = units / of.unitsPerMs + of.offsetMs
    }
    const octets = block.subarray(start, start + size)
    return { kind: 'packet', linkType: of.linkType, time: this.#lastTime, octets, length: Math.max(length, size) }
  }

  #interface(block: Buffer): void {
    if (block.length < 20 || this.#interfaces.length >= maxInterfaces) {
      this.#note('a description of an interface is left out')
      return
    }
    let perSecond = 1e6
    let offsetMs = 0
    for (const [code, value] of this.#list(block, 16)) {
      if (code === 9 && value.length > 0) perSecond = resolution(value[0]!)
      else if (code === 14 && value.length >= 8) {
        offsetMs = 1000 * Number(this.#isLittleEndian ? value.readBigInt64LE(0) : value.readBigInt64BE(0))
      }
    }
    this.#interfaces.push({
      linkType: this.#uint16(block, 8),
      maxPacketBytes: this.#uint32(block, 12),
      unitsPerMs: perSecond / 1000,
      offsetMs,
    })
  }

  *#names(block: Buffer): Generator<CaptureRecord, void, undefined> {
    for (const [kind, value] of this.#list(block, 8)) {
      const size = kind === 1 ? 4 : kind === 2 ? 16 : 0
      if (size === 0 || value.length < size) continue
      const names = value
        .toString('utf8', size)
        .split('\0')
        .filter(name => name !== '')
      if (names.length > 0) yield { kind: 'names', address: value.subarray(0, size), names }
    }
  }

  /** Options, and the records of names, which are built alike: a code, a length, a value padded to whole words. */
  *#list(block: Buffer, from: number): Generator<readonly [code: number, value: Buffer], void, undefined> {
    const end = block.length - 4
    for (let at = from; at + 4 <= end; ) {
      const code = this.#uint16(block, at)
      const length = this.#uint16(block, at + 2)
      if (code === 0 || at + 4 + length > end) return
      yield [code, block.subarray(at + 4, at + 4 + length)]
      at += 4 + length + (-length & 3)
    }
  }

  #uint32(octets: Buffer, at: number): number {
    return this.#isLittleEndian ? octets.readUInt32LE(at) : octets.readUInt32BE(at)
  }

  #uint16(octets: Buffer, at: number): number {
    return this.#isLittleEndian ? octets.readUInt16LE(at) : octets.readUInt16BE(at)
  }

  #note(what: string, offset: number = this.#file.offset): void {
    this.#tally.add(what, `at offset ${offset} of ${JSON.stringify(this.#file.path)}`)
  }
}

/** Units of time in a second: 10 to the power of what `octet` says, or 2 with its highest bit set. */
function resolution(octet: number): number {
  return octet & 0x80 ? 2 ** (octet & 0x7f) : 10 ** octet
}
