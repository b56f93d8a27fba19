// Addresses in records as octets and text, and the names under which they are looked up the other way round
// (RFC 1035 §3.5 in-addr.arpa, RFC 3596 §2.5 ip6.arpa).

import { ProtocolError } from '../decoder.ts'

function refuse(family: string, text: string): never {
  throw new ProtocolError('dns', `expected an ${family} address, got ${JSON.stringify(text)}`)
}

/** The four octets as one number. */
export function parseIpv4(text: string): number {
  let value = 0
  let part = -1
  let parts = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 0x2e : text.charCodeAt(at)
    if (code === 0x2e) {
      if (part < 0 || part > 255) refuse('IPv4', text)
      value = value * 256 + part
      part = -1
      parts++
    } else {
      // 010 is octal to some and decimal to others, so it is neither here.
      if (code < 0x30 || code > 0x39 || part === 0 || part > 255) refuse('IPv4', text)
      part = (part < 0 ? 0 : part * 10) + code - 0x30
    }
  }
  return parts === 4 ? value : refuse('IPv4', text)
}

export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** The eight groups. */
export function parseIpv6(text: string): number[] {
  const halves = text.split('::')
  if (halves.length > 2) refuse('IPv6', text)
  const [head = [], tail = []] = halves.map((half, index) => {
    if (half === '') return []
    const groups: number[] = []
    const parts = half.split(':')
    for (const [i, part] of parts.entries()) {
      if (part.includes('.') && i === parts.length - 1 && index === halves.length - 1) {
        const low = parseIpv4(part)
        groups.push(Math.floor(low / 65536), low % 65536)
      } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
      else refuse('IPv6', text)
    }
    return groups
  })
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) refuse('IPv6', text)
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

/** As RFC 5952 wants it: the longest run of two or more zero groups is `::`, the first where two are as long. */
export function formatIpv6(groups: readonly number[]): string {
  let best = 0
  let bestAt = -1
  for (let at = 0; at < 8; at++) {
    let run = 0
    while (at + run < 8 && groups[at + run] === 0) run++
    if (run > best && run > 1) {
      best = run
      bestAt = at
    }
    at += run
  }
  const hex = (part: readonly number[]) => part.map(group => group.toString(16)).join(':')
  if (bestAt < 0) return hex(groups)
  return `${hex(groups.slice(0, bestAt))}::${hex(groups.slice(bestAt + best))}`
}

/** `4.3.2.1.in-addr.arpa`, or 32 digits and `ip6.arpa`. */
export function reverseName(address: string): string {
  if (!address.includes(':')) {
    parseIpv4(address)
    return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  }
  const digits = parseIpv6(address).map(group => group.toString(16).padStart(4, '0'))
  return `${[...digits.join('')].reverse().join('.')}.ip6.arpa`
}

/** The address that a reverse name stands for; undefined where it is another name, or the name of a whole network. */
export function addressOfReverseName(name: string): string | undefined {
  const lower = name.toLowerCase()
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(lower)
  if (four !== null) {
    const parts = four.slice(1).reverse()
    return parts.every(part => Number(part) <= 255 && String(Number(part)) === part) ? parts.join('.') : undefined
  }
  if (!/^([0-9a-f]\.){32}ip6\.arpa$/.test(lower)) return undefined
  const digits = lower.slice(0, 63).split('.').reverse().join('')
  return formatIpv6(digits.match(/.{4}/g)!.map(group => Number.parseInt(group, 16)))
}
