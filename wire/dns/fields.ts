// Data that is octets in a record's value, as the fields that zone files and dig show: types of DNSSEC (RFC 4034,
// RFC 5155), HINFO, RP, NAPTR, CERT, SSHFP, TLSA, SPF, URI. What does not follow its type's fields stays
// `\# LENGTH HEX`. Left out: LOC, and TSIG and TKEY, whose fields say nothing to a person. SVCB and HTTPS have
// service.ts.

import { labelsOf, readName } from './name.ts'
import { parseType, type RecordType, typeCode, typeName } from './record.ts'
import { absolute, type DataTokens, fail, quoted } from './words.ts'

/** Reads the octets of one field and gives its words; undefined where they are none of its kind. */
interface Field {
  format(octets: FieldOctets): string | undefined
  parse(tokens: DataTokens): Uint8Array
}

/** What is left of a record's data. */
export class FieldOctets {
  readonly #octets: Buffer
  #at = 0

  constructor(octets: Uint8Array) {
    this.#octets = Buffer.from(octets)
  }

  get left(): number {
    return this.#octets.length - this.#at
  }

  take(count: number): Buffer | undefined {
    if (count > this.left) return undefined
    this.#at += count
    return this.#octets.subarray(this.#at - count, this.#at)
  }

  number(bytes: number): number | undefined {
    return this.take(bytes)?.readUIntBE(0, bytes)
  }

  /** In full: a pointer leads out of the data. */
  name(): string | undefined {
    let end = this.#at
    while (this.#octets[end] !== 0) {
      if (end >= this.#octets.length || this.#octets[end]! > 63) return undefined
      end += 1 + this.#octets[end]!
    }
    if (end - this.#at > 254) return undefined
    const { name } = readName(this.#octets, this.#at)
    this.#at = end + 1
    return name
  }
}

function number(bytes: number, what = 'a number'): Field {
  const max = 2 ** (8 * bytes) - 1
  return {
    format: octets => octets.number(bytes)?.toString(),
    parse: tokens => uint(tokens.number(what, max), bytes),
  }
}

export function uint(value: number, bytes: number): Buffer {
  const octets = Buffer.alloc(bytes)
  octets.writeUIntBE(value, 0, bytes)
  return octets
}

export function nameOctets(name: string): Buffer {
  return Buffer.concat([...labelsOf(name).flatMap(label => [Buffer.from([label.length]), label]), Buffer.alloc(1)])
}

const name: Field = {
  format(octets) {
    const text = octets.name()
    return text === undefined ? undefined : absolute(text)
  },
  parse: tokens => nameOctets(tokens.name()),
}

const string: Field = {
  format(octets) {
    const length = octets.number(1)
    const text = length === undefined ? undefined : octets.take(length)
    return text === undefined ? undefined : quoted(text.toString('latin1'))
  },
  parse(tokens) {
    const text = Buffer.from(tokens.octets('a text', 255), 'latin1')
    return Buffer.concat([Buffer.from([text.length]), text])
  },
}

/** Texts up to the end of the data, at least one. */
const strings: Field = {
  format(octets) {
    const texts: string[] = []
    do {
      const each = string.format(octets)
      if (each === undefined) return undefined
      texts.push(each)
    } while (octets.left > 0)
    return texts.join(' ')
  },
  parse(tokens) {
    const texts: Uint8Array[] = []
    do texts.push(string.parse(tokens))
    while (tokens.left > 0)
    return Buffer.concat(texts)
  },
}

/** The rest of the data without a length. */
const text: Field = {
  format: octets => quoted(octets.take(octets.left)!.toString('latin1')),
  parse: tokens => Buffer.from(tokens.octets('a text', 65535), 'latin1'),
}

/** What is left of the words as one, which dig draws apart. */
function joined(tokens: DataTokens, what: string): string {
  let word = tokens.take(what).text
  while (tokens.left > 0) word += tokens.take(what).text
  return word
}

const hex: Field = {
  format: octets => (octets.left === 0 ? undefined : octets.take(octets.left)!.toString('hex').toUpperCase()),
  parse(tokens) {
    const digits = joined(tokens, 'hexadecimal digits')
    return /^([0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : fail('hexadecimal digits', digits)
  },
}

const base64: Field = {
  format: octets => (octets.left === 0 ? undefined : octets.take(octets.left)!.toString('base64')),
  parse: tokens => base64Octets(joined(tokens, 'base64')),
}

export function base64Octets(digits: string): Buffer {
  const octets = Buffer.from(digits, 'base64')
  return octets.toString('base64') === digits ? octets : fail('base64', digits)
}

/** NSEC3's salt, `-` where there is none (RFC 5155 §3.3). */
const salt: Field = {
  format(octets) {
    const length = octets.number(1)
    if (length === 0) return '-'
    return length === undefined ? undefined : octets.take(length)?.toString('hex').toUpperCase()
  },
  parse(tokens) {
    const { text: digits } = tokens.take('a salt')
    if (digits !== '-' && !/^([0-9a-f]{2}){1,255}$/i.test(digits)) fail('a salt in hexadecimal digits or -', digits)
    const octets = Buffer.from(digits === '-' ? '' : digits, 'hex')
    return Buffer.concat([Buffer.from([octets.length]), octets])
  },
}

const base32Digits = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

/** A hash of NSEC3 in base32 with the extended hex alphabet, without padding. */
const hash: Field = {
  format(octets) {
    const length = octets.number(1)
    const bytes = length === undefined ? undefined : octets.take(length)
    if (bytes === undefined || bytes.length === 0) return undefined
    const bits = Array.from(bytes, octet => octet.toString(2).padStart(8, '0')).join('')
    return bits
      .match(/.{1,5}/g)!
      .map(five => base32Digits[Number.parseInt(five.padEnd(5, '0'), 2)])
      .join('')
  },
  parse(tokens) {
    const { text: digits } = tokens.take('a hash')
    if (!/^[0-9a-v]{2,408}$/i.test(digits)) fail('a hash in base32', digits)
    const values = Array.from(digits.toUpperCase(), digit => base32Digits.indexOf(digit))
    const bits = values.map(value => value.toString(2).padStart(5, '0')).join('')
    const bytes = bits.match(/.{8}/g)!.map(eight => Number.parseInt(eight, 2))
    return Buffer.from([bytes.length, ...bytes])
  },
}

/** A time as `20150315120000`, in UTC (RFC 4034 §3.2). */
const time: Field = {
  format(octets) {
    const seconds = octets.number(4)
    if (seconds === undefined) return undefined
    return new Date(1000 * seconds).toISOString().replace(/[-:T]|\..*/g, '')
  },
  parse(tokens) {
    const { text: given } = tokens.take('a time')
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(given)?.slice(1).map(Number)
    const [year, month, ...rest] = parts ?? fail('a time such as 20150315120000', given)
    const seconds = Date.UTC(year!, month! - 1, ...rest) / 1000
    if (!(seconds >= 0 && seconds <= 0xffffffff)) fail('a time from 1970 to 2106', given)
    return uint(seconds, 4)
  },
}

const type: Field = {
  format(octets) {
    const code = octets.number(2)
    return code === undefined ? undefined : typeName(code)
  },
  parse(tokens) {
    const { text: given } = tokens.take('a type of record')
    return uint(typeCode(parseType(given) ?? fail('a type of record', given))!, 2)
  },
}

/** The types that a name has, in windows of 256 (RFC 4034 §4.1.2). */
const types: Field = {
  format(octets) {
    const names: RecordType[] = []
    while (octets.left > 0) {
      const window = octets.number(1)!
      const bits = octets.take(octets.number(1) ?? 0)
      if (bits === undefined || bits.length === 0) return undefined
      for (let bit = 0; bit < 8 * bits.length; bit++) {
        if ((bits[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) names.push(typeName(256 * window + bit))
      }
    }
    return names.join(' ')
  },
  parse(tokens) {
    const windows: Buffer[] = []
    while (tokens.left > 0) {
      const given = tokens.take('a type of record').text
      const code = typeCode(parseType(given) ?? fail('a type of record', given))!
      windows[code >> 8] ??= Buffer.alloc(32)
      windows[code >> 8]![(code & 0xff) >> 3]! |= 0x80 >> (code & 7)
    }
    const written = windows.map((bits, window) => {
      const length = bits.findLastIndex(octet => octet !== 0) + 1
      return Buffer.concat([Buffer.from([window, length]), bits.subarray(0, length)])
    })
    return Buffer.concat(written.filter(bits => bits !== undefined))
  },
}

const u8 = number(1)
const u16 = number(2)
const u32 = number(4)

const layouts: Partial<Record<RecordType, readonly Field[]>> = {
  HINFO: [string, string],
  RP: [name, name],
  NAPTR: [u16, u16, string, string, string, name],
  CERT: [u16, u16, u8, base64],
  DS: [u16, u8, u8, hex],
  SSHFP: [u8, u8, hex],
  RRSIG: [type, u8, u8, u32, time, time, u16, name, base64],
  NSEC: [name, types],
  DNSKEY: [u16, u8, u8, base64],
  NSEC3: [u8, u8, u16, salt, hash, types],
  NSEC3PARAM: [u8, u8, u16, salt],
  TLSA: [u8, u8, u8, hex],
  SPF: [strings],
  URI: [u16, u16, text],
}

/** The data in words, undefined where the type has no fields here or the octets are not made of them. */
export function formatFields(ofType: RecordType, data: Uint8Array): string | undefined {
  const octets = new FieldOctets(data)
  const words: string[] = []
  for (const field of layouts[ofType] ?? []) {
    const word = field.format(octets)
    if (word === undefined) return undefined
    words.push(word)
  }
  return words.length === 0 || octets.left > 0 ? undefined : words.join(' ').trimEnd()
}

/** The data of a type that has fields here, undefined where it has none. */
export function parseFields(ofType: RecordType, tokens: DataTokens): Buffer | undefined {
  const fields = layouts[ofType]
  return fields && Buffer.concat(fields.map(field => field.parse(tokens)))
}
