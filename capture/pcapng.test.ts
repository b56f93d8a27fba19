import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { daytime as ask } from '../clients/daytime.ts'
import { createNetwork, daytime } from '../index.ts'
import type { Network } from '../net/network.ts'
import { type Capture, type CaptureOptions, capturePcapng } from './pcapng.ts'

let folder: { path: string } & Disposable
let network: Network
let file: string

beforeEach(async () => {
  folder = mkdtempDisposableSync(join(tmpdir(), 'backlot-'))
  file = join(folder.path, 'a.pcapng')
  network = await createNetwork()
  await network.host('time.example', { daytime: daytime() })
  await network.host('localhost', { daytime: daytime() }, { addresses: ['127.0.0.1'] })
})
afterEach(async () => {
  await network.close()
  folder[Symbol.dispose]()
})

// SYN, SYN+ACK, ACK; the line; FIN, ACK, FIN, ACK: what a question over TCP takes.
const questionPackets = 8

/** Asks, and waits until the link is gone. */
async function question(host: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using _tap = network.tap({ closed: () => resolve() })
  using _inside = network.intercept()
  await ask({ host })
  await promise
}

const capture = (options: Omit<CaptureOptions, 'file'> = {}): Promise<Capture> =>
  capturePcapng(network, { file, ...options })

/** Runs a program with `network`, and `time` in it, in a process of its own. */
async function run(program: string, before = 'true'): Promise<{ said: string; code: unknown }> {
  const setUp = `
    import net from 'node:net'
    import { createNetwork, daytime } from './index.ts'
    import { capturePcapng } from './capture/pcapng.ts'
    const network = await createNetwork()
    const { daytime: time } = await network.host('time.example', { daytime: daytime() })
  `
  const node = [process.execPath, '--input-type=module', '-e', setUp + program]
  const child = spawn('bash', ['-c', `${before}; exec "$@"`, 'bash', ...node], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', chunk => void (said += chunk))
  const [code] = await once(child, 'close')
  return { said, code }
}

function packetTimes(path: string): number[] {
  const bytes = readFileSync(path)
  const times: number[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) === 6) times.push(bytes.readUInt32LE(at + 12) * 2 ** 32 + bytes.readUInt32LE(at + 16))
  }
  return times
}

test('counts packets and octets of each interface', async () => {
  const captured = await capture()
  await question('time.example')
  await question('time.example')
  await question('localhost')
  await captured.close()
  const octets = 2 * 66 + 6 * 54 + 37
  expect(captured.interfaces).toEqual([
    { name: 'eth0', packets: 2 * questionPackets, octets: 2 * octets, dropped: 0 },
    { name: 'lo', packets: questionPackets, octets, dropped: 0 },
  ])
  expect([captured.packets, captured.octets, captured.dropped]).toEqual([3 * questionPackets, 3 * octets, 0])
  expect(packetTimes(file)).toHaveLength(captured.packets)
})

test('takes the interfaces that are asked for', async () => {
  const captured = await capture({ interfaces: ['lo'] })
  await question('time.example')
  await question('localhost')
  await captured.close()
  expect(captured.interfaces).toMatchObject([{ name: 'lo', packets: questionPackets }])
})

test('the same run with the same seed gives the same packets but for the port of the client', async () => {
  const runs: Buffer[] = []
  for (let i = 0; i < 2; i++) {
    await using same = await createNetwork({ seed: 7 })
    const { daytime: time } = await same.host('time.example', { daytime: daytime() })
    await using captured = await capturePcapng(same, { file })
    const { promise, resolve } = Promise.withResolvers<void>()
    same.tap({ closed: () => resolve() })
    net.connect(time.endpoint).resume()
    await promise
    await captured.close()
    runs.push(readFileSync(file))
  }
  const sequences = runs.map(bytes => {
    const syn = bytes.indexOf(Buffer.from('0800271d1edb0800', 'hex')) + 8
    return bytes.readUInt32BE(syn + 20 + 4)
  })
  expect(sequences[0]).toBe(sequences[1])
})

test('times rise where the clock stands, follow it, and go back with it', async () => {
  const captured = await capture()
  await question('time.example')
  await network.clock.advance('1s')
  await question('time.example')
  await network.clock.set('2015-03-14T00:00:00Z')
  await question('time.example')
  await captured.close()
  const epoch = Date.UTC(2015, 2, 15, 12, 9, 16) * 1000
  const burst = (from: number) => Array.from({ length: questionPackets }, (_, i) => from + i)
  const back = Date.UTC(2015, 2, 14) * 1000
  expect(packetTimes(file)).toEqual([...burst(epoch), ...burst(epoch + 1e6), ...burst(back)])
})

test.each<[string, CaptureOptions['stopAfter'], number]>([
  ['packets', { packets: 3 }, 3],
  ['octets', { octets: 66 + 66 + 54 + 1 }, 4],
])('ends after so many %s, exactly', async (_what, stopAfter, expected) => {
  const captured = await capture({ stopAfter: stopAfter! })
  await question('time.example')
  await captured.ended
  await question('time.example')
  expect(captured.packets).toBe(expected)
  expect(packetTimes(file)).toHaveLength(expected)
})

test('ends after a time on the network’s clock', async () => {
  const captured = await capture({ stopAfter: { duration: '10m' } })
  await network.clock.advance('9m')
  await question('time.example')
  await network.clock.advance('1m')
  await captured.ended
  await question('time.example')
  expect(captured.packets).toBe(questionPackets)
})

test('is in the file before the next turn but one, without being closed', async () => {
  const captured = await capture()
  await question('time.example')
  await new Promise(resolve => setImmediate(resolve))
  expect(packetTimes(file)).toHaveLength(captured.packets)
})

test('ends with its network, links that were open included', async () => {
  const captured = await capture()
  const { hold } = await network.host('hold.example', {
    hold: {
      protocol: 'test',
      load: async () => () => ({ state: {}, ports: [{ port: 9, transport: 'tcp' }], accept() {} }),
    },
  })
  const socket = net.connect((hold as unknown as { endpoint: net.TcpNetConnectOpts }).endpoint)
  await once(socket, 'connect')
  const { promise, resolve } = Promise.withResolvers<void>()
  using _tap = network.tap({ plain: () => resolve() })
  socket.write('x')
  await promise
  await network.close()
  await captured.ended
  // SYN, SYN+ACK, ACK, x, FIN+ACK, ACK; the octet is acknowledged by the FIN or before it.
  expect(packetTimes(file).length).toBeGreaterThanOrEqual(6)
  expect(readFileSync(file).includes('network closed')).toBe(true)
})

test('a link that was open before is joined in its middle', async () => {
  const { echo } = await network.host('echo.example', {
    echo: {
      protocol: 'test',
      load: async () => () => ({
        state: {},
        ports: [{ port: 7, transport: 'tcp' }],
        accept(connection) {
          connection.onData = chunk => connection.write(chunk)
        },
      }),
    },
  })
  const socket = net.connect((echo as unknown as { endpoint: net.TcpNetConnectOpts }).endpoint)
  socket.write('before')
  await once(socket, 'data')
  const captured = await capture()
  socket.write('after')
  await once(socket, 'data')
  await captured.close()
  socket.destroy()
  expect(readFileSync(file).includes('after')).toBe(true)
  expect(readFileSync(file).includes('before')).toBe(false)
  expect(captured.packets).toBe(3)
})

test('a disk that is full ends it with an error, a whole file and a count of what was lost', async () => {
  // A file that may not grow beyond 64 KiB stands for the disk.
  const { said } = await run(
    `
    const captured = await capturePcapng(network, { file: ${JSON.stringify(file)} })
    const accept = connection => { connection.write(Buffer.alloc(200_000)); connection.close() }
    const load = async () => () => ({ state: {}, ports: [{ port: 9, transport: 'tcp' }], accept })
    const { much } = await network.host('much.example', { much: { protocol: 'test', load } })
    for (let i = 0; i < 2; i++) for await (const _ of net.connect(much.endpoint));
    const { message } = await captured.close().catch(error => error)
    console.log(JSON.stringify({ message, packets: captured.packets, dropped: captured.dropped }))
    process.exit()
    `,
    'ulimit -f 64; trap "" XFSZ',
  )
  const { message, packets, dropped } = JSON.parse(said)
  expect(message).toBe(
    `expected a capture file that can be written, got ${JSON.stringify(file)}: EFBIG: file too large, write`,
  )
  expect(packets).toBe(packetTimes(file).length)
  expect(dropped).toBeGreaterThan(2 * 137)
})

test('a filter or ring that cannot be is refused, and nothing is written', async () => {
  await expect(capture({ filter: 'icmp' })).rejects.toThrow('capture filter: expected')
  await expect(capture({ ring: { files: 0, octets: 0 } })).rejects.toThrow('expected a ring')
  await expect(capture({ stopAfter: { duration: 'soon' } })).rejects.toThrow('expected a duration')
  expect(existsSync(file)).toBe(false)
})

test('a process that exits at once leaves everything in the file', async () => {
  const { code } = await run(`
    await capturePcapng(network, { file: ${JSON.stringify(file)} })
    network.tap({ plain: () => process.exit(3) })
    net.connect(time.endpoint)
  `)
  expect(code).toBe(3)
  // SYN, SYN+ACK, ACK, the line, ACK.
  expect(packetTimes(file)).toHaveLength(5)
})

test('fifty captures at once do not warn of a leak', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error) => void warnings.push(warning)
  process.on('warning', warn)
  const captures = await Promise.all(
    Array.from({ length: 50 }, (_, i) => capturePcapng(network, { file: join(folder.path, `${i}.pcapng`) })),
  )
  await question('time.example')
  await Promise.all(captures.map(each => each.close()))
  process.off('warning', warn)
  expect(warnings).toEqual([])
  expect(new Set(captures.map(each => each.packets))).toEqual(new Set([questionPackets]))
})
