// Somebody else's server on a free loopback port, with all that it writes in a temporary folder, as an ordinary user: most
// refuse to run as root, or give it up.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface RealServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

export interface ServerDescription {
  /** In messages, and the beginning of its folder's name. */
  readonly name: string
  readonly path: string
  /** What is run before it, in its folder. */
  readonly prepare?: (folder: string) => readonly [string, ...string[]]
  /** Files that it needs, by name. */
  readonly files?: (port: number, folder: string) => Readonly<Record<string, string>>
  readonly args: (port: number, folder: string) => readonly string[]
}

/** Who servers run as: nobody where this is root, else whoever this is. */
export function ordinaryUser(): { uid: number; gid: number } {
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  if (uid !== 0) return { uid, gid }
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Starts a server and waits until it takes connections. */
export async function startServer({ name, path, prepare, files, args }: ServerDescription): Promise<RealServer> {
  const user = ordinaryUser()
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  const own = (file: string) => chown(file, user.uid, user.gid)
  await own(folder)
  const start = (program: string, list: readonly string[]) => {
    const child = spawn(program, list, { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const log: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => log.push(text))
    // Also where this process ends in the middle of a test.
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    const ended = once(child, 'exit').finally(() => process.off('exit', kill))
    return { child, ended, log }
  }
  const [command, ...options] = prepare?.(folder) ?? []
  if (command !== undefined) {
    const { child, ended, log } = start(command, options)
    await ended
    if (child.exitCode !== 0) throw new Error(`${name} could not be prepared:\n${log.join('')}`)
  }
  // The port may be taken between its choice and the server's start; then another is chosen.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    for (const [file, text] of Object.entries(files?.(port, folder) ?? {})) {
      await writeFile(join(folder, file), text, { mode: 0o600 })
      await own(join(folder, file))
    }
    const { child, ended, log } = start(path, args(port, folder))
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        AbortSignal.timeout(5000).addEventListener('abort', () => child.kill('SIGKILL'))
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    }
    if (await answers(port, () => child.exitCode === null)) {
      return { host: '127.0.0.1', port, [Symbol.asyncDispose]: stop }
    }
    if (attempt === 3 || !/address .*in use/i.test(log.join(''))) {
      await stop()
      throw new Error(`${name} did not start:\n${log.join('')}`)
    }
  }
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until somebody takes connections at a port, as long as the server runs. */
export async function answers(port: number, running: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200 && running(); tries++) {
    const socket = net.connect(port, '127.0.0.1')
    const open = await new Promise<boolean>(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return true
    await setTimeout(50)
  }
  return false
}
