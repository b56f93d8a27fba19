// The answer to a request: what it says, and its body, read in parts or as a whole.

import type { Duplex, Readable } from 'node:stream'
import { UsageError } from '../../net/errors.ts'
import { ByteQueue } from '../../wire/byte-queue.ts'
import { type HttpHeaders, header } from '../../wire/http/message.ts'
import { HttpError } from './errors.ts'

/** A step on the way to an answer. */
export interface Redirect {
  readonly status: number
  readonly url: string
  readonly location: string
}

export interface HttpAnswer {
  status: number
  reason: string
  version: string
  headers: HttpHeaders
  url: string
  method: string
  requestHead: string
  responseHead: string
  history: readonly Redirect[]
}

export class HttpResult implements AsyncDisposable {
  readonly status: number
  readonly reason: string
  /** `1.0` or `1.1`. */
  readonly version: string
  /** In the order in which they came, names as the server writes them. */
  readonly headers: HttpHeaders
  /** Where the answer came from, after redirects. */
  readonly url: string
  /** What was asked with, after redirects. */
  readonly method: string
  /** The head of the last request as it was sent. */
  readonly requestHead: string
  /** The head of this response as it came, as latin1. */
  readonly responseHead: string
  /** The redirects that led here. */
  readonly history: readonly Redirect[]
  /** After CONNECT: the tunnel. */
  readonly tunnel: Duplex | undefined
  readonly #source: Readable
  readonly #pieces: AsyncIterator<Buffer>
  readonly #failed: (error: unknown) => unknown
  readonly #queue = new ByteQueue()
  #ended = false
  #whole: Promise<Buffer> | undefined
  #inParts = false

  /** `failed` turns errors of Node into those of this client. */
  constructor(answer: HttpAnswer, source: Readable, failed: (error: unknown) => unknown, tunnel?: Duplex) {
    this.status = answer.status
    this.reason = answer.reason
    this.version = answer.version
    this.headers = answer.headers
    this.url = answer.url
    this.method = answer.method
    this.requestHead = answer.requestHead
    this.responseHead = answer.responseHead
    this.history = answer.history
    this.tunnel = tunnel
    this.#source = source
    this.#pieces = source[Symbol.asyncIterator]()
    this.#failed = failed
  }

  /** The first value of a header, however its name is written. */
  header(name: string): string | undefined {
    return header(this.headers, name)
  }

  /** True for 200 to 399. */
  get ok(): boolean {
    return this.status < 400
  }

  /** Throws where the status is an error. */
  check(): this {
    if (this.ok) return this
    const { status, reason, url, headers, history } = this
    throw new HttpError(`${status} ${reason} for ${url}`, { status, reason, url, headers, history })
  }

  /** The next `count` octets of the body, fewer only at its end; without a count all that is left. Each octet once. */
  async read(count: number = Number.POSITIVE_INFINITY): Promise<Buffer> {
    this.#part()
    while (this.#queue.length < count && (await this.#more()));
    return this.#queue.take(Math.min(count, this.#queue.length))
  }

  /** The next line of the body with its LF, undefined at the end. The last line may lack the LF. */
  async readLine(): Promise<Buffer | undefined> {
    this.#part()
    let looked = 0
    for (;;) {
      const at = this.#queue.indexOf(10, looked)
      if (at >= 0) return this.#queue.take(at + 1)
      looked = this.#queue.length
      if (!(await this.#more())) return looked === 0 ? undefined : this.#queue.takeAll()
    }
  }

  /** The body in pieces as they come, once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    this.#part()
    do {
      if (this.#queue.length > 0) yield this.#queue.takeAll()
    } while (await this.#more())
  }

  /** The whole body, as often as it is asked for. */
  bytes(): Promise<Buffer> {
    if (this.#inParts) throw new UsageError('expected a body that nobody has read from, got one that was read in parts')
    this.#whole ??= (async () => {
      while (await this.#more());
      return this.#queue.takeAll()
    })()
    return this.#whole
  }

  /** The whole body as text, by the given charset, by a byte order mark, by Content-Type, or else as UTF-8. */
  async text(charset?: string): Promise<string> {
    const bytes = await this.bytes()
    const said = /charset\s*=\s*"?([^\s";]+)/i.exec(this.header('content-type') ?? '')?.[1]
    const name = charset ?? markOf(bytes) ?? said ?? 'utf-8'
    let decoder: InstanceType<typeof TextDecoder>
    try {
      decoder = new TextDecoder(name)
    } catch (cause) {
      throw new UsageError(`expected a charset such as utf-8 or iso-8859-1, got ${JSON.stringify(name)}`, { cause })
    }
    return decoder.decode(bytes)
  }

  /** The whole body as JSON. Throws a SyntaxError where it is none. */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  /** Lets go of the connection; a body that is not read yet is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#source.destroy()
    this.tunnel?.destroy()
  }

  #part(): void {
    if (this.#whole !== undefined)
      throw new UsageError('expected a body to be read in parts, got one that was read whole')
    this.#inParts = true
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false
    try {
      const { done, value } = await this.#pieces.next()
      if (done) this.#ended = true
      else this.#queue.append(value)
      return !done
    } catch (error) {
      throw this.#failed(error)
    }
  }
}

function markOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined
}
