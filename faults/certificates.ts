// What is wrong with a service's TLS: a certificate that no careful client takes, or a version that none speaks any more.

import type { Fault } from '../net/fault.ts'
import type { TlsOptions } from '../net/service.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

function ofTls(name: string, what: string, options: FaultTarget, tls: TlsOptions): Fault {
  return faultOf(name, options, [], { what, transport: 'tcp', tls: () => tls })
}

/** The certificate was good until 2001. */
export function expiredCertificate(options: FaultTarget = {}): Fault {
  const certificate = { notBefore: '2000-01-01', notAfter: '2001-01-01' }
  return ofTls('expiredCertificate', 'expired certificate', options, { certificate })
}

/** The certificate is for another name. */
export function wrongName(options: FaultTarget = {}): Fault {
  return ofTls('wrongName', 'wrong name', options, { certificate: { names: ['somebody-else.invalid'] } })
}

/** The certificate is signed by itself. */
export function selfSigned(options: FaultTarget = {}): Fault {
  return ofTls('selfSigned', 'self-signed certificate', options, { certificate: { issuer: 'self' } })
}

/** The certificate is signed by an authority that nobody knows. */
export function unknownAuthority(options: FaultTarget = {}): Fault {
  return ofTls('unknownAuthority', 'unknown authority', options, { certificate: { issuer: 'unknown' } })
}

/** The service speaks TLS 1.1 at most, which clients have given up (RFC 8996). */
export function oldTls(options: FaultTarget = {}): Fault {
  // OpenSSL has SHA-1 signatures of old versions only at its level 0.
  return ofTls('oldTls', 'old TLS', options, {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
}
