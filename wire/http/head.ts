// The head of a message (RFC 9112 §2 to §6): from its octets to fields, strict wherever two readers could disagree.
// A bare LF ends a line, as §2.2 allows and people with nc type it; a bare CR is refused.

import { excerpt } from '../decoder.ts'
import { type BodyLength, HttpProtocolError, type HttpVersion, isBodiless } from './message.ts'

export interface HttpLimits {
  /** Octets of the request or status line. Default: 16384. */
  maxLineBytes?: number
  /** Octets of a head, its first line included. Default: 65536. */
  maxHeadBytes?: number
  /** Default: 200. */
  maxHeaders?: number
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** What no field value or first line may hold: controls but the tab (RFC 9110 §5.5); CR has a rule of its own. */
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/

const show = (text: string): string => excerpt(Buffer.from(text, 'latin1'))

const bad = (problem: string, section: string, status = 400): HttpProtocolError =>
  new HttpProtocolError(status, problem, section)

/** What the header fields say about where the message ends and which version's rules hold. */
export interface Fields {
  headers: [string, string][]
  contentLength: number | undefined
  /** Transfer codings in their order, lower case; undefined without the field. */
  transferCodings: string | undefined
}

/** Reads the field lines of a head or of trailers, from `start` on; `text` ends with the empty line. */
export function readFields(text: string, start: number, maxHeaders: number): Fields {
  const headers: [string, string][] = []
  let contentLength: number | undefined
  let transferCodings: string | undefined
  let at = start
  while (at < text.length) {
    const lineFeed = text.indexOf('\n', at)
    const end = lineFeed > at && text.charCodeAt(lineFeed - 1) === 13 ? lineFeed - 1 : lineFeed
    if (end === at) break
    const first = text.charCodeAt(at)
    if (first === 32 || first === 9) {
      const previous = headers.at(-1)
      if (previous === undefined) {
        throw bad(`expected a header field, got ${show(text.slice(at, end))}`, 'RFC 9112 §2.2')
      }
      // obs-fold (§5.2): a server may read it as blanks. What framing hangs on is never folded.
      const name = previous[0].toLowerCase()
      if (name === 'content-length' || name === 'transfer-encoding') {
        throw bad(`expected ${previous[0]} on one line, got ${show(text.slice(at, end))}`, 'RFC 9112 §5.2')
      }
      previous[1] = `${previous[1]} ${trim(text, at, end)}`.trim()
      at = lineFeed + 1
      continue
    }
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon > end) {
      throw bad(`expected a header field, got ${show(text.slice(at, end))}`, 'RFC 9112 §5')
    }
    const name = text.slice(at, colon)
    // This refuses a blank before the colon as well (§5.1).
    if (!token.test(name)) throw bad(`expected the name of a header field, got ${show(name)}`, 'RFC 9112 §5.1')
    const value = trim(text, colon + 1, end)
    if (headers.length >= maxHeaders) {
      throw bad(`expected at most ${maxHeaders} header fields, got more`, 'RFC 6585 §5', 431)
    }
    headers.push([name, value])
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      contentLength = readLength(value, contentLength)
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      const lower = value.toLowerCase()
      transferCodings = transferCodings === undefined ? lower : `${transferCodings}, ${lower}`
    }
    at = lineFeed + 1
  }
  return { headers, contentLength, transferCodings }
}

/** Refuses what may stand nowhere in a head: NUL and its like, and a CR that ends no line. */
export function checkOctets(text: string): void {
  if (controls.test(text)) {
    const at = text.search(controls)
    throw bad(`expected no control characters in a head, got ${show(text.slice(at))}`, 'RFC 9110 §5.5')
  }
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
    if (text.charCodeAt(at + 1) === 10) continue
    throw bad(`expected LF after CR, got ${show(text.slice(at))}`, 'RFC 9112 §2.2')
  }
}

function trim(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number) => code === 32 || code === 9

/** §6.3: the same number several times counts once, several numbers are an attack or a fault. */
function readLength(value: string, before: number | undefined): number {
  let length = before
  for (const each of value.split(',')) {
    const digits = each.trim()
    const number = /^[0-9]{1,16}$/.test(digits) ? Number(digits) : Number.NaN
    if (!Number.isSafeInteger(number)) {
      throw bad(`expected a number of octets in Content-Length, got ${show(value)}`, 'RFC 9110 §8.6')
    }
    if (length !== undefined && length !== number) {
      throw bad(`expected one Content-Length, got ${length} and ${number}`, 'RFC 9112 §6.3')
    }
    length = number
  }
  return length!
}

/** How a request's body ends (§6.3). */
export function requestLength({ contentLength, transferCodings }: Fields, version: HttpVersion): BodyLength {
  if (transferCodings === undefined) return contentLength ?? 0
  if (contentLength !== undefined) {
    throw bad('expected Transfer-Encoding or Content-Length, got both', 'RFC 9112 §6.1')
  }
  if (version === '1.0') throw bad('expected no Transfer-Encoding in HTTP/1.0, got one', 'RFC 9112 §6.1')
  if (transferCodings === 'chunked') return 'chunked'
  const codings = transferCodings.split(',').map(each => each.trim())
  const last = codings.at(-1)
  if (last !== 'chunked' || codings.filter(each => each === 'chunked').length > 1) {
    throw bad(`expected chunked as the last transfer coding, got ${show(transferCodings)}`, 'RFC 9112 §6.3')
  }
  throw bad(`expected no transfer coding but chunked, got ${show(transferCodings)}`, 'RFC 9112 §6.1', 501)
}

/** How a response's body ends (§6.3); `method` is that of the request that it answers. */
export function responseLength({ contentLength, transferCodings }: Fields, status: number, method: string): BodyLength {
  if (method === 'HEAD' || isBodiless(status) || (method === 'CONNECT' && status < 300)) return 0
  if (transferCodings !== undefined) {
    if (contentLength !== undefined) {
      throw bad('expected Transfer-Encoding or Content-Length, got both', 'RFC 9112 §6.1', 502)
    }
    return transferCodings.split(',').at(-1)!.trim() === 'chunked' ? 'chunked' : 'until close'
  }
  return contentLength ?? 'until close'
}

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/
const statusLine = /^HTTP\/([0-9])\.([0-9]) ([1-9][0-9]{2})(?: (.*))?$/

function readVersion(major: string, minor: string): HttpVersion {
  if (major !== '1') throw bad(`expected HTTP/1.0 or HTTP/1.1, got HTTP/${major}.${minor}`, 'RFC 9110 §15.6.6', 505)
  return minor === '0' ? '1.0' : '1.1'
}

export function readRequestLine(line: string): { method: string; target: string; version: HttpVersion } {
  const match = requestLine.exec(line)
  if (match === null) throw bad(`expected a request line, got ${show(line)}`, 'RFC 9112 §3')
  return { method: match[1]!, target: match[2]!, version: readVersion(match[3]!, match[4]!) }
}

export function readStatusLine(line: string): { version: HttpVersion; status: number; reason: string } {
  const match = statusLine.exec(line)
  if (match === null) throw bad(`expected a status line, got ${show(line)}`, 'RFC 9112 §4')
  return { version: readVersion(match[1]!, match[2]!), status: Number(match[3]), reason: match[4] ?? '' }
}
