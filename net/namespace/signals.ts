// Signals that one process of a chain is told of and that the terminal may have sent to all of them at once.

/** What is handed on to the program. Stopping (TSTP, TTIN, TTOU) is the terminal's business with each process itself. */
export const relayedSignals: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
]

/** How long after a signal of its own a process takes the same one told by its neighbour for the same event. */
const sameEventMs = 500
/** How long a process that was told waits for its own copy, which the kernel sent first but Node may deliver later. */
const settleMs = 15

/** Hears this process's own signals and what its neighbour in the chain was sent, and knows one event from two. */
export class SignalRelay {
  readonly #own = new Map<NodeJS.Signals, number>()

  /** `heard` is called for each signal that this process itself got. */
  constructor(heard: (signal: NodeJS.Signals) => void = () => {}) {
    for (const signal of relayedSignals) {
      process.on(signal, () => {
        this.#own.set(signal, performance.now())
        heard(signal)
      })
    }
  }

  /** Calls `deliver` once it is known whether this process got the same signal by itself just now. */
  told(signal: NodeJS.Signals, deliver: (signal: NodeJS.Signals, own: boolean) => void): void {
    const at = performance.now()
    setTimeout(() => {
      const own = this.#own.get(signal)
      deliver(signal, own !== undefined && at - own <= sameEventMs)
    }, settleMs)
  }
}
