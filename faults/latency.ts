// What crosses arrives later, always by the same time or by a varying one.

import { type Duration, durationMs } from '../net/duration.ts'
import type { Fault } from '../net/fault.ts'
import { checkDelayTime, DelayLine, type DelayTime } from './delay-line.ts'
import { checkMoment, type Moment, momentOptions, momentText, stageAt } from './moment.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface LatencyOptions extends FaultTarget, Moment {
  /** How much later; a number is in milliseconds. */
  delayMs: Duration
  /** Up to so much more or less, by chance. Default: 0. */
  jitterMs?: Duration
  /** Default: `real` where the network's clock runs, as in `run` and `up`; else `virtual`. */
  time?: DelayTime
}

/**
 * Delays what a side says, `from` the server unless told otherwise. Octets keep their order; datagrams may overtake one
 * another by their jitter. With `at` one message is delayed, and what follows it.
 *
 * @example
 * using slow = network.fault(latency({ delayMs: 200, to: 'prices.example' }))
 */
export function latency(options: LatencyOptions): Fault {
  const { delayMs, jitterMs = 0, time, ...rest } = options
  checkMoment('latency', rest)
  checkDelayTime('latency', time)
  const delay = durationMs(delayMs)
  const jitter = durationMs(jitterMs)
  const isPartial = rest.at !== undefined || rest.afterBytes !== undefined
  const jitterText = jitter === 0 ? '' : ` ± ${jitter} ms`
  return faultOf('latency', options, ['delayMs', 'jitterMs', 'time', ...momentOptions], {
    what: `latency of ${delay} ms${jitterText}${momentText(rest)}`,
    stage(place) {
      const { link, random, hit } = place
      const line = new DelayLine(place, time, { mayOvertake: link.transport === 'udp' })
      const side = rest.from ?? (isPartial ? undefined : 'server')
      return stageAt(
        link,
        isPartial ? rest : { from: side ?? 'server' },
        (from, { octets, isDue }, pass) => {
          const isDelayed = isDue && (side === undefined || from === side)
          if (isDelayed) hit()
          const wait = isDelayed ? Math.max(0, delay + jitter * (2 * random.next() - 1)) : 0
          line.push(from, wait, { kind: 'octets', octets }, pass)
        },
        (from, what, pass) => line.push(from, 0, what, pass),
        { release: () => line.release(), closed: () => line.closed() },
      )
    },
  })
}
