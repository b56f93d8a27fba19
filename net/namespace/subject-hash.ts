// The name under which OpenSSL finds an authority in a folder of certificates: eight digits from its subject.

import { createHash } from 'node:crypto'
import { sequence, setOf, tlv, utf8String } from '../../wire/asn1.ts'

/** One DER value: its tag, its content, and what follows it. */
function take(octets: Buffer): { tag: number; content: Buffer; rest: Buffer } {
  const short = octets[1]!
  const size = short < 0x80 ? 0 : short & 0x7f
  const length = size === 0 ? short : octets.readUIntBE(2, size)
  const start = 2 + size
  return { tag: octets[0]!, content: octets.subarray(start, start + length), rest: octets.subarray(start + length) }
}

function all(octets: Buffer): { tag: number; content: Buffer }[] {
  const values: { tag: number; content: Buffer }[] = []
  for (let rest = octets; rest.length > 0; ) {
    const value = take(rest)
    values.push(value)
    rest = value.rest
  }
  return values
}

/** UTF8String, PrintableString, TeletexString, IA5String: what OpenSSL compares without regard to case and blanks. */
const textTags = new Set([0x0c, 0x13, 0x14, 0x16])

/** `openssl x509 -subject_hash` of a certificate with a version, as every authority's has (X.509 v3). */
export function subjectHash(der: Buffer): string {
  const [, , , , , subject] = all(take(take(der).content).content)
  const canonical = all(subject!.content).map(set =>
    setOf(
      ...all(set.content).map(attribute => {
        const [type, value] = all(attribute.content)
        return sequence(tlv(type!.tag, type!.content), canonicalValue(value!))
      }),
    ),
  )
  return createHash('sha1').update(Buffer.concat(canonical)).digest().readUInt32LE(0).toString(16).padStart(8, '0')
}

function canonicalValue({ tag, content }: { tag: number; content: Buffer }): Buffer {
  if (!textTags.has(tag)) return tlv(tag, content)
  const text = content
    .toString(tag === 0x0c ? 'utf8' : 'latin1')
    .trim()
    .replace(/\s+/g, ' ')
  return utf8String(text.replace(/[A-Z]/g, letter => letter.toLowerCase()))
}
