// The service's end of a UDP link: the datagrams between one client port and one service port.

import type { Endpoint } from './address.ts'
import type { Link, Tap, TlsState } from './link.ts'
import type { DatagramSocket } from './placement.ts'

const nothing = () => {}

export class Flow implements Link {
  readonly transport = 'udp'
  readonly id: number
  readonly protocol: string
  readonly host: string
  readonly client: Endpoint
  readonly seenAs: string
  readonly server: Endpoint
  tls: TlsState | undefined = undefined

  /** No datagram follows, of either side; called once. */
  onClose: () => void = nothing

  readonly #socket: DatagramSocket
  /** Where the client's datagrams come from on this machine. */
  readonly #from: Endpoint
  readonly #taps: readonly Tap[]
  #closed = false
  /** For listeners: when it was last used, counted in datagrams of the port. */
  lastUse = 0

  constructor(
    link: Pick<Link, 'id' | 'protocol' | 'host' | 'client' | 'seenAs' | 'server'>,
    socket: DatagramSocket,
    from: Endpoint,
    taps: readonly Tap[],
  ) {
    this.id = link.id
    this.protocol = link.protocol
    this.host = link.host
    this.client = link.client
    this.seenAs = link.seenAs
    this.server = link.server
    this.#socket = socket
    this.#from = from
    this.#taps = taps
    for (const tap of taps) tap.opened?.(this)
  }

  /** Sends a datagram to the client. One that the system does not take is lost, as datagrams are, and one after the end. */
  send(bytes: Uint8Array): void {
    if (this.#closed) return
    for (const tap of this.#taps) {
      tap.segment?.(this, 'server', bytes)
      tap.plain?.(this, 'server', bytes)
    }
    // Without a callback Node drops a datagram that the system does not take, and saves a turn for each that it takes.
    this.#socket.send(bytes, this.#from.port, this.#from.address)
  }

  received(bytes: Uint8Array): void {
    for (const tap of this.#taps) {
      tap.segment?.(this, 'client', bytes)
      tap.plain?.(this, 'client', bytes)
    }
  }

  /** Whether a datagram from there is one of this flow. */
  isFrom({ address, port }: Endpoint): boolean {
    return this.#from.port === port && this.#from.address === address
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const tap of this.#taps) tap.closed?.(this, 'end')
    this.onClose()
  }
}
