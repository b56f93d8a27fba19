// What goes wrong with a request: the server said no (HttpError), or it was not reached (NetworkError, with its layers).

import { NetworkError, networkError } from '../../net/errors.ts'
import { excerpt, ProtocolError } from '../../wire/decoder.ts'
import type { HttpHeaders } from '../../wire/http/message.ts'
import type { Redirect } from './result.ts'

interface Refusal {
  status: number
  reason: string
  url: string
  headers: HttpHeaders
  history?: readonly Redirect[]
}

/** The server answered with a status that is an error, or with one redirect too many. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly reason: string
  /** Of the request that was answered so, after redirects. */
  readonly url: string
  readonly headers: HttpHeaders
  /** The redirects that led there, the refused one included. */
  readonly history: readonly Redirect[]

  constructor(problem: string, answer: Refusal) {
    super(`http client: ${problem}`)
    this.status = answer.status
    this.reason = answer.reason
    this.url = answer.url
    this.headers = answer.headers
    this.history = answer.history ?? []
  }
}

/** How far a connection had come. */
export type Stage = 'tcp connection' | 'tls' | 'connection'

/** An error of Node as one of ours. What is neither the network's nor the peer's fault stays what it is. */
export function clientError(cause: unknown, stage: Stage): unknown {
  if (cause instanceof NetworkError) return cause
  // undefined where several addresses were tried in vain: the first failure speaks for all.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const { code, rawPacket, syscall } = (first ?? {}) as { code?: unknown; rawPacket?: Uint8Array; syscall?: string }
  if (typeof code === 'string' && code.startsWith('HPE_')) {
    const got = rawPacket === undefined ? code : excerpt(rawPacket)
    return new ProtocolError('http', `expected a response, got ${got} (${(first as Error).message})`, { cause })
  }
  // Certificates are looked at when the handshake is over, but it is TLS that refuses them.
  const layer = syscall === 'getaddrinfo' ? 'name lookup' : stage
  const wrapped = networkError(`http client: ${layer}`, first)
  if (wrapped instanceof NetworkError && wrapped.code.startsWith('TLS_') && stage !== 'tls') {
    return networkError('http client: tls', first)
  }
  return wrapped
}
