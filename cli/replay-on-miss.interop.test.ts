// What no tape has goes on with real servers that we did not write, for programs that we did not write, as an ordinary user.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, describe as group, onTestFinished, test } from 'vitest'
import { program } from '../scenarios/real/program.ts'
import { type OrdinaryCopy, ordinaryCopy } from './ordinary-copy.ts'

let copy: OrdinaryCopy
beforeAll(() => {
  copy = ordinaryCopy()
})
afterAll(() => copy?.remove())

const isRoot = userInfo().uid === 0
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** Starts a shell line as an ordinary user; `backlot` in it is the command. */
function start(line: string): ChildProcess {
  const script = `cd / && backlot() { ${copy.bin} "$@"; } && ${line}`
  return isRoot ? spawn('su', ['nobody', '-s', '/bin/bash', '-c', script]) : spawn('/bin/bash', ['-c', script])
}

async function run(line: string): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const child = start(line)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', chunk => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  child.stdin!.end()
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

/** A folder that an ordinary user may write to. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'backlot-on-miss-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  chmodSync(made, 0o777)
  return made
}

/** The process below another one that runs the command itself, and not only starts it. */
function commandBelow(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  for (const child of children) {
    const found = commandBelow(child)
    if (found !== undefined) return found
    if (/node\0.*(bin\/backlot\.js|cli\/main\.ts)\0/.test(readFileSync(`/proc/${child}/cmdline`, 'utf8'))) return child
  }
  return undefined
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = commandBelow(child.pid!)
  if (pid === undefined) throw new Error('expected the command to run, got none')
  process.kill(pid, signal)
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

/** Starts a server of somebody else's, and waits until it takes connections. */
async function serve(
  command: string,
  args: (port: number) => string[],
  input = '',
): Promise<{ port: number; stop(): void }> {
  const port = await freePort()
  const child = spawn(command, args(port), { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin!.end(input)
  onTestFinished(() => void child.kill('SIGKILL'))
  for (;;) {
    const socket = net.connect(port, '127.0.0.1')
    const isThere = await new Promise<boolean>(resolve =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    )
    socket.destroy()
    if (isThere) return { port, stop: () => void child.kill('SIGKILL') }
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}

const site = `
import http.server, sys
class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = ('real ' + self.path + '\\n').encode() * (20000 if self.path == '/large' else 1)
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Site).serve_forever()`

group('Redis', () => {
  const redis = async (context: Parameters<typeof program>[0]) => {
    const path = await program(context, 'redis-server', 'redis-server')
    await program(context, 'redis-cli', 'redis-tools')
    const { port, stop } = await serve(path, port => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()],
    ])
    const tape = join(folder(), 'r.tape.yaml')
    const real = `--real redis.example:6379=127.0.0.1:${port}`
    await run(`backlot record -o ${tape} ${real} -- redis-cli -h redis.example set key value`)
    return { tape, real, stop, before: readFileSync(tape, 'utf8') }
  }
  const get = '-- redis-cli -h redis.example get key'

  test('answers what the tape does not have, and it is on the tape then', async context => {
    const { tape, real, stop, before } = await redis(context)
    const recorded = await run(`backlot replay ${tape} --on-miss record ${real} ${get}`)
    expect(recorded).toMatchObject({ status: 0, stdout: 'value\n' })
    expect(recorded.stderr).toContain(
      `2 turns in 1 conversation with real servers added to ${tape}: tcp redis.example:6379\n`,
    )
    const after = readFileSync(tape, 'utf8')
    expect(after.startsWith(before.replace(/\.\.\.\n$/, ''))).toBe(true)
    stop()
    expect(await run(`backlot replay ${tape} ${get}`)).toMatchObject({ status: 0, stdout: 'value\n' })
    expect(readFileSync(tape, 'utf8')).toBe(after)
  })

  test('answers what passes through, and the tape stays as it was', async context => {
    const { tape, real, stop, before } = await redis(context)
    const passed = await run(`backlot replay ${tape} --on-miss passthrough ${real} ${get}`)
    expect(passed).toMatchObject({ status: 0, stdout: 'value\n' })
    expect(passed.stderr).toContain('passed through to real servers, and on no tape: tcp redis.example:6379\n')
    expect(readFileSync(tape, 'utf8')).toBe(before)
    stop()
    const missed = await run(
      `backlot replay ${tape} --on-miss passthrough ${real} -- sh -c ${quote(`${get.slice(3)}; true`)}`,
    )
    expect(missed.status).toBe(1)
    expect(missed.stderr).toMatch(
      /miss at tcp redis\.example:6379: .*; the real server cannot be reached: connect ECONNREFUSED/,
    )
  })

  test('goes on with a session that began on the tape', async context => {
    const { tape, real } = await redis(context)
    const session = `printf 'set key value\\nappend key s\\nget key\\n' | redis-cli -h redis.example`
    const outcome = await run(`backlot replay ${tape} --on-miss record ${real} -- sh -c ${quote(session)}`)
    expect(outcome).toMatchObject({ status: 0, stdout: 'OK\n6\nvalues\n' })
    expect(await run(`backlot replay ${tape} -- sh -c ${quote(session)}`)).toMatchObject({
      status: 0,
      stdout: 'OK\n6\nvalues\n',
    })
  })
})

group('a site of Python', () => {
  const recorded = async () => {
    const { port, stop } = await serve('python3', port => ['-c', site, String(port)])
    const tape = join(folder(), 'web.tape.yaml')
    const real = `--real www.example.org:80=127.0.0.1:${port}`
    await run(`backlot record -o ${tape} ${real} -- curl -s http://www.example.org/a`)
    return { tape, real, stop }
  }

  test('answers two programs at once, with what is large beside the tape', async () => {
    const { tape, real, stop } = await recorded()
    const both = quote('curl -s http://www.example.org/large | md5sum & curl -s http://www.example.org/b; wait')
    const first = await run(`backlot replay ${tape} --on-miss record ${real} -- sh -c ${both}`)
    expect(first.status).toBe(0)
    expect(first.stdout).toContain('real /b\n')
    expect(first.stderr).toMatch(/4 turns in 2 conversations with real servers added/)
    stop()
    const again = await run(`backlot replay ${tape} -- sh -c ${both}`)
    expect({ ...again, stdout: again.stdout.split('\n').sort() }).toMatchObject({
      status: 0,
      stdout: first.stdout.split('\n').sort(),
    })
    expect(readdirSync(join(tape, '..')).sort()).toEqual(['web.tape', 'web.tape.yaml'])
  })

  test('finds the tape as it was where the replay is killed', async () => {
    const { tape, real } = await recorded()
    const before = readFileSync(tape, 'utf8')
    const child = start(
      `exec ${copy.bin} replay ${tape} --on-miss record ${real} -- sh -c ${quote('curl -s http://www.example.org/b; sleep 60')}`,
    )
    await once(child.stdout!, 'data')
    const beside = () => readdirSync(join(tape, '..')).find(name => name.startsWith('web.added-'))
    await expect.poll(() => beside() && readFileSync(join(tape, '..', beside()!), 'utf8')).toContain('real /b')
    end(child, 'SIGKILL')
    await once(child, 'close')
    expect(readFileSync(tape, 'utf8')).toBe(before)
    const rest = join(tape, '..', beside()!)
    expect(await run(`backlot replay ${tape} ${rest} -- curl -s http://www.example.org/b`)).toMatchObject({
      status: 0,
      stdout: 'real /b\n',
    })
  })
})

test('a mail under TLS goes on to the real server, logged in, and is on the tape without the password', async context => {
  await program(context, 'swaks', 'swaks')
  const place = folder()
  const world = join(place, 'world.yaml')
  const hosts = '{mx.example.org: {services: {smtp: {users: {ada: lovelace, bob: b, cy: c}, domains: [example.net]}}}}'
  writeFileSync(world, `hosts: ${hosts}\n`)
  const up = start(`exec ${copy.bin} up --world ${world} --json`)
  onTestFinished(() => end(up, 'SIGTERM'))
  const [line] = await once(up.stdout!.setEncoding('utf8'), 'data')
  const { ca, services } = JSON.parse(line)
  const { real_port } = services.find(({ port }: { port: number }) => port === 587)
  const authority = join(place, 'authority.pem')
  writeFileSync(authority, readFileSync(ca))
  const real = `--real mx.example.org:587=127.0.0.1:${real_port}`
  const tape = join(place, 'mail.tape.yaml')
  const send = (to: string) =>
    `-- swaks --server mx.example.org:587 -tls --tls-verify -a PLAIN -au ada -ap lovelace --from ann@example.org --to ${to} --silent 2`
  expect(
    await run(`backlot record -o ${tape} ${real} --real-ca ${authority} ${send('bob@example.net')}`),
  ).toMatchObject({
    status: 0,
  })
  const untrusted = await run(`backlot replay ${tape} --on-miss record ${real} ${send('cy@example.net')}`)
  expect(untrusted.status).not.toBe(0)
  expect(untrusted.stderr).toMatch(/TLS with the real server failed: .* name its authority by --real-ca FILE/)
  const added = await run(
    `backlot replay ${tape} --on-miss record ${real} --real-ca ${authority} ${send('cy@example.net')}`,
  )
  expect(added).toMatchObject({ status: 0 })
  expect(added.stderr).toContain(`in 1 conversation with real servers added to ${tape}: smtp mx.example.org:587\n`)
  const text = readFileSync(tape, 'utf8')
  expect(text.match(/AUTH PLAIN ‹secret:password›$/gm)?.length).toBe(2)
  expect(text).not.toContain('lovelace')
  for (const to of ['cy@example.net', 'bob@example.net']) {
    expect(await run(`backlot replay ${tape} ${send(to)}`)).toMatchObject({ status: 0 })
  }
})

group('what is used wrongly', () => {
  const tape = (end = '...\n') => {
    const file = join(folder(), 'x.tape.yaml')
    writeFileSync(file, `tape: 1\n---\nconversation: 1\nservice: tcp a.example:7\nturns:\n  - client: a\n${end}`)
    chmodSync(file, 0o666)
    return file
  }

  test.each([
    ['--on-miss ask', 'expected --on-miss fail, record, passthrough, got ask'],
    [
      '--real a.example:7=127.0.0.1:7',
      'expected --on-miss record or passthrough with --real, got none; nothing else dials',
    ],
    ['--on-miss record --real a.example=x', 'expected --real NAME:PORT[/PROTO]=HOST:PORT'],
  ])('%s', async (options, problem) => {
    const { status, stderr } = await run(`backlot replay ${tape()} ${options} -- true`)
    expect(stderr).toContain(problem)
    expect(status).toBe(2)
  })

  test('a tape that was cut is not added to, and says so before anything runs', async () => {
    const { status, stdout, stderr } = await run(`backlot replay ${tape('')} --on-miss record -- echo here`)
    expect(stderr).toMatch(
      /^backlot: replay: expected a tape that can be added to, but .*: expected a last line \.\.\./,
    )
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('a tape that may not be written is not added to', async () => {
    const file = tape()
    chmodSync(file, 0o444)
    const { status, stderr } = await run(`backlot replay ${file} --on-miss record -- echo here`)
    expect(stderr).toContain('expected a tape that can be written')
    expect(status).toBe(2)
  })
})
