// DNS (RFC 1035) as datagrams and over TCP (§4.2.2, RFC 7766): framing, the lines a person reads, conversations.
// Messages are in dns/message.ts, zone files in dns/zone-file.ts. Left out: DNS over TLS and HTTPS.

import { ByteQueue } from './byte-queue.ts'
import { type Decoder, ProtocolError, type Side } from './decoder.ts'
import { type DnsMessage, decodeDnsMessage, encodeDnsMessage } from './dns/message.ts'
import { formatRecord } from './dns/text.ts'
import { absolute } from './dns/words.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

/** The octets of each message on a TCP connection: 16 bits of length, then the message. */
export class DnsFrameDecoder implements Decoder<Buffer> {
  readonly #queue = new ByteQueue()

  push(chunk: Uint8Array): void {
    this.#queue.append(chunk)
  }

  next(): Buffer | undefined {
    const length = this.#queue.peekUint16()
    if (length === undefined || this.#queue.length < 2 + length) return undefined
    return this.#queue.take(2 + length).subarray(2)
  }

  end(): void {
    const left = this.#queue.length
    if (left > 0) throw new ProtocolError('dns', `stream ended inside a message, got ${left} octets of it`)
  }

  rest(): Uint8Array {
    return this.#queue.takeAll()
  }
}

/** Messages on a TCP connection. */
export class DnsTcpDecoder implements Decoder<DnsMessage> {
  readonly #frames = new DnsFrameDecoder()

  push(chunk: Uint8Array): void {
    this.#frames.push(chunk)
  }

  next(): DnsMessage | undefined {
    const frame = this.#frames.next()
    return frame === undefined ? undefined : decodeDnsMessage(frame)
  }

  end(): void {
    this.#frames.end()
  }

  rest(): Uint8Array {
    return this.#frames.rest()
  }
}

/** A message as it goes over TCP. */
export function frameDnsMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + message.length)
  frame.writeUInt16BE(message.length)
  frame.set(message, 2)
  return frame
}

export function encodeDnsTcpMessage(message: DnsMessage): Buffer {
  return frameDnsMessage(encodeDnsMessage(message))
}

const flags = [
  ['authoritative', 'authoritative'],
  ['truncated', 'truncated'],
  ['recursionDesired', 'recursion desired'],
  ['recursionAvailable', 'recursion available'],
  ['authenticData', 'authentic data'],
  ['checkingDisabled', 'checking disabled'],
] as const

/** One line for the header and the question, then one for each record. */
export function describe(message: DnsMessage): string {
  const { edns, opcode, rcode } = message
  const words = [message.response ? 'answer' : 'query', String(message.id)]
  if (opcode !== 'QUERY') words.push(opcode)
  if (message.response) words.push(rcode)
  const questions = message.questions.map(({ name, type, class: ofClass }) =>
    [absolute(name), ...(ofClass === 'IN' ? [] : [ofClass]), type].join(' '),
  )
  const notes: string[] = flags.filter(([flag]) => message[flag]).map(([, words]) => words)
  if (edns !== undefined) notes.push(`EDNS ${edns.udpBytes} octets${edns.dnssecOk ? ' DO' : ''}`)
  const lines = [words.concat(questions.join(', ')).join(' ') + (notes.length > 0 ? ` (${notes.join(', ')})` : '')]
  for (const [section, records] of [
    ['answer', message.answers],
    ['authority', message.authorities],
    ['additional', message.additionals],
  ] as const) {
    for (const record of records) lines.push(`  ${section} ${formatRecord(record)}`)
  }
  return lines.join('\n')
}

class DnsConversation implements Conversation<DnsMessage | Uint8Array> {
  readonly #frames: Record<Side, DnsFrameDecoder> | undefined

  constructor(transport: 'tcp' | 'udp') {
    if (transport === 'tcp') this.#frames = { client: new DnsFrameDecoder(), server: new DnsFrameDecoder() }
  }

  push(from: Side, chunk: Uint8Array): Turn<DnsMessage | Uint8Array>[] {
    if (this.#frames === undefined) return [read(from, chunk)]
    const frames = this.#frames[from]
    frames.push(chunk)
    const turns: Turn<DnsMessage | Uint8Array>[] = []
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) turns.push(read(from, frame))
    return turns
  }

  end(from: Side): Turn<DnsMessage | Uint8Array>[] {
    const left = this.#frames?.[from].rest() ?? new Uint8Array()
    return left.length === 0 ? [] : [{ from, message: left, text: `${describeBytes(left)} (cut)` }]
  }
}

function read(from: Side, octets: Uint8Array): Turn<DnsMessage | Uint8Array> {
  try {
    const message = decodeDnsMessage(octets)
    return { from, message, text: describe(message) }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    // A tap's octets are valid during its call only.
    const kept = Buffer.from(octets)
    return { from, message: kept, text: `${describeBytes(kept)} (${error.message})` }
  }
}

export const wire: Wire<DnsMessage | Uint8Array> = { conversation: transport => new DnsConversation(transport) }
