// Octets to parts of messages (RFC 9112): a head, pieces of the body as they come, an end. Nothing of a body is kept, so
// that a large one takes no memory. Left out: transfer codings but chunked, which nobody sends (TE: trailers does not ask).

import { ByteQueue } from '../byte-queue.ts'
import { type Decoder, excerpt } from '../decoder.ts'
import {
  checkOctets,
  type HttpLimits,
  readFields,
  readRequestLine,
  readStatusLine,
  requestLength,
  responseLength,
} from './head.ts'
import {
  type BodyLength,
  type HttpData,
  type HttpEnd,
  HttpProtocolError,
  type HttpRequestHead,
  type HttpResponseHead,
} from './message.ts'

const lf = 10
const cr = 13
/** A chunk's line is its size in hexadecimal and extensions that nobody uses. */
const maxChunkLine = 4096
/** Empty lines before a request (§2.2 asks to skip at least one). */
const maxEmptyLines = 16

const chunkLine = /^([0-9a-fA-F]{1,13})[ \t]*(?:;[^\0-\x08\x0a-\x1f\x7f]*)?$/

const chunkLineStart = /^[0-9a-fA-F]{1,13}[ \t]*(?:;[^\0-\x08\x0a-\x1f\x7f]*)?\r?$/

const plainEnd: HttpEnd = { kind: 'end', trailers: [] }

type Mode = 'head' | 'counted' | 'until close' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'end' | 'spent'

/** What requests and responses have in common. */
abstract class HttpDecoder<Head extends HttpRequestHead | HttpResponseHead>
  implements Decoder<Head | HttpData | HttpEnd>
{
  readonly queue: ByteQueue = new ByteQueue()
  readonly #maxLineBytes: number
  readonly #maxHeadBytes: number
  readonly #maxHeaders: number
  #mode: Mode = 'head'
  /** How far the queue was searched for the end of a head, where its last line begins, and if it has a line already. */
  #looked = 0
  #lineStart = 0
  #lines = 0
  #emptyLines = 0
  /** Octets of the body or chunk that are still to come. */
  #left = 0
  #framing = ''
  /** Taken from the queue, and not read yet: what cannot be read is given back by {@link rest}. */
  #taken: Buffer | undefined

  constructor({ maxLineBytes = 16_384, maxHeadBytes = 65_536, maxHeaders = 200 }: HttpLimits = {}) {
    this.#maxLineBytes = maxLineBytes
    this.#maxHeadBytes = maxHeadBytes
    this.#maxHeaders = maxHeaders
  }

  push(chunk: Uint8Array): void {
    this.queue.append(chunk)
  }

  /** The lines around chunks that were read since the last part was given. */
  get framing(): string {
    return this.#framing
  }

  /** What an error was thrown for, where it had come whole: a head, for example. It is what `rest` begins with. */
  get refused(): Buffer | undefined {
    return this.#taken
  }

  /** True between two messages, when nothing of the next one has come. */
  get idle(): boolean {
    return this.#mode === 'head' && this.queue.length === 0
  }

  next(): Head | HttpData | HttpEnd | undefined {
    try {
      return this.#next()
    } catch (error) {
      this.#mode = 'spent'
      throw error
    }
  }

  end(): void {
    if (this.#mode === 'until close') {
      this.#mode = 'end'
      return
    }
    if (this.idle || this.#mode === 'end' || this.#mode === 'spent') return
    const where =
      this.#mode === 'head'
        ? 'a head'
        : this.#mode === 'counted'
          ? `a body, ${this.#left} octets early`
          : 'a chunked body'
    throw new HttpProtocolError(400, `stream ended inside ${where}, got ${excerpt(this.queue.peek())}`, 'RFC 9112 §8')
  }

  rest(): Buffer {
    this.#looked = 0
    this.#lineStart = 0
    this.#lines = 0
    const left = this.queue.takeAll()
    if (this.#taken === undefined) return left
    const taken = this.#taken
    this.#taken = undefined
    return Buffer.concat([taken, left])
  }

  /** Whether a message can begin with this octet, so that TLS or a banner is refused at once and not after a line. */
  protected abstract mayBegin(octet: number): boolean

  protected abstract readHead(text: string, firstLine: string, fieldsAt: number, maxHeaders: number): Head

  #next(): Head | HttpData | HttpEnd | undefined {
    switch (this.#mode) {
      case 'head':
        return this.#head()
      case 'counted': {
        if (this.queue.length === 0) return undefined
        const bytes = this.queue.take(Math.min(this.#left, this.queue.length))
        this.#left -= bytes.length
        if (this.#left === 0) this.#mode = 'end'
        return { kind: 'data', bytes }
      }
      case 'until close':
        return this.queue.length === 0 ? undefined : { kind: 'data', bytes: this.queue.takeAll() }
      case 'end':
        this.#mode = 'head'
        return plainEnd
      case 'spent':
        return undefined
      default:
        return this.#chunked()
    }
  }

  #head(): Head | undefined {
    const text = this.#takeHead()
    if (text === undefined) return undefined
    const lineFeed = text.indexOf('\n')
    const end = text.charCodeAt(lineFeed - 1) === cr ? lineFeed - 1 : lineFeed
    checkOctets(text)
    const head = this.readHead(text, text.slice(0, end), lineFeed + 1, this.#maxHeaders)
    this.#taken = undefined
    this.#body(head.length)
    return head
  }

  #body(length: BodyLength): void {
    if (length === 'chunked') this.#mode = 'chunk size'
    else if (length === 'until close') this.#mode = 'until close'
    else if (length === 0) this.#mode = 'end'
    else {
      this.#left = length
      this.#mode = 'counted'
    }
  }

  /** The lines up to an empty one as text, once all of them are there. */
  #takeHead(): string | undefined {
    const { queue } = this
    for (;;) {
      const at = queue.indexOf(lf, this.#looked)
      const seen = at < 0 ? queue.length : at + 1
      if (seen > this.#maxHeadBytes || (this.#lines === 0 && seen - this.#lineStart > this.#maxLineBytes)) {
        throw this.#tooLong()
      }
      if (this.#lines === 0 && at !== this.#lineStart && this.#lineStart < queue.length) {
        const first = queue.peek()[this.#lineStart]!
        if (first !== cr && !this.mayBegin(first)) {
          throw new HttpProtocolError(400, `expected a first line, got ${excerpt(queue.peek())}`, 'RFC 9112 §2.1')
        }
      }
      if (at < 0) {
        this.#looked = queue.length
        return undefined
      }
      this.#looked = at + 1
      const size = at - this.#lineStart
      if (size === 0 || (size === 1 && queue.peek()[this.#lineStart] === cr)) {
        const bytes = queue.take(at + 1)
        this.#looked = 0
        this.#lineStart = 0
        if (this.#lines > 0) {
          this.#lines = 0
          this.#emptyLines = 0
          this.#taken = bytes
          return bytes.toString('latin1')
        }
        if (++this.#emptyLines > maxEmptyLines) {
          throw new HttpProtocolError(400, 'expected a message, got empty lines', 'RFC 9112 §2.2')
        }
        continue
      }
      this.#lines++
      this.#lineStart = at + 1
    }
  }

  #tooLong(): HttpProtocolError {
    const got = excerpt(this.queue.peek())
    // As much as it takes to know, in whatever pieces it came.
    this.#taken = this.queue.take(1 + (this.#lines === 0 ? this.#maxLineBytes : this.#maxHeadBytes))
    return this.#lines === 0
      ? new HttpProtocolError(
          414,
          `expected a first line of at most ${this.#maxLineBytes} octets, got ${got}`,
          'RFC 9112 §3',
        )
      : new HttpProtocolError(431, `expected a head of at most ${this.#maxHeadBytes} octets, got ${got}`, 'RFC 6585 §5')
  }

  #chunked(): HttpData | HttpEnd | undefined {
    for (;;) {
      if (this.#mode === 'chunk size') {
        const line = this.#chunkSize()
        if (line === undefined) return undefined
        this.#left = line
        this.#mode = line === 0 ? 'trailers' : 'chunk'
      } else if (this.#mode === 'chunk') {
        if (this.queue.length === 0) return undefined
        const bytes = this.queue.take(Math.min(this.#left, this.queue.length))
        this.#left -= bytes.length
        if (this.#left === 0) this.#mode = 'chunk end'
        const framing = this.#takeFraming()
        return framing === '' ? { kind: 'data', bytes } : { kind: 'data', bytes, framing }
      } else if (this.#mode === 'chunk end') {
        if (this.queue.length < 2) return undefined
        const end = this.queue.take(2)
        if (end[0] !== cr || end[1] !== lf) {
          this.#taken = end
          throw new HttpProtocolError(400, `expected CRLF after a chunk, got ${excerpt(end)}`, 'RFC 9112 §7.1')
        }
        this.#framing += '\r\n'
        this.#mode = 'chunk size'
      } else return this.#trailers()
    }
  }

  #takeFraming(): string {
    const framing = this.#framing
    this.#framing = ''
    return framing
  }

  #chunkSize(): number | undefined {
    const at = this.queue.indexOf(lf, this.#looked)
    if (at >= maxChunkLine || (at < 0 && this.queue.length >= maxChunkLine)) {
      const got = excerpt(this.queue.peek())
      throw new HttpProtocolError(400, `expected a chunk's size, got ${got}`, 'RFC 9112 §7.1')
    }
    if (at < 0) {
      this.#looked = this.queue.length
      const got = this.queue.peek()
      // Its sender may wait for the answer with the rest of the line.
      if (got.length > 0 && !chunkLineStart.test(got.toString('latin1'))) {
        throw new HttpProtocolError(400, `expected a chunk's size, got ${excerpt(got)}`, 'RFC 9112 §7.1')
      }
      return undefined
    }
    this.#looked = 0
    const line = this.queue.take(at + 1)
    // Here a bare LF is refused: two readers that disagree on it see different requests.
    const text = line[at - 1] === cr ? line.toString('latin1', 0, at - 1) : undefined
    const match = text === undefined ? null : chunkLine.exec(text)
    if (match === null) {
      this.#taken = line
      throw new HttpProtocolError(400, `expected a chunk's size, got ${excerpt(line)}`, 'RFC 9112 §7.1')
    }
    this.#framing += `${text}\r\n`
    return Number.parseInt(match[1]!, 16)
  }

  #trailers(): HttpEnd | undefined {
    const { queue } = this
    if (queue.length < 2) return undefined
    const start = queue.peek()
    if (start[0] === cr && start[1] === lf) {
      queue.take(2)
      this.#mode = 'head'
      return { kind: 'end', trailers: [], framing: `${this.#takeFraming()}\r\n` }
    }
    if (start[0] === lf) {
      throw new HttpProtocolError(400, `expected trailers or CRLF, got ${excerpt(start)}`, 'RFC 9112 §7.1.2')
    }
    this.#lines = 1
    const text = this.#takeHead()
    if (text === undefined) return undefined
    checkOctets(text)
    const { headers, contentLength, transferCodings } = readFields(text, 0, this.#maxHeaders)
    if (contentLength !== undefined || transferCodings !== undefined) {
      throw new HttpProtocolError(400, 'expected trailers, got a field that frames the message', 'RFC 9110 §6.5.1')
    }
    this.#taken = undefined
    this.#mode = 'head'
    return { kind: 'end', trailers: headers, framing: this.#takeFraming() + text }
  }
}

const letter = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/
const beginsMethod: readonly boolean[] = Array.from({ length: 256 }, (_, octet) =>
  letter.test(String.fromCharCode(octet)),
)

export class HttpRequestDecoder extends HttpDecoder<HttpRequestHead> {
  protected override mayBegin(octet: number): boolean {
    return beginsMethod[octet]!
  }

  protected override readHead(raw: string, firstLine: string, fieldsAt: number, maxHeaders: number): HttpRequestHead {
    const { method, target, version } = readRequestLine(firstLine)
    const fields = readFields(raw, fieldsAt, maxHeaders)
    const length = requestLength(fields, version)
    return { kind: 'request', method, target, version, headers: fields.headers, length, raw }
  }
}

/** Reads the responses to requests that {@link expect} has told it of; without that, to GET. */
export class HttpResponseDecoder extends HttpDecoder<HttpResponseHead> {
  readonly #methods: string[] = []

  /** A request with this method was sent; what has a body and what not depends on it. */
  expect(method: string): void {
    this.#methods.push(method)
  }

  protected override mayBegin(octet: number): boolean {
    return octet === 0x48 // H
  }

  protected override readHead(raw: string, firstLine: string, fieldsAt: number, maxHeaders: number): HttpResponseHead {
    const { version, status, reason } = readStatusLine(firstLine)
    const fields = readFields(raw, fieldsAt, maxHeaders)
    const interim = status < 200 && status !== 101
    const method = (interim ? this.#methods[0] : this.#methods.shift()) ?? 'GET'
    const length = responseLength(fields, status, method)
    return { kind: 'response', version, status, reason, headers: fields.headers, length, raw }
  }
}
