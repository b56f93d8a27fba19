// How a program ends by what went wrong: one line, and a status that says whose fault it was.

import { ImapReplyError } from '../clients/imap.ts'
import { MailingLogError } from '../clients/mailing-log.ts'
import { Pop3ReplyError } from '../clients/pop3.ts'
import { SmtpReplyError } from '../clients/smtp.ts'
import { NetworkError, UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'

/** What the network or a server refused, or what a server said that is no word of its protocol. */
const expected = [NetworkError, SmtpReplyError, ImapReplyError, Pop3ReplyError, MailingLogError, ProtocolError]

/** 2 for a wrong call, 1 for what the network or a server refused; anything else is a bug, and thrown. */
export function exitBy(error: unknown): void {
  const wrongCall = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (!wrongCall && !expected.some(kind => error instanceof kind)) throw error
  console.error((error as Error).message)
  process.exitCode = wrongCall ? 2 : 1
}
