// What a connection needs of the listener that accepted it.

import type tls from 'node:tls'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Faulting } from './faulting.ts'
import type { Link, Tap } from './link.ts'
import type { Fake, TlsOptions } from './service.ts'

export interface ConnectionOwner {
  readonly taps: readonly Tap[]
  readonly faults: Faulting
  readonly clock: Clock
  /** `otherwise` is what a fault makes of it. */
  secureContext(servername: string | undefined, options: TlsOptions, otherwise?: TlsOptions): tls.SecureContext
  /** Fakes that share the address and port, the one that took the connection first. */
  readonly fakes: readonly Fake[]
  /** A fake threw something that is not about its peer. */
  bug(error: unknown, link: Link): void
  connectionClosed(connection: Connection): void
}
