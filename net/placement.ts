// Where a network's addresses are real: on free loopback ports of this machine, or in a namespace that has them all.

import dgram from 'node:dgram'
import net from 'node:net'
import type { Endpoint } from './address.ts'

/** Opens sockets for addresses of the network. */
export interface Placement {
  /** A listening server. Its sockets are half-open capable and without Nagle's delay. */
  tcp(at: Endpoint): Promise<net.Server>
  /** A bound socket. */
  udp(at: Endpoint): Promise<dgram.Socket>
  /**
   * A server and a socket for one address and port of the network, where their real ports need not follow from it:
   * both get the same, for who is told by UDP to come back by TCP comes to the same port.
   */
  both?(at: Endpoint): Promise<{ tcp: net.Server; udp: dgram.Socket }>
  /** Where a program on this machine reaches `at` once `socket` listens there. */
  real(at: Endpoint, socket: net.Server | dgram.Socket): { host: string; port: number }
  /** True where the socket's peers have the addresses that they have in the network. */
  readonly genuine: boolean
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

function bind(port: number): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
