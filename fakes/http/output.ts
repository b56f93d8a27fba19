// What a session has to say, gathered so that a batch of answers is one write.

import type { Connection } from '../../net/connection.ts'

/** Octets that are joined into one write; larger bodies are not copied. */
const maxJoined = 64 * 1024

export class Output {
  readonly #connection: Connection
  #parts: (string | Uint8Array)[] = []
  #size = 0
  #blocked = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Whether the client has more to take before anything else is worth saying. */
  get blocked(): boolean {
    return this.#blocked
  }

  /** Octets, or text as latin1. */
  push(...parts: (string | Uint8Array)[]): void {
    this.#parts.push(...parts)
    for (const { length } of parts) this.#size += length
    if (this.#size >= maxJoined) this.flush()
  }

  drop(): void {
    this.#parts = []
    this.#size = 0
  }

  /** The client has taken what there was. */
  drained(): void {
    this.#blocked = false
  }

  flush(): void {
    const parts = this.#parts
    if (parts.length === 0) return
    this.drop()
    if (parts.length === 1) {
      this.#write(parts[0]!)
      return
    }
    let from = 0
    let size = 0
    for (let at = 0; at < parts.length; at++) {
      const { length } = parts[at]!
      if (size > 0 && size + length > maxJoined) {
        this.#write(join(parts, from, at, size))
        from = at
        size = 0
      }
      size += length
    }
    this.#write(join(parts, from, parts.length, size))
  }

  #write(bytes: string | Uint8Array): void {
    if (!this.#connection.write(bytes)) this.#blocked = true
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
