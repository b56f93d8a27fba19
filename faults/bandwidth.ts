// A side's octets cross at no more than so many a second.

import type { Fault } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { checkDelayTime, type DelayTime } from './delay-line.ts'
import { checkMoment } from './moment.ts'
import { checkNumber, faultOf } from './placing.ts'
import { spaced } from './spaced.ts'
import type { FaultTarget } from './target.ts'

export interface BandwidthOptions extends FaultTarget {
  bytesPerSecond: number
  /** Whose octets. Default: the server's. */
  from?: Side
  /** Default: `real` where the network's clock runs, as in `run` and `up`; else `virtual`. */
  time?: DelayTime
}

/** Pieces a second that a stream is cut into, so that it flows. */
const piecesPerSecond = 50

/**
 * Lets no more than so many octets a second cross.
 *
 * @example
 * using modem = network.fault(bandwidth({ bytesPerSecond: 7000, to: 'files.example' }))
 */
export function bandwidth(options: BandwidthOptions): Fault {
  const { bytesPerSecond, from: side = 'server', time } = options
  checkNumber('bandwidth', 'bytesPerSecond', bytesPerSecond, 1)
  checkMoment('bandwidth', { from: side })
  checkDelayTime('bandwidth', time)
  const pieceBytes = Math.floor(bytesPerSecond / piecesPerSecond)
  return faultOf('bandwidth', options, ['bytesPerSecond', 'from', 'time'], {
    what: `bandwidth of ${bytesPerSecond} octets a second`,
    stage: place =>
      spaced(place, {
        side,
        time,
        sizeOf: left => (place.link.transport === 'udp' ? left.length : pieceBytes),
        gapMs: bytes => (bytes * 1000) / bytesPerSecond,
      }),
  })
}
