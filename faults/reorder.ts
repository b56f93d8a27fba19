// Datagrams arrive after the one that follows them.

import type { Crossing, Fault } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { type DatagramOptions, ofDatagrams } from './datagrams.ts'

/** Has a datagram wait until its side has sent another, `from` the server unless told otherwise. */
export function reorder(options: DatagramOptions = {}): Fault {
  return ofDatagrams('reorder', options, () => {
    const waiting: Partial<Record<Side, () => void>> = {}
    const after = (from: Side, octets: Buffer, pass: (what: Crossing) => void) => {
      pass({ kind: 'octets', octets })
      waiting[from]?.()
      delete waiting[from]
    }
    return {
      chosen(from, octets, pass) {
        if (waiting[from] === undefined) waiting[from] = () => pass({ kind: 'octets', octets })
        else after(from, octets, pass)
      },
      other: after,
      release() {
        waiting.client?.()
        waiting.server?.()
      },
    }
  })
}
