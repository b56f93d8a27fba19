// What an HTTP fake does wrong on purpose, by path, method and the number of the request.

import { type Duration, durationMs } from '../../net/duration.ts'
import { UsageError } from '../../net/errors.ts'
import { reasonOf } from '../../wire/http/message.ts'
import { type CountedFault, checkFault, FaultCounts } from '../fault-counts.ts'
import type { Exchange } from './exchange.ts'
import { type Answer, type Cut, exactly, type HttpReply, plain, type Spoil } from './reply.ts'

/** Requests that a fault is for, and what they meet. What is left out fits every request. */
export interface HttpFault extends CountedFault {
  /** A path with its query, or a pattern for it. */
  path?: string | RegExp
  method?: string
  /** A status, or a whole reply, instead of the answer. Default: the answer. */
  reply?: number | HttpReply
  /**
   * Ends the link, in order or by a TCP reset: without a word, or after what of the answer the others let through.
   * `silence` says nothing and leaves the link open.
   */
  drop?: 'end' | 'reset' | 'silence'
  /** How long the answer is held back, on the network's clock. */
  delay?: Duration
  /** Statuses of responses before the answer, such as `[103]`. */
  interim?: readonly number[]
  /** Octets instead of the whole answer, text as latin1; the link ends after them. */
  raw?: string | Uint8Array
  /** The length that is said, whatever the body's is; the link ends after the body. */
  contentLength?: number
  /** Octets of the body that are sent before the link ends; without `drop` it ends in order. */
  afterBytes?: number
  /** The body comes in pieces of so many octets, 1 unless told, so far apart on the network's clock. */
  slow?: { bytes?: number; every: Duration }
}

type Answered = Answer | Cut | Promise<Answer | Cut>

const own = ['path', 'method', 'reply', 'drop', 'delay', 'interim', 'raw', 'contentLength', 'afterBytes', 'slow']

export class HttpFaults extends FaultCounts<HttpFault> {
  constructor(list: readonly HttpFault[] | undefined, host: string) {
    super(list, {
      label: ({ method, path = 'any path' }) => `${method === undefined ? '' : `${method} `}${path} of http on ${host}`,
      check,
    })
  }

  /** The answer to a request, of which `usual` is the one without a fault. */
  answer(exchange: Exchange, usual: () => Answered): Answered {
    const fault = this.list.length === 0 ? undefined : this.meet(each => fits(each, exchange))
    if (fault === undefined) return usual()
    const { delay } = fault
    if (delay === undefined) return answerOf(fault, usual)
    return new Promise<void>(resolve => exchange.clock.after(delay, resolve)).then(() => answerOf(fault, usual))
  }
}

function answerOf(fault: HttpFault, usual: () => Answered): Answered {
  const { drop, interim, raw, contentLength, afterBytes, slow } = fault
  if (drop === 'silence') return new Promise(() => {})
  const spoils = [interim, raw, contentLength, afterBytes, slow].some(each => each !== undefined)
  if (!spoils && drop === undefined) return instead(fault) ?? usual()
  if (!spoils && fault.reply === undefined) return drop!
  const answer = raw === undefined ? (instead(fault) ?? usual()) : plain(200, '')
  return answer instanceof Promise ? answer.then(settled => spoilt(settled, fault)) : spoilt(answer, fault)
}

function spoilt(answer: Answer | Cut, fault: HttpFault): Answer | Cut {
  if (typeof answer === 'string') return answer
  const { interim = [], raw, contentLength, afterBytes, slow, drop } = fault
  const ends = drop ?? ([raw, contentLength, afterBytes].some(each => each !== undefined) ? 'end' : undefined)
  const spoil: Spoil = { interim, raw, contentLength, afterBytes, slow, drop: ends === 'silence' ? undefined : ends }
  return { ...answer, spoil }
}

function instead({ reply }: HttpFault): Answer | undefined {
  if (reply === undefined) return undefined
  return typeof reply === 'number' ? plain(reply, reasonOf(reply)) : exactly(reply, reasonOf(reply.status))
}

function check(fault: HttpFault): void {
  checkFault('http', fault, own)
  const { reply, interim = [], contentLength = 0, afterBytes = 0, slow } = fault
  const whole = (what: string, value: number, from: number, to: number) => {
    if (Number.isInteger(value) && value >= from && value <= to) return
    throw new UsageError(`http: expected ${what} of a fault as a whole number from ${from} to ${to}, got ${value}`)
  }
  if (reply !== undefined) whole('the status', typeof reply === 'number' ? reply : reply.status, 200, 999)
  for (const status of interim) whole('an interim status', status, 100, 199)
  whole('contentLength', contentLength, 0, Number.MAX_SAFE_INTEGER)
  whole('afterBytes', afterBytes, 0, Number.MAX_SAFE_INTEGER)
  if (slow === undefined) return
  whole('bytes of slow', slow.bytes ?? 1, 1, Number.MAX_SAFE_INTEGER)
  durationMs(slow.every)
}

function fits({ path, method }: HttpFault, exchange: Exchange): boolean {
  if (method !== undefined && method !== exchange.method) return false
  return typeof path === 'string' ? path === exchange.target : path === undefined || exchange.target.search(path) >= 0
}
