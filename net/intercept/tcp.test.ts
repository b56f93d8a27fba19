import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { createNetwork, tcp } from '../../index.ts'

const hello = (port = 25) => tcp({ greeting: 'hello' }, { port })

async function said(socket: net.Socket): Promise<string> {
  const [chunk] = await once(socket, 'data')
  socket.destroy()
  return String(chunk)
}

const refusal = async (socket: net.Socket): Promise<NodeJS.ErrnoException> => {
  const [error] = await once(socket, 'error').catch(error => [error])
  return error
}

test.each<[string, () => net.Socket]>([
  ['port and host', () => net.connect(25, 'mx.example')],
  ['a port as text', () => net.connect('25' as unknown as number, 'mx.example')],
  ['options', () => net.connect({ port: 25, host: 'mx.example' })],
  ['createConnection', () => net.createConnection({ port: 25, host: 'MX.Example.' })],
  ['a socket made before', () => new net.Socket().connect(25, 'mx.example')],
  ['a socket made before, with options', () => new net.Socket().connect({ port: 25, host: 'mx.example', family: 4 })],
  ['an IPv4 address', () => net.connect(25, '203.0.113.25')],
  ['an IPv6 address', () => net.connect(25, '2001:db8::25')],
  ['an IPv6 address in a longer spelling', () => net.connect(25, '2001:0DB8:0::0025')],
  ['IPv6 only', () => net.connect({ port: 25, host: 'mx.example', family: 6 })],
  ['no family selection', () => net.connect({ port: 25, host: 'mx.example', autoSelectFamily: false })],
  ['an address of the client', () => net.connect({ port: 25, host: 'mx.example', localAddress: '10.0.2.15' })],
])('a connection by %s reaches the service', async (_how, connect) => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() }, { addresses: ['203.0.113.25', '2001:db8::25'] })
  using _inside = network.intercept()
  expect(await said(connect())).toBe('hello')
})

test('the callback is called once connected', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() })
  using _inside = network.intercept()
  const connected = await new Promise<net.Socket>(resolve => {
    const socket = net.connect(25, 'mx.example', () => resolve(socket))
  })
  expect(connected.readyState).toBe('open')
  connected.destroy()
})

test('a socket shows the addresses of the network while it is connected', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() }, { addresses: ['203.0.113.25'] })
  using _inside = network.intercept()
  const socket = net.connect(25, 'mx.example')
  expect(socket.remoteAddress).toBeUndefined()
  const looked = once(socket, 'lookup')
  await once(socket, 'connect')
  expect(await looked).toEqual([null, '203.0.113.25', 4, 'mx.example'])
  expect([socket.remoteAddress, socket.remotePort, socket.remoteFamily, socket.localAddress]).toEqual([
    '203.0.113.25',
    25,
    'IPv4',
    '10.0.2.15',
  ])
  expect(socket.address()).toMatchObject({ address: '10.0.2.15', family: 'IPv4', port: socket.localPort })
  socket.destroy()
  await once(socket, 'close')
})

test('the address that serves the port is taken, whichever comes first', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', {}, { addresses: ['203.0.113.1', '192.0.2.1', '203.0.113.25'] })
  await network.host('other.example', { raw: hello() }, { addresses: ['203.0.113.25'] })
  using _inside = network.intercept()
  const socket = net.connect(25, 'mx.example')
  await once(socket, 'connect')
  expect(socket.remoteAddress).toBe('203.0.113.25')
  socket.destroy()
})

test("a caller's own lookup is asked, and its answer is led into the network", async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() }, { addresses: ['203.0.113.25'] })
  using _inside = network.intercept()
  const lookup: net.LookupFunction = (_name, options, done) =>
    options.all ? done(null, [{ address: '203.0.113.25', family: 4 }]) : done(null, '203.0.113.25', 4)
  const single: net.LookupFunction = (_name, _options, done) => process.nextTick(done, null, '203.0.113.25', 4)
  const failing: net.LookupFunction = (_name, _options, done) => done(new Error('no such name'), '')
  let connected = 0
  const socket = net.connect({ port: 25, host: 'pinned.example', lookup }, () => connected++)
  expect(await said(socket)).toBe('hello')
  expect(connected).toBe(1)
  expect(await said(net.connect({ port: 25, host: 'pinned.example', lookup: single }))).toBe('hello')
  expect(await refusal(net.connect({ port: 25, host: 'x.example', lookup: failing }))).toMatchObject({
    message: 'no such name',
  })
})

test('a closed port is refused as the system refuses it', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', {}, { addresses: ['203.0.113.25', '2001:db8::25'] })
  using _inside = network.intercept()
  expect(await refusal(net.connect({ port: 25, host: 'mx.example', autoSelectFamily: false }))).toMatchObject({
    message: 'connect ECONNREFUSED 203.0.113.25:25',
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
    address: '203.0.113.25',
    port: 25,
  })
  expect(await refusal(net.connect(25, '2001:db8::25'))).toMatchObject({
    message: 'connect ECONNREFUSED [2001:db8::25]:25',
  })
})

test('a name whose addresses all refuse fails with all of their errors, as when Node has tried them in turn', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', {}, { addresses: ['203.0.113.25', '2001:db8::25'] })
  using _inside = network.intercept()
  const error = (await refusal(net.connect(25, 'mx.example'))) as AggregateError & { code: string }
  expect(error).toMatchObject({ name: 'AggregateError', code: 'ECONNREFUSED' })
  expect(error.errors.map(({ message }) => message)).toEqual([
    'connect ECONNREFUSED 203.0.113.25:25',
    'connect ECONNREFUSED [2001:db8::25]:25',
  ])
  expect(await refusal(net.connect({ port: 25, host: 'mx.example', family: 6 }))).toMatchObject({
    message: 'connect ECONNREFUSED [2001:db8::25]:25',
  })
})

test('an address that a program remembers from another network leads to the host of that name in its own', async () => {
  const before = await createNetwork()
  await before.host('mx.example', {}, { addresses: ['203.0.113.1'] })
  await before.host('gone.example', {}, { addresses: ['203.0.113.3'] })
  before.intercept()
  await before.close()
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() }, { addresses: ['203.0.113.2'] })
  using _inside = network.intercept()
  expect(await said(net.connect(25, '203.0.113.1'))).toBe('hello')
  const error = await refusal(net.connect(25, '203.0.113.3'))
  expect(error.message).toContain(
    "await network.host('gone.example', { … }), which had this address in another network",
  )
})

test("a caller's list of blocked addresses counts the addresses of the network", async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() }, { addresses: ['203.0.113.25'] })
  using _inside = network.intercept()
  const blockList = new net.BlockList()
  blockList.addSubnet('127.0.0.0', 8)
  expect(await said(net.connect({ port: 25, host: 'mx.example', blockList }))).toBe('hello')
  blockList.addAddress('203.0.113.25')
  expect(await refusal(net.connect({ port: 25, host: 'mx.example', blockList }))).toMatchObject({
    code: 'ERR_IP_BLOCKED',
  })
})

test('TLS over a connection shows the addresses of the network too', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: tcp({}, { port: 465, tls: true }) }, { addresses: ['203.0.113.25'] })
  using _inside = network.intercept()
  const socket = tls.connect({ socket: net.connect(465, 'mx.example'), servername: 'mx.example' })
  await once(socket, 'secureConnect')
  expect([socket.remoteAddress, socket.remotePort, socket.localAddress]).toEqual(['203.0.113.25', 465, '10.0.2.15'])
  socket.destroy()
})

test('TLS through a tunnel of the machine itself trusts the network for the names that it has', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('web.example', { raw: tcp({ greeting: 'hello' }, { port: 443, tls: true }) })
  const tunnel = net.createServer(near => near.pipe(net.connect(raw.endpoint)).pipe(near)).listen(0, '127.0.0.1')
  await once(tunnel, 'listening')
  using _inside = network.intercept()
  const socket = net.connect((tunnel.address() as net.AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  expect(await said(tls.connect({ socket, servername: 'web.example' }))).toBe('hello')
  tunnel.close()
})

test('what was written before a refusal does not hide it', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', {})
  using _inside = network.intercept()
  const socket = net.connect(25, 'mx.example')
  socket.write('too early', () => {})
  expect(socket.connecting).toBe(true)
  expect(await refusal(socket)).toMatchObject({ code: 'ECONNREFUSED' })
})

test.each<[string, () => net.Socket, string]>([
  [
    'name',
    () => net.connect(25, 'mail.example'),
    "mail.example:25; add it by: await network.host('mail.example', { … })",
  ],
  [
    'address',
    () => net.connect(25, '8.8.8.8'),
    "8.8.8.8:25; add it by: await network.host('name', { … }, { addresses: ['8.8.8.8'] })",
  ],
  ['name over TLS', () => tls.connect(443, 'web.example'), "add it by: await network.host('web.example', { … })"],
])('an unknown %s is refused with the line that adds it', async (_what, connect, line) => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  const error = await refusal(connect())
  expect(error).toMatchObject({ name: 'OfflineError', code: 'OFFLINE' })
  expect(error.message).toContain(line)
})

test('a socket is used again after it was refused', async () => {
  await using network = await createNetwork()
  await network.host('mx.example', { raw: hello() })
  using _inside = network.intercept()
  const socket = new net.Socket()
  socket.connect(26, 'mx.example')
  await refusal(socket)
  if (!socket.closed) await once(socket, 'close')
  socket.connect(27, 'mx.example')
  expect(await refusal(socket)).toMatchObject({ code: 'ECONNREFUSED', port: 27 })
  if (!socket.closed) await once(socket, 'close')
  expect(await said(socket.connect(25, 'mx.example'))).toBe('hello')
  if (!socket.closed) await once(socket, 'close')
  const own = net.createServer(peer => peer.end('mine')).listen(0, '127.0.0.1')
  await once(own, 'listening')
  socket.connect((own.address() as net.AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  expect(socket.remoteAddress).toBe('127.0.0.1')
  expect(await said(socket)).toBe('mine')
  own.close()
})

test('a connection to a black hole stays on its way; its timeout and its end work', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  const socket = net.connect(80, '192.0.2.80')
  socket.setTimeout(10)
  await once(socket, 'timeout')
  expect(socket.connecting).toBe(true)
  socket.destroy()
  await once(socket, 'close')
  const aborted = net.connect({ port: 80, host: '192.0.2.80', signal: AbortSignal.timeout(10) } as net.NetConnectOpts)
  expect(await refusal(aborted)).toMatchObject({ name: 'AbortError' })
})

test('loopback ports that the network does not serve are the machine’s own', async () => {
  const own = net.createServer(socket => socket.end('mine')).listen(0, '127.0.0.1')
  await once(own, 'listening')
  const { port } = own.address() as net.AddressInfo
  await using network = await createNetwork()
  await network.host('localhost', { raw: hello(4040) }, { addresses: ['10.0.2.15', '127.0.0.1'] })
  using _inside = network.intercept()
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::ffff:127.0.0.1']) {
    expect(await said(net.connect(port, host)), host).toBe('mine')
  }
  expect(await said(net.connect(port))).toBe('mine')
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '10.0.2.15']) {
    expect(await said(net.connect(4040, host)), host).toBe('hello')
  }
  own.close()
})

test('paths and arguments that Node refuses are left to Node', async () => {
  await using network = await createNetwork()
  using _inside = network.intercept()
  expect(await refusal(net.connect('/nowhere/at/all.sock'))).toMatchObject({ code: 'ENOENT', syscall: 'connect' })
  expect(() => net.connect(66_000, 'mx.example')).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_BAD_PORT' }))
  expect(() => net.connect({} as net.NetConnectOpts)).toThrow(expect.objectContaining({ code: 'ERR_MISSING_ARGS' }))
  await network.host('mx.example', { raw: hello() })
  const foreign = net.connect({ port: 25, host: 'mx.example', localAddress: '203.0.113.77' })
  expect(await refusal(foreign)).toMatchObject({ code: 'EADDRNOTAVAIL' })
})

test('an error of the connection names the address of the network', async () => {
  await using network = await createNetwork({ onBug: () => {} })
  await network.host(
    'mx.example',
    {
      raw: tcp(connection => connection.reset(), { port: 25 }),
    },
    { addresses: ['203.0.113.25'] },
  )
  using _inside = network.intercept()
  const error = await refusal(net.connect(25, 'mx.example'))
  expect(error.code).toBe('ECONNRESET')
  expect(error.message).not.toContain('127.0.0.1')
})

test('closing a network ends its clients', async () => {
  const network = await createNetwork()
  await network.host('mx.example', { raw: hello() })
  using _inside = network.intercept()
  const socket = net.connect(25, 'mx.example')
  await once(socket, 'data')
  const lost = net.connect(25, '192.0.2.1')
  await network.close()
  expect([socket.destroyed, lost.destroyed]).toEqual([true, true])
})

test('TLS trusts the authority of the network and nobody else’s', async () => {
  await using network = await createNetwork()
  const secure = tcp({ greeting: 'hello' }, { port: 443, tls: true })
  await network.host('web.example', { raw: secure })
  const issuer = 'unknown' as const
  await network.host('bad.example', { raw: tcp({}, { port: 443, tls: { certificate: { issuer } } }) })
  await network.host('old.example', { raw: tcp({}, { port: 443, tls: { certificate: { notAfter: '2001-01-01' } } }) })
  await network.host('wrong.example', {
    raw: tcp({}, { port: 443, tls: { certificate: { names: ['else.example'] } } }),
  })
  using _inside = network.intercept()
  expect(await said(tls.connect(443, 'web.example'))).toBe('hello')
  expect(await said(tls.connect({ port: 443, host: 'web.example' }))).toBe('hello')
  expect(await said(tls.connect(443, 'web.example', { minVersion: 'TLSv1.3' }, () => {}))).toBe('hello')
  expect(await said(tls.connect(443, { host: 'web.example' }))).toBe('hello')
  const plain = net.connect(443, 'web.example')
  expect(await said(tls.connect({ socket: plain, servername: 'web.example' }))).toBe('hello')
  expect(await refusal(tls.connect(443, 'bad.example'))).toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  expect(await refusal(tls.connect(443, 'old.example'))).toMatchObject({ code: 'CERT_HAS_EXPIRED' })
  expect(await refusal(tls.connect(443, 'wrong.example'))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  const { pem } = (await createNetwork()).authority
  expect(await refusal(tls.connect({ port: 443, host: 'web.example', ca: pem }))).toMatchObject({
    code: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED|SIGNATURE/),
  })
})
