// Mail on its way to other hosts: tried at once, tried again on the network's clock, given up after five days.

import type { Host } from '../../net/host.ts'
import type { Network } from '../../net/network.ts'
import type { SmtpReply } from '../../wire/smtp/reply.ts'
import type { SmtpMessage } from './message.ts'
import { type Refused, relay } from './relay.ts'
import { inOrder, type Names } from './route.ts'
import type { SmtpRecipient } from './session.ts'

/** One mail for one domain. */
export interface QueuedMail {
  readonly message: SmtpMessage
  readonly domain: string
  /** Recipients whose mail has not been taken yet. */
  to: string[]
  status: 'waiting' | 'sent' | 'failed'
  /** What was tried, the last 50 times. */
  readonly attempts: QueueAttempt[]
  /** Recipients that a host refused for good, and how. */
  readonly refused: { address: string; reply: SmtpReply }[]
  /** When it is tried again. */
  nextAttempt: Date | undefined
}

interface QueueAttempt {
  at: Date
  /** Name of the host that was tried; undefined where none was found. */
  host: string | undefined
  outcome: 'sent' | 'deferred' | 'failed'
  /** What the host said, or what happened. */
  reason: string
}

interface QueueOptions {
  network: Network
  host: Host
  name: string
  names: Names
  keep: number
}

/** RFC 5321 §4.5.4.1: twice in the first hour, then every few hours, four to five days in all. */
const retryAfterMs = [5, 15, 30, 60, 120, 240].map(minutes => minutes * 60_000)
const giveUpAfterMs = 5 * 86_400_000
const maxAttempts = 50

export class MailQueue {
  readonly list: QueuedMail[] = []
  readonly #options: QueueOptions
  #underWay: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  add(message: SmtpMessage, recipients: readonly SmtpRecipient[]): void {
    const domains = new Set(recipients.map(({ path }) => path.domain))
    for (const domain of domains) {
      const to = recipients.filter(({ path }) => path.domain === domain).map(({ path }) => path.address)
      const mail: QueuedMail = {
        message,
        domain,
        to,
        status: 'waiting',
        attempts: [],
        refused: [],
        nextAttempt: undefined,
      }
      this.list.push(mail)
      if (this.list.length > this.#options.keep) this.#forget()
      this.#try(mail)
    }
  }

  /** Settles when nothing is being tried just now. */
  async settled(): Promise<void> {
    for (let waiting: Promise<void> | undefined; waiting !== this.#underWay; ) {
      waiting = this.#underWay
      await waiting
    }
  }

  close(): void {
    this.#closed = true
  }

  #forget(): void {
    const done = this.list.findIndex(({ status }) => status !== 'waiting')
    this.list.splice(Math.max(0, done), 1)
  }

  /** One at a time: the order of arrival at another host follows from the order of acceptance here. */
  #try(mail: QueuedMail): void {
    this.#underWay = this.#underWay
      .then(() => (this.#closed ? undefined : this.#attempt(mail)))
      .catch(error => this.#options.network.reportBug(error))
    this.#options.network.clock.standFor(this.#underWay)
  }

  async #attempt(mail: QueuedMail): Promise<void> {
    const { network, host, name, names } = this.#options
    const { clock } = network
    mail.nextAttempt = undefined
    const note = (to: string | undefined, outcome: QueueAttempt['outcome'], reason: string) => {
      mail.attempts.push({ at: clock.date(), host: to, outcome, reason })
      if (mail.attempts.length > maxAttempts) mail.attempts.shift()
    }
    const exchangers = await names.exchangers(mail.domain)
    if (exchangers.length === 1 && /^\.?$/.test(exchangers[0]!.exchange)) {
      note(undefined, 'failed', `556 5.1.10 ${mail.domain} takes no mail`)
      mail.status = 'failed'
      return
    }
    const hosts: { name: string; addresses: readonly string[] }[] = []
    for (const each of inOrder(exchangers, mail.domain)) {
      hosts.push({ name: each, addresses: await addressesOf(names, each) })
    }
    if (hosts.every(({ addresses }) => addresses.length === 0)) {
      network.noteUnknownName(hosts[0]!.name)
      note(undefined, 'failed', `550 5.1.2 no host for ${mail.domain}`)
      mail.status = 'failed'
      return
    }
    for (const { name: each, addresses } of hosts) {
      for (const address of addresses) {
        if (this.#closed) return
        const told = await relay({ network, from: host, name, to: { name: each, address }, mail })
        if (this.#closed) return
        if (told.outcome === 'unreachable') {
          note(each, 'deferred', told.reason)
          continue
        }
        mail.to = told.deferred.map(({ address }) => address)
        mail.refused.push(...told.refused)
        const refusals: Refused[] = [...told.deferred, ...told.refused]
        const outcome = told.deferred.length > 0 ? 'deferred' : told.accepted.length > 0 ? 'sent' : 'failed'
        note(each, outcome, told.reason ?? refusals.map(({ reply }) => reply.lines[0]).join('; '))
        mail.status = outcome === 'deferred' ? 'waiting' : outcome
        if (outcome !== 'deferred') return
        break
      }
    }
    this.#later(mail)
  }

  #later(mail: QueuedMail): void {
    const { clock } = this.#options.network
    const wait = retryAfterMs[Math.min(mail.attempts.length, retryAfterMs.length) - 1] ?? retryAfterMs[0]!
    if (clock.now() + wait > mail.message.received.getTime() + giveUpAfterMs) {
      mail.status = 'failed'
      return
    }
    mail.nextAttempt = new Date(clock.now() + wait)
    clock.after(wait, () => this.#try(mail))
  }
}

async function addressesOf(names: Names, name: string): Promise<readonly string[]> {
  const literal = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(name)
  return literal === null ? names.addresses(name) : [literal[1]!]
}
