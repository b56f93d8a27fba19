// A message of HTTP/1.1 as it is between link and tape: its head, and of its body all but the octets.

import type { RawMessage } from '../raw.ts'
import type { TapeBody } from '../tape.ts'
import { type HttpRequestHead, type HttpResponseHead, headerHasToken } from './message.ts'
import type { ChunkRun } from './tape-chunks.ts'

interface TapedParts {
  /** The head and the trailers are text of a tape, in UTF-8, with placeholders in it. */
  readonly secrets?: boolean | undefined
  readonly chunks?: readonly ChunkRun[] | undefined
  /** As they were sent, the empty line included, as latin1; undefined where there are none. */
  readonly trailers?: string | undefined
  /** The link ended inside the body; or what followed there was no HTTP, and is a message of its own. */
  readonly cut?: 'ended' | 'broken' | undefined
  /** What came of the lines around chunks after the last octet of a body that was cut. */
  readonly rest?: Buffer | undefined
  /** How the body is compressed before it is sent, for example `gzip 6`; on the tape it is not. */
  readonly coding?: string | undefined
  /** The compressed octets, where compressing does not give them again. They count while they hold the same as the body. */
  readonly coded?: TapeBody | undefined
}

export interface TapedRequest extends TapedParts {
  readonly kind: 'request'
  readonly head: HttpRequestHead
  /** Octets of the body that had come when it was answered, where more came after that. */
  readonly answeredAt?: number | undefined
}

export interface TapedResponse extends TapedParts {
  readonly kind: 'response'
  readonly head: HttpResponseHead
}

/**
 * A message, or octets that are none: after Upgrade and CONNECT, and what breaks the rules. A client's head that breaks
 * them has its `octets` in it, since it is answered like any other.
 */
export type HttpTaped = TapedRequest | TapedResponse | RawMessage

/** What a response depends on of the request that it answers. */
export interface Asked {
  readonly method: string
  /** The client wants the link to end after the response. */
  readonly ends: boolean
}

export function askedBy({ method, version, headers }: HttpRequestHead): Asked {
  return { method, ends: endsAfter(version, headers) }
}

const endsAfter = (version: '1.0' | '1.1', headers: HttpRequestHead['headers']): boolean =>
  headerHasToken(headers, 'connection', 'close') ||
  (version === '1.0' && !headerHasToken(headers, 'connection', 'keep-alive'))

/** Whether what follows a response on its link is another protocol. */
export function switches({ status }: HttpResponseHead, asked: Asked | undefined): boolean {
  return status === 101 || (asked?.method === 'CONNECT' && status >= 200 && status < 300)
}

/** Whether a server ends the link after a response as a matter of course (RFC 9112 §9.3, §9.6). */
export function endsLink(head: HttpResponseHead, asked: Asked | undefined): boolean {
  if (head.status < 200 || switches(head, asked)) return false
  return head.length === 'until close' || asked?.ends === true || endsAfter(head.version, head.headers)
}
