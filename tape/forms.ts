// How every protocol stands on a tape, by the protocol's name.

import { protocols } from '../protocols.ts'
import type { TapeForm } from '../wire/tape.ts'

/** Every protocol's form, by name. */
export async function loadForms(): Promise<ReadonlyMap<string, TapeForm>> {
  const loaded = Object.values(protocols).map(async ({ name, tape }) => [name, await tape()] as const)
  return new Map(await Promise.all(loaded))
}
