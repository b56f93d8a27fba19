// What is added to a tape while it is replayed. It is recorded as a tape of its own beside it, so that whoever kills the
// replay finds the old tape as it was and the new one as far as it came; at the end both become one.

import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../net/errors.ts'
import type { TapeForm } from '../wire/tape.ts'
import { blobFolder, moveBlobs } from './blobs.ts'
import { copyPlace, endMarkAt, findDocuments, readPlace } from './documents.ts'
import { hostDocument } from './journal.ts'
import type { Bindings } from './live.ts'
import { type Recorded, Recorder } from './recorder.ts'
import { SecretBook } from './secrets.ts'
import { formatService } from './tape.ts'
import { TapeFile } from './tape-file.ts'

export interface AdditionsOptions {
  readonly forms: ReadonlyMap<string, TapeForm>
  /** What is recorded, as the recorder asks it. */
  readonly recorded: Recorded
  /** Secrets by name. */
  readonly secrets: ReadonlyMap<string, string>
  /** What clients have said where the tape has placeholders. */
  readonly bindings: Bindings
  readonly header: { readonly recorded?: string; readonly by?: string }
}

export class Additions {
  readonly tape: TapeFile
  readonly recorder: Recorder
  readonly #beside: string
  readonly #hosts = new Map<string, readonly string[]>()

  constructor(tape: TapeFile, { forms, recorded, secrets, bindings, header }: AdditionsOptions) {
    this.tape = tape
    this.#beside = besideOf(tape.path)
    const book = new SecretBook(secrets, {
      taken: placeholdersOf(tape.path),
      number: (kind, secret) => bindings.number(kind, secret),
    })
    this.recorder = new Recorder(recorded, forms, { file: this.#beside, header, book })
  }

  /** A name was looked up that is on no tape. */
  host(name: string, addresses: readonly string[]): void {
    this.#hosts.set(name, addresses)
  }

  /**
   * Puts what was recorded at the tape's end, and gives the services that it came from, each as often as it has new
   * conversations. All that was on the tape stays as it was, octet for octet, but for its last line.
   *
   * @throws {UsageError} where that cannot be done; the tape is then as it was before.
   */
  finish(): readonly string[] {
    const isWritten = this.recorder.finish()
    if (!isWritten && this.#hosts.size === 0) return []
    if (!isWritten) {
      this.#append(undefined)
      return []
    }
    using added = new TapeFile(this.#beside)
    for (const [name, addresses] of added.hosts) this.#hosts.set(name, addresses)
    moveBlobs(blobFolder(this.#beside), blobFolder(this.tape.path))
    this.#append(this.#beside)
    rmSync(this.#beside)
    return Array.from({ length: added.length }, (_, at) => formatService(added.serviceOf(at)))
  }

  #append(added: string | undefined): void {
    // A link to a tape goes on being one.
    const path = realpathSync(this.tape.path)
    const final = `${path}.unfinished`
    try {
      append(path, this.#hosts, added, final)
      renameSync(final, path)
    } catch (cause) {
      rmSync(final, { force: true })
      const where = added === undefined ? '' : `; what was recorded is in ${added}`
      throw new UsageError(`expected a tape that can be added to, got ${path}: ${(cause as Error).message}${where}`, {
        cause,
      })
    }
  }
}

/** A name that nobody else has. */
function besideOf(path: string): string {
  const stem = basename(path).replace(/(\.tape)?\.ya?ml$/i, '')
  for (let number = process.pid; ; number++) {
    const file = join(dirname(path), `${stem}.added-${number}.tape.yaml`)
    if (!existsSync(file)) return file
  }
}

/** Writes a tape once more with more at its end. */
function append(
  path: string,
  hosts: ReadonlyMap<string, readonly string[]>,
  added: string | undefined,
  final: string,
): void {
  // Somebody else may have added to it since this replay began.
  using tape = new TapeFile(path)
  const source = openSync(path, 'r')
  const target = openSync(final, 'w')
  try {
    fchmodSync(target, fstatSync(source).mode)
    copyPlace(source, target, { start: 0, end: wholeUpTo(source) })
    for (const [name, addresses] of hosts) {
      const known = tape.hosts.get(name)
      if (known === undefined || (known.length === 0 && addresses.length > 0)) {
        writeSync(target, hostDocument(name, addresses))
      }
    }
    if (added !== undefined) appendConversations(added, target, tape.lastNumber)
    writeSync(target, '...\n')
  } finally {
    closeSync(source)
    closeSync(target)
  }
}

function appendConversations(added: string, target: number, lastNumber: number): void {
  const source = openSync(added, 'r')
  try {
    const end = wholeUpTo(source)
    let number = lastNumber
    const places = findDocuments(source)
    for (let at = 1; at < places.length; at++) {
      const place = places.at(at)
      const [head] = /^---\nconversation: \d+\n/.exec(readPlace(source, place, 64))!
      writeSync(target, `---\nconversation: ${++number}\n`)
      copyPlace(source, target, { start: place.start + head.length, end: Math.min(place.end, end) })
    }
  } finally {
    closeSync(source)
  }
}

function wholeUpTo(descriptor: number): number {
  const end = endMarkAt(descriptor)
  if (end === undefined) throw new Error('it has no last line ... (three dots), and was cut while it was written')
  return end
}

const windowBytes = 1024 * 1024
/** Octets of the longest placeholder that is looked for. */
const overlap = 256

/** The highest number of each kind of placeholder in a tape. */
function placeholdersOf(path: string): Map<string, number> {
  const highest = new Map<string, number>()
  const descriptor = openSync(path, 'r')
  try {
    const { size } = fstatSync(descriptor)
    for (let start = 0; start < size; start += windowBytes) {
      const text = readPlace(descriptor, { start, end: Math.min(size, start + windowBytes + overlap) })
      for (const [, kind, number = '1'] of text.matchAll(/‹secret:([a-z][a-z0-9-]*)(?::(\d{1,9}))?›/g)) {
        highest.set(kind!, Math.max(highest.get(kind!) ?? 0, Number(number)))
      }
    }
  } finally {
    closeSync(descriptor)
  }
  return highest
}
