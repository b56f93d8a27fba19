// DER, the one way of writing ASN.1 values (X.690 §8 and §10): a tag, a length, the content. Encoding only.

/** A value with its tag and length. */
export function tlv(tag: number, ...contents: Uint8Array[]): Buffer {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  const head = [tag]
  if (length < 0x80) head.push(length)
  else {
    const octets: number[] = []
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
    head.push(0x80 | octets.length, ...octets)
  }
  return Buffer.concat([Uint8Array.from(head), ...contents])
}

export const sequence = (...items: Uint8Array[]): Buffer => tlv(0x30, ...items)

/** SET OF: its members in the order of their octets (X.690 §11.6). */
export const setOf = (...items: Uint8Array[]): Buffer => tlv(0x31, ...items.toSorted(Buffer.compare))

export const boolean = (value: boolean): Buffer => tlv(0x01, Uint8Array.of(value ? 0xff : 0))

export const octetString = (content: Uint8Array): Buffer => tlv(0x04, content)

/** BIT STRING; `unused` bits at the end are not part of it. */
export const bitString = (content: Uint8Array, unused = 0): Buffer => tlv(0x03, Uint8Array.of(unused), content)

export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))

export const printableString = (text: string): Buffer => tlv(0x13, Buffer.from(text, 'latin1'))

export const ia5String = (text: string): Buffer => tlv(0x16, Buffer.from(text, 'latin1'))

/** `[number]` around `content`, constructed unless it is primitive. */
export const tagged = (number: number, content: Uint8Array, primitive = false): Buffer =>
  tlv((primitive ? 0x80 : 0xa0) | number, content)

/** INTEGER from two's complement octets or a number that is not negative. */
export function integer(value: number | bigint | Uint8Array): Buffer {
  if (typeof value === 'object') return tlv(0x02, value)
  let hex = value.toString(16)
  if (hex.length % 2 === 1) hex = `0${hex}`
  const octets = Buffer.from(hex, 'hex')
  return tlv(0x02, octets[0]! >= 0x80 ? Buffer.concat([Uint8Array.of(0), octets]) : octets)
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...arcs]) {
    const groups = [arc & 0x7f]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(0x80 | (rest & 0x7f))
    octets.push(...groups)
  }
  return tlv(0x06, Uint8Array.from(octets))
}

/** UTCTime for the years 1950 to 2049, GeneralizedTime for others (RFC 5280 §4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tlv(0x18, Buffer.from(digits, 'latin1'))
}
