import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { createNetwork, tcp } from '../../index.ts'
import { outside } from './context.ts'
import { guardOffline } from './intercept.ts'

const hello = () => tcp({ greeting: 'hello' }, { port: 25 })

const refusal = async (socket: net.Socket): Promise<Error> => {
  const [error] = await once(socket, 'error').catch(error => [error])
  return error
}

test('code that outlived its network reaches no other one', async () => {
  const late = Promise.withResolvers<void>()
  let straying: Promise<Error> | undefined
  const giveUp = async () => {
    await using network = await createNetwork()
    network.intercept()
    straying = late.promise.then(() => refusal(net.connect(25, 'mx.example')))
  }
  await giveUp()
  await using other = await createNetwork()
  const { raw } = await other.host('mx.example', { raw: hello() })
  other.intercept()
  late.resolve()
  const error = await straying!
  expect(String(error)).toBe(
    'OfflineError: expected code whose network is open, got mx.example:25 from code whose network is closed; await what a test starts, and give tests that run at once pools of their own, since a pool belongs to the network that opened it',
  )
  expect(raw.connections).toEqual([])
})

test('what is done outside meets the machine and no network', async () => {
  await using network = await createNetwork()
  network.intercept()
  const server = net.createServer(socket => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await network.host('127.0.0.1', { raw: tcp({ greeting: 'network' }, { port }) }, { addresses: ['127.0.0.1'] })
  let heard = ''
  const socket = outside(() => net.connect(port, '127.0.0.1'))
  socket.on('data', chunk => (heard += chunk))
  await once(socket, 'close')
  expect(heard).toBe('')
  server.close()
})

test('a guard refuses what is not of this machine, and says what adds it', async () => {
  const guard = guardOffline()
  const named = await refusal(net.connect(587, 'smtp.example'))
  expect(String(named)).toBe(
    'OfflineError: expected nothing of the world outside, got smtp.example:587, and no network is open; add it in a test ' +
      "by createNetwork(), network.intercept() and: await network.host('smtp.example', { … })",
  )
  expect(await refusal(net.connect(587, '203.0.113.1'))).toMatchObject({ code: 'OFFLINE' })
  await expect(dns.promises.resolve4('smtp.example')).rejects.toThrow(/got a question for names/)
  const server = net.createServer(socket => socket.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  server.close()
  guard[Symbol.dispose]()
})

test('a network inside a guard is reached, and the guard goes on after it', async () => {
  using _guard = guardOffline()
  const connected = async () => {
    await using network = await createNetwork()
    await network.host('mx.example', { raw: hello() })
    network.intercept()
    const socket = net.connect(25, 'mx.example')
    return String((await once(socket, 'data'))[0])
  }
  expect(await connected()).toBe('hello')
  expect(await refusal(net.connect(25, 'mx.example'))).toMatchObject({ code: 'OFFLINE' })
})
