// Says what a tape has to say on a live connection, no faster than the client reads: large bodies come out of their files.

import { join } from 'node:path'
import type { Connection } from '../net/connection.ts'
import type { Outgoing } from '../wire/tape.ts'
import { octetsOfFile } from './script.ts'

export class Outlet {
  readonly #connection: Connection
  #queue: (Buffer | Generator<Buffer>)[] = []
  #isBlocked = false
  #waiting: (() => void)[] = []

  constructor(connection: Connection) {
    this.#connection = connection
    connection.onDrain = () => {
      this.#isBlocked = false
      this.#flush()
    }
  }

  /** Whether everything so far has been handed on. */
  get isIdle(): boolean {
    return this.#queue.length === 0
  }

  send(parts: Outgoing, folder: string): void {
    for (const part of parts) {
      if (Buffer.isBuffer(part)) {
        if (part.length > 0) this.#queue.push(part)
      } else this.#queue.push(octetsOfFile(join(folder, part.file), part.start, part.size))
    }
    this.#flush()
  }

  /** Calls `then` when everything so far has been handed on, at once where it has. */
  after(then: () => void): void {
    if (this.isIdle) then()
    else this.#waiting.push(then)
  }

  #flush(): void {
    while (!this.#isBlocked && this.#queue.length > 0) {
      if (this.#connection.closed) {
        for (const part of this.#queue) if (!Buffer.isBuffer(part)) part.return(undefined)
        this.#queue = []
        break
      }
      const [first] = this.#queue
      if (Buffer.isBuffer(first)) {
        this.#queue.shift()
        this.#isBlocked = !this.#connection.write(first)
        continue
      }
      const { done, value } = first!.next()
      if (done) this.#queue.shift()
      else this.#isBlocked = !this.#connection.write(value)
    }
    if (this.#queue.length > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const then of waiting) then()
  }
}
