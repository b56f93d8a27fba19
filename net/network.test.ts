import net from 'node:net'
import { expect, test } from 'vitest'
import { connectTcp } from '../clients/tcp.ts'
import { askUdp } from '../clients/udp.ts'
import { createNetwork, tcp, udp } from '../index.ts'
import type { Link } from './link.ts'

const hello = (text = 'hello', port = 25) => tcp({ greeting: text }, { port })

test('a host is found by its names, exact before wildcard and the longest wildcard first', async () => {
  await using network = await createNetwork()
  await network.host('example.org', {}, { addresses: ['203.0.113.1'], names: ['www.example.org'] })
  await network.host('*.example.org', {}, { addresses: ['203.0.113.2'] })
  await network.host('*.deep.example.org', {}, { addresses: ['203.0.113.3'] })
  const found = ['example.org', 'WWW.example.org.', 'any.example.org', 'a.b.example.org', 'a.deep.example.org']
  expect(found.map(name => network.lookup(name)[0])).toEqual([
    '203.0.113.1',
    '203.0.113.1',
    '203.0.113.2',
    '203.0.113.2',
    '203.0.113.3',
  ])
  expect(network.lookup('example.net')).toEqual([])
  expect(network.lookup('org')).toEqual([])
})

test('addresses are kept in one spelling and led back to their hosts', async () => {
  await using network = await createNetwork()
  await network.host('a.example', {}, { addresses: ['203.0.113.1', '2001:DB8:0::1'] })
  await network.host('b.example', {}, { addresses: ['203.0.113.1'] })
  expect(network.lookup('a.example')).toEqual(['203.0.113.1', '2001:db8::1'])
  expect(network.hostsAt('203.0.113.1').map(host => host.name)).toEqual(['a.example', 'b.example'])
  expect(network.hostsAt('2001:db8:0:0::1').map(host => host.name)).toEqual(['a.example'])
})

test('a host without addresses gets a free one that follows from its name', async () => {
  const addressesOf = async (...names: string[]) => {
    await using network = await createNetwork({ seed: names.length })
    for (const name of names) await network.host(name)
    return names.map(name => network.lookup(name)[0]!)
  }
  const [a] = await addressesOf('a.example')
  const [b] = await addressesOf('B.example.')
  expect(a).toMatch(/^198\.1[89]\.\d+\.\d+$/)
  expect(await addressesOf('b.example', 'a.example')).toEqual([b, a])
  await using network = await createNetwork()
  await network.host('taken.example', {}, { addresses: [a!] })
  await network.host('a.example')
  expect(network.lookup('a.example')[0]).toMatch(/^198\.1[89]\./)
  expect(network.lookup('a.example')).not.toEqual([a])
})

test('a host that is named again gets more services, names and addresses', async () => {
  await using network = await createNetwork()
  await network.host('a.example', { mail: hello('mail', 25) }, { addresses: ['203.0.113.1'] })
  await network.host('A.example.', { time: hello('time', 37) }, { addresses: ['203.0.113.2'], names: ['b.example'] })
  expect(network.hosts).toHaveLength(1)
  expect(network.lookup('b.example')).toEqual(['203.0.113.1', '203.0.113.2'])
  expect(network.reach({ address: '203.0.113.1', port: 25 }, 'tcp').outcome).toBe('served')
  expect(network.reach({ address: '203.0.113.2', port: 37 }, 'tcp').outcome).toBe('served')
})

test('what stands on every address of a host answers on each', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('a.example', { raw: hello() }, { addresses: ['203.0.113.1', '2001:db8::1'] })
  expect(raw.endpoints.map(({ address, port, tls }) => [address, port, tls])).toEqual([
    ['203.0.113.1', 25, false],
    ['2001:db8::1', 25, false],
  ])
  for (const { real } of raw.endpoints) {
    await using client = await connectTcp(real)
    expect(String(await client.read())).toBe('hello')
  }
  expect(raw.endpoint).toEqual(raw.endpoints[0]!.real)
})

test('one address and port has one service; the error says which and what to do', async () => {
  await using network = await createNetwork()
  await network.host('a.example', { raw: hello() }, { addresses: ['203.0.113.1'] })
  await expect(network.host('b.example', { raw: hello() }, { addresses: ['203.0.113.1'] })).rejects.toThrow(
    'expected 203.0.113.1:25 to be free for tcp of b.example, but tcp of a.example is there; give it another address or port',
  )
})

test('a name has one host, and who asks for it a second time changes nothing', async () => {
  await using network = await createNetwork()
  await network.host('a.example', {}, { names: ['mail.example'] })
  await expect(network.host('b.example', {}, { names: ['mail.example'] })).rejects.toThrow(
    'expected a name of its own for b.example, but mail.example is a name of a.example',
  )
  expect(network.hosts.map(host => host.name)).toEqual(['a.example'])
  expect(network.lookup('b.example')).toEqual([])
})

test.each(['', 'a b.example', 'a..example', '-*.example', 'a.*.example', 'a/b', 'a:25'])(
  '%j is no host name',
  async name => {
    await using network = await createNetwork()
    await expect(network.host(name)).rejects.toMatchObject({ name: 'UsageError' })
    expect(network.hosts).toEqual([])
  },
)

test('an address in a range of black holes is one, unless it is served', async () => {
  await using network = await createNetwork({ blackHoles: ['192.0.2.0/24', '2001:db8:dead::/48'] })
  await network.host('hole.example', { raw: hello() }, { addresses: ['192.0.2.1'] })
  const outcome = (address: string, port = 25) => network.reach({ address, port }, 'tcp').outcome
  expect(outcome('192.0.2.1')).toBe('served')
  expect(outcome('192.0.2.1', 26)).toBe('black hole')
  expect(outcome('2001:db8:dead::1')).toBe('black hole')
  expect(outcome('203.0.113.1')).toBe('not in the network')
})

test.each([{ epoch: 'yesterday' }, { blackHoles: ['192.0.2.0/40'] }, { client: { addresses: ['here'] } }])(
  'the options %j are refused',
  async options => {
    await expect(createNetwork(options)).rejects.toMatchObject({ name: 'UsageError' })
  },
)

test('services see the client by the address that it has towards them', async () => {
  await using network = await createNetwork()
  const place = { addresses: ['203.0.113.1', '192.168.56.101', '10.0.2.2', '2001:db8::1', '127.0.0.1'] }
  const { raw } = await network.host('a.example', { raw: hello() }, place)
  for (const { real } of raw.endpoints) {
    await using client = await connectTcp(real)
    await client.read()
  }
  expect(raw.connections.map(({ remote }) => remote.address)).toEqual([
    '77.233.155.107', // beyond the router
    '192.168.56.102', // the client's other network
    '10.0.2.15',
    'fd00:2::15',
    '127.0.0.1',
  ])
})

test('taps see the links that open after them, in the order in which they came', async () => {
  await using network = await createNetwork()
  const { raw, datagrams } = await network.host('a.example', {
    raw: hello(),
    datagrams: udp(message => message, { port: 7 }),
  })
  const seen: string[] = []
  const tap = (name: string) => ({ opened: (link: Link) => void seen.push(`${name} ${link.transport} ${link.id}`) })
  const first = network.tap(tap('first'))
  using _second = network.tap(tap('second'))
  {
    await using client = await connectTcp(raw.endpoint)
    await client.read()
  }
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await askUdp({ ...datagrams.endpoint, message: 'x' })
  expect(seen).toEqual(['first tcp 1', 'second tcp 1', 'second udp 2'])
})

test('a tap sees what crosses and how it ended', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('a.example', { raw: tcp(connection => connection.write('bye'), { port: 25 }) })
  const seen: string[] = []
  using _tap = network.tap({
    opened: link => void seen.push(`opened ${link.client.address} to ${link.host}`),
    plain: (_link, from, octets) => void seen.push(`${from}: ${Buffer.from(octets)}`),
    ended: (_link, from) => void seen.push(`${from} ended`),
    closed: (_link, how) => void seen.push(`closed by ${how}`),
  })
  const client = await connectTcp(raw.endpoint)
  await client.readAll()
  client.end()
  await expect.poll(() => seen.length).toBe(5)
  expect(seen).toEqual([
    'opened 10.0.2.15 to a.example',
    'server: bye',
    'server ended',
    'client ended',
    'closed by end',
  ])
})

test('a bug is told to the owner with its link', async () => {
  const bugs: string[] = []
  await using network = await createNetwork({ onBug: (error, link) => bugs.push(`${error} on ${link?.host}`) })
  const { raw } = await network.host('a.example', {
    raw: tcp(
      () => {
        throw new Error('mine')
      },
      { port: 25 },
    ),
  })
  const client = net.connect(raw.endpoint).on('error', () => {})
  await expect.poll(() => bugs).toEqual(['Error: mine on a.example'])
  client.destroy()
})

test('closing ends links, frees ports, runs what was registered from the last to the first, and can be done twice', async () => {
  const network = await createNetwork()
  const { raw } = await network.host('a.example', { raw: hello() })
  const client = net.connect(raw.endpoint).resume()
  await expect.poll(() => raw.connections.length).toBe(1)
  const order: string[] = []
  network.onClose(() => void order.push('first'))
  network.onClose(async () => void order.push('second'))
  await Promise.all([network.close(), network.close()])
  expect(order).toEqual(['second', 'first'])
  await expect.poll(() => client.destroyed || client.readableEnded).toBe(true)
  await expect(connectTcp(raw.endpoint)).rejects.toMatchObject({ code: 'REFUSED' })
  await expect(network.host('b.example')).rejects.toThrow('expected an open network, got one that is closed')
})

test('names that nobody has are remembered once each, a thousand of them', async () => {
  await using network = await createNetwork()
  for (let i = 0; i < 1500; i++) network.noteUnknownName(`N${i % 1200}.example.`)
  expect(network.unknownNames).toHaveLength(1000)
  expect(network.unknownNames[0]).toBe('n0.example')
})

test('the same seed gives each service the same chance, whatever others draw', async () => {
  const draw = async (others: string[]) => {
    await using network = await createNetwork({ seed: 7 })
    for (const label of others) network.random(label).uint32()
    return network.random('a.example/tcp').uint32()
  }
  expect(await draw([])).toBe(await draw(['b', 'c']))
})
