// Octets that arrive by themselves, read when somebody wants them: chunk by chunk, up to a delimiter, or by count.
// Pure: whoever owns the stream pushes into it and is told when to hold the sender back.

import { ByteQueue } from './byte-queue.ts'
import { excerpt, ProtocolError } from './decoder.ts'

/** Octets that may lie unread before the sender is held back. */
const highWater = 64 * 1024

export interface ReadLimit {
  /** Octets that are waited for at most; beyond, the read throws a {@link ProtocolError}. Default: 1 MiB. */
  maxBytes?: number
}

export class OctetReader implements AsyncIterable<Buffer> {
  readonly #queue = new ByteQueue()
  readonly #protocol: string
  readonly #flow: { pause(): void; resume(): void }
  #paused = false
  #ended = false
  #failure: { error: unknown } | undefined
  #wake: (() => void) | undefined

  /** `protocol` begins error messages; `flow` holds the sender back and lets it go on. */
  constructor(protocol: string, flow: { pause(): void; resume(): void }) {
    this.#protocol = protocol
    this.#flow = flow
  }

  push(chunk: Uint8Array): void {
    this.#queue.append(chunk)
    if (this.#wake !== undefined) this.#wake()
    else if (this.#queue.length >= highWater && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
  }

  /** Nothing follows. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Reads that cannot be satisfied any more throw `error`; what has arrived can still be read. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  /** Forgets what has arrived and was not read; returns how many octets that were. */
  drop(): number {
    return this.#queue.takeAll().length
  }

  /** What has arrived, or the next that does; undefined at the end. */
  async read(): Promise<Buffer | undefined> {
    while (this.#queue.length === 0) if (!(await this.#more())) return undefined
    return this.#queue.takeAll()
  }

  /** All up to and with `delimiter`; undefined where the stream ends before another octet. */
  async readUntil(delimiter: string | Uint8Array, { maxBytes = 2 ** 20 }: ReadLimit = {}): Promise<Buffer | undefined> {
    const wanted = Buffer.from(delimiter as string)
    if (wanted.length === 0) throw new RangeError('expected a delimiter of at least one octet')
    let looked = wanted.length - 1
    for (;;) {
      const at = this.#queue.indexOf(wanted.at(-1)!, looked)
      const size = at < 0 ? this.#queue.length : at + 1
      if (size > maxBytes) {
        const got = excerpt(this.#queue.peek())
        throw new ProtocolError(this.#protocol, `expected ${name(wanted)} within ${maxBytes} octets, got ${got}`)
      }
      if (at >= 0) {
        if (wanted.length === 1 || this.#queue.peek().subarray(0, size).subarray(-wanted.length).equals(wanted)) {
          return this.#queue.take(size)
        }
        looked = size
        continue
      }
      looked = Math.max(looked, size)
      if (await this.#more()) continue
      if (this.#queue.length === 0) return undefined
      throw new ProtocolError(
        this.#protocol,
        `expected ${name(wanted)}, got the end after ${excerpt(this.#queue.peek())}`,
      )
    }
  }

  /** Exactly `count` octets; undefined where the stream ends before the first. */
  async readExactly(count: number, { maxBytes = 2 ** 20 }: ReadLimit = {}): Promise<Buffer | undefined> {
    if (!(count >= 0)) throw new RangeError(`expected a count of octets, got ${count}`)
    if (count > maxBytes) {
      throw new ProtocolError(this.#protocol, `expected at most ${maxBytes} octets, got a message of ${count}`)
    }
    while (this.#queue.length < count) {
      if (await this.#more()) continue
      if (this.#queue.length === 0) return undefined
      throw new ProtocolError(this.#protocol, `expected ${count} octets, got the end after ${this.#queue.length}`)
    }
    return this.#queue.take(count)
  }

  /** Chunks as they come. Leaving the loop leaves the stream as it is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) yield chunk
  }

  /** Waits for anything new; false at the end. */
  async #more(): Promise<boolean> {
    if (this.#wake !== undefined)
      throw new Error('expected one read at a time, got a second one before the first ended')
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#ended) return false
    const before = this.#queue.length
    await new Promise<void>(resolve => {
      this.#wake = resolve
      if (this.#paused) {
        this.#paused = false
        this.#flow.resume()
      }
    })
    this.#wake = undefined
    if (this.#queue.length > before) return true
    return this.#more()
  }
}

function name(delimiter: Buffer): string {
  return JSON.stringify(delimiter.toString('latin1'))
}
