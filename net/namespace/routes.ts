// The commands that `ip` is given: every address local on the world's side, one machine behind a gateway on the program's.

import { isIP } from 'node:net'
import type { StandingRule } from '../fault.ts'

export interface ClientSide {
  readonly addresses: readonly string[]
  readonly mac: string
  readonly gateway: string
  readonly gatewayMac: string
}

/** Where the program's machine sends what is not on its own links: the gateway's address on IPv6. */
const gateway6 = 'fe80::1'

const bitsOf = (address: string): 32 | 128 => (isIP(address) === 6 ? 128 : 32)
const whole = (address: string) => `${address}/${bitsOf(address)}`

/** Every address that has no better route is this side's own. */
export function everythingLocal(ipv6: boolean): string[] {
  return ['link set lo up', 'route add local 0.0.0.0/0 dev lo', ...(ipv6 ? ['route add local ::/0 dev lo'] : [])]
}

/** A cable between the two sides; `pid` is a process of the program's side. */
export function cable(client: ClientSide, pid: number): string {
  return `link add w0 address ${client.gatewayMac} type veth peer name eth0 address ${client.mac} netns ${pid}`
}

/** The gateway's end of the cable. Its address is a /32: a connected network would win over `local 0.0.0.0/0`. */
export function gatewayEnd(client: ClientSide, blackHoles: readonly string[], ipv6: boolean): string[] {
  return [
    `addr add ${whole(client.gateway)} dev w0`,
    'link set w0 up',
    ...(ipv6 ? [`addr add ${gateway6}/64 dev w0 nodad`] : []),
    ...usable(client.addresses, ipv6).map(address => `route add table local ${whole(address)} dev w0`),
    ...usable(blackHoles, ipv6).map(range => `route add table local blackhole ${range}`),
  ]
}

/** The program's machine: its addresses, and everything else by the gateway. */
export function machineEnd(client: ClientSide, ipv6: boolean): string[] {
  return [
    'link set lo up',
    ...usable(client.addresses, ipv6).map(address =>
      // Neighbours on IPv6 answer only for addresses that an interface has: without the prefix's route all goes by the gateway.
      isIP(address) === 6
        ? `addr add ${address}/64 dev eth0 nodad noprefixroute`
        : `addr add ${address}/24 brd + dev eth0`,
    ),
    'link set eth0 up',
    `route add 0.0.0.0/0 via ${client.gateway} dev eth0 onlink`,
    ...(ipv6 ? [`route add ::/0 via ${gateway6} dev eth0`] : []),
  ]
}

/**
 * Both sides in one namespace, where no cable can be had. Addresses stand on loopback, so that look-ups still find the
 * machine connected; `src` keeps the client's address its own.
 */
export function bothInOne(client: ClientSide, blackHoles: readonly string[], ipv6: boolean): string[] {
  const first = (family: 4 | 6) => usable(client.addresses, ipv6).find(address => isIP(address) === family)
  const source = (family: 4 | 6) => (first(family) === undefined ? '' : ` src ${first(family)}`)
  return [
    'link set lo up',
    ...usable(client.addresses, ipv6).map(
      address => `addr add ${whole(address)} dev lo${isIP(address) === 6 ? ' nodad' : ''}`,
    ),
    `route add local 0.0.0.0/0 dev lo${source(4)}`,
    ...(ipv6 ? [`route add local ::/0 dev lo${source(6)}`] : []),
    // A black hole of the same namespace is an error at once; a route by loopback that nobody takes is silent.
    ...blackHoles.filter(range => !range.includes(':')).map(range => `route add table local ${range} dev lo`),
  ]
}

/** An address that answers inside a black hole. */
export function exception(address: string): string {
  return `route add table local local ${whole(address)} dev lo`
}

/** Where the table of this side's own addresses is looked at, once it has given way to rules by port. */
const ownAddresses = 30_000
const firstOfWalls = 100

/** The table of this side's own addresses gives way to rules by port: once for a family. */
export const giveWay: readonly string[] = [`rule add pref ${ownAddresses} lookup local`, 'rule del pref 0']

/** Drops at one address and port. */
export function dropping({
  transport,
  address,
  port,
}: {
  readonly transport: string
  readonly address: string
  readonly port: number
}): string {
  return `rule add pref 5 to ${whole(address)} ipproto ${transport} dport ${port} blackhole`
}

/**
 * Walls for what comes from the program's side. What is let through goes on to the next wall; what is refused has no
 * socket. Rules are for TCP and UDP alone: one for everything would drop the questions for neighbours too.
 */
export function wallRules(walls: readonly (readonly StandingRule[])[], family: 4 | 6): string[] {
  const isOf = (range: string | undefined) => range === undefined || range.includes(':') === (family === 6)
  // A wall without rules of the family would be no place to go on to.
  const own = walls.map(wall => wall.filter(({ from, to }) => isOf(from) && isOf(to))).filter(wall => wall.length > 0)
  const lines: string[] = []
  let next = firstOfWalls
  for (const wall of own) {
    let pref = next
    const rules = wall.flatMap(rule =>
      (rule.transport === undefined ? (['tcp', 'udp'] as const) : [rule.transport]).map(transport => ({
        ...rule,
        transport,
      })),
    )
    next += rules.length
    for (const { bar, transport, from, to, ports } of rules) {
      const ends = `${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`
      const isThrough = bar === undefined && wall !== own.at(-1)
      const fate = bar === 'black hole' ? 'blackhole' : `goto ${isThrough ? next : ownAddresses}`
      lines.push(`rule add pref ${pref++} iif w0${ends} ipproto ${transport}${portsOf(ports)} ${fate}`)
    }
  }
  return lines
}

/** `ip` takes no range of one port. */
function portsOf([first, last]: StandingRule['ports']): string {
  if (first === 1 && last === 65_535) return ''
  return ` dport ${first === last ? first : `${first}-${last}`}`
}

function usable(addresses: readonly string[], ipv6: boolean): string[] {
  return addresses.filter(address => ipv6 || !address.includes(':'))
}
