// Holds what crosses a link back for a while, in its order, and makes whoever says too much meanwhile wait.

import { clearTimeout, setTimeout } from 'node:timers'
import { UsageError } from '../net/errors.ts'
import type { Crossing, Stage } from '../net/fault.ts'
import type { Network } from '../net/network.ts'
import type { Side } from '../wire/decoder.ts'
import type { Place } from './placing.ts'
import { virtualTimeOf } from './virtual-time.ts'

/**
 * What a delay passes by: `virtual` takes no time, and only the order of what is delayed follows from it; `clock` waits for
 * the network's clock, which in tests somebody has to move; `real` waits for real time.
 */
export type DelayTime = 'virtual' | 'clock' | 'real'

const delayTimes: readonly unknown[] = ['virtual', 'clock', 'real', undefined] satisfies (DelayTime | undefined)[]

/** @throws {UsageError} where it is none. */
export function checkDelayTime(fault: string, time: DelayTime | undefined): void {
  if (delayTimes.includes(time)) return
  throw new UsageError(`${fault}: expected time as virtual, clock or real, got ${JSON.stringify(time)}`)
}

/** Octets that wait on one side before it is held back. */
const maxWaitingBytes = 256 * 1024
/** Datagrams that wait; those beyond are lost. */
const maxWaitingDatagrams = 10_000

interface Waiting {
  readonly from: Side
  readonly what: Crossing
  readonly pass: (what: Crossing) => void
  cancel: () => void
}

export class DelayLine implements Pick<Stage, 'release' | 'closed'> {
  readonly #place: Place
  readonly #time: DelayTime
  readonly #waiting = new Set<Waiting>()
  readonly #bytes: Record<Side, number> = { client: 0, server: 0 }
  readonly #lastDue: Record<Side, number> = { client: 0, server: 0 }
  /** Whether what is said later may arrive earlier, as datagrams may. */
  readonly #mayOvertake: boolean

  /** Without a time it is real where the network's clock runs, else virtual. */
  constructor(place: Place, time: DelayTime | undefined, { mayOvertake = false }: { mayOvertake?: boolean } = {}) {
    this.#place = place
    this.#time = time ?? (place.network.clock.running ? 'real' : 'virtual')
    this.#mayOvertake = mayOvertake
  }

  now(): number {
    if (this.#time === 'real') return performance.now()
    return this.#time === 'clock' ? this.#place.network.clock.now() : virtualTimeOf(this.#place.network).now()
  }

  isIdle(from: Side): boolean {
    for (const each of this.#waiting) if (each.from === from) return false
    return true
  }

  /** Passes it on after a delay, and never before what the side said earlier. */
  push(from: Side, delayMs: number, what: Crossing, pass: (what: Crossing) => void): void {
    const { link, grip, network } = this.#place
    if (delayMs === 0 && this.isIdle(from)) {
      pass(what)
      return
    }
    if (link.transport === 'udp' && this.#waiting.size >= maxWaitingDatagrams) return
    const now = this.now()
    const due = this.#mayOvertake ? now + delayMs : Math.max(now + delayMs, this.#lastDue[from])
    this.#lastDue[from] = due
    const waiting: Waiting = { from, what, pass, cancel: () => {} }
    this.#waiting.add(waiting)
    if (what.kind === 'octets') {
      this.#bytes[from] += what.octets.length
      if (this.#bytes[from] > maxWaitingBytes) grip.holdBack(from)
    }
    waiting.cancel = after(network, this.#time, due - now, () => this.#arrive(waiting))
  }

  release(): void {
    for (const waiting of [...this.#waiting]) {
      waiting.cancel()
      this.#arrive(waiting)
    }
  }

  closed(): void {
    for (const { cancel } of this.#waiting) cancel()
    this.#waiting.clear()
  }

  #arrive(waiting: Waiting): void {
    // Timers of one length need not keep their order: whatever waits before it goes first.
    if (!this.#mayOvertake) {
      for (const each of this.#waiting) {
        if (each === waiting) break
        if (each.from !== waiting.from) continue
        each.cancel()
        this.#leave(each)
      }
    }
    this.#leave(waiting)
  }

  #leave(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting)) return
    const { from, what, pass } = waiting
    if (what.kind === 'octets') {
      this.#bytes[from] -= what.octets.length
      if (this.#bytes[from] <= maxWaitingBytes) this.#place.grip.release(from)
    }
    pass(what)
  }
}

function after(network: Network, time: DelayTime, delayMs: number, run: () => void): () => void {
  if (time === 'virtual') return virtualTimeOf(network).after(delayMs, run)
  if (time === 'clock') {
    const timer = network.clock.after(delayMs, run)
    return () => timer[Symbol.dispose]()
  }
  // setTimeout rounds down to a whole millisecond and takes at most 2^31-1 of them.
  const timer = setTimeout(run, Math.min(Math.ceil(delayMs), 0x7fffffff))
  return () => clearTimeout(timer)
}
