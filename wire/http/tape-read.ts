// Values of a tape to HTTP messages. They may have been written or changed by hand, so an error says what was expected.

import { ProtocolError, type Side } from '../decoder.ts'
import {
  octetsOfLines,
  type Scripted,
  type TapeBody,
  type TapeMapping,
  type TapeReader,
  type TapeReading,
  type TapeValue,
} from '../tape.ts'
import { HttpRequestDecoder, HttpResponseDecoder } from './decoder.ts'
import { checkOctets, type HttpLimits, readFields } from './head.ts'
import { type HttpRequestHead, type HttpResponseHead, isBodiless } from './message.ts'
import { parseChunks } from './tape-chunks.ts'
import { readCoding } from './tape-coding.ts'
import { headLimits } from './tape-follower.ts'
import { type Asked, askedBy, endsLink, type HttpTaped, switches } from './tape-message.ts'

/** Of what somebody put on a tape. */
const limits: HttpLimits = { maxLineBytes: 1 << 20, maxHeadBytes: 1 << 20, maxHeaders: 10_000 }

const keys = ['head', 'body', 'coding', 'coded', 'chunks', 'trailers', 'answered', 'cut', 'rest', 'octets'] as const
type Parts = Partial<Record<(typeof keys)[number], TapeValue>>

const refuse = (expected: string, got: TapeValue): ProtocolError => {
  const text = typeof got === 'string' ? got : JSON.stringify(got)
  const shown = text.split('\n', 1)[0]!
  return new ProtocolError('http', `expected ${expected}, got ${JSON.stringify(shown.slice(0, 80))}`)
}

export class HttpTapeReader implements TapeReader<HttpTaped> {
  readonly #reading: TapeReading
  /** What the next response answers. */
  #asked: Asked | undefined

  constructor(reading: TapeReading) {
    this.#reading = reading
  }

  read(from: Side, value: TapeValue): Scripted<HttpTaped> {
    const parts = partsOf(value)
    if (parts.octets !== undefined) {
      return { message: { kind: 'octets' }, body: this.#reading.body(parts.octets) }
    }
    const { raw, secrets } = this.#head(from, parts.head)
    if (from === 'client' && isRefused(parts, raw)) {
      return { message: { kind: 'octets', octets: Buffer.from(raw, 'latin1'), secrets } }
    }
    const body = parts.body === undefined ? undefined : this.#reading.body(parts.body)
    const rest = {
      secrets,
      chunks: parts.chunks === undefined ? undefined : parseChunks(parts.chunks),
      trailers: this.#trailers(parts.trailers),
      cut: cutOf(parts.cut),
      rest: parts.rest === undefined ? undefined : this.#reading.body(parts.rest).octets,
      coding: codingOf(parts.coding),
      coded: parts.coded === undefined ? undefined : this.#reading.body(parts.coded),
    }
    if (from === 'client') {
      const head = decodeRequest(raw)
      this.#asked = askedBy(head)
      const answeredAt = parts.answered === undefined ? undefined : sizeOf(parts.answered)
      const message = { kind: 'request' as const, head, ...rest, answeredAt }
      return { message, body, answeredAt, unfinished: rest.cut === 'ended' }
    }
    if (parts.answered !== undefined) throw refuse('answered in what a client says', parts.answered)
    const asked = this.#asked
    const head = decodeResponse(raw, asked?.method)
    const isFinal = head.status >= 200 || head.status === 101
    if (isFinal) this.#asked = undefined
    if (body !== undefined && body.size > 0) checkMayHaveBody(head, asked)
    const closes = rest.cut === 'ended' || (rest.cut === undefined && endsLink(head, asked))
    return { message: { kind: 'response', head, ...rest }, body, closes, goAhead: head.status === 100 }
  }

  /** With its empty line, as latin1. */
  #head(from: Side, value: TapeValue | undefined): { raw: string; secrets: boolean | undefined } {
    if (value === undefined) throw refuse('a head or octets in a message', '')
    if (typeof value === 'string') {
      const text = value.replace(/\n+$/, '')
      checkFirstLine(from, text)
      const blank = text.indexOf('\n\n')
      if (blank >= 0) throw refuse('{head, body} for a message with a body', text.slice(blank + 2))
      return { raw: octetsOfLines(`${text}\n\n`).toString('latin1'), secrets: text.includes('‹secret:') || undefined }
    }
    const body = this.#octets('a head', value)
    return { raw: body.octets!.toString('latin1'), secrets: body.secrets }
  }

  #trailers(value: TapeValue | undefined): string | undefined {
    if (value === undefined) return undefined
    if (typeof value !== 'string') return this.#octets('trailers', value).octets!.toString('latin1')
    const raw = octetsOfLines(`${value.replace(/\n+$/, '')}\n\n`).toString('latin1')
    checkOctets(raw)
    readFields(raw, 0, limits.maxHeaders!)
    return raw
  }

  #octets(what: string, value: TapeValue): TapeBody {
    const octets = (value as TapeMapping).octets
    if (octets === undefined) throw refuse(`${what} as text or {octets}`, value)
    return this.#reading.body(octets)
  }
}

function partsOf(value: TapeValue): Parts {
  if (typeof value === 'string') return { head: value }
  if (Array.isArray(value)) throw refuse('the lines of a head or a mapping', value)
  const unknown = Object.keys(value).find(key => !keys.some(each => each === key))
  if (unknown !== undefined)
    throw refuse('head, body, coding, coded, chunks, trailers, answered, cut or rest in a message', unknown)
  return value as TapeMapping
}

/** What is nothing but a head, in octets, may be one that breaks the rules. */
function isRefused({ head, ...more }: Parts, raw: string): boolean {
  if (typeof head === 'string' || Object.keys(more).length > 0) return false
  try {
    decodeRequest(raw, headLimits)
    return false
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return true
  }
}

const requestLine = /^[^ ]+ [^ ]+ HTTP\/1\.\d$/
const statusLine = /^HTTP\/1\.\d \d{3}( .*)?$/

function checkFirstLine(from: Side, text: string): void {
  const [first = ''] = text.split('\n', 1)
  if (from === 'client') {
    if (!requestLine.test(first)) throw refuse('a request line such as "GET / HTTP/1.1"', first)
  } else if (!statusLine.test(first)) throw refuse('a status line such as "HTTP/1.1 200 OK"', first)
}

function decodeRequest(raw: string, within: HttpLimits = limits): HttpRequestHead {
  const decoder = new HttpRequestDecoder(within)
  decoder.push(Buffer.from(raw, 'latin1'))
  const head = decoder.next()
  if (head?.kind !== 'request') throw refuse('the head of a request', raw)
  return head
}

function decodeResponse(raw: string, method: string | undefined): HttpResponseHead {
  const decoder = new HttpResponseDecoder(limits)
  if (method !== undefined) decoder.expect(method)
  decoder.push(Buffer.from(raw, 'latin1'))
  const head = decoder.next()
  if (head?.kind !== 'response') throw refuse('the head of a response', raw)
  return head
}

function checkMayHaveBody(head: HttpResponseHead, asked: Asked | undefined): void {
  if (asked?.method !== 'HEAD' && !isBodiless(head.status) && !switches(head, asked)) return
  const what = asked?.method === 'GET' || asked === undefined ? '' : ` to ${asked.method}`
  throw new ProtocolError('http', `expected no body in a response${what} with status ${head.status}, got one`)
}

function cutOf(value: TapeValue | undefined): 'ended' | 'broken' | undefined {
  if (value === undefined || value === 'false') return undefined
  if (value === 'true') return 'ended'
  if (value === 'broken') return 'broken'
  throw refuse('true, false or broken for cut', value)
}

function sizeOf(value: TapeValue): number {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) throw refuse('a number of octets for answered', value)
  return Number(value)
}

function codingOf(value: TapeValue | undefined): string | undefined {
  if (value === undefined) return undefined
  const coding = typeof value === 'string' ? value : JSON.stringify(value)
  readCoding(coding)
  return coding
}
