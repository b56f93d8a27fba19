// How much may come within a window of time: messages, recipients and connections, as Postfix' anvil counts them.

import { durationMs } from '../../net/duration.ts'
import { UsageError } from '../../net/errors.ts'
import { parseReply } from '../../wire/smtp/reply.ts'
import type { SmtpRateLimit } from './options.ts'
import { SmtpOwnRefusal, SmtpRefusal } from './refusal.ts'

type Counted = NonNullable<SmtpRateLimit['of']>

/** Whom something is counted for. */
export interface Counting {
  client: string
  sender?: string
  user?: string | undefined
}

/** Whoever is counted at one time; the oldest make room. */
const maxCounted = 10_000

export class RateLimits {
  readonly #limits: readonly Limit[]

  constructor(given: readonly SmtpRateLimit[] = []) {
    this.#limits = given.map(limit => new Limit(limit))
  }

  /** Counts one more, and gives how it is refused where it is one too many. */
  count(of: Counted, who: Counting, now: number): SmtpRefusal | undefined {
    let refusal: SmtpRefusal | undefined
    for (const limit of this.#limits) if (limit.of === of) refusal = limit.count(who, now) ?? refusal
    return refusal
  }
}

class Limit {
  readonly of: Counted
  readonly #by: keyof Counting
  readonly #most: number
  readonly #perMs: number
  readonly #reply: string | undefined
  readonly #windows = new Map<string, { since: number; count: number }>()

  constructor({ of = 'messages', by = 'client', most, per = '1m', reply }: SmtpRateLimit) {
    if (!Number.isInteger(most) || most < 0) {
      throw new UsageError(`smtp: expected most of a rate limit as a number of ${of}, got ${most}`)
    }
    if (of === 'connections' && by !== 'client') {
      throw new UsageError(`smtp: expected connections to be limited by client, got ${by}`)
    }
    if (reply !== undefined && parseReply(reply).code < 400) {
      throw new UsageError(`smtp: expected the reply of a rate limit to refuse, got ${JSON.stringify(reply)}`)
    }
    this.of = of
    this.#by = by
    this.#most = most
    this.#perMs = durationMs(per)
    this.#reply = reply
  }

  count(counting: Counting, now: number): SmtpRefusal | undefined {
    const who = counting[this.#by]?.toLowerCase()
    if (who === undefined) return undefined
    let window = this.#windows.get(who)
    if (window === undefined || now - window.since >= this.#perMs) {
      // At the end of the list: whoever was counted last is forgotten last.
      this.#windows.delete(who)
      if (this.#windows.size >= maxCounted) this.#windows.delete(this.#windows.keys().next().value!)
      this.#windows.set(who, (window = { since: now, count: 0 }))
    }
    if (++window.count <= this.#most) return undefined
    if (this.#reply !== undefined) return new SmtpOwnRefusal(this.#reply)
    const whose = this.#by === 'client' ? counting.client : `this ${this.#by}`
    return this.of === 'connections'
      ? new SmtpRefusal(421, '4.7.0', `too many connections from ${whose}`)
      : new SmtpRefusal(450, '4.7.1', `too many ${this.of} from ${whose}, try again later`)
  }
}
