// A network whose addresses are real for one program: two network namespaces joined by a cable, one holding every
// address of the network, the other the program's machine. This process stays outside and serves the sockets.

import { type ChildProcess, spawn } from 'node:child_process'
import type dgram from 'node:dgram'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { extname, join } from 'node:path'
import { type Endpoint, formatEndpoint } from '../address.ts'
import { NetworkError, remedyFor, UsageError } from '../errors.ts'
import type { Network } from '../network.ts'
import type { DatagramSocket, Placement } from '../placement.ts'
import { programEnvironment } from './environment.ts'
import { LateSocket } from './late-socket.ts'
import type { FromHelper, Joined, SocketRequest, Start, ToHelper } from './messages.ts'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Where the small programs are that ordinary users do not have on their path. */
const systemPath = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin'

/** Bits of a set of capabilities, as capabilities(7) numbers them. */
const netAdmin = 12n
const sysAdmin = 21n

/** Whether this process may make namespaces without a user namespace around them. */
export function isPrivileged(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
    const set = BigInt(`0x${effective![1]}`)
    return process.geteuid!() === 0 && [netAdmin, sysAdmin].every(bit => (set >> bit) & 1n)
  } catch {
    return false
  }
}

/**
 * Where the helper is given a pipe that ends with this process. The channel's own end is not heard of while a socket is on
 * its way through it.
 */
const lifeline = 7

type Opening =
  | { transport: 'tcp'; request: SocketRequest; server: net.Server }
  | { transport: 'udp'; request: SocketRequest; socket: LateSocket }

export class NamespacePlacement implements Placement {
  readonly genuine = true
  /** What could not be had and what that costs; known once the program runs. */
  notes: readonly string[] = []
  readonly #unshare: ChildProcess
  readonly #privileged: boolean
  readonly #openings = new Map<number, Opening>()
  readonly #joined = Promise.withResolvers<Joined>()
  readonly #ended = Promise.withResolvers<Ended>()
  readonly #gone: Promise<void>
  #network: Network | undefined
  #requests: SocketRequest[] = []
  #made = 0
  #complaint = ''
  #closed = false

  /** Begins at once: the namespaces are made while the network is still being put together. */
  constructor() {
    this.#privileged = isPrivileged()
    const script = join(import.meta.dirname, `world-side${extname(import.meta.filename)}`)
    const unshare = [
      'unshare',
      ...(this.#privileged ? ['-nm'] : ['-rnm']),
      ...['--uts', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
    ]
    const helper = [process.execPath, '--disable-warning=ExperimentalWarning', script, 'unshare']
    // The outer shell keeps unshare alive through what a terminal sends to all; the inner one, the first process of its
    // namespace, buries the program's orphans, which Node would leave as zombies.
    this.#unshare = spawn(
      '/bin/sh',
      [
        '-c',
        'trap "" INT TERM HUP QUIT USR1 USR2; exec "$@"',
        ...['sh', ...unshare, '/bin/sh', '-c', '"$@"; exit $?', 'sh', ...helper, this.#privileged ? 'root' : 'mapped'],
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc', 0, 1, 2, 'pipe'],
        env: { PATH: `${process.env.PATH ?? ''}:${systemPath}` },
      },
    )
    this.#unshare.on('message', (message: FromHelper, handle?: unknown) => this.#heard(message, handle))
    const { stderr } = this.#unshare
    stderr!.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text))
    // Not 'close', which does not come where the channel was closed from here.
    const exit = new Promise<string>(resolve => {
      this.#unshare.on('error', error => resolve(error.message))
      this.#unshare.on('exit', (status, signal) => resolve(signal ?? `status ${status}`))
    })
    const silence = new Promise<void>(resolve => stderr!.on('close', resolve))
    this.#gone = Promise.all([exit, silence]).then(([how]) => {
      const said = this.#complaint.trim().split('\n')[0]
      this.#fail(
        said
          ? `expected unshare to make namespaces, got: ${said}; see backlot doctor`
          : `the namespaces ended before the program (${how})`,
      )
    })
    // Both are waited for only once a program is started.
    this.#joined.promise.catch(() => {})
    this.#ended.promise.catch(() => {})
  }

  join(network: Network): void {
    this.#network = network
    const { HOME, PATH, JAVA_HOME, VIRTUAL_ENV } = process.env
    this.#send({
      join: {
        client: network.client,
        blackHoles: network.blackHoles,
        authority: network.authority.pem,
        places: { home: HOME, path: PATH, javaHome: JAVA_HOME, virtualEnv: VIRTUAL_ENV },
      },
    })
  }

  /** Not listening yet: it does once the socket has come from inside, and a connection before that waits. */
  async tcp(at: Endpoint): Promise<net.Server> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true })
    const request = this.#request(at, 'tcp')
    this.#openings.set(request.id, { transport: 'tcp', request, server })
    return server
  }

  async udp(at: Endpoint): Promise<DatagramSocket> {
    const socket = new LateSocket(at)
    const request = this.#request(at, 'udp')
    this.#openings.set(request.id, { transport: 'udp', request, socket })
    return socket
  }

  real(at: Endpoint): { host: string; port: number } {
    return { host: at.address, port: at.port }
  }

  /**
   * Runs a program in the network to its end. One program a placement. `files` are laid out where the program can read
   * them, each named by a variable of its environment.
   */
  async run(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    files: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const { bundle, notes } = await this.#joined.promise
    this.notes = notes
    this.#flush()
    const identity = this.#privileged ? undefined : { uid: process.geteuid!(), gid: process.getegid!() }
    const start: Start = { command, args, env: programEnvironment(env, bundle), identity, files }
    this.#send({ start })
    return await this.#ended.promise
  }

  /** Sends the program a signal; before it runs, everything ends instead. */
  signal(signal: NodeJS.Signals): void {
    this.#send({ signal })
  }

  async close(): Promise<void> {
    this.#closed = true
    const stdio: readonly unknown[] = this.#unshare.stdio
    ;(stdio[lifeline] as net.Socket | undefined)?.destroy()
    await this.#gone
  }

  #request({ address, port }: Endpoint, transport: 'tcp' | 'udp'): SocketRequest {
    const own = this.#network!.client.addresses.includes(address) || address === '::1' || address.startsWith('127.')
    const request = { id: ++this.#made, side: own ? 'program' : 'world', transport, address, port } as const
    // Whoever puts up a world asks for many in a row: they travel together.
    if (this.#requests.push(request) === 1) setImmediate(() => this.#flush())
    return request
  }

  #flush(): void {
    if (this.#requests.length > 0) this.#send({ open: this.#requests })
    this.#requests = []
  }

  #send(message: ToHelper): void {
    // Where nobody listens any more, `#gone` has said why.
    if (this.#unshare.connected) this.#unshare.send(message, () => {})
  }

  #heard(message: FromHelper, handle: unknown): void {
    if ('socket' in message) this.#arrived(message.socket, handle)
    else if ('connection' in message) this.#early(message.connection, handle as net.Socket | undefined)
    else if ('joined' in message) this.#joined.resolve(message.joined)
    else if ('ended' in message) this.#ended.resolve(message.ended)
    else if ('unable' in message) this.#fail(message.unable)
    else if ('failed' in message) this.#refused(message.failed, message.reason)
  }

  #arrived(id: number, handle: unknown): void {
    const opening = this.#openings.get(id)
    if (this.#closed) return void (handle as net.Server | dgram.Socket).close()
    // Node hands over a server or socket of its own making; ours, which the network knows, takes over what it holds.
    if (opening?.transport === 'tcp') opening.server.listen(handle as net.Server)
    else if (opening?.transport === 'udp') opening.socket.arrived(handle as dgram.Socket)
    this.#send({ got: id })
  }

  #early(id: number, connection: net.Socket | undefined): void {
    const opening = this.#openings.get(id)
    if (connection === undefined || opening?.transport !== 'tcp') return
    if (this.#closed) return void connection.destroy()
    connection.setNoDelay(true)
    connection.allowHalfOpen = true
    opening.server.emit('connection', connection)
  }

  #refused(id: number, reason: string): void {
    const { address, port, transport } = this.#openings.get(id)!.request
    const at = formatEndpoint({ address, port })
    const error = new UsageError(
      `expected an address and port that can be served, got ${at} over ${transport}: ${reason}${remedyFor(reason)}`,
    )
    this.#joined.reject(error)
    this.#ended.reject(error)
  }

  #fail(reason: string): void {
    const error = new NetworkError('NOT_PERMITTED', reason)
    this.#joined.reject(error)
    this.#ended.reject(error)
  }
}
