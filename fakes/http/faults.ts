// What an HTTP fake does wrong on purpose, by path, method and the number of the request.

import { type Duration, durationMs } from '../../net/duration.ts'
import { reasonOf } from '../../wire/http/message.ts'
import { type CountedFault, checkFault, FaultCounts } from '../fault-counts.ts'
import type { Exchange } from './exchange.ts'
import { type Answer, type Cut, exactly, type HttpReply, plain } from './reply.ts'

/** Requests that a fault is for, and what they meet. What is left out fits every request. */
export interface HttpFault extends CountedFault {
  /** A path with its query, or a pattern for it. */
  path?: string | RegExp
  method?: string
  /** A status, or a whole reply, instead of the answer. Default: the answer. */
  reply?: number | HttpReply
  /** Ends the link without a word: in order, or by a TCP reset. */
  drop?: 'end' | 'reset'
  /** How long the answer is held back, on the network's clock. */
  delay?: Duration
}

type Answered = Answer | Cut | Promise<Answer | Cut>

const own = ['path', 'method', 'reply', 'drop', 'delay']

export class HttpFaults extends FaultCounts<HttpFault> {
  constructor(list: readonly HttpFault[] | undefined, host: string) {
    super(list, {
      label: ({ method, path = 'any path' }) => `${method === undefined ? '' : `${method} `}${path} of http on ${host}`,
      check: fault => checkFault('http', fault, own),
    })
  }

  /** The answer to a request, of which `usual` is the one without a fault. */
  answer(exchange: Exchange, usual: () => Answered): Answered {
    const fault = this.list.length === 0 ? undefined : this.meet(each => fits(each, exchange))
    if (fault === undefined) return usual()
    const { delay } = fault
    if (delay === undefined) return instead(fault) ?? usual()
    return new Promise<void>(resolve => exchange.clock.after(durationMs(delay), resolve)).then(
      () => instead(fault) ?? usual(),
    )
  }
}

function instead({ reply, drop }: HttpFault): Answer | Cut | undefined {
  if (drop !== undefined) return drop
  if (reply === undefined) return undefined
  return typeof reply === 'number' ? plain(reply, reasonOf(reply)) : exactly(reply, reasonOf(reply.status))
}

function fits({ path, method }: HttpFault, exchange: Exchange): boolean {
  if (method !== undefined && method !== exchange.method) return false
  return typeof path === 'string' ? path === exchange.target : path === undefined || exchange.target.search(path) >= 0
}
