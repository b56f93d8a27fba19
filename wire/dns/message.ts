// DNS messages (RFC 1035 §4), with EDNS(0) (RFC 6891): octets to values and back.
// Left out: signatures of transactions (TSIG stays an opaque record), the counts' other meaning in UPDATE.

import { excerpt, ProtocolError } from '../decoder.ts'
import { type Edns, ednsBytes, readEdns, writeEdns } from './edns.ts'
import { readName } from './name.ts'
import { readData, writeData } from './rdata.ts'
import {
  classCode,
  className,
  type DnsRecord,
  type RecordClass,
  type RecordData,
  type RecordType,
  typeCode,
  typeName,
  withoutData,
} from './record.ts'
import { Writer } from './writer.ts'

export type Opcode = 'QUERY' | 'IQUERY' | 'STATUS' | 'NOTIFY' | 'UPDATE' | `OPCODE${number}`
export type Rcode =
  | 'NOERROR'
  | 'FORMERR'
  | 'SERVFAIL'
  | 'NXDOMAIN'
  | 'NOTIMP'
  | 'REFUSED'
  | 'YXDOMAIN'
  | 'YXRRSET'
  | 'NXRRSET'
  | 'NOTAUTH'
  | 'NOTZONE'
  | 'BADVERS'
  | 'BADCOOKIE'
  | `RCODE${number}`

const opcodes: (Opcode | undefined)[] = ['QUERY', 'IQUERY', 'STATUS', undefined, 'NOTIFY', 'UPDATE']
const rcodes: (Rcode | undefined)[] = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
rcodes.push('YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE')
rcodes[16] = 'BADVERS'
rcodes[23] = 'BADCOOKIE'

export interface DnsQuestion {
  name: string
  type: RecordType
  class: RecordClass
}

export interface DnsMessage {
  /** 0 to 65535. */
  id: number
  /** QR: this is an answer. */
  response: boolean
  opcode: Opcode
  /** AA. */
  authoritative: boolean
  /** TC. */
  truncated: boolean
  /** RD. */
  recursionDesired: boolean
  /** RA. */
  recursionAvailable: boolean
  /** AD (RFC 4035). */
  authenticData: boolean
  /** CD (RFC 4035). */
  checkingDisabled: boolean
  /** With the eight further bits that EDNS brings. */
  rcode: Rcode
  questions: readonly DnsQuestion[]
  answers: readonly DnsRecord[]
  authorities: readonly DnsRecord[]
  additionals: readonly DnsRecord[]
  /** The OPT record, which is not among the additionals. */
  edns?: Edns
}

export const headerBytes = 12
export const maxMessageBytes = 65535
/** What a datagram may have where no EDNS says more (RFC 1035 §4.2.1). */
export const plainUdpBytes = 512

/** A query as a stub resolver sends it: recursion desired, one question. */
export function dnsQuery(question: Omit<DnsQuestion, 'class'>, options: Partial<DnsMessage> = {}): DnsMessage {
  return {
    id: 0,
    response: false,
    opcode: 'QUERY',
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 'NOERROR',
    questions: [{ class: 'IN', ...question }],
    answers: [],
    authorities: [],
    additionals: [],
    ...options,
  }
}

const none: readonly never[] = []

/** Reads a whole message; octets after its last record are an error. */
export function decodeDnsMessage(octets: Uint8Array): DnsMessage {
  const { message, end } = readDnsMessage(octets)
  if (end === octets.length) return message
  throw new ProtocolError('dns', `expected the end of the message, got ${excerpt(octets.subarray(end))}`, {
    offset: end,
  })
}

/** Reads a message from the front of octets, and says where it ends. */
export function readDnsMessage(octets: Uint8Array): { message: DnsMessage; end: number } {
  const bytes = Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  const message = decodeDnsHeader(bytes)
  let at = headerBytes
  const questions: DnsQuestion[] = []
  for (let left = bytes.readUInt16BE(4); left > 0; left--) {
    const { name, end } = readName(bytes, at)
    need(bytes, end, 4, 'a question')
    questions.push({ name, type: typeName(bytes.readUInt16BE(end)), class: className(bytes.readUInt16BE(end + 2)) })
    at = end + 4
  }
  message.questions = questions
  const section = (count: number): readonly DnsRecord[] => {
    if (count === 0) return none
    const records: DnsRecord[] = []
    for (let left = count; left > 0; left--) {
      const { name, end } = readName(bytes, at)
      need(bytes, end, 10, 'a record')
      const type = typeName(bytes.readUInt16BE(end))
      const length = bytes.readUInt16BE(end + 8)
      const start = end + 10
      need(bytes, start, length, `the data of ${name} ${type}`)
      if (type === 'OPT') {
        if (name !== '.' || message.edns !== undefined) throw notOneOpt(name)
        message.edns = readEdns(bytes, end, length)
        message.rcode = rcodeName((bytes[end + 4]! << 4) | (bytes[3]! & 15))
      } else records.push(readRecord(bytes, name, type, end, length))
      at = start + length
    }
    return records
  }
  message.answers = section(bytes.readUInt16BE(6))
  message.authorities = section(bytes.readUInt16BE(8))
  message.additionals = section(bytes.readUInt16BE(10))
  return { message, end: at }
}

/** The header alone, for an answer to a message whose rest cannot be read. */
export function decodeDnsHeader(bytes: Buffer): DnsMessage {
  if (bytes.length < headerBytes) {
    throw new ProtocolError('dns', `expected a header of ${headerBytes} octets, got ${excerpt(bytes)}`, {
      section: 'RFC 1035 §4.1.1',
    })
  }
  const high = bytes[2]!
  const low = bytes[3]!
  const opcode = (high >> 3) & 15
  return {
    id: bytes.readUInt16BE(0),
    response: (high & 0x80) !== 0,
    opcode: opcodes[opcode] ?? `OPCODE${opcode}`,
    authoritative: (high & 4) !== 0,
    truncated: (high & 2) !== 0,
    recursionDesired: (high & 1) !== 0,
    recursionAvailable: (low & 0x80) !== 0,
    authenticData: (low & 0x20) !== 0,
    checkingDisabled: (low & 0x10) !== 0,
    rcode: rcodeName(low & 15),
    questions: none,
    answers: none,
    authorities: none,
    additionals: none,
  }
}

function rcodeName(code: number): Rcode {
  return rcodes[code] ?? `RCODE${code}`
}

function need(bytes: Buffer, at: number, count: number, what: string): void {
  if (at + count <= bytes.length) return
  throw new ProtocolError('dns', `expected the rest of ${what}, got the end of the message`, { offset: at })
}

function notOneOpt(name: string): ProtocolError {
  const got = name === '.' ? 'a second one' : `one of ${name}`
  return new ProtocolError('dns', `expected one OPT record of the root, got ${got}`, { section: 'RFC 6891 §6.1.1' })
}

/** `at` is where the owner's name ends. */
function readRecord(bytes: Buffer, name: string, type: RecordType, at: number, length: number): DnsRecord {
  const code = bytes.readUInt16BE(at + 2)
  const isNone = length === 0 && (code === 254 || code === 255)
  const data = isNone ? withoutData(type) : readData(type, bytes, at + 10, at + 10 + length)
  // A TTL with its highest bit set means 0 (RFC 2181 §8).
  const ttl = bytes.readUInt32BE(at + 4)
  const record: DnsRecord = { name, ttl: ttl > 0x7fffffff ? 0 : ttl, ...data }
  if (code !== 1) record.class = className(code)
  return record
}

// One for all: a message is written to its end before the next one begins.
const ours = new Writer()

/**
 * Writes a message of at most `maxBytes`. What does not fit is left out, which sets TC where it is more than additional
 * help (RFC 2181 §9); the addresses of a referral are more (RFC 9471). As bind does, answers are cut after any record,
 * the other sections after a whole set; with EDNS a message that has TC keeps its question alone.
 */
export function encodeDnsMessage(
  message: DnsMessage,
  maxBytes: number = maxMessageBytes,
  writer: Writer = ours,
): Buffer {
  const { bytes } = writer
  const { edns, questions } = message
  const rcode = codeOf(rcodeNumber(message.rcode), message.rcode)
  if (edns === undefined && needsEdns(message.rcode)) {
    throw new ProtocolError('dns', `expected EDNS in a message with ${message.rcode}, got none`)
  }
  writer.reset()
  writer.at = headerBytes
  for (const question of questions) {
    writer.name(question.name)
    writer.uint16(codeOf(typeCode(question.type), question.type))
    writer.uint16(codeOf(classCode(question.class), question.class))
  }
  const sections = writer.at
  const limit = maxBytes - ednsBytes(edns)
  const [beforeEdns, signature] = edns === undefined ? [message.additionals, none] : withoutSignature(message)
  let truncated = message.truncated
  let answers = 0
  let authorities = 0
  let additionals = 0
  answers = writeSection(writer, message.answers, limit, false)
  if (answers < message.answers.length) truncated = true
  else {
    authorities = writeSection(writer, message.authorities, limit, true)
    if (authorities < message.authorities.length) truncated = true
    else {
      additionals = writeSection(writer, beforeEdns, limit, true)
      if (additionals < beforeEdns.length && isReferral(message)) truncated = true
    }
  }
  if (edns !== undefined) {
    if (truncated && !message.truncated) {
      writer.at = sections
      answers = authorities = additionals = 0
    }
    writeEdns(writer, edns, rcode)
    const isWhole = answers === message.answers.length && authorities === message.authorities.length
    if (isWhole && additionals === beforeEdns.length) additionals += writeSection(writer, signature, maxBytes, true)
    additionals++
  }
  const end = writer.at
  if (end > maxMessageBytes) throw new ProtocolError('dns', `expected at most ${maxMessageBytes} octets, got ${end}`)
  writer.at = 0
  writer.uint16(message.id)
  const opcode = codeOf(opcodeNumber(message.opcode), message.opcode)
  bytes[2] =
    (message.response ? 0x80 : 0) |
    (opcode << 3) |
    (message.authoritative ? 4 : 0) |
    (truncated ? 2 : 0) |
    (message.recursionDesired ? 1 : 0)
  bytes[3] =
    (message.recursionAvailable ? 0x80 : 0) |
    (message.authenticData ? 0x20 : 0) |
    (message.checkingDisabled ? 0x10 : 0) |
    (rcode & 15)
  writer.at = 4
  writer.uint16(questions.length)
  writer.uint16(answers)
  writer.uint16(authorities)
  writer.uint16(additionals)
  const octets = Buffer.allocUnsafe(end)
  bytes.copy(octets, 0, 0, end)
  return octets
}

/** A signature is the last record of all (RFC 8945 §5.1, RFC 2931 §3), behind OPT. TYPE24 is SIG. */
function withoutSignature({ additionals }: DnsMessage): [readonly DnsRecord[], readonly DnsRecord[]] {
  const type = additionals.at(-1)?.type
  return type === 'TSIG' || type === 'TYPE24' ? [additionals.slice(0, -1), additionals.slice(-1)] : [additionals, none]
}

function isReferral({ response, authoritative, answers, authorities }: DnsMessage): boolean {
  return response && !authoritative && answers.length === 0 && authorities[0]?.type === 'NS'
}

/** Writes records, or whole sets of them, up to the limit and gives how many records that were. */
function writeSection(writer: Writer, records: readonly DnsRecord[], limit: number, whole: boolean): number {
  let written = 0
  while (written < records.length) {
    const before = writer.at
    const first = records[written]!
    let next = written
    do writeRecord(writer, records[next]!)
    while (++next < records.length && whole && inOneSet(first, records[next]!) && writer.at <= limit)
    // Nothing with a name is written after this, so no pointer leads to what is taken back.
    if (writer.at > limit) {
      writer.at = before
      break
    }
    written = next
  }
  return written
}

function inOneSet(one: DnsRecord, other: DnsRecord): boolean {
  return one.type === other.type && one.name === other.name
}

function writeRecord(writer: Writer, record: DnsRecord): void {
  writer.name(record.name)
  writer.uint16(codeOf(typeCode(record.type), record.type))
  writer.uint16(record.class === undefined ? 1 : codeOf(classCode(record.class), record.class))
  writer.uint32(record.ttl)
  const start = writer.at + 2
  writer.at = start
  writeData(writer, record as RecordData)
  const end = writer.at
  if (end - start > 65535) {
    throw new ProtocolError('dns', `expected at most 65535 octets of data in ${record.name} ${record.type}`)
  }
  writer.at = start - 2
  writer.uint16(end - start)
  writer.at = end
}

function opcodeNumber(opcode: string): number | undefined {
  const at = opcodes.indexOf(opcode as Opcode)
  const number = at >= 0 ? at : Number(/^OPCODE(\d{1,2})$/.exec(opcode)?.[1])
  return number <= 15 ? number : undefined
}

function rcodeNumber(rcode: string): number | undefined {
  const at = rcodes.indexOf(rcode as Rcode)
  const number = at >= 0 ? at : Number(/^RCODE(\d{1,4})$/.exec(rcode)?.[1])
  return number <= 4095 ? number : undefined
}

/** An opcode by its name; undefined where there is none such. */
export function parseOpcode(text: string): Opcode | undefined {
  const number = opcodeNumber(text)
  return number === undefined ? undefined : (opcodes[number] ?? `OPCODE${number}`)
}

/** A code of a response by its name; undefined where there is none such. */
export function parseRcode(text: string): Rcode | undefined {
  const number = rcodeNumber(text)
  return number === undefined ? undefined : rcodeName(number)
}

/** Whether a code has more bits than the header has room for. */
export function needsEdns(rcode: Rcode): boolean {
  return rcodeNumber(rcode)! > 15
}

function codeOf(code: number | undefined, text: string): number {
  if (code === undefined) {
    throw new ProtocolError('dns', `expected a code of RFC 1035 or its followers, got ${JSON.stringify(text)}`)
  }
  return code
}
