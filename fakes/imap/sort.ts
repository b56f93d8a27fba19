// SORT (RFC 5256 §3, RFC 5957): messages in the order of some criteria, those that are alike in the order of the mailbox.

import { parseAddresses } from '../../wire/imap/address.ts'
import type { SortCriterion } from '../../wire/imap/command.ts'
import type { MailMessage } from '../mail/message.ts'
import { baseSubject } from './base-subject.ts'
import { casemap } from './casemap.ts'
import { decodeHeaderText, firstValue } from './header-text.ts'
import { sortDate } from './sent-date.ts'

/**
 * @param indices places in `messages`, in any order
 * @returns the same in the order that is wanted
 */
export function sort(
  criteria: readonly SortCriterion[],
  indices: readonly number[],
  messages: readonly MailMessage[],
): number[] {
  const inOrder = Float64Array.from(indices).sort()
  const columns = criteria.map(({ by, reverse }) => {
    const column = columnOf(by, inOrder, messages)
    return reverse ? column.map(value => -value) : column
  })
  return Array.from(inOrder.keys())
    .sort((a, b) => {
      for (const column of columns) {
        const difference = column[a]! - column[b]!
        if (difference !== 0) return difference
      }
      return a - b
    })
    .map(place => inOrder[place]!)
}

/** For each message a number that says where it stands. */
function columnOf(by: SortCriterion['by'], indices: Float64Array, messages: readonly MailMessage[]): Float64Array {
  const numbers = (read: (message: MailMessage) => number) => indices.map(index => read(messages[index]!))
  const texts = (read: (message: MailMessage) => string) => ranks(indices, index => read(messages[index]!))
  switch (by) {
    case 'ARRIVAL':
      return numbers(({ internalMs }) => Math.floor(internalMs / 1000))
    case 'DATE':
      return numbers(sortDate)
    case 'SIZE':
      return numbers(({ size }) => size)
    case 'SUBJECT':
      return texts(({ raw }) => baseSubject(firstValue(raw, 'subject') ?? '').text)
    case 'FROM':
    case 'TO':
    case 'CC':
      return texts(({ raw }) => mailboxOf(firstValue(raw, by.toLowerCase())))
    case 'DISPLAYFROM':
    case 'DISPLAYTO':
      return texts(({ raw }) => displayName(firstValue(raw, by.slice(7).toLowerCase())))
  }
}

/** The place of each text among all of them. */
function ranks(indices: Float64Array, read: (index: number) => string): Float64Array {
  const texts = Array.from(indices, read)
  const distinct = [...new Set(texts)].sort(byCodePoint)
  const rank = new Map(distinct.map((text, index) => [text, index]))
  return Float64Array.from(texts, text => rank.get(text)!)
}

const beyondSurrogates = /[\ud800-\uffff]/

/** JavaScript compares code units, which puts what is beyond U+FFFF before U+E000. */
function byCodePoint(a: string, b: string): number {
  if (beyondSurrogates.test(a) && beyondSurrogates.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** The local part of the first address. */
function mailboxOf(value: string | undefined): string {
  if (value === undefined) return ''
  return casemap(decodeLatin1(parseAddresses(value)[0]?.mailbox ?? ''))
}

/** What a client shows of the first address (RFC 5957 §3): its name, else the address. */
function displayName(value: string | undefined): string {
  const address = value === undefined ? undefined : parseAddresses(value)[0]
  if (address === undefined) return ''
  const { name, mailbox = '', domain } = address
  const shown = name ? decodeHeaderText(name) : ''
  if (shown !== '') return casemap(shown)
  return casemap(decodeLatin1(domain === undefined ? mailbox : `${mailbox}@${domain}`))
}

function decodeLatin1(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}
