// ENVELOPE of a message (RFC 3501 §7.4.2), as the text that FETCH gives.

import { type Address, parseAddresses } from './address.ts'
import { fieldValue, foldedValue } from './header.ts'
import type { MimePart } from './mime-part.ts'
import { quote, quoteLine, quoteTidy } from './quote.ts'

const addressFields = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'] as const

/** Octets as latin1. */
export function formatEnvelope({ octets, fields }: MimePart): string {
  const texts = new Map<string, string>()
  const lists = new Map<string, Address[]>()
  for (const field of fields) {
    // Of texts the last counts, of addresses all.
    if (field.name === 'subject') texts.set(field.name, foldedValue(octets, field))
    else if (/^(date|in-reply-to|message-id)$/.test(field.name)) {
      texts.set(field.name, fieldValue(octets, field))
    } else if ((addressFields as readonly string[]).includes(field.name)) {
      const list = lists.get(field.name) ?? []
      lists.set(field.name, list)
      for (const address of parseAddresses(fieldValue(octets, field))) list.push(address)
    }
  }
  const from = lists.get('from')
  const written = addressFields.map(name => {
    const own = lists.get(name)
    const list = own?.length ? own : name === 'sender' || name === 'reply-to' ? from : undefined
    return list?.length ? `(${list.map(formatAddress).join('')})` : 'NIL'
  })
  const [date, inReplyTo, messageId] = ['date', 'in-reply-to', 'message-id'].map(name => quoteLine(texts.get(name)))
  const subject = quoteTidy(texts.get('subject'))
  return `(${date} ${subject} ${written.join(' ')} ${inReplyTo} ${messageId})`
}

function formatAddress({ name, route, mailbox, domain }: Address): string {
  return `(${quoteTidy(name)} ${quote(route)} ${quote(mailbox)} ${quote(domain)})`
}
