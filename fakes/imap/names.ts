// Names of mailboxes between the store, which has them in any characters, and the wire.

import { decodeMailboxName, decodeUtf8Name, encodeMailboxName } from '../../wire/imap/mailbox-name.ts'
import type { Mailbox } from '../mail/mailbox.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

/** @throws {ImapRefusal} for what is no name. */
export function nameOf({ utf8 }: ImapSession, wire: string): string {
  const name = utf8 ? decodeUtf8Name(wire) : decodeMailboxName(wire)
  if (name === undefined) {
    throw new ImapRefusal(
      'NO',
      `expected a name in ${utf8 ? 'UTF-8' : 'modified UTF-7'}, got ${wire.slice(0, 60)}`,
      'CANNOT',
    )
  }
  return name
}

/** An atom where it can be one, else quoted. */
export function wireName({ utf8 }: ImapSession, name: string): string {
  return astring(utf8 ? Buffer.from(name).toString('latin1') : encodeMailboxName(name))
}

export function astring(text: string): string {
  if (/^[^\x00-\x20\x7f-\xff(){%*"\\]+$/.test(text) && !/^nil$/i.test(text)) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** @throws {ImapRefusal} where there is none. */
export function mailboxOf(
  session: ImapSession,
  wire: string,
  code: 'NONEXISTENT' | 'TRYCREATE' = 'NONEXISTENT',
): Mailbox {
  const name = nameOf(session, wire)
  const found = session.account!.mailbox(name)
  if (found !== undefined) return found
  throw new ImapRefusal('NO', `Mailbox doesn't exist: ${wire.slice(0, 60)}`, code)
}
