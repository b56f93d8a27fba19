// Datagrams are lost.

import type { Fault } from '../net/fault.ts'
import { type DatagramOptions, ofDatagrams } from './datagrams.ts'

/**
 * Loses datagrams, `from` the server unless told otherwise.
 *
 * @example
 * using lost = network.fault(drop({ to: 'ns1.example.org', from: 'client', at: 1 }))
 */
export function drop(options: DatagramOptions = {}): Fault {
  return ofDatagrams('drop', options, () => ({ chosen() {} }))
}
