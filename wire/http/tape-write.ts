// HTTP messages to values of a tape: heads as the lines that they are, bodies without chunks and compression, secrets
// hidden. A head that is no lines of printable text stays octets.

import { escapePlaceholders, printableLines, type TapeBody, type TapeValue, type TapeWriting } from '../tape.ts'
import { header } from './message.ts'
import { formatChunks } from './tape-chunks.ts'
import { type CodingName, codingOf, decodeCoding, findCoding, maxCoded, maxText } from './tape-coding.ts'
import type { HttpTaped, TapedRequest, TapedResponse } from './tape-message.ts'
import { hideInBody, hideInHead, hideInOctets, printableBody } from './tape-secrets.ts'

const none: TapeBody = { size: 0, octets: Buffer.alloc(0) }

export function writeTaped(message: HttpTaped, body: TapeBody | undefined, writing: TapeWriting): TapeValue {
  if (message.kind === 'octets') {
    if (message.octets === undefined) return { octets: writing.body(hideInOctets(body ?? none, writing.hide)) }
    const { octets, secrets } = message
    return { head: { octets: writing.body(hideInOctets({ size: octets.length, octets, secrets }, writing.hide)) } }
  }
  const head = writeLines(message.head.raw, message.secrets, writing)
  if (body === undefined) return typeof head === 'string' ? head : { head }
  const value: Record<string, TapeValue> = { head }
  const stored = store(message, body, writing)
  value.body = writing.body(stored.body, stored.type)
  if (stored.coding !== undefined) value.coding = stored.coding
  if (stored.coded !== undefined) value.coded = writing.body(stored.coded, compressedTypes[stored.name!])
  if (message.chunks !== undefined) value.chunks = formatChunks(message.chunks)
  if (message.trailers !== undefined) value.trailers = writeLines(message.trailers, message.secrets, writing)
  if (message.kind === 'request' && message.answeredAt !== undefined) value.answered = String(message.answeredAt)
  if (message.cut !== undefined) value.cut = message.cut === 'ended' ? 'true' : 'broken'
  if (message.rest !== undefined) value.rest = writing.body({ size: message.rest.length, octets: message.rest })
  return value
}

/** A head or trailers with their empty line, as latin1. */
function writeLines(raw: string, isTape: boolean | undefined, { hide, sweep, body }: TapeWriting): TapeValue {
  const octets = Buffer.from(raw, 'latin1')
  const escaped = printableLines(octets)
  if (escaped !== undefined) {
    const lines = isTape ? escaped.replaceAll('‹‹secret:', '‹secret:') : escaped
    const text = sweep(hideInHead(lines.slice(0, -1), hide))
    // One line alone is no block of lines.
    return text.indexOf('\n') === text.length - 1 ? text.slice(0, -1) : text
  }
  const text = isTape ? octets.toString() : escapePlaceholders(textOf(octets))
  const hidden = hideInHead(text, hide)
  // Without secrets the octets are kept also where they are no text, which placeholders are.
  if (hidden === text) return { octets: body({ size: octets.length, octets, secrets: isTape }) }
  const written = Buffer.from(hidden)
  return { octets: body({ size: written.length, octets: written, secrets: true }) }
}

/** UTF-8, or else latin1. */
function textOf(octets: Buffer): string {
  const text = octets.toString()
  return text.includes('\ufffd') ? octets.toString('latin1') : text
}

interface Stored {
  readonly body: TapeBody
  readonly type: string | undefined
  readonly name?: CodingName | undefined
  readonly coding?: string | undefined
  readonly coded?: TapeBody | undefined
}

const compressedTypes: Readonly<Record<CodingName, string>> = {
  gzip: 'application/gzip',
  deflate: 'application/zlib',
  br: 'application/x-brotli',
  zstd: 'application/zstd',
}

function store(message: TapedRequest | TapedResponse, body: TapeBody, { hide }: TapeWriting): Stored {
  const { head, coding } = message
  const type = header(head.headers, 'content-type')
  const name = codingOf(head.headers)
  if (coding !== undefined) {
    const hidden = hideInBody(body, type, hide)
    const { coded } = message
    const isSame = hidden === body && body.octets !== undefined && coded?.octets !== undefined && name !== undefined
    // What is beside an edited body could have in it what was taken out of that.
    const isKept = isSame && decodeCoding(name, coded.octets)?.equals(body.octets) === true
    return { body: hidden, type, name, coding, coded: isKept ? coded : undefined }
  }
  if (name === undefined) return { body: hideInBody(body, type, hide), type }
  return takeApart(name, body, type, hide) ?? { body, type: compressedTypes[name] }
}

/** A compressed body as its text; undefined where it is none, or large. */
function takeApart(
  name: CodingName,
  body: TapeBody,
  type: string | undefined,
  hide: TapeWriting['hide'],
): Stored | undefined {
  if (body.octets === undefined || body.octets.length > maxCoded) return undefined
  const octets = decodeCoding(name, body.octets)
  if (octets === undefined || octets.length === 0 || printableBody(octets) === undefined) return undefined
  const decoded: TapeBody = { size: octets.length, octets }
  const hidden = hideInBody(decoded, type, hide)
  // Larger text without placeholders is a file that is not read into memory, as compressing it would want.
  if (octets.length > maxText && hidden === decoded) return undefined
  const coding = findCoding(name, octets, body.octets)
  // The compressed octets have the secrets in them.
  if (coding !== undefined || hidden !== decoded) return { body: hidden, type, name, coding: coding ?? name }
  return { body: decoded, type, name, coding: name, coded: body }
}
