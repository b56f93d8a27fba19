// The data of each type of record, octets to values and back (RFC 1035 §3.3, RFC 2782, RFC 3596 §2.2, RFC 8659 §4.1).
// Names are shortened in the types of RFC 1035 only (RFC 3597 §4).

import { ProtocolError } from '../decoder.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.ts'
import { readName } from './name.ts'
import type { RecordData, RecordType } from './record.ts'
import type { Writer } from './writer.ts'

type Of<Type extends RecordType> = Extract<RecordData, { type: Type }>

/** The part of a message that is one record's data. */
class Data {
  readonly bytes: Buffer
  at: number
  readonly end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  name(): string {
    const { name, end } = readName(this.bytes, this.at)
    this.skip(end - this.at)
    return name
  }

  uint8(): number {
    this.skip(1)
    return this.bytes[this.at - 1]!
  }

  uint16(): number {
    this.skip(2)
    return this.bytes.readUInt16BE(this.at - 2)
  }

  uint32(): number {
    this.skip(4)
    return this.bytes.readUInt32BE(this.at - 4)
  }

  text(length: number): string {
    this.skip(length)
    return this.bytes.toString('latin1', this.at - length, this.at)
  }

  skip(count: number): void {
    if (this.at + count > this.end) {
      throw new ProtocolError('dns', `expected ${count} octets more of a record's data, got ${this.end - this.at}`, {
        offset: this.at,
      })
    }
    this.at += count
  }
}

const readTarget =
  <Type extends 'NS' | 'CNAME' | 'PTR' | 'DNAME'>(type: Type) =>
  (data: Data): RecordData => ({ type, target: data.name() })

const readers: Partial<Record<RecordType, (data: Data) => RecordData>> = {
  A(data) {
    data.skip(4)
    return { type: 'A', address: formatIpv4(data.bytes, data.at - 4) }
  },
  AAAA: data => ({ type: 'AAAA', address: formatIpv6(Array.from({ length: 8 }, () => data.uint16())) }),
  NS: readTarget('NS'),
  CNAME: readTarget('CNAME'),
  PTR: readTarget('PTR'),
  DNAME: readTarget('DNAME'),
  MX: data => ({ type: 'MX', preference: data.uint16(), exchange: data.name() }),
  TXT(data) {
    const texts: string[] = []
    do texts.push(data.text(data.uint8()))
    while (data.at < data.end)
    return { type: 'TXT', texts }
  },
  SOA: data => ({
    type: 'SOA',
    mname: data.name(),
    rname: data.name(),
    serial: data.uint32(),
    refresh: data.uint32(),
    retry: data.uint32(),
    expire: data.uint32(),
    minimum: data.uint32(),
  }),
  SRV: data => ({
    type: 'SRV',
    priority: data.uint16(),
    weight: data.uint16(),
    port: data.uint16(),
    target: data.name(),
  }),
  CAA(data) {
    const flags = data.uint8()
    const tag = data.text(data.uint8())
    return { type: 'CAA', flags, tag, value: data.text(data.end - data.at) }
  },
}

/** Reads the data of a record that has from `start` to `end` of a message. */
export function readData(type: RecordType, bytes: Buffer, start: number, end: number): RecordData {
  const read = readers[type]
  if (read === undefined) return { type, data: Buffer.from(bytes.subarray(start, end)) } as RecordData
  const data = new Data(bytes, start, end)
  const record = read(data)
  if (data.at !== end) {
    throw new ProtocolError('dns', `expected the end of ${type} data, got ${end - data.at} octets more`, {
      offset: data.at,
    })
  }
  return record
}

const writeTarget = (writer: Writer, { target }: { target: string }) => writer.name(target)

const writers: { [Type in RecordType]?: (writer: Writer, data: Of<Type>) => void } = {
  A: (writer, { address }) => writer.uint32(parseIpv4(address)),
  AAAA(writer, { address }) {
    for (const group of parseIpv6(address)) writer.uint16(group)
  },
  NS: writeTarget,
  CNAME: writeTarget,
  PTR: writeTarget,
  DNAME: (writer, { target }) => writer.plainName(target),
  MX(writer, { preference, exchange }) {
    writer.uint16(preference)
    writer.name(exchange)
  },
  TXT(writer, { texts }) {
    for (const text of texts.length === 0 ? [''] : texts) writer.characterString(text)
  },
  SOA(writer, soa) {
    writer.name(soa.mname)
    writer.name(soa.rname)
    for (const value of [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum]) writer.uint32(value)
  },
  SRV(writer, { priority, weight, port, target }) {
    writer.uint16(priority)
    writer.uint16(weight)
    writer.uint16(port)
    writer.plainName(target)
  },
  CAA(writer, { flags, tag, value }) {
    writer.uint8(flags)
    writer.characterString(tag)
    writer.text(value)
  },
}

export function writeData(writer: Writer, record: RecordData): void {
  const write = writers[record.type] as ((writer: Writer, data: RecordData) => void) | undefined
  if (write !== undefined) write(writer, record)
  else writer.octets((record as { data: Uint8Array }).data)
}
