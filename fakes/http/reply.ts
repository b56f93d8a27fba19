// What a behaviour answers with, and what a session sends for it.

import type { Duration } from '../../net/duration.ts'
import type { HttpHeaders } from '../../wire/http/message.ts'

/** A reply exactly as it is to be sent: nothing is added, the order and case of the headers stay. */
export interface HttpReply {
  status: number
  /** Default: the registered phrase. */
  reason?: string
  /**
   * `Content-Length` or `Transfer-Encoding: chunked` say how the body ends (it is cut into chunks then); without them the
   * end of the connection does.
   */
  headers: HttpHeaders
  /** Text goes as UTF-8. Left out where the request or the status allows no body. */
  body?: string | Uint8Array
  /** After a chunked body. */
  trailers?: HttpHeaders
}

/** What a session sends. */
export interface Answer {
  status: number
  reason: string
  headers: [name: string, value: string][]
  body: string | Uint8Array | BodySource | undefined
  /** Octets of a `BodySource`; undefined where nobody knows. */
  length?: number
  trailers?: HttpHeaders
  /** The headers are sent as they are: no Date, no length, no Connection. */
  exact?: boolean
  /** How it is sent wrongly on purpose. */
  spoil?: Spoil
}

/** What a fault makes of an answer on its way. */
export interface Spoil {
  readonly interim: readonly number[]
  readonly raw: string | Uint8Array | undefined
  readonly contentLength: number | undefined
  /** Octets of the body, after which nothing comes. */
  readonly afterBytes: number | undefined
  readonly slow: { readonly bytes?: number; readonly every: Duration } | undefined
  /** How the link ends after it; undefined leaves it as it would be. */
  readonly drop: 'end' | 'reset' | undefined
}

/** A body that comes in pieces, read as fast as the client takes them. */
export interface BodySource {
  /** The next piece, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>
  /** Nobody wants the rest. */
  cancel(reason?: unknown): void
}

/** Instead of an answer: the link ends, in order or by a TCP reset. */
export type Cut = 'end' | 'reset'

export const isSource = (body: Answer['body']): body is BodySource =>
  typeof body === 'object' && !(body instanceof Uint8Array)

/** An answer that only says its status, as text. */
export function plain(status: number, reason: string, headers: [string, string][] = []): Answer {
  return {
    status,
    reason,
    headers: [['Content-Type', 'text/plain; charset=utf-8'], ...headers],
    body: `${status} ${reason}\n`,
  }
}

export function exactly({ status, reason, headers, body, trailers }: HttpReply, phrase: string): Answer {
  const answer: Answer = { status, reason: reason ?? phrase, headers: headers as [string, string][], body, exact: true }
  if (trailers !== undefined) answer.trailers = trailers
  return answer
}
