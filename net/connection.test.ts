import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { createNetwork } from '../index.ts'
import type { Connection } from './connection.ts'
import type { Network } from './network.ts'
import type { Fake, ServiceDescription, TlsOptions } from './service.ts'

interface Accepted {
  connections: Connection[]
}

/** A service that is no more than what it does with a connection. */
function service(accept: (connection: Connection) => void, tlsOptions?: TlsOptions): ServiceDescription<Accepted> {
  const fake = (): Fake<Accepted> => {
    const state: Accepted = { connections: [] }
    return {
      state,
      ports: [{ port: 25, transport: 'tcp', tls: tlsOptions !== undefined }],
      ...(tlsOptions === undefined ? {} : { tls: tlsOptions }),
      accept(connection) {
        state.connections.push(connection)
        accept(connection)
      },
    }
  }
  return { protocol: 'tcp', load: async () => fake }
}

async function serve(accept: (connection: Connection) => void, tlsOptions?: TlsOptions, names: string[] = []) {
  const bugs: unknown[] = []
  const network = await createNetwork({ onBug: error => bugs.push(error) })
  const { raw } = await network.host('a.example', { raw: service(accept, tlsOptions) }, { names })
  const opened: net.Socket[] = []
  return {
    network,
    raw,
    bugs,
    /** Without interception: what a socket of Node sees that knows of nothing. */
    connect(options: Partial<net.TcpNetConnectOpts> = {}) {
      const socket = net.connect({ ...raw.endpoint, allowHalfOpen: true, ...options })
      opened.push(socket)
      return socket
    },
    secure(options: tls.ConnectionOptions = {}) {
      const socket = tls.connect({ ...raw.endpoint, ca: network.authority.pem, servername: 'a.example', ...options })
      opened.push(socket)
      return socket
    },
    async [Symbol.asyncDispose]() {
      for (const socket of opened) socket.destroy()
      await network.close()
    },
  }
}

async function all(socket: net.Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

const refusal = async (socket: net.Socket): Promise<NodeJS.ErrnoException> => (await once(socket, 'error'))[0]

test('the last reply arrives also where the client goes on talking', async () => {
  await using site = await serve(connection => {
    connection.onData = () => {
      connection.write('last reply')
      connection.close()
    }
  })
  for (let i = 0; i < 20; i++) {
    const client = site.connect()
    client.write(Buffer.alloc(500_000))
    expect(await all(client)).toBe('last reply')
  }
})

test('after `end` the service still hears the client, after `close` it does not', async () => {
  const heard: string[] = []
  const ended: string[] = []
  for (const how of ['end', 'close'] as const) {
    await using site = await serve(connection => {
      connection.onData = chunk => void heard.push(`${how} ${chunk}`)
      connection.onEnd = () => void ended.push(how)
      connection.write('x')
      connection[how]()
    })
    const client = site.connect()
    expect(await all(client)).toBe('x')
    client.end('late')
    await once(client, 'close')
    await expect.poll(() => ended).toContain(how)
  }
  expect(heard).toEqual(['end late'])
})

test('a client that has ended is still answered', async () => {
  await using site = await serve(connection => {
    connection.onEnd = () => {
      connection.write('heard you')
      connection.end()
    }
  })
  const client = site.connect()
  client.end('done')
  expect(await all(client)).toBe('heard you')
})

test('a service that says nothing about it ends when the client does', async () => {
  await using site = await serve(() => {})
  const client = site.connect()
  client.end()
  expect(await all(client)).toBe('')
})

test('what is written after the end goes nowhere and harms nobody', async () => {
  await using site = await serve(connection => {
    connection.write('one')
    connection.end()
    connection.write('two')
    connection.end()
    connection.close()
  })
  expect(await all(site.connect())).toBe('one')
  expect(site.bugs).toEqual([])
})

test('a reset is one, and both ways are told apart by taps', async () => {
  await using site = await serve(connection => {
    connection.onData = () => connection.reset()
  })
  const endings: string[] = []
  using _tap = site.network.tap({ closed: (_link, how) => void endings.push(how) })
  const client = site.connect()
  client.write('x')
  expect(await refusal(client)).toMatchObject({ code: 'ECONNRESET' })
  const rude = site.connect()
  await once(rude, 'connect')
  await expect.poll(() => site.raw.connections.length).toBe(2)
  rude.resetAndDestroy()
  await expect.poll(() => endings).toEqual(['reset by server', 'reset by client'])
})

test('`onClose` is called once, and the connection says so', async () => {
  let closed = 0
  await using site = await serve(connection => {
    connection.onClose = () => void closed++
  })
  const client = site.connect()
  await expect.poll(() => site.raw.connections.length).toBe(1)
  expect(site.raw.connections[0]!.closed).toBe(false)
  client.end()
  await expect.poll(() => closed).toBe(1)
  expect(site.raw.connections[0]!.closed).toBe(true)
  site.raw.connections[0]!.reset()
  await site.network.close()
  expect(closed).toBe(1)
})

test('`write` asks to wait and `onDrain` says when to go on', async () => {
  let written = 0
  let drained = 0
  await using site = await serve(connection => {
    const go = () => {
      while (written < 50 && connection.write(Buffer.alloc(2 ** 20))) written++
      if (written++ >= 50) connection.end()
    }
    connection.onDrain = () => {
      drained++
      go()
    }
    go()
  })
  const client = site.connect()
  await once(client, 'readable')
  expect(written).toBeLessThan(50)
  let size = 0
  for await (const chunk of client) size += chunk.length
  expect(size).toBeGreaterThanOrEqual(50 * 2 ** 20)
  expect(drained).toBeGreaterThan(0)
})

test('`pause` holds the client back until `resume`', async () => {
  let read = 0
  await using site = await serve(connection => {
    connection.onData = chunk => {
      read += chunk.length
      if (read === chunk.length) connection.pause()
    }
  })
  const client = site.connect()
  client.write(Buffer.alloc(32 * 2 ** 20))
  await expect.poll(() => client.bytesWritten).toBeGreaterThan(100_000)
  await expect.poll(() => read).toBeGreaterThan(0)
  expect(read).toBeLessThan(16 * 2 ** 20)
  site.raw.connections[0]!.resume()
  await expect.poll(() => read, { timeout: 5000 }).toBe(32 * 2 ** 20)
})

test('an error of the fake is a bug in each of its handlers, and the next client is served', async () => {
  const failing = ['accept', 'data', 'end', 'close'] as const
  for (const where of failing) {
    let first = true
    await using site = await serve(connection => {
      const fail = (what: string) => {
        if (what === where && first) {
          first = false
          throw new Error(where)
        }
      }
      connection.onData = () => {
        fail('data')
        connection.write('fine')
      }
      connection.onEnd = () => {
        fail('end')
        connection.end()
      }
      connection.onClose = () => fail('close')
      fail('accept')
    })
    const client = site.connect().on('error', () => {})
    client.end('x')
    await expect.poll(() => site.bugs.map(String)).toEqual([`Error: ${where}`])
    const next = site.connect()
    next.end('x')
    expect(await all(next)).toBe('fine')
  }
})

test('TLS shows the certificate of the host that the client names, and the first host’s for a name that nobody has', async () => {
  await using network = await createNetwork()
  const { raw } = await network.host('a.example', { raw: service(() => {}, {}) }, { names: ['*.a.example'] })
  const names = async (servername: string) => {
    const socket = tls.connect({
      ...raw.endpoint,
      ca: network.authority.pem,
      servername,
      checkServerIdentity: () => undefined,
    })
    await once(socket, 'secureConnect')
    const { subjectaltname } = socket.getPeerCertificate()
    socket.destroy()
    return subjectaltname
  }
  const own = `DNS:a.example, DNS:*.a.example, IP Address:${network.lookup('a.example')[0]}`
  expect(await names('a.example')).toBe(own)
  expect(await names('x.a.example')).toBe(own)
  expect(await names('b.example')).toBe(own)
  expect(await names('')).toBe(own)
})

test('a link under TLS knows name, version, cipher and ALPN', async () => {
  await using site = await serve(() => {}, { alpn: ['imap', 'smtp'], maxVersion: 'TLSv1.2' })
  const client = site.secure({ ALPNProtocols: ['smtp', 'imap'] })
  await once(client, 'secureConnect')
  await expect.poll(() => site.raw.connections.length).toBe(1)
  expect(site.raw.connections[0]!.tls).toMatchObject({
    servername: 'a.example',
    alpn: 'imap',
    version: 'TLSv1.2',
    cipher: expect.stringMatching(/^ECDHE-ECDSA/),
  })
})

test('a client certificate is asked for, and required where it must be', async () => {
  const certificate = (network: Network) => {
    const { cert, key } = network.authority.issue({ names: ['ada'] })
    return { cert, key }
  }
  const greet = (connection: Connection) => {
    connection.write(`hello ${connection.clientCertificate?.subject.CN ?? 'stranger'}`)
    connection.close()
  }
  await using asking = await serve(greet, { clientCertificate: 'request' })
  expect(await all(asking.secure())).toBe('hello stranger')
  expect(await all(asking.secure(certificate(asking.network)))).toBe('hello ada')
  await using strict = await serve(greet, { clientCertificate: 'require' })
  expect(await all(strict.secure(certificate(strict.network)))).toBe('hello ada')
  await expect(all(strict.secure())).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|ERR_SSL/) })
  await expect(all(strict.secure(certificate(asking.network)))).rejects.toThrow()
  expect(strict.raw.connections).toHaveLength(1)
})

test('a link goes on under TLS in the middle; to start it twice is a bug of the fake', async () => {
  const heard: string[] = []
  await using site = await serve(connection => {
    connection.onData = chunk => {
      heard.push(String(chunk))
      if (String(chunk).startsWith('STARTTLS')) {
        connection.write('go')
        connection.startTls({}, () => connection.write('secure'))
      }
    }
  })
  const plain = site.connect()
  plain.write('STARTTLS')
  await once(plain, 'data')
  const client = tls.connect({ socket: plain, servername: 'a.example', ca: site.network.authority.pem })
  expect(String((await once(client, 'data'))[0])).toBe('secure')
  client.write('hello')
  await expect.poll(() => heard).toEqual(['STARTTLS', 'hello'])
  client.write('STARTTLS')
  expect(await refusal(client)).toMatchObject({ code: 'ECONNRESET' })
  expect(site.bugs.map(String)).toEqual(['Error: expected a link in the clear to start TLS on, got one under TLS'])
})

test.each([
  ['garbage', (client: net.Socket) => client.write(Buffer.alloc(200, 0x41))],
  ['an end', (client: net.Socket) => client.end()],
  ['half a hello', (client: net.Socket) => client.end(Buffer.from('160301', 'hex'))],
])('a handshake of %s ends the link, and the next client is served', async (_what, write) => {
  await using site = await serve(connection => connection.write('hello'), {})
  const rude = site.connect({ allowHalfOpen: false }).on('error', () => {})
  write(rude)
  rude.resume()
  await once(rude, 'close')
  const client = site.secure()
  expect(String((await once(client, 'data'))[0])).toBe('hello')
  expect(site.bugs).toEqual([])
})

test('a thousand connections leave nothing behind', async () => {
  const seen = new Set<Connection>()
  await using site = await serve(connection => {
    seen.add(connection)
    connection.onClose = () => void seen.delete(connection)
    connection.write('x')
    connection.end()
  })
  const before = process.getActiveResourcesInfo().filter(kind => /TCP/.test(kind)).length
  for (let i = 0; i < 50; i++) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = net.connect(site.raw.endpoint)
        await all(client)
      }),
    )
  }
  await expect.poll(() => seen.size).toBe(0)
  await expect
    .poll(() => process.getActiveResourcesInfo().filter(kind => /TCP/.test(kind)).length)
    .toBeLessThanOrEqual(before)
})
