// One side's stream ends early, and the other goes on.

import type { Fault } from '../net/fault.ts'
import { type CutOptions, cutting } from './cutting.ts'

/**
 * Ends what a side says, `from` the server unless told otherwise; the other side is heard as before.
 *
 * @example
 * using half = network.fault(halfClose({ to: 'files.example', afterBytes: 1000 }))
 */
export function halfClose(options: CutOptions = {}): Fault {
  const side = options.from ?? 'server'
  return cutting(
    'halfClose',
    'half-close',
    { ...options, from: side },
    (_place, pass) => pass({ kind: 'end' }),
    from => from === side,
  )
}
