// The service's side of TLS over a stream, before its handshake.

import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { TlsState } from './link.ts'
import type { TlsOptions } from './service.ts'

/** `contextFor` gives the certificate for the name that the client asks for, if it asks. */
export function serverTls(
  under: Duplex,
  { clientCertificate, alpn }: TlsOptions,
  contextFor: (servername: string | undefined) => tls.SecureContext,
): tls.TLSSocket {
  return new tls.TLSSocket(under, {
    isServer: true,
    secureContext: contextFor(undefined),
    SNICallback: (servername, done) => done(null, contextFor(servername || undefined)),
    requestCert: clientCertificate !== undefined,
    rejectUnauthorized: clientCertificate === 'require',
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  })
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
