// How the octets of a body stand in a tape and come out of it again: as text where they are text, beside it where they are
// many.

import { ProtocolError } from '../wire/decoder.ts'
import {
  octetsOfLines,
  printable,
  printableLines,
  type TapeBody,
  type TapeMapping,
  type TapeValue,
} from '../wire/tape.ts'
import { blobSize, readBlob } from './blobs.ts'
import type { SecretBook } from './secrets.ts'

/** Text up to so many octets stands in the tape. */
const maxInlineText = 16 * 1024
/** Other octets up to so many stand in the tape. */
const maxInlineOctets = 512
/** A file up to so many octets is read into memory with its turn. */
const maxReadBytes = 1024 * 1024

/** How octets stand in a tape; `keep` puts them into a file beside it and gives its name. */
export function bodyValue(body: TapeBody, secrets: SecretBook, keep: (octets: Buffer) => string): TapeValue {
  const octets = body.octets!
  const text = body.secrets ? octets.toString() : printable(octets)
  const lines = body.secrets ? linesOf(text!) : text === undefined ? printableLines(octets) : undefined
  const shown = lines ?? text
  if (shown === undefined) return octets.length <= maxInlineOctets ? { base64: base64(octets) } : { file: keep(octets) }
  const swept = secrets.sweep(shown)
  if (octets.length <= maxInlineText) return lines === undefined ? swept : { lines: swept }
  if (!body.secrets && swept === shown) return { file: keep(octets) }
  const kept = keep(lines === undefined ? Buffer.from(swept) : octetsOfLines(swept))
  return { file: kept, secrets: 'true' }
}

/** Text of a tape with each CRLF as a line feed, where it is whole lines. */
function linesOf(text: string): string | undefined {
  return text.endsWith('\r\n') && !/(?<!\r)\n|\r(?!\n)/.test(text) ? text.replaceAll('\r\n', '\n') : undefined
}

function base64(octets: Buffer): string {
  const text = octets.toString('base64')
  return text.length <= 76 ? text : text.replace(/.{1,76}/g, '$&\n')
}

/** The extension for a media type, without a dot. */
export function extensionOf(type: string | undefined, octets: Buffer | undefined): string {
  const known = type === undefined ? undefined : extensions[type.split(';')[0]!.trim().toLowerCase()]
  if (known !== undefined) return known
  return octets !== undefined && octets.length > 0 && printable(octets) !== undefined ? 'txt' : 'bin'
}

/**
 * The octets that a value stands for.
 *
 * @throws {ProtocolError} where it stands for none.
 */
export function readBody(value: TapeValue, folder: string): TapeBody {
  if (typeof value === 'string') return textBody(value)
  if (Array.isArray(value)) throw problem('a list')
  const { lines, base64, hex, file, secrets, ...more } = value as TapeMapping
  const given = Object.entries({ lines, base64, hex, file }).filter(([, each]) => each !== undefined)
  const [kind, content] = given[0] ?? []
  if (given.length !== 1 || typeof content !== 'string' || Object.keys(more).length > 0) {
    throw problem(Object.keys(value).join(', ') || 'nothing')
  }
  if (secrets !== undefined && (kind !== 'file' || secrets !== 'true')) throw problem(`secrets of ${kind}`)
  switch (kind) {
    case 'lines':
      return textBody(content, octetsOfLines(content))
    case 'base64':
      return octets(content.replace(/\s+/g, ''), 'base64', /^[A-Za-z0-9+/]*={0,2}$/)
    case 'hex':
      return octets(content.replace(/\s+/g, ''), 'hex', /^([0-9a-f]{2})*$/i)
    default:
      return fileBody(content, folder, secrets !== undefined)
  }
}

function problem(got: string): ProtocolError {
  return new ProtocolError('tape', `expected text, lines, base64, hex or file for octets, got ${got}`)
}

/** Text of a tape; only one with placeholders or their escapes has to be looked through when it is said. */
function textBody(text: string, octets: Buffer = Buffer.from(text)): TapeBody {
  return { size: octets.length, octets, secrets: text.includes('‹secret:') }
}

function octets(text: string, encoding: 'base64' | 'hex', legal: RegExp): TapeBody {
  if (!legal.test(text)) {
    throw new ProtocolError('tape', `expected octets in ${encoding}, got ${JSON.stringify(text.slice(0, 40))}`)
  }
  const bytes = Buffer.from(text, encoding)
  return { size: bytes.length, octets: bytes }
}

function fileBody(name: string, folder: string, secrets: boolean): TapeBody {
  const size = blobSize(folder, name)
  if (size === undefined) {
    throw new ProtocolError('tape', `expected the file ${JSON.stringify(name)} in ${folder}, got none`)
  }
  if (size > maxReadBytes && !secrets) return { size, file: name }
  return { size, octets: readBlob(folder, name), secrets }
}

const extensions: Readonly<Record<string, string>> = {
  'application/gzip': 'gz',
  'application/javascript': 'js',
  'application/json': 'json',
  'application/octet-stream': 'bin',
  'application/pdf': 'pdf',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'message/rfc822': 'eml',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/javascript': 'js',
  'text/plain': 'txt',
  'text/xml': 'xml',
}
