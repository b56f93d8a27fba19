// DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030 §2): the content of a mail comes in, and the mail is delivered.

import { reply, type SmtpReply } from '../../wire/smtp/reply.ts'
import { MailRefusal } from '../mail/refusal.ts'
import type { DsnReport } from './dsn.ts'
import { SmtpMessage } from './message.ts'
import { tooLarge } from './parameters.ts'
import { SmtpRefusal } from './refusal.ts'
import { mailboxFull } from './rules.ts'
import type { SmtpServer } from './server.ts'
import type { Answer, Outcome, SmtpRecipient, SmtpSession, Transaction } from './session.ts'

/** Received lines beyond which a mail is taken to go round in circles (RFC 5321 §6.3: at least 100). */
const maxHops = 100

export function data(session: SmtpSession, args: string): SmtpReply {
  if (args !== '') throw new SmtpRefusal(501, '5.5.4', 'DATA takes no arguments')
  // RFC 3030 §3: such content may hold anything, so that no line can be its end.
  if (session.transaction!.body === 'BINARYMIME') throw new SmtpRefusal(503, '5.5.1', 'BINARYMIME needs BDAT')
  session.decoder.readData()
  return reply(354, undefined, session.server.texts.go(session))
}

export function takeData(session: SmtpSession, octets: Buffer, last: boolean): Answer {
  gather(session, octets)
  return last ? finish(session) : undefined
}

/** `BDAT octets [LAST]`. What does not fit is said when the octets have been read, since they come anyway. */
export function bdat(session: SmtpSession, args: string): Outcome | undefined {
  const found = /^(\d{1,15})(?:[ \t]+(LAST))?$/i.exec(args)
  // Without a number nobody knows where the next command begins.
  if (found === null) return { reply: session.say(521, '5.5.4', 'expected BDAT octets [LAST]'), close: 'end' }
  const octets = Number(found[1])
  session.decoder.readChunk(octets)
  session.refusedChunk = refusalOfChunk(session)?.replyOf(session)
  if (session.refusedChunk === undefined) {
    session.state = 'chunks'
    session.transaction!.lastChunk = found[2] !== undefined
  }
  return undefined
}

function refusalOfChunk({ state, server, extended, transaction }: SmtpSession): SmtpRefusal | undefined {
  if (!extended || !server.extensions.includes('CHUNKING')) return new SmtpRefusal(502, '5.5.1', 'BDAT is not offered')
  if (transaction === undefined) return new SmtpRefusal(503, '5.5.1', 'MAIL first')
  if (state === 'mail') return new SmtpRefusal(554, '5.5.1', 'no valid recipients')
  return undefined
}

export function takeChunk(session: SmtpSession, octets: Buffer, last: boolean): Answer {
  const refused = session.refusedChunk
  if (refused !== undefined) {
    if (!last) return undefined
    session.refusedChunk = undefined
    return refused
  }
  const transaction = session.transaction!
  gather(session, octets)
  if (!last) return undefined
  if (transaction.lastChunk) return finish(session)
  if (transaction.octets > session.server.maxBytes) {
    session.reset()
    throw tooLarge(session.server.maxBytes)
  }
  return reply(250, '2.0.0', session.server.texts.chunk(session, transaction.octets))
}

function gather({ transaction, server }: SmtpSession, octets: Buffer): void {
  const mail = transaction!
  mail.octets += octets.length
  if (mail.octets > server.maxBytes) mail.pieces = []
  else if (octets.length > 0) addPiece(mail.pieces, octets)
}

/** Octets of pieces that are joined as they come; a larger one is not copied. */
const maxJoined = 64 * 1024

/** Joins small pieces, or a mail that comes octet by octet would take a hundred times the room that it is allowed. */
export function addPiece(pieces: Buffer[], octets: Buffer): void {
  let last = octets
  for (let before = pieces.at(-1); before !== undefined; before = pieces.at(-1)) {
    // As a larger one is never joined to a smaller one, each octet is copied few times.
    if (before.length > last.length || before.length + last.length > maxJoined) break
    last = Buffer.concat([before, last])
    pieces.pop()
  }
  pieces.push(last)
}

function finish(session: SmtpSession): Answer {
  const { server } = session
  const transaction = session.transaction!
  session.reset()
  if (transaction.octets > server.maxBytes) throw tooLarge(server.maxBytes)
  return session.meet('content', () => {
    const outcome = accept(session, transaction)
    return session.meet('accepted', () => outcome)
  })
}

function accept(session: SmtpSession, transaction: Transaction): Outcome {
  const [first] = transaction.pieces
  const content = transaction.pieces.length === 1 ? first! : Buffer.concat(transaction.pieces)
  checkHops(content)
  const id = session.server.newQueueId(session.random)
  deliver(session, transaction, content, id)
  return reply(250, '2.0.0', session.server.texts.accepted(session, id))
}

function deliver(session: SmtpSession, transaction: Transaction, content: Buffer, id: string): void {
  const { server } = session
  transaction.pieces = []
  const arrival = {
    id,
    transaction,
    receivedMs: server.clock.now(),
    client: session.peer.address,
    hello: session.hello,
    extended: session.extended,
    user: session.user,
    secure: session.secure,
    server: server.tracing,
  }
  const message = new SmtpMessage(arrival, content)
  const { recipients } = transaction
  const owners = [...new Set(recipients.flatMap(({ owner }) => owner ?? []))]
  checkQuotas(server, owners, message)
  // In the mailbox before the 250 is sent: whoever reads it after that finds the mail.
  server.keep(message)
  for (const owner of owners) server.deliver(owner, message)
  const reports = deliveredOf(message, recipients)
  const elsewhere = recipients.filter(({ owner }) => owner === undefined)
  if (elsewhere.length > 0) server.queue.add(message, elsewhere, reports)
  else if (reports.length > 0) server.report(message, reports)
}

/** What is to be told of recipients here (RFC 3461 §5.2.3), which seldom somebody asks for. */
function deliveredOf(message: SmtpMessage, recipients: readonly SmtpRecipient[]): DsnReport[] {
  if (!recipients.some(({ notify }) => notify !== undefined)) return []
  return message.envelope.to
    .filter((_recipient, at) => recipients[at]!.owner !== undefined)
    .map(recipient => ({ recipient, action: 'delivered', status: '2.0.0', reason: 'it is in the mailbox' }))
}

/** One mail for several mailboxes has one reply, so it is refused if any of them is full. */
function checkQuotas({ store }: SmtpServer, owners: readonly string[], { raw }: SmtpMessage): void {
  try {
    for (const owner of owners) store.account(owner).checkQuota(raw.length, 1)
  } catch (error) {
    if (!(error instanceof MailRefusal)) throw error
    throw mailboxFull()
  }
}

const receivedLine = Buffer.from('\nReceived:')

function checkHops(content: Buffer): void {
  // What another host hands over begins with one.
  let hops = content.indexOf(receivedLine.subarray(1)) === 0 ? 1 : 0
  const end = content.indexOf('\r\n\r\n')
  const headers = content.subarray(0, end < 0 ? content.length : end)
  for (let at = headers.indexOf(receivedLine); at >= 0; at = headers.indexOf(receivedLine, at + 1)) hops++
  if (hops >= maxHops) throw new SmtpRefusal(554, '5.4.6', 'the mail goes round in circles')
}
