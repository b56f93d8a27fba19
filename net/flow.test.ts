import dgram from 'node:dgram'
import { expect, test } from 'vitest'
import type { Flow } from './flow.ts'
import { Network } from './network.ts'
import type { ServiceDescription } from './service.ts'

/** Tells of every datagram. */
function listening(heard: (flow: Flow) => void): ServiceDescription {
  return {
    protocol: 'daytime',
    load: async () => () => ({
      state: {},
      ports: [{ port: 13, transport: 'udp' }],
      datagram: (_message, flow) => heard(flow),
    }),
  }
}

const say = (socket: dgram.Socket, { host, port }: { host: string; port: number }) => socket.send('?', port, host)

test('datagrams of one port are one flow, those of another are another', async () => {
  await using network = new Network()
  const heard: Flow[] = []
  let go = () => {}
  const { daytime } = await network.host('time.example', {
    daytime: listening(flow => {
      heard.push(flow)
      go()
    }),
  })
  const sockets = [dgram.createSocket('udp4'), dgram.createSocket('udp4')] as const
  for (const at of [0, 1, 0, 1] as const) {
    const arrived = new Promise<void>(resolve => (go = resolve))
    say(sockets[at], daytime.endpoint)
    await arrived
  }
  expect(heard.map(({ id }) => id)).toEqual([1, 2, 1, 2])
  for (const socket of sockets) socket.close()
})

test('a datagram that the system does not take is lost, as is one after the end', async () => {
  const network = new Network({ onBug: error => expect.unreachable(String(error)) })
  const socket = dgram.createSocket('udp4')
  const flow = await new Promise<Flow>(resolve => {
    network.host('time.example', { daytime: listening(resolve) }).then(({ daytime }) => say(socket, daytime.endpoint))
  })
  flow.send(Buffer.alloc(70_000))
  await new Promise(resolve => setImmediate(resolve))
  await network.close()
  flow.send(Buffer.from('too late'))
  socket.close()
})

test('a service hears once that a flow is closed, and where it fails at that it is a bug', async () => {
  const bugs: string[] = []
  const network = new Network({ onBug: (error, link) => bugs.push(`${error} on ${link?.id}`) })
  const flows: Flow[] = []
  const closed: number[] = []
  let go = () => {}
  const { daytime } = await network.host('time.example', {
    daytime: listening(flow => {
      flows.push(flow)
      flow.onClose = () => {
        closed.push(flow.id)
        if (flow.id === 1) throw new Error('ouch')
      }
      go()
    }),
  })
  const sockets = [dgram.createSocket('udp4'), dgram.createSocket('udp4')]
  for (const socket of sockets) {
    const arrived = new Promise<void>(resolve => (go = resolve))
    say(socket, daytime.endpoint)
    await arrived
    socket.close()
  }
  expect(closed).toEqual([])
  await network.close()
  for (const flow of flows) flow.close()
  expect(closed).toEqual([1, 2])
  expect(bugs).toEqual(['Error: ouch on 1'])
})
