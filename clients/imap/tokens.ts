// What a command is made of and what its answer means, between our forms and imapflow's tokens.

import type { ImapResponse } from 'imapflow'
import { formatInternalDate } from '../../wire/imap/date.ts'
import { encodeMailboxName } from '../../wire/imap/mailbox-name.ts'
import { parseSequenceSet } from '../../wire/imap/sequence-set.ts'
import type { Token } from './flow.ts'

/** Messages of one thread in the order of the answer, those that answer one within it. A missing parent has no number. */
export interface ThreadNode {
  number?: number
  children: ThreadNode[]
}

export interface CopiedMessages {
  uidValidity: number
  /** Each with its new UID. */
  uids: { from: number; to: number }[]
}

const maxMembers = 1_000_000

/** What imapflow read: tokens, lists of them, NIL. */
type Read = NonNullable<ImapResponse['attributes']>[number]

export const set = (value: string): Token => ({ type: 'SEQUENCE', value })
export const verbatim = (value: string): Token => ({ type: 'TEXT', value })
export const mailbox = (name: string): Token => ({ type: 'STRING', value: encodeMailboxName(name) })
export const list = (words: readonly string[]): Token => words.map(verbatim)
export const internalDate = (date: Date): Token => ({
  type: 'STRING',
  value: formatInternalDate({ time: date.getTime(), zone: 0 }),
})

/** Keys of a search as the RFC prints them; strings beyond ASCII become literals in UTF-8. */
export function searchKeys(keys: string): Token[] {
  const open: Token[][] = [[]]
  for (const [word, quoted] of keys.matchAll(/"((?:[^"\\]|\\.)*)"|[()]|[^\s()"]+/g)) {
    if (word === '(') open.push([])
    else if (word === ')' && open.length > 1) {
      const closed = open.pop()!
      open.at(-1)!.push(closed)
    } else if (quoted === undefined) open.at(-1)!.push(verbatim(word))
    else {
      const value = quoted.replace(/\\(.)/g, '$1')
      open.at(-1)!.push(isAscii(value) ? { type: 'STRING', value } : { type: 'LITERAL', value: Buffer.from(value) })
    }
  }
  return open.flat()
}

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

/** A response code and its arguments: `['APPENDUID', '38505', '3955']`. */
export function codeWords(response: ImapResponse): string[] {
  const [first] = (response.attributes ?? []) as { section?: Read[] }[]
  return (first?.section ?? []).map(textOf)
}

export function textOf(read: Read | undefined): string {
  const value = read === null || read === undefined || Array.isArray(read) ? '' : read.value
  return Buffer.isBuffer(value) ? value.toString() : String(value ?? '')
}

export const listOf = (read: Read | undefined): Read[] => (Array.isArray(read) ? read : [])

/** The numbers of an untagged SEARCH or SORT. */
export function numbersOf({ numbers, attributes = [] }: ImapResponse): number[] {
  return numbers ?? attributes.filter(each => !Array.isArray(each)).map(each => Number(textOf(each)))
}

/** A list of pairs, names in upper case. */
export function pairsOf(read: readonly Read[]): Map<string, Read> {
  const pairs = new Map<string, Read>()
  for (let at = 0; at + 1 < read.length; at += 2) pairs.set(textOf(read[at]).toUpperCase(), read[at + 1]!)
  return pairs
}

export function threadsOf(read: readonly Read[]): ThreadNode[] {
  return read.flatMap(each => (Array.isArray(each) ? [threadOf(each)] : []))
}

function threadOf(read: readonly Read[]): ThreadNode {
  const root: ThreadNode = { children: [] }
  let at = root
  for (const each of read) {
    if (Array.isArray(each)) at.children.push(threadOf(each))
    else {
      const node: ThreadNode = { number: Number(textOf(each)), children: [] }
      at.children.push(node)
      at = node
    }
  }
  const isPlain = typeof read[0] === 'object' && read[0] !== null && !Array.isArray(read[0])
  return isPlain ? root.children[0]! : root
}

/** Of the code COPYUID; undefined where it is none. */
export function copiedOf([code, uidValidity, from = '', into = '']: readonly string[]): CopiedMessages | undefined {
  if (code !== 'COPYUID') return undefined
  const news = membersOf(into)
  const uids = membersOf(from).flatMap((each, at) => (news[at] === undefined ? [] : [{ from: each, to: news[at] }]))
  return { uidValidity: Number(uidValidity), uids }
}

/** Numbers that a set of a server's names, up to a million. */
export function membersOf(text: string): number[] {
  const members: number[] = []
  for (const { first, last } of parseSequenceSet(text) ?? []) {
    if (!Number.isFinite(first + last)) continue
    const step = first <= last ? 1 : -1
    for (let each = first; members.length < maxMembers; each += step) {
      members.push(each)
      if (each === last) break
    }
  }
  return members
}
