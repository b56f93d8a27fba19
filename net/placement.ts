// Where a network's addresses are real: on free loopback ports of this machine, or in a namespace that has them all.

import dgram, { type RemoteInfo } from 'node:dgram'
import net from 'node:net'
import type { Endpoint } from './address.ts'
import type { Network } from './network.ts'

/** What a network needs of a bound UDP socket. */
export interface DatagramSocket {
  on(event: 'message', received: (message: Buffer, from: RemoteInfo) => void): unknown
  on(event: 'error', failed: (error: Error) => void): unknown
  send(bytes: Uint8Array, port: number, address: string): void
  address(): { address: string; port: number }
  close(closed: () => void): unknown
}

/** Opens sockets for addresses of the network. */
export interface Placement {
  /** A listening server. Its sockets are half-open capable and without Nagle's delay. */
  tcp(at: Endpoint): Promise<net.Server>
  /** A bound socket. */
  udp(at: Endpoint): Promise<DatagramSocket>
  /**
   * A server and a socket for one address and port of the network, where their real ports need not follow from it:
   * both get the same, for who is told by UDP to come back by TCP comes to the same port.
   */
  both?(at: Endpoint): Promise<{ tcp: net.Server; udp: DatagramSocket }>
  /** Where a program on this machine reaches `at` once `socket` listens there. */
  real(at: Endpoint, socket: net.Server | DatagramSocket): { host: string; port: number }
  /** True where the socket's peers have the addresses that they have in the network. */
  readonly genuine: boolean
  /** Called once, by the network that is placed here, before anything else. */
  join?(network: Network): void
  close?(): Promise<void>
}

/** Free ports of 127.0.0.1, chosen by the system. */
export const loopback: Placement = {
  genuine: false,

  tcp: () => listen(),

  udp: () => bind(0),

  async both() {
    for (;;) {
      const tcp = await listen()
      try {
        return { tcp, udp: await bind((tcp.address() as net.AddressInfo).port) }
      } catch (error) {
        tcp.close()
        if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      }
    }
  },

  real(_at, socket) {
    const { address, port } = socket.address() as net.AddressInfo
    return { host: address, port }
  },
}

function listen(): Promise<net.Server> {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

// As it is before interception: a client's port must not be taken for one of the network's.
const { send } = dgram.Socket.prototype

function bind(port: number): Promise<dgram.Socket> {
  const socket = Object.assign(dgram.createSocket('udp4'), { send })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
