import { once } from 'node:events'
import { expect, test } from 'vitest'
import { daytime } from '../index.ts'
import { Network } from './network.ts'

test('a host reaches another, which sees its address', async () => {
  await using network = new Network()
  await network.host('time.example', { time: daytime() })
  await network.host('reader.example', {}, { addresses: ['203.0.113.7'] })
  const seen: string[] = []
  using _tap = network.tap({
    opened: link => void seen.push(`${link.client.address}:${link.client.port} ${link.seenAs}`),
  })
  for (let i = 0; i < 2; i++) {
    const [address] = network.lookup('time.example')
    const socket = await network.dial(network.hostOf('reader.example')!, { address: address!, port: 13 })
    const [line] = await once(socket, 'data')
    expect(String(line)).toBe('Sunday, March 15, 2015 12:09:16-UTC\r\n')
    socket.destroy()
  }
  expect(seen).toEqual(['203.0.113.7:49152 203.0.113.7', '203.0.113.7:49153 203.0.113.7'])
})

test('a port without a service is refused, an address in a black hole times out', async () => {
  await using network = new Network()
  await network.host('reader.example', {}, { addresses: ['203.0.113.7'] })
  const reader = network.hostOf('reader.example')!
  await expect(network.dial(reader, { address: '203.0.113.7', port: 1 })).rejects.toMatchObject({
    message: 'connect ECONNREFUSED 203.0.113.7:1',
    code: 'ECONNREFUSED',
  })
  await expect(network.dial(reader, { address: '192.0.2.1', port: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})
