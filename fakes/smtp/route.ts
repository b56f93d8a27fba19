// Which hosts take a domain's mail, and where they are (RFC 5321 §5.1).

import type { Network } from '../../net/network.ts'
import type { DnsRecord, RecordType } from '../../wire/dns/record.ts'
import { reply, type SmtpReply } from '../../wire/smtp/reply.ts'

interface MailExchanger {
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

/** Where a mail may be handed over. */
export interface NextHost {
  name: string
  addresses: readonly string[]
}

/**
 * The hosts that take a domain's mail, the first to be tried first; or how it is refused where there is none.
 *
 * @param isOwn whether an address, or the name of an exchanger, leads back to the host that asks
 */
export async function hostsFor(
  names: Names,
  domain: string,
  isOwn: (nameOrAddress: string) => boolean,
): Promise<{ hosts: NextHost[] } | { refused: SmtpReply; unknown?: string }> {
  const exchangers = await names.exchangers(domain)
  if (exchangers.length === 1 && /^\.?$/.test(exchangers[0]!.exchange)) {
    return { refused: reply(556, '5.1.10', `${domain} takes no mail`) }
  }
  let hosts: (NextHost & { preference: number })[] = []
  for (const { preference, exchange: name } of inOrder(exchangers, domain)) {
    const addresses = await addressesOf(names, name)
    if (isOwn(name) || addresses.some(isOwn)) {
      // RFC 5321 §5.1: those behind it would hand the mail to this host.
      hosts = hosts.filter(host => host.preference < preference)
      if (hosts.length === 0) return { refused: reply(554, '5.4.6', `mail for ${domain} loops back to this host`) }
      break
    }
    hosts.push({ name, addresses, preference })
  }
  if (hosts.some(({ addresses }) => addresses.length > 0)) return { hosts }
  return { refused: reply(550, '5.1.2', `no host for ${domain}`), unknown: hosts[0]!.name }
}

async function addressesOf(names: Names, name: string): Promise<readonly string[]> {
  const literal = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(name)
  return literal === null ? names.addresses(name) : [literal[1]!]
}

/** The hosts to try, in order; equal preferences stay as they came, so that a run can be repeated. */
function inOrder(exchangers: readonly MailExchanger[], domain: string): MailExchanger[] {
  if (exchangers.length === 0) return [{ preference: 0, exchange: domain }]
  const sorted = [...exchangers].sort((a, b) => a.preference - b.preference)
  return sorted.map(({ preference, exchange }) => ({ preference, exchange: exchange.replace(/\.$/, '') }))
}
