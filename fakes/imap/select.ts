// Which mailbox is selected, and what is in one: SELECT, EXAMINE, CLOSE, UNSELECT, CHECK, STATUS, EXPUNGE (RFC 3501 §6.3, §6.4).

import type { ImapCommand } from '../../wire/imap/command.ts'
import type { FlagSet } from '../mail/flags.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import type { MailMessage } from '../mail/message.ts'
import { mailboxOf, wireName } from './names.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'
import { View } from './view.ts'

type Command<Verb extends string> = Extract<ImapCommand, { verb: Verb }>

export function select(session: ImapSession, command: Command<'SELECT' | 'EXAMINE'>): Outcome {
  // RFC 3501 §6.3.1: also where it fails nothing is selected any more.
  const closed = session.view === undefined ? '' : '* OK [CLOSED] Previous mailbox closed.\r\n'
  session.deselect()
  const readOnly = command.verb === 'EXAMINE'
  let mailbox: Mailbox
  try {
    mailbox = mailboxOf(session, command.mailbox)
    if (command.condstore) session.enableCondstore()
  } catch (error) {
    if (!(error instanceof ImapRefusal)) throw error
    return { status: error.status, code: error.code, text: error.message, said: closed }
  }
  const view = new View(mailbox, readOnly, () => session.changed())
  session.select(view)
  const unseen = firstUnseen(mailbox)
  const said = [
    `* ${view.exists} EXISTS`,
    `* ${view.recent} RECENT`,
    ...(unseen === undefined ? [] : [`* OK [UNSEEN ${unseen}] First unseen.`]),
    `* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${mailbox.uidNext}] Predicted next UID`,
    ...(session.server.offers('CONDSTORE') ? [`* OK [HIGHESTMODSEQ ${mailbox.highestModSeq}] Highest`] : []),
  ]
  return ok(`${readOnly ? 'Examine' : 'Select'} completed`, {
    code: readOnly ? 'READ-ONLY' : 'READ-WRITE',
    said: `${closed}${view.flagResponses}${said.join('\r\n')}\r\n`,
  })
}

function firstUnseen(mailbox: Mailbox): number | undefined {
  if (mailbox.unseen === 0) return undefined
  return mailbox.messages.findIndex(({ flags }) => !flags.seen) + 1
}

/** Those with `\Deleted`, of some UIDs or all. */
function deletedOf(messages: Iterable<MailMessage>): MailMessage[] {
  // Messages with the same flags share one set of them.
  const known = new Map<FlagSet, boolean>()
  const deleted: MailMessage[] = []
  for (const message of messages) {
    let isDeleted = known.get(message.flags)
    if (isDeleted === undefined) known.set(message.flags, (isDeleted = message.flags.has('\\Deleted')))
    if (isDeleted) deleted.push(message)
  }
  return deleted
}

export function close(session: ImapSession): Outcome {
  const { mailbox, readOnly } = session.view!
  const deleted = readOnly ? [] : deletedOf(session.view!.messages)
  session.deselect()
  mailbox.expunge(deleted)
  return ok('Close completed')
}

export function unselect(session: ImapSession): Outcome {
  session.deselect()
  return ok('Unselect completed')
}

export function expunge({ view, server }: ImapSession, { set, uid }: Command<'EXPUNGE'>): Outcome {
  if (uid && !server.offers('UIDPLUS')) throw new ImapRefusal('BAD', 'UID EXPUNGE is not known')
  const { mailbox, readOnly } = view!
  if (readOnly) return ok('Expunge completed')
  const some =
    set === undefined ? view!.messages : [...view!.each(view!.ranges(set, true)!)].map(([, message]) => message)
  mailbox.expunge(deletedOf(some))
  return ok('Expunge completed')
}

const statusItems: readonly [name: string, value: (mailbox: Mailbox) => number][] = [
  ['MESSAGES', ({ messages }) => messages.length],
  ['RECENT', mailbox => mailbox.messages.length - mailbox.position(mailbox.firstRecent)],
  ['UIDNEXT', ({ uidNext }) => uidNext],
  ['UIDVALIDITY', ({ uidValidity }) => uidValidity],
  ['UNSEEN', ({ unseen }) => unseen],
  ['HIGHESTMODSEQ', ({ highestModSeq }) => highestModSeq],
  ['SIZE', ({ octets }) => octets],
  ['DELETED', ({ messages }) => deletedOf(messages).length],
]

/** What STATUS says of a mailbox, in the order in which servers have it. */
export function statusResponse(session: ImapSession, mailbox: Mailbox, items: readonly string[]): string {
  const values = statusItems
    .filter(([name]) => items.includes(name))
    .map(([name, value]) => `${name} ${value(mailbox)}`)
  return `* STATUS ${wireName(session, mailbox.name)} (${values.join(' ')})\r\n`
}

export function status(session: ImapSession, { mailbox, items }: Command<'STATUS'>): Outcome {
  const found = mailboxOf(session, mailbox)
  const enabled = items.includes('HIGHESTMODSEQ') ? session.enableCondstore() : ''
  const said = enabled + statusResponse(session, found, items)
  if (session.view?.mailbox !== found) return ok('Status completed', { said })
  return ok('Status on selected mailbox completed', { said, code: 'CLIENTBUG' })
}
