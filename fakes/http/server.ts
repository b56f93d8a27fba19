// An HTTP/1.1 site: what it answers by itself, what its behaviour answers, and the limits of its connections.

import type { Connection } from '../../net/connection.ts'
import { type Duration, durationMs } from '../../net/duration.ts'
import type { Fake, ServicePort, Site, TlsOptions } from '../../net/service.ts'
import { portsOf } from '../../net/service-ports.ts'
import { formatHttpDate } from '../../wire/http/date.ts'
import { encodeRequestHead } from '../../wire/http/encode.ts'
import type { HttpLimits } from '../../wire/http/head.ts'
import { HttpProtocolError } from '../../wire/http/message.ts'
import type { Responder } from './behaviour.ts'
import type { ContentCoding } from './codings.ts'
import type { Exchange } from './exchange.ts'
import { type HttpFault, HttpFaults } from './faults.ts'
import { type Answer, type Cut, plain } from './reply.ts'
import { HttpSession } from './session.ts'
import { HttpState } from './state.ts'
import { findByName, readHost } from './virtual-hosts.ts'

export interface HttpTimeouts {
  /** For the first octet of a request, also of the first. Default: 75 s, as nginx has it. */
  idle?: Duration
  /** From the first octet of a request to the end of its head. Default: 60 s. */
  head?: Duration
  /** Between two pieces of a body. Default: 60 s. */
  body?: Duration
}

export interface HttpOptions {
  /** Default: 80, and 443 with TLS. */
  ports?: readonly (number | ServicePort)[]
  /** For the ports with TLS. ALPN is http/1.1 unless said otherwise. */
  tls?: TlsOptions
  /** What becomes of a request for a name that no site at the address has. Default: the first site answers. */
  unknownHost?: 'first' | 404 | 421
  limits?: HttpLimits & {
    /** Octets of a request's body. Default: 256 MiB. */
    maxBodyBytes?: number
  }
  timeouts?: HttpTimeouts
  /**
   * Content codings that bodies are sent in, the best first where a client has no preference. Default: gzip, br, zstd,
   * deflate for a folder; none for a function or handlers, which answer for their own.
   */
  codings?: readonly ContentCoding[]
  /** What a client gets that accepts no language, type or coding that there is. Default: what there is. */
  unacceptable?: 406 | 'send'
  /** What it does wrong on purpose; also `state.faults`. */
  faults?: readonly HttpFault[]
  /** How many requests `state.requests` holds at least. Default: 1000. */
  keepRequests?: number
}

/** The site that a request is for, and the scheme and authority that it was asked by. */
export interface Served {
  readonly server: HttpServer
  readonly origin: string
}

export class HttpServer implements Fake<HttpState> {
  readonly site: Site
  readonly state: HttpState
  readonly ports: readonly ServicePort[]
  readonly tls: TlsOptions
  readonly virtualHosts = true
  readonly unknownHost: 'first' | 404 | 421
  readonly limits: HttpLimits
  readonly maxBodyBytes: number
  readonly keptBodyBytes: number = 64 * 1024
  readonly timeouts: { idle: number; head: number; body: number }
  readonly #respond: Responder
  readonly #faults: HttpFaults
  #second = Number.NaN
  #date = ''

  constructor(site: Site, respond: Responder, options: HttpOptions) {
    const { idle = '75s', head = '60s', body = '60s' } = options.timeouts ?? {}
    this.site = site
    this.#respond = respond
    this.#faults = new HttpFaults(options.faults, site.host.name)
    this.state = new HttpState(options.keepRequests ?? 1000, this.#faults)
    this.ports = portsOf(options.ports, [
      { port: 80, transport: 'tcp' },
      { port: 443, transport: 'tcp', tls: true },
    ])
    this.tls = { alpn: ['http/1.1'], ...options.tls }
    this.unknownHost = options.unknownHost ?? 'first'
    this.limits = options.limits ?? {}
    this.maxBodyBytes = options.limits?.maxBodyBytes ?? 256 * 1024 * 1024
    this.timeouts = { idle: durationMs(idle), head: durationMs(head), body: durationMs(body) }
  }

  unreachedFaults(): readonly string[] {
    return this.#faults.unreached
  }

  accept(connection: Connection): void {
    new HttpSession(connection, this)
  }

  /** The site that a Host field means; without one, the first at the address. Throws where that is not wanted. */
  find(connection: Connection, host: string | undefined): Served {
    const scheme = connection.tls === undefined ? 'http' : 'https'
    const origin = `${scheme}://${host ?? this.site.host.name}`
    if (host === undefined) return { server: this, origin }
    const name = readHost(host)
    const found = findByName(
      connection.fakes.filter(fake => fake instanceof HttpServer),
      name,
    )
    if (found !== undefined) return { server: found, origin }
    // By its address, or by the loopback endpoint that stands for it, the first site is meant.
    const known = this.site.host.addresses.includes(name) || name === this.state.endpoint?.host || name === 'localhost'
    if (!known && this.unknownHost !== 'first') {
      const expected = `expected a site such as ${this.site.host.name}`
      throw new HttpProtocolError(this.unknownHost, `${expected}, got ${JSON.stringify(name)}`)
    }
    return { server: this, origin }
  }

  /** The Date field; made once a second. */
  date(): string {
    const second = Math.floor(this.site.clock.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#date = formatHttpDate(second * 1000)
    }
    return this.#date
  }

  noteRefused(error: Error): void {
    this.state.refused++
    this.state.lastRefusal = error
  }

  answer(exchange: Exchange): Answer | Cut | Promise<Answer | Cut> {
    const planned = this.state.note(exchange)
    if (planned !== undefined) return planned
    return this.#faults.answer(exchange, () => this.#usual(exchange))
  }

  #usual(exchange: Exchange): Answer | Cut | Promise<Answer | Cut> {
    switch (exchange.method) {
      case 'CONNECT':
        // An origin server is no proxy; what follows would be the tunnel's octets.
        return plain(405, 'Method Not Allowed', [
          ['Allow', methods],
          ['Connection', 'close'],
        ])
      case 'TRACE':
        return trace(exchange)
      case 'TRACK':
        return plain(405, 'Method Not Allowed', [['Allow', methods]])
      case 'OPTIONS':
        if (exchange.head.target === '*')
          return { status: 204, reason: 'No Content', headers: [['Allow', methods]], body: undefined }
    }
    const answer = this.#respond(exchange)
    if (answer instanceof Promise) return answer.then(settled => settled ?? notFound())
    return answer ?? notFound()
  }
}

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE'

const notFound = (): Answer => plain(404, 'Not Found')

/** The request as it came, without what only its client and server should know (RFC 9110 §9.3.8). */
function trace({ head }: Exchange): Answer {
  const secret = /^(authorization|proxy-authorization|cookie)$/i
  const body = encodeRequestHead({ ...head, headers: head.headers.filter(([name]) => !secret.test(name)) })
  return { status: 200, reason: 'OK', headers: [['Content-Type', 'message/http']], body: Buffer.from(body, 'latin1') }
}
