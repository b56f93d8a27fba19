// The request that a behaviour is given: looks like a Fetch Request, and becomes one when more than its head is wanted.
// A genuine one costs as much as all the rest of a small answer together.

import type { HttpHeaders, HttpRequestHead } from '../../wire/http/message.ts'
import type { RequestBody } from './request-body.ts'

/** What a request is made of. */
export interface RequestParts {
  readonly head: HttpRequestHead
  readonly url: string
  /** Undefined where there is none. */
  readonly body: RequestBody | undefined
  /** Aborted when the client is gone. */
  signal(): AbortSignal
}

/** A Request of the Fetch standard for what came. A body that Fetch does not allow (GET, HEAD) is left out. */
export function genuineRequest(parts: RequestParts, method: string = parts.head.method, headers?: Headers): Request {
  const { body } = parts
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: headers ?? fetchHeaders(parts.head.headers),
    signal: parts.signal(),
  }
  if (body !== undefined && method !== 'GET' && method !== 'HEAD') {
    const whole = body.whole()
    if (whole === undefined) {
      init.body = body.stream
      init.duplex = 'half'
    } else init.body = whole as Uint8Array<ArrayBuffer>
  }
  return new Request(parts.url, init)
}

function fetchHeaders(headers: HttpHeaders): Headers {
  return new Headers(headers as [string, string][])
}

/**
 * A Request whose head is read without building one. Everything else is that of the genuine one, which is made then;
 * where Node itself must take it (`fetch(request)`, `new Request(request)`), give it `request.clone()`.
 */
class LazyRequest {
  readonly #parts: RequestParts
  readonly method: string
  #headers: Headers | undefined
  #url: string | undefined
  #genuine: Request | undefined

  constructor(parts: RequestParts, method: string) {
    this.#parts = parts
    this.method = method
  }

  get url(): string {
    this.#url ??= new URL(this.#parts.url).href
    return this.#url
  }

  get headers(): Headers {
    this.#headers ??= this.#genuine?.headers ?? fetchHeaders(this.#parts.head.headers)
    return this.#headers
  }

  get genuine(): Request {
    this.#genuine ??= genuineRequest(this.#parts, this.method, this.#headers)
    return this.#genuine
  }
}

const properties = [
  'body',
  'bodyUsed',
  'cache',
  'credentials',
  'destination',
  'duplex',
  'integrity',
  'keepalive',
  'mode',
  'redirect',
  'referrer',
  'referrerPolicy',
  'signal',
] as const
const methods = ['arrayBuffer', 'blob', 'bytes', 'clone', 'formData', 'json', 'text'] as const

type Genuine = Record<string, unknown> & Record<(typeof methods)[number], () => unknown>

for (const name of properties) {
  Object.defineProperty(LazyRequest.prototype, name, {
    configurable: true,
    get(this: LazyRequest) {
      return (this.genuine as unknown as Genuine)[name]
    },
  })
}
for (const name of methods) {
  Object.defineProperty(LazyRequest.prototype, name, {
    configurable: true,
    value(this: LazyRequest) {
      return (this.genuine as unknown as Genuine)[name]()
    },
  })
}
Object.setPrototypeOf(LazyRequest.prototype, Request.prototype)

export function lazyRequest(parts: RequestParts, method: string = parts.head.method): Request {
  return new LazyRequest(parts, method) as unknown as Request
}
