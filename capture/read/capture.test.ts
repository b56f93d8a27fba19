import { execFileSync, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import nodemailer from 'nodemailer'
import { afterEach, beforeEach, expect, describe as group, test } from 'vitest'
import { request } from '../../clients/http.ts'
import { createNetwork, http, smtp, tcp, udp } from '../../index.ts'
import { UsageError } from '../../net/errors.ts'
import type { Link } from '../../net/link.ts'
import type { Network } from '../../net/network.ts'
import { Random } from '../../net/random.ts'
import type { Side } from '../../wire/decoder.ts'
import { capturePcapng } from '../pcapng.ts'
import { type CaptureEvent, type ReadCaptureOptions, readCapture } from './capture.ts'

let folder: { path: string } & Disposable
let network: Network
let file: string
/** Lines of what a tap is told. */
let keyLog: string[]

beforeEach(async () => {
  keyLog = []
  folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  file = join(folder.path, 'a.pcapng')
  network = await createNetwork()
})
afterEach(async () => {
  await network.close()
  folder[Symbol.dispose]()
})

interface Story {
  transport: string
  client: string
  server: string
  said: Record<Side, Buffer[]>
  /** In order, octets of a side in a row as one. */
  order: string[]
  secured: object[]
  how: string | undefined
}

const story = (link: Pick<Link, 'transport' | 'client' | 'server'>): Story => ({
  transport: link.transport,
  client: `${link.client.address}:${link.client.port}`,
  server: `${link.server.address}:${link.server.port}`,
  said: { client: [], server: [] },
  order: [],
  secured: [],
  how: undefined,
})

function add(to: Story, event: string): void {
  if (to.order.at(-1) !== event) to.order.push(event)
}

/** What a tap sees while `run` runs in a network that is captured. */
async function tapped(run: () => Promise<void>): Promise<Story[]> {
  const stories = new Map<Link, Story>()
  const capture = await capturePcapng(network, { file })
  network.tap({
    opened: link => void stories.set(link, story(link)),
    plain(link, from, bytes) {
      stories.get(link)!.said[from].push(Buffer.from(bytes))
      add(stories.get(link)!, from)
    },
    secured(link) {
      const { servername, alpn, version } = link.tls!
      stories.get(link)!.secured.push({ serverName: servername, alpn, version })
    },
    ended: (link, from) => add(stories.get(link)!, `${from} ended`),
    secret: (_link, line) => void keyLog.push(line),
    closed: (link, how) => void (stories.get(link)!.how = how),
  })
  {
    using _inside = network.intercept()
    await run()
  }
  await network.close()
  await capture.close()
  return [...stories.values()]
}

interface Read {
  stories: Story[]
  notes: string[]
  names: Map<string, readonly string[]>
  events: CaptureEvent[]
}

function read(path: string = file, options: ReadCaptureOptions = {}): Read {
  const stories: Story[] = []
  const all: Read = { stories, notes: [], names: new Map(), events: [...readCapture(path, options)] }
  for (const event of all.events) {
    if (event.kind === 'note') all.notes.push(event.text)
    else if (event.kind === 'names') {
      expect(all.names.has(event.address)).toBe(false)
      all.names.set(event.address, event.names)
    } else if (event.kind === 'opened') stories[event.link.id - 1] = story(event.link)
    else {
      const of = stories[event.link.id - 1]!
      expect(of.how).toBe(undefined)
      if (event.kind === 'closed') of.how = event.how
      else if (event.kind === 'ended') {
        expect(of.order).not.toContain(`${event.from} ended`)
        add(of, `${event.from} ended`)
      } else if (event.kind === 'secured') {
        const { serverName, alpn, version } = event
        of.secured.push({ serverName, alpn, version })
      } else if (event.kind === 'plain') {
        of.said[event.from].push(event.octets)
        add(of, event.from)
      }
    }
  }
  return all
}

/** Links as they can be compared: where the network closes one, the capture shows a server that ends it. */
const comparable = (stories: readonly Story[]) =>
  stories.map(({ said, how, order, ...rest }) => ({
    ...rest,
    order: order.filter((event, i) => how === 'end' || i < order.length - 1 || event !== 'server ended'),
    said: {
      client: Buffer.concat(said.client).toString('latin1'),
      server: Buffer.concat(said.server).toString('latin1'),
    },
    how: how === 'network closed' ? 'unseen' : how,
  }))

const body = new Random('body').bytes(200_000)

/** A page over TLS, and what a tap saw of it. */
async function page(options: { maxVersion?: 'TLSv1.2' } = {}): Promise<Story[]> {
  await network.host(
    'www.example',
    { web: http(() => new Response(body), { tls: options }) },
    { addresses: ['192.0.2.1'] },
  )
  return tapped(async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    network.tap({ closed: () => resolve() })
    const answer = await request('https://www.example/big', {
      ca: network.authority.pem,
      headers: { Connection: 'close' },
    })
    expect(Buffer.from(await answer.bytes()).equals(body)).toBe(true)
    await promise
  })
}

group.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', version => {
  test('what a capture of web pages says is what a tap saw', async () => {
    const web = http(() => new Response(body), { tls: { maxVersion: version } })
    await network.host('www.example', { web }, { addresses: ['192.0.2.1', '2001:db8::1'] })
    const seen = await tapped(async () => {
      for (const url of ['https://www.example/', 'http://www.example/a', 'https://[2001:db8::1]/']) {
        await (await request(url, { ca: network.authority.pem })).bytes()
      }
      await (await fetch('http://www.example/fetched', { method: 'POST', body: 'x=1' })).text()
    })
    const { stories, notes } = read()
    expect(comparable(stories)).toEqual(comparable(seen))
    expect(seen.map(({ secured }) => secured)).toEqual([
      [{ serverName: 'www.example', alpn: undefined, version }],
      [],
      [{ serverName: undefined, alpn: undefined, version }],
      [],
    ])
    expect(notes).toEqual([])
  })

  test('what a capture of a mail says is what a tap saw, before STARTTLS and after', async () => {
    const { mail } = await network.host('mx.example', { mail: smtp() })
    const seen = await tapped(async () => {
      const trust = { ca: network.authority.pem, maxVersion: version }
      const transport = nodemailer.createTransport({ host: 'mx.example', port: 25, tls: trust })
      await transport.sendMail({ from: 'ann@example.org', to: 'bob@mx.example', text: body.toString('base64') })
      transport.close()
    })
    expect(mail.delivered).toHaveLength(1)
    const { stories, notes } = read()
    expect(comparable(stories)).toEqual(comparable(seen))
    const talk = stories.at(-1)!
    expect(talk.secured).toEqual([{ version, serverName: 'mx.example', alpn: undefined }])
    expect(Buffer.concat(talk.said.client).toString()).toMatch(/^EHLO .*\r\nSTARTTLS\r\nEHLO .*\r\nMAIL FROM/)
    expect(notes).toEqual([])
  })
})

test('the protocol that was agreed on is told', async () => {
  await network.host('www.example', { web: http(() => new Response('hi'), { tls: { alpn: ['http/1.1'] } }) })
  await tapped(async () => {
    const options = { host: 'www.example', port: 443, servername: 'www.example', ALPNProtocols: ['x', 'http/1.1'] }
    const socket = tls.connect(options)
    socket.end('GET / HTTP/1.1\r\nHost: www.example\r\nConnection: close\r\n\r\n')
    await once(socket.resume(), 'close')
  })
  expect(read().stories[0]!.secured).toEqual([{ serverName: 'www.example', alpn: 'http/1.1', version: 'TLSv1.3' }])
})

test('datagrams are what a tap saw, large and empty ones too', async () => {
  const echo = udp(message => message, { port: 7 })
  await network.host('a.example', { echo }, { addresses: ['192.0.2.1', '2001:db8::1'] })
  const seen = await tapped(async () => {
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4')
      for (const size of [0, 1, 1473, 9000, 65_507]) {
        const answered = once(socket, 'message')
        socket.send(body.subarray(0, size), 7, address)
        await answered
      }
      socket.close()
    }
  })
  const { stories, notes } = read()
  expect(stories.map(({ said }) => said)).toEqual(seen.map(({ said }) => said))
  expect(stories[1]!.said.server.map(({ length }) => length)).toEqual([0, 1, 1473, 9000, 65_507])
  expect(stories.map(({ how }) => how)).toEqual(['end', 'end'])
  expect(notes).toEqual([])
})

test.each(['client', 'server'] as const)('a reset by the %s is told', async side => {
  const bad = tcp(
    async connection => {
      await connection.read()
      if (side === 'server') return connection.reset()
      await connection.write('hello')
      await connection.read()
    },
    { port: 99 },
  )
  await network.host('a.example', { bad })
  const seen = await tapped(async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    network.tap({ closed: () => resolve() })
    const socket = net.connect(99, 'a.example')
    socket.on('error', () => {}).on('data', () => socket.resetAndDestroy())
    socket.write('hello')
    await promise
  })
  expect(comparable(read().stories)).toEqual(comparable(seen))
  expect(seen.at(-1)!.how).toBe(`reset by ${side}`)
})

interface Block {
  type: number
  octets: Buffer
}

function blocks(): Block[] {
  const bytes = readFileSync(file)
  const found: Block[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    found.push({ type: bytes.readUInt32LE(at), octets: bytes.subarray(at, at + bytes.readUInt32LE(at + 4)) })
  }
  return found
}

function write(of: readonly Block[]): string {
  const path = join(folder.path, 'made.pcapng')
  writeFileSync(path, Buffer.concat(of.map(({ octets }) => octets)))
  return path
}

const isPacket = ({ type }: Block): boolean => type === 6
/** Over TCP and IPv4, to a port. */
const isSaidTo = (block: Block, port: number): boolean => isPacket(block) && block.octets.readUInt16BE(28 + 36) === port
/** Octets that a segment of TCP over IPv4 says. */
const lengthOf = ({ octets }: Block): number => octets.readUInt32LE(20) - 54
const saidFrom = (side: Side, { stories }: Read) => Buffer.concat(stories[0]?.said[side] ?? [])

group('of a page over TLS', () => {
  let seen: Story[]
  let whole: Record<Side, Buffer>
  beforeEach(async () => {
    seen = await page()
    whole = { client: Buffer.concat(seen[0]!.said.client), server: Buffer.concat(seen[0]!.said.server) }
  })

  test('secrets and names may stand behind what they are for', () => {
    const all = blocks()
    const isLate = ({ type }: Block) => type === 10 || type === 4
    const read1 = read(write([...all.filter(each => !isLate(each)), ...all.filter(isLate)]))
    expect(comparable(read1.stories)).toEqual(comparable(seen))
    expect(read1.names.get('192.0.2.1')).toEqual(['www.example'])
    expect(read1.events[0]).toMatchObject({ kind: 'names' })
  })

  test('secrets may lie beside it', () => {
    const bare = write(blocks().filter(({ type }) => type !== 10))
    const log = join(folder.path, 'keys.txt')
    writeFileSync(log, `# secrets\n${keyLog.join('\r\n')}`)
    expect(comparable(read(bare, { keyLog: log }).stories)).toEqual(comparable(seen))
  })

  test('without secrets nothing is plain, and a note says why', () => {
    const bare = write(blocks().filter(({ type }) => type !== 10))
    const { stories, notes, events } = read(bare)
    expect(stories[0]!.said).toEqual({ client: [], server: [] })
    expect(notes).toEqual(['no secrets for the TLS of 192.0.2.1:443'])
    const opaque = events.reduce((sum, event) => sum + (event.kind === 'opaque' ? event.octets.length : 0), 0)
    expect(opaque).toBeGreaterThan(body.length)
    expect(stories[0]!.how).toBe('end')
    const log = join(folder.path, 'empty.txt')
    writeFileSync(log, '')
    expect(read(bare, { keyLog: log }).notes[1]).toBe(`no secrets in the key log ${JSON.stringify(log)}`)
    expect(() => read(bare, { keyLog: join(folder.path, 'missing') })).toThrow('expected a file that can be read')
  })

  test('a classic capture of the same packets says the same', () => {
    const packets = blocks()
      .filter(isPacket)
      .map(({ octets }) => {
        const head = Buffer.alloc(16)
        const microseconds = octets.readUInt32LE(12) * 2 ** 32 + octets.readUInt32LE(16)
        head.writeUInt32BE(Math.floor(microseconds / 1e6), 0)
        head.writeUInt32BE((microseconds % 1e6) * 1000, 4)
        head.writeUInt32BE(octets.readUInt32LE(20), 8)
        head.writeUInt32BE(octets.readUInt32LE(24), 12)
        return Buffer.concat([head, octets.subarray(28, 28 + octets.readUInt32LE(20))])
      })
    const path = join(folder.path, 'a.pcap')
    const magic = Buffer.from('a1b23c4d00020004000000000000000000040000 00000001'.replace(' ', ''), 'hex')
    writeFileSync(path, Buffer.concat([magic, ...packets]))
    const log = join(folder.path, 'keys.txt')
    writeFileSync(log, keyLog.join('\n'))
    const classic = read(path, { keyLog: log })
    expect(comparable(classic.stories)).toEqual(comparable(seen))
    const told = ({ events }: Read) => events.filter(({ kind }) => kind !== 'names')
    expect(told(classic)).toEqual(told(read()))
  })

  test('packets that are mixed up and sent twice say the same', () => {
    const random = new Random('mixed')
    for (let i = 0; i < 10; i++) {
      const mixed = blocks()
      for (let at = 0; at + 1 < mixed.length; at++) {
        const [one, two] = [mixed[at]!, mixed[at + 1]!]
        if (!isPacket(one) || !isPacket(two) || one.octets.readUInt32BE(28 + 26) !== two.octets.readUInt32BE(28 + 26))
          continue
        if (lengthOf(one) === 0 || lengthOf(two) === 0) continue
        if (random.below(2)) mixed.splice(at, 2, two, one)
        if (random.below(4) === 0) mixed.splice(at + 2 + random.below(5), 0, one)
      }
      expect(comparable(read(write(mixed)).stories)).toEqual(comparable(seen))
    }
  })

  test('what is missing under TLS ends what can be read of its side, and not of the other', () => {
    const all = blocks()
    const large = all.filter(each => isPacket(each) && !isSaidTo(each, 443) && lengthOf(each) > 1000)
    const some = read(write(all.filter(each => each !== large[large.length >> 1])))
    expect(some.notes).toEqual(['the TLS of 192.0.2.1:443: octets of the server are missing'])
    expect(saidFrom('client', some).equals(whole.client)).toBe(true)
    const said = saidFrom('server', some)
    expect(said.length).toBeGreaterThan(whole.server.length / 4)
    expect(said.length).toBeLessThan(whole.server.length)
    expect(whole.server.subarray(0, said.length).equals(said)).toBe(true)
    expect(some.events.filter(({ kind }) => kind === 'lost')).toMatchObject([
      { from: 'server', count: lengthOf(large[large.length >> 1]!) },
    ])
    expect(some.stories[0]!.how).toBe('end')
  })

  test('a capture that is cut says what is whole in it', () => {
    const bytes = readFileSync(file)
    const random = new Random('cuts')
    const path = join(folder.path, 'cut.pcapng')
    for (let i = 0; i < 60; i++) {
      writeFileSync(path, bytes.subarray(0, 24 + random.below(bytes.length - 24)))
      const cut = read(path)
      for (const side of ['client', 'server'] as const) {
        const said = saidFrom(side, cut)
        expect(whole[side].subarray(0, said.length).equals(said)).toBe(true)
      }
      for (const { how } of cut.stories) expect(how).toMatch(/^(unseen|end)$/)
    }
  })

  test('a capture that is damaged anywhere is read to an end', () => {
    const bytes = readFileSync(file)
    const random = new Random('damage')
    const path = join(folder.path, 'damaged.pcapng')
    for (let i = 0; i < 150; i++) {
      const damaged = Buffer.from(bytes)
      for (let many = random.below(20); many >= 0; many--) {
        damaged[random.below(random.below(2) ? 20_000 : damaged.length)] = random.below(256)
      }
      writeFileSync(path, damaged)
      try {
        read(path)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
        expect(damaged.readUInt32BE(0)).not.toBe(0x0a0d0d0a)
      }
    }
  })

  test('a capture that comes by a pipe says the same', async () => {
    const path = join(folder.path, 'pipe')
    execFileSync('mkfifo', [path])
    const cat = spawn('sh', ['-c', 'cat "$0" > "$1"', file, path])
    const piped = read(path)
    await once(cat, 'close')
    expect(comparable(piped.stories)).toEqual(comparable(seen))
    expect(piped.notes).toEqual([])
    expect(piped.names.get('192.0.2.1')).toEqual(['www.example'])
  })

  test.skipIf(!existsSync('/proc/self/fd'))('a reader that has enough leaves no file open', () => {
    for (const event of readCapture(file)) if (event.kind === 'plain') break
    const open = readdirSync('/proc/self/fd').flatMap(name => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`)
      } catch {
        return []
      }
    })
    expect(open).not.toContain(file)
  })
})

test('packets of which the capture has only the beginning are noted, and what they lack is lost', async () => {
  await page()
  const short = blocks().map(block => {
    if (!isPacket(block)) return block
    const size = Math.min(96, block.octets.readUInt32LE(20))
    const octets = Buffer.concat([block.octets.subarray(0, 28 + size), Buffer.alloc((-size & 3) + 4)])
    octets.writeUInt32LE(octets.length, 4)
    octets.writeUInt32LE(size, 20)
    octets.writeUInt32LE(octets.length, octets.length - 4)
    return { type: 6, octets }
  })
  const { notes, events, stories } = read(write(short))
  expect(notes[0]).toMatch(/^the TLS of 192\.0\.2\.1:443: a part of its handshake is not in the capture$/)
  expect(notes[1]).toMatch(/^a packet of which the capture has only the beginning \(\d+ times\)$/)
  expect(events.some(({ kind }) => kind === 'lost')).toBe(true)
  expect(stories[0]!.how).toBe('end')
})

test('link types that are not read are counted', async () => {
  await page()
  const other = blocks().map(({ type, octets }) => {
    const changed = Buffer.from(octets)
    if (type === 1) changed.writeUInt16LE(105, 8)
    return { type, octets: changed }
  })
  const { notes, stories } = read(write(other))
  expect(stories).toEqual([])
  expect(notes).toEqual([expect.stringMatching(/^packets of link type 105 are not read \(\d+ times\)$/)])
})
