// One request and all that a site may want to know to answer it.

import type { Endpoint } from '../../net/address.ts'
import type { Clock } from '../../net/clock.ts'
import type { Connection } from '../../net/connection.ts'
import type { Link } from '../../net/link.ts'
import type { Random } from '../../net/random.ts'
import type { Site } from '../../net/service.ts'
import { type HttpRequestHead, header } from '../../wire/http/message.ts'
import { genuineRequest, lazyRequest, type RequestParts } from './request.ts'
import type { RequestBody } from './request-body.ts'

/** What a function is told beside its request. */
export interface HttpInfo {
  /** The connection: who asks, by which address, under which TLS. */
  readonly link: Link
  /** The client's address as the server sees it. */
  readonly client: Endpoint
  /** The request as it was sent: headers in their order and case, the target, the version, the raw head. */
  readonly head: HttpRequestHead
  readonly clock: Clock
  /** Chance that follows from the network's seed. */
  readonly random: Random
}

export class Exchange implements RequestParts, HttpInfo {
  readonly head: HttpRequestHead
  readonly link: Connection
  readonly site: Site
  /** Scheme and authority, without a path. */
  readonly origin: string
  readonly body: RequestBody | undefined
  /** Whether the connection stays open after the answer, as far as the client is concerned. */
  readonly keep: boolean
  /** The client waits for `100 Continue` before it sends its body, and has not been told. */
  expects: boolean
  started = false
  answered = false
  #abort: AbortController | undefined

  constructor(
    head: HttpRequestHead,
    link: Connection,
    site: Site,
    origin: string,
    options: { body: RequestBody | undefined; keep: boolean; expects: boolean },
  ) {
    this.head = head
    this.link = link
    this.site = site
    this.origin = origin
    this.body = options.body
    this.keep = options.keep
    this.expects = options.expects
  }

  get method(): string {
    return this.head.method
  }

  /** The absolute URL as it was asked for, not normalized. */
  get url(): string {
    const { target } = this.head
    return target.startsWith('/') ? this.origin + target : target === '*' ? `${this.origin}/*` : target
  }

  /** Path and query of the target. */
  get target(): string {
    const { target } = this.head
    if (target.startsWith('/')) return target
    const slash = target.indexOf('/', target.indexOf('//') + 2)
    return slash < 0 ? '/' : target.slice(slash)
  }

  get client(): Endpoint {
    return { address: this.link.seenAs, port: this.link.client.port }
  }

  get clock(): Clock {
    return this.site.clock
  }

  get random(): Random {
    return this.site.random
  }

  header(name: string): string | undefined {
    return header(this.head.headers, name)
  }

  /** A request whose head is read without building a Request. */
  request(method?: string): Request {
    return lazyRequest(this, method)
  }

  genuineRequest(method?: string): Request {
    return genuineRequest(this, method)
  }

  signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** The client is gone. */
  abort(): void {
    this.#abort?.abort()
  }
}
