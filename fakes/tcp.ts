// A TCP service from code, for what has no protocol here: a function of each connection, or a greeting and answers.

import type { Endpoint } from '../net/address.ts'
import type { Connection } from '../net/connection.ts'
import { NetworkError } from '../net/errors.ts'
import type { TlsState } from '../net/link.ts'
import type { Fake, Site, TlsOptions } from '../net/service.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { OctetReader, type ReadLimit } from '../wire/octet-reader.ts'

export interface TcpOptions {
  /** There is no default: a service from code has no port of its own. */
  port: number
  /** TLS from the first octet on. Default: none. */
  tls?: boolean | TlsOptions
}

/** A client's connection, as code that serves it sees it. Chunks come by `for await (const chunk of connection)`. */
export interface TcpConnection extends AsyncIterable<Buffer> {
  /** The client as the service sees it. */
  readonly remote: Endpoint
  readonly local: Endpoint
  /** Undefined without TLS. */
  readonly tls: TlsState | undefined
  /** What has arrived, or the next that does; undefined where the client has ended. */
  read(): Promise<Buffer | undefined>
  /** All up to and with the delimiter; undefined where the client ended before another octet. */
  readUntil(delimiter: string | Uint8Array, limit?: ReadLimit): Promise<Buffer | undefined>
  /** Exactly `count` octets; undefined where the client ended before the first. */
  readExactly(count: number, limit?: ReadLimit): Promise<Buffer | undefined>
  /** Sends octets, or text as UTF-8. Who waits for the promise goes no faster than the client reads. */
  write(bytes: Uint8Array | string): Promise<void>
  /** Sends nothing more; the client may still speak. */
  end(): void
  /** Ends the link by a TCP reset. */
  reset(): void
  /** Goes on under TLS; done after the handshake. What the client sent ahead of it and nobody read is dropped. */
  startTls(options?: TlsOptions): Promise<void>
}

/** Answers without a function of the whole connection. */
export interface TcpRules {
  /** Said first. */
  greeting?: string | Uint8Array
  /** What ends a message. Default: a message is what arrives at once. */
  delimiter?: string | Uint8Array
  /** The answer to one message, its delimiter included; undefined says nothing. Default: nothing is said. */
  answer?(message: Buffer, connection: TcpConnection): Answer | Promise<Answer>
}

type Answer = string | Uint8Array | undefined

/**
 * When a function's promise is settled the link is ended. What it throws is a bug and fails the test, except a
 * {@link ProtocolError}, which says that the client broke the rules, and what a read throws because the client is gone.
 */
export type TcpBehaviour = ((connection: TcpConnection) => void | Promise<void>) | TcpRules

/** What a client said. */
export interface TcpRecord {
  readonly remote: Endpoint
  /** The first 64 KiB of it. */
  readonly received: Buffer
  readonly receivedBytes: number
  readonly open: boolean
}

/** What a test may look at. */
export interface TcpState {
  /** The last 1000 connections, the oldest first. */
  readonly connections: readonly TcpRecord[]
}

const maxRecords = 1000
const maxRecordBytes = 64 * 1024

class Recording implements TcpRecord {
  readonly remote: Endpoint
  receivedBytes = 0
  open = true
  #chunks: Buffer[] = []

  constructor(remote: Endpoint) {
    this.remote = remote
  }

  get received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  add(chunk: Buffer): void {
    const room = maxRecordBytes - this.receivedBytes
    // A copy, so that a few octets do not keep the whole of a larger buffer.
    if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)))
    this.receivedBytes += chunk.length
  }
}

class Served implements TcpConnection {
  readonly remote: Endpoint
  readonly local: Endpoint
  readonly #connection: Connection
  readonly #reader: OctetReader
  readonly #gone: NetworkError
  #settle: (() => void)[] = []

  constructor(connection: Connection, remote: Endpoint, recording: Recording) {
    this.#connection = connection
    this.remote = remote
    this.local = connection.server
    this.#reader = new OctetReader('tcp', connection)
    this.#gone = new NetworkError('CLOSED', `tcp service: the link with ${remote.address}:${remote.port} is gone`)
    connection.onData = chunk => {
      recording.add(chunk)
      this.#reader.push(chunk)
    }
    connection.onEnd = () => this.#reader.end()
    connection.onDrain = () => this.#settled()
    connection.onClose = () => {
      recording.open = false
      this.#reader.fail(this.#gone)
      this.#settled()
    }
  }

  get tls(): TlsState | undefined {
    return this.#connection.tls
  }

  read(): Promise<Buffer | undefined> {
    return this.#reader.read()
  }

  readUntil(delimiter: string | Uint8Array, limit?: ReadLimit): Promise<Buffer | undefined> {
    return this.#reader.readUntil(delimiter, limit)
  }

  readExactly(count: number, limit?: ReadLimit): Promise<Buffer | undefined> {
    return this.#reader.readExactly(count, limit)
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.#reader[Symbol.asyncIterator]()
  }

  write(bytes: Uint8Array | string): Promise<void> {
    const written = this.#write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    written.catch(() => {}) // who does not wait for it does not hear that the client is gone
    return written
  }

  end(): void {
    this.#connection.end()
  }

  reset(): void {
    this.#connection.reset()
  }

  async startTls(options: TlsOptions = {}): Promise<void> {
    this.#reader.drop()
    await new Promise<void>(resolve => {
      this.#settle.push(resolve)
      this.#connection.startTls(options, () => this.#settled())
    })
    if (this.#connection.closed) throw this.#gone
  }

  /** Whether an error says no more than that this client is gone. */
  isGone(error: unknown): boolean {
    return error === this.#gone
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#connection.closed) throw this.#gone
    if (this.#connection.write(bytes)) return
    await new Promise<void>(resolve => this.#settle.push(resolve))
    if (this.#connection.closed) throw this.#gone
  }

  #settled(): void {
    const waiting = this.#settle
    this.#settle = []
    for (const settle of waiting) settle()
  }
}

function follow({ greeting, delimiter, answer }: TcpRules): (connection: TcpConnection) => Promise<void> {
  return async connection => {
    if (greeting !== undefined) await connection.write(greeting)
    for (;;) {
      const message = await (delimiter === undefined ? connection.read() : connection.readUntil(delimiter))
      if (message === undefined) return
      const reply = await answer?.(message, connection)
      if (reply !== undefined) await connection.write(reply)
    }
  }
}

export function createTcp(behaviour: TcpBehaviour, { port, tls = false }: TcpOptions): (site: Site) => Fake<TcpState> {
  const serve = typeof behaviour === 'function' ? behaviour : follow(behaviour)
  return () => {
    const connections: Recording[] = []
    return {
      state: { connections },
      ports: [{ port, transport: 'tcp', tls: tls !== false }],
      ...(typeof tls === 'object' ? { tls } : {}),
      accept(connection: Connection) {
        const remote = { address: connection.seenAs, port: connection.client.port }
        const recording = new Recording(remote)
        if (connections.push(recording) > maxRecords) connections.shift()
        const served = new Served(connection, remote, recording)
        const run = async () => {
          try {
            await serve(served)
          } catch (error) {
            if (!(error instanceof ProtocolError) && !served.isGone(error)) connection.bug(error)
          }
          connection.close()
        }
        void run()
      },
    }
  }
}
