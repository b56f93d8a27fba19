// What a test may look at and change on an HTTP fake.

import type { Endpoint } from '../../net/address.ts'
import type { TlsState } from '../../net/link.ts'
import type { HttpHeaders, HttpVersion } from '../../wire/http/message.ts'
import { reasonOf } from '../../wire/http/message.ts'
import type { Exchange } from './exchange.ts'
import type { HttpFault, HttpFaults } from './faults.ts'
import { type Answer, type Cut, exactly, type HttpReply } from './reply.ts'

/** A request that was seen. */
export interface HttpSeen {
  readonly method: string
  /** Absolute, as it was asked for. */
  readonly url: string
  readonly version: HttpVersion
  readonly headers: HttpHeaders
  /** What came of the body, at most 64 KiB of it; it grows while the body comes. */
  readonly body: Buffer
  /** The client's address as the server sees it. */
  readonly client: Endpoint
  readonly tls: TlsState | undefined
}

/** Which requests are meant: a path with its query, a pattern for the absolute URL, or a condition. */
export type HttpMatch = string | RegExp | ((request: HttpSeen) => boolean)

export interface RespondOptions {
  /** How often; default: 1. */
  times?: number
  /** Matching requests that are let through first. Default: 0. */
  after?: number
}

interface Planned {
  readonly match: HttpMatch
  readonly reply: HttpReply | Cut
  times: number
  after: number
}

class Seen implements HttpSeen {
  readonly #exchange: Exchange
  readonly tls: TlsState | undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.tls = exchange.link.tls
  }

  get method(): string {
    return this.#exchange.method
  }

  get url(): string {
    return this.#exchange.url
  }

  get version(): HttpVersion {
    return this.#exchange.head.version
  }

  get headers(): HttpHeaders {
    return this.#exchange.head.headers
  }

  get body(): Buffer {
    return this.#exchange.body?.kept ?? Buffer.alloc(0)
  }

  get client(): Endpoint {
    return this.#exchange.client
  }
}

export class HttpState {
  /** Where it is really reached; set by the network. */
  declare readonly endpoint?: { readonly host: string; readonly port: number }
  /** Requests that were well-formed, also those that are no longer in {@link requests}. */
  count = 0
  /** How many were refused as malformed, and what was wrong with the last of them. */
  refused = 0
  lastRefusal: Error | undefined
  /** A test may add faults and take them away. */
  readonly faults: HttpFault[]
  readonly #keep: number
  readonly #faults: HttpFaults
  #requests: HttpSeen[] = []
  #planned: Planned[] = []

  constructor(keep: number, faults: HttpFaults) {
    this.#keep = keep
    this.#faults = faults
    this.faults = faults.list
  }

  /** Adds a fault until the guard is disposed. */
  fault(fault: HttpFault): Disposable {
    return this.#faults.add(fault)
  }

  /** The latest requests, the oldest first. */
  get requests(): readonly HttpSeen[] {
    return this.#requests
  }

  /**
   * Has matching requests answered by `reply`, or their link ended, instead of by the site; the first that was asked for
   * and is not used up counts. Disposing takes it back.
   *
   * @example
   * site.respond('/price', { status: 503, headers: [['Content-Length', '0']] }, { times: 2 })
   */
  respond(match: HttpMatch, reply: HttpReply | Cut, { times = 1, after = 0 }: RespondOptions = {}): Disposable {
    const planned: Planned = { match, reply, times, after }
    this.#planned.push(planned)
    return {
      [Symbol.dispose]: () => {
        this.#planned = this.#planned.filter(each => each !== planned)
      },
    }
  }

  /** Forgets the requests and the planned replies. */
  clear(): void {
    this.#requests = []
    this.#planned = []
    this.count = 0
    this.refused = 0
    this.lastRefusal = undefined
  }

  /** For the fake. */
  note(exchange: Exchange): Answer | Cut | undefined {
    this.count++
    const seen = new Seen(exchange)
    if (this.#keep > 0) {
      if (this.#requests.length >= 2 * this.#keep) this.#requests = this.#requests.slice(-this.#keep)
      this.#requests.push(seen)
    }
    if (this.#planned.length === 0) return undefined
    for (const planned of this.#planned) {
      if (!matches(planned.match, seen, exchange) || planned.times <= 0) continue
      if (planned.after > 0) {
        planned.after--
        continue
      }
      planned.times--
      if (planned.times === 0) this.#planned = this.#planned.filter(each => each !== planned)
      return typeof planned.reply === 'string' ? planned.reply : exactly(planned.reply, reasonOf(planned.reply.status))
    }
    return undefined
  }
}

function matches(match: HttpMatch, seen: HttpSeen, exchange: Exchange): boolean {
  if (typeof match === 'string') return exchange.target === match
  return match instanceof RegExp ? match.test(seen.url) : match(seen)
}
