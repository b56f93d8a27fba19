// Datagrams arrive twice.

import type { Fault } from '../net/fault.ts'
import { type DatagramOptions, ofDatagrams } from './datagrams.ts'

/** Has datagrams arrive twice, `from` the server unless told otherwise. */
export function duplicate(options: DatagramOptions = {}): Fault {
  return ofDatagrams('duplicate', options, () => ({
    chosen(_from, octets, pass) {
      pass({ kind: 'octets', octets })
      // A copy, for what is given is the receiver's to keep.
      pass({ kind: 'octets', octets: Buffer.from(octets) })
    },
  }))
}
