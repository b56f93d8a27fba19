// A firewall between the machine that programs run on and everything else: rules in their order, and what becomes of the
// rest. Links of the machine with itself do not cross it, and links between other hosts only by rules that are for those.

import { normalizeAddress, normalizeName, parseRange } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import type { Attempt, Bar, Fault, PlacedFault, StandingRule } from '../net/fault.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'

/** `reject` is a refusal, `drop` is silence. */
export type FirewallAction = 'allow' | 'reject' | 'drop'

export type FirewallDirection = 'in' | 'out' | 'forward'

/** What is left out fits everything. */
export interface FirewallRule {
  action: FirewallAction
  /**
   * `out` from the machine that programs run on, `in` to it, `forward` between two other hosts, as where a mail server
   * relays. Default: in and out.
   */
  direction?: FirewallDirection
  transport?: 'tcp' | 'udp'
  /** An address or range such as 192.0.2.0/24, where it comes from. */
  from?: string
  /** An address, a range or a host's name, where it goes to. */
  to?: string
  /** Where it goes to, from 1 to 65535; a pair is a range. */
  port?: number | readonly [first: number, last: number]
}

export interface FirewallOptions {
  /** The first rule that fits decides. */
  rules?: readonly FirewallRule[]
  /** What becomes of what no rule fits, between the machine and the rest. Default: `drop`. */
  otherwise?: FirewallAction
}

const bars: Readonly<Record<FirewallAction, Bar | undefined>> = {
  allow: undefined,
  reject: 'refuse',
  drop: 'black hole',
}

const known: readonly string[] = ['action', 'direction', 'transport', 'from', 'to', 'port']

type Fits = (attempt: Attempt, direction: FirewallDirection) => boolean

/**
 * A firewall. Connections that are open when it comes stay so; names are looked up through it, at UDP port 53 of the
 * network's resolver, by what asks a name server itself.
 *
 * @example
 * using wall = network.fault(firewall({ rules: [{ action: 'allow', to: 'mx.example.org', port: 587 }] }))
 */
export function firewall({ rules = [], otherwise = 'drop' }: FirewallOptions = {}): Fault {
  checkAction(otherwise, 'otherwise')
  const read = rules.map(rule => ({ fits: readRule(rule), action: rule.action }))
  const label = 'firewall'
  return {
    label,
    place: network =>
      new Firewall(
        network,
        (attempt, direction) => {
          const rule = read.find(({ fits }) => fits(attempt, direction))
          return bars[rule?.action ?? (direction === 'forward' ? 'allow' : otherwise)]
        },
        [...rules, { action: otherwise }],
      ),
  }
}

class Firewall implements PlacedFault {
  hits = 0
  readonly #network: Network
  readonly rules: () => readonly StandingRule[]
  readonly #decide: (attempt: Attempt, direction: FirewallDirection) => Bar | undefined

  constructor(
    network: Network,
    decide: (attempt: Attempt, direction: FirewallDirection) => Bar | undefined,
    rules: readonly FirewallRule[],
  ) {
    this.#network = network
    this.#decide = decide
    this.rules = () => rules.flatMap(rule => standingRules(rule, network))
  }

  /** A wall that nobody tried to get through has done what it is for. */
  unreached(): undefined {}

  readonly bar = (attempt: Attempt): Bar | undefined => {
    const bar = this.standing(attempt)
    if (bar !== undefined) this.hits++
    return bar
  }

  readonly standing = (attempt: Attempt): Bar | undefined => {
    const direction = this.#directionOf(attempt)
    return direction === undefined ? undefined : this.#decide(attempt, direction)
  }

  readonly join: NonNullable<PlacedFault['join']> = link => {
    if (link.transport === 'tcp' || this.standing(attemptOf(this.#network, link)) === undefined) return undefined
    return () => ({ cross: () => void this.hits++ })
  }

  #directionOf({ at, client }: Attempt): FirewallDirection | undefined {
    const own = (address: string) => this.#network.client.addresses.includes(address)
    const isLocal = at.address === '::1' || at.address.startsWith('127.')
    if (isLocal || at.address === client || (own(at.address) && own(client))) return undefined
    return own(client) ? 'out' : own(at.address) ? 'in' : 'forward'
  }
}

function attemptOf(network: Network, { server, protocol, client, transport }: Link): Attempt {
  const names = network.hostsAt(server.address).flatMap(host => host.names)
  return { transport, at: server, names, protocol, client: client.address }
}

function isRange(text: string): boolean {
  return /^[\d.:a-f]+(\/\d+)?$/i.test(text) && /[.:]/.test(text) && !/[a-z]\./i.test(text)
}

/** What a rule makes of what the client's machine opens; one for a name is for each of its addresses. */
function standingRules(
  { action, direction, transport, from, to, port }: FirewallRule,
  network: Network,
): StandingRule[] {
  if (direction !== undefined && direction !== 'out') return []
  const ports: StandingRule['ports'] = typeof port === 'number' ? [port, port] : (port ?? [1, 65_535])
  const rule: StandingRule = {
    bar: bars[action],
    ports,
    ...(transport === undefined ? {} : { transport }),
    ...(from === undefined ? {} : { from }),
  }
  if (to === undefined) return [rule]
  if (isRange(to)) return [{ ...rule, to }]
  const hosts = network.hosts.filter(({ names }) => names.includes(normalizeName(to)))
  return hosts.flatMap(({ addresses }) => addresses).map(address => ({ ...rule, to: address }))
}

function readRule(rule: FirewallRule): Fits {
  const { action, direction, transport, from, to, port } = rule
  checkAction(action, 'action')
  const [first, last] = typeof port === 'number' ? [port, port] : (port ?? [1, 65_535])
  if (![first, last].every(each => Number.isInteger(each) && each >= 1 && each <= 65_535) || first > last) {
    throw new UsageError(`firewall: expected a port from 1 to 65535, or a pair of them, got ${JSON.stringify(port)}`)
  }
  const unknown = Object.keys(rule).find(key => !known.includes(key))
  if (unknown !== undefined) {
    throw new UsageError(`firewall: expected one of ${known.join(', ')} in a rule, got ${unknown}`)
  }
  if (direction !== undefined && !['in', 'out', 'forward'].includes(direction)) {
    throw new UsageError(`firewall: expected direction as in, out or forward, got ${JSON.stringify(direction)}`)
  }
  if (transport !== undefined && transport !== 'tcp' && transport !== 'udp') {
    throw new UsageError(`firewall: expected transport as tcp or udp, got ${JSON.stringify(transport)}`)
  }
  const source = from === undefined ? () => true : parseRange(from)
  const isAddress = to !== undefined && isRange(to)
  const target = isAddress ? parseRange(to) : () => true
  const name = to === undefined || isAddress ? undefined : normalizeName(to)
  return ({ at, names, client, transport: used }, way) =>
    (direction === undefined ? way !== 'forward' : direction === way) &&
    (transport === undefined || transport === used) &&
    at.port >= first &&
    at.port <= last &&
    source(normalizeAddress(client)) &&
    target(at.address) &&
    (name === undefined || names.includes(name))
}

function checkAction(action: FirewallAction, what: string): void {
  if (Object.hasOwn(bars, action)) return
  throw new UsageError(`firewall: expected ${what} as allow, reject or drop, got ${JSON.stringify(action)}`)
}
