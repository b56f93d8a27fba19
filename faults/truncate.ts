// The link ends in good order, as if nothing more had been to say: after so many octets, or instead of a message.

import type { Crossing, Fault, Stage } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import type { CutOptions } from './cutting.ts'
import { checkMoment, momentOptions, momentText, stageAt } from './moment.ts'
import { faultOf } from './placing.ts'

/**
 * Ends links early, in both directions and without a reset. The message at the moment is lost.
 *
 * @example
 * using short = network.fault(truncate({ to: 'files.example', afterBytes: 1000 }))
 */
export function truncate(options: CutOptions = {}): Fault {
  checkMoment('truncate', options)
  return faultOf('truncate', options, momentOptions, {
    what: `truncate${momentText(options)}`,
    transport: 'tcp',
    stage({ link, hit }) {
      let isCut = false
      /** Sides that have been told of the end. */
      const ended = new Set<Side>()
      const passes: Partial<Record<Side, (what: Crossing) => void>> = {}
      const end = (from: Side) => {
        if (ended.has(from) || passes[from] === undefined) return
        ended.add(from)
        passes[from]({ kind: 'end' })
      }
      const inner = stageAt(
        link,
        options,
        (_from, { octets, isDue }, pass) => {
          if (isDue && !isCut) {
            isCut = true
            hit()
            end('server')
            end('client')
          }
          if (!isCut) pass({ kind: 'octets', octets })
        },
        (from, what, pass) => {
          if (what.kind === 'act' || !isCut) pass(what)
          else if (what.kind === 'end') end(from)
        },
      )
      const stage: Stage = {
        ...inner,
        cross(from, what, pass) {
          passes[from] = pass
          inner.cross(from, what, pass)
        },
      }
      return stage
    },
  })
}
