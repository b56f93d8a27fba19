// Nobody listens: connections are refused, datagrams are lost and, where the system says so, reported as refused.

import type { Fault } from '../net/fault.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

/**
 * Refuses links. Under interception and in `run` a connection is refused as a closed port refuses it; at a plain endpoint
 * the system has accepted it before, so that it is reset at once.
 *
 * @example
 * using down = network.fault(refuse({ to: 'mx.example.org' }))
 */
export function refuse(options: FaultTarget = {}): Fault {
  return faultOf('refuse', options, [], {
    what: 'refuse',
    bar: () => 'refuse',
    stage: ({ hit }) => ({ cross: hit }),
  })
}
