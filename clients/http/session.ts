// A session: what lasts from request to request. Connections, headers, cookies, retries, a proxy.

import http, { type Agent } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { NetworkError, UsageError } from '../../net/errors.ts'
import { type HttpHeaders, header } from '../../wire/http/message.ts'
import { defaultHeaders, type HttpRequestOptions, type Means, requestBy } from '../http.ts'
import { CookieJar } from './cookie-jar.ts'
import { HttpError } from './errors.ts'
import { type Asked, Exchange, proxyAuthorization } from './exchange.ts'
import type { HttpResult } from './result.ts'
import { realTime, type Timekeeper } from './timekeeper.ts'

interface HttpRetries {
  /** How often a request is sent again. Default: 3. */
  count?: number
  /** The first pause; each further one is twice as long. Default: 1000. */
  backoffMs?: number
  /** No pause is longer, and a server that asks for a longer one by Retry-After is not asked again. Default: 60000. */
  maxBackoffMs?: number
  /** Answers that call for another try. Default: 429, 502, 503, 504. */
  statuses?: readonly number[]
  /** What may be sent again. Default: GET, HEAD, OPTIONS, PUT, DELETE, TRACE. */
  methods?: readonly string[]
}

export interface HttpSessionOptions
  extends Pick<HttpRequestOptions, 'redirects' | 'throwErrors' | 'decode' | 'timeoutMs' | 'ca' | 'identity'> {
  /** Sent with every request that does not have its own of that name. */
  headers?: HttpRequestOptions['headers']
  /** Added to the query of every URL. */
  params?: HttpParams
  /** Default: an empty one on the session's clock. */
  cookies?: CookieJar
  /** Default: none. */
  retries?: HttpRetries
  /** `http://user:password@proxy.example:3128`. `https:` goes through a tunnel that CONNECT opens. */
  proxy?: string
  /** By which the session waits and cookies expire: a network's, or the machine's. Default: the machine's. */
  clock?: Timekeeper
  /** Connections to one origin at once. Default: 6. */
  maxConnections?: number
}

/** A list stands for a name that is repeated. */
type HttpParams = Readonly<Record<string, string | number | readonly (string | number)[]>>

export interface HttpSessionRequest extends HttpRequestOptions {
  params?: HttpParams
  retries?: HttpRetries
}

const defaultRetries = {
  count: 3,
  backoffMs: 1000,
  maxBackoffMs: 60_000,
  statuses: [429, 502, 503, 504],
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'],
} as const satisfies HttpRetries

/** Failures after which the same request may succeed. */
const passing = ['REFUSED', 'TIMED_OUT', 'UNREACHABLE', 'RESET', 'CONNECTION_CUT', 'NAME_NOT_FOUND']

/**
 * Requests that share connections, headers and cookies.
 *
 * @example
 * await using session = new HttpSession({ headers: { 'Accept-Language': 'sv' }, retries: {} })
 * await session.request('http://www.google.com/preferences')
 * session.cookies.cookies
 */
export class HttpSession implements AsyncDisposable {
  /** What goes out with every request, the usual ones included. */
  readonly headers: HttpHeaders
  readonly cookies: CookieJar
  readonly #options: HttpSessionOptions
  readonly #time: Timekeeper
  readonly #means: Means
  readonly #agents: { http: http.Agent; https: https.Agent }

  /** @throws {UsageError} where the proxy's URL is none. */
  constructor(options: HttpSessionOptions = {}) {
    this.#options = options
    this.#time = options.clock ?? realTime
    const { headers = [], decode = true } = options
    this.headers = defaultHeaders({ headers, decode })
    this.cookies = options.cookies ?? new CookieJar({ clock: this.#time })
    const proxy = options.proxy === undefined ? undefined : proxyUrl(options.proxy)
    const pool = { keepAlive: true, maxSockets: options.maxConnections ?? 6 }
    this.#agents = {
      http: new http.Agent(pool),
      https: proxy === undefined ? new https.Agent(pool) : new TunnelAgent(pool, proxy, this.#time, options.timeoutMs),
    }
    this.#means = {
      agentFor: ({ protocol }): Agent => (protocol === 'https:' ? this.#agents.https : this.#agents.http),
      cookies: this.cookies,
      time: this.#time,
      ...(proxy === undefined ? {} : { proxy }),
    }
  }

  /** Sends a request and gives its answer as soon as the head is there. Errors are those of `request`, of the last try. */
  async request(url: string | URL, given: HttpSessionRequest = {}): Promise<HttpResult> {
    const { params, retries = this.#options.retries, ...own } = given
    const options: HttpRequestOptions = { ...shared(this.#options), ...own, headers: this.#headersFor(own.headers) }
    const target = withParams(url, this.#options.params, params)
    const { count, backoffMs, maxBackoffMs, statuses, methods } = { ...defaultRetries, ...retries }
    const method = options.method ?? (options.body === undefined ? 'GET' : 'POST')
    const again = retries !== undefined && (methods as readonly string[]).includes(method) && !isStream(options.body)
    for (let tried = 0; ; tried++) {
      const last = tried >= count || !again
      const result = await requestBy(target, { ...options, throwErrors: false }, this.#means).catch(
        (error: unknown) => {
          if (last || !(error instanceof NetworkError) || !passing.includes(error.code)) throw error
        },
      )
      const pause = Math.min(backoffMs * 2 ** tried, maxBackoffMs)
      if (result !== undefined) {
        const asked = retryAfter(result, this.#time.now())
        if (last || !statuses.includes(result.status) || (asked ?? 0) > maxBackoffMs)
          return this.#checked(result, options)
        await result[Symbol.asyncDispose]()
        await this.#wait(Math.max(pause, asked ?? 0), options.signal)
      } else await this.#wait(pause, options.signal)
    }
  }

  /** Ends every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  async #checked(result: HttpResult, { throwErrors = true }: HttpRequestOptions): Promise<HttpResult> {
    if (!throwErrors || result.ok) return result
    await result[Symbol.asyncDispose]()
    return result.check()
  }

  #headersFor(own: HttpRequestOptions['headers']): HttpHeaders {
    if (own === undefined) return this.headers
    const given: HttpHeaders = Array.isArray(own) ? (own as HttpHeaders) : Object.entries(own as Record<string, string>)
    return [...this.headers.filter(([name]) => header(given, name) === undefined), ...given]
  }

  async #wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    using _timer = this.#time.after(delayMs, resolve)
    const abort = () => reject(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    await promise.finally(() => signal?.removeEventListener('abort', abort))
  }
}

/** Opens connections through a proxy. */
class TunnelAgent extends https.Agent {
  readonly #proxy: URL
  readonly #time: Timekeeper
  readonly #timeoutMs: number | undefined

  constructor(options: https.AgentOptions, proxy: URL, time: Timekeeper, timeoutMs: number | undefined) {
    super(options)
    this.#proxy = proxy
    this.#time = time
    this.#timeoutMs = timeoutMs
  }

  override createConnection(
    options: https.RequestOptions & tls.ConnectionOptions,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host, port, localAddress: _own, socket: _none, ...rest } = options as typeof options & { port: number }
    const at = host!.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    this.#tunnel(at).then(
      socket => done(null, tls.connect({ ...rest, socket } as tls.ConnectionOptions)),
      error => done(error, undefined as unknown as Duplex),
    )
    return undefined
  }

  async #tunnel(target: string): Promise<Duplex> {
    const asked: Asked = {
      url: this.#proxy,
      method: 'CONNECT',
      headers: [['Host', target], ...proxyAuthorization(this.#proxy)],
      body: undefined,
    }
    const timeout = this.#timeoutMs === undefined ? {} : { timeoutMs: this.#timeoutMs }
    const result = await new Exchange(asked, { target, time: this.#time, ...timeout }, []).result
    if (result.tunnel !== undefined) return result.tunnel
    const { status, reason, url, headers } = result
    await result[Symbol.asyncDispose]()
    throw new HttpError(`expected the proxy to open a tunnel to ${target}, got ${status} ${reason}`, {
      status,
      reason,
      url,
      headers,
    })
  }
}

function proxyUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:') return url
  throw new UsageError(`expected the URL of a proxy such as http://proxy.example:3128, got ${JSON.stringify(text)}`)
}

function withParams(url: string | URL, ...all: (HttpParams | undefined)[]): string | URL {
  if (!URL.canParse(String(url))) return url
  const target = new URL(url)
  for (const [name, values] of all.flatMap(params => Object.entries(params ?? {}))) {
    for (const value of Array.isArray(values) ? values : [values]) target.searchParams.append(name, String(value))
  }
  return target
}

function shared({ redirects, throwErrors, decode, timeoutMs, ca, identity }: HttpSessionOptions): HttpRequestOptions {
  const all = { redirects, throwErrors, decode, timeoutMs, ca, identity }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const isStream = (body: HttpRequestOptions['body']) =>
  typeof body === 'object' && !(body instanceof Uint8Array) && Symbol.asyncIterator in body

/** How long a server asks to wait, in milliseconds (RFC 9110 §10.2.3). */
function retryAfter(result: HttpResult, now: number): number | undefined {
  const said = result.header('retry-after')
  if (said === undefined) return undefined
  if (/^\d+$/.test(said)) return Number(said) * 1000
  const date = Date.parse(said)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
