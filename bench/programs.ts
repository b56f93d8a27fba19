// Starts servers and drivers as processes of their own, and ends what it started.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '..')

/** Type stripping is the same on both sides, and its warning would only be noise. */
const node = [process.execPath, '--disable-warning=ExperimentalWarning']

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Server extends AsyncDisposable {
  readonly port: number
  readonly pid: number
}

/** A script of bench/ that prints a line when it listens, or another program that is told its `{port}`. */
export async function serve(script: string, ...options: string[]): Promise<Server> {
  const port = await freePort()
  const own = script.endsWith('.ts')
  const command = own
    ? [...node, join('bench', script), '--port', String(port), ...options]
    : [script, ...options.map(each => each.replace('{port}', String(port)))]
  const child: ChildProcess = spawn(command[0]!, command.slice(1), {
    cwd: root,
    stdio: ['ignore', own ? 'pipe' : 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit').then(() => 'ended')
  const ready = own ? once(child.stdout!, 'data') : listens(port)
  if ((await Promise.race([ready, ended])) === 'ended') throw new Error(`${script} did not start`)
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1')
    const open = await new Promise<boolean>(resolve =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    )
    socket.destroy()
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** The last line of a program's output, and how long it took until its first. */
export async function run(...command: string[]): Promise<{ status: number | null; last: string; firstMs: number }> {
  const started = performance.now()
  const child = spawn(command[0]!, command.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let firstMs = Number.NaN
  child.stdout.on('data', chunk => {
    text += chunk
    if (Number.isNaN(firstMs) && text.includes('\n')) {
      firstMs = performance.now() - started
      // A command that goes on until it is told to stop has said what was waited for.
      if (command.includes('--json')) child.kill('SIGTERM')
    }
  })
  const [status] = await once(child, 'close')
  if (Number.isNaN(firstMs)) firstMs = performance.now() - started
  return { status, last: text.trim().split('\n').at(-1)!, firstMs }
}

export async function drive(port: number, ...options: string[]): Promise<Result> {
  const { last } = await run(...node, join('bench', 'drive.ts'), '--port', String(port), ...options)
  return JSON.parse(last) as Result
}

export interface Result {
  value: number
  p50us: number
  p999us: number
  errors: number
}

export function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
