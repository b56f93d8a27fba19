// QUOTA (RFC 9208): one root for all mailboxes of an account, its limits those of the store.

import type { ImapCommand } from '../../wire/imap/command.ts'
import type { MailAccount } from '../mail/account.ts'
import { astring, mailboxOf, wireName } from './names.ts'
import { type Outcome, ok } from './outcome.ts'
import { ImapRefusal } from './refusal.ts'
import type { ImapSession } from './session.ts'

const root = 'User quota'

export function getQuota({ account }: ImapSession, command: Extract<ImapCommand, { verb: 'GETQUOTA' }>): Outcome {
  if (command.root !== root) throw new ImapRefusal('NO', 'Quota root does not exist', 'NONEXISTENT')
  return ok('Getquota completed', { said: quotaResponse(account!) })
}

export function getQuotaRoot(
  session: ImapSession,
  { mailbox }: Extract<ImapCommand, { verb: 'GETQUOTAROOT' }>,
): Outcome {
  const { name } = mailboxOf(session, mailbox)
  const said = `* QUOTAROOT ${wireName(session, name)} ${astring(root)}\r\n${quotaResponse(session.account!)}`
  return ok('Getquotaroot completed', { said })
}

export function setQuota(): Outcome {
  throw new ImapRefusal('NO', 'only a test may change quotas', 'NOPERM')
}

function quotaResponse({ quota, octets, messages }: MailAccount): string {
  const limits = [
    // In units of 1024 octets (RFC 9208 §5.1).
    ...(quota.octets === undefined ? [] : [`STORAGE ${Math.ceil(octets / 1024)} ${Math.floor(quota.octets / 1024)}`]),
    ...(quota.messages === undefined ? [] : [`MESSAGE ${messages} ${quota.messages}`]),
  ]
  return `* QUOTA ${astring(root)} (${limits.join(' ')})\r\n`
}
