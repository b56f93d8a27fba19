// Files beside a tape that a thread of its own hashes and appends to: the side that asks it to.

import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { BlobRing, slotBytes } from './blob-ring.ts'

export class BlobThread {
  #ring: BlobRing | undefined
  #isRefused = false
  #files = 0

  /** False where this process may start no thread. */
  start(): boolean {
    if (this.#ring !== undefined) return true
    if (this.#isRefused) return false
    const ring = new BlobRing()
    try {
      const script = new URL(`./blob-writer${extname(import.meta.filename)}`, import.meta.url)
      new Worker(script, { workerData: ring.memory, execArgv: [], stdin: false }).unref()
    } catch {
      this.#isRefused = true
      return false
    }
    this.#ring = ring
    return true
  }

  /** Takes over a file that is there and closed; what it is called here is its number. */
  open(path: string): number {
    const file = ++this.#files
    this.#ring!.hand('open', file, Buffer.from(path))
    return file
  }

  /**
   * Appends octets, which are the caller's again afterwards.
   *
   * @throws {Error} where something before could not be written.
   */
  append(file: number, octets: Buffer): void {
    const ring = this.#ring!
    for (let at = 0; at < octets.length; at += slotBytes) ring.hand('append', file, octets.subarray(at, at + slotBytes))
    if (ring.failures === 0) return
    const failure = ring.answer(ring.hand('ask', file))
    if (failure !== undefined) throw new Error(failure)
  }

  /**
   * Waits until all is written, and gives the SHA-256 of it in hexadecimal digits.
   *
   * @throws {Error} where something could not be written.
   */
  close(file: number): string {
    const answer = this.#ring!.answer(this.#ring!.hand('close', file))!
    const hash = /^sha256 ([0-9a-f]{64})$/.exec(answer)?.[1]
    if (hash === undefined) throw new Error(answer)
    return hash
  }

  forget(file: number): void {
    this.#ring!.answer(this.#ring!.hand('forget', file))
  }

  stop(): void {
    this.#ring?.hand('stop', 0)
    this.#ring = undefined
  }
}
