// Opens the sockets of one side, one for each address and port, and gives them away.

import dgram from 'node:dgram'
import net from 'node:net'
import type { FromHelper, SocketRequest } from './messages.ts'

/** Datagrams that come in a burst wait here; the system gives as much of it as it allows. */
const receiveBufferBytes = 4 * 1024 * 1024

export type Opened = { readonly request: SocketRequest; readonly socket: net.Server | dgram.Socket }

/**
 * What lies under a server or a connection. Whoever only hands it on neither listens to it nor reads it, as Node would do
 * with a server or a connection.
 */
export interface Bare {
  close(): void
}

const bare = (socket: net.Server | net.Socket) => (socket as unknown as { _handle: Bare })._handle

/** Hands a message and a socket to the parent. */
export function tell(message: FromHelper, socket?: Bare): Promise<void> {
  return new Promise(resolve => {
    if (!process.connected) resolve()
    // An error means that the parent is gone, and then so are we.
    else process.send!(message, socket as net.Server | undefined, {}, () => resolve())
  })
}

/** Opens a socket, or tells the parent why that cannot be done. */
export async function open(request: SocketRequest): Promise<Opened | undefined> {
  try {
    return { request, socket: await (request.transport === 'tcp' ? listen(request) : bind(request)) }
  } catch (error) {
    await tell({ failed: request.id, reason: (error as NodeJS.ErrnoException).code ?? String(error) })
    return undefined
  }
}

function listen({ id, address, port }: SocketRequest): Promise<net.Server> {
  // Who connects before the socket is handed over is handed over as a connection.
  const server = net.createServer({ pauseOnConnect: true }, connection => {
    void tell({ connection: id }, bare(connection)).then(() => connection.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, backlog: 1024, ipv6Only: true }, () => resolve(server))
  })
}

function bind({ address, port }: SocketRequest): Promise<dgram.Socket> {
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6', recvBufferSize: receiveBufferBytes })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address, port, exclusive: true }, () => resolve(socket))
  })
}

/** Gives a socket away and keeps no copy: one that stayed here would take connections that nobody answers. */
export async function giveAway({ request, socket }: Opened): Promise<void> {
  await tell({ socket: request.id }, socket instanceof net.Server ? bare(socket) : socket)
  socket.close()
}

/** Opens sockets and gives each away as soon as it is open; a datagram that comes after `given` is not lost. */
export async function openAndGive(requests: readonly SocketRequest[]): Promise<void> {
  const each = async (request: SocketRequest) => {
    const opened = await open(request)
    if (opened === undefined) return
    await giveAway(opened)
    await tell({ given: request.id })
  }
  await Promise.all(requests.map(each))
}
