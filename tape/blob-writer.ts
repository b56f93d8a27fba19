// The thread that hashes and appends to the files beside a tape which are large, so that what is relayed does not wait
// for either.

import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { BlobRing, type Slot, slotBytes } from './blob-ring.ts'

interface Open {
  readonly descriptor: number
  readonly hash: Hash
}

const ring = new BlobRing(workerData as SharedArrayBuffer)
/** What went wrong stands in the place of the file. */
const files = new Map<number, Open | Error>()

for (;;) {
  const slot = ring.next()
  const { operation, file } = slot
  if (operation === 'stop') break
  let answer: string | undefined
  try {
    answer = perform(slot)
  } catch (error) {
    forget(file)
    files.set(file, error as Error)
    ring.failed()
  }
  ring.release(file, answer)
}

/** What is answered: the failure for `ask`, the failure or the hash for `close`. */
function perform({ operation, file, octets }: Slot): string {
  const open = files.get(file)
  if (operation === 'open') files.set(file, takeOver(octets.toString()))
  else if (operation === 'forget') forget(file)
  else if (open instanceof Error) {
    if (operation === 'close') forget(file)
    return operation === 'append' ? '' : open.message
  } else if (operation === 'append') append(open!, octets)
  else if (operation === 'close') {
    files.delete(file)
    closeSync(open!.descriptor)
    return `sha256 ${open!.hash.digest('hex')}`
  }
  return ''
}

/** Octets that are there already count. */
function takeOver(path: string): Open {
  const descriptor = openSync(path, 'r+')
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(slotBytes)
  for (;;) {
    const count = readSync(descriptor, chunk)
    if (count === 0) return { descriptor, hash }
    hash.update(chunk.subarray(0, count))
  }
}

function append({ descriptor, hash }: Open, octets: Buffer): void {
  hash.update(octets)
  for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at)
}

function forget(file: number): void {
  const open = files.get(file)
  files.delete(file)
  if (open !== undefined && !(open instanceof Error)) closeSync(open.descriptor)
}
