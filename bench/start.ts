// How long starting takes and what an idle connection costs, beside Node itself. node bench/start.ts [--rounds 9]
// With dist/ there (npm run build) the compiled package is measured, else the checkout.

import { existsSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createNetwork, daytime } from '../index.ts'
import { median, residentKiB, root, run, serve } from './programs.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const rounds = Number(values.rounds)
const compiled = existsSync(join(root, 'dist', 'cli', 'main.js'))
const main = join(root, compiled ? 'dist/cli/main.js' : 'cli/main.ts')
const index = join(root, compiled ? 'dist/index.js' : 'index.ts')
const node = [process.execPath, '--disable-warning=ExperimentalWarning']

const commands: [name: string, command: string[], target?: string][] = [
  ['node -e 0', [...node, '-e', '0']],
  ['import backlot', [...node, '-e', `import(${JSON.stringify(pathToFileURL(index).href)})`], '25 ms more'],
  ['backlot up --json', [...node, main, 'up', '--json'], '4 times'],
  ['backlot run -- true', [...node, main, 'run', '--', 'true'], '10 times'],
]

console.log(`starting, ${compiled ? 'compiled' : 'from the checkout'} | ms | times node | target`)
const times = commands.map((): number[] => [])
for (let round = 0; round < rounds; round++) {
  for (const [at, [, command]] of commands.entries()) times[at]!.push((await run(...command)).firstMs)
}
for (const [at, [name, , target]] of commands.entries()) {
  const ms = median(times[at]!)
  console.log([name, ms.toFixed(0), (ms / median(times[0]!)).toFixed(2), target ?? ''].join(' | '))
}

async function answered(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').resume()
  await new Promise(resolve => socket.once('close', resolve))
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const bareMs: number[] = []
const fakeMs: number[] = []
for (let round = 0; round < 200; round++) {
  bareMs.push(
    await timed(async () => {
      const server = net.createServer({ noDelay: true }, socket => socket.end('now\r\n'))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      await answered((server.address() as net.AddressInfo).port)
      await new Promise(resolve => server.close(resolve))
    }),
  )
  fakeMs.push(
    await timed(async () => {
      await using network = await createNetwork()
      const ports = [{ port: 13, transport: 'tcp' as const }]
      const { time } = await network.host('time.example', { time: daytime({ ports }) })
      await answered(time.endpoint.port)
    }),
  )
}
const bareOnce = median(bareMs.slice(20))
const fakeOnce = median(fakeMs.slice(20))
console.log('in a warm process: up, one answer, closed | ms | times bare | target')
console.log(['bare server', bareOnce.toFixed(2), '1', ''].join(' | '))
console.log(['network with one fake', fakeOnce.toFixed(2), (fakeOnce / bareOnce).toFixed(2), '3 times'].join(' | '))

/** KiB of a server's memory for each of 2000 idle connections. */
async function idle(script: string, ...options: string[]): Promise<number> {
  await using server = await serve(script, ...options)
  const sockets: net.Socket[] = []
  const connect = async (count: number) => {
    for (let i = 0; i < count; i += 100) {
      const some = Array.from({ length: 100 }, () => net.connect(server.port, '127.0.0.1'))
      await Promise.all(some.map(socket => new Promise(resolve => socket.once('data', resolve))))
      sockets.push(...some)
    }
  }
  // The first ones warm up what all share.
  await connect(500)
  const before = residentKiB(server.pid)
  await connect(2000)
  const after = residentKiB(server.pid)
  for (const socket of sockets) socket.destroy()
  return (after - before) / 2000
}

if (process.platform === 'linux') {
  const bare = await idle('bare.ts', '--kind', 'smtp')
  const fake = await idle('serve-smtp.ts')
  console.log('an idle connection | KiB | times bare | target')
  console.log(['bare smtp', bare.toFixed(1), '1', ''].join(' | '))
  console.log(['smtp', fake.toFixed(1), (fake / bare).toFixed(2), '2.5 times'].join(' | '))
}
process.exit(0)
