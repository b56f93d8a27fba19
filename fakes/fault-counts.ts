// Which of a fake's faults is due: each counts what it is for, from when it is there, and says so if it never was.

import { type Duration, durationMs } from '../net/duration.ts'
import { UsageError } from '../net/errors.ts'

/** What every fault of a fake may say. */
export interface CountedFault {
  /** Only the Nth of what it is for, counted from 1 over all connections. Default: every one. */
  nth?: number
  /** Only the first so many. Default: every one. */
  times?: number
}

/**
 * Checks what all faults may say, and that one says nothing else.
 *
 * @throws {UsageError} where it does.
 */
export function checkFault(protocol: string, fault: CountedFault & { delay?: Duration }, own: readonly string[]): void {
  const known = [...own, 'nth', 'times']
  const unknown = Object.keys(fault).find(key => !known.includes(key))
  if (unknown !== undefined) {
    throw new UsageError(`${protocol}: expected one of ${known.join(', ')} in a fault, got ${unknown}`)
  }
  for (const key of ['nth', 'times'] as const) {
    const value = fault[key]
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue
    throw new UsageError(
      `${protocol}: expected ${key} of a fault as a whole number from 1, got ${JSON.stringify(value)}`,
    )
  }
  if (fault.delay !== undefined) durationMs(fault.delay)
}

/** What a protocol knows of its faults. */
export interface FaultKind<Fault> {
  /** What it is for, and whose it is: `RCPT of smtp on mx.example.org`. */
  label(fault: Fault): string
  /** Why none may come, in words after `none did`. */
  readonly mayMiss?: string
  /** @throws {UsageError} where a fault cannot be one. */
  check(fault: Fault): void
}

/** Sentences about faults that were taken back before they happened; a test that adds them in a loop fills no memory. */
const maxPast = 1000

export class FaultCounts<Fault extends CountedFault> {
  /** A test may add faults and take them away. */
  readonly list: Fault[]
  readonly #kind: FaultKind<Fault>
  readonly #counts = new WeakMap<Fault, { fitted: number; happened: boolean }>()
  readonly #past: string[] = []

  constructor(list: readonly Fault[] = [], kind: FaultKind<Fault>) {
    for (const fault of list) kind.check(fault)
    this.list = [...list]
    this.#kind = kind
  }

  /** A sentence for each fault that has never happened, those whose guard was disposed included. */
  get unreached(): readonly string[] {
    return [...this.#past, ...this.list.flatMap(fault => this.#whyNot(fault) ?? [])]
  }

  /** Adds a fault, until the guard is disposed. */
  add(fault: Fault): Disposable {
    this.#kind.check(fault)
    this.list.push(fault)
    return {
      [Symbol.dispose]: () => {
        const at = this.list.indexOf(fault)
        if (at < 0) return
        this.list.splice(at, 1)
        const reason = this.#whyNot(fault)
        if (reason !== undefined && this.#past.length < maxPast) this.#past.push(reason)
      },
    }
  }

  /** The first fault that is due; every one that fits counts. */
  meet(fits: (fault: Fault) => boolean): Fault | undefined {
    let due: Fault | undefined
    for (const fault of this.list) {
      if (!fits(fault)) continue
      let count = this.#counts.get(fault)
      if (count === undefined) this.#counts.set(fault, (count = { fitted: 0, happened: false }))
      count.fitted++
      const { nth = count.fitted, times = count.fitted } = fault
      if (count.fitted !== nth || count.fitted > times || due !== undefined) continue
      due = fault
      count.happened = true
    }
    return due
  }

  #whyNot(fault: Fault): string | undefined {
    const { fitted, happened } = this.#counts.get(fault) ?? { fitted: 0, happened: false }
    if (happened) return undefined
    const which = fault.nth === undefined ? 'one that comes to it' : `number ${fault.nth} to come to it`
    const { mayMiss } = this.#kind
    const none = mayMiss === undefined ? 'none did' : `none did; ${mayMiss}`
    const came = fitted === 0 ? none : fitted === 1 ? '1 did' : `${fitted} did`
    return `the fault at ${this.#kind.label(fault)} never happened: expected ${which}, but ${came}`
  }
}
