// An HTTP/1.1 client on Node's own http and https (RFC 9110): one request a call, its redirects followed. What lasts
// longer than a request is a session's.

import type { Agent } from 'node:http'
import { NetworkError, UsageError } from '../net/errors.ts'
import { type HttpHeaders, header } from '../wire/http/message.ts'
import { type HttpRequestBody, outgoing } from './http/body.ts'
import { codings } from './http/content-coding.ts'
import type { CookieJar } from './http/cookie-jar.ts'
import { HttpError } from './http/errors.ts'
import { type Asked, Exchange, type ExchangeOptions } from './http/exchange.ts'
import type { HttpResult, Redirect } from './http/result.ts'
import type { Timekeeper } from './http/timekeeper.ts'

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

/** Octets of a redirect's own page that are read so that its connection can be used again. */
const maxIgnored = 64 * 1024

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
export function request(url: string | URL, options: HttpRequestOptions = {}): Promise<HttpResult> {
  return requestBy(url, options, {})
}

/** What a session lends to its requests. */
export interface Means {
  /** Connections that last. */
  agentFor?(url: URL): Agent
  readonly cookies?: CookieJar
  readonly time?: Timekeeper
  /** The proxy of `http:`. */
  readonly proxy?: URL
}

/** As {@link request}, by what a session lends. */
export async function requestBy(url: string | URL, options: HttpRequestOptions, means: Means): Promise<HttpResult> {
  const { redirects = 10, throwErrors = true } = options
  const body = options.body === undefined ? undefined : await outgoing(options.body)
  let asked: Asked = {
    url: parseUrl(url),
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: allHeaders(options),
    body,
  }
  const history: Redirect[] = []
  const seen = new Set<string>()
  for (;;) {
    const cookie = means.cookies?.headerFor(asked.url, asked.method)
    const result = await send(cookie === undefined ? asked : withCookie(asked, cookie), options, means, [...history])
    means.cookies?.take(asked.url, result.headers)
    const location = redirects > 0 && asked.method !== 'CONNECT' ? locationOf(result) : undefined
    if (location === undefined) {
      if (throwErrors && !result.ok) {
        await result[Symbol.asyncDispose]()
        result.check()
      }
      return result
    }
    await ignore(result)
    const { status, reason, headers } = result
    history.push({ status, url: result.url, location: location.href })
    const answer = { status, reason, url: result.url, headers, history }
    if (history.length > redirects) {
      const problem = `expected at most ${redirects} redirects, got another from ${result.url} to ${location.href}`
      throw new HttpError(problem, answer)
    }
    // With other cookies the same question may have another answer.
    seen.add(`${asked.method} ${asked.url.href} ${cookie}`)
    asked = redirected(asked, status, location)
    if (seen.has(`${asked.method} ${asked.url.href} ${means.cookies?.headerFor(asked.url, asked.method)}`)) {
      throw new HttpError(`expected redirects that end, got a loop back to ${location.href}`, answer)
    }
  }
}

/** The headers that go out beside those of the body, `Host` and `Connection`, in their order. */
export function defaultHeaders(options: Pick<HttpRequestOptions, 'headers' | 'decode'> = {}): HttpHeaders {
  return allHeaders(options)
}

async function send(
  asked: Asked,
  options: HttpRequestOptions,
  { agentFor, time, proxy }: Means,
  history: Redirect[],
): Promise<HttpResult> {
  const how: ExchangeOptions = {
    ...options,
    ...(time === undefined ? {} : { time }),
    ...(proxy === undefined || asked.url.protocol === 'https:' ? {} : { proxy }),
  }
  const agent = agentFor?.(asked.url)
  if (agent === undefined) return await new Exchange(asked, how, history).result
  const exchange = new Exchange(asked, { ...how, agent }, history)
  try {
    return await exchange.result
  } catch (error) {
    // A server may end a connection that waits just when it is used again; that says nothing of the request.
    const cut = error instanceof NetworkError && (error.code === 'CONNECTION_CUT' || error.code === 'RESET')
    if (!cut || !exchange.reused || asked.body?.repeatable === false) throw error
    return await new Exchange(asked, how, history).result
  }
}

/** Reads what nobody wants to know, where it is little, so that the connection can be used again. */
async function ignore(result: HttpResult): Promise<void> {
  const length = result.header('content-length')
  if (length !== undefined && Number(length) <= maxIgnored) await result.bytes().catch(() => {})
  await result[Symbol.asyncDispose]()
}

function withCookie(asked: Asked, cookie: string): Asked {
  const own = header(asked.headers, 'cookie')
  const others = asked.headers.filter(([name]) => name.toLowerCase() !== 'cookie')
  return { ...asked, headers: [...others, ['Cookie', own === undefined ? cookie : `${own}; ${cookie}`]] }
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
