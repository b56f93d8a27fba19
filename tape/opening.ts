// How a link begins where the client speaks first: the first octets tell TLS from everything else.

import type { Connection } from '../net/connection.ts'
import type { TlsOptions } from '../net/service.ts'
import { afterTurns, silentTurns } from '../net/turn.ts'
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts'
import type { TapeTurn } from './tape.ts'

export type TlsStep = Extract<TapeTurn, { kind: 'tls' }>

/** Whether a client that offers these protocols (ALPN) agrees to what was agreed to on the tape. */
export function isKnown({ alpn }: TlsStep, offered: readonly string[]): boolean {
  return alpn === undefined || offered.includes(alpn)
}

/** With octets that may begin a hello, and go no further. */
export interface Patience {
  /** Calls `then` when the rest has been waited for long enough. */
  wait(then: () => void): void
  /** Whether octets after which the client falls silent are something else. */
  isPlain?(head: Buffer): boolean
}

/**
 * Waits for a client's first octets. Where they begin TLS, `onTls` is called with the handshake held back until it calls
 * `connection.startTls` or ends the link; anything else, and a hello that stops in the middle, goes to `connection.onData`
 * as if nobody had looked.
 */
export function awaitTls(connection: Connection, onTls: (hello: ClientHello) => void, patience: Patience): void {
  let pieces = 0
  const stopped = (after: number, isPlain: () => boolean) => {
    if (pieces !== after || !isPlain()) return
    pieces = Number.NaN
    connection.goOn()
  }
  connection.peek(head => {
    const hello = readClientHello(head)
    const seen = ++pieces
    if (hello === 'more') {
      patience.wait(() => stopped(seen, () => true))
      const { isPlain } = patience
      if (isPlain !== undefined) afterTurns(silentTurns, () => stopped(seen, () => isPlain(head)))
      return 'more'
    }
    if (hello === 'other') return 'plain'
    // Not inside the look: what is done about it may be done at once.
    queueMicrotask(() => {
      if (!connection.closed) onTls(hello)
    })
    return 'hold'
  })
}

/**
 * TLS as a tape has it, under a certificate for whoever was asked for. With a client that does not know the protocol that
 * was agreed to on the tape none is agreed to, as by a server that knows none.
 */
export function tlsOptions(host: string, step: TlsStep, hello?: ClientHello): TlsOptions {
  const { name, alpn } = step
  const names = [...new Set([host, name, hello?.serverName].filter(each => each !== undefined))]
  const isAgreed = alpn !== undefined && (hello === undefined || isKnown(step, hello.alpn))
  return { certificate: { names }, ...(isAgreed ? { alpn: [alpn] } : {}) }
}
