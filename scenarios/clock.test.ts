import dgram from 'node:dgram'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { connectSmtp } from '../clients/smtp.ts'
import { createNetwork, daytime, http, type Network, dns as nameServer, smtp, tcp, udp } from '../index.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** How a network's clock is moved on. */
const moves: [string, (network: Network, seconds: number) => Promise<void>][] = [
  ['advance', (network, seconds) => network.clock.advance(`${seconds}s`)],
  ['set', (network, seconds) => network.clock.set(network.clock.now() + seconds * 1000)],
]

/** Whether a client that says nothing is still connected, before and after so many seconds. */
async function stays(port: number, first: string, move: () => Promise<void>): Promise<boolean> {
  const socket = net.connect(port, 'a.example')
  let isOpen = true
  const ended = once(socket, 'end').then(() => (isOpen = false))
  await once(socket, first)
  await move()
  // What follows it on another link has arrived by then.
  for (let round = 0; round < 3; round++) await dns.resolve4('a.example')
  if (!isOpen) await ended
  socket.destroy()
  if (!socket.closed) await once(socket, 'close')
  return isOpen
}

test.each(moves)('by %s, connections that are idle are closed when their time has come', async (_name, move) => {
  await using network = await createNetwork()
  await network.host('a.example', { mail: smtp(), web: http(() => new Response('ok')), names: nameServer() })
  using _inside = network.intercept()
  for (const [port, first, seconds] of [
    [25, 'data', 300],
    [80, 'connect', 75],
    [53, 'connect', 30],
  ] as const) {
    expect(await stays(port, first, () => move(network, seconds - 1)), `port ${port}`).toBe(true)
    expect(await stays(port, first, () => move(network, seconds + 1)), `port ${port}`).toBe(false)
  }
})

test.each(moves)('by %s, what fakes say of the time follows', async (_name, move) => {
  await using network = await createNetwork({ epoch: '2020-02-02T02:02:02Z' })
  const { mail } = await network.host('a.example', {
    mail: smtp(),
    web: http(() => new Response('ok')),
    time: daytime(),
  })
  using _inside = network.intercept()
  const told = async () => {
    const page = await fetch('http://a.example/')
    await page.text()
    const [line] = (await once(net.connect(13, 'a.example'), 'data')) as [Buffer]
    await using client = await connectSmtp({ host: 'a.example' })
    await client.send({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
    return [page.headers.get('date'), String(line).trim(), mail.delivered.at(-1)!.received.toISOString()]
  }
  expect(await told()).toEqual([
    'Sun, 02 Feb 2020 02:02:02 GMT',
    'Sunday, February 2, 2020 02:02:02-UTC',
    '2020-02-02T02:02:02.000Z',
  ])
  await move(network, 86_400)
  expect(await told()).toEqual([
    'Mon, 03 Feb 2020 02:02:02 GMT',
    'Monday, February 3, 2020 02:02:02-UTC',
    '2020-02-03T02:02:02.000Z',
  ])
})

test.each(moves)('by %s, a resolver forgets what it was told for as long', async (_name, move) => {
  await using network = await createNetwork()
  const { names } = await network.host('ns.example', {
    names: nameServer({ zones: { 'a.example': '@ 60 A 203.0.113.1' } }),
  })
  using _inside = network.intercept()
  expect(await dns.resolve4('a.example', { ttl: true })).toEqual([{ address: '203.0.113.1', ttl: 60 }])
  names.remove('a.example', 'A')
  names.add({ name: 'a.example', type: 'A', address: '203.0.113.2', ttl: 60 })
  await move(network, 59)
  expect(await dns.resolve4('a.example', { ttl: true })).toEqual([{ address: '203.0.113.1', ttl: 1 }])
  await move(network, 1)
  expect(await dns.resolve4('a.example')).toEqual(['203.0.113.2'])
})

test('a mail that is put off is tried at each of its times, also where days go by at once', async () => {
  await using network = await createNetwork()
  const { mail: gateway } = await network.host('out.example', { mail: smtp({ domains: [], relayFor: ['0.0.0.0/0'] }) })
  await network.host('example.net', { mail: smtp({ recipient: () => '450 4.2.0 later' }) })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'out.example' })
  await client.send({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
  await gateway.queueSettled()
  await network.clock.advance('6h')
  const minutes = () => gateway.queue[0]!.attempts.map(({ at }) => (at.getTime() - network.clock.epoch) / 60_000)
  expect(minutes()).toEqual([0, 5, 20, 50, 110, 230])
  await network.clock.advance('5d')
  expect(minutes()).toHaveLength(35)
  expect(gateway.queue).toMatchObject([
    { status: 'failed', nextAttempt: undefined },
    { status: 'failed', message: { from: '' } },
  ])
})

test('time passes for a mail whose host says nothing', async () => {
  await using network = await createNetwork()
  const { mail: gateway } = await network.host('out.example', { mail: smtp({ domains: [], relayFor: ['0.0.0.0/0'] }) })
  await network.host('example.net', { silent: tcp({}, { port: 25 }) })
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'out.example' })
  await client.send({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
  await network.clock.advance('9m')
  await gateway.queueSettled()
  expect(gateway.queue).toMatchObject([{ status: 'waiting', attempts: [{ outcome: 'deferred' }] }])
})

test("a service from code has the network's clock for what it says later", async () => {
  await using network = await createNetwork()
  const echo = udp(
    (message, { send }) => {
      network.clock.after('10s', () => send(message))
      return 'wait'
    },
    { port: 7 },
  )
  await network.host('a.example', { echo })
  using _inside = network.intercept()
  const socket = dgram.createSocket('udp4')
  socket.send('ping', 7, 'a.example')
  expect(String((await once(socket, 'message'))[0])).toBe('wait')
  const heard: string[] = []
  socket.on('message', message => heard.push(String(message)))
  await network.clock.advance('9s')
  await dns.resolve4('a.example')
  expect(heard).toEqual([])
  const later = once(socket, 'message')
  await network.clock.advance('1s')
  await later
  expect(heard).toEqual(['ping'])
  socket.close()
})

test('a clock that runs is not held by fake timers', async () => {
  vi.useFakeTimers()
  await using network = await createNetwork({ clock: 'running' })
  const hold = net.createServer().listen(0) // the clock's own alarm keeps no process alive
  await new Promise<void>(resolve => network.clock.after(5, resolve))
  hold.close()
  expect(network.clock.now()).toBeGreaterThan(network.clock.epoch)
})
