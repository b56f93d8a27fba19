import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { connectTcp } from '../clients/tcp.ts'
import type { TcpBehaviour, TcpConnection, TcpOptions } from '../fakes/tcp.ts'
import { createNetwork, tcp } from '../index.ts'
import { ProtocolError } from '../wire/decoder.ts'

/** A network with one service at raw.example:4040, in which this test lives. */
async function serve(behaviour: TcpBehaviour, options: Partial<TcpOptions> = {}) {
  const bugs: unknown[] = []
  const network = await createNetwork({ onBug: error => bugs.push(error) })
  const { raw } = await network.host('raw.example', { raw: tcp(behaviour, { port: 4040, ...options }) })
  const inside = network.intercept()
  return {
    network,
    raw,
    bugs,
    connect: (more = {}) => connectTcp({ host: 'raw.example', port: 4040, ...more }),
    async [Symbol.asyncDispose]() {
      inside[Symbol.dispose]()
      await network.close()
    },
  }
}

const echo = async (connection: TcpConnection) => {
  for await (const chunk of connection) await connection.write(chunk)
}

test('an echo gives back every octet and ends when the client has ended', async () => {
  await using service = await serve(echo)
  await using client = await service.connect()
  const sent = Buffer.alloc(300_000, 'abcdefg')
  void client.write(sent)
  client.end()
  expect((await client.readAll()).equals(sent)).toBe(true)
})

test('rules greet, answer each message and say nothing where there is no answer', async () => {
  await using service = await serve({
    greeting: 'who is there?\n',
    delimiter: '\n',
    answer: message => (message.length > 1 ? `hello ${message}` : undefined),
  })
  await using client = await service.connect()
  await client.write('ad')
  await client.write('a\n\nfaruq\ncut')
  expect(String(await client.readUntil('\n'))).toBe('who is there?\n')
  expect(String(await client.readUntil('\n'))).toBe('hello ada\n')
  expect(String(await client.readUntil('\n'))).toBe('hello faruq\n')
})

test('what each client said is kept, the first 64 KiB of it', async () => {
  await using service = await serve(echo)
  for (const text of ['one', 'x'.repeat(100_000)]) {
    await using client = await service.connect()
    void client.write(text)
    client.end()
    await client.readAll()
  }
  const [first, second] = service.raw.connections
  expect(first).toMatchObject({ remote: { address: '77.233.155.107' }, receivedBytes: 3, open: false })
  expect(String(first?.received)).toBe('one')
  expect([second?.received.length, second?.receivedBytes]).toEqual([65_536, 100_000])
})

test('the log of connections is bounded', async () => {
  await using service = await serve(connection => connection.write('x'))
  for (let i = 0; i < 1010; i += 10) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await using client = await service.connect()
        await client.readAll()
      }),
    )
  }
  expect(service.raw.connections).toHaveLength(1000)
})

test('a message is read by a count that the peer names, within a limit', async () => {
  await using service = await serve(async connection => {
    for (;;) {
      const head = await connection.readExactly(4)
      if (head === undefined) return
      await connection.write((await connection.readExactly(head.readUInt32BE(), { maxBytes: 100 })) ?? '')
    }
  })
  await using honest = await service.connect()
  await honest.write(Buffer.from([0, 0, 0, 2, 0x68]))
  await honest.write(Buffer.from([0x69]))
  expect(String(await honest.readExactly(2))).toBe('hi')
  await using greedy = await service.connect()
  await greedy.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  expect(await greedy.read()).toBeUndefined()
  await honest.write(Buffer.from([0, 0, 0, 1, 0x21]))
  expect(String(await honest.readExactly(1))).toBe('!')
  expect(service.bugs).toEqual([])
})

test('a client that sends more than is read is held back, and its neighbours are served', async () => {
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  let first = true
  let read = 0
  await using service = await serve(async connection => {
    if (!first) return connection.write('next')
    first = false
    await held
    for await (const chunk of connection) read += chunk.length
  })
  await using flood = await service.connect()
  const size = 64 * 2 ** 20
  const sending = flood.write(Buffer.alloc(size))
  await using neighbour = await service.connect()
  expect(String(await neighbour.readAll())).toBe('next')
  expect(service.raw.connections[0]!.receivedBytes).toBeLessThan(8 * 2 ** 20)
  release()
  await sending
  flood.end()
  await flood.readAll()
  expect(read).toBe(size)
})

test('a service that waits for its writes goes no faster than the client reads', async () => {
  let written = 0
  await using service = await serve(async connection => {
    for (; written < 64 * 2 ** 20; written += 65_536) await connection.write(Buffer.alloc(65_536))
  })
  await using slow = await service.connect()
  await slow.readExactly(1)
  await using neighbour = await service.connect()
  await neighbour.readExactly(1)
  expect(written).toBeLessThan(32 * 2 ** 20)
})

test('after the service has ended it still hears the client', async () => {
  await using service = await serve(async connection => {
    await connection.write('last word')
    connection.end()
    for await (const _chunk of connection);
  })
  await using client = await service.connect()
  expect(String(await client.readAll())).toBe('last word')
  await client.write('and yet')
  client.end()
  await expect.poll(() => String(service.raw.connections[0]?.received)).toBe('and yet')
})

test('what a client sends too much does not cost it the last reply', async () => {
  await using service = await serve(connection => connection.write('bye'))
  await using client = await service.connect()
  void client.write(Buffer.alloc(2 ** 20)).catch(() => {})
  expect(String(await client.readAll())).toBe('bye')
})

test('a reset reaches the client as a typed error', async () => {
  await using service = await serve(async connection => {
    await connection.read()
    connection.reset()
  })
  await using client = await service.connect()
  await client.write('x')
  await expect(client.read()).rejects.toMatchObject({ code: 'RESET' })
})

test('a service stops writing when its client is gone, and that is no bug', async () => {
  let stopped: unknown
  await using service = await serve(async connection => {
    try {
      for (;;) await connection.write(Buffer.alloc(65_536))
    } catch (error) {
      stopped = error
      throw error
    }
  })
  {
    await using client = await service.connect()
    await client.readExactly(1)
  }
  await expect.poll(() => stopped).toMatchObject({ code: 'CLOSED' })
  expect(service.bugs).toEqual([])
})

test('what a behaviour throws is a bug: the client gets a reset and the owner the error', async () => {
  const mistake = new TypeError('undefined is not a function')
  await using service = await serve(async connection => {
    await connection.read()
    throw mistake
  })
  await using client = await service.connect()
  await client.write('x')
  await expect(client.read()).rejects.toMatchObject({ code: 'RESET' })
  expect(service.bugs).toEqual([mistake])
})

test('a broken rule of the client closes its link and is no bug', async () => {
  await using service = await serve(async connection => {
    await connection.read()
    throw new ProtocolError('raw', 'expected nothing')
  })
  await using client = await service.connect()
  await client.write('x')
  expect(await client.read()).toBeUndefined()
  expect(service.bugs).toEqual([])
})

test('TLS begins with the first octet, or in the middle; what came ahead of it is dropped', async () => {
  await using service = await serve(
    async connection => {
      await connection.write(`${connection.tls?.servername} by ${connection.tls?.version}`)
    },
    { tls: { maxVersion: 'TLSv1.2' } },
  )
  const ca = service.network.authority.pem
  await using client = await service.connect({ tls: { ca } })
  expect(String(await client.readAll())).toBe('raw.example by TLSv1.2')

  await service.network.host('starttls.example', {
    raw: tcp(
      async connection => {
        await connection.readUntil('\n')
        await connection.write('go\n')
        await connection.startTls()
        await connection.write(`heard ${await connection.readUntil('\n')}`)
      },
      { port: 4040 },
    ),
  })
  const socket = net.connect(4040, 'starttls.example')
  socket.write('starttls\ninjected\n')
  await once(socket, 'data')
  const { connect } = await import('node:tls')
  const secure = connect({ socket, servername: 'starttls.example', ca })
  secure.write('over tls\n')
  const [heard] = await once(secure, 'data')
  expect(String(heard)).toBe('heard over tls\n')
  secure.destroy()
})

test('a handshake that fails ends the link, and the next client is served', async () => {
  await using service = await serve({ greeting: 'hello' }, { tls: true })
  await using rude = await service.connect()
  await rude.write('GET / HTTP/1.0\r\n\r\n')
  await rude.readAll().catch(() => {})
  await using client = await service.connect({ tls: { ca: service.network.authority.pem } })
  expect(String(await client.read())).toBe('hello')
  expect(service.bugs).toEqual([])
})

test('a hundred clients at once are each answered', async () => {
  await using service = await serve({ delimiter: '\n', answer: message => message })
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await using client = await service.connect()
      await client.write(`${i}\n`)
      return String(await client.readUntil('\n'))
    }),
  )
  expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `${i}\n`))
})

test('closing the network ends what waits for its client', async () => {
  let waited: unknown
  const service = await serve(async connection => {
    waited = await connection.read().catch(error => error)
  })
  await using client = await service.connect()
  await client.write('')
  await expect.poll(() => service.raw.connections.length).toBe(1)
  await service[Symbol.asyncDispose]()
  await expect.poll(() => waited).toMatchObject({ code: 'CLOSED' })
})

test('a closed port is refused by an error that names the layers', async () => {
  await using service = await serve(echo)
  await expect(service.connect({ port: 4041 })).rejects.toMatchObject({
    name: 'NetworkError',
    code: 'REFUSED',
    message: expect.stringMatching(
      /^tcp client: tcp connection: connect ECONNREFUSED 198\.1[89]\.\d+\.\d+:4041 \(111\)$/,
    ),
  })
})

test.each([66_000, 0, -1, 1.5, Number.NaN])('port %s is an error of our own', async port => {
  await expect(connectTcp({ host: 'raw.example', port })).rejects.toMatchObject({
    name: 'UsageError',
    message: `tcp client: expected a port from 1 to 65535, got ${port}`,
  })
})

test('a black hole times out, and a client can give up', async () => {
  await using service = await serve(echo)
  const hole = { host: '192.0.2.1', port: 80 }
  await expect(service.connect({ ...hole, timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
  await expect(service.connect({ ...hole, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'ABORTED' })
})
