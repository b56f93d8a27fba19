// Where a DNS fake finds records: in its own zones, and, where it recurses, in a cache before everybody else's.

import type { Clock } from '../../net/clock.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import { type Directory, zoneOf } from './directory.ts'
import type { Finding, Zone } from './zone.ts'

/** Where records come from. Names are in lower case. */
export interface Source {
  find(name: string, type: RecordType): Found
  /** Addresses that help whoever is told the name. */
  addresses(name: string): readonly DnsRecord[]
}

export type Found = Finding & {
  /** It comes from a zone of the server's own. */
  own?: boolean
}

/** The server's own zones and nothing else. */
export class OwnZones implements Source {
  readonly zones: readonly Zone[]
  readonly #directory: Directory
  readonly #ttl: number

  constructor(zones: readonly Zone[], directory: Directory, ttl: number) {
    this.zones = zones
    this.#directory = directory
    this.#ttl = ttl
  }

  find(name: string, type: RecordType): Found {
    const zone = zoneOf(this.zones, name)
    if (zone === undefined) return { kind: 'elsewhere' }
    const found: Found = zone.find(name, type)
    if (found.kind === 'referral') return found
    const whole: Found = this.#directory.withHosts(found, name, type, this.#ttl)
    whole.own = true
    return whole
  }

  addresses(name: string): readonly DnsRecord[] {
    const zone = zoneOf(this.zones, name)
    if (zone === undefined) return []
    const records = zone.addresses(name)
    return records.length > 0 ? records : addressesOf(this, name)
  }
}

interface Entry {
  found: Finding
  storedMs: number
  untilMs: number
}

/** Answers that a cache keeps; the oldest goes for a new one. */
const maxEntries = 10_000

/** The server's own zones, then what it remembers, then everything that the network knows. */
export class Recursion implements Source {
  readonly #own: OwnZones
  readonly #directory: Directory
  readonly #clock: Clock
  readonly #ttl: number
  readonly #cache = new Map<string, Entry>()

  constructor(own: OwnZones, directory: Directory, clock: Clock, ttl: number) {
    this.#own = own
    this.#directory = directory
    this.#clock = clock
    this.#ttl = ttl
  }

  find(name: string, type: RecordType): Found {
    const own = this.#own.find(name, type)
    if (own.own) return own
    const cached = this.remembered(name, type)
    if (cached !== undefined) return cached
    const found = this.#directory.find(name, type, this.#ttl)
    this.#remember(name, type, found)
    return found
  }

  /** What the cache has, with what is left of its TTLs. */
  remembered(name: string, type: RecordType): Finding | undefined {
    const found = this.#fresh(`${name} ${type}`)
    if (found !== undefined) return found.kind === 'alias' && type === 'CNAME' ? { ...found, kind: 'records' } : found
    if (type === 'CNAME' || type === 'ANY') return undefined
    const alias = this.#fresh(`${name} CNAME`)
    return alias?.kind === 'alias' ? alias : undefined
  }

  /** The server without asking anybody else: for questions that do not desire recursion. */
  get memory(): Source {
    return {
      find: (name, type) => {
        const own = this.#own.find(name, type)
        return own.kind !== 'elsewhere' ? own : (this.remembered(name, type) ?? own)
      },
      addresses: name => this.#own.addresses(name),
    }
  }

  addresses(name: string): readonly DnsRecord[] {
    const own = this.#own.addresses(name)
    return own.length > 0 ? own : addressesOf(this, name)
  }

  forget(): void {
    this.#cache.clear()
  }

  #fresh(key: string): Finding | undefined {
    const entry = this.#cache.get(key)
    if (entry === undefined) return undefined
    const now = this.#clock.now()
    if (entry.untilMs <= now) {
      this.#cache.delete(key)
      return undefined
    }
    return aged(entry.found, Math.floor((now - entry.storedMs) / 1000))
  }

  #remember(name: string, type: RecordType, found: Finding): void {
    // What no zone says is known at once when it changes: a host that a test adds is there.
    if (found.kind === 'referral' || found.kind === 'elsewhere' || found.zone === undefined) return
    const ttl = 'soa' in found ? found.soa.ttl : Math.min(...found.records.map(record => record.ttl))
    if (ttl <= 0) return
    if (this.#cache.size >= maxEntries) this.#cache.delete(this.#cache.keys().next().value!)
    const now = this.#clock.now()
    // An alias is one for every type, and an answer to who asks for it by its own.
    const alias = found.kind === 'alias' || (found.kind === 'records' && type === 'CNAME')
    const kept = alias ? ({ ...found, kind: 'alias' } as Finding) : found
    this.#cache.set(`${name} ${alias ? 'CNAME' : type}`, { found: kept, storedMs: now, untilMs: now + ttl * 1000 })
  }
}

function addressesOf(source: Source, name: string): DnsRecord[] {
  return (['A', 'AAAA'] as const).flatMap(type => {
    const found = source.find(name, type)
    return found.kind === 'records' ? found.records : []
  })
}

function aged(found: Finding, seconds: number): Finding {
  if (seconds === 0) return found
  if ('soa' in found) return { ...found, soa: older(found.soa, seconds) }
  if (found.kind === 'elsewhere') return found
  return { ...found, records: found.records.map(record => older(record, seconds)) } as Finding
}

function older<Each extends DnsRecord>(record: Each, seconds: number): Each {
  return { ...record, ttl: Math.max(0, record.ttl - seconds) }
}
