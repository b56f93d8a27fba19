// Sockets that were led into a network: they show the addresses that the connection has there, and end with the network.

import net from 'node:net'
import type { Endpoint } from '../address.ts'
import { afterTurns } from '../turn.ts'
import type { InterceptedNetwork } from './context.ts'
import { Patch } from './patch.ts'

const led = new WeakSet<net.Socket>()

interface Named {
  address: string
  family: string
  port: number
}

/** What Node keeps of a socket's ends once it has asked the system for them. */
interface Inner {
  _peername?: Named | undefined
  _sockname?: Named | undefined
  _parent?: net.Socket | null
  _getsockname(): { port?: number }
}

const named = ({ address, port }: Endpoint): Named => ({
  address,
  family: address.includes(':') ? 'IPv6' : 'IPv4',
  port,
})

/** Has a socket that is about to be connected show `remote`, and `local` with the port that it gets. */
export function disguise(socket: net.Socket, remote: Endpoint, local: string): void {
  led.add(socket)
  const inner = socket as unknown as Inner
  // Before listeners that look at them.
  socket.prependOnceListener('connect', () => {
    if (!led.has(socket)) return
    inner._sockname = undefined
    const { port = 0 } = inner._getsockname()
    inner._peername = named(remote)
    inner._sockname = named({ address: local, port })
  })
}

export function undisguise(socket: net.Socket): void {
  if (!led.delete(socket)) return
  const inner = socket as unknown as Inner
  inner._peername = inner._sockname = undefined
}

/** Whether a socket, or the one below it, was led into a network. */
export function isLed(socket: net.Socket): boolean {
  return led.has(socket)
}

/** TLS over a socket asks the system for the addresses of that socket. */
export function addressPatches(): Patch[] {
  const ofParent = (key: '_getpeername' | '_getsockname') =>
    new Patch(
      net.Socket.prototype,
      key,
      original =>
        function (this: net.Socket & Inner) {
          const parent = this._parent as (net.Socket & Record<typeof key, () => object>) | undefined
          const shows = parent instanceof net.Socket && this.connecting !== true && led.has(parent)
          return shows ? parent[key]() : original.call(this)
        },
    )
  return [ofParent('_getpeername'), ofParent('_getsockname')]
}

/** Turns of the event loop in which a client hears that its connection is gone. */
const closingTurns = 3

const clients = new WeakMap<InterceptedNetwork, Set<net.Socket>>()

/** Closing a network ends its clients too, so that no pool carries a connection over to another test. */
export function belong(network: InterceptedNetwork | undefined, socket: net.Socket): void {
  if (network === undefined) return
  let sockets = clients.get(network)
  if (sockets === undefined) {
    const made = new Set<net.Socket>()
    network.onClose(async () => {
      for (const each of made) each.destroy()
      // Whoever hears of it and connects again shall not do so in the middle of what comes next.
      await new Promise<void>(resolve => afterTurns(closingTurns, resolve))
    })
    clients.set(network, (sockets = made))
  }
  const own = sockets
  if (own.has(socket)) return
  own.add(socket)
  socket.once('close', () => own.delete(socket))
}
