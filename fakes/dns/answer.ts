// Fills the sections of an answer as a name server does (RFC 1034 §4.3.2): aliases followed, the zone's name servers
// and their addresses added, the SOA where there is nothing.

import type { EdnsOption } from '../../wire/dns/edns.ts'
import type { Rcode } from '../../wire/dns/message.ts'
import { maxNameBytes, readName } from '../../wire/dns/name.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import type { Source } from './resolver.ts'
import type { Zone } from './zone.ts'

export interface Sections {
  rcode: Rcode
  authoritative: boolean
  answers: DnsRecord[]
  authorities: DnsRecord[]
  additionals: DnsRecord[]
  /** Why there is no better answer, for clients that speak EDNS (RFC 8914). */
  trouble?: EdnsOption
}

/** An extended error. */
export function troubleOf(code: number, text = ''): EdnsOption {
  const data = Buffer.alloc(2)
  data.writeUInt16BE(code)
  return { code: 15, data: Buffer.concat([data, Buffer.from(text)]) }
}

/** Who asks for these checks signatures and knows the servers already; bind says no more than the answer. */
const answeredAlone: readonly RecordType[] = ['DS', 'DNSKEY', 'TYPE59', 'TYPE60']

/** As many aliases as bind follows. */
const maxAliases = 16

/** What `source` knows. A loop of aliases is SERVFAIL, and with `recursive` a delegation that leads nowhere. */
export function answerQuestion(source: Source, asked: string, type: RecordType, recursive: boolean): Sections {
  const sections: Sections = { rcode: 'NOERROR', authoritative: false, answers: [], authorities: [], additionals: [] }
  let name = asked
  let seen: string[] | undefined
  for (let aliases = 0; aliases <= maxAliases; aliases++) {
    const lower = name.toLowerCase()
    const found = source.find(lower, type)
    if (aliases === 0) sections.authoritative = found.own ?? false
    switch (found.kind) {
      case 'alias': {
        const alias = found.records[0]!
        sections.answers.push(named(alias, name))
        seen = [...(seen ?? []), lower]
        name = alias.target
        if (seen.includes(name.toLowerCase())) return recursive ? failed() : endless(sections)
        continue
      }
      case 'subtree': {
        const [above] = found.records as [(typeof found.records)[0]]
        const target = name.slice(0, -above.name.length) + above.target
        sections.answers.push(above)
        // RFC 6672 §2.2: what is too long for a name is no name.
        if (target.length > maxNameBytes - 2) return { ...sections, rcode: 'YXDOMAIN' }
        sections.answers.push({ name, ttl: above.ttl, type: 'CNAME', target })
        name = target
        continue
      }
      case 'records':
        for (const record of found.records) sections.answers.push(named(record, name))
        if (answeredAlone.includes(type)) return sections
        if (found.zone !== undefined) addServers(sections, source, found.zone, lower, type)
        // Whoever asks for everything gets much already; bind adds nothing either.
        if (type !== 'ANY') addAddresses(sections, source)
        return sections
      case 'no name':
      case 'no data':
        if (found.kind === 'no name') sections.rcode = 'NXDOMAIN'
        sections.authorities.push(found.soa)
        return sections
      case 'referral':
        if (recursive) return failed()
        sections.authorities.push(...found.records)
        addAddresses(sections, source)
        return sections
      case 'elsewhere':
        if (sections.answers.length === 0) sections.rcode = 'REFUSED'
        return sections
    }
  }
  return recursive ? failed() : sections
}

function endless(sections: Sections): Sections {
  return { ...sections, rcode: 'SERVFAIL', trouble: troubleOf(0, 'max. restarts reached') }
}

function failed(): Sections {
  return { rcode: 'SERVFAIL', authoritative: false, answers: [], authorities: [], additionals: [] }
}

/** A wildcard's record is under the name that was asked for; any other has the zone's own spelling. */
function named(record: DnsRecord, name: string): DnsRecord {
  const isIts = record.name === name || record.name.toLowerCase() === name.toLowerCase()
  return isIts ? record : { ...record, name }
}

function addServers(sections: Sections, source: Source, zone: Zone, name: string, type: RecordType): void {
  if (name === zone.origin && (type === 'NS' || type === 'ANY')) return
  const servers = source.find(zone.origin, 'NS')
  if (servers.kind === 'records') sections.authorities.push(...servers.records)
}

/** Addresses of the mail exchangers, services and name servers that the answer names. */
function addAddresses(sections: Sections, source: Source): void {
  const { answers, authorities, additionals } = sections
  let there: string[] | undefined
  for (const section of [answers, authorities]) {
    for (const record of section) {
      const target = helped(record)
      if (target === undefined) continue
      there ??= answers.filter(isAddress).map(({ name }) => name.toLowerCase())
      const lower = target.toLowerCase()
      if (there.includes(lower)) continue
      there.push(lower)
      additionals.push(...source.addresses(lower))
    }
  }
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}

function helped(record: DnsRecord): string | undefined {
  if (record.type === 'MX') return record.exchange
  if (record.type === 'SVCB' || record.type === 'HTTPS') return serviceTarget(record)
  return record.type === 'NS' || record.type === 'SRV' ? record.target : undefined
}

/** RFC 9460 §2.5: the root stands for the owner, unless it is an alias. */
function serviceTarget({ name, data }: DnsRecord & { data: Uint8Array }): string | undefined {
  const octets = Buffer.from(data)
  const target = readName(octets, 2).name
  if (target !== '.') return target
  return octets.readUInt16BE() === 0 ? undefined : name
}
