// Whose time a client waits by: real time, or a network's clock.

import { clearTimeout, setTimeout } from 'node:timers'

/** A network's {@link Clock} is one. */
export interface Timekeeper {
  /** Milliseconds of Unix time. */
  now(): number
  /** Calls `run` once, after `delayMs`, unless it is disposed before. */
  after(delayMs: number, run: () => void): Disposable
}

export const realTime: Timekeeper = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}
