// X.509 version 3 certificates (RFC 5280 §4): everything but the signature, which whoever holds the key adds.

import * as asn1 from './asn1.ts'

/** Attributes of a name in their order, for example `[['C', 'GB'], ['CN', 'localhost']]`. */
export type DistinguishedName = readonly (readonly [attribute: string, value: string])[]

const attributes: Record<string, string> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  emailAddress: '1.2.840.113549.1.9.1',
}

export type SignatureAlgorithm = 'ecdsa-with-SHA256' | 'sha256WithRSAEncryption'

export interface TbsCertificate {
  /** The serial number's octets, the first one between 1 and 127. */
  serial: Uint8Array
  signature: SignatureAlgorithm
  issuer: DistinguishedName
  notBefore: Date
  notAfter: Date
  subject: DistinguishedName
  /** SubjectPublicKeyInfo in DER. */
  publicKey: Uint8Array
  /** Hash of the subject's public key (RFC 5280 §4.2.1.2). */
  keyIdentifier: Uint8Array
  /** The same of the issuer's. */
  authorityKeyIdentifier: Uint8Array
  certificateAuthority: boolean
  /** Host names for subjectAltName; a first label `*` is a wildcard. */
  names?: readonly string[]
  /** Addresses for subjectAltName, as 4 or 16 octets. */
  addresses?: readonly Uint8Array[]
}

const nullValue = Uint8Array.of(0x05, 0x00)

function algorithm(name: SignatureAlgorithm): Buffer {
  return name === 'ecdsa-with-SHA256'
    ? asn1.sequence(asn1.objectIdentifier('1.2.840.10045.4.3.2'))
    : asn1.sequence(asn1.objectIdentifier('1.2.840.113549.1.1.11'), nullValue)
}

function encodeName(name: DistinguishedName): Buffer {
  return asn1.sequence(
    ...name.map(([attribute, value]) => {
      const type = attributes[attribute]
      if (type === undefined) {
        throw new TypeError(`expected one of ${Object.keys(attributes).join(', ')}, got ${JSON.stringify(attribute)}`)
      }
      const text =
        attribute === 'C'
          ? asn1.printableString(value)
          : attribute === 'emailAddress'
            ? asn1.ia5String(value)
            : asn1.utf8String(value)
      return asn1.setOf(asn1.sequence(asn1.objectIdentifier(type), text))
    }),
  )
}

function extension(identifier: string, critical: boolean, value: Uint8Array): Buffer {
  return asn1.sequence(
    asn1.objectIdentifier(identifier),
    ...(critical ? [asn1.boolean(true)] : []),
    asn1.octetString(value),
  )
}

/** TBSCertificate in DER: what is signed. */
export function encodeTbsCertificate(certificate: TbsCertificate): Buffer {
  const { names = [], addresses = [] } = certificate
  const alternatives = [
    ...names.map(name => asn1.tagged(2, Buffer.from(name, 'latin1'), true)),
    ...addresses.map(address => asn1.tagged(7, address, true)),
  ]
  const usage = certificate.certificateAuthority
    ? asn1.bitString(Uint8Array.of(0x06), 1) // keyCertSign, cRLSign
    : asn1.bitString(Uint8Array.of(0xa0), 5) // digitalSignature, keyEncipherment
  const extensions = [
    extension('2.5.29.14', false, asn1.octetString(certificate.keyIdentifier)),
    extension('2.5.29.35', false, asn1.sequence(asn1.tagged(0, certificate.authorityKeyIdentifier, true))),
    extension('2.5.29.19', true, asn1.sequence(...(certificate.certificateAuthority ? [asn1.boolean(true)] : []))),
    extension('2.5.29.15', true, usage),
  ]
  if (!certificate.certificateAuthority) {
    const server = asn1.objectIdentifier('1.3.6.1.5.5.7.3.1')
    const client = asn1.objectIdentifier('1.3.6.1.5.5.7.3.2')
    extensions.push(extension('2.5.29.37', false, asn1.sequence(server, client)))
  }
  if (alternatives.length > 0) extensions.push(extension('2.5.29.17', false, asn1.sequence(...alternatives)))
  return asn1.sequence(
    asn1.tagged(0, asn1.integer(2)), // version 3
    asn1.integer(certificate.serial),
    algorithm(certificate.signature),
    encodeName(certificate.issuer),
    asn1.sequence(asn1.time(certificate.notBefore), asn1.time(certificate.notAfter)),
    encodeName(certificate.subject),
    certificate.publicKey,
    asn1.tagged(3, asn1.sequence(...extensions)),
  )
}

/** The certificate from its signed part and the signature over it. */
export function encodeCertificate(tbs: Uint8Array, name: SignatureAlgorithm, signature: Uint8Array): Buffer {
  return asn1.sequence(tbs, algorithm(name), asn1.bitString(signature))
}

/** RFC 7468's textual encoding. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
