// Mail on its way to other hosts: tried at once, tried again on the network's clock, given up after five days.

import type { Host } from '../../net/host.ts'
import type { Network } from '../../net/network.ts'
import { describeReply, type SmtpReply } from '../../wire/smtp/reply.ts'
import type { DsnAction, DsnReport } from './dsn.ts'
import type { SmtpMessage } from './message.ts'
import { type RelayOutcome, relay } from './relay.ts'
import { hostsFor, type Names } from './route.ts'
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
  /** Whether an address, or the name of an exchanger, leads back here. */
  isOwn(nameOrAddress: string): boolean
  /** Told what became of a mail, all recipients of a round together. */
  report(message: SmtpMessage, reports: readonly DsnReport[]): void
}

/** RFC 5321 §4.5.4.1: twice in the first hour, then every few hours, four to five days in all. */
const retryAfterMs = [5, 15, 30, 60, 120, 240].map(minutes => minutes * 60_000)
const giveUpAfterMs = 5 * 86_400_000
/** RFC 3461 §5.2.4 leaves it open; sendmail's. */
const delayedAfterMs = 4 * 3_600_000
const maxAttempts = 50

/** A mail for one domain, and what is on the way with it. */
interface Trip {
  mail: QueuedMail
  /** Trips of the same mail. */
  round: Round
  tries: number
  /** Why each recipient has not got it yet. */
  troubles: Map<string, Trouble>
  isDelayTold: boolean
}

type Trouble = Pick<DsnReport, 'status' | 'reason' | 'remote'>

/** What is reported when every trip of a mail that is under way has been tried. */
interface Round {
  underWay: number
  reports: DsnReport[]
}

export class MailQueue {
  readonly list: QueuedMail[] = []
  readonly #options: QueueOptions
  #underWay: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** @param reports what became of the mail for others, to be told together */
  add(message: SmtpMessage, recipients: readonly SmtpRecipient[], reports: readonly DsnReport[] = []): void {
    const round: Round = { underWay: 0, reports: [...reports] }
    const trips = [...new Set(recipients.map(({ path }) => path.domain))].map((domain): Trip => {
      const to = recipients.filter(({ path }) => path.domain === domain).map(({ path }) => path.address)
      const mail: QueuedMail = {
        message,
        domain,
        to: [...new Set(to)],
        status: 'waiting',
        attempts: [],
        refused: [],
        nextAttempt: undefined,
      }
      return { mail, round, tries: 0, troubles: new Map(), isDelayTold: false }
    })
    for (const { mail } of trips) {
      this.list.push(mail)
      if (this.list.length > this.#options.keep) this.#forget()
    }
    for (const trip of trips) this.#try(trip)
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
  #try(trip: Trip): void {
    trip.round.underWay++
    this.#underWay = this.#underWay
      .then(async () => {
        if (this.#closed) return
        await this.#attempt(trip)
        const { round, mail } = trip
        if (--round.underWay > 0 || round.reports.length === 0 || this.#closed) return
        this.#options.report(mail.message, round.reports.splice(0))
      })
      .catch(error => this.#options.network.reportBug(error))
    this.#options.network.clock.standFor(this.#underWay)
  }

  async #attempt(trip: Trip): Promise<void> {
    const { network, host, name, names, isOwn } = this.#options
    const { mail, troubles } = trip
    mail.nextAttempt = undefined
    trip.tries++
    const route = await hostsFor(names, mail.domain, isOwn)
    if ('refused' in route) {
      const { refused, unknown } = route
      // Whom a notification cannot find, nobody asked for.
      if (unknown !== undefined && mail.message.envelope.from !== '') network.noteUnknownName(unknown)
      this.#note(mail, undefined, 'failed', describeReply(refused))
      for (const address of mail.to) {
        this.#tell(trip, address, 'failed', { status: refused.enhanced!, reason: refused.lines[0]! })
      }
      mail.status = 'failed'
      return
    }
    for (const next of route.hosts) {
      for (const address of next.addresses) {
        if (this.#closed) return
        const told = await relay({ network, from: host, name, to: { name: next.name, address }, mail })
        if (this.#closed) return
        if (told.outcome === 'unreachable') {
          const { status, reason, reply } = told
          this.#note(mail, next.name, 'deferred', reason)
          const remote = reply && { host: next.name, reply }
          for (const each of mail.to) troubles.set(each, { status, reason, remote })
          continue
        }
        const outcome = this.#settle(trip, next.name, told)
        if (outcome !== 'deferred') return
        break
      }
    }
    this.#later(trip)
  }

  /** Takes in what a host said. */
  #settle(trip: Trip, host: string, told: RelayOutcome & { outcome: 'talked' }): QueueAttempt['outcome'] {
    const { mail, troubles } = trip
    const { accepted, deferred, refused, reply } = told
    mail.to = deferred.map(({ address }) => address)
    mail.refused.push(...refused)
    const outcome = deferred.length > 0 ? 'deferred' : accepted.length > 0 ? 'sent' : 'failed'
    const said =
      reply === undefined ? [...deferred, ...refused].map(each => each.reply.lines[0]) : [describeReply(reply)]
    this.#note(mail, host, outcome, said.join('; '))
    for (const { address, reply } of deferred) troubles.set(address, troubleOf(host, reply))
    for (const { address, reply } of refused) this.#tell(trip, address, 'failed', troubleOf(host, reply))
    // A host that reports takes the duty over.
    if (!told.reports && reply !== undefined) {
      for (const address of accepted) this.#tell(trip, address, 'relayed', troubleOf(host, reply))
    }
    mail.status = outcome === 'deferred' ? 'waiting' : outcome
    return outcome
  }

  #later(trip: Trip): void {
    const { mail, tries, troubles } = trip
    const { clock } = this.#options.network
    const wait = retryAfterMs[Math.min(tries, retryAfterMs.length) - 1]!
    const until = mail.message.receivedMs + giveUpAfterMs
    if (clock.now() + wait > until) {
      mail.status = 'failed'
      for (const address of mail.to) this.#tell(trip, address, 'failed', troubles.get(address)!)
      return
    }
    if (!trip.isDelayTold && clock.now() >= mail.message.receivedMs + delayedAfterMs) {
      trip.isDelayTold = true
      for (const address of mail.to) this.#tell(trip, address, 'delayed', troubles.get(address)!, new Date(until))
    }
    mail.nextAttempt = new Date(clock.now() + wait)
    clock.after(wait, () => this.#try(trip))
  }

  #note(mail: QueuedMail, host: string | undefined, outcome: QueueAttempt['outcome'], reason: string): void {
    mail.attempts.push({ at: this.#options.network.clock.date(), host, outcome, reason })
    if (mail.attempts.length > maxAttempts) mail.attempts.shift()
  }

  #tell({ mail, round }: Trip, address: string, action: DsnAction, trouble: Trouble, until?: Date): void {
    const recipient = mail.message.envelope.to.find(each => each.address === address)!
    round.reports.push({ recipient, action, ...trouble, until })
  }
}

/** RFC 3463 §2: where a host says no enhanced code, only its class is known. */
function troubleOf(host: string, reply: SmtpReply): Trouble {
  const status = reply.enhanced ?? `${Math.floor(reply.code / 100)}.0.0`
  return { status, reason: `${host} said ${describeReply(reply)}`, remote: { host, reply } }
}
