// IDLE (RFC 2177) on imapflow's connection: said by ourselves, so that a refusal is heard, a restart goes by whatever
// clock, and any other command may be said meanwhile.

import { UsageError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import type { Flow } from './flow.ts'

/** What a mailbox is told to have become. `exists` is how many messages there are. */
export type ImapChange =
  | { kind: 'exists'; count: number }
  | { kind: 'expunge'; number: number }
  | { kind: 'flags'; number: number; uid?: number; flags: ReadonlySet<string> }

/** Where the restarts of IDLE are timed: a network's clock. */
interface IdleClock {
  after(delayMs: number, run: () => void): Disposable
}

export interface IdleOptions {
  /** Ends the iteration. */
  signal?: AbortSignal
  /** Says DONE and IDLE again whenever so much time has passed, before the server loses patience. Needs `clock`. */
  restartMs?: number
  clock?: IdleClock
}

/** Changes that nobody has taken yet. */
const maxChanges = 100_000

/** @param typed makes an error of imapflow's ours */
export async function* changesOf(
  flow: Flow,
  { signal, restartMs, clock }: IdleOptions,
  typed: (error: unknown) => unknown,
): AsyncGenerator<ImapChange, void, undefined> {
  if (restartMs !== undefined && clock === undefined) {
    throw new UsageError('imap client: expected a clock for restartMs, such as network.clock, got none')
  }
  using changes = new Changes(flow)
  signal?.addEventListener('abort', changes.wake)
  try {
    while (!signal?.aborted) {
      const idle = new Idle(flow)
      const ended = idle.ended.finally(changes.wake)
      ended.catch(() => {})
      using _restart = restartMs === undefined ? undefined : clock?.after(restartMs, () => void idle.leave())
      try {
        while (!signal?.aborted && (changes.any || !idle.isOver)) {
          const change = changes.take()
          if (change === undefined) await changes.more()
          else yield change
        }
      } finally {
        await idle.leave()
      }
      if ((await ended) === 'by the server') return
    }
  } catch (error) {
    throw typed(error)
  } finally {
    signal?.removeEventListener('abort', changes.wake)
  }
}

/** One IDLE, until another command or `leave` ends it. */
class Idle {
  readonly ended: Promise<'by us' | 'by the server'>
  isOver = false
  readonly #flow: Flow
  readonly #bidden = Promise.withResolvers<void>()
  #left = false

  constructor(flow: Flow) {
    this.#flow = flow
    this.ended = this.#say().finally(() => {
      this.isOver = true
      this.#release()
      this.#bidden.resolve()
    })
    this.ended.catch(() => {})
  }

  /** Says DONE once it may be said. */
  readonly leave = async (): Promise<void> => {
    await this.#bidden.promise
    if (this.#left || this.isOver) return
    this.#left = true
    this.#release()
    this.#flow.write('DONE')
  }

  async #say(): Promise<'by us' | 'by the server'> {
    const flow = this.#flow
    if (flow.preCheck) await flow.preCheck()
    flow.preCheck = this.leave
    // imapflow takes the silence of an idling connection for no fault.
    flow.idling = true
    const answer = await flow.exec('IDLE', false, { onPlusTag: async () => this.#bidden.resolve() })
    answer.next()
    return this.#left ? 'by us' : 'by the server'
  }

  #release(): void {
    if (this.#flow.preCheck !== this.leave) return
    this.#flow.preCheck = false
    this.#flow.idling = false
  }
}

/** What imapflow has told of and nobody has taken. */
class Changes implements Disposable {
  readonly #flow: Flow
  readonly #queue: ImapChange[] = []
  #wake: (() => void) | undefined
  #isLate = false

  constructor(flow: Flow) {
    this.#flow = flow
    flow.on('exists', this.#exists).on('expunge', this.#expunge).on('flags', this.#flags)
  }

  get any(): boolean {
    return this.#queue.length > 0 || this.#isLate
  }

  take(): ImapChange | undefined {
    if (this.#isLate) throw new ProtocolError('imap client', `expected at most ${maxChanges} changes at once, got more`)
    return this.#queue.shift()
  }

  readonly wake = (): void => this.#wake?.()

  /** Until {@link wake}. */
  async more(): Promise<void> {
    await new Promise<void>(resolve => (this.#wake = resolve))
  }

  [Symbol.dispose](): void {
    this.#flow.off('exists', this.#exists).off('expunge', this.#expunge).off('flags', this.#flags)
  }

  readonly #exists = ({ count }: { count: number }): void => this.#add({ kind: 'exists', count })

  readonly #expunge = ({ seq }: { seq?: number | undefined }): void => {
    if (seq !== undefined) this.#add({ kind: 'expunge', number: seq })
  }

  readonly #flags = ({ seq, uid, flags }: { seq: number; uid?: number | undefined; flags: Set<string> }): void =>
    this.#add({ kind: 'flags', number: seq, ...(uid === undefined ? {} : { uid }), flags })

  #add(change: ImapChange): void {
    if (this.#queue.length < maxChanges) this.#queue.push(change)
    else this.#isLate = true
    this.wake()
  }
}
