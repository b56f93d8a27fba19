// Where the documents of a tape's file are, found without parsing them: a large tape is opened as quickly as a small one.

import { fstatSync, readSync, writeSync } from 'node:fs'
import { Column } from './column.ts'

const windowBytes = 1024 * 1024

/** Octets of a file from `start` to before `end`. */
export interface Place {
  readonly start: number
  readonly end: number
}

/** Reads from `offset` on until `octets` is full or the file ends; gives how many there were. */
function fill(descriptor: number, octets: Buffer, offset: number): number {
  let filled = 0
  while (filled < octets.length) {
    const count = readSync(descriptor, octets, filled, octets.length - filled, offset + filled)
    if (count === 0) break
    filled += count
  }
  return filled
}

export function readPlace(descriptor: number, { start, end }: Place, limit: number = Number.POSITIVE_INFINITY): string {
  const octets = Buffer.allocUnsafe(Math.min(end - start, limit))
  return octets.toString('utf8', 0, fill(descriptor, octets, start))
}

/** Documents of a file in order, each as long as the next one leaves it; numbers only, as a large tape has many. */
export class Places {
  readonly #starts: Column
  readonly #size: number

  constructor(starts: Column, size: number) {
    this.#starts = starts
    this.#size = size
  }

  get length(): number {
    return this.#starts.length
  }

  at(index: number): Place {
    return { start: this.#starts.at(index)!, end: this.#starts.at(index + 1) ?? this.#size }
  }
}

/** Copies octets of a file to where another is being written. */
export function copyPlace(source: number, target: number, { start, end }: Place): void {
  const window = Buffer.allocUnsafe(Math.min(windowBytes, end - start))
  for (let at = start; at < end; ) {
    const count = fill(source, window.subarray(0, Math.min(window.length, end - at)), at)
    if (count === 0) break
    for (let done = 0; done < count; ) done += writeSync(target, window, done, count - done)
    at += count
  }
}

/** Each document begins with its line `---`, but for the first. */
export function findDocuments(descriptor: number): Places {
  const { size } = fstatSync(descriptor)
  const window = Buffer.allocUnsafeSlow(Math.min(windowBytes, size))
  const starts = new Column()
  starts.push(0)
  let last = 0
  // Windows overlap, so that a mark at the border of two is seen whole in one.
  for (let offset = 0; offset < size; offset += window.length - mark.length) {
    const count = fill(descriptor, window, offset)
    const seen = count < window.length ? window.subarray(0, count) : window
    for (let at = seen.indexOf(mark); at >= 0; at = seen.indexOf(mark, at + 1)) {
      const next = seen[at + mark.length]
      const isLine = next === undefined ? offset + count === size : next === 10 || next === 13 || next === 32
      if (!isLine || offset + at + 1 <= last) continue
      last = offset + at + 1
      starts.push(last)
    }
    if (offset + count >= size) break
  }
  return new Places(starts, size)
}

const mark = Buffer.from('\n---')

/**
 * Where the last line begins that a recorder ends with; undefined where it is not there. Nothing is lost of what has only
 * begun with a dash.
 */
export function endMarkAt(descriptor: number): number | undefined {
  const { size } = fstatSync(descriptor)
  const tail = readPlace(descriptor, { start: Math.max(0, size - 64), end: size })
  const found = /(?:^|\n)(\.\.\.\s*-{0,2})$/.exec(tail)?.[1]
  return found === undefined ? undefined : size - Buffer.byteLength(found)
}

/** Counts lines up to an offset; quick where the offsets rise. */
export class LineCount {
  readonly #descriptor: number
  #offset = 0
  #line = 1

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** The number of the line in which an offset lies, counted from 1. */
  at(offset: number): number {
    if (offset < this.#offset) {
      this.#offset = 0
      this.#line = 1
    }
    const window = Buffer.allocUnsafe(Math.min(windowBytes, offset - this.#offset))
    while (this.#offset < offset) {
      const part = window.subarray(0, Math.min(window.length, offset - this.#offset))
      const count = fill(this.#descriptor, part, this.#offset)
      if (count === 0) break
      for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) this.#line++
      this.#offset += count
    }
    return this.#line
  }
}

/** Reads a file in large parts: pieces that are wanted one after the other mostly stand so. */
export class WindowReader {
  readonly #descriptor: number
  readonly window: Buffer = Buffer.allocUnsafeSlow(windowBytes)
  #start = 0
  #end = 0

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** The octets are the caller's to keep. */
  read(offset: number, length: number): Buffer {
    if (length > windowBytes / 4) {
      const octets = Buffer.allocUnsafeSlow(length)
      fill(this.#descriptor, octets, offset)
      return octets
    }
    const at = this.seek(offset, length)
    return Buffer.from(this.window.subarray(at, at + length))
  }

  /** Where in `window` the octets are, at most a quarter of a mebibyte; valid until the next call. */
  seek(offset: number, length: number): number {
    if (offset < this.#start || offset + length > this.#end) {
      this.#start = offset
      this.#end = offset + fill(this.#descriptor, this.window, offset)
    }
    return offset - this.#start
  }
}
