// Lines ended by CRLF, as Telnet-like protocols send them (RFC 5321 §2.3.8); a bare LF ends a line too, as servers accept.

import { ByteQueue } from './byte-queue.ts'
import { type Decoder, excerpt, ProtocolError } from './decoder.ts'

export interface LineDecoderOptions {
  /** For error messages. */
  protocol: string
  /** Octets of one line, its end included. RFC 5321 §4.5.3.1.5 asks for 512; peers with long tokens need more. */
  maxBytes?: number
}

/** Gives each line without its end, as latin1 so that no octet is lost. */
export class LineDecoder implements Decoder<string> {
  readonly queue: ByteQueue = new ByteQueue()
  readonly #protocol: string
  readonly #maxBytes: number
  #looked = 0

  constructor({ protocol, maxBytes = 8192 }: LineDecoderOptions) {
    this.#protocol = protocol
    this.#maxBytes = maxBytes
  }

  push(chunk: Uint8Array): void {
    this.queue.append(chunk)
  }

  next(): string | undefined {
    const at = this.queue.indexOf(0x0a, this.#looked)
    if (at >= this.#maxBytes || (at < 0 && this.queue.length >= this.#maxBytes)) {
      throw new ProtocolError(
        this.#protocol,
        `expected a line of at most ${this.#maxBytes} octets, got ${excerpt(this.queue.peek())}`,
      )
    }
    if (at < 0) {
      this.#looked = this.queue.length
      return undefined
    }
    this.#looked = 0
    const line = this.queue.take(at + 1)
    return line.toString('latin1', 0, at > 0 && line[at - 1] === 0x0d ? at - 1 : at)
  }

  end(): void {
    if (this.queue.length === 0) return
    throw new ProtocolError(this.#protocol, `stream ended inside a line, got ${excerpt(this.queue.peek())}`)
  }

  rest(): Uint8Array {
    this.#looked = 0
    return this.queue.takeAll()
  }
}
