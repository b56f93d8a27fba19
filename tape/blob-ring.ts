// Memory in which one thread hands another operations on files, with octets, in order: whoever finds it full or empty
// waits. Both sides of the files beside a tape that are written off the main thread.

/** What is to be done with a file: take over what is there, append, tell how it goes, close, forget. */
export type Operation = 'open' | 'append' | 'ask' | 'close' | 'forget' | 'stop'

export interface Slot {
  readonly operation: Operation
  readonly file: number
  /** Octets in the shared memory, the path for `open`; valid until the slot is released. */
  readonly octets: Buffer
}

const operations: readonly Operation[] = ['open', 'append', 'ask', 'close', 'forget', 'stop']

const slots = 128
export const slotBytes: number = 64 * 1024

/** Counters at the beginning of the memory. */
const produced = 0
const consumed = 1
const failures = 2
const counters = 3
/** Words of each slot: operation, file, length of what it holds. */
const words = 3
const head = (counters + slots * words) * Int32Array.BYTES_PER_ELEMENT

/** Milliseconds after which the other side is given up when it has not done a single thing. */
const patienceMs = 60_000

export class BlobRing {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #octets: Buffer

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(head + slots * slotBytes)) {
    this.memory = memory
    this.#words = new Int32Array(memory, 0, counters + slots * words)
    this.#octets = Buffer.from(memory, head)
  }

  /** Files that could not be written so far. */
  get failures(): number {
    return Atomics.load(this.#words, failures)
  }

  failed(): void {
    Atomics.add(this.#words, failures, 1)
  }

  /**
   * Hands over an operation with at most {@link slotBytes} octets; the place it has is what `answer` takes.
   *
   * @throws {Error} where the other side does nothing for a minute.
   */
  hand(operation: Operation, file: number, octets?: Uint8Array): number {
    const place = Atomics.load(this.#words, produced)
    this.#until(place - slots + 1)
    this.#fill(place, operations.indexOf(operation), file, octets)
    this.#turn(produced, place + 1)
    return place
  }

  /** Waits until an operation is done; what it left is its answer: undefined for nothing. */
  answer(place: number): string | undefined {
    this.#until(place + 1)
    const { octets } = this.#read(place)
    return octets.length === 0 ? undefined : octets.toString()
  }

  /** The next operation, for the other side, which waits for it. */
  next(): Slot {
    const place = Atomics.load(this.#words, consumed)
    while (Atomics.load(this.#words, produced) - place <= 0) Atomics.wait(this.#words, produced, place)
    return this.#read(place)
  }

  /** What `next` gave is done. */
  release(file: number, answer = ''): void {
    const place = Atomics.load(this.#words, consumed)
    this.#fill(place, 0, file, Buffer.from(answer).subarray(0, slotBytes))
    this.#turn(consumed, place + 1)
  }

  /** Waits until so many operations are done. */
  #until(count: number): void {
    for (;;) {
      const done = Atomics.load(this.#words, consumed)
      if (done - count >= 0) return
      if (Atomics.wait(this.#words, consumed, done, patienceMs) === 'timed-out') {
        throw new Error(`nothing was written for ${patienceMs / 1000} s`)
      }
    }
  }

  #fill(place: number, operation: number, file: number, octets: Uint8Array | undefined): void {
    const at = place % slots
    const length = octets?.length ?? 0
    this.#words.set([operation, file, length], counters + at * words)
    if (octets !== undefined) this.#octets.set(octets, at * slotBytes)
  }

  #read(place: number): Slot {
    const at = place % slots
    const [operation, file, length] = this.#words.subarray(counters + at * words, counters + (at + 1) * words)
    const from = at * slotBytes
    return { operation: operations[operation!]!, file: file!, octets: this.#octets.subarray(from, from + length!) }
  }

  #turn(counter: number, value: number): void {
    Atomics.store(this.#words, counter, value)
    Atomics.notify(this.#words, counter)
  }
}
