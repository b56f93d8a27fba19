// Whether a program can be started, looked for as the system does it.

import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Nothing where the program is there, else the exit status that a shell gives, and why. */
export function findProgram(name: string, path: string | undefined): { status: 126 | 127; reason: string } | undefined {
  const candidates = name.includes('/')
    ? [name]
    : (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).map(folder => join(folder || '.', name))
  let found: string | undefined
  for (const candidate of candidates) {
    try {
      if (!statSync(candidate).isFile()) continue
      found = candidate
      accessSync(candidate, constants.X_OK)
      return undefined
    } catch {
      // try the next
    }
  }
  return found === undefined
    ? {
        status: 127,
        reason: `expected a program, got ${name}, which is ${name.includes('/') ? 'not there' : 'not on the PATH'}`,
      }
    : { status: 126, reason: `expected a program, got ${found}, which may not be executed` }
}
