// Header fields as texts that are searched, sorted by and shown: folding undone, encoded words decoded (RFC 2047).

import { type Address, parseAddresses } from '../../wire/imap/address.ts'
import { type FieldPlace, foldedValue, readHeader } from '../../wire/imap/header.ts'
import { decodeBase64, decodeQuotedPrintable } from '../../wire/mime/encoding.ts'
import { decoderOf } from './charset.ts'

const utf8 = decoderOf('utf-8')!

/** The fields of a message's own header; `names` in lower case, all without. */
export function fieldsOf(octets: Buffer, name: string): FieldPlace[] {
  return readHeader(octets, 0, () => false).fields.filter(field => field.name === name)
}

/** A value on one line, octets as latin1. */
export function unfolded(octets: Buffer, field: FieldPlace): string {
  return foldedValue(octets, field).replace(/\r?\n[ \t]*/g, ' ')
}

const word = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=/g

/** Octets as latin1 become text; between two encoded words blanks mean nothing. */
export function decodeHeaderText(value: string): string {
  if (!value.includes('=?')) return raw(value)
  let text = ''
  let from = 0
  let pending: { charset: string; octets: Buffer[] } | undefined
  const flush = () => {
    if (pending !== undefined) text += (decoderOf(pending.charset) ?? utf8)(Buffer.concat(pending.octets))
    pending = undefined
  }
  for (const found of value.matchAll(word)) {
    const [whole, charset = '', encoding, content = ''] = found
    const between = value.slice(from, found.index)
    if (pending === undefined || /[^ \t\r\n]/.test(between)) {
      flush()
      text += raw(between)
    }
    const octets = Buffer.from(content.replaceAll('_', ' '), 'latin1')
    if (pending !== undefined && pending.charset !== charset.toLowerCase()) flush()
    pending ??= { charset: charset.toLowerCase(), octets: [] }
    pending.octets.push(/b/i.test(encoding!) ? decodeBase64(octets) : decodeQuotedPrintable(octets))
    from = found.index + whole.length
  }
  flush()
  return text + raw(value.slice(from))
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
  const address = domain ? `${local}@${domain}` : local
  return named === '' && route === undefined ? address : `${named}<${route ? `${route}:` : ''}${address}>`
}

function quoted(text: string, quoteDots: boolean): string {
  if (text.includes('=?')) return text
  const plain = quoteDots ? /^[\w!#$%&'*+\-/=?^`{|}~\x80-\xff]*$/ : /^[\w!#$%&'*+\-./=?^`{|}~\x80-\xff]*$/
  return plain.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}
