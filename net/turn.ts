// The end of a turn of the event loop: after everything that the system had ready in it was read.

import timers from 'node:timers'

// As it is now: test runners replace the global one, and some that of the module.
const { setImmediate } = timers

let waiting: (() => void)[] = []

/**
 * Calls `call` at the end of this turn, in the order of asking. Answers to many peers that are written in a row wake
 * their readers once; written one by one as they get ready, they cost twice the time. `call` must not throw.
 */
export function atEndOfTurn(call: () => void): void {
  if (waiting.push(call) > 1) return
  setImmediate(() => {
    const calls = waiting
    waiting = []
    for (const each of calls) each()
  })
}

/** Turns after which a side that says nothing more is silent. */
export const silentTurns = 20

/** Calls `call` after so many turns of the event loop; none is at once. */
export function afterTurns(turns: number, call: () => void): void {
  if (turns === 0) call()
  else atEndOfTurn(() => afterTurns(turns - 1, call))
}
