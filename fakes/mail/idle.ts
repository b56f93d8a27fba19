// The autologout of mail protocols: a connection on which nothing is said for too long ends, on the network's clock.

import type { Clock } from '../../net/clock.ts'
import type { Connection } from '../../net/connection.ts'
import type { Effects } from '../session.ts'

interface IdleSession {
  /** When something was last said, on the network's clock; `Infinity` while the server has yet to answer it. */
  readonly lastHeard: number
  /** What is said and done then. */
  idle(): Effects
}

/** For a connection that `drive` has set the handlers of; `push` is what that gave. */
export function endWhenIdle(
  connection: Connection,
  session: IdleSession,
  { clock, timeoutMs, push }: { clock: Clock; timeoutMs: number; push: (effects: Effects) => void },
): void {
  const closed = connection.onClose
  let timer = clock.after(timeoutMs, function check() {
    const left = session.lastHeard + timeoutMs - clock.now()
    if (left <= 0) push(session.idle())
    else timer = clock.after(Math.min(left, timeoutMs), check)
  })
  connection.onClose = () => {
    timer[Symbol.dispose]()
    closed()
  }
}
