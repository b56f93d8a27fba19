// The files beside a tape: bodies too large to stand in it, named by what is in them, so that the same body is one file.

import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../net/errors.ts'
import { BlobThread } from './blob-thread.ts'

/** Names that this file gives; only such are ever deleted. */
const named = /^(?:[0-9a-f]{16}(?:\.[a-z0-9]{1,12})*|unfinished-\d+)$/

/** Octets that are gathered before they are written. */
const batchBytes = 64 * 1024
/** A file that grows beyond goes on in a thread of its own; starting one costs as much as some files of this size. */
const threadFromBytes = 8 * 1024 * 1024

/** `mail.tape.yaml` has its files in `mail.tape`. */
export function blobFolder(tape: string): string {
  return join(
    dirname(tape),
    basename(tape)
      .replace(/\.ya?ml$/i, '')
      .replace(/(\.tape)?$/, '.tape'),
  )
}

export class BlobStore {
  readonly folder: string
  readonly #kept = new Set<string>()
  readonly #thread = new BlobThread()
  #made = 0

  constructor(tape: string) {
    this.folder = blobFolder(tape)
  }

  /** A file whose name is known when all of it is there. */
  begin(): BlobSink {
    return new BlobSink(this.folder, `unfinished-${++this.#made}`, this.#thread)
  }

  /** Writes a small one at once. */
  keep(octets: Buffer, extension: string): string {
    const sink = this.begin()
    sink.push(octets)
    return this.finish(sink, extension)
  }

  /** Gives a file that is through its name. */
  finish(sink: BlobSink, extension: string): string {
    const name = sink.finish(extension)
    this.#kept.add(name)
    return name
  }

  /** A file that was there before goes on being part of the tape. */
  retain(name: string): string {
    this.#kept.add(name)
    return name
  }

  /** Nothing more is written. */
  close(): void {
    this.#thread.stop()
  }

  /** Deletes what an earlier recording of the same tape left here. */
  sweep(): void {
    this.close()
    let left = 0
    for (const name of list(this.folder)) {
      if (!named.test(name) || this.#kept.has(name)) left++
      else unlinkSync(join(this.folder, name))
    }
    if (left === 0) {
      try {
        rmdirSync(this.folder)
      } catch {
        // it was never there
      }
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A file that is being written. */
export class BlobSink {
  readonly #folder: string
  readonly #path: string
  readonly #thread: BlobThread
  readonly #hash: Hash = createHash('sha256')
  #descriptor: number | undefined
  /** The file's number in the thread that writes it. */
  #far: number | undefined
  #batch: Buffer[] = []
  #gathered = 0
  size = 0

  constructor(folder: string, name: string, thread: BlobThread) {
    this.#folder = folder
    this.#path = join(folder, name)
    this.#thread = thread
  }

  push(octets: Buffer): void {
    this.size += octets.length
    if (this.#far !== undefined) {
      const far = this.#far
      this.#writing(() => this.#thread.append(far, octets))
      return
    }
    this.#hash.update(octets)
    this.#batch.push(octets)
    this.#gathered += octets.length
    if (this.#gathered >= batchBytes) this.#write()
    if (this.size >= threadFromBytes) this.#handOver()
  }

  /** Its name from now on: `extension` without a dot, or empty. */
  finish(extension: string): string {
    const name = fileName(this.#end(), extension)
    renameSync(this.#path, join(this.#folder, name))
    return name
  }

  /** What is there is not wanted. */
  abandon(): void {
    this.#batch = []
    if (this.#far !== undefined) this.#thread.forget(this.#far)
    else if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    else return
    this.#far = undefined
    this.#descriptor = undefined
    unlinkSync(this.#path)
  }

  /** Gives the hash of all of it. */
  #end(): string {
    const far = this.#far
    if (far !== undefined) {
      this.#far = undefined
      return this.#writing(() => this.#thread.close(far))
    }
    this.#write()
    closeSync(this.#descriptor!)
    this.#descriptor = undefined
    return this.#hash.digest('hex')
  }

  /** Where no thread can be had, all goes on here. */
  #handOver(): void {
    if (!this.#thread.start()) return
    this.#write()
    closeSync(this.#descriptor!)
    this.#descriptor = undefined
    this.#far = this.#writing(() => this.#thread.open(this.#path))
  }

  #write(): void {
    this.#writing(() => {
      this.#descriptor ??= this.#open()
      for (const octets of this.#batch) {
        for (let at = 0; at < octets.length; ) at += writeSync(this.#descriptor, octets, at)
      }
    })
    this.#batch = []
    this.#gathered = 0
  }

  #writing<T>(call: () => T): T {
    try {
      return call()
    } catch (cause) {
      throw new UsageError(
        `expected a folder beside the tape that can be written, got ${this.#folder}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  #open(): number {
    mkdirSync(this.#folder, { recursive: true })
    return openSync(this.#path, 'w')
  }
}

/** Moves the files of one tape to those of another. */
export function moveBlobs(from: string, to: string): void {
  const names = list(from)
  if (names.length > 0) mkdirSync(to, { recursive: true })
  for (const name of names) renameSync(join(from, name), join(to, name))
  if (names.length > 0) rmdirSync(from)
}

/** What a file with these octets is called. */
export function blobName(octets: Buffer, extension: string): string {
  return fileName(createHash('sha256').update(octets).digest('hex'), extension)
}

function fileName(hash: string, extension: string): string {
  return `${hash.slice(0, 16)}${extension === '' ? '' : `.${extension}`}`
}

/** The size of a file beside a tape; undefined where it is not there. Names that lead out of the folder are not. */
export function blobSize(folder: string, name: string): number | undefined {
  if (name === '' || basename(name) !== name || name.startsWith('.')) return undefined
  try {
    const stat = statSync(join(folder, name))
    return stat.isFile() ? stat.size : undefined
  } catch {
    return undefined
  }
}

export function readBlob(folder: string, name: string): Buffer {
  return readFileSync(join(folder, name))
}
