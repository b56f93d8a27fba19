// Pairs of connected sockets within this process, for connections that hosts of a network open to one another: they
// cross a link like any other, wherever the network is placed, and never leave the machine.

import net, { type AddressInfo, type Server, type Socket } from 'node:net'

export class Dialler {
  #server: Promise<Server> | undefined
  /** By the dialling socket's port: accepted sockets that nobody has asked for yet, and who waits for one. */
  readonly #accepted = new Map<number, Socket>()
  readonly #waiting = new Map<number, (socket: Socket) => void>()

  /** Both ends, connected. */
  async pair(): Promise<{ near: Socket; far: Socket }> {
    this.#server ??= this.#listen()
    const { port } = (await this.#server).address() as AddressInfo
    const near = net.connect({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => near.once('connect', resolve).once('error', reject))
    const own = near.localPort!
    const far = this.#accepted.get(own) ?? (await new Promise<Socket>(resolve => this.#waiting.set(own, resolve)))
    this.#accepted.delete(own)
    this.#waiting.delete(own)
    return { near, far }
  }

  async close(): Promise<void> {
    const server = await this.#server
    for (const socket of this.#accepted.values()) socket.destroy()
    await new Promise<void>(resolve => (server === undefined ? resolve() : server.close(() => resolve())))
  }

  #listen(): Promise<Server> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, socket => {
      const waiting = this.#waiting.get(socket.remotePort!)
      if (waiting === undefined) this.#accepted.set(socket.remotePort!, socket)
      else waiting(socket)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, () => resolve(server))
    })
  }
}
