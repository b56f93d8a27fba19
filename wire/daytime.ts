// The daytime protocol (RFC 867): a server says the date and time as a line of text and closes, or sends one datagram.
// The RFC leaves the text open; what a client sends is ignored. Left out: nothing.

import { type Decoder, excerpt, ProtocolError, type Side } from './decoder.ts'
import { LineDecoder } from './line-decoder.ts'
import { RawFollower, type RawMessage } from './raw.ts'
import {
  type Follower,
  filled,
  type Heard,
  octetsOfLines,
  outgoing,
  printableLines,
  type Scripted,
  type TapeForm,
  type TapeValue,
} from './tape.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

/** The server's only message. */
export interface DaytimeReply {
  /** The line without its end, for example `Sunday, March 15, 2015 12:09:16-UTC`. */
  text: string
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['January', 'February', 'March', 'April', 'May', 'June']
months.push('July', 'August', 'September', 'October', 'November', 'December')

const two = (number: number) => String(number).padStart(2, '0')

/** The RFC's first example, `Tuesday, February 22, 1982 17:37:43-PST`, in UTC. */
export function formatDaytime(date: Date): string {
  const day = `${days[date.getUTCDay()]}, ${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}-UTC`
}

export function encodeDaytimeReply({ text }: DaytimeReply): Buffer {
  return Buffer.from(`${text}\r\n`, 'latin1')
}

/** A datagram, or all that a server said before it closed. */
export function decodeDaytimeReply(bytes: Uint8Array): DaytimeReply {
  const decoder = new DaytimeDecoder()
  decoder.push(bytes)
  const reply = decoder.next()
  if (reply === undefined) throw new ProtocolError('daytime', `expected one line, got ${excerpt(bytes)}`)
  return reply
}

export class DaytimeDecoder implements Decoder<DaytimeReply> {
  // RFC 867 asks for one line; no format in use comes near 512 octets.
  readonly #lines = new LineDecoder({ protocol: 'daytime', maxBytes: 512 })

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk)
  }

  next(): DaytimeReply | undefined {
    const text = this.#lines.next()
    return text === undefined ? undefined : { text }
  }

  end(): void {
    this.#lines.end()
  }

  rest(): Uint8Array {
    return this.#lines.rest()
  }
}

export const describe = (message: DaytimeReply): string => message.text

class DaytimeConversation implements Conversation<DaytimeReply | Uint8Array> {
  readonly #decoder = new DaytimeDecoder()

  push(from: Side, chunk: Uint8Array): Turn<DaytimeReply | Uint8Array>[] {
    if (from === 'client') return [{ from, message: chunk, text: `${describeBytes(chunk)} (ignored)` }]
    this.#decoder.push(chunk)
    return this.#turns()
  }

  end(from: Side): Turn<DaytimeReply | Uint8Array>[] {
    const left = from === 'server' ? this.#decoder.rest() : new Uint8Array()
    return left.length === 0 ? [] : [{ from, message: left, text: `${describeBytes(left)} (cut)` }]
  }

  #turns(): Turn<DaytimeReply | Uint8Array>[] {
    const turns: Turn<DaytimeReply | Uint8Array>[] = []
    try {
      for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
        turns.push({ from: 'server', message: reply, text: describe(reply) })
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      const rest = this.#decoder.rest()
      turns.push({ from: 'server', message: rest, text: `${describeBytes(rest)} (${error.message})` })
    }
    return turns
  }
}

export const wire: Wire<DaytimeReply | Uint8Array> = { conversation: () => new DaytimeConversation() }

/** What is on a tape: a line, or what is none. */
type DaytimeMessage = { kind: 'line'; octets: Buffer } | RawMessage

/** What a client sends is ignored, also here: of a datagram only that there was one is kept. */
class DaytimeFollower implements Follower<DaytimeMessage> {
  readonly held = 0
  readonly #isDatagram: boolean
  readonly #heard: Heard<DaytimeMessage>[] = []
  readonly #server = new RawFollower()
  #line: Buffer[] = []

  constructor(isDatagram: boolean) {
    this.#isDatagram = isDatagram
  }

  push(from: Side, octets: Buffer): void {
    if (from === 'server') this.#said(octets)
    else if (this.#isDatagram) {
      this.#heard.push({ kind: 'whole', from, message: { kind: 'octets', octets: Buffer.alloc(0) } })
    }
  }

  next(): Heard<DaytimeMessage> | undefined {
    return this.#heard.shift() ?? this.#server.next()
  }

  end(from: Side): void {
    if (from === 'client') return
    const left = Buffer.concat(this.#line)
    this.#line = []
    if (left.length > 0) this.#server.push('server', left)
    this.#server.end('server')
  }

  said(): void {}
  secured(): void {}

  #said(octets: Buffer): void {
    const line = Buffer.concat([...this.#line, octets])
    const end = line.indexOf('\r\n')
    const isLine = end >= 0 && end === line.length - 2 && line.length <= 512
    if (this.#isDatagram || isLine) {
      this.#line = []
      this.#heard.push({ kind: 'whole', from: 'server', message: { kind: 'line', octets: line }, closes: true })
    } else if (line.length <= 512 && !line.includes('\n')) this.#line = [line]
    else {
      this.#line = []
      this.#server.push('server', line)
    }
  }
}

/** The line as text; what is no line as octets. The server speaks first over TCP, so there is nothing to match. */
export const form: TapeForm<DaytimeMessage> = {
  kind: transport => (transport === 'tcp' ? 'dialogue' : 'exchanges'),
  follow: transport => new DaytimeFollower(transport === 'udp'),
  write(message, body, writing): TapeValue {
    const octets = message.octets ?? body?.octets
    if (octets?.length === 0) return ''
    const line = message.kind === 'line' ? printableLines(message.octets) : undefined
    if (line !== undefined) return line.slice(0, -1)
    return { octets: writing.body(octets === undefined ? body! : { size: octets.length, octets }) }
  },
  reader: reading => ({
    read(from, value): Scripted<DaytimeMessage> {
      if (from === 'client') return { message: { kind: 'octets', octets: Buffer.alloc(0) } }
      if (typeof value === 'string') {
        return { message: { kind: 'line', octets: octetsOfLines(`${value.replace(/\n$/, '')}\n`) }, closes: true }
      }
      if ('octets' in value && value.octets !== undefined) {
        return { message: { kind: 'octets' }, body: reading.body(value.octets) }
      }
      const got = Array.isArray(value) ? 'a list' : Object.keys(value).join(', ') || 'nothing'
      throw new ProtocolError('daytime', `expected a line or octets, got ${got}`)
    },
  }),
  encode({ message, body }, reveal) {
    return outgoing(filled(body ?? { size: message.octets!.length, octets: message.octets, secrets: true }, reveal))
  },
  identity: () => '',
  steady: from => from,
  refuse: () => ({ link: 'reset' }),
}
