// The octets of one message while they come: in memory while they are few, then in a file beside the tape.

import type { TapeBody } from '../wire/tape.ts'
import type { BlobSink, BlobStore } from './blobs.ts'

/** Octets of one body that are gathered in memory. */
const maxInMemory = 1024 * 1024

export class Gathering {
  readonly #store: BlobStore
  #chunks: Buffer[] = []
  #size = 0
  #sink: BlobSink | undefined

  constructor(store: BlobStore) {
    this.#store = store
  }

  get size(): number {
    return this.#sink?.size ?? this.#size
  }

  /** Whether all of it is in memory. */
  get isSmall(): boolean {
    return this.#sink === undefined
  }

  push(octets: Buffer): void {
    if (this.#sink !== undefined) {
      this.#sink.push(octets)
      return
    }
    this.#chunks.push(octets)
    this.#size += octets.length
    if (this.#size <= maxInMemory) return
    this.#sink = this.#store.begin()
    for (const chunk of this.#chunks) this.#sink.push(chunk)
    this.#chunks = []
  }

  /** All of it, and the file that it is in. */
  finish(): { body: TapeBody; sink: BlobSink | undefined } {
    if (this.#sink !== undefined) return { body: { size: this.#sink.size, file: '' }, sink: this.#sink }
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks, this.#size)]
    return { body: { size: this.#size, octets: this.#chunks[0]! }, sink: undefined }
  }

  abandon(): void {
    this.#sink?.abandon()
  }
}
