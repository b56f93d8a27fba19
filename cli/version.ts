// Which version of the package this is.

import { readFileSync } from 'node:fs'

export function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
    } catch {
      // compiled code lies one folder deeper
    }
  }
  return 'unknown'
}
