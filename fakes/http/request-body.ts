// The body of a request on its way from the decoder to whoever reads it, who may be slower, or not read it at all.

import type { HttpHeaders } from '../../wire/http/message.ts'

const nothing = Buffer.alloc(0)

/** Octets that wait for a reader before the client is made to wait. */
const maxWaiting = 256 * 1024

export interface BodyOwner {
  /** Somebody wants octets: the client may send (again). */
  wanted(): void
  /** More wait than should. */
  full(): void
}

export class RequestBody {
  readonly #owner: BodyOwner
  readonly #maxKept: number
  #waiting: Buffer[] = []
  #size = 0
  #kept: Buffer[] = []
  #keptSize = 0
  #reader: { resolve(bytes: Buffer | undefined): void; reject(error: unknown): void } | undefined
  #error: unknown
  #dropping = false
  #stream: ReadableStream<Uint8Array> | undefined
  ended = false
  trailers: HttpHeaders = []
  /** Octets that came. */
  received = 0

  /** `maxKept` octets from the front stay readable by {@link kept}. */
  constructor(owner: BodyOwner, maxKept: number) {
    this.#owner = owner
    this.#maxKept = maxKept
  }

  get kept(): Buffer {
    if (this.#kept.length > 1) this.#kept = [Buffer.concat(this.#kept)]
    return this.#kept[0] ?? nothing
  }

  push(bytes: Buffer): void {
    this.received += bytes.length
    if (this.#keptSize < this.#maxKept) {
      const part = bytes.subarray(0, this.#maxKept - this.#keptSize)
      this.#kept.push(part)
      this.#keptSize += part.length
    }
    if (this.#dropping) return
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#size += bytes.length
    if (this.#size > maxWaiting) this.#owner.full()
  }

  end(trailers: HttpHeaders): void {
    this.ended = true
    this.trailers = trailers
    this.#reader?.resolve(undefined)
    this.#reader = undefined
  }

  /** It will never be whole. */
  fail(error: unknown): void {
    if (this.ended || this.#error !== undefined) return
    this.#error = error
    this.#reader?.reject(error)
    this.#reader = undefined
  }

  /** Nobody will read what is left. */
  drop(): void {
    this.#dropping = true
    this.#waiting = []
    this.#size = 0
    if (!this.ended) this.#owner.wanted()
  }

  /** The next piece; undefined at the end. One read at a time. */
  read(): Promise<Buffer | undefined> {
    if (this.#waiting.length > 0) {
      const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting)
      this.#waiting = []
      this.#size = 0
      if (!this.ended) this.#owner.wanted()
      return Promise.resolve(bytes)
    }
    if (this.ended) return Promise.resolve(undefined)
    if (this.#error !== undefined) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#owner.wanted()
    })
  }

  /** All of it where it is already here, so that nobody has to wait; undefined where it is not. */
  whole(): Buffer | undefined {
    if (!this.ended) return undefined
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#size = 0
    return bytes
  }

  get stream(): ReadableStream<Uint8Array> {
    this.#stream ??= new ReadableStream<Uint8Array>(
      {
        pull: async controller => {
          const bytes = await this.read()
          if (bytes === undefined) controller.close()
          else controller.enqueue(bytes)
        },
        cancel: () => this.drop(),
      },
      { highWaterMark: 0 },
    )
    return this.#stream
  }
}
