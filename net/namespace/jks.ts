// Java's own key store format, JKS version 2 (as java.security.KeyStore of every JDK reads it): trusted certificates only.

import { createHash } from 'node:crypto'

/** What Java opens its store of authorities with, where nobody says otherwise. */
const password = 'changeit'

export interface TrustedCertificate {
  /** Lower case and its own in the store. */
  readonly alias: string
  readonly der: Uint8Array
}

/** A key store of trusted certificates, dated `date`. */
export function encodeJks(certificates: readonly TrustedCertificate[], date: Date): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(0xfeedfeed, 0)
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(certificates.length, 8)
  const entries = certificates.flatMap(({ alias, der }) => {
    const kind = Buffer.alloc(4)
    kind.writeUInt32BE(2) // a trusted certificate; 1 would be a private key
    const when = Buffer.alloc(8)
    when.writeBigInt64BE(BigInt(date.getTime()))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(der.length)
    return [kind, text(alias), when, text('X.509'), length, der]
  })
  const body = Buffer.concat([head, ...entries])
  // Keyed by the password and a phrase that the format's author chose; it protects against accidents, not people.
  const digest = createHash('sha1')
    .update(Buffer.from(password, 'utf16le').swap16())
    .update('Mighty Aphrodite', 'latin1')
    .update(body)
    .digest()
  return Buffer.concat([body, digest])
}

/** As java.io.DataOutput.writeUTF for the characters of ASCII. */
function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  return Buffer.concat([length, octets])
}

/** The certificates of a bundle in PEM, as DER. */
export function certificatesOf(pem: string): Buffer[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)
  return [...blocks].map(([, base64]) => Buffer.from(base64!, 'base64'))
}
