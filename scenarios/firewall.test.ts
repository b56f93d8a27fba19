// A firewall between clients and services, in this process: what is dropped times out, what is rejected is refused.

import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { query } from '../clients/dns/query.ts'
import { request } from '../clients/http.ts'
import { connectSmtp } from '../clients/smtp.ts'
import { connectTcp } from '../clients/tcp.ts'
import {
  createNetwork,
  dns as dnsFake,
  type FirewallOptions,
  type FirewallRule,
  firewall,
  http,
  smtp,
  udp,
} from '../index.ts'
import type { Network } from '../net/network.ts'

/** A wall that bars what its rules say and nothing else. */
const wall = (...rules: FirewallRule[]) => firewall({ rules, otherwise: 'allow' })

async function world(options?: FirewallOptions): Promise<Network> {
  const network = await createNetwork()
  if (options !== undefined) network.fault(firewall(options))
  const at = { addresses: ['203.0.113.1', '2001:db8::1'] }
  const services = {
    web: http(() => new Response('hello')),
    mail: smtp(),
    echo: udp(message => message, { port: 7 }),
    ns: dnsFake({ zones: { 'example.org': 'www A 192.0.2.1' } }),
  }
  await network.host('all.example', services, at)
  return network
}

const short = { timeoutMs: 30 }

test.each([
  ['drop', 'TIMED_OUT'],
  ['reject', 'REFUSED'],
] as const)('the clients’ typed errors tell %s as %s', async (action, code) => {
  await using network = await world()
  using _inside = network.intercept()
  using _closed = network.fault(wall({ action, direction: 'out', to: 'all.example' }))
  for (const [host, port, tls] of [
    ['203.0.113.1', 80, false],
    ['2001:db8::1', 80, false],
    ['all.example', 443, true],
  ] as const) {
    await expect(connectTcp({ host, port, tls, ...short }), host).rejects.toMatchObject({ name: 'NetworkError', code })
  }
  await expect(connectSmtp({ host: 'all.example', ...short })).rejects.toMatchObject({ code })
  await expect(request('http://all.example/', short)).rejects.toMatchObject({ code })
  for (const transport of ['udp', 'tcp'] as const) {
    const options = { servers: ['203.0.113.1'], tries: 1, transport, ...short }
    await expect(query('www.example.org', 'A', options), transport).rejects.toMatchObject({ code })
  }
})

test.each([
  ['drop', 'ETIMEOUT'],
  ['reject', 'ECONNREFUSED'],
] as const)('the look-ups of Node tell %s as %s', async (action, code) => {
  await using network = await world()
  using _inside = network.intercept()
  const resolver = new dns.promises.Resolver({ timeout: 20, tries: 1 })
  resolver.setServers(['203.0.113.1'])
  expect(await resolver.resolve4('www.example.org')).toEqual(['192.0.2.1'])
  {
    using _closed = network.fault(wall({ action, transport: 'udp', port: 53 }))
    await expect(resolver.resolve4('www.example.org')).rejects.toMatchObject({ code })
  }
  expect(await resolver.resolve4('www.example.org')).toEqual(['192.0.2.1'])
})

test('a rejected datagram is refused where the socket is connected, a dropped one is lost', async () => {
  await using network = await world()
  using _inside = network.intercept()
  using _rejected = network.fault(wall({ action: 'reject', transport: 'udp', to: '203.0.113.1' }))
  using _dropped = network.fault(wall({ action: 'drop', transport: 'udp', to: '2001:db8::1' }))
  const refused = dgram.createSocket('udp4')
  refused.connect(7, '203.0.113.1', () => refused.send('hi'))
  expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  refused.close()
  const lost = dgram.createSocket('udp6')
  lost.on('error', expect.unreachable).on('message', expect.unreachable)
  await new Promise<void>(resolve => lost.connect(7, '2001:db8::1', () => lost.send('hi', () => resolve())))
  _rejected[Symbol.dispose]()
  const heard = dgram.createSocket('udp4')
  heard.send('hi', 7, '203.0.113.1')
  expect(String((await once(heard, 'message'))[0])).toBe('hi')
  heard.close()
  lost.close()
})

test('by default deny only what is accepted gets through', async () => {
  const rules = [{ action: 'allow', direction: 'out', transport: 'tcp', port: 443 } as const]
  await using network = await world({ otherwise: 'drop', rules })
  using _inside = network.intercept()
  const host = 'all.example'
  await using _client = await connectTcp({ host, port: 443, tls: { ca: network.authority.pem } })
  await expect(connectTcp({ host, port: 80, ...short })).rejects.toMatchObject({ code: 'TIMED_OUT' })
})

test('what is open goes on when the firewall closes, and what comes after does not get in', async () => {
  await using network = await world()
  using _inside = network.intercept()
  await using client = await connectSmtp({ host: 'all.example' })
  using _closed = network.fault(wall({ action: 'reject' }))
  const sent = await client.send({ from: 'ann@example.org', to: 'bob@all.example', text: 'hello' })
  expect(sent.accepted).toEqual(['bob@all.example'])
  await expect(connectSmtp({ host: 'all.example' })).rejects.toMatchObject({ code: 'REFUSED' })
})

test('a connection that is dropped ends after the time that a system gives it', async () => {
  await using network = await world({ otherwise: 'drop' })
  using _inside = network.intercept()
  const socket = net.connect(80, '203.0.113.1')
  const failed = once(socket, 'error')
  await network.clock.advance('126s')
  expect(socket.connecting).toBe(true)
  await network.clock.advance('1s')
  expect((await failed)[0]).toMatchObject({
    code: 'ETIMEDOUT',
    message: 'connect ETIMEDOUT 203.0.113.1:80',
    errno: -110,
  })
})

test('a mail waits in the queue while the firewall drops what its server opens', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  const { relay } = await network.host('relay.example', { relay: smtp({ relayFor: ['0.0.0.0/0'], domains: [] }) })
  const { mx } = await network.host('mx.example', { mx: smtp() })
  {
    using _closed = network.fault(wall({ action: 'drop', direction: 'forward', transport: 'tcp', port: 25 }))
    await using client = await connectSmtp({ host: 'relay.example' })
    await client.send({ from: 'ann@example.org', to: 'bob@mx.example', text: 'hello' })
    await relay.queueSettled()
    expect(mx.delivered).toEqual([])
    expect(relay.queue).toMatchObject([{ status: 'waiting' }])
  }
  await network.clock.advance('1h')
  await relay.queueSettled()
  expect(mx.delivered).toMatchObject([{ from: 'ann@example.org' }])
})
