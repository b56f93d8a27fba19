// Messages whose names are shortened another way than by our own encoder: every server has its own (RFC 1035 §4.1.4
// leaves it open), and the octets are those of the server only where each name points where it pointed.

import { ProtocolError } from '../decoder.ts'
import { type DnsMessage, encodeDnsMessage, headerBytes, maxMessageBytes } from './message.ts'
import { isWithin, labelsOf, readName } from './name.ts'
import { Writer } from './writer.ts'

/** The name cannot be written so; whoever asked knows another way. */
class OtherName extends Error {}

/** Writes each name as it stands at the same place of other octets, and notes where it points. */
class CopyingWriter extends Writer {
  model: Buffer = Buffer.alloc(0)
  pointers: number[] = []

  override name(name: string): void {
    const read = readName(this.model, this.at)
    if (read.name !== name) throw new OtherName()
    let at = this.at
    while (this.model[at]! !== 0 && this.model[at]! < 0xc0) at += 1 + this.model[at]!
    const pointer = this.model[at]! === 0 ? 0 : this.model.readUInt16BE(at) & 0x3fff
    // In the header there is no name, though its octets may pass for one.
    if (this.model[at]! !== 0 && pointer < headerBytes) throw new OtherName()
    this.pointers.push(pointer)
    this.octets(this.model.subarray(this.at, read.end))
  }

  override plainName(name: string): void {
    this.name(name)
  }
}

/** Writes each name with the pointer that is given for it. */
class PointingWriter extends Writer {
  pointers: readonly number[] = []
  written = 0

  override name(name: string): void {
    const pointer = this.pointers[this.written++]
    if (pointer === undefined) throw new OtherName()
    if (pointer === 0) {
      super.plainName(name)
      return
    }
    if (pointer < headerBytes || pointer >= this.at) throw new OtherName()
    const end = readName(this.bytes.subarray(0, this.at), pointer).name
    if (!isWithin(name, end)) throw new OtherName()
    const labels = labelsOf(name)
    for (const label of labels.slice(0, labels.length - labelsOf(end).length)) {
      this.uint8(label.length)
      this.octets(label)
    }
    this.uint16(0xc000 | pointer)
  }

  override plainName(name: string): void {
    this.name(name)
  }
}

// As in message.ts: a message is written to its end before the next one begins.
const copying = new CopyingWriter()
const pointing = new PointingWriter()

/**
 * Where each name of `octets` points, in the order of the names: an offset, 0 where it is in full. Undefined where the
 * octets are something else than `message` with other pointers.
 */
export function pointersOf(octets: Buffer, message: DnsMessage): number[] | undefined {
  copying.model = octets
  copying.pointers = []
  const written = attempt(message, copying)
  return written?.equals(octets) ? copying.pointers : undefined
}

/** Writes a message so; undefined where it has changed and a pointer would lead to another name. */
export function encodePointing(message: DnsMessage, pointers: readonly number[]): Buffer | undefined {
  pointing.pointers = pointers
  pointing.written = 0
  const written = attempt(message, pointing)
  return pointing.written === pointers.length ? written : undefined
}

function attempt(message: DnsMessage, writer: Writer): Buffer | undefined {
  try {
    return encodeDnsMessage(message, maxMessageBytes, writer)
  } catch (error) {
    if (error instanceof OtherName || error instanceof ProtocolError) return undefined
    throw error
  }
}
