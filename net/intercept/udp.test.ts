import dgram from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createNetwork, udp } from '../../index.ts'

async function world(addresses = ['203.0.113.7', '2001:db8::7']) {
  const network = await createNetwork()
  const service = udp((message, { remote }) => `${remote.address}: ${message}`, { port: 7 })
  const { echo } = await network.host('echo.example', { echo: service }, { addresses })
  return { network, echo, [Symbol.asyncDispose]: () => network.close() }
}

async function answer(socket: dgram.Socket): Promise<{ text: string; from: dgram.RemoteInfo }> {
  const [message, from] = await once(socket, 'message')
  socket.close()
  return { text: String(message), from }
}

test.each<[string, (socket: dgram.Socket) => void]>([
  ['message, port, address', socket => socket.send('hi', 7, 'echo.example')],
  ['message, port, address, callback', socket => socket.send(Buffer.from('hi'), 7, 'echo.example', () => {})],
  ['a range', socket => socket.send(Buffer.from('-hi-'), 1, 2, 7, 'echo.example', () => {})],
  ['a list', socket => socket.send([Buffer.from('h'), Buffer.from('i')], 7, 'echo.example')],
  ['an address', socket => socket.send('hi', 7, '203.0.113.7')],
  ['a connected socket', socket => socket.connect(7, 'echo.example', () => socket.send('hi'))],
])('a datagram by %s is answered under the address of the network', async (_how, send) => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  send(socket)
  const { text, from } = await answer(socket)
  expect(text).toBe('77.233.155.107: hi')
  expect(from).toMatchObject({ address: '203.0.113.7', port: 7, family: 'IPv4' })
})

test('an IPv6 socket reaches the IPv6 address', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp6')
  socket.send('hi', 7, 'echo.example')
  const { text, from } = await answer(socket)
  expect(text).toBe('fd00:2::15: hi')
  expect(from).toMatchObject({ address: '2001:db8::7', port: 7, family: 'IPv6' })
})

test('a connected socket knows its peer by the address of the network', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  socket.connect(7, 'echo.example')
  await once(socket, 'connect')
  expect(socket.remoteAddress()).toEqual({ address: '203.0.113.7', port: 7, family: 'IPv4' })
  expect(() => socket.connect(7, 'echo.example')).toThrow(
    expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' }),
  )
  socket.disconnect()
  expect(() => socket.remoteAddress()).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' }))
  socket.close()
})

const { connectSync } = dgram.Socket.prototype as { connectSync?: (port: number, address: string) => void }

test.runIf(connectSync)('a socket is connected at once where Node can do that', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4') as dgram.Socket & { connectSync(port: number, address: string): void }
  expect(() => socket.connectSync(7, '8.8.8.8')).toThrow("{ addresses: ['8.8.8.8'] }")
  expect(() => socket.connectSync(7, 'echo.example')).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
  )
  socket.connectSync(7, '203.0.113.7')
  socket.send('hi')
  expect((await answer(socket)).from).toMatchObject({ address: '203.0.113.7', port: 7 })
})

test('two services are told apart by the addresses of their answers', async () => {
  await using world_ = await world()
  await world_.network.host('two.example', { echo: udp(() => 'two', { port: 7 }) }, { addresses: ['203.0.113.8'] })
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  socket.send('', 7, 'echo.example')
  socket.send('', 7, 'two.example')
  const heard = [(await once(socket, 'message'))[1], (await once(socket, 'message'))[1]]
  expect(heard.map(from => from.address).toSorted()).toEqual(['203.0.113.7', '203.0.113.8'])
  socket.close()
})

test('a closed port is refused where the socket is connected, and swallows datagrams where it is not', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const connected = dgram.createSocket('udp4')
  connected.connect(8, 'echo.example', () => connected.send('hi'))
  expect(await once(connected, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  connected.close()
  const loose = dgram.createSocket('udp4')
  await new Promise<void>((resolve, reject) =>
    loose.send('hi', 8, 'echo.example', error => (error ? reject(error) : resolve())),
  )
  loose.close()
})

test('a black hole takes datagrams and answers nothing', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  for (const connected of [true, false]) {
    const socket = dgram.createSocket('udp4')
    socket.on('error', expect.unreachable).on('message', expect.unreachable)
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null) => (error ? reject(error) : resolve())
      if (connected) socket.connect(7, '192.0.2.7', () => socket.send('hi', done))
      else socket.send('hi', 7, '192.0.2.7', done)
    })
    // Were it refused, that would be known by the time another datagram has gone there and back.
    const other = dgram.createSocket('udp4')
    other.send('hi', 7, 'echo.example')
    await answer(other)
    socket.close()
  }
})

test('what is outside the network is refused with the line that adds it', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  socket.send('hi', 123, 'pool.example')
  expect(String((await once(socket, 'error'))[0])).toContain(
    "pool.example:123; add it by: await network.host('pool.example'",
  )
  const error = await new Promise(resolve => socket.send('hi', 53, '8.8.8.8', resolve))
  expect(String(error)).toContain("{ addresses: ['8.8.8.8'] }")
  const connected = await new Promise(resolve => socket.connect(53, '8.8.8.8', resolve as () => void))
  expect(String(connected)).toContain("{ addresses: ['8.8.8.8'] }")
  socket.close()
})

test('multicast and broadcast are refused as what a network does not have', async () => {
  await using world_ = await world()
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  const failed = (address: string) => new Promise(resolve => socket.send('hi', 5353, address, resolve))
  for (const address of ['224.0.0.251', '239.255.255.250', '255.255.255.255']) {
    expect(String(await failed(address))).toContain(
      `OfflineError: expected one host of the network, got ${address}:5353; a network has no multicast`,
    )
  }
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  expect(() => socket.addMembership('224.0.0.251')).toThrow(
    'got a membership of 224.0.0.251; a network has no multicast',
  )
  socket.close()
  const six = dgram.createSocket('udp6')
  const error = await new Promise(resolve => six.send('hi', 5353, 'ff02::fb', resolve))
  expect(String(error)).toContain('got [ff02::fb]:5353; a network has no multicast')
  six.close()
})

test('loopback ports that the network does not serve are the machine’s own', async () => {
  const own = dgram.createSocket('udp4')
  own.bind(0, '127.0.0.1')
  await once(own, 'listening')
  await using world_ = await world(['127.0.0.1'])
  using _inside = world_.network.intercept()
  const socket = dgram.createSocket('udp4')
  socket.send('mine', own.address().port, '127.0.0.1')
  expect(String((await once(own, 'message'))[0])).toBe('mine')
  socket.send('echo', 7, 'localhost')
  const { text, from } = await answer(socket)
  expect([text, from.address, from.port]).toEqual(['127.0.0.1: echo', '127.0.0.1', 7])
  own.close()
})
