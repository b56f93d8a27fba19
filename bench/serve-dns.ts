// The DNS fake on a real port, for drivers of other processes: node bench/serve-dns.ts --port 5300 [--taps 1]

import { parseArgs } from 'node:util'
import { dns } from '../index.ts'
import { Network } from '../net/network.ts'
import { fixedPort } from './fixed-port.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, taps: { type: 'string', default: '1' } },
})
const port = Number(values.port)

const network = new Network({}, fixedPort(port))
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
