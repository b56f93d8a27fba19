// A recorded answer made one to a live query: its id, its spelling of the name, its cookie, and how much it takes.
// Octets are changed in place where that can be, so that all else is as the server said it.

import { cookieOption, ownCookieBytes } from './edns-text.ts'
import { type DnsMessage, encodeDnsMessage, headerBytes, needsEdns, plainUdpBytes } from './message.ts'
import { labelsOf, readName } from './name.ts'
import { decoded, ownCookie } from './tape-follower.ts'

/** Where the OPT record of a message is, its owner included. */
interface OptPlace {
  readonly start: number
  readonly end: number
  /** Where the data of its cookie begins. */
  readonly cookie: number | undefined
}

/**
 * `octets` are one message, in which id and client's cookie are zeros where they are to be the query's. What was recorded
 * with an id or a cookie of its own keeps it.
 */
export function fitted(octets: Buffer, query: DnsMessage, transport: 'tcp' | 'udp'): Buffer {
  let fit: Buffer = Buffer.from(octets)
  if (fit.length >= 2 && fit.readUInt16BE() === 0) fit.writeUInt16BE(query.id)
  const answer = decoded(fit)
  if (answer === undefined) return fit
  respell(fit, answer, query)
  fit = fitEdns(fit, answer, query)
  if (transport === 'tcp') return fit
  const maxBytes = Math.max(query.edns?.udpBytes ?? 0, plainUdpBytes)
  return fit.length <= maxBytes ? fit : encodeDnsMessage(decoded(fit)!, maxBytes)
}

/** A client may mix upper and lower case by chance and want to see the same again. */
function respell(octets: Buffer, answer: DnsMessage, query: DnsMessage): void {
  let at = headerBytes
  for (const [index, { name }] of answer.questions.entries()) {
    const live = query.questions[index]?.name
    if (live === undefined || live.toLowerCase() !== name.toLowerCase()) return
    let place = at
    for (const label of labelsOf(live)) {
      // What a pointer leads to is a name before, which has been respelt.
      if (octets[place]! !== label.length) break
      label.copy(octets, place + 1)
      place += 1 + label.length
    }
    at = readName(octets, at).end + 4
  }
}

function fitEdns(octets: Buffer, answer: DnsMessage, query: DnsMessage): Buffer {
  if (answer.edns === undefined) return octets
  const opt = placeOfOpt(octets, answer)
  if (query.edns === undefined && !needsEdns(answer.rcode)) return withoutEdns(octets, opt)
  const place = opt.cookie
  const isOpen = place !== undefined && octets.subarray(place, place + ownCookieBytes).every(octet => octet === 0)
  if (!isOpen) return octets
  const cookie = ownCookie(query)
  if (cookie === undefined) return withoutCookie(octets)
  cookie.copy(octets, place)
  return octets
}

function withoutEdns(octets: Buffer, { start, end }: OptPlace): Buffer {
  if (end < octets.length) {
    const { edns: _, ...plain } = decoded(octets)!
    return encodeDnsMessage(plain)
  }
  const without = octets.subarray(0, start)
  without.writeUInt16BE(without.readUInt16BE(10) - 1, 10)
  return without
}

function withoutCookie(octets: Buffer): Buffer {
  const answer = decoded(octets)!
  const options = answer.edns!.options.filter(({ code }) => code !== cookieOption)
  return encodeDnsMessage({ ...answer, edns: { ...answer.edns!, options } })
}

/** The octets have been read, so nothing is checked again. */
function placeOfOpt(octets: Buffer, { questions, answers, authorities, additionals }: DnsMessage): OptPlace {
  let at = headerBytes
  for (const _ of questions) at = readName(octets, at).end + 4
  for (let left = answers.length + authorities.length + additionals.length + 1; left > 0; left--) {
    const start = at
    at = readName(octets, at).end
    const end = at + 10 + octets.readUInt16BE(at + 8)
    if (octets.readUInt16BE(at) === 41) return { start, end, cookie: placeOfCookie(octets, at + 10, end) }
    at = end
  }
  throw new Error('dns: an OPT record that was read is not found')
}

function placeOfCookie(octets: Buffer, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += 4 + octets.readUInt16BE(at + 2)) {
    if (octets.readUInt16BE(at) === cookieOption && octets.readUInt16BE(at + 2) >= ownCookieBytes) return at + 4
  }
  return undefined
}
