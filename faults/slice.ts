// What a side says at once arrives in small pieces, each by itself.

import type { Fault } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { checkMoment } from './moment.ts'
import { checkNumber, faultOf } from './placing.ts'
import { spaced } from './spaced.ts'
import type { FaultTarget } from './target.ts'

export interface SliceOptions extends FaultTarget {
  /** Octets of a piece. Default: 1. */
  bytes?: number
  /** Up to so many octets more or less, by chance. Default: 0. */
  varyBytes?: number
  /** Whose octets. Default: the server's. */
  from?: Side
}

/** Milliseconds of virtual time between two pieces: any that are more than none keep them apart. */
const apart = 1

/**
 * Cuts what a side says into pieces that arrive one by one.
 *
 * @example
 * using pieces = network.fault(slice({ bytes: 1, to: 'mx.example.org' }))
 */
export function slice(options: SliceOptions = {}): Fault {
  const { bytes = 1, varyBytes = 0, from: side = 'server' } = options
  checkNumber('slice', 'bytes', bytes, 1)
  checkNumber('slice', 'varyBytes', varyBytes, 0)
  checkMoment('slice', { from: side })
  return faultOf('slice', options, ['bytes', 'varyBytes', 'from'], {
    what: `slices of ${bytes} octets`,
    transport: 'tcp',
    stage: place =>
      spaced(place, {
        side,
        // Only turns of the event loop pass between two pieces, also where the network's clock runs.
        time: 'virtual',
        sizeOf: () => bytes + (varyBytes === 0 ? 0 : place.random.below(2 * varyBytes + 1) - varyBytes),
        gapMs: () => apart,
      }),
  })
}
