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
import type { Dropped, Ended, FromHelper, Joined, SocketRequest, Start, ToHelper } from './messages.ts'
import type { Bare } from './sockets.ts'

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

type Opening = ({ transport: 'tcp'; server: net.Server } | { transport: 'udp'; socket: LateSocket }) & {
  readonly request: SocketRequest
  /** For one that is opened after the program was started: settled once it is open, or cannot be. */
  readonly late: PromiseWithResolvers<void> | undefined
}

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
  #dropped: Dropped[] = []
  #made = 0
  #complaint = ''
  #started = false
  #failure: Error | undefined
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
    this.#unshare.on('message', (message: FromHelper, handle: unknown) => this.#heard(message, handle))
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

  /**
   * Before the program is started: not listening yet; it does once the socket has come from inside, and a connection
   * before that waits. From then on: given once the program can connect to it. `udp` is as this is.
   *
   * @throws {UsageError} once the program is started, where the address and port cannot be had.
   */
  async tcp(at: Endpoint): Promise<net.Server> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true })
    await this.#open(at, { transport: 'tcp', server })
    return server
  }

  async udp(at: Endpoint): Promise<DatagramSocket> {
    const socket = new LateSocket(at)
    await this.#open(at, { transport: 'udp', socket })
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
    const { walls } = this.#network!.faulting
    if (this.#dropped.length + walls.length > 0) this.#send({ drop: this.#dropped, walls })
    this.#started = true
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

  #open(
    { address, port }: Endpoint,
    socket: { transport: 'tcp'; server: net.Server } | { transport: 'udp'; socket: LateSocket },
  ): Promise<void> | undefined {
    // What no connection or datagram may come to has no socket that could take it.
    const bar = this.#started ? undefined : this.#network!.standingBar({ address, port }, socket.transport)
    if (bar === 'black hole') this.#dropped.push({ transport: socket.transport, address, port })
    if (bar !== undefined) return undefined
    const own = this.#network!.client.addresses.includes(address) || address === '::1' || address.startsWith('127.')
    const side = own ? 'program' : 'world'
    const request: SocketRequest = { id: ++this.#made, side, transport: socket.transport, address, port }
    const late = this.#started ? Promise.withResolvers<void>() : undefined
    if (late !== undefined && this.#failure !== undefined) throw this.#failure
    this.#openings.set(request.id, { ...socket, request, late })
    // Whoever puts up a world asks for many in a row: they travel together.
    if (this.#requests.push(request) === 1) setImmediate(() => this.#flush())
    return late?.promise
  }

  #flush(): void {
    if (this.#requests.length > 0) this.#send(this.#started ? { add: this.#requests } : { open: this.#requests })
    this.#requests = []
  }

  #send(message: ToHelper): void {
    // Where nobody listens any more, `#gone` has said why.
    if (this.#unshare.connected) this.#unshare.send(message, () => {})
  }

  #heard(message: FromHelper, handle: unknown): void {
    if ('socket' in message) this.#arrived(message.socket, handle as Bare)
    else if ('given' in message) this.#given(message.given)
    else if ('connection' in message) this.#early(message.connection, handle as Bare)
    else if ('joined' in message) this.#joined.resolve(message.joined)
    else if ('ended' in message) this.#ended.resolve(message.ended)
    else if ('unable' in message) this.#fail(message.unable)
    else if ('failed' in message) this.#refused(message.failed, message.reason)
  }

  #arrived(id: number, handle: Bare): void {
    const opening = this.#openings.get(id)
    if (this.#closed || opening === undefined) return void handle.close()
    // Ours, which the network knows, takes over what has come; of one that is waited for nobody knows before it is given.
    const take = () => {
      if (opening.transport === 'tcp') opening.server.listen(handle)
      else opening.socket.arrived(handle as dgram.Socket)
    }
    if (opening.late === undefined) take()
    else opening.late.promise.then(take, () => handle.close())
    this.#send({ got: id })
  }

  /** Nobody inside takes connections or datagrams from it any more. */
  #given(id: number): void {
    const opening = this.#openings.get(id)
    this.#openings.delete(id)
    opening?.late?.resolve()
  }

  #early(id: number, handle: Bare): void {
    const opening = this.#openings.get(id)
    if (this.#closed || opening?.transport !== 'tcp') return void handle.close()
    const { server, late } = opening
    const serve = () => {
      if (late !== undefined && !server.listening) return void handle.close()
      const options = { handle, readable: true, writable: true, allowHalfOpen: true }
      const connection = new net.Socket(options as net.SocketConstructorOpts)
      connection.setNoDelay(true)
      server.emit('connection', connection)
    }
    if (late === undefined) serve()
    else late.promise.then(() => setImmediate(serve)).catch(() => handle.close())
  }

  #refused(id: number, reason: string): void {
    const { request, late } = this.#openings.get(id)!
    const { address, port, transport } = request
    const at = formatEndpoint({ address, port })
    const error = new UsageError(
      `expected an address and port that can be served, got ${at} over ${transport}: ${reason}${remedyFor(reason)}`,
    )
    if (late === undefined) this.#end(error)
    else {
      this.#openings.delete(id)
      late.reject(error)
    }
  }

  #fail(reason: string): void {
    this.#failure ??= new NetworkError('NOT_PERMITTED', reason)
    this.#end(this.#failure)
    for (const { late } of this.#openings.values()) late?.reject(this.#failure)
  }

  #end(error: Error): void {
    this.#joined.reject(error)
    this.#ended.reject(error)
  }
}
