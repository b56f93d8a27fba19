// DNS on a tape: queries and answers in the words of dig, looked up by their question. Ids and the client's octets of a
// cookie (RFC 7873) are new each time and not on the tape. Left out: signing answers anew, so TSIG is as recorded.

import { ProtocolError, type Side } from '../decoder.ts'
import { frameDnsMessage } from '../dns.ts'
import {
  filled,
  type Outgoing,
  type Refusal,
  type Reveal,
  type Scripted,
  type TapeBody,
  type TapeForm,
  type TapeMapping,
  type TapeReading,
  type TapeValue,
} from '../tape.ts'
import { cookieOption, ownCookieBytes } from './edns-text.ts'
import { fitted } from './fit.ts'
import { type DnsMessage, dnsQuery, encodeDnsMessage, maxMessageBytes } from './message.ts'
import { encodePointing, pointersOf } from './pointers.ts'
import {
  DnsFollower,
  type DnsTapeMessage,
  type DnsTurn,
  decoded,
  idOf,
  ownCookie,
  questionsOf,
  withId,
} from './tape-follower.ts'
import { type DnsValue, formatValue, parseValue } from './tape-value.ts'
import { formatRecord } from './text.ts'

/** The value of a message, undefined where it would not give the same octets. */
function written(turn: DnsTurn): TapeMapping | undefined {
  const { message, octets } = turn
  if (octets === undefined) return formatValue(turn)
  const isOurs = attempt(() => encodeDnsMessage(message))?.equals(octets)
  const pointers = isOurs ? undefined : pointersOf(octets, message)
  if (!isOurs && pointers === undefined) return undefined
  const value = formatValue({ ...turn, pointers })
  const again = attempt(() => encode(complete(parseValue(value), turn)))
  return again?.equals(octets) ? value : undefined
}

/** What was read from a value, with what the value leaves out. */
function complete(read: DnsValue, { message, cookie }: DnsTurn): DnsValue {
  const { edns } = read.message
  const options = edns?.options.map(({ code, data }) =>
    code === cookieOption && cookie !== undefined ? { code, data: withCookie(data, cookie) } : { code, data },
  )
  return {
    ...read,
    message: {
      ...read.message,
      id: message.id,
      ...(edns === undefined ? {} : { edns: { ...edns, options: options! } }),
    },
  }
}

function withCookie(data: Uint8Array, cookie: Buffer): Buffer {
  const isOpen = data.subarray(0, ownCookieBytes).every(octet => octet === 0)
  return isOpen ? Buffer.concat([cookie, data.subarray(ownCookieBytes)]) : Buffer.from(data)
}

function encode({ message, pointers }: DnsValue): Buffer {
  return (pointers === undefined ? undefined : encodePointing(message, pointers)) ?? encodeDnsMessage(message)
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function read(reading: TapeReading, transport: 'tcp' | 'udp', value: TapeValue): Scripted<DnsTapeMessage> {
  if (typeof value === 'string' || Array.isArray(value)) {
    throw new ProtocolError('dns', `expected a message or octets, got ${JSON.stringify(value).slice(0, 60)}`)
  }
  const mapping = value as TapeMapping
  const [key, ...more] = Object.keys(mapping)
  if (more.length > 0 || (key !== 'octets' && key !== 'cut')) {
    return { message: { kind: 'message', transport, ...parseValue(mapping) } }
  }
  const body = reading.body(mapping[key]!)
  const isCut = key === 'cut'
  // With placeholders they are not the octets yet.
  const octets = body.secrets ? undefined : body.octets
  if (octets === undefined) return { message: { kind: 'octets', transport, isCut }, body }
  const message = isCut ? undefined : decoded(octets)
  if (message === undefined) return { message: { kind: 'octets', transport, isCut, octets } }
  const cookie = ownCookie(message)
  return { message: { kind: 'message', transport, message, octets, hasId: message.id !== 0, cookie } }
}

function outgoing({ message, body }: Scripted<DnsTapeMessage>, reveal: Reveal): Outgoing {
  if (message.kind === 'message') {
    const octets = message.octets ?? encode(message)
    return [message.transport === 'tcp' ? frameDnsMessage(octets) : octets]
  }
  const { octets, file, size } = filled(body ?? bodyOf(message.octets!), reveal)
  const part = octets ?? { file: file!, start: 0, size }
  if (message.transport === 'udp' || message.isCut) return [part]
  if (size > maxMessageBytes) throw new ProtocolError('dns', `expected at most ${maxMessageBytes} octets, got ${size}`)
  return [Buffer.from([size >> 8, size]), part]
}

const bodyOf = (octets: Buffer): TapeBody => ({ size: octets.length, octets })

function fit(octets: Buffer, asked: DnsTapeMessage): Buffer {
  const isFramed = asked.transport === 'tcp'
  if (isFramed && (octets.length < 2 || octets.readUInt16BE() !== octets.length - 2)) return octets
  const bare = isFramed ? octets.subarray(2) : octets
  const fit =
    asked.kind === 'message'
      ? fitted(bare, asked.message, asked.transport)
      : fitId(bare, asked.octets && idOf(asked.octets))
  return isFramed ? frameDnsMessage(fit) : fit
}

function fitId(octets: Buffer, id: number | undefined): Buffer {
  return id === undefined || octets.length < 2 || octets.readUInt16BE() !== 0 ? octets : withId(octets, id)
}

/** Signatures hold the time. */
const signatures = new Set(['TSIG', 'TYPE24'])

function identity(message: DnsTapeMessage): string {
  // The id of what is no message is new each time, too.
  if (message.kind === 'octets') return `octets ${message.octets?.toString('latin1', message.isCut ? 0 : 2) ?? ''}`
  const { opcode, answers, authorities } = message.message
  // In a query there are records only where it is about them: updates, notices, IXFR.
  const records = [...answers, ...authorities].map(record => `\n${formatRecord(record)}`)
  return `${opcode} ${questionsOf(message.message)}${records.join('')}`
}

/** What servers answer the same question in other ways for. */
function preference(message: DnsTapeMessage): string {
  if (message.kind === 'octets') return ''
  const { recursionDesired, authenticData, checkingDisabled, edns } = message.message
  const hasServerCookie = edns?.options.some(({ code, data }) => code === cookieOption && data.length > ownCookieBytes)
  return [recursionDesired, authenticData, checkingDisabled, edns !== undefined, edns?.dnssecOk, hasServerCookie]
    .map(Boolean)
    .join(' ')
}

const recordKeys = ['answer', 'authority', 'additional', 'prerequisite', 'update']
/** Their data are names and numbers. */
const named = new Set(['NS', 'CNAME', 'PTR', 'DNAME', 'MX', 'SOA', 'SRV'])

/** Cookies and signatures are new each time, and so may be the case of names; a resolver's TTLs run down. */
function steady(from: Side, value: TapeValue): TapeValue {
  if (typeof value === 'string' || Array.isArray(value)) return value
  const { id: _, ...same }: Record<string, TapeValue> = { ...(value as TapeMapping) }
  const runsDown = from === 'server' && !/\baa\b/.test(String(same.flags ?? ''))
  const { edns, question } = same
  if (typeof edns === 'object' && 'cookie' in edns) same.edns = { ...edns, cookie: 'client' }
  if (question !== undefined) same.question = lowerName(question)
  for (const key of recordKeys) {
    const lines = same[key]
    if (typeof lines === 'string') same[key] = lines.replace(/^.+$/gm, line => steadyLine(line, runsDown))
  }
  return same
}

function lowerName(question: TapeValue): TapeValue {
  if (typeof question === 'string') return question.replace(/^\S+/, name => name.toLowerCase())
  return Array.isArray(question) ? question.map(lowerName) : question
}

function steadyLine(line: string, runsDown: boolean): string {
  const [owner, ttl, ofClass, type, ...data] = line.split(' ')
  // A line of a person's own: nothing of it changes by itself.
  if (type === undefined || !/^\d+$/.test(ttl!)) return line
  const rest = named.has(type) ? data.map(word => word.toLowerCase()) : signatures.has(type) ? [] : data
  return [owner!.toLowerCase(), runsDown ? '-' : ttl, ofClass, type, ...rest].join(' ')
}

/** What is wrong as an extended error (RFC 8914, code 0: other), where the client understands EDNS. */
function refuse(asked: DnsTapeMessage | undefined, why: string): Refusal {
  if (asked?.kind !== 'message' || asked.message.response) return { link: 'goes on' }
  const { id, opcode, questions, recursionDesired, edns } = asked.message
  // As much as every datagram has room for beside the longest name.
  const text = Buffer.from(why)
    .subarray(0, 200)
    .toString()
    .replace(/\ufffd$/, '')
  const data = Buffer.concat([Buffer.alloc(2), Buffer.from(text)])
  const refusal: DnsMessage = {
    ...dnsQuery(
      { name: '.', type: 'A' },
      { id, opcode, questions, recursionDesired, response: true, rcode: 'REFUSED' },
    ),
    ...(edns === undefined
      ? {}
      : { edns: { udpBytes: 1232, version: 0, dnssecOk: false, options: [{ code: 15, data }] } }),
  }
  const octets = encodeDnsMessage(refusal)
  return { octets: asked.transport === 'tcp' ? frameDnsMessage(octets) : octets, link: 'goes on' }
}

export const form: TapeForm<DnsTapeMessage> = {
  kind: () => 'exchanges',
  follow: transport => new DnsFollower(transport),
  write(message, body, writing): TapeValue {
    if (message.kind === 'octets') {
      return { [message.isCut ? 'cut' : 'octets']: writing.body(body ?? bodyOf(message.octets!)) }
    }
    const value = written(message)
    if (value !== undefined) return value
    return { octets: writing.body(bodyOf(message.hasId ? message.octets! : withId(message.octets!, 0))) }
  },
  reader: (reading, transport) => ({
    read(from, value) {
      const scripted = read(reading, transport, value)
      const { message } = scripted
      return { ...scripted, closes: from === 'server' && message.kind === 'octets' && message.isCut }
    },
  }),
  encode: outgoing,
  fit,
  identity,
  preference,
  steady,
  refuse,
}
