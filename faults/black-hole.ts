// Nothing answers any more: not to a connection, or not from a moment on.

import type { Fault, Stage } from '../net/fault.ts'
import { checkMoment, type Moment, momentOptions, momentText, stageAt } from './moment.ts'
import { faultOf, type Place } from './placing.ts'
import type { FaultTarget } from './target.ts'

export interface BlackHoleOptions extends FaultTarget, Moment {}

/**
 * Swallows all that both sides say, without an end. Without a moment the connection itself is never made, and one that is
 * open falls silent; at a plain endpoint the system has accepted it before, so that it is silent instead.
 *
 * @example
 * using silence = network.fault(blackHole({ to: 'mx.example.org:25', at: /^DATA/ }))
 */
export function blackHole(options: BlackHoleOptions = {}): Fault {
  checkMoment('blackHole', options)
  const isFromTheStart = options.at === undefined && options.afterBytes === undefined
  return faultOf('blackHole', options, momentOptions, {
    what: `black hole${momentText(options)}`,
    ...(isFromTheStart
      ? { bar: () => 'black hole', isOnOpen: true, stage: ({ hit }) => swallowingAll(hit) }
      : { stage: place => swallowing(place, options) }),
  })
}

function swallowingAll(hit: () => void): Stage {
  return {
    cross(_from, what, pass) {
      if (what.kind === 'act') pass(what)
      else hit()
    },
  }
}

function swallowing({ link, hit }: Place, moment: Moment) {
  let isSilent = false
  return stageAt(
    link,
    moment,
    (_from, { octets, isDue }, pass) => {
      if (isDue && !isSilent) {
        isSilent = true
        hit()
      }
      if (!isSilent) pass({ kind: 'octets', octets })
    },
    (_from, what, pass) => {
      if (!isSilent || what.kind === 'act') pass(what)
    },
  )
}
