// An SMTP fake on a port of this machine with a tap on it, for drivers that measure: node bench/serve-smtp.ts --port N

import { createServer, type Server } from 'node:net'
import { parseArgs } from 'node:util'
import { smtp } from '../index.ts'
import { Network } from '../net/network.ts'
import { loopback, type Placement } from '../net/placement.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '2525' } } })
const port = Number(values.port)

/** The service's port is the machine's. */
const placement: Placement = {
  ...loopback,
  tcp: () =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer({ noDelay: true, allowHalfOpen: true })
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => resolve(server))
    }),
}

const network = new Network({ clock: 'running' }, placement)
network.tap({ segment() {}, plain() {} })
await network.host('mx.example.test', { smtp: smtp({ ports: [25] }) })
console.log('ready', port)
