// The recorder before a server of this machine: node bench/serve-record.ts --protocol tcp --port 5301 --target 5300
// The tape goes to a temporary folder and is deleted at the end; what lies beside it goes when the link does, so that it is
// the recorder that is measured and not how fast the disk takes what fills the memory for files.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Network } from '../net/network.ts'
import { loadForms } from '../tape/forms.ts'
import { machineNames } from '../tape/outside.ts'
import { Recording } from '../tape/recording.ts'
import { Trust } from '../tape/relay.ts'
import { fixedPort } from './fixed-port.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    target: { type: 'string' },
    protocol: { type: 'string', default: 'tcp' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'backlot-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const port = Number(values.port)
const network = new Network({ epoch: Date.now(), clock: 'running' }, fixedPort(port))
const recording = new Recording(network, await loadForms(), {
  file: join(folder, 'bench.tape.yaml'),
  reals: [
    { name: 'bench.test', port: 1, protocol: values.protocol, to: { host: '127.0.0.1', port: Number(values.target) } },
  ],
  trust: new Trust(),
  outside: machineNames(),
})
await recording.begin()
const beside = join(folder, 'bench.tape')
network.tap({
  closed() {
    const names = existsSync(beside) ? readdirSync(beside) : []
    for (const name of names) if (!name.startsWith('unfinished-')) rmSync(join(beside, name))
  },
})
process.stdout.write(`ready ${port}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
