// A plain TCP client for what has no protocol here, on Node's own sockets: octets out, octets in, typed errors.

import net from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import tls from 'node:tls'
import { formatEndpoint } from '../net/address.ts'
import { NetworkError, networkError, UsageError } from '../net/errors.ts'
import { OctetReader, type ReadLimit } from '../wire/octet-reader.ts'

export interface TcpTarget {
  host: string
  port: number
  /** TLS from the first octet on, for the name `host`. Default: none. */
  tls?: boolean | { servername?: string; ca?: string | string[] }
  /** How long to wait for the connection. Default: 30 s. */
  timeoutMs?: number
  /** Gives up, closing everything. */
  signal?: AbortSignal
}

/**
 * Connects to a port.
 *
 * @throws {UsageError} where the port cannot be one.
 * @throws {NetworkError} where no connection comes about: `NAME_NOT_FOUND`, `REFUSED`, `UNREACHABLE`, `TIMED_OUT`,
 * `TLS_…`, `ABORTED`. The message names the layers that it passed through.
 */
export async function connectTcp(target: TcpTarget): Promise<TcpClient> {
  const { host, port, timeoutMs = 30_000, signal } = target
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UsageError(`tcp client: expected a port from 1 to 65535, got ${port}`)
  }
  const layers = target.tls ? 'tcp client: tls on tcp connection' : 'tcp client: tcp connection'
  const socket = open(target)
  return new Promise<TcpClient>((resolve, reject) => {
    const late = setTimeout(() => {
      const error = new Error(`connect ETIMEDOUT ${formatEndpoint({ address: host, port })}`)
      fail(Object.assign(error, { code: 'ETIMEDOUT', errno: -110, syscall: 'connect' }))
    }, timeoutMs)
    const done = () => {
      clearTimeout(late)
      signal?.removeEventListener('abort', abort)
      socket.off('error', fail).off('close', cut)
    }
    const fail = (error: Error) => {
      done()
      // Errors that follow, of a handshake that is torn down, are about the same failure.
      socket.on('error', () => {}).destroy()
      reject(networkError(layers, error))
    }
    const cut = () => fail(Object.assign(new Error('the peer closed the connection'), { code: 'ECONNRESET' }))
    const abort = () =>
      fail(Object.assign(new Error('the caller gave up'), { code: 'ABORT_ERR', cause: signal?.reason }))
    socket.once('error', fail).once('close', cut)
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      done()
      resolve(new TcpClient(socket, formatEndpoint({ address: host, port })))
    })
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}

function open({ host, port, tls: secure = false }: TcpTarget): net.Socket {
  const options = { host, port, noDelay: true, allowHalfOpen: true }
  if (secure === false) return net.connect(options)
  const chosen = secure === true ? {} : secure
  const servername = chosen.servername ?? (net.isIP(host) === 0 ? host : '')
  return tls.connect({ ...options, servername, ...(chosen.ca === undefined ? {} : { ca: chosen.ca }) })
}

/** A connection. Reads are as in a service from code; an error of the link is thrown by the next read or write. */
export class TcpClient implements AsyncIterable<Buffer>, AsyncDisposable {
  /** For what this class does not offer. */
  readonly socket: net.Socket
  readonly #reader: OctetReader
  #failure: unknown

  constructor(socket: net.Socket, where: string) {
    this.socket = socket
    this.#reader = new OctetReader(`tcp client of ${where}`, socket)
    const fail = (error: unknown) => {
      this.#failure ??= error
      this.#reader.fail(this.#failure)
    }
    socket.on('data', chunk => this.#reader.push(chunk as Buffer))
    socket.on('end', () => this.#reader.end())
    socket.on('error', error => fail(networkError('tcp client: tcp connection', error)))
    socket.on('close', () => fail(new NetworkError('CLOSED', `tcp client: the connection with ${where} is closed`)))
  }

  /** What has arrived, or the next that does; undefined where the server has ended. */
  read(): Promise<Buffer | undefined> {
    return this.#reader.read()
  }

  /** All up to and with the delimiter; undefined where the server ended before another octet. */
  readUntil(delimiter: string | Uint8Array, limit?: ReadLimit): Promise<Buffer | undefined> {
    return this.#reader.readUntil(delimiter, limit)
  }

  /** Exactly `count` octets; undefined where the server ended before the first. */
  readExactly(count: number, limit?: ReadLimit): Promise<Buffer | undefined> {
    return this.#reader.readExactly(count, limit)
  }

  /** All that comes until the server ends, at most 16 MiB unless told. */
  async readAll({ maxBytes = 2 ** 24 }: ReadLimit = {}): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this) {
      if ((size += chunk.length) > maxBytes)
        throw new UsageError(`tcp client: expected at most ${maxBytes} octets, got more`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  /** Chunks as they come, until the server ends. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.#reader[Symbol.asyncIterator]()
  }

  /** Sends octets, or text as UTF-8. Who waits goes no faster than the server reads. */
  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.socket.write(bytes)) return
    await new Promise<void>(resolve => {
      const done = () => {
        this.socket.off('drain', done).off('close', done)
        resolve()
      }
      this.socket.on('drain', done).on('close', done)
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Sends nothing more; the server may still speak. */
  end(): void {
    this.socket.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return
    const closed = new Promise<void>(resolve => this.socket.once('close', () => resolve()))
    this.socket.destroy()
    await closed
  }
}
