// Takes the protection off the records of one side, for who knows the keys: TLS 1.3 (RFC 8446 §5.2) and 1.2 (RFC 5246
// §6.2.3, RFC 5288, RFC 7905, RFC 7366). A record that does not hold is told by its tag or MAC, and changes nothing.

import { type CipherGCMTypes, createDecipheriv, createHmac } from 'node:crypto'
import { type CipherSuite, digestBytes } from './cipher-suites.ts'
import { nextTrafficSecret, type RecordKeys, trafficKeys } from './key-schedule.ts'
import { applicationData, type TlsRecord } from './records.ts'

export interface OpenedRecord {
  readonly type: number
  readonly content: Buffer
}

export interface RecordOpener {
  /** Undefined for a record that these keys and the present sequence number do not open. */
  open(record: TlsRecord): OpenedRecord | undefined
}

const tagBytes = 16
const blockBytes = 16

export class Tls13Opener implements RecordOpener {
  readonly #suite: CipherSuite
  #secret: Uint8Array
  #keys: RecordKeys
  #sequence = 0

  constructor(suite: CipherSuite, secret: Uint8Array) {
    this.#suite = suite
    this.#secret = secret
    this.#keys = trafficKeys(suite, secret)
  }

  open({ type, head, fragment }: TlsRecord): OpenedRecord | undefined {
    if (type !== applicationData) return undefined
    const { key, iv } = this.#keys
    const inner = openAead(this.#suite, key, maskedNonce(iv, this.#sequence), head, fragment)
    if (inner === undefined) return undefined
    let end = inner.length
    while (end > 0 && inner[end - 1] === 0) end--
    if (end === 0) return undefined
    this.#sequence++
    return { type: inner[end - 1]!, content: inner.subarray(0, end - 1) }
  }

  /** The side has said KeyUpdate. */
  update(): void {
    this.#secret = nextTrafficSecret(this.#suite, this.#secret)
    this.#keys = trafficKeys(this.#suite, this.#secret)
    this.#sequence = 0
  }
}

export class Tls12Opener implements RecordOpener {
  readonly #suite: CipherSuite
  readonly #keys: RecordKeys
  readonly #encryptThenMac: boolean
  #sequence = 0

  constructor(suite: CipherSuite, keys: RecordKeys, encryptThenMac: boolean) {
    this.#suite = suite
    this.#keys = keys
    this.#encryptThenMac = encryptThenMac
  }

  open({ type, head, fragment }: TlsRecord): OpenedRecord | undefined {
    const content = this.#suite.kind === 'cbc' ? this.#openCbc(head, fragment) : this.#openAead(head, fragment)
    if (content === undefined) return undefined
    this.#sequence++
    return { type, content }
  }

  #openAead(head: Buffer, fragment: Buffer): Buffer | undefined {
    const { key, iv } = this.#keys
    if (this.#suite.kind === 'chacha20') {
      const length = fragment.length - tagBytes
      return openAead(this.#suite, key, maskedNonce(iv, this.#sequence), this.#pseudoHead(head, length), fragment)
    }
    // RFC 5288 §3: half of the nonce is in the record.
    const nonce = Buffer.concat([iv, fragment.subarray(0, 8)])
    if (nonce.length < 12) return undefined
    const sealed = fragment.subarray(8)
    return openAead(this.#suite, key, nonce, this.#pseudoHead(head, sealed.length - tagBytes), sealed)
  }

  #openCbc(head: Buffer, fragment: Buffer): Buffer | undefined {
    const { mac: digest } = this.#suite
    const macBytes = digestBytes(digest)
    const { key, macKey } = this.#keys
    const mac = (octets: Buffer) =>
      createHmac(digest, macKey).update(this.#pseudoHead(head, octets.length)).update(octets).digest()
    let sealed = fragment
    if (this.#encryptThenMac) {
      sealed = fragment.subarray(0, Math.max(0, fragment.length - macBytes))
      if (!mac(sealed).equals(fragment.subarray(sealed.length))) return undefined
    }
    if (sealed.length < 2 * blockBytes || sealed.length % blockBytes !== 0) return undefined
    const decipher = createDecipheriv(this.#suite.cipher, key, sealed.subarray(0, blockBytes)).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(sealed.subarray(blockBytes)), decipher.final()])
    const padding = padded.at(-1)! + 1
    if (padding > padded.length) return undefined
    const inner = padded.subarray(0, padded.length - padding)
    if (this.#encryptThenMac) return inner
    const content = inner.subarray(0, Math.max(0, inner.length - macBytes))
    return mac(content).equals(inner.subarray(content.length)) ? content : undefined
  }

  /** What a tag or MAC covers beside the octets: sequence number, type, version and length. */
  #pseudoHead(head: Buffer, length: number): Buffer {
    const octets = Buffer.alloc(13)
    octets.writeUInt32BE(Math.floor(this.#sequence / 2 ** 32), 0)
    octets.writeUInt32BE(this.#sequence % 2 ** 32, 4)
    head.copy(octets, 8, 0, 3)
    octets.writeUInt16BE(Math.max(0, length), 11)
    return octets
  }
}

function maskedNonce(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.from(iv)
  nonce.writeUInt32BE((nonce.readUInt32BE(4) ^ Math.floor(sequence / 2 ** 32)) >>> 0, 4)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ ((sequence % 2 ** 32) | 0)) >>> 0, 8)
  return nonce
}

function openAead(
  { cipher }: CipherSuite,
  key: Buffer,
  nonce: Buffer,
  covered: Buffer,
  sealed: Buffer,
): Buffer | undefined {
  const end = sealed.length - tagBytes
  if (end < 0) return undefined
  // Node has ChaCha20-Poly1305 work as it does GCM.
  const decipher = createDecipheriv(cipher as CipherGCMTypes, key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(covered)
  decipher.setAuthTag(sealed.subarray(end))
  const content = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return content
  } catch {
    return undefined
  }
}
