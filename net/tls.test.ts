import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Side } from '../wire/decoder.ts'
import type { Connection } from './connection.ts'
import type { Tap } from './link.ts'
import { Network } from './network.ts'
import type { ServiceDescription, TlsOptions } from './service.ts'

// TLS reads the socket itself unless a tap wants the ciphertext; then its stream goes through JavaScript. Both ways
// have to behave alike.
type Watching = 'no tap' | 'plain text' | 'ciphertext'

let network: Network
let bugs: unknown[]
const sockets: net.Socket[] = []

beforeEach(() => {
  bugs = []
  network = new Network({ onBug: error => bugs.push(error) })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await network.close()
  expect(bugs).toEqual([])
})

function service(accept: (connection: Connection) => void, options: TlsOptions = {}, secure = true) {
  return {
    protocol: 'test',
    load: async () => () => ({
      state: {},
      ports: [{ port: 443, transport: 'tcp', tls: secure }] as const,
      tls: options,
      accept,
    }),
  } satisfies ServiceDescription
}

interface Watch {
  events: string[]
  segments: Record<Side, number>
  plain: Record<Side, number>
  closed: Promise<string>
}

function watch(what: Watching): Watch {
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  const seen: Watch = { events: [], segments: { client: 0, server: 0 }, plain: { client: 0, server: 0 }, closed }
  const note = (event: string) => {
    if (seen.events.at(-1) !== event) seen.events.push(event)
  }
  const tap: Tap = {
    opened: () => note('opened'),
    plain: (_link, from, bytes) => {
      seen.plain[from] += bytes.length
      note(`${from} says`)
    },
    secret: (_link, line) => note(`secret ${line.split(' ')[0]}`),
    secured: link => note(`secured ${link.tls?.version}`),
    ended: (_link, from) => note(`${from} ended`),
    closed: (_link, how) => {
      note(`closed ${how}`)
      resolve(how)
    },
  }
  if (what === 'ciphertext') {
    tap.segment = (_link, from, bytes) => {
      seen.segments[from] += bytes.length
      note(`${from} sends`)
    }
  }
  if (what !== 'no tap') network.tap(tap)
  return seen
}

async function host(description: ServiceDescription): Promise<{ host: string; port: number }> {
  const { test } = await network.host('www.example', { test: description })
  return test.endpoint
}

function connect(endpoint: { host: string; port: number }, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const socket = tls.connect({ ...endpoint, ca: network.authority.pem, servername: 'www.example', ...options })
  socket.on('error', () => {})
  sockets.push(socket)
  return socket
}

async function textOf(socket: net.Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

async function bytesOf(socket: net.Socket): Promise<number> {
  let count = 0
  for await (const chunk of socket) count += chunk.length
  return count
}

const megabyte = Buffer.alloc(1024 * 1024, 'x')

describe.each<Watching>(['no tap', 'plain text', 'ciphertext'])('with %s watched', what => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a request is answered over %s', async version => {
    const { events, closed } = watch(what)
    const at = await host(
      service(
        connection => {
          connection.onData = chunk => {
            connection.write(`got ${chunk}`)
            connection.close()
          }
        },
        { maxVersion: version },
      ),
    )
    const socket = connect(at)
    socket.write('question')
    expect(await textOf(socket)).toBe('got question')
    if (what === 'no tap') return
    await closed
    const told = events.filter(event => !/sends|secret/.test(event))
    expect(told).toEqual([
      'opened',
      `secured ${version}`,
      'client says',
      'server says',
      'server ended',
      'client ended',
      'closed end',
    ])
  })

  test('TLS begins in the middle of a connection', async () => {
    const { plain } = watch(what)
    const at = await host(
      service(
        connection => {
          connection.write('220 ready\r\n')
          connection.onData = () => {
            connection.write('220 go ahead\r\n')
            connection.startTls({}, () => {
              connection.write('now in secret: ')
              connection.onData = chunk => {
                connection.write(chunk)
                connection.close()
              }
            })
          }
        },
        {},
        false,
      ),
    )
    const socket = net.connect(at)
    sockets.push(socket)
    expect(String((await once(socket, 'data'))[0])).toBe('220 ready\r\n')
    socket.write('STARTTLS\r\n')
    expect(String((await once(socket, 'data'))[0])).toBe('220 go ahead\r\n')
    const secure = tls.connect({ socket, ca: network.authority.pem, servername: 'www.example' })
    secure.write('hello')
    expect(await textOf(secure)).toBe('now in secret: hello')
    if (what !== 'no tap') expect(plain).toEqual({ client: 10 + 5, server: 11 + 14 + 15 + 5 })
  })

  test('32 MB go through and come back', async () => {
    const { plain } = watch(what)
    const at = await host(
      service(connection => {
        connection.onData = chunk => {
          if (!connection.write(chunk)) connection.pause()
        }
        connection.onDrain = () => connection.resume()
      }),
    )
    const socket = connect(at)
    const count = bytesOf(socket)
    for (let i = 0; i < 32; i++) if (!socket.write(megabyte)) await once(socket, 'drain')
    socket.end()
    expect(await count).toBe(32 * megabyte.length)
    if (what !== 'no tap') expect(plain).toEqual({ client: 32 * megabyte.length, server: 32 * megabyte.length })
  })

  test('a service that pauses makes its client wait', async () => {
    const seen = watch(what)
    const accepted = Promise.withResolvers<Connection>()
    const at = await host(
      service(connection => {
        connection.onData = () => {
          connection.pause()
          accepted.resolve(connection)
        }
      }),
    )
    const socket = connect(at)
    let sent = 0
    const send = () => {
      while (sent < 64 && socket.write(megabyte)) sent++
    }
    socket.on('drain', send)
    send()
    const connection = await accepted.promise
    // Everything between the two is full when nothing moves any more.
    let before = -1
    while (before !== socket.bytesWritten) {
      before = socket.bytesWritten
      for (let i = 0; i < 50; i++) await new Promise(resolve => setImmediate(resolve))
    }
    expect(sent).toBeLessThan(32)
    if (what !== 'no tap') expect(seen.plain.client).toBeLessThan(megabyte.length)
    connection.reset()
  })

  test('a client that does not read makes its service wait', async () => {
    const seen = watch(what)
    const full = Promise.withResolvers<void>()
    const done = Promise.withResolvers<void>()
    let written = 0
    const at = await host(
      service(connection => {
        const send = () => {
          while (written < 64) {
            written++
            if (!connection.write(megabyte)) {
              full.resolve()
              return
            }
          }
          connection.end()
          done.resolve()
        }
        connection.onDrain = send
        connection.onData = send
      }),
    )
    const socket = connect(at)
    socket.pause()
    socket.write('go')
    await full.promise
    for (let i = 0; i < 200; i++) await new Promise(resolve => setImmediate(resolve))
    expect(written).toBeLessThan(32)
    if (what === 'ciphertext') expect(seen.segments.server).toBeLessThan(32 * megabyte.length)
    expect(await bytesOf(socket)).toBe(64 * megabyte.length)
    await done.promise
  })

  test('a reset by the service is one for the client', async () => {
    const seen = watch(what)
    const at = await host(
      service(connection => {
        connection.onData = () => connection.reset()
      }),
    )
    const socket = connect(at)
    const failed = once(socket, 'error')
    socket.write('question')
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
    if (what !== 'no tap') expect(await seen.closed).toBe('reset by server')
  })

  test.each(['before', 'after'])('a reset by the client %s the handshake is noticed', async when => {
    const seen = watch(what)
    const gone = Promise.withResolvers<void>()
    const at = await host(
      service(connection => {
        connection.onClose = gone.resolve
        connection.onData = () => connection.write(megabyte)
      }),
    )
    const plain = net.connect(at)
    sockets.push(plain)
    await once(plain, 'connect')
    if (when === 'after') {
      const socket = tls.connect({ socket: plain, ca: network.authority.pem, servername: 'www.example' })
      socket.on('error', () => {})
      socket.write('question')
      await once(socket, 'data')
    }
    plain.on('error', () => {})
    plain.resetAndDestroy()
    if (when === 'after') await gone.promise
    if (what !== 'no tap') expect(await seen.closed).toBe('reset by client')
  })

  test('a client that has ended is told the whole answer', async () => {
    const seen = watch(what)
    const at = await host(
      service(connection => {
        let heard = 0
        connection.onData = chunk => void (heard += chunk.length)
        connection.onEnd = () => {
          connection.write(`heard ${heard} `)
          connection.write(megabyte)
          connection.end()
        }
      }),
    )
    const socket = connect(at, { allowHalfOpen: true } as tls.ConnectionOptions)
    socket.end(megabyte)
    expect(await bytesOf(socket)).toBe('heard 1048576 '.length + megabyte.length)
    if (what !== 'no tap') expect(await seen.closed).toBe('end')
  })

  test('a service that has ended hears the client to its end, however slowly', async () => {
    const seen = watch(what)
    const heard = Promise.withResolvers<number>()
    const at = await host(
      service(connection => {
        let count = 0
        connection.onData = chunk => {
          count += chunk.length
          connection.pause()
          setImmediate(() => connection.resume())
        }
        connection.onEnd = () => heard.resolve(count)
        connection.onClose = () => heard.resolve(count)
        connection.write('that was all')
        connection.end()
      }),
    )
    const plain = net.connect({ ...at, allowHalfOpen: true })
    sockets.push(plain)
    const socket = connect(at, { socket: plain, allowHalfOpen: true } as tls.ConnectionOptions)
    socket.on('end', () => socket.end(megabyte))
    socket.resume()
    expect(await heard.promise).toBe(megabyte.length)
    if (what !== 'no tap') expect(await seen.closed).toBe('end')
  })

  test('a client certificate is seen, and its lack ends the handshake where one is required', async () => {
    const subjects: unknown[] = []
    watch(what)
    const at = await host(
      service(
        connection => {
          connection.onData = () => {
            subjects.push(connection.clientCertificate?.subject.CN)
            connection.write('welcome')
            connection.close()
          }
        },
        { clientCertificate: 'require' },
      ),
    )
    const known = connect(at, network.authority.issue({ subject: [['CN', 'ada']] }))
    known.write('it is me')
    expect(await textOf(known)).toBe('welcome')
    expect(subjects).toEqual(['ada'])
    for (const other of [{}, network.authority.issue({ issuer: 'unknown' })]) {
      const stranger = connect(at, { ...other, maxVersion: 'TLSv1.2' })
      const failed = once(stranger, 'error')
      stranger.write('let me in')
      await failed
    }
    expect(subjects).toEqual(['ada'])
  })

  test.each<[string, (socket: net.Socket, at: { host: string; port: number }) => void]>([
    ['says something else', socket => void socket.write('GET / HTTP/1.0\r\n\r\n')],
    ['leaves at once', socket => void socket.end()],
    ['leaves inside its hello', socket => void socket.end(Buffer.from('16030100f8010000f40303', 'hex'))],
    ['sends a broken record', socket => void socket.write(Buffer.from('160301ffff'.repeat(20), 'hex'))],
    [
      'does not trust the authority',
      socket => void tls.connect({ socket, servername: 'www.example' }).on('error', () => {}),
    ],
    [
      'has no version in common',
      socket =>
        void tls
          .connect({ socket, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
          .on('error', () => {}),
    ],
  ])('a client that %s is let go, and the next one is served', async (_how, misbehave) => {
    const seen = watch(what)
    const at = await host(
      service(connection => {
        connection.onData = () => {
          connection.write('welcome')
          connection.close()
        }
      }),
    )
    const rude = net.connect(at)
    rude.on('error', () => {})
    sockets.push(rude)
    await once(rude, 'connect')
    const gone = once(rude, 'close')
    misbehave(rude, at)
    rude.resume()
    await gone
    if (what !== 'no tap') await seen.closed
    const polite = connect(at)
    polite.write('hello')
    expect(await textOf(polite)).toBe('welcome')
  })

  test('closing the network ends a connection in the middle of a body', async () => {
    const seen = watch(what)
    const at = await host(
      service(connection => {
        connection.onData = () => connection.write(megabyte)
      }),
    )
    const socket = connect(at)
    socket.write('question')
    await once(socket, 'data')
    await network.close()
    if (what !== 'no tap') expect(seen.events.at(-1)).toBe('closed network closed')
  })
})

describe.each(['plain text', 'ciphertext'] as const)('a handshake that stops, with %s', what => {
  test.each([
    ['at its beginning', ''],
    ['in its first record', '\x16\x03\x01\x02\x00'],
  ])('%s is over after a minute of the network’s clock', async (_where, said) => {
    const { closed } = watch(what)
    const { promise: opened, resolve } = Promise.withResolvers<void>()
    network.tap({ opened: () => resolve() })
    const at = await host(service(() => expect.unreachable()))
    const socket = net.connect(at)
    sockets.push(socket)
    socket.resume().write(said, 'latin1')
    await opened
    await network.clock.advance('1m')
    expect(await closed).toBe('end')
  })
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)('secrets of %s are told in the turn of what they decrypt', async version => {
  const order: string[] = []
  let turn = 0
  network.tap({
    segment: (_link, from, bytes) => {
      for (const type of recordTypes(bytes)) order.push(`${turn} ${from} ${type}`)
      setImmediate(() => turn++)
    },
    secret: (_link, line) => void order.push(`${turn} ${line.split(' ')[0]}`),
  })
  const at = await host(
    service(
      connection => {
        connection.onData = () => connection.close()
      },
      { maxVersion: version },
    ),
  )
  const socket = connect(at)
  socket.write('question')
  await textOf(socket)
  if (version === 'TLSv1.2') {
    // The client's Finished comes with the octets that the secret is made from.
    const finished = order.findIndex(event => event.endsWith('client 20'))
    const secret = order.find(event => event.endsWith('CLIENT_RANDOM'))!
    expect(Number.parseInt(secret, 10)).toBe(Number.parseInt(order[finished]!, 10))
  } else {
    const firstSecret = order.findIndex(event => event.endsWith('SERVER_HANDSHAKE_TRAFFIC_SECRET'))
    const firstCiphertext = order.findIndex(event => event.endsWith('server 23'))
    expect(firstSecret).toBeGreaterThanOrEqual(0)
    expect(firstSecret).toBeLessThan(firstCiphertext)
  }
})

/** Content types of the TLS records that begin in a chunk (RFC 8446 §5.1). */
function recordTypes(bytes: Uint8Array): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + (bytes[at + 3]! << 8) + bytes[at + 4]!) types.push(bytes[at]!)
  return types
}
