// What a session has to say, gathered so that a batch of answers is one write.

import type { Connection } from '../../net/connection.ts'

/** Octets that are joined into one write; larger bodies are not copied. */
const maxJoined = 64 * 1024

export class Output {
  readonly #connection: Connection
  #parts: (string | Uint8Array)[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Octets, or text as latin1. */
  push(...parts: (string | Uint8Array)[]): void {
    this.#parts.push(...parts)
  }

  drop(): void {
    this.#parts = []
  }

  flush(): void {
    const parts = this.#parts
    if (parts.length === 0) return
    this.#parts = []
    if (parts.length === 1) {
      this.#connection.write(parts[0]!)
      return
    }
    let from = 0
    let size = 0
    for (let at = 0; at < parts.length; at++) {
      const { length } = parts[at]!
      if (size > 0 && size + length > maxJoined) {
        this.#connection.write(join(parts, from, at, size))
        from = at
        size = 0
      }
      size += length
    }
    this.#connection.write(join(parts, from, parts.length, size))
  }
}

/** Texts as latin1 and octets, in a row. */
function join(parts: readonly (string | Uint8Array)[], from: number, end: number, size: number): Uint8Array {
  const first = parts[from]!
  if (end - from === 1 && typeof first !== 'string') return first
  const joined = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = from; i < end; i++) {
    const part = parts[i]!
    if (typeof part === 'string') joined.write(part, at, 'latin1')
    else joined.set(part, at)
    at += part.length
  }
  return joined
}
