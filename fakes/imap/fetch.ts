// FETCH (RFC 3501 §6.4.5): short items first, in the order in which they are asked for, then those that may be long, as
// Dovecot has it. Responses are made as the client takes them.

import type { ImapCommand } from '../../wire/imap/command.ts'
import { formatInternalDate } from '../../wire/imap/date.ts'
import { type FetchItem, fetchedName } from '../../wire/imap/fetch.ts'
import type { SequenceSet } from '../../wire/imap/sequence-set.ts'
import type { MailMessage } from '../mail/message.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapServer } from './server.ts'
import type { ImapSession } from './session.ts'
import type { View } from './view.ts'

type Fetch = Extract<ImapCommand, { verb: 'FETCH' }>

/** Octets of responses that are gathered into one piece. */
const maxGathered = 16 * 1024
/** Octets of a literal that stand in a text; longer ones are pieces of their own. */
const maxInline = 2048

interface Plan {
  /** Words with what they say of a message. */
  readonly short: readonly ((message: MailMessage) => string)[]
  readonly long: readonly ((message: MailMessage) => string | [name: string, octets: Buffer])[]
  /** `\Seen` is given to what is read. */
  readonly reads: boolean
  /** FLAGS is among the short items. */
  readonly flags: boolean
}

export function fetch(session: ImapSession, command: Fetch): Outcome {
  const { set, uid, items, changedSince } = command
  const view = session.view!
  const ranges = view.ranges(set, uid)
  if (ranges === undefined) throw new ImapRefusal('BAD', 'Invalid messageset')
  const wantsModSeq = changedSince !== undefined || items.some(({ item }) => item === 'MODSEQ')
  const said = wantsModSeq ? session.enableCondstore() : ''
  const plan = planOf(session, command, view)
  const body = responses(session, ranges, plan, changedSince)
  return ok('Fetch completed', { said, body, expunges: uid })
}

function* responses(
  { view: selected, condstore }: ImapSession,
  ranges: SequenceSet,
  plan: Plan,
  changedSince = -1,
): Generator<Uint8Array | string> {
  const view = selected!
  const { short, long, reads, flags } = plan
  let text = ''
  for (const [sequence, message] of view.each(ranges)) {
    if (message.modSeq <= changedSince) continue
    const isRead = reads && markSeen(view, message, condstore)
    text += `* ${sequence} FETCH (`
    let isFirst = true
    for (const item of short) {
      text += isFirst ? item(message) : ` ${item(message)}`
      isFirst = false
    }
    if (isRead && !flags) {
      text += `${isFirst ? '' : ' '}FLAGS (${view.flagsOf(message)})`
      isFirst = false
    }
    for (const item of long) {
      const value = item(message)
      if (!isFirst) text += ' '
      isFirst = false
      if (typeof value === 'string') {
        text += value
        continue
      }
      const [name, octets] = value
      text += `${name} {${octets.length}}\r\n`
      if (octets.length <= maxInline) text += octets.toString('latin1')
      else {
        yield text
        yield* slices(octets)
        text = ''
      }
    }
    text += ')\r\n'
    if (text.length < maxGathered) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

function* slices(octets: Buffer): Generator<Buffer> {
  const size = 64 * 1024
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
}

/** Whether the message is `\Seen` now and was not. */
function markSeen(view: View, message: MailMessage, condstore: boolean): boolean {
  if (message.flags.seen) return false
  view.telling = condstore ? 'modseq' : 'nothing'
  try {
    return view.mailbox.change([message], { how: 'add', flags: ['\\Seen'] }).length > 0
  } finally {
    view.telling = 'flags'
  }
}

function planOf({ server, condstore }: ImapSession, { uid, items, changedSince }: Fetch, view: View): Plan {
  const short: Plan['short'][number][] = []
  const long: Plan['long'][number][] = []
  const names = new Set(items.map(({ item }) => item))
  const all = [...items]
  if (uid && !names.has('UID')) all.unshift({ item: 'UID' })
  const modSeq = condstore && changedSince !== undefined && !names.has('MODSEQ')
  if (modSeq) all.push({ item: 'MODSEQ' })
  const done = new Set<string>()
  for (const item of all) {
    const name = fetchedName(item)
    if (done.has(name)) continue
    done.add(name)
    const say = shortItem(item, view)
    if (say !== undefined) short.push(say)
    else long.push(longItem(item, name, server))
  }
  return { short, long, reads: !view.readOnly && items.some(isRead), flags: names.has('FLAGS') }
}

function isRead(item: FetchItem): boolean {
  return item.item === 'BODY[]' ? !item.peek : item.item === 'RFC822' || item.item === 'RFC822.TEXT'
}

function shortItem({ item }: FetchItem, view: View): Plan['short'][number] | undefined {
  switch (item) {
    case 'UID':
      return ({ uid }) => `UID ${uid}`
    case 'FLAGS':
      return message => `FLAGS (${view.flagsOf(message)})`
    case 'INTERNALDATE':
      return ({ internalMs }) => `INTERNALDATE "${formatInternalDate({ time: internalMs, zone: 0 })}"`
    case 'RFC822.SIZE':
      return message => `RFC822.SIZE ${message.lines.length}`
    case 'MODSEQ':
      return ({ modSeq }) => `MODSEQ (${modSeq})`
  }
  return undefined
}

function longItem(item: FetchItem, name: string, server: ImapServer): Plan['long'][number] {
  switch (item.item) {
    case 'ENVELOPE':
      return message => `ENVELOPE ${server.parsed(message).envelope}`
    case 'BODY':
      return message => `BODY ${server.parsed(message).body}`
    case 'BODYSTRUCTURE':
      return message => `BODYSTRUCTURE ${server.parsed(message).bodyStructure}`
    case 'RFC822':
      return message => [name, message.lines]
    case 'RFC822.HEADER':
      return message => [name, server.parsed(message).section({ part: [], text: 'HEADER' })]
    case 'RFC822.TEXT':
      return message => [name, server.parsed(message).section({ part: [], text: 'TEXT' })]
    case 'BODY[]': {
      const { section, partial } = item
      const isWhole = section.part.length === 0 && section.text === undefined
      return message => {
        if (!isWhole) return [name, server.parsed(message).section(section, partial)]
        const { lines } = message
        return [name, partial === undefined ? lines : lines.subarray(partial.offset, partial.offset + partial.length)]
      }
    }
  }
  throw new Error(`expected an item of FETCH, got ${item.item}`)
}
