// The way of what crosses a faulted link: through the stage of each fault, in the order in which the faults came.

import type { Side } from '../wire/decoder.ts'
import type { Crossing, Grip, PlacedFault, Stage } from './fault.ts'
import { afterTurns } from './turn.ts'

/** What a course needs of its link. */
export interface CourseEnds {
  /** To the service. */
  hear(octets: Buffer): void
  heardEnd(): void
  /** To the client; `sent` is called when the system has taken it. */
  put(octets: Buffer, sent: () => void): void
  end(): void
  reset(): void
  /** Makes the client wait, and lets it go on. */
  pause(): void
  resume(): void
  /** The service may say more. */
  drained(): void
}

/** A reset that comes with the first octets of a link is all that a client in this process hears of it. */
const turnsToArrive = 4

interface Entry {
  readonly fault: PlacedFault
  readonly stage: Stage
  /** Its successor at the time when it was taken off the way. */
  after: Entry | undefined
  isGone: boolean
}

export class Course implements Grip {
  readonly #ends: CourseEnds
  #entries: Entry[] = []
  readonly heldBack: Record<Side, boolean> = { client: false, server: false }
  /** Pieces that the system has not taken. */
  #unsent = 0
  #isCut = false
  #isClosed = false

  constructor(ends: CourseEnds) {
    this.#ends = ends
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  add(fault: PlacedFault, make: (grip: Grip) => Stage): void {
    this.#entries.push({ fault, stage: make(this), after: undefined, isGone: false })
  }

  remove(fault: PlacedFault): void {
    for (const entry of this.#entries.filter(each => each.fault === fault)) {
      entry.stage.release?.()
      const at = this.#entries.indexOf(entry)
      entry.isGone = true
      entry.after = this.#entries[at + 1]
      this.#entries.splice(at, 1)
    }
  }

  say(from: Side, octets: Buffer): void {
    this.#enter(this.#entries[0], from, { kind: 'octets', octets })
  }

  end(from: Side): void {
    this.#enter(this.#entries[0], from, { kind: 'end' })
  }

  /** Does something that must not overtake what the service has said. */
  act(act: () => void): void {
    this.#enter(this.#entries[0], 'server', { kind: 'act', act })
  }

  cut(): void {
    this.#isCut = true
    if (this.#unsent > 0) return
    afterTurns(turnsToArrive, () => {
      if (!this.#isClosed) this.#ends.reset()
    })
  }

  holdBack(from: Side): void {
    this.heldBack[from] = true
    if (from === 'client') this.#ends.pause()
  }

  release(from: Side): void {
    if (!this.heldBack[from] || this.#isClosed) return
    this.heldBack[from] = false
    if (from === 'client') this.#ends.resume()
    else this.#ends.drained()
  }

  closed(): void {
    this.#isClosed = true
    for (const { stage } of this.#entries) stage.closed?.()
  }

  #enter(entry: Entry | undefined, from: Side, what: Crossing): void {
    let next = entry
    while (next?.isGone) next = next.after
    if (next === undefined) this.#arrive(from, what)
    else {
      const passed = next
      passed.stage.cross(from, what, each => this.#enter(this.#behind(passed), from, each))
    }
  }

  #behind(entry: Entry): Entry | undefined {
    return entry.isGone ? entry.after : this.#entries[this.#entries.indexOf(entry) + 1]
  }

  #arrive(from: Side, what: Crossing): void {
    if (this.#isClosed || this.#isCut) return
    if (what.kind === 'act') what.act()
    else if (from === 'client') {
      if (what.kind === 'end') this.#ends.heardEnd()
      else this.#ends.hear(what.octets)
    } else if (what.kind === 'end') this.#ends.end()
    else {
      this.#unsent++
      this.#ends.put(what.octets, () => {
        this.#unsent--
        if (this.#isCut) this.cut()
      })
    }
  }
}
