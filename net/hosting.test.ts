import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { daytime as ask } from '../clients/daytime.ts'
import { createNetwork, daytime, tcp } from '../index.ts'
import { protocols } from '../protocols.ts'
import { Network } from './network.ts'
import type { Placement } from './placement.ts'
import { loopback } from './placement.ts'

test('services are listed with their places in the order in which they were up', async () => {
  await using network = await createNetwork()
  await network.host('a.example', { time: daytime() }, { addresses: ['203.0.113.1', '2001:db8::1'] })
  await network.host('b.example', { time: daytime() })
  expect(network.services.map(({ host, protocol, endpoints }) => [host.name, protocol, endpoints.length])).toEqual([
    ['a.example', 'daytime', 4],
    ['b.example', 'daytime', 2],
  ])
})

test('a host answers also where its names do not lead', async () => {
  await using network = await createNetwork()
  const options = { addresses: ['10.0.2.15'], alsoAt: ['127.0.0.1'] }
  const { time } = await network.host('box.example', { time: daytime() }, options)
  expect(time.endpoints.map(({ address }) => address)).toEqual(['10.0.2.15', '10.0.2.15', '127.0.0.1', '127.0.0.1'])
  expect(network.lookup('box.example')).toEqual(['10.0.2.15'])
  expect(network.reach({ address: '127.0.0.1', port: 13 }, 'tcp')).toMatchObject({ outcome: 'served' })
  expect(network.hostsAt('127.0.0.1')).toEqual([])
})

test('two services that come at once do not take the same port', async () => {
  await using network = await createNetwork()
  const options = { addresses: ['203.0.113.1'] }
  const both = await Promise.allSettled([
    network.host('a.example', { time: daytime() }, options),
    network.host('b.example', { time: daytime() }, options),
  ])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('a place that could not be had can be asked for again', async () => {
  let isTaken = true
  const placement: Placement = {
    ...loopback,
    async tcp(at) {
      if (isTaken) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE', syscall: 'listen' })
      return loopback.tcp(at)
    },
  }
  await using network = new Network({}, placement)
  const service = () => tcp({ greeting: 'hello' }, { port: 25 })
  const options = { addresses: ['203.0.113.1'] }
  await expect(network.host('a.example', { raw: service() }, options)).rejects.toThrow(
    'expected an address and port that can be served, got 203.0.113.1:25 over tcp: EADDRINUSE',
  )
  isTaken = false
  const { raw } = await network.host('b.example', { raw: service() }, options)
  expect(String((await once(net.connect(raw.endpoint), 'data'))[0])).toBe('hello')
})

test('a socket that is being opened while a network closes is closed with it', async () => {
  const opened: { listening: boolean }[] = []
  let closing: Promise<void> | undefined
  const placement: Placement = {
    genuine: false,
    udp: loopback.udp,
    real: loopback.real,
    async tcp(at) {
      closing ??= Promise.resolve().then(() => network.close())
      const server = await loopback.tcp(at)
      opened.push(server)
      return server
    },
  }
  const network = new Network({}, placement)
  await network.host('a.example', { time: daytime() })
  await closing
  expect(opened.map(({ listening }) => listening)).toEqual([false])
})

test('a network that is closed takes no service, also one that was on its way', async () => {
  const network = await createNetwork()
  const hosting = network.host('a.example', { time: daytime() })
  await Promise.all([network.close(), expect(hosting).rejects.toThrow('expected an open network')])
})

test('a late service is loaded for the first who comes, and once', async () => {
  await using network = await createNetwork()
  let loaded = 0
  const description = {
    ...daytime(),
    ports: protocols.daytime!.ports,
    load: () => {
      loaded++
      return daytime().load()
    },
  }
  await network.hostLate('a.example', [description])
  const [service] = network.services
  expect([service?.endpoints.length, loaded]).toEqual([2, 0])
  using _inside = network.intercept()
  const answers = [1, 2, 3].map(() => ask({ host: 'a.example' }))
  for (const answer of await Promise.all(answers)) expect(answer.text).toContain('2015')
  expect(loaded).toBe(1)
  expect(await service?.state()).toMatchObject({ answered: 3 })
})

test('a network closes also while a late service is being loaded', async () => {
  await using network = await createNetwork()
  const never = new Promise<never>(() => {})
  const ports = [{ port: 13, transport: 'tcp' as const }]
  await network.hostLate('a.example', [{ protocol: 'daytime', ports, load: () => never }])
  const real = network.services[0]!.endpoints[0]!.real
  const socket = net.connect(real)
  await once(socket, 'connect')
  await network.close()
  await once(
    socket.on('error', () => {}),
    'close',
  )
})

test('a late service that cannot be loaded is a bug, and its client is sent away', async () => {
  const bugs: unknown[] = []
  await using network = await createNetwork({ onBug: error => bugs.push(error) })
  const ports = [{ port: 13, transport: 'tcp' as const }]
  const load = () => Promise.reject(new Error('out of order'))
  await network.hostLate('a.example', [{ protocol: 'daytime', ports, load }])
  const socket = net.connect(network.services[0]!.endpoints[0]!.real)
  await once(socket.on('error', () => {}).resume(), 'close')
  expect(bugs).toEqual([new Error('out of order')])
})
