import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { request } from '../clients/http.ts'
import type { ServedPort, ServedReport } from './served.ts'

const backlot = fileURLToPath(new URL('../bin/backlot.js', import.meta.url))

interface Running extends AsyncDisposable {
  /** The next line of stdout. */
  line(): Promise<string>
  /** Its status once it has ended, and what it said on stderr. */
  ended(): Promise<{ status: number | null; said: string }>
  /** Asks it to end. */
  end(signal?: NodeJS.Signals): Promise<{ status: number | null; said: string }>
}

function start(...args: string[]): Running {
  return startWith({}, ...args)
}

function startWith(env: NodeJS.ProcessEnv, ...args: string[]): Running {
  const child = spawn(process.execPath, [backlot, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'close') as Promise<[number | null]>
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  const ended = async () => ({ status: (await exited)[0], said })
  return {
    line: async () => (await lines.next()).value ?? '',
    ended,
    end(signal = 'SIGINT') {
      child.kill(signal)
      return ended()
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function report(running: Running): Promise<ServedReport> {
  return JSON.parse(await running.line())
}

function find({ services }: ServedReport, wanted: Partial<ServedPort>): ServedPort {
  return services.find(each => Object.entries(wanted).every(([key, value]) => each[key as keyof ServedPort] === value))!
}

test.for(['SIGINT', 'SIGTERM'] as const)(
  'the world answers at its real ports until %s, and leaves nothing behind',
  async signal => {
    await using up = start('up', '--json')
    const first = await report(up)
    expect(Object.keys(first)).toEqual(['ready_ms', 'ca', 'services'])
    const site = find(first, { name: 'www.linux.org' })
    expect(site).toMatchObject({
      protocol: 'http',
      transport: 'tcp',
      address: '107.170.40.56',
      port: 80,
      tls: false,
      real_host: '127.0.0.1',
    })
    const socket = net.connect({ host: site.real_host, port: site.real_port })
    socket.write('GET / HTTP/1.0\r\n\r\n')
    let heard = ''
    for await (const chunk of socket) heard += chunk
    expect(heard).toHaveLength(316)
    expect(await readFile(first.ca, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(await up.end(signal)).toEqual({ status: 0, said: '' })
    expect(existsSync(dirname(first.ca))).toBe(false)
  },
)

test('the authority in the file signs what the world’s sites show', async () => {
  await using up = start('up', '--json')
  const first = await report(up)
  const { real_port } = find(first, { name: 'github.com', tls: true })
  const ca = await readFile(first.ca, 'utf8')
  // The certificate is good for the name localhost only where no name is asked for, so it is refused by its name alone.
  await expect(request(`https://localhost:${real_port}/`, { ca })).rejects.toMatchObject({ code: 'TLS_WRONG_NAME' })
})

test('without --json it is a table', async () => {
  await using up = start('up')
  expect(await up.line()).toMatch(/^NAME +SERVICE +IN THE WORLD +ON THIS MACHINE$/)
  expect(await up.line()).toMatch(/^resolver\.localdomain\.loc +dns over UDP +192\.168\.1\.1:53 +127\.0\.0\.1:\d+$/)
})

test('another world is brought up, its bugs are told and do not end it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-up-test-'))
  try {
    const file = join(folder, 'a.yaml')
    await writeFile(file, 'hosts:\n  a.example: { services: { http: { site: site.js } } }\n')
    await writeFile(
      join(folder, 'site.js'),
      `export default request => { if (request.url.endsWith('/bug')) throw new Error('ouch'); return new Response('fine') }`,
    )
    await using up = start('up', '--json', '--world', file, '--pcap', join(folder, 'a.pcapng'))
    const { real_port } = find(await report(up), { port: 80 })
    await expect(request(`http://127.0.0.1:${real_port}/bug`)).rejects.toThrow()
    await using page = await request(`http://127.0.0.1:${real_port}/`)
    expect(await page.text()).toBe('fine')
    const { status, said } = await up.end()
    expect(status).toBe(0)
    expect(said).toContain('backlot: a bug in http of a.example, the world goes on: Error: ouch')
    expect(said).toMatch(/backlot: \d+ packets in .*a\.pcapng/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.for([
  ['up --word a.yaml', 'up: expected an option that it has, got --word; did you mean --world?'],
  ['up --world /nowhere/a.yaml', '/nowhere/a.yaml: expected a world file, got none'],
  ['up --world /nowhere/a.ts', '/nowhere/a.ts: expected a world file, got none'],
  ['up a.yaml', 'up: expected options alone, got a.yaml; see backlot up --help'],
  ['up -- curl', 'up: expected options alone, got --; see backlot up --help'],
  ['tour a.yaml', 'tour: expected options alone, got a.yaml; see backlot tour --help'],
])('%s is refused in one line with status 2', async ([args, problem]) => {
  await using up = start(...args!.split(' '))
  expect(await up.ended()).toEqual({ status: 2, said: `backlot: ${problem}\n` })
})

test.for(['up', 'tour'])('%s says so where no temporary file can be written', async name => {
  await using running = startWith({ TMPDIR: '/nowhere' }, name)
  const { status, said } = await running.ended()
  expect(said).toBe(
    'backlot: expected a folder for temporary files that can be written to, got /nowhere: ENOENT; set TMPDIR to another\n',
  )
  expect(status).toBe(2)
})

test('up says what to do where the system allows too few open files', async () => {
  const child = spawn('sh', ['-c', `ulimit -n 64; exec '${process.execPath}' '${backlot}' up`])
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  const [status] = await once(child, 'close')
  expect(said).toMatch(
    /^backlot: expected an address and port that can be served, got \S+ over \w+: EMFILE; allow more open files by ulimit -n\n$/,
  )
  expect(status).toBe(2)
})
