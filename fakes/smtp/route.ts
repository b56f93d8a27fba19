// Which hosts take a domain's mail, and where they are (RFC 5321 §5.1).

import type { Network } from '../../net/network.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'

export interface MailExchanger {
  /** The lower, the earlier it is tried. */
  preference: number
  /** A host name; `.` alone says that the domain takes no mail (RFC 7505). */
  exchange: string
}

/** The MX records of a domain; none where it has none, and its own addresses are meant. */
export type ResolveMx = (domain: string) => readonly MailExchanger[] | Promise<readonly MailExchanger[]>

/** What a mail server asks of DNS. */
export interface Names {
  exchangers: ResolveMx
  addresses(name: string): Promise<readonly string[]>
}

/** As many aliases as bind follows. */
const maxAliases = 16

/** By everything that the network knows: the zones of its DNS fakes, and its hosts. */
export function namesOf(network: Network): Names {
  return {
    async exchangers(domain) {
      const records = await find(network, domain, 'MX')
      return records.flatMap(record => (record.type === 'MX' ? [record] : []))
    },
    async addresses(name) {
      const records = [...(await find(network, name, 'A')), ...(await find(network, name, 'AAAA'))]
      return records.flatMap(record => (record.type === 'A' || record.type === 'AAAA' ? [record.address] : []))
    },
  }
}

async function find(network: Network, name: string, type: RecordType): Promise<readonly DnsRecord[]> {
  // Loaded when the first mail goes elsewhere: most tests only receive.
  const { directoryOf } = await import('../dns/directory.ts')
  await network.loadAll('dns')
  let wanted = name
  for (let aliases = 0; aliases <= maxAliases; aliases++) {
    const found = directoryOf(network).find(wanted.toLowerCase(), type, 0)
    if (found.kind === 'records') return found.records
    if (found.kind !== 'alias') return []
    wanted = found.records[0]!.target
  }
  return []
}

/** The hosts to try, in order; equal preferences stay as they came, so that a run can be repeated. */
export function inOrder(exchangers: readonly MailExchanger[], domain: string): string[] {
  if (exchangers.length === 0) return [domain]
  return [...exchangers].sort((a, b) => a.preference - b.preference).map(({ exchange }) => exchange.replace(/\.$/, ''))
}
