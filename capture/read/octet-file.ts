// A file that is read once from its beginning to its end, with a window of it in memory: also a pipe.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UsageError } from '../../net/errors.ts'

const firstWindowBytes = 256 * 1024

export class OctetFile implements Disposable {
  readonly path: string
  /** Whether it can be opened again and says the same. */
  readonly isRegular: boolean
  readonly #descriptor: number
  #window: Buffer = Buffer.allocUnsafeSlow(firstWindowBytes)
  #start = 0
  #end = 0
  /** Of the window's first octet that was not taken. */
  #offset = 0

  /** @throws {UsageError} where it cannot be read. */
  constructor(path: string) {
    this.path = path
    try {
      this.#descriptor = openSync(path, 'r')
      this.isRegular = fstatSync(this.#descriptor).isFile()
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  /** Where the next octet stands. */
  get offset(): number {
    return this.#offset
  }

  /** The next `count` octets, or fewer at the end, which stay. They are valid until the next call. */
  peek(count: number): Buffer {
    if (this.#end - this.#start < count) this.#fill(count)
    return this.#window.subarray(this.#start, Math.min(this.#end, this.#start + count))
  }

  /** Goes over octets, or to the end; gives how many there were. */
  skip(count: number): number {
    let left = count
    while (left > 0) {
      const step = this.peek(Math.min(left, firstWindowBytes)).length
      if (step === 0) break
      this.#start += step
      this.#offset += step
      left -= step
    }
    return count - left
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  #fill(count: number): void {
    const window = count > this.#window.length ? Buffer.allocUnsafeSlow(count) : this.#window
    this.#window.copy(window, 0, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    this.#window = window
    try {
      while (this.#end < count) {
        const read = readSync(this.#descriptor, window, this.#end, window.length - this.#end, null)
        if (read === 0) return
        this.#end += read
      }
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  #unreadable(error: unknown): UsageError {
    const reason = (error as Error).message
    return new UsageError(`expected a file that can be read, got ${JSON.stringify(this.path)}: ${reason}`, {
      cause: error,
    })
  }
}
