// A side's end arrives late: the other waits for it.

import { type Duration, durationMs } from '../net/duration.ts'
import type { Fault } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { checkDelayTime, DelayLine, type DelayTime } from './delay-line.ts'
import { checkMoment } from './moment.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface SlowCloseOptions extends FaultTarget {
  /** A number is in milliseconds. */
  delayMs: Duration
  /** Whose end. Default: the server's. */
  from?: Side
  /** Default: `real` where the network's clock runs, as in `run` and `up`; else `virtual`. */
  time?: DelayTime
}

/** Holds the end of a side's stream back. */
export function slowClose(options: SlowCloseOptions): Fault {
  const { delayMs, from: side = 'server', time } = options
  const delay = durationMs(delayMs)
  checkMoment('slowClose', { from: side })
  checkDelayTime('slowClose', time)
  return faultOf('slowClose', options, ['delayMs', 'from', 'time'], {
    what: `slow close of ${delay} ms`,
    transport: 'tcp',
    stage(place) {
      const line = new DelayLine(place, time)
      return {
        cross(from, what, pass) {
          const isIt = what.kind === 'end' && from === side
          if (isIt) place.hit()
          line.push(from, isIt ? delay : 0, what, pass)
        },
        release: () => line.release(),
        closed: () => line.closed(),
      }
    },
  })
}
