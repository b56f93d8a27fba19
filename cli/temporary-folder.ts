// A folder for what a command has to leave in files.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../net/errors.ts'

/** @throws {UsageError} where the system's folder for such things cannot be written to. */
export function temporaryFolder(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new UsageError(
      `expected a folder for temporary files that can be written to, got ${tmpdir()}: ${code}; set TMPDIR to another`,
      { cause },
    )
  }
}
