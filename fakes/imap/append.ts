// What puts messages into mailboxes: APPEND (RFC 3501 §6.3.11, RFC 3502, RFC 4315), COPY and MOVE (RFC 6851).

import type { ImapCommand } from '../../wire/imap/command.ts'
import { withCrlf } from '../../wire/imap/lines.ts'
import { appendOptions } from '../../wire/imap/read-command.ts'
import { ImapReader } from '../../wire/imap/reader.ts'
import { formatSequenceSet, type SequenceSet, sequenceSetOf } from '../../wire/imap/sequence-set.ts'
import type { MailMessage } from '../mail/message.ts'
import { checkFlags } from './flags.ts'
import { mailboxOf } from './names.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

type Command<Verb extends string> = Extract<ImapCommand, { verb: Verb }>

export function append(session: ImapSession, { mailbox, messages }: Command<'APPEND'>): Outcome {
  const to = mailboxOf(session, mailbox, 'TRYCREATE')
  if (messages.length > 1 && !session.server.offers('MULTIAPPEND')) throw new ImapRefusal('BAD', 'expected one message')
  for (const { flags, octets } of messages) {
    checkFlags(flags)
    if (octets.length === 0) throw new ImapRefusal('NO', "Can't save a zero byte message")
  }
  const added = to.addAll(
    messages.map(({ flags, date, octets }) => ({
      content: withCrlf(octets),
      flags,
      ...(date === undefined ? {} : { date: date.time }),
    })),
  )
  const code = session.server.offers('UIDPLUS') ? { code: `APPENDUID ${to.uidValidity} ${uidsOf(added)}` } : {}
  return ok('Append completed', code)
}

/**
 * Whether an APPEND of which `text` has come can be one, so that no mail is sent in vain.
 *
 * @throws {ImapRefusal} where it cannot.
 */
export function checkAppend(session: ImapSession, text: string): void {
  if (session.account === undefined) throw new ImapRefusal('BAD', 'APPEND is not possible before a login')
  const reader = new ImapReader({ text, literals: [] })
  reader.tag()
  reader.space()
  reader.word()
  reader.space()
  // The name itself may be the literal.
  if (reader.next === '{') return
  mailboxOf(session, reader.astring(), 'TRYCREATE')
  reader.space()
  checkFlags(appendOptions(reader).flags)
}

export function copy(session: ImapSession, { verb, uid, set, mailbox }: Command<'COPY' | 'MOVE'>): Outcome {
  const view = session.view!
  const isMove = verb === 'MOVE'
  if (isMove && view.readOnly) throw new ImapRefusal('NO', 'the mailbox is read-only', 'READ-ONLY')
  const messages = chosen(session, set, uid)
  const to = mailboxOf(session, mailbox, 'TRYCREATE')
  if (messages.length === 0) return ok('No messages found')
  const copies = isMove ? view.mailbox.move(messages, to) : view.mailbox.copy(messages, to)
  const code = session.server.offers('UIDPLUS')
    ? `COPYUID ${to.uidValidity} ${uidsOf(messages)} ${uidsOf(copies)}`
    : undefined
  if (!isMove) return ok('Copy completed', { code })
  return ok('Move completed', code === undefined ? {} : { said: `* OK [${code}] Moved UIDs.\r\n` })
}

/** The messages of a set that nobody has expunged. */
function chosen({ view }: ImapSession, set: SequenceSet, byUid: boolean): MailMessage[] {
  const ranges = view!.ranges(set, byUid)
  if (ranges === undefined) throw new ImapRefusal('BAD', 'Invalid messageset')
  const messages = [...view!.each(ranges)].map(([, message]) => message)
  if (!view!.hasExpunged) return messages
  return messages.filter(message => view!.mailbox.byUid(message.uid) === message)
}

function uidsOf(messages: readonly MailMessage[]): string {
  return formatSequenceSet(sequenceSetOf(messages.map(({ uid }) => uid)))
}
