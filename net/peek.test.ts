import { once } from 'node:events'
import net from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Side } from '../wire/decoder.ts'
import { readClientHello } from '../wire/tls/client-hello.ts'
import type { Connection } from './connection.ts'
import { Network } from './network.ts'
import type { Glance } from './peek.ts'
import type { ServiceDescription } from './service.ts'

let network: Network
let bugs: string[]
let expectedBugs: string[]
const sockets: net.Socket[] = []

beforeEach(() => {
  bugs = []
  expectedBugs = []
  network = new Network({ onBug: error => bugs.push(String(error)) })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await network.close()
  expect(bugs).toEqual(expectedBugs)
})

interface Site {
  at: { host: string; port: number }
  /** The connection that was accepted last. */
  accepted: Promise<Connection>
  /** What happened, in order: what `look` was given, what `onData` was, and the end. */
  events: string[]
}

async function serve(look: (head: Buffer, connection: Connection) => Glance, also?: (connection: Connection) => void) {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>()
  const events: string[] = []
  const service: ServiceDescription = {
    protocol: 'test',
    load: async () => () => ({
      state: {},
      ports: [{ port: 25, transport: 'tcp' }],
      accept(connection) {
        connection.peek(head => {
          events.push(`look ${head.toString('latin1')}`)
          return look(head, connection)
        })
        connection.onData = chunk => void events.push(`data ${chunk}`)
        connection.onEnd = () => {
          events.push('end')
          connection.end()
        }
        connection.onClose = () => void events.push('close')
        also?.(connection)
        resolve(connection)
      },
    }),
  }
  const { peeked } = await network.host('www.example', { peeked: service })
  return { at: peeked.endpoint, accepted, events } satisfies Site
}

async function connect({ at }: Site): Promise<net.Socket> {
  const socket = net.connect({ ...at, allowHalfOpen: true, noDelay: true }).on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

function secure(socket: Duplex, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const over = tls.connect({ socket, ca: network.authority.pem, servername: 'www.example', ...options })
  over.on('error', () => {})
  sockets.push(over)
  return over
}

const hello = (head: Buffer): Glance => {
  const read = readClientHello(head)
  return read === 'more' ? 'more' : read === 'other' ? 'plain' : 'hold'
}

const soon = <T>(got: () => T) => expect.poll(got, { interval: 2 })

/** Until what has been sent must have arrived. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}

async function textOf(socket: net.Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

interface Watch {
  segments: Record<Side, Buffer>
  plain: Record<Side, string>
}

function watch(withSegments: boolean): Watch {
  const seen: Watch = {
    segments: { client: Buffer.alloc(0), server: Buffer.alloc(0) },
    plain: { client: '', server: '' },
  }
  network.tap({
    plain: (_link, from, bytes) => void (seen.plain[from] += Buffer.from(bytes).toString('latin1')),
    ...(withSegments && {
      segment: (_link, from, bytes) => void (seen.segments[from] = Buffer.concat([seen.segments[from], bytes])),
    }),
  })
  return seen
}

describe.each(['no tap', 'plain text', 'ciphertext'] as const)('with %s watched', what => {
  let seen: Watch | undefined
  beforeEach(() => {
    seen = what === 'no tap' ? undefined : watch(what === 'ciphertext')
  })

  /** What the client and the service have said, as taps saw it; ciphertext is told by its length. */
  async function expectSeen(plain: Record<Side, string>, socket: net.Socket) {
    if (seen === undefined) return
    expect(seen.plain).toEqual(plain)
    if (what !== 'ciphertext') return
    await soon(() => seen!.segments.client.length).toBe(socket.bytesWritten)
    await soon(() => socket.bytesRead).toBe(seen.segments.server.length)
  }

  test('octets that turn out to be plain are heard whole, and nobody looks at the next', async () => {
    const site = await serve(head => (head.length < 4 ? 'more' : 'plain'))
    const client = await connect(site)
    for (const octets of ['a', 'bc', 'de', 'fg']) {
      client.write(octets)
      await soon(() => site.events.join()).toMatch(new RegExp(`${octets}$`))
    }
    expect(site.events).toEqual(['look a', 'look abc', 'look abcde', 'data abcde', 'data fg'])
    await expectSeen({ client: 'abcdefg', server: '' }, client)
  })

  test('a segment is seen when it comes, and what it says when it counts', async () => {
    const site = await serve(head => (head.length < 2 ? 'more' : 'hold'))
    const client = await connect(site)
    for (const octet of ['a', 'b']) {
      client.write(octet)
      await soon(() => site.events.at(-1)).toMatch(new RegExp(`${octet}$`))
      if (what === 'ciphertext') expect(String(seen!.segments.client)).toMatch(new RegExp(`${octet}$`))
      if (seen !== undefined) expect(seen.plain.client).toBe('')
    }
    const connection = await site.accepted
    connection.goOn()
    expect(site.events.at(-1)).toBe('data ab')
    await expectSeen({ client: 'ab', server: '' }, client)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a hello that was held begins a handshake of %s', async version => {
    const site = await serve(hello, connection => {
      connection.onData = chunk => {
        connection.write(`got ${chunk}`)
        connection.close()
      }
    })
    const client = await connect(site)
    const over = secure(client, { maxVersion: version })
    over.write('question')
    const connection = await site.accepted
    await soon(() => site.events.length).toBe(1)
    await settled()
    if (seen !== undefined) expect(seen.plain).toEqual({ client: '', server: '' })
    const done = Promise.withResolvers<void>()
    connection.startTls({}, done.resolve)
    await done.promise
    expect(connection.tls).toMatchObject({ servername: 'www.example', version })
    expect(await textOf(over)).toBe('got question')
    over.end()
    await soon(() => connection.closed).toBe(true)
    await expectSeen({ client: 'question', server: 'got question' }, client)
  })

  test('a hello may come in pieces, and be answered from where it is looked at', async () => {
    const site = await serve((head, connection) => {
      if (hello(head) === 'hold') connection.startTls({}, () => connection.write('welcome'))
      return 'more'
    })
    const client = await connect(site)
    const over = secure(inPieces(client, 300))
    expect(String((await once(over, 'data'))[0])).toBe('welcome')
    expect(site.events.length).toBeGreaterThan(2)
    await expectSeen({ client: '', server: 'welcome' }, client)
  })

  test('what is held waits until it is said to be plain, and so does what follows', async () => {
    const site = await serve(() => 'hold')
    const client = await connect(site)
    client.write('a')
    await soon(() => site.events).toEqual(['look a'])
    client.write('b')
    const connection = await site.accepted
    // Whoever lets the client go on for another reason does not know of it.
    connection.resume()
    await settled()
    expect(site.events).toEqual(['look a'])
    connection.goOn()
    await soon(() => site.events).toEqual(['look a', 'data a', 'data b'])
    await expectSeen({ client: 'ab', server: '' }, client)
  })

  test('a service that pauses when it hears what was held hears no more', async () => {
    const site = await serve(
      () => 'hold',
      connection => {
        connection.onData = chunk => {
          site.events.push(`data ${chunk}`)
          connection.pause()
        }
      },
    )
    const client = await connect(site)
    client.write('a')
    await soon(() => site.events).toEqual(['look a'])
    client.write('b')
    const connection = await site.accepted
    connection.goOn()
    await settled()
    expect(site.events).toEqual(['look a', 'data a'])
    connection.resume()
    await soon(() => site.events).toEqual(['look a', 'data a', 'data b'])
  })

  test('a service that speaks first looks no more', async () => {
    const site = await serve(() => 'hold')
    const client = await connect(site)
    const connection = await site.accepted
    connection.goOn()
    connection.write('220 ready')
    await once(client, 'data')
    client.write('EHLO')
    await soon(() => site.events).toEqual(['data EHLO'])
    connection.goOn()
    expect(site.events).toEqual(['data EHLO'])
    await expectSeen({ client: 'EHLO', server: '220 ready' }, client)
  })

  test('a look that has decided by a call decides no more', async () => {
    const site = await serve((_head, connection) => {
      connection.goOn()
      return 'hold'
    })
    const client = await connect(site)
    client.write('a')
    await soon(() => site.events).toEqual(['look a', 'data a'])
    client.write('b')
    await soon(() => site.events).toEqual(['look a', 'data a', 'data b'])
  })

  test('a service that speaks while it looks is heard, and what it has seen is plain when it says so', async () => {
    const site = await serve(() => 'more')
    const client = await connect(site)
    client.write('EH')
    await soon(() => site.events).toEqual(['look EH'])
    const connection = await site.accepted
    connection.write('220 ready')
    expect(String((await once(client, 'data'))[0])).toBe('220 ready')
    connection.goOn()
    client.write('LO')
    await soon(() => site.events).toEqual(['look EH', 'data EH', 'data LO'])
    await expectSeen({ client: 'EHLO', server: '220 ready' }, client)
  })

  test('what a client said before its end is plain', async () => {
    const site = await serve(() => 'more')
    const client = await connect(site)
    client.end('QUIT')
    expect(await textOf(client)).toBe('')
    expect(site.events.filter(event => !event.startsWith('look'))).toEqual(['data QUIT', 'end', 'close'])
    await expectSeen({ client: 'QUIT', server: '' }, client)
  })

  test('a client that says nothing and ends is heard to end', async () => {
    const site = await serve(() => 'more')
    const client = await connect(site)
    client.end()
    expect(await textOf(client)).toBe('')
    expect(site.events).toEqual(['end', 'close'])
  })

  test('TLS begins after an answer in the clear', async () => {
    const site = await serve(
      () => 'plain',
      connection => {
        connection.onData = chunk => {
          site.events.push(`data ${chunk}`)
          if (String(chunk) === 'STARTTLS') {
            connection.write('go ahead')
            connection.peek(hello)
          }
        }
      },
    )
    const client = await connect(site)
    client.write('STARTTLS')
    expect(String((await once(client, 'data'))[0])).toBe('go ahead')
    const over = secure(client)
    over.write('question')
    const connection = await site.accepted
    await settled()
    connection.startTls()
    await soon(() => site.events).toEqual(['look STARTTLS', 'data STARTTLS', 'data question'])
    await expectSeen({ client: 'STARTTLSquestion', server: 'go ahead' }, client)
  })

  test('a service that closes while it looks drops what came and what comes', async () => {
    const site = await serve(() => 'more')
    const client = await connect(site)
    client.write('a')
    await soon(() => site.events).toEqual(['look a'])
    const connection = await site.accepted
    connection.close()
    client.end(Buffer.alloc(100_000))
    expect(await textOf(client)).toBe('')
    await soon(() => site.events).toEqual(['look a', 'end', 'close'])
    await expectSeen({ client: '', server: '' }, client)
  })

  test.each(['before', 'after'])('a service that closes %s a client that it holds lets it end', async when => {
    const site = await serve(() => 'hold')
    const client = await connect(site)
    client.write('a')
    await soon(() => site.events).toEqual(['look a'])
    if (when === 'after') client.end()
    await settled()
    const connection = await site.accepted
    connection.close()
    if (when === 'before') client.end(Buffer.alloc(1_000_000))
    expect(await textOf(client)).toBe('')
    await soon(() => site.events).toEqual(['look a', 'end', 'close'])
  })

  test('a reset while octets are held is one, and nothing follows', async () => {
    const site = await serve(() => 'hold')
    const client = await connect(site)
    const reset = once(client, 'error')
    client.write('a')
    const connection = await site.accepted
    await soon(() => site.events).toEqual(['look a'])
    connection.reset()
    connection.goOn()
    connection.startTls()
    expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' })
    await soon(() => site.events).toEqual(['look a', 'close'])
  })

  test('a client that is gone while its hello is held is gone, whatever is decided after', async () => {
    const site = await serve(hello)
    const client = await connect(site)
    secure(client)
    await soon(() => site.events.length).toBe(1)
    client.resetAndDestroy()
    await soon(() => site.events.at(-1)).toBe('close')
    const connection = await site.accepted
    connection.startTls({}, () => site.events.push('secure'))
    connection.goOn()
    await settled()
    expect(site.events.length).toBe(2)
  })

  test.each<[string, (client: net.Socket) => void | Promise<void>]>([
    ['does not trust the authority', client => void tls.connect({ socket: client }).on('error', () => {})],
    [
      'has no version in common',
      client => void secure(client, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    ],
    ['ends after its hello', async client => void client.end(await helloOctets())],
    [
      'goes on in the clear after its hello',
      async client => void client.write(Buffer.concat([await helloOctets(), Buffer.from('QUIT\r\n')])),
    ],
  ])('of a client that %s the service hears that it is gone', async (_how, misbehave) => {
    const site = await serve(hello)
    const client = await connect(site)
    await misbehave(client)
    client.resume()
    await soon(() => site.events.length).toBe(1)
    await settled()
    const connection = await site.accepted
    connection.startTls({ minVersion: 'TLSv1.2' }, () => site.events.push('secure'))
    await soon(() => site.events.at(-1)).toBe('close')
    expect(site.events).not.toContain('secure')
    if (seen !== undefined) expect(seen.plain.client).toBe('')
  })

  test('the end of a client that is held comes after what was held', async () => {
    const site = await serve(() => 'hold')
    const client = await connect(site)
    client.end('QUIT')
    await soon(() => site.events).toEqual(['look QUIT'])
    await settled()
    expect(site.events).toEqual(['look QUIT'])
    const connection = await site.accepted
    connection.goOn()
    expect(await textOf(client)).toBe('')
    await soon(() => site.events).toEqual(['look QUIT', 'data QUIT', 'end', 'close'])
  })

  test('closing the network while a hello is held ends the link', async () => {
    const site = await serve(hello)
    const client = await connect(site)
    secure(client)
    await soon(() => site.events.length).toBe(1)
    await network.close()
    expect(site.events.at(-1)).toBe('close')
    ;(await site.accepted).goOn()
    expect(site.events.length).toBe(2)
  })
})

test('a look that fails is a bug, and its client gets a reset', async () => {
  expectedBugs = ['Error: ouch']
  const site = await serve(() => {
    throw new Error('ouch')
  })
  const client = await connect(site)
  const reset = once(client, 'error')
  client.write('a')
  expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' })
})

test('to look under TLS is a bug', async () => {
  expectedBugs = ['Error: expected a link in the clear to look at, got one under TLS']
  const site = await serve((_head, connection) => {
    connection.startTls({}, () => connection.peek(() => 'plain'))
    return 'more'
  })
  const client = await connect(site)
  secure(client)
  await soon(() => bugs).toEqual(expectedBugs)
})

/** The first that a client says. */
async function helloOctets(): Promise<Buffer> {
  const said = Promise.withResolvers<Buffer>()
  const nowhere = new Duplex({ read() {}, write: (chunk: Buffer, _encoding, done) => done(void said.resolve(chunk)) })
  secure(nowhere)
  return await said.promise
}

/** A socket whose every write goes in pieces, each by itself. */
function inPieces(socket: net.Socket, size: number): Duplex {
  const duplex: Duplex = new Duplex({
    read: () => void socket.resume(),
    async write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += size) {
        socket.write(chunk.subarray(at, at + size))
        await settled()
      }
      done()
    },
  })
  socket.on('data', chunk => void (duplex.push(chunk) || socket.pause()))
  return duplex
}
