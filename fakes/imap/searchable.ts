// The text of a message that BODY and TEXT are looked for in (RFC 3501 §6.4.4): of every part that is text, its transfer
// encoding and charset undone. Left out, as in Dovecot: what is no text, and what stands around the parts of a multipart.

import { FieldReader } from '../../wire/imap/field-reader.ts'
import { type FieldPlace, fieldValue } from '../../wire/imap/header.ts'
import { type MimePart, readMimePart } from '../../wire/imap/mime-part.ts'
import { parseContentType, parseEncoding } from '../../wire/imap/parameters.ts'
import { decodeBase64, decodeQuotedPrintable } from '../../wire/mime/encoding.ts'
import { casemap } from './casemap.ts'
import { decoderOf } from './charset.ts'
import { decodeHeaderText, unfolded } from './header-text.ts'

/** Texts of the parts, each a stretch in which a match may lie, comparable by {@link casemap}. */
export function* searchable(octets: Buffer, withHeaders: boolean): Generator<string> {
  const parts: MimePart[] = [readMimePart(octets)]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const text = `${withHeaders ? headerText(part) : ''}${bodyText(part)}`
    if (text !== '') yield casemap(text)
    for (let index = part.children.length - 1; index >= 0; index--) parts.push(part.children[index]!)
  }
}

function headerText({ octets, fields, headerEnd, bodyStart }: MimePart): string {
  const lines = fields.map(field => {
    const head = octets.toString('latin1', field.start, field.value)
    return `${decodeHeaderText(head)}${decodeHeaderText(unfolded(octets, field))}\r\n`
  })
  return `${lines.join('')}${headerEnd === bodyStart ? '\r\n' : ''}`
}

function bodyText(part: MimePart): string {
  const { octets, fields, bodyStart, end, kind, children } = part
  if (kind === 'multipart' || children.length > 0 || bodyStart >= end) return ''
  const typeField = lastField(fields, 'content-type')
  const type = typeField === undefined ? '' : fieldValue(octets, typeField)
  if (typeField !== undefined && !/^(text|message)\//i.test(typeOf(type))) return ''
  const content = decodeTransfer(part, octets.subarray(bodyStart, end))
  const charset = parseContentType(type).parameters.find(([name]) => name.toLowerCase() === 'charset')?.[1]
  return (decoderOf(charset ?? 'utf-8') ?? decoderOf('utf-8')!)(content)
}

function decodeTransfer({ octets, fields }: MimePart, body: Buffer): Buffer {
  const field = lastField(fields, 'content-transfer-encoding')
  const encoding = field === undefined ? '' : (parseEncoding(fieldValue(octets, field)) ?? '')
  switch (encoding.toLowerCase()) {
    case 'base64':
      return decodeBase64(body)
    case 'quoted-printable':
      return decodeQuotedPrintable(body)
    default:
      return body
  }
}

function typeOf(value: string): string {
  const reader = new FieldReader(value)
  reader.skipBlanks()
  return `${reader.token() ?? ''}${reader.peek()}`
}

function lastField(fields: readonly FieldPlace[], name: string): FieldPlace | undefined {
  return fields.findLast(field => field.name === name)
}
