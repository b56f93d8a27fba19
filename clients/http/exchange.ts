// One request on one connection, and its answer as soon as the head is there.

import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { type Duplex, pipeline, Readable } from 'node:stream'
import { NetworkError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { type HttpHeaders, header } from '../../wire/http/message.ts'
import type { Outgoing } from './body.ts'
import { decoderFor } from './content-coding.ts'
import { clientError, type Stage } from './errors.ts'
import { type HttpAnswer, HttpResult } from './result.ts'
import { realTime, type Timekeeper } from './timekeeper.ts'

/** Octets that a server may send before its response's head ends. */
const maxHead = 128 * 1024

/** What is asked. */
export interface Asked {
  readonly url: URL
  readonly method: string
  readonly headers: HttpHeaders
  readonly body: Outgoing | undefined
}

/** How it is asked. */
export interface ExchangeOptions {
  decode?: boolean
  timeoutMs?: number
  signal?: AbortSignal
  target?: string
  ca?: string
  identity?: { cert: string; key: string }
  /** Whose connections are used. Default: one of its own, which ends with the answer. */
  agent?: http.Agent
  /** Whose time `timeoutMs` is. Default: real time. */
  time?: Timekeeper
  /** The proxy that the request is sent to, for `http:` alone. */
  proxy?: URL
}

/** One request on one connection. */
export class Exchange {
  readonly result: Promise<HttpResult>
  readonly #asked: Asked
  readonly #options: ExchangeOptions
  readonly #history: HttpAnswer['history']
  readonly #request: http.ClientRequest
  readonly #time: Timekeeper
  readonly #timeoutMs: number
  #silence: Disposable | undefined
  #stage: Stage = 'tcp connection'
  #head = Buffer.alloc(0)
  #gaveUp: NetworkError | undefined

  constructor(asked: Asked, options: ExchangeOptions, history: HttpAnswer['history']) {
    this.#asked = asked
    this.#options = options
    this.#history = history
    this.#time = options.time ?? realTime
    this.#timeoutMs = options.timeoutMs ?? 60_000
    const { url, method, body } = asked
    const secure = url.protocol === 'https:'
    const settings: https.RequestOptions = {
      method,
      ...this.#peer(),
      headers: this.#headers() as unknown as http.OutgoingHttpHeaders,
      agent: options.agent ?? false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...options.identity,
    }
    this.#request = (secure ? https : http).request(settings)
    this.result = new Promise((resolve, reject) => {
      const request = this.#request
      const fail = (error: unknown) => reject(this.#failed(error))
      request.on('error', fail)
      request.on('socket', socket => this.#watch(socket, secure))
      request.on('response', response => {
        try {
          resolve(this.#settle(response))
        } catch (error) {
          response.destroy()
          fail(error)
        }
      })
      // Node hands over the connection for every answer to CONNECT, also a refusal.
      request.on('connect', (response, socket, first) => {
        if (first.length > 0) socket.unshift(first)
        if (response.statusCode! < 300) resolve(this.#settle(response, socket))
        else resolve(this.#settle(response, undefined, socket))
      })
      this.#heard()
      request.once('close', () => this.#silence?.[Symbol.dispose]())
      if (body === undefined) request.end()
      else this.#send(body).catch(fail)
    })
  }

  /** Whether the request went out on a connection that had been used before; such a one may just have been ended. */
  get reused(): boolean {
    return this.#request.reusedSocket
  }

  /** Whom the connection leads to, and what is asked of them. */
  #peer(): { host: string; port: number; path: string } {
    const { url } = this.#asked
    const { proxy, target } = this.#options
    const to = proxy ?? url
    const plain = new URL(url)
    plain.hash = plain.username = plain.password = ''
    return {
      host: to.hostname.replace(/^\[|\]$/g, ''),
      port: to.port === '' ? (to.protocol === 'https:' ? 443 : 80) : Number(to.port),
      path: target ?? (proxy === undefined ? `${url.pathname}${url.search}` : plain.href),
    }
  }

  /** Something happened: the time for the next begins. */
  #heard(): void {
    this.#silence?.[Symbol.dispose]()
    this.#silence = this.#time.after(this.#timeoutMs, () => this.#timedOut())
  }

  #headers(): [string, string][] {
    const { url, headers, body } = this.#asked
    const lines: [string, string][] = headers.map(([name, value]) => [name, value])
    if (header(lines, 'host') === undefined)
      lines.unshift([
        'Host',
        this.#options.target !== undefined && this.#asked.method === 'CONNECT' ? this.#options.target : url.host,
      ])
    if (url.username !== '' && header(lines, 'authorization') === undefined) {
      lines.push(['Authorization', basic(url)])
    }
    const { proxy } = this.#options
    if (proxy !== undefined) lines.push(...proxyAuthorization(proxy))
    if (body !== undefined) {
      if (body.type !== undefined && header(lines, 'content-type') === undefined)
        lines.push(['Content-Type', body.type])
      if (header(lines, 'content-length') === undefined && header(lines, 'transfer-encoding') === undefined) {
        lines.push(
          body.length === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)],
        )
      }
    }
    return lines
  }

  async #send(body: Outgoing): Promise<void> {
    const request = this.#request
    if (header(this.#asked.headers, 'expect')?.toLowerCase() === '100-continue') {
      const goOn = await new Promise<boolean>(resolve => {
        request.once('continue', () => resolve(true))
        request.once('response', () => resolve(false))
        request.once('close', () => resolve(false))
        request.flushHeaders()
      })
      if (!goOn) {
        request.end()
        return
      }
    }
    // A server that has said no before it had everything closes: its answer counts, not the broken pipe.
    pipeline(Readable.from(this.#pieces(body), { objectMode: false }), request, () => {})
  }

  async *#pieces(body: Outgoing): AsyncGenerator<Uint8Array> {
    for await (const piece of body.pieces()) {
      this.#heard()
      yield piece
    }
  }

  /** Notes how far the connection comes, and keeps the head of the response as it arrives. */
  #watch(socket: Socket, secure: boolean): void {
    const reach = (stage: Stage) => () => {
      this.#stage = stage
      this.#heard()
    }
    if (this.#request.reusedSocket) this.#stage = 'connection'
    socket.once('connect', reach(secure ? 'tls' : 'connection'))
    if (secure) socket.once('secureConnect', reach('connection'))
    const heard = () => this.#heard()
    socket.on('data', heard)
    this.#request.once('close', () => socket.off('data', heard))
    const keep = (chunk: Buffer) => {
      this.#head = Buffer.concat([this.#head, chunk])
      if (this.#head.length > maxHead) socket.off('data', keep)
    }
    // Before Node's own listener, which hands out the response while it reads the same octets.
    socket.prependListener('data', keep)
    this.#request.once('response', () => socket.off('data', keep))
    this.#request.once('close', () => socket.off('data', keep))
  }

  /** The head of the final response; interim ones stand before it. */
  #responseHead(): string {
    let text = this.#head.toString('latin1')
    for (;;) {
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return text
      if (!/^HTTP\/1\.\d 1(?!01)/.test(text)) return text.slice(0, end + 4)
      text = text.slice(end + 4)
    }
  }

  #settle(response: IncomingMessage, tunnel?: Duplex, refusal?: Duplex): HttpResult {
    const headers: [string, string][] = []
    for (let i = 0; i < response.rawHeaders.length; i += 2)
      headers.push([response.rawHeaders[i]!, response.rawHeaders[i + 1]!])
    const { url, method } = this.#asked
    const shown = new URL(url)
    shown.username = ''
    shown.password = ''
    const answer: HttpAnswer = {
      status: response.statusCode!,
      reason: response.statusMessage ?? '',
      version: response.httpVersion,
      headers,
      url: shown.href,
      method,
      requestHead: (this.#request as unknown as { _header: string })._header,
      responseHead: this.#responseHead(),
      history: this.#history,
    }
    const source = refusal ?? tunnel ?? this.#decoded(response, header(headers, 'content-encoding'))
    return new HttpResult(
      answer,
      tunnel === undefined ? source : Readable.from([]),
      error => this.#failed(error),
      tunnel,
    )
  }

  #decoded(response: IncomingMessage, coding: string | undefined): Readable {
    if (coding === undefined || this.#options.decode === false || this.#asked.method === 'HEAD') return response
    let stream: Readable = response
    for (const each of coding.split(',').reverse()) {
      const decoder = decoderFor(each.trim().toLowerCase())
      if (decoder !== undefined) stream = pipeline(stream, decoder, () => {}) as unknown as Readable
    }
    return stream
  }

  #timedOut(): void {
    const timeoutMs = this.#timeoutMs
    const stage = this.#stage === 'connection' ? '' : `${this.#stage}: `
    this.#gaveUp = new NetworkError(
      'TIMED_OUT',
      `http client: ${stage}expected ${this.#asked.url.host} to answer within ${timeoutMs} ms`,
    )
    this.#request.destroy(this.#gaveUp)
  }

  #failed(error: unknown): unknown {
    if (this.#gaveUp !== undefined) return this.#gaveUp
    const { code, message } = (error ?? {}) as { code?: string; message?: string }
    if (code === 'ECONNRESET' && (message === 'aborted' || message === 'socket hang up')) {
      const where = this.#head.length === 0 ? 'without an answer' : 'inside its answer'
      return new NetworkError('CONNECTION_CUT', `http client: ${this.#asked.url.host} closed the connection ${where}`, {
        cause: error,
      })
    }
    if (
      code?.startsWith('Z_') ||
      code?.startsWith('ERR_BROTLI') ||
      code?.startsWith('ERR__ERROR') ||
      code?.startsWith('ZSTD')
    ) {
      return new ProtocolError('http', `expected a compressed body, got what cannot be decoded (${message})`, {
        cause: error,
      })
    }
    return clientError(error, this.#stage)
  }
}

const basic = ({ username, password }: URL) =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`

/** What a proxy is told of who asks. */
export function proxyAuthorization(proxy: URL): [string, string][] {
  return proxy.username === '' ? [] : [['Proxy-Authorization', basic(proxy)]]
}
