// The network's clock: it starts at the epoch, and either stands until it is told to move or runs with real time; or it
// shows the epoch all the while and only its timers run, so that what is said by it can be compared.

import { performance } from 'node:perf_hooks'
import timers from 'node:timers'
import { type Duration, durationMs } from './duration.ts'
import { UsageError } from './errors.ts'

// As they are now: test runners replace the global ones, and some those of the module.
const { clearTimeout, setImmediate, setTimeout } = timers

export interface Timer extends Disposable {
  /** When it is due, in milliseconds of Unix time on this clock. */
  readonly due: number
}

/** What moves along with a clock that is told to move: a test runner's fake timers, and the program that they wake. */
export interface Companion {
  /** Lets what is under way come to rest before time goes on. */
  settle(): Promise<void>
  /** Moves on by `ms` at most, up to whatever of its own falls due first, and gives how far that was. */
  advance(ms: number): number
}

interface Waiting extends Timer {
  readonly run: () => void
  readonly order: number
}

/** The epoch of a network for which none is given: 2015-03-15 12:09:16 UTC. */
export const defaultEpoch: number = Date.UTC(2015, 2, 15, 12, 9, 16)

/**
 * Turns of the event loop that time stands for what is under way; a mail to another host takes some fifty. What is not done
 * by then waits for time to pass.
 */
const maxTurns = 2000

export class Clock {
  readonly epoch: number
  /** True when it runs with real time, false when only {@link advance} and {@link set} move it. */
  readonly running: boolean
  #offset: number
  /** What it shows, where it stands while its timers run. */
  #shown: number | undefined
  #timers: Waiting[] = []
  #made = 0
  #alarm: NodeJS.Timeout | undefined
  #companion: Companion | undefined
  readonly #work = new Set<Promise<unknown>>()

  constructor(
    epoch: number = defaultEpoch,
    { running = false, standing = false }: { running?: boolean; standing?: boolean } = {},
  ) {
    if (!Number.isFinite(epoch)) throw new UsageError(`expected an epoch in milliseconds of Unix time, got ${epoch}`)
    this.epoch = epoch
    this.running = running
    this.#offset = running ? epoch - performance.now() : epoch
    this.#shown = standing ? epoch : undefined
  }

  /** Milliseconds of Unix time; whole ones while the clock stands, fractions while it runs. */
  now(): number {
    return this.#shown ?? this.#time()
  }

  date(): Date {
    return new Date(this.now())
  }

  /** Calls `run` once `delay` has passed on this clock. Disposing the timer cancels it. */
  after(delay: Duration, run: () => void): Timer {
    const timer: Waiting = {
      due: this.#time() + durationMs(delay),
      order: this.#made++,
      run,
      [Symbol.dispose]: () => this.#cancel(timer),
    }
    let at = this.#timers.length
    while (at > 0 && this.#timers[at - 1]!.due > timer.due) at--
    this.#timers.splice(at, 0, timer)
    if (at === 0) this.#arm()
    return timer
  }

  /** Moves the clock on and runs what falls due, in order, letting the program answer between two moments. */
  async advance(duration: Duration): Promise<void> {
    await this.#moveTo(this.#time() + durationMs(duration))
  }

  /** Moves the clock to a moment, also backwards; timers that are then due run. */
  async set(moment: Date | number | string): Promise<void> {
    const target = moment instanceof Date ? moment.getTime() : new Date(moment).getTime()
    if (Number.isNaN(target)) throw new UsageError(`expected a date or Unix time in milliseconds, got ${moment}`)
    await this.#moveTo(target)
  }

  /**
   * Has time stand for what a timer has begun, until `work` is settled: as {@link advance} goes over several moments, each
   * finds what the one before has led to. What itself waits for time to pass is not waited for.
   */
  standFor(work: Promise<unknown>): void {
    this.#work.add(work)
    const done = () => void this.#work.delete(work)
    work.then(done, done)
  }

  /** Has a companion move along with {@link advance} and {@link set} until the guard is disposed; one at a time. */
  accompany(companion: Companion): Disposable {
    this.#companion = companion
    return {
      [Symbol.dispose]: () => {
        if (this.#companion === companion) this.#companion = undefined
      },
    }
  }

  /** Forgets every timer. */
  close(): void {
    this.#timers = []
    clearTimeout(this.#alarm)
    this.#alarm = undefined
  }

  async #moveTo(target: number): Promise<void> {
    for (;;) {
      await this.#workIsDone()
      await this.#companion?.settle()
      const wait = Math.min(this.#timers[0]?.due ?? target, target) - this.#time()
      if (this.#companion !== undefined && wait > 0) {
        const moved = this.#companion.advance(wait)
        this.#jump(this.#time() + moved)
        if (moved < wait) continue
      }
      const first = this.#timers[0]
      if (first === undefined || first.due > target) break
      if (first.due > this.#time()) this.#jump(first.due)
      this.#runDue()
      await turn()
    }
    this.#jump(target)
    this.#arm()
    await turn()
  }

  async #workIsDone(): Promise<void> {
    for (let turns = 0; this.#work.size > 0 && turns < maxTurns; turns++) await turn()
  }

  /** What its timers go by. */
  #time(): number {
    return this.running ? this.#offset + performance.now() : this.#offset
  }

  #jump(moment: number): void {
    if (this.#shown !== undefined) this.#shown = moment
    this.#offset = this.running ? moment - performance.now() : moment
  }

  #runDue(): void {
    const now = this.#time()
    while (this.#timers.length > 0 && this.#timers[0]!.due <= now) this.#timers.shift()!.run()
    this.#arm()
  }

  #arm(): void {
    if (!this.running) return
    clearTimeout(this.#alarm)
    this.#alarm = undefined
    const first = this.#timers[0]
    if (first === undefined) return
    // setTimeout takes at most 2^31-1 ms; a timer beyond is armed again when that has passed.
    this.#alarm = setTimeout(
      () => this.#runDue(),
      Math.min(Math.max(0, Math.ceil(first.due - this.#time())), 0x7fffffff),
    )
    this.#alarm.unref()
  }

  #cancel(timer: Waiting): void {
    const at = this.#timers.indexOf(timer)
    if (at < 0) return
    this.#timers.splice(at, 1)
    if (at === 0) this.#arm()
  }
}

/** Lets sockets and promises go on once. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
