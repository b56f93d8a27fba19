// The data of records as zone files have it (RFC 1035 §5.1, RFC 3597 §5), values to text and back.

import { ProtocolError } from '../decoder.ts'
import { formatIpv6, parseIpv4, parseIpv6 } from './address.ts'
import { labelsOf, nameOf, readEscape } from './name.ts'
import { readData } from './rdata.ts'
import { type DnsRecord, type RecordData, type RecordType, typeCode, typeName } from './record.ts'

/** One word of a zone file, with its backslashes still in it. */
export interface Token {
  text: string
  quoted: boolean
}

/** Lengths of time as bind writes them. */
const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** `3600` or `1h30m`; undefined where it is neither. */
export function parseTtl(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= 0x7fffffff ? Number(text) : undefined
  if (!/^(\d+[smhdw])+$/i.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.toLowerCase().matchAll(/(\d+)([smhdw])/g)) total += Number(count) * seconds[unit!]!
  return total <= 0x7fffffff ? total : undefined
}

/** The words of one record's data, each asked for by what it has to be. */
class DataTokens {
  readonly #tokens: readonly Token[]
  readonly #origin: string | undefined
  #at = 0

  constructor(tokens: readonly Token[], origin: string | undefined) {
    this.#tokens = tokens
    this.#origin = origin
  }

  get left(): number {
    return this.#tokens.length - this.#at
  }

  take(expected: string): Token {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new ProtocolError('dns', `expected ${expected}, got the end of the record`)
    return token
  }

  name(): string {
    return resolveName(this.take('a name').text, this.#origin)
  }

  number(what: string, max: number): number {
    const { text } = this.take(what)
    const value = Number(text)
    if (!/^\d+$/.test(text) || value > max) throw expected(`${what} from 0 to ${max}`, text)
    return value
  }

  time(what: string): number {
    const { text } = this.take(what)
    return parseTtl(text) ?? fail(`${what} in seconds or as 1h30m`, text)
  }

  octets(what: string, max: number): string {
    const { text } = this.take(what)
    const octets = textOctets(text)
    if (octets.length > max) throw expected(`${what} of at most ${max} octets`, text)
    return octets
  }

  done(): void {
    const more = this.#tokens[this.#at]
    if (more !== undefined) throw expected('the end of the record', more.text)
  }
}

function expected(what: string, got: string): ProtocolError {
  const shown = got.length > 60 ? `${got.slice(0, 60)}…` : got
  return new ProtocolError('dns', `expected ${what}, got ${JSON.stringify(shown)}`)
}

function fail(what: string, got: string): never {
  throw expected(what, got)
}

/** A name of a zone file in full: `@` is the origin, one without a last dot is below it. */
export function resolveName(text: string, origin: string | undefined): string {
  const relative = () => origin ?? fail('a name with a last dot where no $ORIGIN is given', text)
  if (text === '@') return relative()
  if (text === '.') return '.'
  const ascii = inAscii(text)
  const labels = labelsOf(ascii)
  if (!endsWithDot(ascii)) labels.push(...labelsOf(relative()))
  return nameOf(labelsOf(nameOf(labels)))
}

function endsWithDot(text: string): boolean {
  const backslashes = /(\\*)\.$/.exec(text)
  return backslashes !== null && backslashes[1]!.length % 2 === 0
}

/** Characters beyond ASCII as escapes of their octets in UTF-8. */
function inAscii(text: string): string {
  return text.replace(/[^\x00-\x7f]+/g, more => Array.from(Buffer.from(more), octet => `\\${octet}`).join(''))
}

/** Escapes resolved; one octet a character. */
function textOctets(text: string): string {
  const ascii = inAscii(text)
  let octets = ''
  for (let at = 0; at < ascii.length; at++) {
    if (ascii[at] !== '\\') {
      octets += ascii[at]
      continue
    }
    const escaped = readEscape(ascii, at)
    octets += String.fromCharCode(escaped.octet)
    at = escaped.end - 1
  }
  return octets
}

const target =
  <Type extends 'NS' | 'CNAME' | 'PTR' | 'DNAME'>(type: Type) =>
  (tokens: DataTokens): RecordData => ({ type, target: tokens.name() })

const parsers: Partial<Record<RecordType, (tokens: DataTokens) => RecordData>> = {
  A(tokens) {
    const address = tokens.take('an IPv4 address').text
    parseIpv4(address)
    return { type: 'A', address }
  },
  AAAA: tokens => ({ type: 'AAAA', address: formatIpv6(parseIpv6(tokens.take('an IPv6 address').text)) }),
  NS: target('NS'),
  CNAME: target('CNAME'),
  PTR: target('PTR'),
  DNAME: target('DNAME'),
  MX: tokens => ({ type: 'MX', preference: tokens.number('a preference', 65535), exchange: tokens.name() }),
  TXT(tokens) {
    const texts: string[] = []
    do texts.push(tokens.octets('a text', 255))
    while (tokens.left > 0)
    return { type: 'TXT', texts }
  },
  SOA: tokens => ({
    type: 'SOA',
    mname: tokens.name(),
    rname: tokens.name(),
    serial: tokens.number('a serial', 0xffffffff),
    refresh: tokens.time('a refresh interval'),
    retry: tokens.time('a retry interval'),
    expire: tokens.time('an expiry'),
    minimum: tokens.time('a minimum'),
  }),
  SRV: tokens => ({
    type: 'SRV',
    priority: tokens.number('a priority', 65535),
    weight: tokens.number('a weight', 65535),
    port: tokens.number('a port', 65535),
    target: tokens.name(),
  }),
  CAA: tokens => ({
    type: 'CAA',
    flags: tokens.number('flags', 255),
    tag: tokens.octets('a tag', 255),
    value: tokens.octets('a value', 65535),
  }),
}

/** The data of a record from its words; `\#`, a length and hexadecimal digits stand for any type (RFC 3597 §5). */
export function parseData(type: RecordType, words: readonly Token[], origin: string | undefined): RecordData {
  const tokens = new DataTokens(words, origin)
  if (words[0]?.text === '\\#' && !words[0].quoted) return parseUnknown(type, words.slice(1))
  const parse = parsers[type]
  if (parse === undefined) throw expected(`the data of ${type} as \\# LENGTH HEX`, words[0]?.text ?? '')
  const data = parse(tokens)
  tokens.done()
  return data
}

function parseUnknown(type: RecordType, words: readonly Token[]): RecordData {
  const [length = '', ...digits] = words.map(word => word.text)
  const hex = digits.join('')
  if (!/^\d{1,5}$/.test(length)) fail('a length after \\#', length)
  if (!/^([0-9a-f]{2})*$/i.test(hex) || hex.length !== 2 * Number(length)) {
    fail(`${2 * Number(length)} hexadecimal digits after \\# ${length}`, hex)
  }
  const octets = Buffer.from(hex, 'hex')
  return readData(type, octets, 0, octets.length)
}

/** A name as a zone file has it in full, with the last dot. */
export function absolute(name: string): string {
  return name === '.' ? name : `${name}.`
}

/** A text in quotes. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]|[^\x20-\x7e]/g, character => {
    if (character === '"' || character === '\\') return `\\${character}`
    return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
  })}"`
}

/** The data of a record as text, names in full. */
function formatData(record: RecordData): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      return absolute(record.target)
    case 'MX':
      return `${record.preference} ${absolute(record.exchange)}`
    case 'TXT':
      return record.texts.map(quoted).join(' ')
    case 'SOA': {
      const { serial, refresh, retry, expire, minimum } = record
      const names = `${absolute(record.mname)} ${absolute(record.rname)}`
      return `${names} ${serial} ${refresh} ${retry} ${expire} ${minimum}`
    }
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${absolute(record.target)}`
    case 'CAA':
      return `${record.flags} ${/^[a-z\d]+$/i.test(record.tag) ? record.tag : quoted(record.tag)} ${quoted(record.value)}`
    default:
      return `\\# ${record.data.length} ${Buffer.from(record.data).toString('hex')}`.trimEnd()
  }
}

/** One line of a zone file: `www.example.org. 3600 IN A 192.0.2.1`; of an update it may be without data. */
export function formatRecord(record: DnsRecord): string {
  if ((record.class === 'ANY' || record.class === 'NONE') && 'data' in record && record.data.length === 0) {
    return `${absolute(record.name)} ${record.ttl} ${record.class} ${typeName(typeCode(record.type)!)}`
  }
  return `${absolute(record.name)} ${record.ttl} ${record.class ?? 'IN'} ${record.type} ${formatData(record)}`
}

/** Whether a record can stand in a zone: its type is neither a question's nor a message's own. */
export function isData(type: RecordType): boolean {
  const code = typeCode(type)!
  return code !== 41 && (code < 128 || code > 255)
}
