// Whom mail is taken for: known users, relaying, full mailboxes, greylisting, and a rule of the test's own.

import type { SmtpPath } from '../../wire/smtp/path.ts'
import { SmtpOwnRefusal, SmtpRefusal } from './refusal.ts'
import type { SmtpSession } from './session.ts'

/**
 * Whose mailbox a recipient is, or undefined where the mail goes to another host.
 *
 * @throws {SmtpRefusal} where mail for it is not taken.
 */
export function judgeRecipient(session: SmtpSession, path: SmtpPath): string | undefined | Promise<string | undefined> {
  const { server, peer, user } = session
  const owner = server.isLocal(path.domain) ? localOwner(session, path) : relayed(session)
  if (server.greylist !== undefined && user === undefined) {
    const who = `${peer.address} ${session.transaction!.from.address} ${path.address}`
    if (!server.greylist.passes(who, server.clock.now())) {
      throw new SmtpRefusal(451, '4.7.1', 'greylisted, try again later')
    }
  }
  const answer = server.recipientRule?.({
    from: session.transaction!.from.address,
    to: path.address,
    recipient: path,
    client: peer.address,
    user,
  })
  if (answer instanceof Promise) return answer.then(settled => ruled(settled, owner))
  return ruled(answer, owner)
}

function ruled(answer: string | undefined, owner: string | undefined): string | undefined {
  if (answer !== undefined) throw new SmtpOwnRefusal(answer)
  return owner
}

function localOwner({ server }: SmtpSession, path: SmtpPath): string {
  const { address } = path
  const owner = server.mailboxOf(path)
  if (owner === undefined) {
    const text =
      server.style === 'gsmtp'
        ? 'The email account that you tried to reach does not exist.\nPlease check the address and try again.'
        : `${address.replace(/[^\x20-\x7e]/g, '?')} is not known here`
    throw new SmtpRefusal(550, '5.1.1', text)
  }
  const { quota, octets } = server.store.account(owner)
  if (quota.octets !== undefined && octets >= quota.octets) throw mailboxFull()
  return owner
}

/** RFC 3463 §3.3. Temporary, as Postfix and Dovecot say it by default. */
export function mailboxFull(): SmtpRefusal {
  return new SmtpRefusal(452, '4.2.2', 'mailbox full')
}

/** By 554 as Postfix says it, by 550 as Gmail does. */
export function relayingDenied({ server }: SmtpSession): SmtpRefusal {
  return new SmtpRefusal(server.style === 'gsmtp' ? 550 : 554, '5.7.1', 'relaying denied')
}

export function mayRelay({ server, peer, user }: SmtpSession): boolean {
  return user !== undefined || server.relayFor.some(contains => contains(peer.address))
}

function relayed(session: SmtpSession): undefined {
  if (!mayRelay(session)) throw relayingDenied(session)
}

/** Senders, recipients and clients that are remembered; the oldest make room. */
const maxRemembered = 10_000

/** Turns away what is new until it has waited. */
export class Greylist {
  readonly #waitMs: number
  readonly #first = new Map<string, number>()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  passes(who: string, now: number): boolean {
    const first = this.#first.get(who)
    if (first !== undefined) return now - first >= this.#waitMs
    if (this.#first.size >= maxRemembered) this.#first.delete(this.#first.keys().next().value!)
    this.#first.set(who, now)
    return this.#waitMs === 0
  }
}
