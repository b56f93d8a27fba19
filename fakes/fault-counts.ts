// Which of a fake's faults is due: each counts what it is for, from when it is there.

/** What every fault of a fake may say. */
export interface CountedFault {
  /** Only the Nth of what it is for, counted from 1 over all connections. Default: every one. */
  nth?: number
  /** Only the first so many. Default: every one. */
  times?: number
}

export class FaultCounts<Fault extends CountedFault> {
  /** A test may add faults and take them away. */
  readonly list: Fault[]
  readonly #counts = new WeakMap<Fault, number>()

  constructor(list: readonly Fault[] = []) {
    this.list = [...list]
  }

  /** The first fault that is due; every one that fits counts. */
  meet(fits: (fault: Fault) => boolean): Fault | undefined {
    let due: Fault | undefined
    for (const fault of this.list) {
      if (!fits(fault)) continue
      const count = (this.#counts.get(fault) ?? 0) + 1
      this.#counts.set(fault, count)
      const { nth = count, times = count } = fault
      if (count === nth && count <= times) due ??= fault
    }
    return due
  }
}
