// Fake timers beside real sockets: what Node's own modules and network clients go on by stays real, and a network's clock
// takes the fake timers along.

import timers from 'node:timers'
import { vi } from 'vitest'
import type { Companion } from '../net/clock.ts'
import { configuredTimers } from './runner.ts'

const { setImmediate } = timers

/** Clients go on by these when nobody waits: with them faked nodemailer hangs before it has said a word. */
const stayReal = ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const

const patched: unique symbol = Symbol.for('backlot.vitest.timers') as never

/** From now on `vi.useFakeTimers()` leaves real what nobody asked it by name to fake. */
export function keepTurnsReal(): void {
  const original = vi.useFakeTimers as typeof vi.useFakeTimers & { [patched]?: true }
  if (original[patched]) return
  const useFakeTimers: typeof original = config => {
    const { toFake, toNotFake } = { ...configuredTimers(), ...config }
    const isChosen = toFake !== undefined || toNotFake !== undefined
    return original.call(vi, isChosen ? config : { ...config, toNotFake: [...stayReal] })
  }
  useFakeTimers[patched] = true
  vi.useFakeTimers = useFakeTimers
}

/** Turns of the event loop in which nothing crosses a link before it counts as quiet: before the first thing, and after. */
const shortTurns = 12
const longTurns = 60
/** A program that never comes to rest must not hold up time. */
const maxTurns = 20_000

/** Takes vitest's fake timers along with a network's clock. `activity` grows with everything that crosses a link. */
export function fakeTimers(activity: () => number): Companion {
  return {
    async settle() {
      let seen = activity()
      let wanted = shortTurns
      for (let quiet = 0, turns = 0; quiet < wanted && turns < maxTurns; turns++) {
        await new Promise<void>(resolve => setImmediate(resolve))
        const now = activity()
        quiet = now === seen ? quiet + 1 : 0
        if (now !== seen) wanted = longTurns
        seen = now
      }
    },
    // At once: what a timer starts must not reach a network whose clock is still behind.
    advance(ms) {
      const before = vi.isFakeTimers() ? vi.getMockedSystemTime()?.getTime() : undefined
      if (before === undefined) return ms
      // One of ours stands where it is to stop, for vitest knows only how to go to the next.
      const waiting = vi.getTimerCount()
      const stop = globalThis.setTimeout(() => {}, ms)
      const isFake = vi.getTimerCount() > waiting
      if (isFake) vi.advanceTimersToNextTimer()
      globalThis.clearTimeout(stop)
      if (isFake) return Math.min(ms, vi.getMockedSystemTime()!.getTime() - before)
      vi.advanceTimersByTime(ms)
      return ms
    },
  }
}
