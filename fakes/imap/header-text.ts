// Header fields as texts that are searched, sorted by and shown: folding undone, encoded words decoded (RFC 2047).

import { type Address, parseAddresses } from '../../wire/imap/address.ts'
import { endOfLine, type FieldPlace, readHeader } from '../../wire/imap/header.ts'
import { decodeBase64, decodeQuotedPrintable } from '../../wire/mime/encoding.ts'
import { decoderOf, once } from './charset.ts'

const utf8 = decoderOf('utf-8')!

const LF = 0x0a
const CR = 0x0d

/** The fields of a name in lower case that a message's own header has, at most as many as are wanted. */
export function fieldsOf(octets: Buffer, name: string, most: number = Number.POSITIVE_INFINITY): FieldPlace[] {
  const found: FieldPlace[] = []
  const first = name.charCodeAt(0) | 0x20
  for (let at = 0; at < octets.length && found.length < most; ) {
    const octet = octets[at]!
    if (octet === LF || (octet === CR && octets[at + 1] === LF)) break
    // Few lines begin with the letter, and only of those it is read what field they are.
    if (name === '' || (octet | 0x20) === first) {
      const { fields, end } = readHeader(octets, at, line => line !== at)
      if (fields[0]!.name === name) found.push(fields[0]!)
      at = end
    } else at = endOfLine(octets, at)
  }
  return found
}

/** The value of the first field of a name in lower case, on one line, octets as latin1. */
export function firstValue(octets: Buffer, name: string): string | undefined {
  const field = fieldsOf(octets, name, 1)[0]
  return field === undefined ? undefined : unfolded(octets, field)
}

/** Folded lines as one: a line's end and the blank that follows are one blank. */
export function unfold(text: string): string {
  const end = text.length - (text.endsWith('\r\n') ? 2 : text.endsWith('\n') ? 1 : 0)
  const value = text.slice(0, end)
  return value.includes('\n') ? value.replace(/\r?\n[ \t]/g, ' ') : value
}

/** A value on one line, octets as latin1, without the blank behind the colon. */
export function unfolded(octets: Buffer, { start, value, end }: FieldPlace): string {
  const colon = octets.indexOf(0x3a, start)
  const from =
    colon < 0 || colon >= value ? value : colon + (octets[colon + 1] === 0x20 || octets[colon + 1] === 0x09 ? 2 : 1)
  return unfold(octets.toString('latin1', from, end))
}

const word = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=/g

/** Octets as latin1 become text; between two encoded words blanks mean nothing. */
export function decodeHeaderText(value: string): string {
  if (!value.includes('=?')) return raw(value)
  let text = ''
  let from = 0
  let isBehindWord = false
  for (const found of value.matchAll(word)) {
    const [whole, charset = '', encoding, content = ''] = found
    const between = value.slice(from, found.index)
    if (!isBehindWord || /[^ \t\r\n]/.test(between)) text += raw(between)
    const octets = Buffer.from(content.replaceAll('_', ' '), 'latin1')
    text += (decoderOf(charset) ?? utf8)(/b/i.test(encoding!) ? decodeBase64(octets) : decodeQuotedPrintable(octets))
    from = found.index + whole.length
    isBehindWord = true
  }
  return once(text + raw(value.slice(from)))
}

function raw(value: string): string {
  return /[\x80-\xff]/.test(value) ? utf8(Buffer.from(value, 'latin1')) : value
}

/** Addresses as they are searched for: names in quotes where they are more than a word, comments gone. */
export function addressText(value: string): string {
  let text = ''
  let isInGroup = false
  let isFirst = true
  for (const address of parseAddresses(value)) {
    const { mailbox, domain } = address
    if (domain === undefined) {
      if (isInGroup) text = `${text.replace(/, $/, '').replace(/: $/, ':')};`
      else text += `${isFirst ? '' : ', '}${mailbox ? quoted(mailbox, true) : '""'}: `
      isFirst = !isInGroup
      isInGroup = !isInGroup
      continue
    }
    text += `${isFirst ? '' : ', '}${oneAddress(address)}`
    isFirst = false
  }
  return text
}

function oneAddress({ name, route, mailbox = '', domain }: Address): string {
  const named = name ? `${quoted(name, true)} ` : ''
  const local = mailbox === '' ? '""' : quoted(mailbox, false)
  return `${named}<${route ? `${route}:` : ''}${domain ? `${local}@${domain}` : local}>`
}

function quoted(text: string, quoteDots: boolean): string {
  if (text.includes('=?')) return text
  const plain = quoteDots ? /^[\w!#$%&'*+\-/=?^`{|}~\x80-\xff]*$/ : /^[\w!#$%&'*+\-./=?^`{|}~\x80-\xff]*$/
  return plain.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}
