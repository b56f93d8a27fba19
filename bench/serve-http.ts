// The HTTP fake on a real port, for drivers such as wrk: node bench/serve-http.ts --port N --behaviour function|folder|msw|reply
// One tap looks on, as under `run`. 100 octets of text, like the bare server that it is held against.

import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { HttpBehaviour } from '../fakes/http.ts'
import { http } from '../index.ts'
import { Network } from '../net/network.ts'
import { loopback, type Placement } from '../net/placement.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    behaviour: { type: 'string', default: 'function' },
    taps: { type: 'string', default: '1' },
  },
})
const port = Number(values.port)
const body = 'x'.repeat(100)

/** Listens where it is told to instead of on a free port. */
const fixed: Placement = {
  ...loopback,
  tcp: () =>
    new Promise((resolve, reject) => {
      const server = net.createServer({ noDelay: true, allowHalfOpen: true })
      server.once('error', reject)
      server.listen({ host: '127.0.0.1', port, backlog: 4096 }, () => resolve(server))
    }),
}

const behaviours: Record<string, () => Promise<HttpBehaviour>> = {
  function: async () => () => new Response(body),
  reply: async () => () => ({
    status: 200,
    headers: [
      ['Content-Type', 'text/plain'],
      ['Content-Length', '100'],
    ],
    body,
  }),
  async folder() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'serve-http-'))
    fs.writeFileSync(path.join(folder, 'index.html'), body)
    process.on('exit', () => fs.rmSync(folder, { recursive: true }))
    return { folder }
  },
  async msw() {
    const msw = await import('msw')
    return [msw.http.get('/', () => msw.HttpResponse.text(body))]
  },
}

const chosen = behaviours[values.behaviour]
if (chosen === undefined)
  throw new Error(`expected --behaviour ${Object.keys(behaviours).join('|')}, got ${values.behaviour}`)
const network = new Network({ clock: 'running' }, fixed)
if (values.taps !== '0') network.tap({ plain() {}, segment() {} })
await network.host(
  '127.0.0.1',
  { site: http(await chosen(), { ports: [{ port, transport: 'tcp' }] }) },
  { addresses: ['127.0.0.1'] },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0))
console.log('ready', port)
