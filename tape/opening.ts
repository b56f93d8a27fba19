// How a link begins where the client speaks first: the first octets tell TLS from everything else.

import type { Connection } from '../net/connection.ts'
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts'
import type { TapeTurn } from './tape.ts'

export type TlsStep = Extract<TapeTurn, { kind: 'tls' }>

/** Whether a client that offers these protocols (ALPN) agrees to what was agreed to on the tape. */
export function isKnown({ alpn }: TlsStep, offered: readonly string[]): boolean {
  return alpn === undefined || offered.includes(alpn)
}

/** With a client that does not know what was agreed to on the tape, nothing is: as a server does that knows no protocol. */
export function agreed(step: TlsStep, offered: readonly string[]): { alpn?: readonly string[] } {
  return step.alpn !== undefined && isKnown(step, offered) ? { alpn: [step.alpn] } : {}
}

/**
 * Waits for a client's first octets. Where they begin TLS, `onTls` is called with the handshake held back until it calls
 * `connection.startTls` or ends the link; anything else goes to `connection.onData` as if nobody had looked.
 */
export function awaitTls(connection: Connection, onTls: (hello: ClientHello) => void): void {
  connection.peek(head => {
    const hello = readClientHello(head)
    if (hello === 'more') return 'more'
    if (hello === 'other') return 'plain'
    // Not inside the look: what is done about it may be done at once.
    queueMicrotask(() => {
      if (!connection.closed) onTls(hello)
    })
    return 'hold'
  })
}
