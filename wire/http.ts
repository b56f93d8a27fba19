// HTTP/1.1 (RFC 9110, 9112) as both directions of a link show it. The messages, decoders and encoders are in http/.
// Left out: decoding of content codings, which is the reader's: a compressed body is shown by its size; the rest of a
// message that is on its way when a link is joined, which nothing tells from what follows but a first line of a head.

import { ProtocolError, type Side } from './decoder.ts'
import { HttpRequestDecoder, HttpResponseDecoder } from './http/decoder.ts'
import { type HttpHeaders, type HttpRequestHead, type HttpResponseHead, header } from './http/message.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

/** A body as a reader of both directions gets it, after its head. */
export interface HttpBody {
  readonly kind: 'body'
  /** The first 64 KiB of it, without chunks' sizes. */
  readonly bytes: Buffer
  /** Octets of all of it. */
  readonly size: number
  readonly trailers: HttpHeaders
  /** The media type that its head gives, and the coding that hides the content. */
  readonly type: string | undefined
  readonly coding: string | undefined
}

/** Octets of what is no HTTP, or no longer: after Upgrade, after CONNECT, after an error. */
export type HttpMessage = HttpRequestHead | HttpResponseHead | HttpBody | Uint8Array

const maxFirstLine = 8192
const requestLine = /^[A-Z][A-Z-]* [!-~]+ HTTP\/1\.[01]\r?\n/
const statusLine = /^HTTP\/1\.[01] [1-5]\d\d(?: [^\n]*)?\r?\n/

/** Octets of a body that are kept for {@link HttpBody.bytes}. */
const maxKept = 64 * 1024

/** A head as its lines, a body as its text where it is text. */
export function describe(message: HttpMessage): string {
  if (message instanceof Uint8Array) return describeBytes(message)
  if (message.kind !== 'body') return message.raw.trimEnd().replaceAll('\r\n', '\n')
  const { bytes, size, type, coding, trailers } = message
  const lines = trailers.map(([name, value]) => `${name}: ${value}`)
  if (coding !== undefined && coding !== 'identity') lines.unshift(`${size} octets of ${type ?? 'content'}, ${coding}`)
  else if (size > bytes.length) lines.unshift(`${describeBytes(bytes)}\n… ${size} octets in all`)
  else if (size > 0) lines.unshift(describeBytes(bytes))
  return lines.join('\n')
}

/** One direction: its decoder, and the body that is coming. */
class Direction {
  readonly decoder: HttpRequestDecoder | HttpResponseDecoder
  head: HttpRequestHead | HttpResponseHead | undefined
  kept: Buffer[] = []
  size = 0
  raw = false
  /** What is said is the rest of a message whose beginning nobody saw, and of that its last line as far as it has come. */
  rest: string | undefined

  constructor(decoder: HttpRequestDecoder | HttpResponseDecoder, isJoined: boolean) {
    this.decoder = decoder
    this.rest = isJoined ? '' : undefined
  }

  /** Whether octets are still the rest of a message: until a line is plainly the first one of a head. */
  isRest(octets: Buffer, first: RegExp): boolean {
    if (this.rest === undefined) return false
    const text = octets.toString('latin1', 0, maxFirstLine)
    const line = this.rest + text
    const head = first.test(text) ? octets : first.test(line) ? Buffer.from(line, 'latin1') : undefined
    if (head === undefined) {
      this.rest = octets.at(-1) === 10 ? '' : line.slice(line.lastIndexOf('\n') + 1).slice(0, maxFirstLine)
      return true
    }
    this.rest = undefined
    this.decoder.push(head === octets ? octets : Buffer.concat([head.subarray(0, line.length - text.length), octets]))
    return false
  }

  keep(bytes: Buffer): void {
    const room = maxKept - Math.min(this.size, maxKept)
    // A copy: what a tap is shown is only valid during the call.
    if (room > 0) this.kept.push(Buffer.from(bytes.subarray(0, room)))
    this.size += bytes.length
  }

  body(trailers: HttpHeaders): HttpBody {
    const headers = this.head?.headers ?? []
    const body: HttpBody = {
      kind: 'body',
      bytes: Buffer.concat(this.kept),
      size: this.size,
      trailers,
      type: header(headers, 'content-type'),
      coding: header(headers, 'content-encoding'),
    }
    this.kept = []
    this.size = 0
    this.head = undefined
    return body
  }
}

class HttpConversation implements Conversation<HttpMessage> {
  readonly #responses = new HttpResponseDecoder()
  readonly #client: Direction
  readonly #server: Direction
  /** Methods of requests whose responses have not come, for what a response switches to. */
  readonly #methods: string[] = []

  constructor(isJoined: boolean) {
    this.#client = new Direction(new HttpRequestDecoder(), isJoined)
    this.#server = new Direction(this.#responses, isJoined)
  }

  push(from: Side, chunk: Uint8Array): Turn<HttpMessage>[] {
    const direction = from === 'client' ? this.#client : this.#server
    if (direction.raw) return [this.#turn(from, Buffer.from(chunk))]
    // What waits for the rest of a message outlives the call, the octets that a tap is shown do not.
    const octets = Buffer.from(chunk)
    if (direction.rest === undefined) direction.decoder.push(octets)
    else if (direction.isRest(octets, from === 'client' ? requestLine : statusLine)) return []
    return this.#turns(from, direction)
  }

  end(from: Side): Turn<HttpMessage>[] {
    const direction = from === 'client' ? this.#client : this.#server
    if (direction.raw || direction.rest !== undefined) return []
    const turns: Turn<HttpMessage>[] = []
    try {
      direction.decoder.end()
      turns.push(...this.#turns(from, direction))
    } catch (error) {
      turns.push(...this.#broken(from, direction, error))
    }
    return turns
  }

  #turns(from: Side, direction: Direction): Turn<HttpMessage>[] {
    const turns: Turn<HttpMessage>[] = []
    try {
      for (;;) {
        const part = direction.decoder.next()
        if (part === undefined) break
        if (part.kind === 'data') direction.keep(part.bytes)
        else if (part.kind === 'end') {
          const body = direction.body(part.trailers)
          if (body.size > 0 || body.trailers.length > 0) turns.push(this.#turn(from, body))
        } else {
          direction.head = part
          turns.push(this.#turn(from, part))
          if (part.kind === 'request') {
            this.#responses.expect(part.method)
            this.#methods.push(part.method)
          } else if (this.#switches(part)) {
            direction.decoder.next() // its end: such a response has no body
            turns.push(...this.#becomeRaw())
            break
          }
        }
      }
    } catch (error) {
      turns.push(...this.#broken(from, direction, error))
    }
    return turns
  }

  /** Whether what follows a response is another protocol. */
  #switches({ status }: HttpResponseHead): boolean {
    if (status < 200 && status !== 101) return false
    const method = this.#methods.shift()
    return status === 101 || (method === 'CONNECT' && status < 300)
  }

  #becomeRaw(): Turn<HttpMessage>[] {
    const turns: Turn<HttpMessage>[] = []
    for (const [from, direction] of [['client', this.#client] as const, ['server', this.#server] as const]) {
      direction.raw = true
      const rest = direction.decoder.rest()
      if (rest.length > 0) turns.push(this.#turn(from, rest))
    }
    return turns
  }

  #broken(from: Side, direction: Direction, error: unknown): Turn<HttpMessage>[] {
    if (!(error instanceof ProtocolError)) throw error
    direction.raw = true
    const turns: Turn<HttpMessage>[] = []
    if (direction.size > 0) turns.push(this.#turn(from, direction.body([])))
    const rest = direction.decoder.rest()
    turns.push({ from, message: rest, text: `${describeBytes(rest).trimEnd()} (${error.message})` })
    return turns
  }

  #turn(from: Side, message: HttpMessage): Turn<HttpMessage> {
    return { from, message, text: describe(message) }
  }
}

export const wire: Wire<HttpMessage> = {
  conversation: (_transport, lastSaid) => new HttpConversation(lastSaid !== undefined),
}
