// The link is cut by a TCP reset: after so many octets, or instead of a message.

import type { Fault } from '../net/fault.ts'
import { type CutOptions, cutting } from './cutting.ts'

/**
 * Cuts links by a reset. What comes before the moment arrives, the message at it does not. Without a moment it is the
 * server's first octets.
 *
 * @example
 * using cut = network.fault(reset({ to: 'mx.example.org', at: /^RCPT/ }))
 */
export function reset(options: CutOptions = {}): Fault {
  return cutting('reset', 'reset', options, ({ grip }, pass) => pass({ kind: 'act', act: () => grip.cut() }))
}
