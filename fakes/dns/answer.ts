// Fills the sections of an answer as a name server does (RFC 1034 §4.3.2): aliases followed, the zone's name servers
// and their addresses added, the SOA where there is nothing.

import type { Rcode } from '../../wire/dns/message.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import type { Source } from './resolver.ts'
import type { Zone } from './zone.ts'

export interface Sections {
  rcode: Rcode
  authoritative: boolean
  answers: DnsRecord[]
  authorities: DnsRecord[]
  additionals: DnsRecord[]
}

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
        if (seen.includes(name.toLowerCase())) return recursive ? failed() : { ...sections, rcode: 'SERVFAIL' }
        continue
      }
      case 'records':
        for (const record of found.records) sections.answers.push(named(record, name))
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

function failed(): Sections {
  return { rcode: 'SERVFAIL', authoritative: false, answers: [], authorities: [], additionals: [] }
}

/** The record under the name that was asked for, in its own case: a wildcard's, or one that differs in case (0x20). */
function named(record: DnsRecord, name: string): DnsRecord {
  return record.name === name ? record : { ...record, name }
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
  return record.type === 'NS' || record.type === 'SRV' ? record.target : undefined
}
