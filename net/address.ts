// Addresses as text: told apart, and written one way so that they can be compared and used as keys.

import { UsageError } from './errors.ts'

/** An address and a port. */
export interface Endpoint {
  address: string
  port: number
}

/** 4 or 6 for an address, 0 for anything else. Node's own compiles expressions that take 20 ms, as long as all else here. */
export function isIP(text: string): 0 | 4 | 6 {
  if (!text.includes(':')) {
    const parts = text.split('.')
    return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256) ? 4 : 0
  }
  const plain = text.replace(/%[0-9A-Za-z.:-]+$/, '')
  return /^[0-9A-Fa-f:.]+$/.test(plain) && URL.canParse(`http://[${plain}]/`) ? 6 : 0
}

/** One spelling for each address: IPv6 as RFC 5952 wants it, `::ffff:a.b.c.d` as IPv4. Throws for anything else. */
export function normalizeAddress(address: string): string {
  const family = isIP(address)
  if (family === 4) return address
  if (family === 6) {
    const plain = address.includes('%') ? address.slice(0, address.indexOf('%')) : address
    const short = new URL(`http://[${plain}]/`).hostname.slice(1, -1)
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
    if (mapped === null) return short
    const high = Number.parseInt(mapped[1]!, 16)
    const low = Number.parseInt(mapped[2]!, 16)
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  throw new UsageError(`expected an IPv4 or IPv6 address, got ${JSON.stringify(address)}`)
}

/** Lower case, without the dot of the root. */
export function normalizeName(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** Octets of a name that DNS can carry, as it is written without the dot of the root (RFC 1035 §2.3.4). */
const maxNameLength = 253

/** Whether a text can be a host's name; `*.example.org` can, an address or what DNS cannot carry cannot. */
export function isHostName(name: string): boolean {
  return (
    name.length <= maxNameLength && /^(\*\.)?[^\s./\\*:]{1,63}(\.[^\s./\\*:]{1,63})*$/.test(name) && isIP(name) === 0
  )
}

/** What a name has, by itself or by a wildcard; an exact name wins, then the longest wildcard. */
export function byName<T>(names: ReadonlyMap<string, T>, name: string): T | undefined {
  const wanted = normalizeName(name)
  const exact = names.get(wanted)
  if (exact !== undefined) return exact
  for (let dot = wanted.indexOf('.'); dot >= 0; dot = wanted.indexOf('.', dot + 1)) {
    const found = names.get(`*${wanted.slice(dot)}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** `192.0.2.1:25`, `[2001:db8::1]:25`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The address as a number, and the bits that its family has. */
function addressNumber(address: string): { value: bigint; bits: 32 | 128 } {
  if (isIP(address) === 4) {
    let value = 0n
    for (const part of address.split('.')) value = (value << 8n) | BigInt(part)
    return { value, bits: 32 }
  }
  const [head = '', tail = ''] = normalizeAddress(address).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  let value = 0n
  for (const part of [...left, ...new Array(8 - left.length - right.length).fill('0'), ...right]) {
    value = (value << 16n) | BigInt(`0x${part}`)
  }
  return { value, bits: 128 }
}

/** The 4 or 16 octets of an address, in network order. */
export function addressOctets(address: string): Buffer {
  const { value, bits } = addressNumber(address)
  return Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex')
}

/** A range in CIDR notation, `192.0.2.0/24`; a bare address is the range of itself. */
export function parseRange(range: string): (address: string) => boolean {
  const [base = '', length] = range.split('/')
  const { value, bits } = addressNumber(normalizeAddress(base))
  const prefix = length === undefined ? bits : Number(length)
  if (!/^\d*$/.test(length ?? '') || length === '' || prefix > bits) {
    throw new UsageError(`expected a range such as 192.0.2.0/24, got ${JSON.stringify(range)}`)
  }
  const shift = BigInt(bits - prefix)
  return address => {
    const other = addressNumber(normalizeAddress(address))
    return other.bits === bits && other.value >> shift === value >> shift
  }
}

/** Whether an address, in its normal spelling, is one of the machine itself. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** From which of its addresses a machine speaks to another: itself, one in the same /24 or /64, else the first. */
export function addressTowards(own: readonly string[], other: string): string | undefined {
  if (isLoopback(other)) return other
  const family = other.includes(':')
  const same = own.filter(address => address.includes(':') === family)
  return same.find(address => parseRange(`${address}/${family ? 64 : 24}`)(other)) ?? same[0]
}

const privateRanges = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
  '::1',
].map(parseRange)

/** Whether an address is behind the client's router, so that no address translation lies between (RFC 1918, RFC 4193). */
export function isPrivateAddress(address: string): boolean {
  return privateRanges.some(contains => contains(address))
}
