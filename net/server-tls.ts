// The service's side of TLS over a stream, before its handshake.

import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { Clock } from './clock.ts'
import type { TlsState } from './link.ts'
import type { TlsOptions } from './service.ts'
import { afterTurns } from './turn.ts'

/** How long a handshake may take: as nginx has it. */
const handshakeMs = 60_000
/** Turns of the event loop that one takes at most: it takes no time of a clock that is told to move. */
const handshakeTurns = 200

/**
 * `contextFor` gives the certificate for the name that the client asks for, if it asks. A handshake that is not done in
 * time is an error of the stream.
 */
export function serverTls(
  under: Duplex,
  { clientCertificate, alpn }: TlsOptions,
  clock: Clock,
  contextFor: (servername: string | undefined) => tls.SecureContext,
): tls.TLSSocket {
  const secure = new tls.TLSSocket(under, {
    isServer: true,
    secureContext: contextFor(undefined),
    SNICallback: (servername, done) => done(null, contextFor(servername || undefined)),
    requestCert: clientCertificate !== undefined,
    rejectUnauthorized: clientCertificate === 'require',
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  })
  let isOver = false
  const fail = () => {
    if (!isOver) secure.destroy(new Error(`expected a TLS handshake within ${handshakeMs / 1000} s, got none`))
  }
  const limit = clock.after(handshakeMs, () => afterTurns(handshakeTurns, fail))
  const over = () => {
    isOver = true
    limit[Symbol.dispose]()
  }
  secure.once('secure', over).once('close', over)
  return secure
}

/** What came of the client's certificate, at which only tls.Server looks by itself. */
export function isClientTrusted(secure: tls.TLSSocket): boolean {
  return (secure as unknown as { ssl: { verifyError(): Error | null } }).ssl.verifyError() === null
}

export interface ClientCertificate extends tls.DetailedPeerCertificate {
  /** Whether the network's authority stands behind it. */
  isTrusted: boolean
}

/** Undefined in the clear, and where the client was not asked or has none. */
export function clientCertificateOf(stream: Duplex): ClientCertificate | undefined {
  if (!(stream instanceof tls.TLSSocket)) return undefined
  const certificate = stream.getPeerCertificate(true)
  return certificate?.subject === undefined ? undefined : { ...certificate, isTrusted: isClientTrusted(stream) }
}

/** After the handshake. */
export function tlsStateOf(secure: tls.TLSSocket): TlsState {
  return {
    servername: (secure as { servername?: string | false }).servername || undefined,
    alpn: secure.alpnProtocol || undefined,
    version: secure.getProtocol() ?? 'unknown',
    cipher: secure.getCipher()?.name ?? 'unknown',
  }
}
