// An HTTP/1.1 client on Node's own http and https (RFC 9110): one request a call, its redirects followed.

import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { type Duplex, PassThrough, pipeline, Readable } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'
import zlib from 'node:zlib'
import { NetworkError, UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { type HttpHeaders, header } from '../wire/http/message.ts'
import { type HttpRequestBody, type Outgoing, outgoing } from './http/body.ts'
import { clientError, HttpError, type Stage } from './http/errors.ts'
import { type HttpAnswer, HttpResult } from './http/result.ts'

export { HttpError } from './http/errors.ts'
export { HttpResult } from './http/result.ts'

export interface HttpRequestOptions {
  /** Default: GET, and POST with a body. */
  method?: string
  /** Sent in this order after Host. Of the usual ones (Accept, Accept-Encoding, User-Agent) those not given are added. */
  headers?: HttpHeaders | Readonly<Record<string, string>>
  body?: HttpRequestBody
  /** How many redirects are followed; 0 gives the redirect itself. Default: 10. */
  redirects?: number
  /** 4xx and 5xx are thrown as {@link HttpError} at once; else {@link HttpResult.check} does it. Default: true. */
  throwErrors?: boolean
  /** The body is decoded by its Content-Encoding. Default: true. */
  decode?: boolean
  /** Gives up when nothing happens for so long, in milliseconds. Default: 60000. */
  timeoutMs?: number
  /** Gives up, closing everything. */
  signal?: AbortSignal
  /** Instead of path and query, for `OPTIONS *` and the authority of CONNECT. */
  target?: string
  /** Authorities to trust, in PEM. Default: Node's. */
  ca?: string
  /** The client's own certificate and key, in PEM. */
  identity?: { cert: string; key: string }
}

/** Names the client in User-Agent. */
const userAgent = 'backlot/0.1.0'

const codings = ['gzip', 'deflate', 'br', 'zstd']
/** Octets that a server may send before its response's head ends. */
const maxHead = 128 * 1024

/**
 * Sends a request and gives its answer as soon as the head is there.
 *
 * @throws {HttpError} for 4xx and 5xx (unless told otherwise) and for too many redirects.
 * @throws {NetworkError} where the server cannot be reached, is not trusted, or is silent or cut off.
 * @throws {ProtocolError} where it does not speak HTTP, or compresses in a way that is unknown here.
 *
 * @example
 * const page = await request('http://www.debian.org/')
 * console.log(page.status, page.header('content-type'), (await page.text()).length)
 */
export async function request(url: string | URL, options: HttpRequestOptions = {}): Promise<HttpResult> {
  const { redirects = 10, throwErrors = true } = options
  const body = options.body === undefined ? undefined : await outgoing(options.body)
  let asked: Asked = {
    url: parseUrl(url),
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: allHeaders(options),
    body,
  }
  const history: { status: number; url: string; location: string }[] = []
  for (;;) {
    const result = await new Exchange(asked, options, [...history]).result
    const location = redirects > 0 && asked.method !== 'CONNECT' ? locationOf(result) : undefined
    if (location === undefined) {
      if (throwErrors && !result.ok) {
        await result[Symbol.asyncDispose]()
        result.check()
      }
      return result
    }
    await result[Symbol.asyncDispose]()
    const { status, reason, headers } = result
    history.push({ status, url: result.url, location: location.href })
    if (history.length > redirects) {
      const problem = `expected at most ${redirects} redirects, got another from ${result.url} to ${location.href}`
      throw new HttpError(problem, { status, reason, url: result.url, headers })
    }
    asked = redirected(asked, status, location)
  }
}

interface Asked {
  readonly url: URL
  readonly method: string
  readonly headers: HttpHeaders
  readonly body: Outgoing | undefined
}

function parseUrl(url: string | URL): URL {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed
  throw new UsageError(`expected a URL such as http://www.example.org/, got ${JSON.stringify(String(url))}`)
}

function allHeaders({ headers = [], decode = true }: HttpRequestOptions): HttpHeaders {
  const given = Array.isArray(headers)
    ? [...(headers as HttpHeaders)]
    : Object.entries(headers as Record<string, string>)
  const usual: [string, string][] = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
    ['Accept-Encoding', decode ? codings.join(', ') : 'identity'],
  ]
  return [...given, ...usual.filter(([name]) => header(given, name) === undefined)]
}

/** Where a redirect leads; a Location that cannot be read is none. */
function locationOf(result: HttpResult): URL | undefined {
  const location = result.header('location')
  if (![301, 302, 303, 307, 308].includes(result.status) || location === undefined) return undefined
  // What servers write as UTF-8 arrives as latin1.
  const text = Buffer.from(location, 'latin1').toString()
  if (!URL.canParse(text, result.url)) return undefined
  const url = new URL(text, result.url)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}

/** What is asked next (RFC 9110 §15.4): 303 asks with GET, and so do 301 and 302 after POST, as browsers do. */
function redirected({ url, method, headers, body }: Asked, status: number, location: URL): Asked {
  const changes = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')
  if (!changes && body !== undefined && !body.repeatable) {
    throw new UsageError(`expected a body that can be sent again to ${location.href}, got one that is read only once`)
  }
  if (!location.hash && url.hash) location.hash = url.hash
  // Who may know a password is decided by its host.
  const private_ = /^(authorization|cookie|proxy-authorization|host)$/i
  const about = /^content-/i
  return {
    url: location,
    method: changes ? 'GET' : method,
    headers: headers.filter(
      ([name]) => !(location.origin !== url.origin && private_.test(name)) && !(changes && about.test(name)),
    ),
    body: changes ? undefined : body,
  }
}

/** One request on one connection. */
class Exchange {
  readonly result: Promise<HttpResult>
  readonly #asked: Asked
  readonly #options: HttpRequestOptions
  readonly #history: HttpAnswer['history']
  readonly #request: http.ClientRequest
  #stage: Stage = 'tcp connection'
  #head = Buffer.alloc(0)
  #gaveUp: NetworkError | undefined

  constructor(asked: Asked, options: HttpRequestOptions, history: HttpAnswer['history']) {
    this.#asked = asked
    this.#options = options
    this.#history = history
    const { url, method, body } = asked
    const secure = url.protocol === 'https:'
    const settings: https.RequestOptions = {
      method,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: options.target ?? `${url.pathname}${url.search}`,
      headers: this.#headers() as unknown as http.OutgoingHttpHeaders,
      agent: false,
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
      const timeoutMs = options.timeoutMs ?? 60_000
      request.setTimeout(timeoutMs, () => this.#timedOut())
      // Node begins to count only on a connection that stands.
      const connecting = setTimeout(() => this.#timedOut(), timeoutMs)
      request.on('socket', socket => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(connecting))
        else clearTimeout(connecting)
      })
      request.once('close', () => clearTimeout(connecting))
      if (body === undefined) request.end()
      else this.#send(body).catch(fail)
    })
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
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      lines.push(['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`])
    }
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
    pipeline(Readable.from(body.pieces(), { objectMode: false }), request, () => {})
  }

  /** Notes how far the connection comes, and keeps the head of the response as it arrives. */
  #watch(socket: Socket, secure: boolean): void {
    socket.on('connect', () => {
      this.#stage = secure ? 'tls' : 'connection'
    })
    socket.on('secureConnect', () => {
      this.#stage = 'connection'
    })
    const keep = (chunk: Buffer) => {
      this.#head = Buffer.concat([this.#head, chunk])
      if (this.#head.length > maxHead) socket.off('data', keep)
    }
    // Before Node's own listener, which hands out the response while it reads the same octets.
    socket.prependListener('data', keep)
    this.#request.once('response', () => socket.off('data', keep))
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
    const { timeoutMs = 60_000 } = this.#options
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

function decoderFor(coding: string): (Duplex & Readable) | undefined {
  switch (coding) {
    case 'identity':
    case '':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip()
    case 'deflate':
      return new Inflate()
    case 'br':
      return zlib.createBrotliDecompress()
    case 'zstd':
      return zlib.createZstdDecompress()
    default:
      throw new ProtocolError('http', `expected a body coded by ${codings.join(', ')}, got ${JSON.stringify(coding)}`)
  }
}

/** deflate means zlib's format; some servers send it without zlib's two octets (RFC 9110 §8.4.1.2). */
class Inflate extends PassThrough {
  #inner: zlib.Inflate | zlib.InflateRaw | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner === undefined && chunk.length > 0) {
      this.#inner = (chunk[0]! & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()
      this.#inner.on('data', piece => this.push(piece))
      this.#inner.on('error', error => this.destroy(error))
    }
    if (this.#inner === undefined) done()
    else this.#inner.write(chunk, () => done())
  }

  override _flush(done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) done()
    else this.#inner.once('end', () => done()).end()
  }
}
