// Looks names up (RFC 1034 §5): by Node's own resolver (c-ares) for records, in our own octets for whole answers.

import dns from 'node:dns'
import { isIP } from 'node:net'
import { networkError, UsageError } from '../net/errors.ts'
import { reverseName } from '../wire/dns/address.ts'
import type { RecordData } from '../wire/dns/record.ts'
import { type DnsErrorCode, dnsError } from './dns/error.ts'
import { hostsAddresses, hostsNames } from './dns/hosts-file.ts'

export { DnsError } from './dns/error.ts'
export { query } from './dns/query.ts'

export const lookUpTypes = ['A', 'AAAA', 'MX', 'CNAME', 'TXT', 'NS', 'SOA', 'SRV', 'PTR', 'CAA', 'ANY'] as const
export type LookUpType = (typeof lookUpTypes)[number]

export interface LookUpOptions {
  /** Asked in this order: `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`. Default: the system's. */
  servers?: readonly string[]
  /** How long each server has for its answer. Default: 5000. */
  timeoutMs?: number
  /** How often each server is asked. Default: 2. */
  tries?: number
  /** A hosts file that is read first, for A, AAAA and PTR. Default: none. */
  hostsFile?: string
}

/**
 * The records that a name has of a type.
 *
 * @throws {DnsError} with the server's code, NODATA or TIMED_OUT.
 * @throws {NetworkError} where no server can be reached.
 */
export async function lookUp(name: string, type: LookUpType, options: LookUpOptions = {}): Promise<RecordData[]> {
  if (options.hostsFile !== undefined && (type === 'A' || type === 'AAAA')) {
    const addresses = await hostsAddresses(options.hostsFile, name, type === 'A' ? 4 : 6)
    if (addresses.length > 0) return addresses.map(address => ({ type, address }))
  }
  const resolver = createResolver(options)
  try {
    return await ask[type](resolver, name)
  } catch (error) {
    throw translated(error, name, type)
  }
}

/** The names of an IPv4 or IPv6 address. Errors are those of {@link lookUp}. */
export async function lookUpAddress(address: string, options: LookUpOptions = {}): Promise<string[]> {
  if (isIP(address) === 0) throw new UsageError(`expected an IPv4 or IPv6 address, got ${JSON.stringify(address)}`)
  if (options.hostsFile !== undefined) {
    const names = await hostsNames(options.hostsFile, address)
    if (names.length > 0) return names
  }
  const records = await lookUp(reverseName(address), 'PTR', options)
  return records.flatMap(record => (record.type === 'PTR' ? record.target : []))
}

function createResolver({ servers, timeoutMs = 5000, tries = 2 }: LookUpOptions): dns.promises.Resolver {
  const resolver = new dns.promises.Resolver({ timeout: timeoutMs, tries })
  if (servers !== undefined) resolver.setServers(servers)
  return resolver
}

type Ask = (resolver: dns.promises.Resolver, name: string) => Promise<RecordData[]>

const ask: Record<LookUpType, Ask> = {
  A: async (resolver, name) => (await resolver.resolve4(name)).map(address => ({ type: 'A', address })),
  AAAA: async (resolver, name) => (await resolver.resolve6(name)).map(address => ({ type: 'AAAA', address })),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({ type: 'MX', preference: priority, exchange })),
  CNAME: async (resolver, name) => (await resolver.resolveCname(name)).map(target => ({ type: 'CNAME', target })),
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map(texts => ({ type: 'TXT', texts })),
  NS: async (resolver, name) => (await resolver.resolveNs(name)).map(target => ({ type: 'NS', target })),
  SOA: async (resolver, name) => [startOfAuthority(await resolver.resolveSoa(name))],
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(({ priority, weight, port, name: target }) => ({
      type: 'SRV',
      priority,
      weight,
      port,
      target,
    })),
  PTR: async (resolver, name) => (await resolver.resolvePtr(name)).map(target => ({ type: 'PTR', target })),
  CAA: async (resolver, name) => (await resolver.resolveCaa(name)).map(certificationAuthority),
  ANY: async (resolver, name) => (await resolver.resolveAny(name)).flatMap(record => anyRecord(record) ?? []),
}

function startOfAuthority(soa: dns.SoaRecord): RecordData {
  const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = soa
  return { type: 'SOA', mname: nsname, rname: hostmaster, serial, refresh, retry, expire, minimum: minttl }
}

/** Node gives the tag as the key of the value. */
function certificationAuthority({ critical, ...tags }: dns.CaaRecord): RecordData {
  const known = Object.entries(tags as Record<string, unknown>).find(([key]) => key !== 'type')
  return { type: 'CAA', flags: critical, tag: known?.[0] ?? '', value: String(known?.[1] ?? '') }
}

function anyRecord(record: dns.AnyRecord): RecordData | undefined {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { type: record.type, address: record.address }
    case 'MX':
      return { type: 'MX', preference: record.priority, exchange: record.exchange }
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return { type: record.type, target: record.value }
    case 'TXT':
      return { type: 'TXT', texts: record.entries }
    case 'SOA':
      return startOfAuthority(record)
    case 'SRV':
      return { type: 'SRV', priority: record.priority, weight: record.weight, port: record.port, target: record.name }
    case 'CAA':
      return certificationAuthority(record)
    default:
      return undefined
  }
}

/** What c-ares calls a server's codes. */
const codes: Record<string, DnsErrorCode> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  ETIMEOUT: 'TIMED_OUT',
}

function translated(error: unknown, name: string, type: LookUpType): unknown {
  const code = codes[(error as { code?: string }).code ?? '']
  return code === undefined ? networkError('dns client', error) : dnsError(code, name, type, { cause: error })
}
