import { type ChildProcess, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, mkdtempDisposable, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { daytime as ask } from '../clients/daytime.ts'
import { createNetwork, daytime } from '../index.ts'
import type { Connection } from '../net/connection.ts'
import type { Network } from '../net/network.ts'
import { Random } from '../net/random.ts'
import type { ServiceDescription, ServicePort, TlsOptions } from '../net/service.ts'
import { capturePcapng } from './pcapng.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backlot-capture-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function output(child: ChildProcess): Promise<{ stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  child.stdout!.on('data', chunk => void (said.stdout += chunk))
  child.stderr!.on('data', chunk => void (said.stderr += chunk))
  await once(child, 'close')
  return said
}

const hasTshark = await new Promise<boolean>(resolve => {
  const child = spawn('tshark', ['--version'], { stdio: 'ignore' })
  child.on('error', () => resolve(false)).on('close', () => resolve(true))
})

/** What tshark prints about a file; it must have no complaint about the file itself. */
async function tshark(file: string, ...args: string[]): Promise<string> {
  const settings = ['tcp.check_checksum', 'ip.check_checksum', 'udp.check_checksum'].flatMap(name => [
    '-o',
    `${name}:TRUE`,
  ])
  const child = spawn('tshark', ['-r', file, ...settings, ...args], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  const { stdout, stderr } = await output(child)
  expect(stderr.replace(/^Running as user.*\n/, '')).toBe('')
  return stdout
}

/** The fields of each packet that a display filter lets pass. */
async function fields(file: string, filter: string, ...names: string[]): Promise<string[]> {
  const shown = await tshark(file, '-n', '-Y', filter, '-T', 'fields', ...names.flatMap(name => ['-e', name]))
  return shown.split('\n').filter(line => line !== '')
}

const complaints = [
  '_ws.malformed',
  'tcp.analysis.flags',
  'ip.checksum.status != "Good"',
  'tcp.checksum.status != "Good"',
  'udp.checksum.status != "Good"',
  '_ws.expert.severity >= warning && !tcp.flags.reset == 1',
].join(' || ')

/** The octets of a conversation, as tshark puts them together: what the client said and what the server said. */
async function followed(file: string, stream: number, layer = 'tcp'): Promise<{ client: Buffer; server: Buffer }> {
  const text = await tshark(file, '-q', '-z', `follow,${layer},raw,${stream}`)
  // The side that was decrypted first is the one without a tab; a client's port is one that the system chose.
  const isServerFirst = Number(/^Node 0: .*:(\d+)$/m.exec(text)?.[1]) < 10_000
  const lines = text.split('\n').filter(line => /^\t?[0-9a-f]+$/.test(line))
  const of = (isServer: boolean) =>
    Buffer.from(
      lines
        .filter(line => line.startsWith('\t') !== (isServer === isServerFirst))
        .join('')
        .replaceAll('\t', ''),
      'hex',
    )
  return { client: of(false), server: of(true) }
}

function service(
  ports: ServicePort[],
  accept: (connection: Connection) => void,
  options: { protocol?: string; tls?: TlsOptions } = {},
): ServiceDescription {
  const { protocol = 'test', tls = {} } = options
  const datagram = (message: Buffer, flow: { send(bytes: Uint8Array): void }) => flow.send(message)
  return { protocol, load: async () => () => ({ state: {}, ports, tls, accept, datagram }) }
}

const tcp = (port: number, isTls = false): ServicePort => ({ port, transport: 'tcp', tls: isTls })
const udp = (port: number): ServicePort => ({ port, transport: 'udp' })

const echo = (connection: Connection) => {
  connection.onData = chunk => {
    if (!connection.write(chunk)) connection.pause()
  }
  connection.onDrain = () => connection.resume()
}

/** Says something to a service and reads its answer to the end. */
async function say(socket: net.Socket, bytes: Uint8Array | string): Promise<Buffer> {
  socket.end(bytes)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function sayByUdp(network: Network, address: string, port: number, bytes: Uint8Array): Promise<Buffer> {
  const reach = network.reach({ address, port }, 'udp')
  if (reach.outcome !== 'served') throw new Error(reach.outcome)
  const socket = dgram.createSocket('udp4')
  try {
    socket.send(bytes, reach.port, reach.host)
    return (await once(socket, 'message'))[0]
  } finally {
    socket.close()
  }
}

/** Settled when the next link that opens has closed. */
function linkClosed(network: Network): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const guard = network.tap({
    closed: () => {
      guard[Symbol.dispose]()
      resolve()
    },
  })
  return promise
}

/** Answers every request over TLS as a small web server does. */
const web = (connection: Connection) => {
  connection.onData = () => {
    connection.write(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
    )
    connection.close()
  }
}

const body = new Random('body').bytes(300_000)

describe.skipIf(!hasTshark)('tshark (Debian package tshark)', () => {
  test('has no complaint about any packet of a clean run', async () => {
    const file = join(folder, 'clean.pcapng')
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    await network.host('a.example', { time: daytime(), echo: service([tcp(7), udp(7)], echo) })
    await network.host(
      'b.example',
      { time: daytime(), echo: service([tcp(7), udp(7)], echo) },
      { addresses: ['2001:db8::7'] },
    )
    await network.host('web.example', { web: service([tcp(443, true)], web) })
    {
      using _inside = network.intercept()
      for (const host of ['a.example', 'b.example']) {
        await ask({ host })
        expect(await say(net.connect(7, host), body)).toEqual(body)
        for (const size of [0, 1, 1472, 1473, 9000, 65_507]) {
          const [address] = network.lookup(host)
          expect(await sayByUdp(network, address!, 7, body.subarray(0, size))).toHaveLength(size)
        }
      }
      await Promise.all(
        Array.from({ length: 20 }, () =>
          say(tls.connect({ host: 'web.example', port: 443, servername: 'web.example' }), 'GET / HTTP/1.1\r\n\r\n'),
        ),
      )
    }
    await network.close()
    await capture.close()
    expect(await tshark(file, '-Y', complaints)).toBe('')
    const times = await fields(file, 'frame', 'frame.time_epoch')
    expect(times).toHaveLength(capture.packets)
    expect(times[0]).toBe('1426421356.000000000')
    expect(times).toEqual([...new Set(times)].sort())
    const info = await output(spawn('capinfos', [file]))
    expect(info.stdout).toContain('Strict time order:   True')
    expect(info.stdout).toContain('Number of packets = 0\n') // lo
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('decrypts HTTP in %s', async version => {
    const file = join(folder, `${version}.pcapng`)
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    await network.host('web.example', { web: service([tcp(443, true)], web, { tls: { maxVersion: version } }) })
    {
      using _inside = network.intercept()
      const closed = linkClosed(network)
      const socket = tls.connect({ host: 'web.example', port: 443, servername: 'web.example' })
      await say(socket, 'GET /secret HTTP/1.1\r\nHost: web.example\r\n\r\n')
      await closed
    }
    await network.close()
    await capture.close()
    expect(await fields(file, 'http', 'http.request.uri', 'http.response.code', 'http.file_data')).toEqual([
      '/secret\t\t',
      '\t200\thello',
    ])
    expect((await followed(file, 0, 'tls')).client.toString()).toBe('GET /secret HTTP/1.1\r\nHost: web.example\r\n\r\n')
    expect(await fields(file, 'frame.comment', 'frame.comment')).toEqual([
      'link 1: test of web.example',
      expect.stringMatching(new RegExp(`^link 1: ${version} \\S+, server name web.example$`)),
    ])
    expect(await tshark(file, '-Y', complaints)).toBe('')
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('decrypts SMTP after STARTTLS to %s', async version => {
    const file = join(folder, `starttls-${version}.pcapng`)
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    const smtp = (connection: Connection) => {
      connection.write('220 mx.example ESMTP\r\n')
      connection.onData = chunk => {
        if (String(chunk).startsWith('EHLO')) connection.write('250-mx.example\r\n250 STARTTLS\r\n')
        else if (String(chunk).startsWith('STARTTLS')) {
          connection.write('220 go ahead\r\n')
          connection.startTls({ maxVersion: version })
        } else {
          connection.write('221 bye\r\n')
          connection.close()
        }
      }
    }
    await network.host('mx.example', { smtp: service([tcp(25)], smtp, { protocol: 'smtp' }) })
    {
      using _inside = network.intercept()
      const plain = net.connect(25, 'mx.example')
      for (const line of ['EHLO client\r\n', 'STARTTLS\r\n']) {
        await once(plain, 'data')
        plain.write(line)
      }
      await once(plain, 'data')
      const socket = tls.connect({ socket: plain, servername: 'mx.example' })
      expect(String(await say(socket, 'QUIT\r\n'))).toBe('221 bye\r\n')
    }
    await network.close()
    await capture.close()
    expect(await fields(file, 'smtp', 'smtp.req.command', 'smtp.response.code')).toEqual([
      '\t220',
      'EHLO\t',
      '\t250',
      'STAR\t',
      '\t220',
      'QUIT\t',
      '\t221',
    ])
    expect(await tshark(file, '-Y', complaints)).toBe('')
  })

  test('decrypts when 30 handshakes run at once and each says much', async () => {
    const file = join(folder, 'many.pcapng')
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await network.host(`${version}.example`, {
        echo: service([tcp(4433, true)], echo, { tls: { maxVersion: version } }),
      })
    }
    {
      using _inside = network.intercept()
      const talks = Array.from({ length: 30 }, (_, i) => {
        const host = i % 2 === 0 ? 'tlsv1.2.example' : 'tlsv1.3.example'
        return say(tls.connect({ host, port: 4433, servername: host }), body.subarray(i, i + 60_000))
      })
      await Promise.all(talks)
    }
    await network.close()
    await capture.close()
    expect(await tshark(file, '-Y', complaints)).toBe('')
    const streams = await Promise.all([0, 1, 16, 29].map(stream => followed(file, stream, 'tls')))
    for (const { client, server } of streams) {
      expect(client).toHaveLength(60_000)
      expect(client.equals(server)).toBe(true)
      expect(body.includes(client)).toBe(true)
    }
  })

  test('follows a stream to the octets that both sides said', async () => {
    const file = join(folder, 'stream.pcapng')
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    const { upper } = await network.host('a.example', {
      upper: service([tcp(99)], connection => {
        connection.onData = chunk => connection.write(chunk.map(octet => octet ^ 0x20))
      }),
    })
    await say(net.connect((upper as unknown as { endpoint: net.TcpNetConnectOpts }).endpoint), body)
    await network.close()
    await capture.close()
    const { client, server } = await followed(file, 0)
    expect(client.equals(body)).toBe(true)
    expect(server.equals(body.map(octet => octet ^ 0x20))).toBe(true)
    const lengths = await fields(file, 'tcp.len > 0', 'tcp.len')
    expect(Math.max(...lengths.map(Number))).toBe(1460)
  })

  test('sees the addresses, cards and names of the world', async () => {
    const file = join(folder, 'world.pcapng')
    await using network = await createNetwork()
    await network.host('far.example', { echo: service([udp(7)], echo) }, { addresses: ['203.0.113.5', '2001:db8::5'] })
    const capture = await capturePcapng(network, { file })
    await network.host('gateway', { echo: service([udp(7)], echo) }, { addresses: ['10.0.2.2'] })
    await network.host('box', { echo: service([udp(7)], echo) }, { addresses: ['192.168.56.101', 'fd00:2::101'] })
    await network.host('tincan', { echo: service([udp(7)], echo) }, { addresses: ['192.168.0.7'] })
    await network.host(
      'localhost',
      { echo: service([udp(7)], echo) },
      { addresses: ['127.0.0.1', '::1', '10.0.2.15'], names: ['me'] },
    )
    for (const host of network.hosts) {
      for (const address of host.addresses) await sayByUdp(network, address, 7, Buffer.from('x'))
    }
    await network.close()
    await capture.close()
    const ends = ['frame.interface_name', 'eth.src', 'eth.dst', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst']
    const [card, router, own] = ['08:00:27:1d:1e:db', '52:54:00:12:35:02', '00:00:00:00:00:00']
    const [neighbour] = await fields(file, 'ip.dst == 192.168.56.101', 'eth.dst')
    expect(neighbour).toMatch(/^08:00:27:/)
    expect(await fields(file, 'udp.dstport == 7', ...ends)).toEqual([
      `eth0\t${card}\t${router}\t10.0.2.15\t203.0.113.5\t\t`,
      `eth0\t${card}\t${router}\t\t\tfd00:2::15\t2001:db8::5`,
      `eth0\t${card}\t${router}\t10.0.2.15\t10.0.2.2\t\t`,
      `eth0\t${card}\t${neighbour}\t192.168.56.102\t192.168.56.101\t\t`,
      `eth0\t${card}\t${neighbour}\t\t\tfd00:2::15\tfd00:2::101`,
      `eth0\t${card}\t${router}\t10.0.2.15\t192.168.0.7\t\t`,
      `lo\t${own}\t${own}\t127.0.0.1\t127.0.0.1\t\t`,
      `lo\t${own}\t${own}\t\t\t::1\t::1`,
      `lo\t${own}\t${own}\t10.0.2.15\t10.0.2.15\t\t`,
    ])
    const answers = await fields(file, 'udp.srcport == 7', ...ends)
    expect(answers[3]).toBe(`eth0\t${neighbour}\t${card}\t192.168.56.101\t192.168.56.102\t\t`)
    // A host that was there before, one that came later, and the client itself.
    const named = await tshark(
      file,
      '-N',
      'n',
      '-Y',
      'udp.dstport == 7',
      '-T',
      'fields',
      '-e',
      'ip.src_host',
      '-e',
      'ip.dst_host',
    )
    expect(named).toContain('debian6box.localdomain.loc\tfar.example\n')
    expect(named).toContain('debian6box.localdomain.loc\tbox\n')
  })

  test('puts large datagrams together from their fragments', async () => {
    const file = join(folder, 'fragments.pcapng')
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    await network.host('a.example', { echo: service([udp(7)], echo) }, { addresses: ['203.0.113.5', '2001:db8::5'] })
    for (const address of network.lookup('a.example')) await sayByUdp(network, address, 7, body.subarray(0, 4000))
    await network.close()
    await capture.close()
    expect(await fields(file, 'udp', 'ip.fragment.count', 'ipv6.fragment.count', 'udp.payload')).toEqual(
      ['3\t', '3\t', '\t3', '\t3'].map(count => `${count}\t${body.subarray(0, 4000).toString('hex')}`),
    )
    expect(await fields(file, 'frame.len > 1514', 'frame.len')).toEqual([])
  })

  test.each(['client', 'server'] as const)('sees a reset by the %s', async side => {
    const file = join(folder, `reset-${side}.pcapng`)
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file })
    const closed = Promise.withResolvers<void>()
    const { bad } = await network.host('a.example', {
      bad: service([tcp(99)], connection => {
        connection.onClose = closed.resolve
        connection.onData = () => {
          if (side === 'server') connection.reset()
          else connection.write('hello')
        }
      }),
    })
    const socket = net.connect((bad as unknown as { endpoint: net.TcpNetConnectOpts }).endpoint)
    socket.on('error', () => {})
    socket.write('hello')
    if (side === 'client') {
      await once(socket, 'data')
      socket.resetAndDestroy()
    }
    await closed.promise
    await capture.close()
    const [own] = network.lookup('a.example')
    const ends = side === 'client' ? `10.0.2.15\t${own}` : `${own}\t10.0.2.15`
    expect(await fields(file, 'tcp.flags.reset == 1', 'ip.src', 'ip.dst', 'frame.comment')).toEqual([
      `${ends}\tlink 1: reset by ${side}`,
    ])
    expect(await fields(file, 'tcp.flags.fin == 1', 'frame.number')).toEqual([])
    expect(await tshark(file, '-Y', complaints)).toBe('')
  })

  test.each([
    ['tcp', 'tcp'],
    ['udp port 7', 'udp.port == 7'],
    ['host a.example', 'ip.addr == 203.0.113.5'],
    ['src host 203.0.113.5', 'ip.src == 203.0.113.5'],
    ['dst net 203.0.113.0/24', 'ip.dst == 203.0.113.0/24'],
    ['ip6 and not tcp dst port 7', 'ipv6 && !(tcp.dstport == 7)'],
    ['tcp port 13 or 7 and dst host 203.0.113.5', '(tcp.port == 13 || tcp.port == 7) && ip.dst == 203.0.113.5'],
    ['!(host 2001:db8::5 || udp)', '!(ipv6.addr == 2001:db8::5 || udp)'],
    ['src portrange 7-13', 'tcp.srcport in {7..13} || udp.srcport in {7..13}'],
  ])('shows the packets of capture filter %s by display filter %s', async (filter, display) => {
    const all = join(folder, 'all.pcapng')
    const some = join(folder, 'some.pcapng')
    await using network = await createNetwork()
    await network.host(
      'a.example',
      { time: daytime(), echo: service([tcp(7), udp(7)], echo) },
      { addresses: ['203.0.113.5'] },
    )
    await network.host(
      'b.example',
      { time: daytime(), echo: service([tcp(7), udp(7)], echo) },
      { addresses: ['2001:db8::5'] },
    )
    const captures = [await capturePcapng(network, { file: all }), await capturePcapng(network, { file: some, filter })]
    {
      using _inside = network.intercept()
      for (const host of ['a.example', 'b.example']) {
        await ask({ host })
        await say(net.connect(7, host), 'hello')
        await sayByUdp(network, network.lookup(host)[0]!, 7, Buffer.from('hello'))
      }
    }
    await network.close()
    for (const capture of captures) await capture.close()
    const what = [
      'ip.src',
      'ip.dst',
      'ipv6.src',
      'ipv6.dst',
      'tcp.srcport',
      'tcp.dstport',
      'tcp.flags',
      'udp.srcport',
      'udp.length',
    ]
    const expected = await fields(all, display, ...what)
    expect(expected).not.toEqual([])
    expect(await fields(some, 'frame', ...what)).toEqual(expected)
  })

  test('reads every file of a ring by itself', async () => {
    const file = join(folder, 'ring.pcapng')
    await using network = await createNetwork()
    const capture = await capturePcapng(network, { file, ring: { files: 3, octets: 100_000 } })
    await network.host('a.example', { echo: service([tcp(7)], echo) })
    {
      using _inside = network.intercept()
      for (let i = 0; i < 5; i++) await say(net.connect(7, 'a.example'), body.subarray(0, 50_000))
    }
    await network.close()
    await capture.close()
    expect(capture.files.map(path => path.slice(folder.length + 1))).toHaveLength(3)
    for (const path of capture.files) {
      expect((await fields(path, 'frame', 'frame.number')).length).toBeGreaterThan(0)
      expect(await tshark(path, '-N', 'n', '-c', '1')).toContain('a.example')
    }
  })

  test.each([
    ['inside a flood of packets', flood],
    ['inside a write', write],
  ])('reads what is left when the capturing process is killed %s', async (_where, program) => {
    const random = new Random('kill')
    // A file in memory is written page by page, and a kill comes between two.
    await using inMemory = await mkdtempDisposable(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'backlot-'))
    for (let i = 0; i < 4; i++) {
      const file = join(inMemory.path, `killed-${i}.pcapng`)
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(file)], {
        cwd: join(import.meta.dirname, '..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout!, 'data')
      for (let turns = random.below(2000); turns > 0; turns--) await new Promise(resolve => setImmediate(resolve))
      child.kill('SIGKILL')
      await once(child, 'close')
      expect(await tshark(file, '-q', '-z', 'io,stat,0')).toContain('Frames')
      await rm(file)
    }
  })
})

/** A program that does nothing but write packets. */
function write(file: string): string {
  return `
    import { interfaceDescription, sectionHeader, writePacketBlock } from './capture/blocks.ts'
    import { CaptureFile } from './capture/capture-file.ts'
    const head = [sectionHeader('test'), interfaceDescription({ name: 'eth0', description: '' })]
    const file = new CaptureFile(${JSON.stringify(file)}, undefined, () => head)
    const packet = Buffer.alloc(1548)
    writePacketBlock(packet, 0, 1514, { interface: 0, time: 1 })
    for (let i = 0; i < 3e5; i++) {
      file.append(packet)
      if (i === 1e4) console.log('flooded')
    }
    setInterval(() => {}, 1000)
  `
}

/** A program that captures one connection saying as much as it can. */
function flood(file: string): string {
  return `
    import net from 'node:net'
    import { createNetwork } from './index.ts'
    import { capturePcapng } from './capture/pcapng.ts'
    const network = await createNetwork()
    const capture = await capturePcapng(network, { file: ${JSON.stringify(file)}, stopAfter: { octets: 500e6 } })
    const much = Buffer.alloc(4e6, 'x')
    const accept = connection => {
      connection.onDrain = () => void connection.write(much)
      connection.onData = connection.onDrain
    }
    const load = async () => () => ({ state: {}, ports: [{ port: 7, transport: 'tcp' }], accept })
    const { echo } = await network.host('a.example', { echo: { protocol: 'test', load } })
    const socket = net.connect(echo.endpoint)
    socket.on('data', () => {}).write('go')
    const started = setInterval(() => {
      if (capture.packets < 200) return
      clearInterval(started)
      console.log('flooded')
    }, 1)
  `
}
