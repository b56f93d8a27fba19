// Which hosts take a domain's mail (RFC 5321 §5.1).

import type { Network } from '../../net/network.ts'

export interface MailExchanger {
  /** The lower, the earlier it is tried. */
  preference: number
  /** A host name; `.` alone says that the domain takes no mail (RFC 7505). */
  exchange: string
}

/** The MX records of a domain; none where it has none, and its own addresses are meant. */
export type ResolveMx = (domain: string) => readonly MailExchanger[] | Promise<readonly MailExchanger[]>

/** What the network itself knows of names. */
export interface Names {
  exchangers: ResolveMx
  addresses(name: string): readonly string[] | Promise<readonly string[]>
}

/** By the network's hosts. */
export function namesOf(network: Network): Names {
  return { exchangers: () => [], addresses: name => network.lookup(name) }
}

/** The hosts to try, in order; equal preferences stay as they came, so that a run can be repeated. */
export function inOrder(exchangers: readonly MailExchanger[], domain: string): string[] {
  if (exchangers.length === 0) return [domain]
  return [...exchangers].sort((a, b) => a.preference - b.preference).map(({ exchange }) => exchange.replace(/\.$/, ''))
}
