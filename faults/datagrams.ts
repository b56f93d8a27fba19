// What drop, duplicate and reorder have in common: each datagram of a side that chance or a moment chooses.

import type { Crossing, Fault } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { checkMoment, type Moment, momentOptions, momentText, stageAt } from './moment.ts'
import { checkNumber, faultOf, type Place } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface DatagramOptions extends FaultTarget, Omit<Moment, 'afterBytes'> {
  /** How likely each datagram is chosen. Default: 1. */
  probability?: number
}

export interface Chosen {
  /** A datagram that was chosen. */
  chosen(from: Side, octets: Buffer, pass: (what: Crossing) => void): void
  /** One that was not. Default: it is passed on. */
  other?(from: Side, octets: Buffer, pass: (what: Crossing) => void): void
  release?(): void
}

export function ofDatagrams(name: string, options: DatagramOptions, choose: (place: Place) => Chosen): Fault {
  const { probability = 1, ...moment } = options
  checkMoment(name, moment)
  checkNumber(name, 'probability', probability, 0, 1)
  const own = momentOptions.filter(each => each !== 'afterBytes')
  return faultOf(name, options, ['probability', ...own], {
    what: name + momentText(moment),
    transport: 'udp',
    stage(place) {
      const { chosen, other, release } = choose(place)
      return stageAt(
        place.link,
        moment,
        (from, { octets, isDue }, pass) => {
          if (isDue && place.random.next() < probability) {
            place.hit()
            chosen(from, octets, pass)
          } else if (other === undefined) pass({ kind: 'octets', octets })
          else other(from, octets, pass)
        },
        undefined,
        release === undefined ? {} : { release },
      )
    },
  })
}
