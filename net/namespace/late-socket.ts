// A UDP socket that somebody may already listen to before it has come from where it is opened.

import type { RemoteInfo, Socket } from 'node:dgram'
import type { Endpoint } from '../address.ts'
import type { DatagramSocket } from '../placement.ts'

export class LateSocket implements DatagramSocket {
  readonly #at: Endpoint
  readonly #listeners: [event: string, listener: (...args: never[]) => void][] = []
  #socket: Socket | undefined

  constructor(at: Endpoint) {
    this.#at = at
  }

  on(event: 'message', received: (message: Buffer, from: RemoteInfo) => void): void
  on(event: 'error', failed: (error: Error) => void): void
  on(event: string, listener: (...args: never[]) => void): void {
    if (this.#socket === undefined) this.#listeners.push([event, listener])
    else this.#socket.on(event, listener as () => void)
  }

  send(bytes: Uint8Array, port: number, address: string): void {
    this.#socket?.send(bytes, port, address)
  }

  address(): { address: string; port: number } {
    return this.#at
  }

  close(closed: () => void): void {
    if (this.#socket === undefined) closed()
    else this.#socket.close(closed)
  }

  arrived(socket: Socket): void {
    this.#socket = socket
    for (const [event, listener] of this.#listeners) socket.on(event, listener as () => void)
  }
}
