// The data of records as zone files have it (RFC 1035 §5.1, RFC 3597 §5), values to text and back.

import { ProtocolError } from '../decoder.ts'
import { formatIpv6, parseIpv4, parseIpv6 } from './address.ts'
import { formatFields, parseFields } from './fields.ts'
import { readData } from './rdata.ts'
import { type DnsRecord, type RecordData, type RecordType, typeCode, typeName } from './record.ts'
import { formatService, parseService } from './service.ts'
import { absolute, DataTokens, entriesOf, expected, fail, quoted, type Token } from './words.ts'

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
  const data = parsers[type]?.(tokens) ?? parseOctets(type, tokens)
  tokens.done()
  return data
}

function parseOctets(type: RecordType, tokens: DataTokens): RecordData {
  const data = type === 'SVCB' || type === 'HTTPS' ? parseService(tokens) : parseFields(type, tokens)
  if (data !== undefined) return { type, data } as RecordData
  throw expected(`the data of ${type} as \\# LENGTH HEX`, tokens.left > 0 ? tokens.take('').text : '')
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
      return formatOctets(record.type, record.data)
  }
}

/** In words where they give the same octets again, else as of an unknown type. */
function formatOctets(type: RecordType, data: Uint8Array): string {
  const text = type === 'SVCB' || type === 'HTTPS' ? formatService(data) : formatFields(type, data)
  if (text !== undefined && isSame(type, text, data)) return text
  return `\\# ${data.length} ${Buffer.from(data).toString('hex')}`.trimEnd()
}

function isSame(type: RecordType, text: string, data: Uint8Array): boolean {
  try {
    const [entry] = entriesOf(text)
    const again = entry && parseOctets(type, new DataTokens(entry.tokens, undefined))
    return again !== undefined && 'data' in again && Buffer.from(data).equals(again.data)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
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
