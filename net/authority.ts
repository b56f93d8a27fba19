// The network's certificate authority: mints a certificate for any name in a millisecond. Its key stays in memory.

import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { type DistinguishedName, encodeCertificate, encodePem, encodeTbsCertificate } from '../wire/x509.ts'
import { addressOctets, isIP } from './address.ts'
import { UsageError } from './errors.ts'
import type { Random } from './random.ts'

export interface CertificateOptions {
  /** Names and addresses that it is good for. Default: the host's. */
  names?: readonly string[]
  /** Default: `CN=` and the first name. */
  subject?: DistinguishedName
  /** Default: 2000-01-01, so that any clock of a test or machine finds it valid. */
  notBefore?: Date | string
  /** Default: 2099-12-31. */
  notAfter?: Date | string
  /** Default: `ec` (P-256); `rsa` (2048 bits) takes some hundred milliseconds once a process. */
  key?: 'ec' | 'rsa'
  /** Who signs: the network's authority, the certificate itself, or an authority that nobody knows. Default: authority. */
  issuer?: 'authority' | 'self' | 'unknown'
  /** Hexadecimal. Default: from the network's seed. */
  serial?: string
}

export interface Certificate {
  /** PEM. An issuer other than the network's authority or the certificate itself follows it. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
}

interface Issuer {
  readonly name: DistinguishedName
  readonly key: KeyObject
  readonly keyIdentifier: Buffer
  readonly pem: string
}

const widest = { notBefore: new Date('2000-01-01T00:00:00Z'), notAfter: new Date('2099-12-31T23:59:59Z') }

let rsa: { publicKey: KeyObject; privateKey: KeyObject } | undefined

function keyPair(kind: 'ec' | 'rsa'): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'ec') return ecKeyPair()
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
  return rsa
}

/** By ECDH: what generateKeyPairSync leaves to the garbage collector is a leak to who looks for asynchronous ones. */
function ecKeyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  const pair = createECDH('prime256v1')
  const point = pair.generateKeys()
  const secret = pair.getPrivateKey()
  const d = Buffer.concat([Buffer.alloc(32 - secret.length), secret])
  const [x, y] = [point.subarray(1, 33), point.subarray(33)]
  const text = (octets: Buffer) => octets.toString('base64url')
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x: text(x), y: text(y), d: text(d) },
  })
  return { publicKey: createPublicKey(privateKey), privateKey }
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

/** SHA-1 of the key, as RFC 5280 §4.2.1.2 suggests; it names the key, it protects nothing. */
function keyIdentifierOf(publicKey: Buffer): Buffer {
  return createHash('sha1').update(publicKey).digest()
}

function dateOf(date: Date | string | undefined, otherwise: Date): Date {
  const made = date === undefined ? otherwise : new Date(date)
  if (Number.isNaN(made.getTime()))
    throw new UsageError(`expected a date for a certificate, got ${JSON.stringify(date)}`)
  return made
}

/**
 * Keys come from the system's chance, not from the seed: whoever knows a seed must not be able to mint certificates
 * that a machine trusts. Serials and names follow the seed.
 */
export class Authority {
  readonly #random: (label: string) => Random
  #own: Issuer | undefined
  #stranger: Issuer | undefined

  /** `random` gives a stream of chance for a label, as `network.random` does. */
  constructor(random: (label: string) => Random) {
    this.#random = random
  }

  /** The authority's certificate in PEM, which clients are to trust. */
  get pem(): string {
    return this.#authority().pem
  }

  /** A certificate and its key. Nothing is kept. */
  issue(options: CertificateOptions = {}): Certificate {
    const { names = [], key = 'ec', issuer = 'authority' } = options
    const subject = options.subject ?? [['CN', names[0] ?? 'localhost']]
    const pair = keyPair(key)
    const publicKey = spki(pair.publicKey)
    const keyIdentifier = keyIdentifierOf(publicKey)
    const signer =
      issuer === 'self'
        ? { name: subject, key: pair.privateKey, keyIdentifier, pem: '' }
        : issuer === 'unknown'
          ? this.#unknown()
          : this.#authority()
    const cert = this.#sign(signer, {
      subject,
      publicKey,
      keyIdentifier,
      certificateAuthority: false,
      names: names.filter(name => isIP(name) === 0),
      addresses: names.filter(name => isIP(name) !== 0).map(addressOctets),
      notBefore: dateOf(options.notBefore, widest.notBefore),
      notAfter: dateOf(options.notAfter, widest.notAfter),
      serial: options.serial,
    })
    return {
      cert: issuer === 'unknown' ? cert + signer.pem : cert,
      key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    }
  }

  #authority(): Issuer {
    this.#own ??= this.#root([
      ['O', 'backlot'],
      ['CN', 'backlot authority, for tests only'],
    ])
    return this.#own
  }

  #unknown(): Issuer {
    this.#stranger ??= this.#root([['CN', 'an authority that nobody trusts']])
    return this.#stranger
  }

  #root(name: DistinguishedName): Issuer {
    const { publicKey, privateKey } = keyPair('ec')
    const octets = spki(publicKey)
    const keyIdentifier = keyIdentifierOf(octets)
    const issuer = { name, key: privateKey, keyIdentifier, pem: '' }
    const pem = this.#sign(issuer, {
      subject: name,
      publicKey: octets,
      keyIdentifier,
      certificateAuthority: true,
      ...widest,
      serial: undefined,
    })
    return { ...issuer, pem }
  }

  #sign(
    issuer: Issuer,
    certificate: {
      subject: DistinguishedName
      publicKey: Buffer
      keyIdentifier: Buffer
      certificateAuthority: boolean
      notBefore: Date
      notAfter: Date
      serial: string | undefined
      names?: string[]
      addresses?: Buffer[]
    },
  ): string {
    const signature = issuer.key.asymmetricKeyType === 'rsa' ? 'sha256WithRSAEncryption' : 'ecdsa-with-SHA256'
    const tbs = encodeTbsCertificate({
      ...certificate,
      serial: this.#serial(certificate.serial, certificate.subject),
      signature,
      issuer: issuer.name,
      authorityKeyIdentifier: issuer.keyIdentifier,
    })
    return encodePem('CERTIFICATE', encodeCertificate(tbs, signature, sign('sha256', tbs, issuer.key)))
  }

  #serial(hex: string | undefined, subject: DistinguishedName): Buffer {
    if (hex === undefined) {
      const serial = this.#random(`serial of ${subject.join(' ')}`).bytes(16)
      serial[0] = 1 + (serial[0]! % 127) // positive and without a leading zero
      return serial
    }
    if (!/^([0-9a-f]{2}){1,20}$/i.test(hex)) {
      throw new UsageError(`expected a serial of 1 to 20 octets in hexadecimal, got ${JSON.stringify(hex)}`)
    }
    const octets = Buffer.from(hex, 'hex')
    return octets[0]! >= 0x80 ? Buffer.concat([Uint8Array.of(0), octets]) : octets
  }
}
