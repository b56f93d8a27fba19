// The faults that a world may name, by the names that the public API has for them.

import { bandwidth } from '../faults/bandwidth.ts'
import { blackHole } from '../faults/black-hole.ts'
import { expiredCertificate, oldTls, selfSigned, unknownAuthority, wrongName } from '../faults/certificates.ts'
import { corrupt } from '../faults/corrupt.ts'
import { drop } from '../faults/drop.ts'
import { duplicate } from '../faults/duplicate.ts'
import { firewall } from '../faults/firewall.ts'
import { halfClose } from '../faults/half-close.ts'
import { latency } from '../faults/latency.ts'
import { refuse } from '../faults/refuse.ts'
import { reorder } from '../faults/reorder.ts'
import { reset } from '../faults/reset.ts'
import { slice } from '../faults/slice.ts'
import { slowClose } from '../faults/slow-close.ts'
import { startTlsStripped } from '../faults/start-tls-stripped.ts'
import { truncate } from '../faults/truncate.ts'
import type { Fault } from '../net/fault.ts'
import type { WorldFault } from './world.ts'

export const worldFaults: Readonly<Record<keyof WorldFault, (options: never) => Fault>> = {
  bandwidth,
  blackHole,
  corrupt,
  drop,
  duplicate,
  expiredCertificate,
  firewall,
  halfClose,
  latency,
  oldTls,
  refuse,
  reorder,
  reset,
  selfSigned,
  slice,
  slowClose,
  startTlsStripped,
  truncate,
  unknownAuthority,
  wrongName,
}

/**
 * A fault as a world has it: its name with its options.
 *
 * @throws {UsageError} where an option cannot be what it is for.
 */
export function faultOfWorld(given: WorldFault): Fault {
  const [name, options] = Object.entries(given)[0] as [keyof WorldFault, object]
  return (worldFaults[name] as (options: object) => Fault)(options)
}
