// BODY and BODYSTRUCTURE of a message (RFC 3501 §7.4.2), as the text that FETCH gives.

import { formatEnvelope } from './envelope.ts'
import { FieldReader } from './field-reader.ts'
import { fieldValue } from './header.ts'
import type { MimePart } from './mime-part.ts'
import { type Parameters, parseDisposition, parseEncoding } from './parameters.ts'
import { quote, quoteLine } from './quote.ts'

const usual = ['charset', 'us-ascii'] as const
/** RFC 3501 has no multipart without parts. */
const emptyPart = `("text" "plain" ("${usual.join('" "')}") NIL NIL "7bit" 0 0`

/** Octets as latin1. `extended` is BODYSTRUCTURE. */
export function formatBodyStructure(part: MimePart, extended: boolean): string {
  if (part.kind === 'multipart') return formatMultipart(part, extended)
  const { contentType, octets, bodyStart, end } = part
  const inside = part.kind === 'message' ? part.children[0] : undefined
  const isText = contentType === undefined && part.kind === 'text'
  const type = contentType?.type ?? (isText ? 'text' : 'message')
  const subtype = contentType?.subtype ?? (isText ? 'plain' : 'rfc822')
  const parameters = contentType?.parameters ?? []
  const written = [
    quote(type),
    quote(subtype),
    formatParameters(part.kind === 'text' ? withCharset(parameters) : parameters),
    quoteLine(fieldOf(part, 'content-id')),
    quoteLine(fieldOf(part, 'content-description')),
    quote(parsedField(part, 'content-transfer-encoding', parseEncoding) ?? '7bit'),
    String(end - bodyStart),
  ]
  if (part.kind === 'message' && inside !== undefined) {
    written.push(formatEnvelope(inside), formatBodyStructure(inside, extended))
  }
  if (part.kind === 'text' || (part.kind === 'message' && inside !== undefined)) {
    written.push(String(countLines(octets, bodyStart, end)))
  }
  if (extended) written.push(quoteLine(fieldOf(part, 'content-md5')), formatExtension(part))
  return `(${written.join(' ')})`
}

function formatMultipart(part: MimePart, extended: boolean): string {
  const parts = part.children.map(child => formatBodyStructure(child, extended)).join('')
  const empty = extended ? `${emptyPart} NIL NIL NIL NIL)` : `${emptyPart})`
  const subtype = `${parts || empty} ${quote(part.contentType!.subtype)}`
  if (!extended) return `(${subtype})`
  return `(${subtype} ${formatParameters(part.contentType!.parameters)} ${formatExtension(part)})`
}

/** Disposition, language, location. */
function formatExtension(part: MimePart): string {
  const disposition = parsedField(part, 'content-disposition', parseDisposition)
  const said =
    disposition === undefined ? 'NIL' : `(${quote(disposition.type)} ${formatParameters(disposition.parameters)})`
  return `${said} ${formatLanguages(part)} ${quoteLine(fieldOf(part, 'content-location'))}`
}

function formatLanguages(part: MimePart): string {
  const value = fieldOf(part, 'content-language')
  if (value === undefined) return 'NIL'
  const reader = new FieldReader(value)
  reader.skipBlanks()
  const languages: string[] = []
  for (let language = reader.atom(); language !== undefined; language = reader.atom()) {
    languages.push(language)
    if (reader.peek() !== ',') break
    reader.at++
    reader.skipBlanks()
  }
  return languages.length === 0 ? 'NIL' : `(${languages.map(quote).join(' ')})`
}

function withCharset(parameters: Parameters): Parameters {
  return parameters.some(([name]) => name.toLowerCase() === 'charset') ? parameters : [...parameters, usual]
}

function formatParameters(parameters: Parameters): string {
  if (parameters.length === 0) return 'NIL'
  return `(${parameters.map(([name, value]) => `${quote(name)} ${quote(value)}`).join(' ')})`
}

/** The value of the first field of a name. */
function fieldOf({ octets, fields }: MimePart, name: string): string | undefined {
  const field = fields.find(each => each.name === name)
  return field === undefined ? undefined : fieldValue(octets, field)
}

function parsedField<Value>(part: MimePart, name: string, parse: (value: string) => Value): Value | undefined {
  const value = fieldOf(part, name)
  return value === undefined ? undefined : parse(value)
}

function countLines(octets: Buffer, start: number, end: number): number {
  let count = 0
  for (let at = octets.indexOf(0x0a, start); at >= 0 && at < end; at = octets.indexOf(0x0a, at + 1)) count++
  return count
}
