import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNetwork, tcp, udp } from '../../index.ts'
import { Authority } from '../../net/authority.ts'
import { Random } from '../../net/random.ts'
import type { Side } from '../../wire/decoder.ts'
import { capturePcapng } from '../pcapng.ts'
import { type CapturedEnding, type ReadCaptureOptions, readCapture } from './capture.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backlot-read-'))
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
})
afterAll(() => rm(folder, { recursive: true }))

const { cert, key } = new Authority(label => new Random(label)).issue({ names: ['a.example'] })
const body = new Random('body').bytes(300_000)

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
const mayCapture = (program: string): boolean => has(program) && spawnSync(program, ['-D']).status === 0
const [hasTshark, hasEditcap, hasOpenssl] = ['tshark', 'editcap', 'openssl'].map(has)

interface Talk {
  client: Buffer
  server: Buffer
  how: CapturedEnding | undefined
  secured: string[]
}

interface Read {
  talks: Talk[]
  notes: string[]
}

function read(file: string, options: ReadCaptureOptions = {}): Read {
  const talks: Talk[] = []
  const notes: string[] = []
  for (const event of readCapture(file, options)) {
    if (event.kind === 'note') notes.push(event.text)
    else if (event.kind === 'opened') {
      talks.push({ client: Buffer.alloc(0), server: Buffer.alloc(0), how: undefined, secured: [] })
    } else if (event.kind !== 'names') {
      const talk = talks[event.link.id - 1]!
      if (event.kind === 'plain') talk[event.from] = Buffer.concat([talk[event.from], event.octets])
      else if (event.kind === 'secured') talk.secured.push(`${event.version} ${event.serverName} ${event.alpn}`)
      else if (event.kind === 'closed') talk.how = event.how
    }
  }
  return { talks, notes }
}

/** The octets of a conversation with a port, as tshark puts them together. */
function followed(file: string, stream: number, layer: 'tcp' | 'tls', port: number): Record<Side, Buffer> {
  const text = String(
    execFileSync('tshark', ['-r', file, '-q', '-z', `follow,${layer},raw,${stream}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    }),
  )
  // One of the two stands at the left, the other behind a tab.
  const isServerLeft = Number(/^Node 0: .*:(\d+)$/m.exec(text)?.[1]) === port
  const lines = text.split('\n').filter(line => /^\t?[0-9a-f]+$/.test(line))
  const of = (isServer: boolean) =>
    lines
      .filter(line => line.startsWith('\t') !== (isServer === isServerLeft))
      .map(line => Buffer.from(line.trim(), 'hex'))
  return { client: Buffer.concat(of(false)), server: Buffer.concat(of(true)) }
}

/** Octets of a short line each, where they are text; else how many, so that a difference can be read. */
const shown = ({ client, server }: Record<Side, Buffer>) => ({ client: digest(client), server: digest(server) })
const digest = (octets: Buffer): string =>
  octets.length < 200
    ? octets.toString('latin1')
    : `${octets.length} octets, ${octets.toString('hex', 0, 20)}…${octets.toString('hex', octets.length - 20)}`

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Captures on a loopback with another program while `talking` goes on, until the capture has `links` ends. */
async function captured(
  [program, ...args]: string[],
  port: number,
  links: number,
  talking: () => Promise<void>,
  options: ReadCaptureOptions = {},
): Promise<{ file: string; read: Read }> {
  const file = join(folder, `${program}-${port}.cap`)
  const child = spawn(program!, [...args, '-w', file, '-s', '0', ...filterOf(program!, port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const closed = once(child, 'close')
  try {
    await until(child, /File: |listening on/)
    await talking()
    for (let tries = 0; tries < 100; tries++) {
      await wait(100)
      const found = existsSync(file) && readFileSync(file).length > 24 ? read(file, options).talks : []
      if (found.filter(({ how }) => how !== 'unseen').length >= links) break
    }
  } finally {
    child.kill('SIGINT')
    await closed
  }
  return { file, read: read(file, options) }
}

const filterOf = (program: string, port: number): string[] =>
  program === 'dumpcap' ? ['-f', `tcp port ${port}`] : ['tcp', 'port', String(port)]

/** Settled when a program has said something on its standard error, or ended. */
function until(child: ChildProcess, pattern: RegExp): Promise<void> {
  let said = ''
  return new Promise(resolve => {
    child.on('close', resolve)
    child.stderr!.on('data', chunk => {
      said += chunk
      if (pattern.test(said)) resolve()
    })
  })
}

interface Service {
  port: number
  keyLog: string
  said: Record<Side, Buffer>
  close(): void
}

/** Says what it hears upside down, over TLS or not, and keeps the secrets. */
async function service(options: tls.TlsOptions | undefined, host = '127.0.0.1'): Promise<Service> {
  const said: Record<Side, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) }
  const accept = (socket: net.Socket) => {
    socket.on('data', chunk => {
      said.client = Buffer.concat([said.client, chunk as Buffer])
      const answer = (chunk as Buffer).map(octet => octet ^ 0xff)
      said.server = Buffer.concat([said.server, answer])
      socket.write(answer)
    })
    socket.on('end', () => socket.end())
  }
  const server =
    options === undefined
      ? net.createServer({ allowHalfOpen: true }, accept)
      : tls.createServer({ cert, key, allowHalfOpen: true, ALPNProtocols: ['echo/1'], ...options }, accept)
  await once(server.listen(0, host), 'listening')
  const { port } = server.address() as net.AddressInfo
  const keyLog = join(folder, `keys-${port}.txt`)
  writeFileSync(keyLog, '')
  server.on('keylog', (line: Buffer) => writeFileSync(keyLog, line, { flag: 'a' }))
  return { port, keyLog, said, close: () => void server.close() }
}

/** Says the body in pieces and waits for all of the answer. */
async function talk(socket: net.Socket): Promise<void> {
  let heard = 0
  socket.on('data', chunk => void (heard += chunk.length))
  for (let at = 0; at < body.length; at += 50_000) {
    socket.write(body.subarray(at, at + 50_000))
    while (heard < Math.min(at + 50_000, body.length)) await once(socket, 'data')
  }
  socket.end()
  await once(socket, 'close')
}

const asking = { servername: 'a.example', ALPNProtocols: ['echo/1'], rejectUnauthorized: false }

// Buffers of 64 MiB: segments on a loopback take 64 KiB each.
const programs: [string, string[]][] = [
  ['dumpcap on lo', ['dumpcap', '-B', '64', '-q', '-i', 'lo']],
  ['dumpcap on lo, as pcap', ['dumpcap', '-B', '64', '-q', '-P', '-i', 'lo']],
  ['dumpcap on any', ['dumpcap', '-B', '64', '-q', '-i', 'any', '-y', 'LINUX_SLL']],
  ['dumpcap on any, version 2', ['dumpcap', '-B', '64', '-q', '-i', 'any', '-y', 'LINUX_SLL2']],
  ['tcpdump on lo', ['tcpdump', '-i', 'lo', '-B', '65536', '-U', '-Z', 'root', '--immediate-mode']],
  [
    'tcpdump on any, in nanoseconds',
    ['tcpdump', '-i', 'any', '-B', '65536', '-U', '-Z', 'root', '--time-stamp-precision=nano'],
  ],
]

describe.each(programs)('a capture by %s (Debian packages tshark and tcpdump, as root)', (_name, command) => {
  const isMissing = !mayCapture(command[0]!)

  test.skipIf(isMissing).each([
    ['octets', undefined, '127.0.0.1'],
    ['octets over IPv6', undefined, '::1'],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }, '127.0.0.1'],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, '127.0.0.1'],
  ] as const)('has the %s that were said', async (_what, options, host) => {
    const own = await service(options, host)
    const { read: found, file } = await captured(
      command,
      own.port,
      1,
      () =>
        talk(options === undefined ? net.connect(own.port, host) : tls.connect({ ...asking, port: own.port, host })),
      options === undefined ? {} : { keyLog: own.keyLog },
    )
    own.close()
    expect(found.notes).toEqual([])
    expect(found.talks).toHaveLength(1)
    expect(shown(found.talks[0]!)).toEqual(shown(own.said))
    expect(found.talks[0]!.client.equals(body)).toBe(true)
    expect(found.talks[0]!.how).toBe('end')
    const version = options === undefined ? [] : [`TLSv1.${_what.at(-1)} a.example echo/1`]
    expect(found.talks[0]!.secured).toEqual(version)
    if (hasTshark && options === undefined)
      expect(shown(followed(file, 0, 'tcp', own.port))).toEqual(shown(found.talks[0]!))
    if (!hasEditcap || options === undefined || command.includes('-P') || command[0] === 'tcpdump') return
    const inside = join(folder, `inside-${own.port}.pcapng`)
    run('editcap', '--inject-secrets', `tls,${own.keyLog}`, file, inside)
    expect(shown(read(inside).talks[0]!)).toEqual(shown(own.said))
  })
})

describe.skipIf(!hasEditcap || !hasTshark)('captures that editcap has converted (Debian package tshark)', () => {
  async function ours(name: string): Promise<{ file: string; keyLog: string }> {
    const file = join(folder, `${name}.pcapng`)
    const keyLog = join(folder, `${name}.txt`)
    writeFileSync(keyLog, '')
    await using network = await createNetwork()
    await using capture = await capturePcapng(network, { file })
    network.tap({ secret: (_link, line) => writeFileSync(keyLog, `${line}\n`, { flag: 'a' }) })
    const echo = { answer: (chunk: Buffer) => chunk }
    await network.host('a.example', {
      plain: tcp(echo, { port: 7 }),
      secure: tcp(echo, { port: 4433, tls: true }),
      datagrams: udp(message => message, { port: 7 }),
    })
    using _inside = network.intercept()
    for (const options of [{ maxVersion: 'TLSv1.2' }, {}] as const) {
      const socket = tls.connect({ host: 'a.example', port: 4433, servername: 'a.example', ...options })
      socket.end(body.subarray(0, 50_000))
      await once(socket.resume(), 'close')
    }
    const socket = net.connect(7, 'a.example')
    socket.end(body)
    await once(socket.resume(), 'close')
    await network.close()
    await capture.close()
    return { file, keyLog }
  }

  test('ours, read by tshark and by us, says the same', async () => {
    const { file } = await ours('ours')
    const { talks, notes } = read(file)
    expect(notes).toEqual([])
    expect(talks).toHaveLength(3)
    for (const [stream, layer] of (['tls', 'tls', 'tcp'] as const).entries()) {
      const port = layer === 'tls' ? 4433 : 7
      expect(shown(talks[stream]!)).toEqual(shown(followed(file, stream, layer, port)))
    }
    expect(talks[2]!.client.equals(body)).toBe(true)
  })

  test.each(['pcap', 'nsecpcap', 'pcapng'])('as %s', async format => {
    const { file, keyLog } = await ours(format)
    const converted = join(folder, `converted.${format}`)
    run('editcap', '-F', format, file, converted)
    expect(read(converted, format === 'pcapng' ? {} : { keyLog })).toEqual(read(file))
  })

  test('with packets repeated and shifted in time, and two files in one', async () => {
    const { file } = await ours('merged')
    const shifted = join(folder, 'shifted.pcapng')
    run('editcap', '-t', '0.0000005', file, shifted)
    const merged = join(folder, 'both.pcapng')
    run('mergecap', '-w', merged, file, shifted)
    expect(read(merged).talks.map(shown)).toEqual(read(file).talks.map(shown))
    const appended = join(folder, 'appended.pcapng')
    run('mergecap', '-a', '-w', appended, file, file)
    expect(read(appended).talks.slice(0, 3).map(shown)).toEqual(read(file).talks.map(shown))
  })

  test('of which packets were taken out, they are noted', async () => {
    const { file } = await ours('holes')
    const stream = execFileSync(
      'tshark',
      ['-r', file, '-Y', 'tcp.stream == 2 && tcp.len == 1460', '-T', 'fields', '-e', 'frame.number'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    const number = String(stream).split('\n')[30]!
    const holed = join(folder, 'holed.pcapng')
    run('editcap', file, holed, number)
    const lost = [...readCapture(holed)].filter(({ kind }) => kind === 'lost')
    expect(lost).toMatchObject([{ count: 1460 }])
    const { talks } = read(holed)
    expect(talks[2]!.client.length + talks[2]!.server.length).toBe(2 * body.length - 1460)
    expect(talks.slice(0, 2).map(shown)).toEqual(read(file).talks.slice(0, 2).map(shown))
  })
})

interface Client {
  args: string[]
  lines: string[]
  /** What openssl prints when it has all of its answer. */
  expects: RegExp
}

describe.skipIf(!hasOpenssl || !mayCapture('dumpcap'))('openssl (Debian packages openssl and tshark, as root)', () => {
  async function freePort(): Promise<number> {
    const server = net.createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as net.AddressInfo
    await new Promise(resolve => server.close(resolve))
    return port
  }

  /** Starts a server that says lines backwards, and gives what clients with these arguments and lines say to it. */
  async function talked(serving: string[], clients: Client[]): Promise<Read> {
    const port = await freePort()
    const keyLog = join(folder, `openssl-${port}.txt`)
    const files = ['-cert', join(folder, 'cert.pem'), '-key', join(folder, 'key.pem')]
    const server = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...files, ...serving], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(server.stdout!, 'data')
    server.stdout!.resume()
    try {
      const { read } = await captured(
        ['dumpcap', '-B', '64', '-q', '-i', 'lo'],
        port,
        clients.length,
        async () => {
          for (const client of clients) await say(['-connect', `127.0.0.1:${port}`, '-keylogfile', keyLog], client)
        },
        { keyLog },
      )
      return read
    } finally {
      server.kill()
    }
  }

  async function say(options: string[], { args, lines, expects }: Client): Promise<void> {
    const client = spawn('openssl', ['s_client', ...options, '-servername', 'a.example', ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    let heard = ''
    client.stdout!.on('data', chunk => void (heard += chunk))
    const closed = once(client, 'close')
    for (const line of lines) {
      client.stdin!.write(line)
      // A command is one only where it is read by itself.
      await wait(200)
    }
    for (let tries = 0; tries < 100 && !expects.test(heard); tries++) await wait(50)
    client.stdin!.end('Q\n')
    await closed
  }

  test('keys that both sides update, and padded records', async () => {
    const { talks, notes } = await talked(
      ['-rev', '-tls1_3', '-record_padding', '512'],
      [{ args: ['-record_padding', '300'], lines: ['one\n', 'K\n', 'two\n', 'k\n', 'three\n'], expects: /eerht/ }],
    )
    expect(notes).toEqual([])
    expect(shown(talks[0]!)).toEqual({ client: 'one\ntwo\nthree\n', server: 'eno\nowt\neerht\n' })
  })

  test('TLS 1.2 that is negotiated anew', async () => {
    const { talks, notes } = await talked(
      ['-rev', '-tls1_2', '-client_renegotiation'],
      [{ args: [], lines: ['one\n', 'R\n', 'two\n'], expects: /owt/ }],
    )
    expect(notes).toEqual([])
    expect(shown(talks[0]!)).toEqual({ client: 'one\ntwo\n', server: 'eno\nowt\n' })
  })

  test.each(['taken', 'refused'])('early data that is %s', async outcome => {
    const session = join(folder, 'session.pem')
    const early = join(folder, 'early.txt')
    writeFileSync(early, 'early\n')
    const serving = ['-tls1_3', '-max_early_data', '100']
    if (outcome === 'taken') serving.push('-early_data', '-no_anti_replay')
    const { talks, notes } = await talked(serving, [
      { args: ['-sess_out', session], lines: ['first\n'], expects: /Early data was not sent/ },
      {
        args: ['-sess_in', session, '-early_data', early],
        lines: ['second\n'],
        expects: /Early data was (accepted|rejected)/,
      },
    ])
    expect(notes).toEqual([])
    expect(talks.map(({ client }) => String(client))).toEqual([
      'first\n',
      outcome === 'taken' ? 'early\nsecond\n' : 'second\n',
    ])
  })
})
