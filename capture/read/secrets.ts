// Fills a key log from a file of lines, as programs write it where SSLKEYLOGFILE tells them to.

import type { KeyLog } from '../../wire/tls/key-log.ts'
import { OctetFile } from './octet-file.ts'

const stepBytes = 64 * 1024
/** A line takes at most 250. */
const maxLineLength = 1024

/** @throws {UsageError} where the file cannot be read. */
export function readKeyLog(path: string, log: KeyLog): void {
  using file = new OctetFile(path)
  let rest = ''
  for (;;) {
    const octets = file.peek(stepBytes)
    if (octets.length === 0) break
    const lines = (rest + octets.toString('latin1')).split('\n')
    file.skip(octets.length)
    rest = lines.pop()!.slice(-maxLineLength)
    for (const line of lines) log.add(line)
  }
  log.add(rest)
}
