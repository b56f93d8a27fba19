// The DNS fake on a real port, for drivers of other processes: node bench/serve-dns.ts --port 5300 [--taps 1]

import dgram from 'node:dgram'
import net from 'node:net'
import { parseArgs } from 'node:util'
import { dns } from '../index.ts'
import { Network } from '../net/network.ts'
import type { Placement } from '../net/placement.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, taps: { type: 'string', default: '1' } },
})
const port = Number(values.port)

const placement: Placement = {
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

const network = new Network({}, placement)
let seen = 0
for (let tap = 0; tap < Number(values.taps); tap++) {
  network.tap({
    plain(_link, _from, bytes) {
      seen += bytes.length
    },
  })
}
await network.host(
  'ns1.bench.test',
  { dns: dns({ zones: { 'bench.test': '$TTL 60\n@ NS ns1\nns1 A 127.0.0.1\nwww A 127.0.0.9\n* A 127.0.0.9\n' } }) },
  { addresses: ['127.0.0.1'] },
)
process.stdout.write(`ready ${port}\n`)
process.on('SIGTERM', async () => {
  await network.close()
  process.stderr.write(`${seen} octets tapped\n`)
})
