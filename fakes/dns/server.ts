// The DNS fake without its sockets: octets of a query in, octets of the answer out.

import type { Duration } from '../../net/duration.ts'
import { UsageError } from '../../net/errors.ts'
import type { Link } from '../../net/link.ts'
import type { Site } from '../../net/service.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import {
  type DnsMessage,
  type DnsQuestion,
  decodeDnsHeader,
  encodeDnsMessage,
  headerBytes,
  maxMessageBytes,
  plainUdpBytes,
  type Rcode,
  readDnsMessage,
} from '../../wire/dns/message.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import { parseZone } from '../../wire/dns/zone-file.ts'
import type { DnsOptions, DnsState } from '../dns.ts'
import { answerQuestion, type Sections, troubleOf } from './answer.ts'
import { Cookies, isBadCookie } from './cookies.ts'
import { addZone, directoryOf, zoneOf } from './directory.ts'
import { codeOf, Faults, spoil } from './faults.ts'
import { OwnZones, Recursion } from './resolver.ts'
import { Zone, type ZoneRecord } from './zone.ts'

/** A question that was asked. */
export interface DnsQuery {
  name: string
  type: RecordType
  transport: 'udp' | 'tcp'
  /** The client's address. */
  client: string
  /** What it was told; `dropped` where it was left without an answer. */
  rcode: Rcode | 'dropped'
}

/** What code says to a question; what is left out is empty, NOERROR, or as the server has it. */
export interface DnsReply {
  rcode?: Rcode
  answers?: readonly ZoneRecord[]
  authorities?: readonly ZoneRecord[]
  additionals?: readonly ZoneRecord[]
  /** Default: true. */
  authoritative?: boolean
  delay?: Duration
}

/** Answers by code: a reply, `drop` for silence, undefined for what the zones say. */
export type DnsBehaviour = (
  question: DnsQuestion,
  link: Pick<Link, 'transport' | 'client' | 'seenAs'>,
) => DnsReply | 'drop' | undefined

/** Octets for the client, held back if so wished. */
export interface DnsAnswer {
  octets: Buffer
  delay?: Duration
  /** Default: one. */
  copies?: number
  /** Nothing is said, and a link over TCP ends. */
  close?: 'end' | 'reset'
}

const maxQueries = 1000

/** What every bind since 2020 says and takes, since it fits every path (DNS Flag Day 2020). */
const udpBytes = 1232

/** Transfers, which nobody may have (RFC 8914 §4.19: prohibited). */
const transfers: readonly RecordType[] = ['IXFR', 'AXFR']

/** Questions for something else than records (RFC 6895 §3.1); what bind says to each. */
const refusedTypes: Partial<Record<RecordType, Rcode>> = {
  OPT: 'FORMERR',
  TSIG: 'FORMERR',
  TKEY: 'FORMERR',
  MAILA: 'NOTIMP',
  MAILB: 'NOTIMP',
}

export class DnsServer {
  readonly state: DnsState
  readonly #site: Site
  readonly #queries: DnsQuery[] = []
  readonly #faults: Faults
  readonly #behaviour: DnsBehaviour | undefined
  readonly #ttl: number
  readonly #own: OwnZones
  readonly #recursion: Recursion | undefined
  readonly #cookies: Cookies

  constructor(options: DnsOptions, site: Site) {
    const { zones: given = {}, ttl = 3600, recursion = Object.keys(given).length === 0 } = options
    this.#site = site
    this.#ttl = ttl
    this.#behaviour = options.answer
    this.#faults = new Faults(options.faults, site.host.name)
    const directory = directoryOf(site.network)
    const zones: Zone[] = []
    for (const [origin, content] of Object.entries(given)) addZone(zones, this.#zone(origin, content))
    for (const zone of zones) directory.add(zone)
    this.#own = new OwnZones(zones, directory, ttl)
    this.#cookies = new Cookies(site)
    this.#recursion = recursion ? new Recursion(this.#own, directory, site.clock, ttl) : undefined
    this.state = {
      queries: this.#queries,
      faults: this.#faults.list,
      fault: fault => this.#faults.add(fault),
      add: record => this.#zoneFor(record.name).add({ ...record, ttl: record.ttl ?? ttl } as DnsRecord),
      remove: (name, type) => this.#zoneFor(name).remove(name, type),
      forget: () => this.#recursion?.forget(),
    }
  }

  unreachedFaults(): readonly string[] {
    return this.#faults.unreached
  }

  /** The answer to a query, undefined where there is none. */
  answer(octets: Buffer, link: Pick<Link, 'transport' | 'client' | 'seenAs'>): DnsAnswer | undefined {
    let query: DnsMessage
    try {
      query = readDnsMessage(octets).message
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return refuseOctets(octets)
    }
    // An answer is never answered, or two servers could go on for ever.
    if (query.response) return undefined
    const problem = problemOf(query)
    if (problem !== undefined) {
      const echoed = problem === 'NOTIMP' ? { ...query, questions: [], recursionDesired: false } : query
      return { octets: encodeDnsMessage(this.#reply(echoed, failed(problem), link)) }
    }
    if (query.opcode !== 'QUERY') {
      const said = { ...query, recursionDesired: false }
      return { octets: encodeDnsMessage(this.#reply(said, this.#change(query), link)) }
    }
    const question = query.questions[0]!
    const fault = this.#faults.list.length === 0 ? undefined : this.#faults.of(question, link.transport)
    if (fault?.reply === 'drop' || fault?.drop !== undefined) {
      this.#dropped(question, link)
      const { drop = 'silence', delay } = fault
      if (drop === 'silence') return undefined
      return { octets: Buffer.alloc(0), close: drop, ...(delay === undefined ? {} : { delay }) }
    }
    const coded = this.#behaviour?.(question, link)
    if (coded === 'drop') return this.#dropped(question, link)
    const code = fault === undefined ? undefined : codeOf(fault)
    const sections = code === undefined ? this.#sections(question, query, coded, link) : failed(code)
    const reply = this.#reply(query, sections, link)
    if (fault !== undefined) spoil(reply, fault)
    this.#note(question, link, reply.rcode)
    const delay = fault?.delay ?? coded?.delay
    const maxBytes = link.transport === 'tcp' ? maxMessageBytes : datagramBytes(query)
    const raw = fault?.raw === undefined ? undefined : Buffer.from(fault.raw as string, 'latin1')
    const encoded = raw ?? (coded === undefined ? encodeDnsMessage(reply, maxBytes) : encodeCoded(reply, maxBytes))
    const answer: DnsAnswer = { octets: encoded }
    if (delay !== undefined) answer.delay = delay
    if (fault?.copies !== undefined) answer.copies = fault.copies
    return answer
  }

  /** What is said to a notice or an update of a zone (RFC 1996, RFC 2136): primaries need neither. */
  #change({ opcode, questions: [question] }: DnsMessage): Sections {
    const { name, type } = question!
    if (type !== 'SOA') return failed('FORMERR')
    const isOurs = this.#own.zones.some(({ origin }) => origin === name.toLowerCase())
    if (!isOurs) return failed('NOTAUTH')
    return opcode === 'NOTIFY' ? { ...failed('NOERROR'), authoritative: true } : failed('REFUSED')
  }

  #sections(
    question: DnsQuestion,
    query: DnsMessage,
    coded: DnsReply | undefined,
    { transport, client }: Pick<Link, 'transport' | 'client'>,
  ): Sections {
    const { name, type } = question
    if (coded !== undefined) return this.#coded(coded)
    // Other classes have no zones here, and these two are none.
    if (question.class === 'ANY' || question.class === 'NONE') return failed('FORMERR')
    if (question.class !== 'IN') return failed('REFUSED')
    const refused = refusedTypes[type]
    if (refused !== undefined) return failed(refused)
    if (transfers.includes(type)) return { ...failed('REFUSED'), trouble: troubleOf(18) }
    const recursive = this.#recursion !== undefined && query.recursionDesired
    const source = recursive ? this.#recursion! : (this.#recursion?.memory ?? this.#own)
    const sections = answerQuestion(source, name, type, recursive)
    if (sections.additionals.length > 1) preferFamily(sections, client.address.includes(':') ? 'AAAA' : 'A')
    if (
      transport === 'udp' &&
      sections.answers.length > 0 &&
      (query.edns?.udpBytes ?? plainUdpBytes + 1) <= plainUdpBytes
    ) {
      // Who says by EDNS that it takes little gets the answer alone, as from bind.
      if (sections.rcode === 'NOERROR') sections.authorities = []
      sections.additionals = []
    }
    if (sections.rcode === 'NXDOMAIN' && (type === 'A' || type === 'AAAA')) this.#site.network.noteUnknownName(name)
    return sections
  }

  #coded({ rcode = 'NOERROR', authoritative = true, ...reply }: DnsReply): Sections {
    return {
      rcode,
      authoritative,
      answers: this.#timed(reply.answers),
      authorities: this.#timed(reply.authorities),
      additionals: this.#timed(reply.additionals),
    }
  }

  #reply(query: DnsMessage, sections: Sections, { client }: Pick<Link, 'client'>): DnsMessage {
    const { rcode, authoritative, answers, authorities, additionals, trouble } = sections
    const reply: DnsMessage = {
      id: query.id,
      response: true,
      opcode: query.opcode,
      authoritative,
      truncated: false,
      recursionDesired: query.recursionDesired,
      recursionAvailable: this.#recursion !== undefined,
      authenticData: false,
      checkingDisabled: query.checkingDisabled,
      rcode,
      questions: query.questions,
      answers,
      authorities,
      additionals,
    }
    if (query.edns !== undefined) {
      const options = this.#cookies.options(query.edns, client.address)
      if (trouble !== undefined) options.push(trouble)
      reply.edns = { udpBytes, version: 0, dnssecOk: query.edns.dnssecOk, options }
    }
    return reply
  }

  #dropped(question: DnsQuestion, link: Pick<Link, 'transport' | 'seenAs'>): undefined {
    this.#note(question, link, 'dropped')
  }

  #note({ name, type }: DnsQuestion, link: Pick<Link, 'transport' | 'seenAs'>, rcode: Rcode | 'dropped'): void {
    this.#queries.push({ name, type, transport: link.transport, client: link.seenAs, rcode })
    if (this.#queries.length > maxQueries) this.#queries.shift()
  }

  #zoneFor(name: string): Zone {
    const zone = zoneOf(this.#own.zones, name.toLowerCase())
    if (zone !== undefined) return zone
    const has = this.#own.zones.map(({ origin }) => origin).join(', ') || 'none'
    throw new UsageError(`dns: expected a name within a zone of ${this.#site.host.name} (${has}), got ${name}`)
  }

  #zone(origin: string, content: string | readonly ZoneRecord[]): Zone {
    try {
      const zone = new Zone(origin)
      const records =
        typeof content === 'string' ? parseZone(content, { origin: zone.origin, ttl: this.#ttl }) : this.#timed(content)
      for (const record of records) zone.add(record)
      this.#complete(zone)
      return zone
    } catch (error) {
      if (error instanceof ProtocolError) throw new UsageError(`zone ${origin}: ${error.message}`, { cause: error })
      throw error
    }
  }

  #timed(records: readonly ZoneRecord[] = []): DnsRecord[] {
    return records.map(record => ({ ...record, ttl: record.ttl ?? this.#ttl }) as DnsRecord)
  }

  /** A zone has a SOA and a name server (RFC 1035 §5.2); one that was written without gets the fake's. */
  #complete(zone: Zone): void {
    const { origin } = zone
    const server = this.#site.host.names.find(name => /^[^*]*[a-z]/.test(name)) ?? origin
    if (zone.set(origin, 'NS') === undefined) zone.add({ name: origin, ttl: this.#ttl, type: 'NS', target: server })
    if (zone.set(origin, 'SOA') !== undefined) return
    const [first] = zone.set(origin, 'NS')!
    zone.add({
      name: origin,
      ttl: this.#ttl,
      type: 'SOA',
      mname: first?.type === 'NS' ? first.target : server,
      rname: origin === '.' ? 'hostmaster' : `hostmaster.${origin}`,
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 300,
    })
  }
}

/** What code says is the user's, not the peer's: that it cannot be sent must not pass for a broken query. */
function encodeCoded(reply: DnsMessage, maxBytes: number): Buffer {
  try {
    return encodeDnsMessage(reply, maxBytes)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new UsageError(`dns answer from code: ${error.message.replace(/^dns: /, '')}`, { cause: error })
  }
}

/** What is wrong with a query before its question is looked at. */
function problemOf({ opcode, edns, questions }: DnsMessage): Rcode | undefined {
  if (opcode !== 'QUERY' && opcode !== 'NOTIFY' && opcode !== 'UPDATE') return 'NOTIMP'
  if (edns !== undefined && edns.version > 0) return 'BADVERS'
  if (edns?.options.some(isBadCookie)) return 'FORMERR'
  // Several questions have no meaning (RFC 9619); bind refuses them by the same code.
  return questions.length === 1 ? undefined : 'FORMERR'
}

/** As bind by default: addresses of the family by which the client came are first. */
function preferFamily(sections: Sections, family: 'A' | 'AAAA'): void {
  const { additionals } = sections
  const firstOther = additionals.findIndex(({ type }) => type !== family)
  if (firstOther < 0 || !additionals.some(({ type }, at) => at > firstOther && type === family)) return
  sections.additionals = [
    ...additionals.filter(({ type }) => type === family),
    ...additionals.filter(({ type }) => type !== family),
  ]
}

function failed(rcode: Rcode): Sections {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] }
}

/** The answer to octets that are no message: what can be read of them with FORMERR, or nothing without a header. */
function refuseOctets(octets: Buffer): DnsAnswer | undefined {
  if (octets.length < headerBytes) return undefined
  const { response, id, opcode, recursionDesired, checkingDisabled } = decodeDnsHeader(octets)
  if (response) return undefined
  const clean = { ...decodeDnsHeader(Buffer.alloc(headerBytes)), id, opcode, response: true, rcode: 'FORMERR' as const }
  if (opcode !== 'QUERY') return { octets: encodeDnsMessage(clean) }
  const questions = questionsOf(octets)
  return { octets: encodeDnsMessage({ ...clean, recursionDesired, checkingDisabled, questions }) }
}

/** The questions, where the message is broken only behind them. */
function questionsOf(octets: Buffer): readonly DnsQuestion[] {
  try {
    return readDnsMessage(Buffer.from(octets).fill(0, 6, headerBytes)).message.questions
  } catch (error) {
    if (error instanceof ProtocolError) return []
    throw error
  }
}

function datagramBytes({ edns }: DnsMessage): number {
  return edns === undefined ? plainUdpBytes : Math.min(Math.max(edns.udpBytes, plainUdpBytes), udpBytes)
}
