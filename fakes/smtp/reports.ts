// Who is told what became of a mail: its sender, of what they wanted to know, and of a bounce nobody (RFC 3461 §5, RFC 5321 §6.1).

import type { Random } from '../../net/random.ts'
import { MailRefusal } from '../mail/refusal.ts'
import { type DsnAction, type DsnReport, formatDsn } from './dsn.ts'
import { type EnvelopeRecipient, SmtpMessage } from './message.ts'
import type { SmtpServer } from './server.ts'

/** What RFC 3461 §4.1 calls it; without NOTIFY a failure alone is told. */
const wishes: Readonly<Record<DsnAction, string>> = {
  failed: 'FAILURE',
  delayed: 'DELAY',
  delivered: 'SUCCESS',
  relayed: 'SUCCESS',
}

function isWanted({ notify = 'FAILURE' }: EnvelopeRecipient, action: DsnAction): boolean {
  return notify.split(',').includes(wishes[action])
}

/** Sends the sender a notification of each kind: of failures, of delays, of success. */
export function report(server: SmtpServer, random: Random, message: SmtpMessage, reports: readonly DsnReport[]): void {
  if (message.envelope.from === '') return
  const wanted = reports.filter(({ recipient, action }) => isWanted(recipient, action))
  for (const wish of new Set(wanted.map(({ action }) => wishes[action]))) {
    send(
      server,
      random,
      message,
      wanted.filter(({ action }) => wishes[action] === wish),
    )
  }
}

function send(server: SmtpServer, random: Random, message: SmtpMessage, reports: readonly DsnReport[]): void {
  const { sender: path } = message
  const receivedMs = server.clock.now()
  const id = server.newQueueId(random)
  const { content, is8Bit } = formatDsn(message, reports, { name: server.name, id, date: new Date(receivedMs) })
  const isLocal = server.isLocal(path.domain)
  const owner = isLocal ? server.mailboxOf(path) : undefined
  const recipient = { path, owner, notify: undefined, orcpt: undefined }
  const { smtpUtf8 } = message.envelope
  const transaction = {
    from: { address: '', local: '', domain: '' },
    recipients: [recipient],
    body: is8Bit ? '8BITMIME' : undefined,
    smtpUtf8,
    ret: undefined,
    envid: undefined,
  }
  const arrival = {
    id,
    transaction,
    receivedMs,
    client: '',
    hello: '',
    extended: false,
    user: undefined,
    secure: false,
  }
  const notification = new SmtpMessage({ ...arrival, server: server.tracing }, content)
  if (!isLocal) server.queue.add(notification, [recipient])
  else if (owner !== undefined) deliver(server, owner, notification)
}

function deliver(server: SmtpServer, owner: string, notification: SmtpMessage): void {
  try {
    server.deliver(owner, notification)
  } catch (error) {
    // Their mailbox is full, and there is nobody else to tell.
    if (!(error instanceof MailRefusal)) throw error
  }
}
