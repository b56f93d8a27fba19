// A tape's player on a real port, for drivers of other processes: node bench/serve-replay.ts --tape http --port 8080

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Network } from '../net/network.ts'
import { loadForms } from '../tape/forms.ts'
import { Replay } from '../tape/replay.ts'
import { fixedPort } from './fixed-port.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, tape: { type: 'string', default: 'http' } },
})
const port = Number(values.port)
const replay = new Replay([join(import.meta.dirname, 'tapes', `${values.tape}.tape.yaml`)], await loadForms())
const network = new Network({ epoch: replay.epoch, clock: 'running' }, fixedPort(port))
network.tap({ segment() {}, plain() {} })
replay.misses.onMiss = miss => console.error(miss)
await replay.place(network)
process.stdout.write(`ready ${port}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
