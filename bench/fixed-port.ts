// A placement that puts everything on one port of 127.0.0.1, for drivers of other processes.

import dgram from 'node:dgram'
import net from 'node:net'
import type { Placement } from '../net/placement.ts'

export function fixedPort(port: number): Placement {
  return {
    genuine: false,
    async tcp() {
      const server = net.createServer({ noDelay: true, allowHalfOpen: true })
      await new Promise<void>(resolve => server.listen({ host: '127.0.0.1', port, backlog: 1024 }, resolve))
      return server
    },
    async udp() {
      const socket = dgram.createSocket('udp4')
      await new Promise<void>(resolve => socket.bind({ address: '127.0.0.1', port }, resolve))
      return socket
    },
    real(_at, socket) {
      const { address, port } = socket.address() as net.AddressInfo
      return { host: address, port }
    },
  }
}
