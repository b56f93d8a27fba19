// What everybody in a network together knows about names: the zones of its DNS fakes, and its hosts' own addresses.

import type { Host } from '../../net/host.ts'
import type { Network } from '../../net/network.ts'
import { addressOfReverseName } from '../../wire/dns/address.ts'
import { isWithin } from '../../wire/dns/name.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import type { Finding, Zone } from './zone.ts'

const directories = new WeakMap<Network, Directory>()

/** The one directory of a network. */
export function directoryOf(network: Network): Directory {
  let directory = directories.get(network)
  if (directory === undefined) directories.set(network, (directory = new Directory(network)))
  return directory
}

/** Who answers for names that are in no zone: the root, whose "no such name" may be believed for a day. */
const rootSoa: DnsRecord = {
  name: '.',
  ttl: 86400,
  type: 'SOA',
  mname: 'a.root-servers.net',
  rname: 'nstld.verisign-grs.com',
  serial: 2015031500,
  refresh: 1800,
  retry: 900,
  expire: 604800,
  minimum: 86400,
}

const local: ReadonlyMap<string, readonly string[]> = new Map([['localhost', ['127.0.0.1', '::1']]])

export class Directory {
  readonly #network: Network
  readonly #zones: Zone[] = []
  #reverse: { version: number; names: Map<string, string[]> } | undefined

  constructor(network: Network) {
    this.#network = network
  }

  /** Makes a zone known to the resolvers of the network. */
  add(zone: Zone): void {
    addZone(this.#zones, zone)
  }

  /** What the network knows. `name` is in lower case. */
  find(name: string, type: RecordType, ttl: number): Finding {
    const zone = zoneOf(this.#zones, name)
    const found: Finding = zone?.find(name, type) ?? { kind: 'no name', soa: rootSoa }
    return this.withHosts(found, name, type, ttl)
  }

  /**
   * Adds the addresses and reverse names of hosts to what a zone said. A zone's own addresses and aliases of a name
   * come first, a host's name comes before a wildcard.
   */
  withHosts(found: Finding, name: string, type: RecordType, ttl: number): Finding {
    if (found.kind === 'subtree' || (found.kind === 'alias' && !found.byWildcard)) return found
    if (found.kind === 'records' && !found.byWildcard) {
      if (type !== 'ANY' || found.records.some(isAddress)) return found
      const { records } = this.#own(name, type, ttl)
      return records.length === 0 ? found : { ...found, records: [...records, ...found.records] }
    }
    if ('byWildcard' in found && found.byWildcard && !this.#network.hostOf(name)?.names.includes(name)) return found
    const { records, known } = this.#own(name, type, ttl)
    const zone = 'zone' in found && found.zone !== undefined ? found.zone : undefined
    if (zone !== undefined && found.kind === 'no data' && zone.addresses(name).length > 0) return found
    const inZone = zone === undefined ? {} : { zone }
    if (records.length > 0) return { kind: 'records', records, ...inZone }
    if (known) return { kind: 'no data', soa: zone?.negativeSoa ?? rootSoa, ...inZone }
    return found
  }

  /** Records that the network's hosts have by themselves, and whether the name exists by them. */
  #own(name: string, type: RecordType, ttl: number): { records: DnsRecord[]; known: boolean } {
    const address = addressOfReverseName(name)
    if (address !== undefined) {
      const targets = this.#namesOf(address)
      const wanted = type === 'PTR' || type === 'ANY'
      return {
        records: wanted ? targets.map(target => ({ name, ttl, type: 'PTR', target })) : [],
        known: targets.length > 0,
      }
    }
    const addresses = this.#network.hostOf(name)?.addresses ?? local.get(name)
    if (addresses === undefined) return { records: [], known: this.#hasNamesBelow(name) }
    const records: DnsRecord[] = []
    for (const address of addresses) {
      const family = address.includes(':') ? 'AAAA' : 'A'
      if (type === family || type === 'ANY') records.push({ name, ttl, type: family, address })
    }
    return { records, known: true }
  }

  #hasNamesBelow(name: string): boolean {
    return this.#network.hosts.some(host => host.names.some(each => isWithin(each, name)))
  }

  /** The names that an address has: its hosts', else those that zones give it. */
  #namesOf(address: string): string[] {
    const hosts = this.#network.hostsAt(address).flatMap(host => nameOf(host) ?? [])
    if (hosts.length > 0) return hosts
    const version = this.#zones.reduce((sum, zone) => sum + zone.version, 0)
    if (this.#reverse?.version !== version) this.#reverse = { version, names: addressNames(this.#zones) }
    const inZones = this.#reverse.names.get(address)
    if (inZones !== undefined) return inZones
    return [...local].flatMap(([name, addresses]) => (addresses.includes(address) ? [name] : []))
  }
}

function isAddress({ type }: DnsRecord): boolean {
  return type === 'A' || type === 'AAAA'
}

/** The first name of a host that is neither a wildcard nor an address. */
function nameOf(host: Host): string | undefined {
  return host.names.find(name => !name.startsWith('*.') && !host.addresses.includes(name))
}

function addressNames(zones: readonly Zone[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const zone of zones) {
    for (const record of zone.records()) {
      if ((record.type !== 'A' && record.type !== 'AAAA') || record.name.startsWith('*')) continue
      const list = names.get(record.address) ?? []
      if (!list.includes(record.name)) list.push(record.name)
      names.set(record.address, list)
    }
  }
  return names
}

/** Puts a zone among others so that the deepest one comes first, and of two that hold the same zone the older. */
export function addZone(zones: Zone[], zone: Zone): void {
  const depth = (each: Zone) => (each.origin === '.' ? 0 : each.origin.length)
  const at = zones.findIndex(other => depth(other) < depth(zone))
  zones.splice(at < 0 ? zones.length : at, 0, zone)
}

/** The zone that a name in lower case lies in. */
export function zoneOf(zones: readonly Zone[], name: string): Zone | undefined {
  for (const zone of zones) if (isWithin(name, zone.origin)) return zone
  return undefined
}
