// How a link begins where the client speaks first: the first octets tell TLS from everything else.

import type { Connection } from '../net/connection.ts'
import type { TlsOptions } from '../net/service.ts'
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts'

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

/** TLS as a tape has it, under a certificate for whoever was asked for. */
export function tlsOptions(
  host: string,
  { name, alpn }: { readonly name: string | undefined; readonly alpn: string | undefined },
  asked?: string,
): TlsOptions {
  const names = [...new Set([host, name, asked].filter(each => each !== undefined))]
  return { certificate: { names }, ...(alpn === undefined ? {} : { alpn: [alpn] }) }
}
