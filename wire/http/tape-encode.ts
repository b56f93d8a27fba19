// A message of a tape to octets: with what stands behind placeholders, compressed, in chunks, and with its length put
// right. A head whose body is as long as it says is sent as it stands.

import { ProtocolError } from '../decoder.ts'
import { filled, type Outgoing, outgoing, type Reveal, type Scripted, type TapeBody } from '../tape.ts'
import { fieldsOf } from './body-fields.ts'
import { parseHttpDate } from './date.ts'
import { type HttpHeaders, header } from './message.ts'
import { encodeChunked, Parts } from './tape-chunks.ts'
import { codingOf, decodeCoding, encodeCoding } from './tape-coding.ts'
import { fillBody, fillHead } from './tape-fill.ts'
import type { HttpTaped, TapedRequest, TapedResponse } from './tape-message.ts'

const empty: TapeBody = { size: 0, octets: Buffer.alloc(0) }

/**
 * The octets of a message. Of a response's cookies those that expire after its Date are said to expire 28 years later, on
 * the same day of the week: a client holds them against its own clock, and would have none from a tape of last month.
 */
export function encodeTaped({ message, body }: Scripted<HttpTaped>, reveal: Reveal): Outgoing {
  if (message.kind === 'octets') {
    const { octets, secrets } = message
    return outgoing(filled(octets === undefined ? (body ?? empty) : { size: octets.length, octets, secrets }, reveal))
  }
  const said = body === undefined ? empty : coded(message, filledBody(message, body, reveal))
  const { head, cut, secrets, trailers = '\r\n' } = message
  let raw = secrets ? filledLines(head.raw, reveal, message.kind === 'request') : head.raw
  if (message.kind === 'response') raw = keepCookies(raw, head.headers)
  if (typeof head.length === 'number') {
    if (cut === undefined && said.size !== head.length) raw = putLength(raw, said.size)
    // Also with another secret in it the body is cut.
    if (cut !== undefined && said.size >= head.length) raw = putLength(raw, said.size + 1)
  }
  const start = Buffer.from(raw, 'latin1')
  if (head.length === 'chunked') {
    return encodeChunked(start, said, {
      chunks: message.chunks,
      trailers: secrets ? filledLines(trailers, reveal, false) : trailers,
      cut: cut === undefined ? undefined : (message.rest ?? empty.octets),
    })
  }
  const parts = new Parts(said)
  parts.add(start)
  parts.addBody(0, said.size)
  return parts.done()
}

/** Octets of a head or trailers in latin1, which are text of a tape in UTF-8. */
function filledLines(raw: string, reveal: Reveal, isRequest: boolean): string {
  const text = Buffer.from(raw, 'latin1').toString()
  return Buffer.from(fillHead(text, reveal, isRequest)).toString('latin1')
}

function filledBody({ head }: TapedRequest | TapedResponse, body: TapeBody, reveal: Reveal): TapeBody {
  if (!body.secrets || body.octets === undefined) return body
  const fields = fieldsOf(header(head.headers, 'content-type'))
  return ofOctets(Buffer.from(fillBody(body.octets.toString(), reveal, fields)))
}

const ofOctets = (octets: Buffer): TapeBody => ({ size: octets.length, octets })

function coded({ head, coding, coded }: TapedRequest | TapedResponse, body: TapeBody): TapeBody {
  if (coding === undefined) return body
  if (body.octets === undefined) {
    throw new ProtocolError('http', `expected the octets of a body that is to be ${coding}, got a file`)
  }
  if (coded?.octets !== undefined) {
    const name = codingOf(head.headers)
    // Edited, what is beside holds another text.
    if (name !== undefined && decodeCoding(name, coded.octets)?.equals(body.octets)) return coded
  }
  return ofOctets(encodeCoding(coding, body.octets))
}

const lengthLine = /^(content-length[ \t]*:[ \t]*)[^\r\n]*/gim

function putLength(raw: string, size: number): string {
  if (raw.search(lengthLine) >= 0) return raw.replace(lengthLine, `$1${size}`)
  const end = raw.length - (raw.endsWith('\r\n') ? 2 : 1)
  return `${raw.slice(0, end)}Content-Length: ${size}\r\n${raw.slice(end)}`
}

const expiry = /^(set-cookie[ \t]*:[^\r\n]*;[ \t]*expires[ \t]*=[ \t]*)([^;\r\n]+)/gim
/** After as many years the days of the week are the same again, until 2100. */
const cycle = 28

function keepCookies(raw: string, headers: HttpHeaders): string {
  if (!headers.some(([name, value]) => name.length === 10 && /^set-cookie$/i.test(name) && /expires/i.test(value)))
    return raw
  const date = parseHttpDate(header(headers, 'date') ?? '', 0)
  if (date === undefined) return raw
  return raw.replace(expiry, (all, before: string, written: string) => {
    // Netscape's draft has hyphens in it, and many servers still.
    const expires = parseHttpDate(written.trim().replace(/^(\w{3}, \d\d)-(\w{3})-(\d{4}) /, '$1 $2 $3 '), date)
    if (expires === undefined || expires <= date) return all
    return (
      before + written.replace(/\d{4}/, year => (Number(year) + cycle < 2100 ? String(Number(year) + cycle) : year))
    )
  })
}
