// Keys out of secrets: TLS 1.3's HKDF-Expand-Label (RFC 8446 §7.1) and TLS 1.2's pseudorandom function (RFC 5246 §5).
// Left out on purpose: how secrets come out of a key exchange.

import { createHmac } from 'node:crypto'
import { type CipherSuite, type Digest, digestBytes } from './cipher-suites.ts'

/** What protects the records of one side. */
export interface RecordKeys {
  readonly key: Buffer
  /** Of CBC in TLS 1.2 empty: each record brings its own. */
  readonly iv: Buffer
  /** Of CBC. */
  readonly macKey: Buffer
}

const nothing = Buffer.alloc(0)

const hmac = (digest: Digest, key: Uint8Array, ...parts: Uint8Array[]): Buffer => {
  const sum = createHmac(digest, key)
  for (const part of parts) sum.update(part)
  return sum.digest()
}

export function hkdfExpandLabel(digest: Digest, secret: Uint8Array, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`, 'latin1')
  const info = Buffer.concat([Buffer.of(length >> 8, length & 255, full.length), full, Buffer.of(0)])
  const parts: Buffer[] = []
  let last: Buffer = nothing
  for (let made = 0, number = 1; made < length; made += last.length, number++) {
    last = hmac(digest, secret, last, info, Buffer.of(number))
    parts.push(last)
  }
  return Buffer.concat(parts).subarray(0, length)
}

export function pseudorandom(
  digest: Digest,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed])
  const parts: Buffer[] = []
  let chained: Buffer = labelled
  for (let made = 0; made < length; made += digestBytes(digest)) {
    chained = hmac(digest, secret, chained)
    parts.push(hmac(digest, secret, chained, labelled))
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** RFC 8446 §7.3. */
export function trafficKeys({ hash, keyBytes }: CipherSuite, secret: Uint8Array): RecordKeys {
  return {
    key: hkdfExpandLabel(hash, secret, 'key', keyBytes),
    iv: hkdfExpandLabel(hash, secret, 'iv', 12),
    macKey: nothing,
  }
}

/** The secret after a KeyUpdate (RFC 8446 §7.2). */
export function nextTrafficSecret({ hash }: CipherSuite, secret: Uint8Array): Buffer {
  return hkdfExpandLabel(hash, secret, 'traffic upd', digestBytes(hash))
}

/** RFC 5246 §6.3. */
export function keyBlock(
  suite: CipherSuite,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { client: RecordKeys; server: RecordKeys } {
  const { kind, hash, keyBytes, mac } = suite
  const macBytes = kind === 'cbc' ? digestBytes(mac) : 0
  const ivBytes = { gcm: 4, chacha20: 12, cbc: 0 }[kind]
  const seed = Buffer.concat([serverRandom, clientRandom])
  const block = pseudorandom(hash, master, 'key expansion', seed, 2 * (macBytes + keyBytes + ivBytes))
  let at = 0
  const take = (count: number): Buffer => block.subarray(at, (at += count))
  const [clientMac, serverMac] = [take(macBytes), take(macBytes)]
  const [clientKey, serverKey] = [take(keyBytes), take(keyBytes)]
  return {
    client: { key: clientKey, macKey: clientMac, iv: take(ivBytes) },
    server: { key: serverKey, macKey: serverMac, iv: take(ivBytes) },
  }
}
