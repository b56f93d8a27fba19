// The service's end of a UDP link: the datagrams between one client port and one service port.

import dgram, { type Socket } from 'node:dgram'
import type { Endpoint } from './address.ts'
import type { Link, Tap, TlsState } from './link.ts'

export class Flow implements Link {
  readonly transport = 'udp'
  readonly id: number
  readonly protocol: string
  readonly host: string
  readonly client: Endpoint
  readonly seenAs: string
  readonly server: Endpoint
  tls: TlsState | undefined = undefined

  readonly #socket: Socket
  /** Where the client's datagrams come from on this machine. */
  readonly #from: Endpoint
  readonly #taps: readonly Tap[]

  constructor(
    link: Pick<Link, 'id' | 'protocol' | 'host' | 'client' | 'seenAs' | 'server'>,
    socket: Socket,
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

  /** Sends a datagram to the client. One that the system does not take is lost, as datagrams are. */
  send(bytes: Uint8Array): void {
    for (const tap of this.#taps) {
      tap.segment?.(this, 'server', bytes)
      tap.plain?.(this, 'server', bytes)
    }
    send.call(this.#socket, bytes, this.#from.port, this.#from.address, lost)
  }

  received(bytes: Uint8Array): void {
    for (const tap of this.#taps) {
      tap.segment?.(this, 'client', bytes)
      tap.plain?.(this, 'client', bytes)
    }
  }

  close(): void {
    for (const tap of this.#taps) tap.closed?.(this, 'end')
  }
}

// As it is before interception: a client's port must not be taken for one of the network's.
const { send } = dgram.Socket.prototype as unknown as { send: (this: Socket, ...args: unknown[]) => void }

// With a callback Node reports a failed send here and not as an 'error' that would end the socket.
const lost = () => {}
