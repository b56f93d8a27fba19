// Capture filters: the part of pcap-filter(7) that has sense here. Primitives are `host`, `net`, `port` and `portrange`,
// each with `src` or `dst` and `ip`, `ip6`, `tcp` or `udp` before it, and the four protocols alone. As there, `not`
// binds strongest, `and` and `or` bind alike from the left, and an identifier alone takes the qualifiers before it.
// Unlike there, fragments of a datagram pass or fail together. Left out: link layer, ICMP, octets at an offset.

import { isIP } from 'node:net'
import { type Endpoint, normalizeAddress, parseRange } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'

/** One direction of a link. */
export interface Passage {
  transport: 'tcp' | 'udp'
  from: Endpoint
  to: Endpoint
}

export type PacketFilter = (passage: Passage) => boolean

interface Token {
  text: string
  at: number
}

const protocols: Record<string, PacketFilter> = {
  tcp: ({ transport }) => transport === 'tcp',
  udp: ({ transport }) => transport === 'udp',
  ip: ({ from }) => !from.address.includes(':'),
  ip6: ({ from }) => from.address.includes(':'),
}

const kinds = ['host', 'net', 'port', 'portrange'] as const
type Kind = (typeof kinds)[number]
const directions = ['src', 'dst'] as const

interface Qualifiers {
  protocol?: PacketFilter
  direction: 'src' | 'dst' | 'either' | 'both'
  kind: Kind
}

/**
 * Reads a filter such as `tcp port 25 and not host 10.0.2.2`.
 *
 * @param lookup gives the addresses of a name, as `network.lookup` does.
 * @throws {UsageError} with what was expected and where.
 */
export function parseFilter(text: string, lookup: (name: string) => readonly string[]): PacketFilter {
  return new FilterParser(text, lookup).parse()
}

class FilterParser {
  readonly #text: string
  readonly #lookup: (name: string) => readonly string[]
  readonly #tokens: Token[]
  #next = 0
  #depth = 0
  #last: Qualifiers | undefined

  constructor(text: string, lookup: (name: string) => readonly string[]) {
    this.#text = text
    this.#lookup = lookup
    this.#tokens = [...text.matchAll(/&&|\|\||[()!]|[^\s()!&|]+|\S/g)].map(match => ({
      text: match[0],
      at: match.index,
    }))
  }

  parse(): PacketFilter {
    const filter = this.#expression()
    if (this.#next < this.#tokens.length) throw this.#expected('and, or, or the end')
    return filter
  }

  #expression(): PacketFilter {
    let filter = this.#term()
    for (;;) {
      if (this.#take('and', '&&')) filter = both(filter, this.#term())
      else if (this.#take('or', '||')) filter = either(filter, this.#term())
      else return filter
    }
  }

  #term(): PacketFilter {
    // Each level is a call: a filter from a command line nests less deep than this.
    if (this.#depth >= 100) throw this.#expected('at most 100 levels of not and parentheses')
    this.#depth++
    const filter = this.#nested()
    this.#depth--
    return filter
  }

  #nested(): PacketFilter {
    if (this.#take('not', '!')) {
      const filter = this.#term()
      return passage => !filter(passage)
    }
    if (this.#take('(')) {
      const filter = this.#expression()
      if (!this.#take(')')) throw this.#expected('and, or, or )')
      return filter
    }
    return this.#primitive()
  }

  #primitive(): PacketFilter {
    const first = this.#peek()
    const protocol = protocols[this.#take(...Object.keys(protocols)) ?? '']
    const direction = this.#direction()
    const kind = this.#take(...kinds) as Kind | undefined
    if (protocol !== undefined && direction === undefined && kind === undefined) {
      if (this.#endsPrimitive()) return protocol
      throw this.#expected('src, dst, host, net, port, portrange, and, or, or the end')
    }
    let qualifiers: Qualifiers
    if (this.#peek() === first) {
      // Nothing of a primitive yet: an identifier alone.
      if (this.#last === undefined && isIP(first ?? '') === 0) throw this.#expectedPrimitive()
      qualifiers = this.#last ?? { direction: 'either', kind: 'host' }
    } else {
      qualifiers = { direction: direction ?? 'either', kind: kind ?? 'host' }
      if (protocol !== undefined) qualifiers.protocol = protocol
    }
    this.#last = qualifiers
    const matches = this.#identifier(qualifiers.kind)
    const directed = inDirection(qualifiers.direction, matches)
    return qualifiers.protocol === undefined ? directed : both(qualifiers.protocol, directed)
  }

  #direction(): Qualifiers['direction'] | undefined {
    const one = this.#take(...directions)
    if (one === undefined) return undefined
    const joined = this.#tokens[this.#next]?.text.toLowerCase()
    const second = this.#tokens[this.#next + 1]?.text.toLowerCase()
    const isPair = directions.some(each => each === second && each !== one)
    if (!isPair || (joined !== 'or' && joined !== 'and')) return one as 'src' | 'dst'
    this.#next += 2
    return joined === 'or' ? 'either' : 'both'
  }

  #identifier(kind: Kind): (endpoint: Endpoint) => boolean {
    const text = this.#peek() ?? ''
    const matches = this.#endsPrimitive() ? undefined : this.#identify(kind, text)
    if (matches === undefined) {
      throw this.#expected(
        {
          host: 'an address or a name of the network',
          net: 'a range such as 10.0.2.0/24',
          port: 'a port from 0 to 65535',
          portrange: 'ports such as 8000-8080',
        }[kind],
      )
    }
    this.#next++
    return matches
  }

  #identify(kind: Kind, text: string): ((endpoint: Endpoint) => boolean) | undefined {
    if (kind === 'host') {
      const addresses = isIP(text) === 0 ? this.#lookup(text) : [normalizeAddress(text)]
      return addresses.length === 0 ? undefined : ({ address }) => addresses.includes(address)
    }
    if (kind === 'net') {
      if (isIP(text.split('/')[0]!) === 0) return undefined
      try {
        const contains = parseRange(text)
        return ({ address }) => contains(address)
      } catch {
        return undefined
      }
    }
    const [, low, high] = (kind === 'port' ? /^(\d{1,5})$/ : /^(\d{1,5})-(\d{1,5})$/).exec(text) ?? []
    const from = Number(low)
    const to = Number(high ?? low)
    return low !== undefined && from <= to && to <= 0xffff ? ({ port }) => port >= from && port <= to : undefined
  }

  #endsPrimitive(): boolean {
    return ['and', 'or', 'not', '&&', '||', '!', '(', ')', undefined].includes(this.#peek()?.toLowerCase())
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next]?.text
  }

  #take(...words: string[]): string | undefined {
    const word = this.#peek()?.toLowerCase()
    if (word === undefined || !words.includes(word)) return undefined
    this.#next++
    return word
  }

  #expectedPrimitive(): UsageError {
    return this.#expected('host, net, port, portrange, tcp, udp, ip, ip6, src, dst, not or (')
  }

  #expected(what: string): UsageError {
    const token = this.#tokens[this.#next]
    const got = token === undefined ? 'its end' : JSON.stringify(token.text.slice(0, 40))
    const place = (token?.at ?? this.#text.length) + 1
    return new UsageError(`capture filter: expected ${what} at character ${place}, got ${got}`)
  }
}

function inDirection(direction: Qualifiers['direction'], matches: (endpoint: Endpoint) => boolean): PacketFilter {
  if (direction === 'src') return ({ from }) => matches(from)
  if (direction === 'dst') return ({ to }) => matches(to)
  if (direction === 'both') return ({ from, to }) => matches(from) && matches(to)
  return ({ from, to }) => matches(from) || matches(to)
}

const both =
  (left: PacketFilter, right: PacketFilter): PacketFilter =>
  passage =>
    left(passage) && right(passage)

const either =
  (left: PacketFilter, right: PacketFilter): PacketFilter =>
  passage =>
    left(passage) || right(passage)
