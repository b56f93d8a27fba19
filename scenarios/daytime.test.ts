import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { daytime as ask } from '../clients/daytime.ts'
import { createNetwork, daytime } from '../index.ts'

test('a client is told the time of the network', async () => {
  await using network = await createNetwork()
  const { daytime: fake } = await network.host('time.example', { daytime: daytime() })
  using _inside = network.intercept()
  expect(await ask({ host: 'time.example' })).toEqual({ text: 'Sunday, March 15, 2015 12:09:16-UTC' })
  await network.clock.advance('1h')
  expect(await ask({ host: 'time.example' })).toEqual({ text: 'Sunday, March 15, 2015 13:09:16-UTC' })
  expect(fake.answered).toBe(2)
})

test('a closed port is refused by a typed error that names the layers', async () => {
  await using network = await createNetwork()
  await network.host('time.example', {}, { addresses: ['203.0.113.5'] })
  using _inside = network.intercept()
  await expect(ask({ host: 'time.example' })).rejects.toMatchObject({
    code: 'REFUSED',
    message: 'daytime client: tcp connection: connect ECONNREFUSED 203.0.113.5:13 (111)',
  })
})

test('a name outside the network is refused with the line that adds it', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  await expect(ask({ host: 'time.example' })).rejects.toThrow("add it by: await network.host('time.example', { … })")
})

test('a server that closes without a word is a typed error', async () => {
  const mute = net.createServer(socket => socket.end()).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as net.AddressInfo
  await expect(ask({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'CONNECTION_CUT' })
  mute.close()
})

test('what a client says is ignored and its neighbours are served', async () => {
  await using network = await createNetwork()
  const { daytime: fake } = await network.host('time.example', { daytime: daytime() })
  const rude = net.connect(fake.endpoint)
  rude.write(Buffer.alloc(100_000, 0xff))
  rude.on('error', () => {})
  using _inside = network.intercept()
  expect(await ask({ host: 'time.example' })).toMatchObject({ text: expect.stringContaining('2015') })
  rude.destroy()
})
