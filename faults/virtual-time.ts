// Delays that take no time: what is due earlier goes first, and nobody waits for a clock.

import type { Network } from '../net/network.ts'
import { afterTurns } from '../net/turn.ts'

/** Turns of the event loop between two moments: what an answer over loopback needs to be on its way. */
const turnsBetween = 4

interface Waiting {
  readonly due: number
  readonly run: () => void
}

/** The moments of one network. */
class VirtualTime {
  /** When the last thing was due. */
  #now = 0
  #waiting: Waiting[] = []
  #isRunning = false

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): () => void {
    const waiting = { due: this.#now + delayMs, run }
    let at = this.#waiting.length
    while (at > 0 && this.#waiting[at - 1]!.due > waiting.due) at--
    this.#waiting.splice(at, 0, waiting)
    if (!this.#isRunning) {
      this.#isRunning = true
      this.#wait()
    }
    return () => {
      const found = this.#waiting.indexOf(waiting)
      if (found >= 0) this.#waiting.splice(found, 1)
    }
  }

  #wait(): void {
    afterTurns(turnsBetween, () => this.#next())
  }

  #next(): void {
    const first = this.#waiting[0]
    if (first === undefined) {
      this.#isRunning = false
      return
    }
    this.#now = first.due
    while (this.#waiting[0] !== undefined && this.#waiting[0].due <= this.#now) this.#waiting.shift()!.run()
    this.#isRunning = this.#waiting.length > 0
    if (this.#isRunning) this.#wait()
  }
}

const times = new WeakMap<Network, VirtualTime>()

export function virtualTimeOf(network: Network): VirtualTime {
  let time = times.get(network)
  if (time === undefined) times.set(network, (time = new VirtualTime()))
  return time
}
