// STORE (RFC 3501 §6.4.6), on condition that nobody has changed the messages since (RFC 7162 §3.1.3).

import type { ImapCommand } from '../../wire/imap/command.ts'
import { formatSequenceSet, sequenceSetOf } from '../../wire/imap/sequence-set.ts'
import type { MailMessage } from '../mail/message.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

const system = new Set(['\\answered', '\\flagged', '\\deleted', '\\seen', '\\draft'])

/** @throws {ImapRefusal} for a system flag that is none, or that is not a client's to give. */
export function checkFlags(flags: readonly string[]): void {
  const wrong = flags.find(flag => flag.startsWith('\\') && !system.has(flag.toLowerCase()))
  if (wrong !== undefined) throw new ImapRefusal('BAD', `Invalid system flag ${wrong.slice(0, 40)}`)
}

export function store(session: ImapSession, command: Extract<ImapCommand, { verb: 'STORE' }>): Outcome {
  const { set, uid, act, silent, flags, unchangedSince } = command
  const view = session.view!
  checkFlags(flags)
  const ranges = view.ranges(set, uid)
  if (ranges === undefined) throw new ImapRefusal('BAD', 'Invalid messageset')
  if (view.readOnly) return ok('Store ignored with read-only mailbox', { expunges: uid })
  const said = unchangedSince === undefined ? '' : session.enableCondstore()
  const wanted: MailMessage[] = []
  const modified: number[] = []
  for (const [sequence, message] of view.each(ranges)) {
    if (unchangedSince !== undefined && message.modSeq > unchangedSince) modified.push(uid ? message.uid : sequence)
    else wanted.push(message)
  }
  view.telling = silent ? 'modseq' : 'flags'
  try {
    view.mailbox.change(wanted, { how: act, flags })
  } finally {
    view.telling = 'flags'
  }
  if (modified.length === 0) return ok('Store completed', { said, expunges: uid })
  const code = `MODIFIED ${formatSequenceSet(sequenceSetOf(modified))}`
  return ok('Conditional store failed', { said, code, expunges: uid })
}
