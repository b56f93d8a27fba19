// Arguments that the commands about tapes share.

import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { UsageError } from '../net/errors.ts'

/**
 * Secrets by name, from variables of the environment: `NAME=VARIABLE`.
 *
 * @throws {UsageError} where an argument has another shape or its variable is not set.
 */
export function secretsOf(command: string, given: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(
    given.map(text => {
      const [, name, variable] = /^([^=]+)=(.+)$/.exec(text) ?? []
      if (name === undefined || variable === undefined) {
        throw new UsageError(`${command}: expected --secret NAME=VARIABLE, such as password=SMTP_PASSWORD, got ${text}`)
      }
      const secret = process.env[variable]
      if (!secret) throw new UsageError(`${command}: expected the secret ${name} in the variable ${variable}, got none`)
      return [name, secret]
    }),
  )
}

/** @throws {UsageError} where a file of certificates cannot be read or holds none. */
export function authoritiesOf(command: string, files: readonly string[] = []): string[] {
  return files.map(file => {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (cause) {
      throw new UsageError(`${command}: expected a file of certificates, got ${file}: ${(cause as Error).message}`, {
        cause,
      })
    }
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
    throw new UsageError(`${command}: expected certificates in PEM, got ${file} with none`)
  })
}

/** @throws {UsageError} where an argument is no port. */
export function portsOf(command: string, given: readonly string[] = []): number[] {
  return given.map(text => {
    const port = Number(text)
    if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65535) return port
    throw new UsageError(`${command}: expected a port from 1 to 65535, got --port ${text}`)
  })
}

/** A recording of hours must not fail at its end: what can be known of its file is looked at before. */
export function mustBeWritable(command: string, file: string): void {
  const folder = dirname(file)
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat?.isDirectory()) throw new Error('it is a folder')
    accessSync(folder, constants.W_OK)
    if (stat !== undefined) accessSync(file, constants.W_OK)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? `there is no folder ${folder}` : code === 'EACCES' ? 'that is not permitted' : message
    throw new UsageError(`${command}: expected a tape that can be written, got ${file}: ${why}`, { cause })
  }
}

/** @throws {UsageError} where nothing can be put at a tape's end. */
export function mustBeAddable(command: string, { path, notes }: { path: string; notes: readonly string[] }): void {
  mustBeWritable(command, path)
  if (notes[0] !== undefined) throw new UsageError(`${command}: expected a tape that can be added to, but ${notes[0]}`)
}

/** An argument as it may be typed into a shell again. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
