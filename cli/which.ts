// Whether a program can be started, looked for as the system does it.

import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Nothing where the program is there, else the exit status that a shell gives, and why. */
export function findProgram(name: string, path: string | undefined): { status: 126 | 127; reason: string } | undefined {
  const candidates = name.includes('/')
    ? [name]
    : (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).map(folder => join(folder || '.', name))
  let found: string | undefined
  let folder = false
  for (const candidate of candidates) {
    try {
      const stat = statSync(candidate)
      folder ||= stat.isDirectory()
      if (!stat.isFile()) continue
      found = candidate
      accessSync(candidate, constants.X_OK)
      const interpreter = interpreterOf(candidate)
      if (interpreter === undefined || existsSync(interpreter)) return undefined
      return {
        status: 127,
        reason: `expected a program, got ${candidate}, whose interpreter ${interpreter} is not there`,
      }
    } catch {
      // try the next
    }
  }
  if (name === '') return { status: 127, reason: 'expected a program, got an empty name' }
  if (found !== undefined) return { status: 126, reason: `expected a program, got ${found}, which may not be executed` }
  if (!name.includes('/')) return { status: 127, reason: `expected a program, got ${name}, which is not on the PATH` }
  return folder
    ? { status: 126, reason: `expected a program, got ${name}, which is a folder` }
    : { status: 127, reason: `expected a program, got ${name}, which is not there` }
}

/** What a script names in its first line; the system says only that something is not there. */
function interpreterOf(file: string): string | undefined {
  const start = Buffer.alloc(256)
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined // executable and not readable: no script
  }
  try {
    readSync(descriptor, start)
  } finally {
    closeSync(descriptor)
  }
  return /^#![ \t]*([^ \t\0\r\n]+)/.exec(start.toString('latin1'))?.[1]
}
