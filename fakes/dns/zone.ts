// One zone (RFC 1034 §4.2): its records by name, and what it has to say about a name and a type (RFC 1034 §4.3.2).

import { UsageError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { formatIpv6, parseIpv6 } from '../../wire/dns/address.ts'
import { dnsQuery, encodeDnsMessage } from '../../wire/dns/message.ts'
import { isWithin, normalName, parentOf } from '../../wire/dns/name.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import { formatRecord, isData } from '../../wire/dns/text.ts'

/** A record from code. Names are full ones; without a TTL it has the fake's. */
export type ZoneRecord = DnsRecord extends infer Each ? (Each extends DnsRecord ? WithoutTtl<Each> : never) : never
type WithoutTtl<Each extends DnsRecord> = Omit<Each, 'ttl'> & { ttl?: number }

/** What is known of a name and a type. */
export type Finding =
  | { kind: 'records'; records: readonly DnsRecord[]; zone?: Zone; byWildcard?: boolean }
  | { kind: 'alias'; records: readonly (DnsRecord & { type: 'CNAME' })[]; zone?: Zone; byWildcard?: boolean }
  /** Names below this one are those below its target. */
  | { kind: 'subtree'; records: readonly (DnsRecord & { type: 'DNAME' })[]; zone: Zone }
  | { kind: 'referral'; records: readonly DnsRecord[]; zone: Zone }
  | { kind: 'no data' | 'no name'; soa: DnsRecord; zone?: Zone; byWildcard?: boolean }
  /** Nobody here knows about the name's zone. */
  | { kind: 'elsewhere' }

type Sets = Map<RecordType, DnsRecord[]>

export class Zone {
  /** In lower case. */
  readonly origin: string
  /** Rises with every change. */
  version = 0
  /** Every name of the zone in lower case; names that only have others below them have no sets (RFC 4592 §2.2.2). */
  readonly #nodes = new Map<string, Sets>()
  #cuts = 0
  #subtrees = 0
  #negative: DnsRecord | undefined

  constructor(origin: string) {
    this.origin = normalName(origin).toLowerCase()
    this.#nodes.set(this.origin, new Map())
  }

  /** Adds a record. One that is there already changes nothing; a set has one TTL, its first record's (RFC 2181 §5). */
  add(record: DnsRecord): void {
    const name = normalName(record.name)
    const lower = name.toLowerCase()
    if (!isWithin(lower, this.origin)) throw refuse(`a name within ${this.origin}`, record)
    if (!isData(record.type)) throw refuse('a type of record that a zone can have', record)
    // Written once so that what cannot be sent is refused here and not in front of a client.
    try {
      encodeDnsMessage(dnsQuery({ name, type: record.type }, { answers: [record] }))
    } catch (error) {
      if (error instanceof ProtocolError) throw new UsageError(error.message, { cause: error })
      throw error
    }
    const sets = this.#node(lower)
    if (record.type === 'CNAME' ? [...sets.keys()].some(type => type !== 'CNAME') : sets.has('CNAME')) {
      throw refuse('no other records beside a CNAME (RFC 1034 §3.6.2)', record)
    }
    const set = sets.get(record.type) ?? []
    const own = { ...record, name, ttl: set[0]?.ttl ?? record.ttl }
    if (own.type === 'AAAA') own.address = formatIpv6(parseIpv6(own.address))
    const text = formatRecord(own)
    if (set.some(other => formatRecord(other) === text)) return
    if (set.length > 0 && (record.type === 'CNAME' || record.type === 'DNAME' || record.type === 'SOA')) {
      throw refuse(`one ${record.type} at a name`, record)
    }
    // A new array, for answers may still hold the old one.
    sets.set(record.type, [...set, own])
    this.#changed()
  }

  /** Takes away a name's records, or those of one type, and says how many they were. */
  remove(name: string, type?: RecordType): number {
    const lower = normalName(name).toLowerCase()
    const sets = this.#nodes.get(lower)
    if (sets === undefined) return 0
    let removed = 0
    for (const [each, set] of sets) {
      if (type !== undefined && each !== type) continue
      removed += set.length
      sets.delete(each)
    }
    this.#prune(lower)
    this.#changed()
    return removed
  }

  /** Every record, in the order of the names' coming. */
  *records(): Generator<DnsRecord> {
    for (const sets of this.#nodes.values()) for (const set of sets.values()) yield* set
  }

  set(name: string, type: RecordType): readonly DnsRecord[] | undefined {
    return this.#nodes.get(name)?.get(type)
  }

  /** Addresses of a name, glue below a delegation included. */
  addresses(name: string): readonly DnsRecord[] {
    const sets = this.#nodes.get(name) ?? this.#wildcard(name)
    if (sets === undefined) return []
    const four = sets.get('A') ?? []
    const six = sets.get('AAAA')
    return six === undefined ? four : [...four, ...six]
  }

  /** What the zone says. `name` is in lower case and within the zone. */
  find(name: string, type: RecordType): Finding {
    if (this.#cuts > 0) {
      const cut = this.#cutAbove(name, type)
      if (cut !== undefined) return { kind: 'referral', records: cut, zone: this }
    }
    if (this.#subtrees > 0) {
      const records = this.#subtreeAbove(name)
      if (records !== undefined) return { kind: 'subtree', records, zone: this }
    }
    const sets = this.#nodes.get(name)
    if (sets !== undefined) return this.#read(sets, type, false)
    const wild = this.#wildcard(name)
    if (wild !== undefined) return this.#read(wild, type, true)
    return { kind: 'no name', soa: this.negativeSoa, zone: this }
  }

  /** The SOA as negative answers carry it: its TTL is how long to believe them (RFC 2308 §3). */
  get negativeSoa(): DnsRecord {
    if (this.#negative === undefined) {
      const soa = this.set(this.origin, 'SOA')?.[0]
      if (soa?.type !== 'SOA') throw new UsageError(`expected a SOA record in zone ${this.origin}, got none`)
      this.#negative = { ...soa, ttl: Math.min(soa.ttl, soa.minimum) }
    }
    return this.#negative
  }

  #read(sets: Sets, type: RecordType, byWildcard: boolean): Finding {
    const mark = byWildcard ? { byWildcard } : {}
    if (type === 'ANY' && sets.size > 0)
      return { kind: 'records', records: [...sets.values()].flat(), zone: this, ...mark }
    const records = sets.get(type)
    if (records !== undefined) return { kind: 'records', records, zone: this, ...mark }
    const alias = sets.get('CNAME') as (DnsRecord & { type: 'CNAME' })[] | undefined
    if (alias !== undefined) return { kind: 'alias', records: alias, zone: this, ...mark }
    return { kind: 'no data', soa: this.negativeSoa, zone: this, ...mark }
  }

  /** The NS set of the delegation that a name lies at or below: the one nearest to the origin. */
  #cutAbove(name: string, type: RecordType): readonly DnsRecord[] | undefined {
    let cut: readonly DnsRecord[] | undefined
    for (let each = name; each !== this.origin; each = parentOf(each)) {
      // DS is the parent's to answer (RFC 4035 §3.1.4.1).
      if (type === 'DS' && each === name) continue
      cut = this.#nodes.get(each)?.get('NS') ?? cut
    }
    return cut
  }

  /** The DNAME above a name (RFC 6672 §2.3); one at the name itself is a record like others. */
  #subtreeAbove(name: string): readonly (DnsRecord & { type: 'DNAME' })[] | undefined {
    let found: readonly DnsRecord[] | undefined
    for (let each = name; each !== this.origin; each = parentOf(each)) {
      found = this.#nodes.get(parentOf(each))?.get('DNAME') ?? found
    }
    return found as readonly (DnsRecord & { type: 'DNAME' })[] | undefined
  }

  /** The wildcard that stands for a name which does not exist: the one below its closest encloser (RFC 4592 §3.3.1). */
  #wildcard(name: string): Sets | undefined {
    if (name === this.origin) return undefined
    let encloser = parentOf(name)
    while (!this.#nodes.has(encloser)) encloser = parentOf(encloser)
    return this.#nodes.get(encloser === '.' ? '*' : `*.${encloser}`)
  }

  #node(name: string): Sets {
    let sets = this.#nodes.get(name)
    if (sets === undefined) {
      sets = new Map()
      this.#nodes.set(name, sets)
      if (name !== this.origin) this.#node(parentOf(name))
    }
    return sets
  }

  /** Drops names that have neither records nor names below them any more. */
  #prune(name: string): void {
    if (name === this.origin || this.#nodes.get(name)!.size > 0) return
    for (const other of this.#nodes.keys()) if (other !== name && isWithin(other, name)) return
    this.#nodes.delete(name)
    this.#prune(parentOf(name))
  }

  #changed(): void {
    this.version++
    this.#negative = undefined
    this.#cuts = 0
    this.#subtrees = 0
    for (const [name, sets] of this.#nodes) {
      if (name !== this.origin && sets.has('NS')) this.#cuts++
      if (sets.has('DNAME')) this.#subtrees++
    }
  }
}

function refuse(expected: string, record: DnsRecord): UsageError {
  return new UsageError(`dns zone: expected ${expected}, got ${JSON.stringify(formatRecord(record))}`)
}
