// What bandwidth and slices have in common: what a side says crosses in pieces, each some time after the one before.

import type { Stage } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { DelayLine, type DelayTime } from './delay-line.ts'
import type { Place } from './placing.ts'

export interface Spacing {
  /** Whose octets. */
  readonly side: Side
  readonly time: DelayTime | undefined
  /** Octets of the next piece, of what is left of those that were said at once. */
  sizeOf(left: Buffer): number
  /** Milliseconds from the piece before to the arrival of one of so many octets. */
  gapMs(bytes: number): number
}

export function spaced(place: Place, { side, time, sizeOf, gapMs }: Spacing): Stage {
  const line = new DelayLine(place, time)
  /** When the line is through with what it has. */
  let free = 0
  return {
    cross(from, what, pass) {
      if (what.kind !== 'octets' || from !== side) {
        line.push(from, 0, what, pass)
        return
      }
      place.hit()
      let left = what.octets
      do {
        const piece = left.subarray(0, Math.max(1, sizeOf(left)))
        left = left.subarray(piece.length)
        const now = line.now()
        free = Math.max(free, now) + gapMs(piece.length)
        line.push(from, free - now, { kind: 'octets', octets: piece }, pass)
      } while (left.length > 0)
    },
    release: () => line.release(),
    closed: () => line.closed(),
  }
}
