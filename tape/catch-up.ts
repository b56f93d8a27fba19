// Tells a real server what a client has told a tape, in step with its answers, so that the client can go on with it. What
// the server says to that the client has heard from the tape, and is not told again.

import net, { type Socket } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import type { TLSSocket } from 'node:tls'
import { NetworkError, networkError } from '../net/errors.ts'
import type { Side } from '../wire/decoder.ts'
import type { Digester, Follower, TapeForm } from '../wire/tape.ts'
import type { Account } from './past.ts'
import { beginTls, type Dialled, type Place, type Trust, tlsRemedy } from './relay.ts'
import { digesterOf, keyOf } from './script.ts'

export interface CatchUpOptions {
  /** Where the real server may be, the likeliest first. */
  readonly to: readonly Place[]
  readonly form: TapeForm
  /** What the client asked for when it began TLS. */
  readonly tls: { readonly host: string; readonly serverName: string | undefined; readonly alpn: readonly string[] }
  readonly trust: Trust
  /** The client is gone. */
  readonly signal: AbortSignal
}

/** What crossed meanwhile. */
type Crossed = { readonly from: Side; readonly octets: Buffer } | 'tls'

export interface CaughtUp extends Dialled {
  readonly to: Place
  readonly crossed: readonly Crossed[]
}

/** How long an answer is waited for. */
const patienceMs = 5000
/** How long a server without messages has to be silent to be taken for through. */
const quietMs = 200
/** Octets that a server may say meanwhile; they are kept for the recording. */
const maxCrossed = 16 * 1024 * 1024

/**
 * @throws {NetworkError} where the server cannot be reached, or goes another way than the tape. Its message is a clause.
 */
export async function catchUp({ before, keys, rest }: Account, options: CatchUpOptions): Promise<CaughtUp> {
  const { to, socket } = await dial(options.to, options.signal)
  const server = new Server(socket, keys, options)
  try {
    for (const each of before) {
      if (each.kind === 'client') await server.say(each.octets)
      else if (each.kind === 'server') await server.hear(each.size)
      else await server.secure()
    }
    server.foresee(rest)
    return { to, ...server.release() }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function dial(places: readonly Place[], signal: AbortSignal): Promise<{ to: Place; socket: Socket }> {
  let failure: unknown
  for (const to of places) {
    try {
      return { to, socket: await connect(to, signal) }
    } catch (error) {
      failure = error
      if (signal.aborted) break
    }
  }
  throw asNetworkError('the real server cannot be reached', failure)
}

function connect(to: Place, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...to, noDelay: true, allowHalfOpen: true, signal })
    // It stays: between two who listen there may be nobody.
    socket.on('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

/** Whatever a socket fails with. */
function asNetworkError(what: string, cause: unknown): NetworkError {
  const error = networkError(what, cause)
  if (error instanceof NetworkError) return error
  return new NetworkError('UNREACHABLE', `${what}: ${(cause as Error).message}`, { cause })
}

class Server {
  readonly #socket: Socket
  readonly #options: CatchUpOptions
  /** Undefined where there are no messages. */
  readonly #follower: Follower | undefined
  /** What the client's messages are that were not said yet. */
  readonly #keys: string[]
  readonly #crossed: Crossed[] = []
  #crossedBytes = 0
  #stream: Socket | TLSSocket
  #digester: Digester | undefined
  /** Messages of the server, or octets, that nobody has waited for yet. */
  #ahead = 0
  #failure: NetworkError | undefined
  #wake: () => void = () => {}
  #deafen: () => void = () => {}

  constructor(socket: Socket, keys: readonly string[], options: CatchUpOptions) {
    this.#socket = socket
    this.#stream = socket
    this.#keys = [...keys]
    this.#options = options
    this.#follower = options.form.kind('tcp') === 'stream' ? undefined : options.form.follow('tcp')
    this.#listen('the real server cannot be reached')
  }

  async say(octets: Buffer): Promise<void> {
    this.#cross('client', octets)
    // What was to be taken for a mail would be taken for commands.
    if (this.#failure !== undefined) throw this.#failure
    if (this.#follower === undefined) this.#ahead = 0
    if (this.#stream.write(octets)) return
    let isDrained = false
    this.#stream.once('drain', () => {
      isDrained = true
      this.#wake()
    })
    await this.#until(() => isDrained)
  }

  /** Waits for a message, or for so many octets; a server without messages may also be through with fewer. */
  async hear(size = 1): Promise<void> {
    if (size === 0) return
    await this.#until(() => this.#ahead >= size, this.#follower === undefined)
    this.#ahead = Math.max(0, this.#ahead - size)
  }

  async secure(): Promise<void> {
    const { trust, tls } = this.#options
    this.#deafen()
    const secure = beginTls(this.#socket, trust, tls)
    // What fails below is heard of above.
    this.#socket.on('error', () => {})
    this.#stream = secure
    this.#listen('TLS with the real server failed')
    let isSecure = false
    secure.once('secureConnect', () => {
      isSecure = true
      this.#crossed.push('tls')
      this.#follower?.secured()
      this.#drain()
      this.#wake()
    })
    await this.#until(() => isSecure)
  }

  /** What it is going to be told must mean what it meant. */
  foresee(octets: Buffer): void {
    this.#follower?.push('client', octets)
    this.#drain()
  }

  /** Nobody listens to it any more, and what it says from now on waits. */
  release(): Dialled & Pick<CaughtUp, 'crossed'> {
    if (this.#failure !== undefined) throw this.#failure
    this.#stream.pause()
    this.#deafen()
    return { socket: this.#socket, stream: this.#stream, crossed: this.#crossed }
  }

  #listen(trouble: string): void {
    const stream = this.#stream
    const data = (octets: Buffer) => {
      this.#cross('server', octets)
      if (this.#follower === undefined) this.#ahead += octets.length
      this.#wake()
    }
    const error = (cause: Error) => this.#fail(asNetworkError(trouble, cause), tlsRemedy(cause))
    const end = () =>
      this.#fail(new NetworkError('CLOSED', 'the real server ended the connection where the tape goes on'))
    stream.on('data', data).on('error', error).on('end', end).on('close', end)
    this.#deafen = () => stream.off('data', data).off('error', error).off('end', end).off('close', end)
  }

  #fail(error: NetworkError, remedy = ''): void {
    if (this.#failure !== undefined) return
    this.#failure = remedy === '' ? error : new NetworkError(error.code, `${error.message}${remedy}`, { cause: error })
    this.#wake()
  }

  #cross(from: Side, octets: Buffer): void {
    this.#crossed.push({ from, octets })
    this.#crossedBytes += octets.length
    if (this.#crossedBytes > maxCrossed) {
      this.#fail(
        new NetworkError('ABORTED', `the real server says more than ${maxCrossed} octets to what the tape has`),
      )
    }
    this.#follower?.push(from, octets)
    this.#drain()
  }

  #drain(): void {
    for (let heard = this.#follower?.next(); heard !== undefined; heard = this.#follower?.next()) {
      if (heard.from === 'server') {
        if (heard.kind === 'whole' || heard.kind === 'finish') this.#ahead++
      } else if (heard.kind === 'piece') this.#digester?.push(heard.octets)
      else if (heard.kind === 'begin') this.#digester = digesterOf(this.#options.form, heard.message)
      else this.#saidWhole(heard.message)
    }
  }

  /** What the server says may change what the client's octets mean; then they are not what the tape has. */
  #saidWhole(message: unknown): void {
    const key = keyOf(this.#options.form, message, this.#digester?.digest())
    this.#digester = undefined
    // What comes behind is nobody's business here.
    if (this.#keys.length === 0 || this.#keys.shift() === key) return
    const why = 'the real server answers otherwise than the tape, so that what the client said means another thing'
    this.#fail(new NetworkError('ABORTED', why))
  }

  #until(isThere: () => boolean, maybeQuiet = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const why = `the real server says nothing for ${patienceMs / 1000} s where the tape goes on`
      const patience = setTimeout(() => done(new NetworkError('TIMED_OUT', why)), patienceMs)
      let quiet: NodeJS.Timeout | undefined
      const done = (error?: NetworkError) => {
        clearTimeout(patience)
        clearTimeout(quiet)
        this.#wake = () => {}
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#wake = () => {
        if (isThere()) done()
        else if (this.#failure !== undefined) done(this.#failure)
        else if (maybeQuiet && this.#ahead > 0) {
          clearTimeout(quiet)
          quiet = setTimeout(done, quietMs)
        }
      }
      this.#wake()
    })
  }
}
