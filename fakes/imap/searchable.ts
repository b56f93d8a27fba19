// The text of a message that BODY and TEXT are looked for in (RFC 3501 §6.4.4): of every part that is text, its transfer
// encoding and charset undone. Left out, as in Dovecot: what is no text, and what stands around the parts of a multipart.

import { FieldReader } from '../../wire/imap/field-reader.ts'
import { fieldValue } from '../../wire/imap/header.ts'
import { type MimePart, readMimePart } from '../../wire/imap/mime-part.ts'
import { type ContentType, parseContentType } from '../../wire/imap/parameters.ts'
import { decodeQuotedPrintable } from '../../wire/mime/encoding.ts'
import { casemap } from './casemap.ts'
import { decoderOf } from './charset.ts'
import { decodeHeaderText, unfold } from './header-text.ts'

/** Texts of the parts, each a stretch in which a match may lie, comparable by {@link casemap}. */
export function searchable(octets: Buffer, withHeaders: boolean): string[] {
  const texts: string[] = []
  const parts: MimePart[] = [readMimePart(octets)]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const text = `${withHeaders ? headerText(part) : ''}${bodyText(part)}`
    if (text !== '') texts.push(casemap(text))
    for (let index = part.children.length - 1; index >= 0; index--) parts.push(part.children[index]!)
  }
  return texts
}

function headerText({ octets, fields, headerEnd, bodyStart }: MimePart): string {
  const lines = fields.map(field => {
    const line = unfold(octets.toString('latin1', field.start, field.end))
    return `${decodeHeaderText(line)}\r\n`
  })
  return `${lines.join('')}${headerEnd === bodyStart ? '\r\n' : ''}`
}

function bodyText(part: MimePart): string {
  const { octets, contentType, fields, bodyStart, end, kind, children } = part
  if (kind === 'multipart' || children.length > 0 || bodyStart >= end) return ''
  // Of two types the last says whether it is text, and the first in which charset.
  const field = fields.findLast(({ name }) => name === 'content-type')
  if (field !== undefined && !isText(parseContentType(fieldValue(octets, field)))) return ''
  const content = decodeTransfer(part, octets.subarray(bodyStart, end))
  if (content === undefined) return ''
  const charset = contentType?.parameters.find(([name]) => name.toLowerCase() === 'charset')?.[1]
  return (decoderOf(charset ?? 'utf-8') ?? decoderOf('utf-8')!)(content)
}

function isText({ type, subtype }: ContentType): boolean {
  return subtype !== '' && /^(text|message)$/i.test(type)
}

/** Undefined where the encoding is not known. */
function decodeTransfer({ octets, fields }: MimePart, body: Buffer): Buffer | undefined {
  const field = fields.findLast(({ name }) => name === 'content-transfer-encoding')
  if (field === undefined) return body
  const reader = new FieldReader(fieldValue(octets, field))
  reader.skipBlanks()
  const encoding = reader.token()?.toLowerCase()
  if (!reader.atEnd && reader.peek() !== ';') return undefined
  switch (encoding) {
    case '7bit':
    case '8bit':
    case 'binary':
      return body
    case 'base64': {
      // What is no base64 ends it.
      const text = body.toString('latin1')
      return Buffer.from(/^[A-Za-z0-9+/\s]*/.exec(text)![0], 'base64')
    }
    case 'quoted-printable':
      return decodeQuotedPrintable(body)
  }
  return undefined
}
