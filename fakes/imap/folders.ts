// The tree of mailboxes: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 §6.3, RFC 6154), NAMESPACE (RFC 2342).

import type { ImapCommand } from '../../wire/imap/command.ts'
import { mailboxOf, nameOf } from './names.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

type Command<Verb extends string> = Extract<ImapCommand, { verb: Verb }>

const specialUses = ['\\All', '\\Archive', '\\Drafts', '\\Flagged', '\\Junk', '\\Sent', '\\Trash']

/** Names that may be subscribed to; there need not be mailboxes. */
const maxSubscriptions = 10_000

export function create(session: ImapSession, { mailbox, use }: Command<'CREATE'>): Outcome {
  const name = nameOf(session, mailbox)
  if (use.length === 0) session.account!.create(name)
  else {
    const known = specialUses.find(each => each.toLowerCase() === use[0]!.toLowerCase())
    if (known === undefined || use.length > 1 || !session.server.offers('CREATE-SPECIAL-USE')) {
      throw new ImapRefusal('NO', `expected one of ${specialUses.join(' ')}`, 'USEATTR')
    }
    session.account!.create(name, { specialUse: known })
  }
  return ok('Create completed')
}

export function remove(session: ImapSession, { mailbox }: Command<'DELETE'>): Outcome {
  session.account!.remove(nameOf(session, mailbox))
  if (!session.view?.isGone) return ok('Delete completed')
  session.deselect()
  return ok('Delete completed', { code: 'CLOSED' })
}

export function rename(session: ImapSession, { from, to }: Command<'RENAME'>): Outcome {
  session.account!.rename(nameOf(session, from), nameOf(session, to))
  return ok('Rename completed')
}

export function subscribe(session: ImapSession, { mailbox }: Command<'SUBSCRIBE'>): Outcome {
  const { name } = mailboxOf(session, mailbox)
  const { subscriptions } = session.account!
  if (subscriptions.size >= maxSubscriptions && !subscriptions.has(name)) {
    throw new ImapRefusal('NO', `expected at most ${maxSubscriptions} subscriptions, got another`, 'LIMIT')
  }
  subscriptions.add(name)
  return ok('Subscribe completed')
}

export function unsubscribe(session: ImapSession, { mailbox }: Command<'UNSUBSCRIBE'>): Outcome {
  const name = nameOf(session, mailbox)
  session.account!.subscriptions.delete(/^inbox$/i.test(name) ? 'INBOX' : name)
  return ok('Unsubscribe completed')
}

export function namespace({ account }: ImapSession): Outcome {
  return ok('Namespace completed', { said: `* NAMESPACE (("" "${account!.separator}")) NIL NIL\r\n` })
}
