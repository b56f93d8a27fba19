// Records of TLS (RFC 8446 §5.1, RFC 5246 §6.2): the frames in which each side's handshake, alerts and data travel.
// Left out on purpose: hellos in the frames of SSL 2.
//
//   | type 1 | version 2 | length 2 | fragment |

import { ByteQueue } from '../byte-queue.ts'
import { excerpt, ProtocolError } from '../decoder.ts'

export const changeCipherSpec = 20
export const alert = 21
export const handshake = 22
export const applicationData = 23
const heartbeat = 24

export interface TlsRecord {
  readonly type: number
  /** The five octets before the fragment. */
  readonly head: Buffer
  readonly fragment: Buffer
}

export const recordHeadBytes = 5
// RFC 5246 §6.2.3; later versions allow less.
const maxFragmentBytes = 2 ** 14 + 2048

/** Whether octets can be the beginning of a record; fewer than its head are looked at as far as they go. */
export function isRecordHead(octets: Uint8Array): boolean {
  const [type = handshake, major = 3, minor = 1] = octets
  if (type < changeCipherSpec || type > heartbeat || major !== 3 || minor > 4) return false
  if (octets.length < recordHeadBytes) return true
  const length = octets[3]! * 256 + octets[4]!
  return length > 0 && length <= maxFragmentBytes
}

export class RecordReader {
  readonly #queue = new ByteQueue()
  /** Of the record that is not whole yet. */
  #head: Buffer | undefined

  /** Octets that have not been read as a record. */
  get length(): number {
    return (this.#head?.length ?? 0) + this.#queue.length
  }

  /** The octets are kept. */
  push(octets: Buffer): void {
    this.#queue.append(octets)
  }

  /** @throws {ProtocolError} for octets that no record begins with; they stay. */
  next(): TlsRecord | undefined {
    if (this.#head === undefined) {
      if (this.#queue.length < recordHeadBytes) return undefined
      this.#head = this.#queue.take(recordHeadBytes)
    }
    const head = this.#head
    if (!isRecordHead(head)) throw new ProtocolError('tls', `expected a record, got ${excerpt(head)}`)
    const length = head.readUInt16BE(3)
    if (this.#queue.length < length) return undefined
    this.#head = undefined
    return { type: head[0]!, head, fragment: this.#queue.take(length) }
  }

  rest(): Buffer {
    const rest = Buffer.concat([this.#head ?? Buffer.alloc(0), this.#queue.takeAll()])
    this.#head = undefined
    return rest
  }
}
