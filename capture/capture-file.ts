// A pcapng file, or a ring of them, that is whole at every moment: also when the process is killed inside a write.
//
// A kill cuts a write between two pages of memory, so no block lies across the border of two: what is left of a page
// is filled with a block that readers skip. Writes are synchronous, one a turn of the event loop: nothing heaps up in
// memory, and what fills a disk too fast waits for it.

import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { parse } from 'node:path'
import { UsageError } from '../net/errors.ts'
import { pageBytes, writePaddingBlock } from './blocks.ts'

export interface Ring {
  /** How many files are kept; the oldest is deleted for a new one. */
  files: number
  /** Octets that a file does not grow beyond. */
  octets: number
}

// What is gathered in one turn before it is written at once.
const batchBytes = 1024 * 1024
const smallestPadding = 12

export class CaptureFile {
  readonly #path: string
  readonly #ring: Ring | undefined
  readonly #head: () => Buffer[]
  readonly #batch: Buffer = Buffer.allocUnsafeSlow(batchBytes)
  readonly #files: string[] = []
  #made = 0
  #descriptor: number | undefined
  /** Octets of the present file that are written. */
  #written = 0
  #filled = 0
  #headOctets = 0

  /** `head` gives the blocks that every file begins with. */
  constructor(path: string, ring: Ring | undefined, head: () => Buffer[]) {
    if (ring !== undefined && !(ring.files >= 1 && ring.octets >= 2 * pageBytes)) {
      throw new UsageError(
        `expected a ring of at least 1 file of at least ${2 * pageBytes} octets, got ${ring.files} of ${ring.octets}`,
      )
    }
    this.#path = path
    this.#ring = ring
    this.#head = head
    this.#open()
  }

  /** The files that are there, the oldest first. */
  get files(): readonly string[] {
    return this.#files
  }

  /** A block of at most a page, which stands in `bytes` from `start` to `end`. */
  append(bytes: Buffer, start = 0, end: number = bytes.length): void {
    const size = this.#written + this.#filled
    if (this.#ring !== undefined && size > this.#headOctets && size + end - start > this.#ring.octets - pageBytes) {
      this.#close()
      this.#open()
    }
    this.#put(bytes, start, end)
  }

  /** Hands the system what was appended. Throws {@link UsageError} where it takes no more; the file is then whole. */
  flush(): void {
    if (this.#descriptor === undefined) return
    try {
      for (let at = 0; at < this.#filled; ) at += writeSync(this.#descriptor, this.#batch, at, this.#filled - at)
    } catch (error) {
      this.#abandon()
      throw this.#unwritable(error)
    }
    this.#written += this.#filled
    this.#filled = 0
  }

  close(): void {
    this.#close()
  }

  #put(bytes: Buffer, start: number, end: number): void {
    if (this.#filled + 2 * pageBytes > batchBytes) this.flush()
    const room = pageBytes - ((this.#written + this.#filled) % pageBytes)
    const left = room - (end - start)
    if (left < 0 || (left > 0 && left < smallestPadding)) {
      writePaddingBlock(this.#batch, this.#filled, room)
      this.#filled += room
    }
    this.#filled += bytes.copy(this.#batch, this.#filled, start, end)
  }

  #open(): void {
    const file = this.#nextName()
    try {
      this.#descriptor = openSync(file, 'w')
      this.#files.push(file)
      if (this.#ring !== undefined && this.#files.length > this.#ring.files) unlinkSync(this.#files.shift()!)
    } catch (error) {
      throw this.#unwritable(error)
    }
    this.#written = 0
    for (const block of this.#head()) this.#put(block, 0, block.length)
    this.#headOctets = this.#written + this.#filled
  }

  #close(): void {
    this.flush()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** Gives up, leaving the blocks that were written whole. */
  #abandon(): void {
    const descriptor = this.#descriptor!
    this.#descriptor = undefined
    this.#filled = 0
    try {
      ftruncateSync(descriptor, this.#written)
    } catch {
      // A pipe has no length to cut.
    }
    closeSync(descriptor)
  }

  #nextName(): string {
    if (this.#ring === undefined) return this.#path
    const { dir, name, ext } = parse(this.#path)
    const slash = dir === '' || dir.endsWith('/') ? '' : '/'
    return `${dir}${slash}${name}_${String(++this.#made).padStart(5, '0')}${ext}`
  }

  #unwritable(error: unknown): UsageError {
    const reason = (error as Error).message
    return new UsageError(`expected a capture file that can be written, got ${JSON.stringify(this.#path)}: ${reason}`, {
      cause: error,
    })
  }
}
