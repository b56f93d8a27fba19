// What interception costs in a test, beside a bare server and beside msw. node bench/intercept.ts [--rounds 5]
// Each figure is the median of its rounds, which take turns in processes of their own.

import { execFileSync } from 'node:child_process'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { parseArgs } from 'node:util'
import { http as httpHandler } from 'msw'
import { setupServer } from 'msw/node'
import { createNetwork, dns as dnsService, http as site, smtp } from '../index.ts'
import { median } from './programs.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, case: { type: 'string' } },
})

async function get(url: string): Promise<string> {
  const [response] = (await once(http.get(url, { agent: false }), 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function greeting(port: number, host: string): Promise<void> {
  const socket = net.connect(port, host)
  await once(socket, 'data')
  socket.destroy()
}

/** Microseconds of one, the middle one of many that were made after a warm-up. */
async function usEach(work: () => Promise<unknown>, { warm, count }: { warm: number; count: number }): Promise<number> {
  for (let i = 0; i < warm; i++) await work()
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await work()
    times.push((performance.now() - start) * 1000)
  }
  return median(times)
}

async function fetchJson(url: string): Promise<void> {
  const { ok } = (await (await fetch(url)).json()) as { ok: boolean }
  if (!ok) throw new Error('expected the answer of the site')
}

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

const cases: Record<string, () => Promise<number>> = {
  async 'bare server'() {
    return usEach(
      async () => {
        const server = http.createServer((_request, response) => response.end('ok'))
        await get(`http://127.0.0.1:${await listening(server)}/`)
        await new Promise(resolve => server.close(resolve))
      },
      { warm: 100, count: 300 },
    )
  },
  async 'network, one request'() {
    return usEach(
      async () => {
        await using network = await createNetwork()
        await network.host('www.example', { web: site(() => new Response('ok')), mail: smtp(), names: dnsService() })
        using _inside = network.intercept()
        await get('http://www.example/')
      },
      { warm: 100, count: 300 },
    )
  },
  async 'network, each fake used'() {
    return usEach(
      async () => {
        await using network = await createNetwork()
        await network.host('www.example', { web: site(() => new Response('ok')), mail: smtp() })
        await network.host('ns.example', { names: dnsService() }, { addresses: ['192.168.1.1'] })
        using _inside = network.intercept()
        await get('http://www.example/')
        await greeting(25, 'www.example')
        await dns.resolve4('www.example')
      },
      { warm: 100, count: 300 },
    )
  },
  async 'fetch by msw'() {
    const handler = httpHandler.get('http://www.example/x', () => Response.json({ ok: true }))
    setupServer(handler).listen()
    return usEach(() => fetchJson('http://www.example/x'), { warm: 500, count: 3000 })
  },
  async 'fetch in a network'() {
    await using network = await createNetwork()
    await network.host('www.example', { web: site(() => Response.json({ ok: true })) })
    using _inside = network.intercept()
    return await usEach(() => fetchJson('http://www.example/x'), { warm: 500, count: 3000 })
  },
  async 'fetch from a bare server'() {
    const server = http.createServer((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end('{"ok":true}')
    })
    const url = `http://127.0.0.1:${await listening(server)}/x`
    const us = await usEach(() => fetchJson(url), { warm: 500, count: 3000 })
    server.close()
    server.closeAllConnections()
    return us
  },
  async connection() {
    return await passing()
  },
  async 'connection that passes the guard'() {
    await using network = await createNetwork()
    using _inside = network.intercept()
    return await passing()
  },
}

/** One connection to a server of the machine itself, used and ended. */
async function passing(): Promise<number> {
  const server = net.createServer({ noDelay: true }, socket => socket.end('now\r\n'))
  const port = await listening(server)
  const us = await usEach(
    async () => {
      const socket = net.connect(port, '127.0.0.1').resume()
      await once(socket, 'close')
    },
    { warm: 1000, count: 5000 },
  )
  server.close()
  return us
}

if (values.case !== undefined) {
  console.log(await cases[values.case]!())
  process.exit()
}

const comparisons: [name: string, beside: string, target: string][] = [
  ['network, one request', 'bare server', '5'],
  ['network, each fake used', 'bare server', '5'],
  ['fetch in a network', 'fetch by msw', '1.1'],
  ['fetch in a network', 'fetch from a bare server', ''],
  ['connection that passes the guard', 'connection', '1.05'],
]

const measured = new Map<string, number[]>()
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of new Set(comparisons.flatMap(([name, beside]) => [beside, name]))) {
    const args = ['--disable-warning=ExperimentalWarning', import.meta.filename, '--case', name]
    const us = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    measured.set(name, [...(measured.get(name) ?? []), us])
  }
}

console.log('what | µs | beside | µs | times | target')
for (const [name, beside, target] of comparisons) {
  const [own, other] = [median(measured.get(name)!), median(measured.get(beside)!)]
  console.log([name, own.toFixed(0), beside, other.toFixed(0), (own / other).toFixed(2), target].join(' | '))
}
