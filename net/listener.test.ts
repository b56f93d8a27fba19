import dgram from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { connectTcp } from '../clients/tcp.ts'
import { createNetwork, tcp, udp } from '../index.ts'
import type { Flow } from './flow.ts'
import type { Fake, ServiceDescription } from './service.ts'

async function ask(port: number, socket = dgram.createSocket('udp4')): Promise<dgram.Socket> {
  socket.send('x', port, '127.0.0.1')
  await once(socket, 'message')
  return socket
}

test('datagrams of one client are one flow, of another one another', async () => {
  await using network = await createNetwork()
  const { echo } = await network.host('a.example', { echo: udp(message => message, { port: 7 }) })
  const opened: number[] = []
  using _tap = network.tap({ opened: link => void opened.push(link.id) })
  const one = await ask(echo.endpoint.port)
  await ask(echo.endpoint.port, one)
  const two = await ask(echo.endpoint.port)
  expect(opened).toEqual([1, 2])
  one.close()
  two.close()
})

test('a port remembers 4096 flows and closes the one unused for longest', async () => {
  await using network = await createNetwork()
  const flows = new Set<Flow>()
  const heard: number[] = []
  /** Flows that are open, the one unused for longest first. */
  const used = new Set<number>()
  const fake: Fake<{ flows: Set<Flow> }> = {
    state: { flows },
    ports: [{ port: 7, transport: 'udp' }],
    datagram(message, flow) {
      flows.add(flow)
      used.delete(flow.id)
      used.add(flow.id)
      flow.onClose = () => void heard.push(flow.id)
      flow.send(message)
    },
  }
  const service: ServiceDescription<{ flows: Set<Flow> }> = { protocol: 'udp', load: async () => () => fake }
  const { echo } = await network.host('a.example', { echo: service })
  const closed: number[] = []
  const unused: (number | undefined)[] = []
  using _tap = network.tap({
    closed(link) {
      closed.push(link.id)
      unused.push(used.values().next().value)
      used.delete(link.id)
    },
  })
  const steady = await ask(echo.endpoint.port)
  while (closed.length === 0 && flows.size < 5000) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => ask(echo.endpoint.port)))
    for (const socket of sockets) socket.close()
    await ask(echo.endpoint.port, steady)
  }
  steady.close()
  expect(flows.size - closed.length).toBe(4096)
  // Not always 2: the system may have given that port to a later client.
  expect(closed).toEqual(unused)
  expect(heard).toEqual(closed)
}, 20_000)

test('a fake that fails on a datagram is a bug, and the next one is answered', async () => {
  const bugs: string[] = []
  await using network = await createNetwork({ onBug: (error, link) => bugs.push(`${error} on ${link?.transport}`) })
  let first = true
  const { echo } = await network.host('a.example', {
    echo: udp(
      message => {
        if (first) {
          first = false
          throw new Error('once')
        }
        return message
      },
      { port: 7 },
    ),
  })
  const socket = dgram.createSocket('udp4')
  socket.send('x', echo.endpoint.port, '127.0.0.1')
  await expect.poll(() => bugs).toEqual(['Error: once on udp'])
  await ask(echo.endpoint.port, socket)
  socket.close()
})

test('an answer that is too long for a datagram is lost, and the next one arrives', async () => {
  const bugs: unknown[] = []
  await using network = await createNetwork({ onBug: error => bugs.push(error) })
  let first = true
  const { echo } = await network.host('a.example', {
    echo: udp(
      message => {
        const answer = first ? Buffer.alloc(70_000) : message
        first = false
        return answer
      },
      { port: 7 },
    ),
  })
  const socket = dgram.createSocket('udp4')
  socket.send('lost', echo.endpoint.port, '127.0.0.1')
  socket.send('found', echo.endpoint.port, '127.0.0.1')
  expect(String((await once(socket, 'message'))[0])).toBe('found')
  expect(bugs).toEqual([])
  socket.close()
})

test('two hundred clients that come at once are all accepted', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('a.example', { raw: tcp({ greeting: 'x' }, { port: 25 }) })
  const clients = await Promise.all(Array.from({ length: 200 }, () => connectTcp(raw.endpoint)))
  const said = await Promise.all(clients.map(client => client.read()))
  expect(said.every(chunk => String(chunk) === 'x')).toBe(true)
  for (const client of clients) await client[Symbol.asyncDispose]()
})
