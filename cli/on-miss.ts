// backlot replay --on-miss record and passthrough: what no tape has goes to real servers. Loaded only where that is asked
// for, since it dials.

import type { Network } from '../net/network.ts'
import { RealHandOver } from '../tape/hand-over.ts'
import { machineNames } from '../tape/outside.ts'
import { parseReals } from '../tape/reals.ts'
import { Trust } from '../tape/relay.ts'
import type { Replay } from '../tape/replay.ts'
import type { TapeForm } from '../wire/tape.ts'
import { authoritiesOf, mustBeAddable, portsOf } from './tape-arguments.ts'
import { version } from './version.ts'

export interface OnMissValues {
  readonly real?: readonly string[] | undefined
  readonly 'real-ca'?: readonly string[] | undefined
  readonly 'real-insecure'?: boolean | undefined
  readonly port?: readonly string[] | undefined
}

/**
 * Makes what takes misses over in a network that is given later.
 *
 * @throws {UsageError} for an argument that is not as it should be, and a tape that cannot be added to.
 */
export function handOverOf(
  mode: 'record' | 'passthrough',
  replay: Replay,
  values: OnMissValues,
  { forms, secrets }: { forms: ReadonlyMap<string, TapeForm>; secrets: ReadonlyMap<string, string> },
): (network: Network) => RealHandOver {
  if (mode === 'record') for (const tape of replay.tapes) mustBeAddable('replay', tape)
  const options = {
    isRecorded: mode === 'record',
    forms,
    secrets,
    reals: parseReals('replay', values.real),
    trust: new Trust(authoritiesOf('replay', values['real-ca']), values['real-insecure']),
    ports: portsOf('replay', values.port),
    outside: machineNames(),
    header: { recorded: `${new Date().toISOString().slice(0, 19)}Z`, by: `backlot ${version()}` },
  }
  return network => new RealHandOver(network, replay, options)
}
