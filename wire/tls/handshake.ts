// What a listener needs of TLS' handshake (RFC 8446 §4, RFC 5246 §7.4): messages put together from records, and of the
// hellos what keys hang on. Left out on purpose: certificates, key shares and everything else that is only checked.

import { createHash } from 'node:crypto'
import { ByteQueue } from '../byte-queue.ts'
import { ProtocolError } from '../decoder.ts'

export const handshakeTypes = {
  clientHello: 1,
  serverHello: 2,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  finished: 20,
  keyUpdate: 24,
} as const

export interface HandshakeMessage {
  readonly type: number
  /** Of those that are listened for; of others empty. */
  readonly body: Buffer
}

// A hello with post-quantum key shares and tickets takes some KiB.
const maxBodyBytes = 64 * 1024
const wanted: ReadonlySet<number> = new Set(Object.values(handshakeTypes))
const nothing = Buffer.alloc(0)

/** The messages of one side; one may lie across records, and a record may hold several. */
export class HandshakeReader {
  readonly #queue = new ByteQueue()
  #message: { type: number; length: number } | undefined
  /** Octets of a message that nobody listens for, still to come. */
  #skip = 0

  push(fragment: Buffer): void {
    const skipped = Math.min(this.#skip, fragment.length)
    this.#skip -= skipped
    this.#queue.append(fragment.subarray(skipped))
  }

  /** @throws {ProtocolError} for a message that is larger than any of its kind. */
  next(): HandshakeMessage | undefined {
    if (this.#message === undefined) {
      if (this.#queue.length < 4) return undefined
      const head = this.#queue.take(4)
      this.#message = { type: head[0]!, length: head.readUIntBE(1, 3) }
    }
    const { type, length } = this.#message
    if (!wanted.has(type)) {
      this.#message = undefined
      this.#skip = length - this.#queue.take(Math.min(length, this.#queue.length)).length
      return { type, body: nothing }
    }
    if (length > maxBodyBytes) {
      throw new ProtocolError('tls', `expected a handshake message of at most ${maxBodyBytes} octets, got ${length}`)
    }
    if (this.#queue.length < length) return undefined
    this.#message = undefined
    return { type, body: this.#queue.take(length) }
  }
}

export interface ClientGreeting {
  readonly random: Buffer
  readonly serverName: string | undefined
  /** Data may follow before the server has answered. */
  readonly earlyData: boolean
}

export interface ServerGreeting {
  readonly random: Buffer
  /** 0x0304 for TLS 1.3. */
  readonly version: number
  readonly cipherSuite: number
  readonly alpn: string | undefined
  readonly encryptThenMac: boolean
  readonly compression: number
  /** It asks for another hello (RFC 8446 §4.1.4). */
  readonly isRetry: boolean
}

const extensions = { serverName: 0, alpn: 16, encryptThenMac: 22, earlyData: 42, supportedVersions: 43 } as const

const retryRandom = createHash('sha256').update('HelloRetryRequest').digest()

export function readClientGreeting(body: Buffer): ClientGreeting {
  const reader = new Fields(body)
  reader.take(2) // the version up to 1.2
  const random = reader.take(32)
  reader.vector(1) // session
  reader.vector(2) // cipher suites
  reader.vector(1) // compression methods
  const found = readExtensions(reader)
  return {
    random,
    serverName: serverNameOf(found.get(extensions.serverName)),
    earlyData: found.has(extensions.earlyData),
  }
}

export function readServerGreeting(body: Buffer): ServerGreeting {
  const reader = new Fields(body)
  const version = reader.number(2)
  const random = reader.take(32)
  reader.vector(1) // session
  const cipherSuite = reader.number(2)
  const compression = reader.number(1)
  const found = readExtensions(reader)
  const selected = found.get(extensions.supportedVersions)
  return {
    random,
    version: selected === undefined ? version : new Fields(selected).number(2),
    cipherSuite,
    alpn: alpnOf(found.get(extensions.alpn)),
    encryptThenMac: found.has(extensions.encryptThenMac),
    compression,
    isRetry: random.equals(retryRandom),
  }
}

export function readEncryptedExtensions(body: Buffer): { alpn: string | undefined; earlyData: boolean } {
  const found = readExtensions(new Fields(body))
  return { alpn: alpnOf(found.get(extensions.alpn)), earlyData: found.has(extensions.earlyData) }
}

/** The first of each kind. A hello without any ends before them. */
function readExtensions(reader: Fields): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  if (reader.left === 0) return found
  const list = new Fields(reader.vector(2))
  while (list.left > 0) {
    const type = list.number(2)
    const data = list.vector(2)
    if (!found.has(type)) found.set(type, data)
  }
  return found
}

/** RFC 6066 §3. A server answers with an empty one. */
function serverNameOf(data: Buffer | undefined): string | undefined {
  if (data === undefined || data.length === 0) return undefined
  const list = new Fields(new Fields(data).vector(2))
  while (list.left > 0) {
    const isHostName = list.number(1) === 0
    const name = list.vector(2)
    if (isHostName) return name.toString('latin1').toLowerCase()
  }
  return undefined
}

/** RFC 7301 §3.1: of a server's list the only one. */
function alpnOf(data: Buffer | undefined): string | undefined {
  if (data === undefined) return undefined
  return new Fields(new Fields(data).vector(2)).vector(1).toString('latin1')
}

/** Numbers and vectors, as RFC 8446 §3 writes them. */
class Fields {
  readonly #octets: Buffer
  #at = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  get left(): number {
    return this.#octets.length - this.#at
  }

  take(count: number): Buffer {
    if (count > this.left) {
      throw new ProtocolError('tls', `expected ${count} octets more of a handshake message, got ${this.left}`)
    }
    this.#at += count
    return this.#octets.subarray(this.#at - count, this.#at)
  }

  number(size: 1 | 2): number {
    return this.take(size).readUIntBE(0, size)
  }

  /** Octets with their count before them, which takes `size` octets itself. */
  vector(size: 1 | 2): Buffer {
    return this.take(this.number(size))
  }
}
