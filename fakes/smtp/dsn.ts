// Delivery status notifications (RFC 3461, RFC 3464): what became of a mail, as a mail to its sender. In parts and fields it is
// as Postfix has it; the words are ours.

import { formatDate } from '../../wire/mime/date.ts'
import { describeReply, type SmtpReply } from '../../wire/smtp/reply.ts'
import type { EnvelopeRecipient, SmtpMessage } from './message.ts'

export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed'

/** What became of a mail for one recipient. */
export interface DsnReport {
  recipient: EnvelopeRecipient
  action: DsnAction
  /** As RFC 3463 has it, for example `5.1.1`. */
  status: string
  /** What happened, in words. */
  reason: string
  /** The host that said so, and what. */
  remote?: { host: string; reply: SmtpReply } | undefined
  /** Until when a delayed mail is tried. */
  until?: Date | undefined
}

interface Subject {
  subject: string
  lines: readonly string[]
}

const subjects: Readonly<Record<DsnAction, Subject>> = {
  failed: {
    subject: 'Undelivered mail returned to its sender',
    lines: ['Your mail could not be delivered to one or more recipients.', 'It is attached below.'],
  },
  delayed: {
    subject: 'Delayed mail, still being tried',
    lines: [
      'Your mail could not be delivered yet. You need not send it again:',
      'it will be tried until it is given up.',
    ],
  },
  delivered: {
    subject: 'Successful mail delivery report',
    lines: ['Your mail was delivered, or handed to a host that may not tell you more.'],
  },
  relayed: { subject: 'Successful mail delivery report', lines: [] },
}

/** Octets of a mail beyond which only its header goes back, unless its sender asked for all (as Postfix' bounce_size_limit). */
const maxReturned = 50_000

/** The content of the notification, without what an accepting server puts before it. Reports are of one kind. */
export function formatDsn(
  message: SmtpMessage,
  reports: readonly DsnReport[],
  { name, id, date }: { name: string; id: string; date: Date },
): { content: Buffer; is8Bit: boolean } {
  const { envelope } = message
  const { action } = reports[0]!
  const { subject, lines } = subjects[action === 'relayed' ? 'delivered' : action]
  const returned = returnedOf(message, action)
  const isGlobal = envelope.smtpUtf8
  const texts = [
    `This is the mail system at ${name}.`,
    '',
    ...lines,
    '',
    ...reports.map(({ recipient, reason }) => `<${recipient.address}>: ${reason.split('\n').map(printable).join(' ')}`),
  ]
  const status = [statusOfMail(message, name), ...reports.map(report => statusOf(report, date, isGlobal))]
  const boundary = `${id}.${Math.floor(date.getTime() / 1000)}/${name}`
  const parts: [string[], Buffer][] = [
    [
      ['Content-Description: Notification', `Content-Type: text/plain; charset=${isGlobal ? 'utf-8' : 'us-ascii'}`],
      Buffer.from(texts.map(line => `${line}\r\n`).join('')),
    ],
    [
      ['Content-Description: Delivery report', `Content-Type: message/${isGlobal ? 'global-' : ''}delivery-status`],
      Buffer.from(status.map(fields => fields.map(field => `${field}\r\n`).join('')).join('\r\n')),
    ],
    [[`Content-Description: ${returned.description}`, `Content-Type: ${returned.type}`], returned.octets],
  ]
  const is8Bit = parts.some(([, octets]) => octets.some(octet => octet > 127))
  const header = [
    `Date: ${formatDate(date)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${name}>`,
    `Subject: ${subject}`,
    `To: ${envelope.from}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"`,
    ...(is8Bit ? ['Content-Transfer-Encoding: 8bit'] : []),
    `Message-Id: <${date.toISOString().replace(/\D/g, '').slice(0, 14)}.${id}@${name}>`,
  ]
  const pieces: (string | Buffer)[] = [`${header.join('\r\n')}\r\n\r\nThis is a MIME-encapsulated message.\r\n`]
  for (const [fields, octets] of parts) {
    const encoding = octets.some(octet => octet > 127) ? ['Content-Transfer-Encoding: 8bit'] : []
    pieces.push(`\r\n--${boundary}\r\n${[...fields, ...encoding].join('\r\n')}\r\n\r\n`, octets)
  }
  pieces.push(`\r\n--${boundary}--\r\n`)
  const content = Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
  return { content, is8Bit }
}

/** Fields about the mail as a whole (RFC 3464 §2.2). */
function statusOfMail(message: SmtpMessage, name: string): string[] {
  const { envid } = message.envelope
  return [
    `Reporting-MTA: dns; ${name}`,
    ...(envid === undefined ? [] : [`Original-Envelope-Id: ${printable(envid)}`]),
    `X-Queue-Id: ${message.id}`,
    `Arrival-Date: ${formatDate(message.received)}`,
  ]
}

/** Fields about a recipient (RFC 3464 §2.3). */
function statusOf({ recipient, action, status, reason, remote, until }: DsnReport, date: Date, isGlobal: boolean) {
  const { address, orcpt } = recipient
  // RFC 6533 §3 for what is beyond ASCII.
  const type = isGlobal && /[^\x00-\x7f]/.test(address) ? 'utf-8' : 'rfc822'
  const said = remote === undefined ? `X-Backlot; ${reason}` : `smtp; ${describeReply(remote.reply)}`
  return [
    `Final-Recipient: ${type}; ${address}`,
    `Original-Recipient: ${printable(orcpt ?? `${type};${address}`)}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(remote === undefined ? [] : [`Remote-MTA: dns; ${remote.host}`]),
    `Diagnostic-Code: ${said.split('\n').map(printable).join('\r\n    ')}`,
    ...(action === 'delayed' ? [`Last-Attempt-Date: ${formatDate(date)}`] : []),
    ...(until === undefined ? [] : [`Will-Retry-Until: ${formatDate(until)}`]),
  ]
}

/** What of the mail goes back (RFC 3461 §4.3): of one that was not refused only the header. */
function returnedOf({ envelope: { ret, smtpUtf8 }, raw }: SmtpMessage, action: DsnAction) {
  const isWhole = action === 'failed' && (ret === 'FULL' || (ret === undefined && raw.length <= maxReturned))
  const description = action === 'failed' ? 'Undelivered message' : 'Message'
  if (isWhole) return { description, type: smtpUtf8 ? 'message/global' : 'message/rfc822', octets: raw }
  const end = raw.indexOf('\r\n\r\n')
  const octets = end < 0 ? raw : raw.subarray(0, end + 2)
  return {
    description: `${description} header`,
    type: smtpUtf8 ? 'message/global-headers' : 'text/rfc822-headers',
    octets,
  }
}

/** What a peer said, on one line that may stand in a mail (RFC 5322 §2.1.1). */
const printable = (text: string) => text.slice(0, 900).replaceAll(/[\x00-\x1f\x7f]/g, '?')
