// What reset, truncate and half-close have in common: a side is let through to a moment, and then the link ends somehow.

import type { Fault, Stage } from '../net/fault.ts'
import { checkMoment, type Moment, momentOptions, momentText, stageAt } from './moment.ts'
import { faultOf, type Place } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface CutOptions extends FaultTarget, Moment {}

/** Ways to the two sides; absent where a side has not said anything yet. */
type Pass = Parameters<Stage['cross']>[2]

/** `cut` is called once; what `isOver` says of a side from then on is dropped. */
export function cutting(
  name: string,
  what: string,
  options: CutOptions,
  cut: (place: Place, pass: Pass) => void,
  isOver: (from: 'client' | 'server') => boolean = () => true,
): Fault {
  checkMoment(name, options)
  return faultOf(name, options, momentOptions, {
    what: what + momentText(options),
    transport: 'tcp',
    stage(place) {
      let isCut = false
      return stageAt(
        place.link,
        options,
        (from, { octets, isDue }, pass) => {
          if (isDue && !isCut) {
            isCut = true
            place.hit()
            cut(place, pass)
          }
          if (!isCut || !isOver(from)) pass({ kind: 'octets', octets })
        },
        (from, what, pass) => {
          if (!isCut || what.kind === 'act' || !isOver(from)) pass(what)
        },
      )
    },
  })
}
