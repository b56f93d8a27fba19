// A bit is wrong: of each segment or datagram, of some of them, or of one message.

import type { Fault } from '../net/fault.ts'
import { checkMoment, type Moment, momentOptions, momentText, stageAt } from './moment.ts'
import { checkNumber, faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface CorruptOptions extends FaultTarget, Moment {
  /** How likely each segment, datagram or message is changed. Default: 1. */
  probability?: number
}

/**
 * Turns one bit of what a side says over, `from` the server unless told otherwise. Under TLS it is the decrypted octets
 * that are wrong.
 *
 * @example
 * using noise = network.fault(corrupt({ to: 'files.example', probability: 0.1 }))
 */
export function corrupt(options: CorruptOptions = {}): Fault {
  const { probability = 1, ...moment } = options
  checkMoment('corrupt', moment)
  checkNumber('corrupt', 'probability', probability, 0, 1)
  return faultOf('corrupt', options, ['probability', ...momentOptions], {
    what: `corrupt${momentText(moment)}`,
    stage: ({ link, random, hit }) =>
      stageAt(link, moment, (_from, { octets, isDue }, pass) => {
        if (!isDue || octets.length === 0 || random.next() >= probability) {
          pass({ kind: 'octets', octets })
          return
        }
        hit()
        const wrong = Buffer.from(octets)
        const at = random.below(wrong.length)
        wrong[at]! ^= 1 << random.below(8)
        pass({ kind: 'octets', octets: wrong })
      }),
  })
}
