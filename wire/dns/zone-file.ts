// Zone files (RFC 1035 §5, $TTL RFC 2308 §4): text to records and back.
// Left out: $INCLUDE, since nothing here reads files, and $GENERATE, which is bind's own.

import { ProtocolError } from '../decoder.ts'
import {
  classCode,
  className,
  type DnsRecord,
  parseType,
  type RecordClass,
  type RecordType,
  withoutData,
} from './record.ts'
import { formatRecord, isData, parseData } from './text.ts'
import { entriesOf, parseTtl, resolveName, type Token } from './words.ts'

/** CS is obsolete (RFC 1035 §3.2.4). */
const zoneClasses = ['IN', 'CH', 'HS', 'CS']

export interface ZoneFileOptions {
  /** What names without a last dot are below, until $ORIGIN says otherwise. */
  origin?: string
  /** For records before any $TTL, TTL or SOA. Default: there must be one. */
  ttl?: number
  /** The records are those of a message, with classes, types and emptiness that no zone has. Default: false. */
  ofMessage?: boolean
}

/** The records of a zone file, in its order. Errors read `dns zone: line 3: expected …, got …`. */
export function parseZone(text: string, options: ZoneFileOptions = {}): DnsRecord[] {
  let origin = options.origin === undefined ? undefined : resolveName(options.origin, '.')
  let owner: string | undefined
  let defaultTtl: number | undefined
  let lastTtl = options.ttl
  const records: DnsRecord[] = []
  for (const entry of entriesOf(text)) {
    try {
      const [first, ...rest] = entry.tokens
      if (first!.text.startsWith('$') && !first!.quoted && !entry.blankOwner) {
        const directive = readDirective(first!.text, rest, origin)
        if (directive.origin !== undefined) origin = directive.origin
        if (directive.ttl !== undefined) defaultTtl = directive.ttl
        continue
      }
      if (!entry.blankOwner) owner = resolveName(first!.text, origin)
      const words = entry.blankOwner ? entry.tokens : rest
      if (owner === undefined) throw new ProtocolError('dns', `expected an owner, got a line that begins with a space`)
      const { ttl, ofClass, type, data } = readWords(words, options.ofMessage ?? false)
      const isNone = data.length === 0 && (ofClass === 'NONE' || ofClass === 'ANY')
      const value = isNone ? withoutData(type) : parseData(type, data, origin)
      if (ttl !== undefined) lastTtl = ttl
      const own = ttl ?? defaultTtl ?? lastTtl ?? (value.type === 'SOA' ? value.minimum : undefined)
      if (own === undefined) throw new ProtocolError('dns', `expected a TTL or $TTL, got none for ${owner} ${type}`)
      lastTtl ??= own
      records.push({ name: owner, ttl: own, ...value, ...(ofClass === 'IN' ? {} : { class: ofClass }) })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new ProtocolError('dns zone', `line ${entry.line}: ${error.message.replace(/^dns: /, '')}`, {
        cause: error,
      })
    }
  }
  return records
}

function readDirective(name: string, rest: Token[], origin: string | undefined): { origin?: string; ttl?: number } {
  const [value, more] = rest
  const problem = (expected: string, got: string) =>
    new ProtocolError('dns', `expected ${expected}, got ${JSON.stringify(got)}`)
  switch (name.toUpperCase()) {
    case '$ORIGIN':
      if (value === undefined || more !== undefined) throw problem('one name after $ORIGIN', more?.text ?? '')
      return { origin: resolveName(value.text, origin ?? '.') }
    case '$TTL': {
      const ttl = parseTtl(value?.text ?? '')
      if (ttl === undefined || more !== undefined) {
        throw problem('one time such as 3600 or 1h after $TTL', more?.text ?? value?.text ?? '')
      }
      return { ttl }
    }
    case '$INCLUDE':
      throw problem('the records themselves, for no file is read here', `${name} ${value?.text ?? ''}`)
    default:
      throw problem('a record, $ORIGIN or $TTL', name)
  }
}

interface Words {
  ttl: number | undefined
  ofClass: RecordClass
  type: RecordType
  data: Token[]
}

/** `[TTL] [class] type data` or `[class] [TTL] type data`. */
function readWords(words: Token[], ofMessage: boolean): Words {
  let ttl: number | undefined
  let ofClass: RecordClass | undefined
  for (const [at, { text }] of words.entries()) {
    const time = ttl === undefined ? parseTtl(text) : undefined
    if (time !== undefined) {
      ttl = time
      continue
    }
    const upper = text.toUpperCase()
    if (ofClass === undefined && (ofMessage ? classCode(upper) !== undefined : zoneClasses.includes(upper))) {
      if (upper !== 'IN' && !ofMessage) throw new ProtocolError('dns', `expected class IN, got ${JSON.stringify(text)}`)
      ofClass = className(classCode(upper)!)
      continue
    }
    const type = parseType(text)
    if (type === undefined || !(ofMessage ? type !== 'OPT' : isData(type))) {
      throw new ProtocolError('dns', `expected a type of record, got ${JSON.stringify(text)}`)
    }
    return { ttl, ofClass: ofClass ?? 'IN', type, data: words.slice(at + 1) }
  }
  throw new ProtocolError('dns', 'expected a type of record, got the end of the line')
}

/** A zone file with a line for each record, names in full. */
export function printZone(records: readonly DnsRecord[]): string {
  return records.map(record => `${formatRecord(record)}\n`).join('')
}
