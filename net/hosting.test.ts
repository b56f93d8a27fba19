import { expect, test } from 'vitest'
import { createNetwork, daytime } from '../index.ts'
import { Network } from './network.ts'
import type { Placement } from './placement.ts'
import { loopback } from './placement.ts'

test('services are listed with their places in the order in which they were up', async () => {
  await using network = await createNetwork()
  await network.host('a.example', { time: daytime() }, { addresses: ['203.0.113.1', '2001:db8::1'] })
  await network.host('b.example', { time: daytime() })
  expect(network.services.map(({ host, protocol, state }) => [host.name, protocol, state.endpoints.length])).toEqual([
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
