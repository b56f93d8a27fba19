// Plays the client of a recorded conversation against a server that is there: to see what has changed since, or to let
// the conversation cross a network once more. It dials, so a replay never loads it.

import dgram from 'node:dgram'
import net, { type Socket } from 'node:net'
import { join } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import tls from 'node:tls'
import type { Follower, Reveal, TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { blobName } from './blobs.ts'
import { bodyValue, extensionOf } from './body-value.ts'
import { octetsOfFile, type Script, type Step } from './script.ts'
import { SecretBook } from './secrets.ts'

export interface ReenactOptions {
  readonly to: { readonly host: string; readonly port: number }
  readonly transport: 'tcp' | 'udp'
  readonly form: TapeForm
  readonly reveal: Reveal
  readonly secureContext?: tls.SecureContext | undefined
  readonly insecure?: boolean
  /** The name whose certificate is expected. */
  readonly host: string
  /** How long an answer is waited for. */
  readonly patienceMs?: number
  /** Called for each pause that the tape has. */
  readonly pause?: (ms: number) => Promise<void>
}

/** How long a server is waited for that does not end its side when the client has. */
const farewellMs = 500

/** What the server said to each step in which it spoke on the tape; undefined where nothing came. */
export interface Reenacted {
  readonly said: readonly (TapeValue | undefined)[]
  /** Why it did not come to its end. */
  readonly failure: string | undefined
}

export async function reenact(script: Script, options: ReenactOptions): Promise<Reenacted> {
  const link = options.transport === 'tcp' ? new TcpClient(options) : new UdpClient(options)
  const said: (TapeValue | undefined)[] = []
  let failure: string | undefined
  try {
    for (const step of script.steps) await act(script, step, link, options, said)
  } catch (error) {
    failure = (error as Error).message
  } finally {
    await link.close()
  }
  return { said, failure }
}

async function act(
  script: Script,
  step: Step,
  link: TcpClient | UdpClient,
  { form, reveal, pause }: ReenactOptions,
  said: (TapeValue | undefined)[],
): Promise<void> {
  if (step.kind === 'client') {
    for (const part of form.encode(step.scripted, reveal)) {
      if (Buffer.isBuffer(part)) await link.send(part)
      else {
        const path = join(script.tape.folder, part.file)
        for (const octets of octetsOfFile(path, part.start, part.size)) await link.send(octets)
      }
    }
  } else if (step.kind === 'server') {
    said.push(await link.heard(step.scripted.body?.size))
  } else if (step.kind === 'tls') await link.secure(step)
  else if (step.kind === 'end' && step.from === 'client') link.end()
  else if (step.kind === 'pause') await pause?.(step.ms)
}

/** What waits for the server's next message. */
class Ears {
  readonly #form: TapeForm
  readonly #follower: Follower
  readonly #patienceMs: number
  readonly #messages: TapeValue[] = []
  #body: Buffer[] = []
  #size = 0
  #wake: (() => void) | undefined
  #isOver = false
  readonly #isStream: boolean

  constructor({ form, transport, patienceMs = 5000 }: ReenactOptions) {
    this.#form = form
    this.#follower = form.follow(transport)
    this.#patienceMs = patienceMs
    this.#isStream = form.kind(transport) === 'stream'
  }

  hear(octets: Buffer): void {
    if (this.#isStream) {
      this.#body.push(octets)
      this.#size += octets.length
    } else {
      this.#follower.push('server', octets)
      this.#drain()
    }
    this.#wake?.()
  }

  /** What the client says is followed too: what a server's message is may hang on it. */
  said(octets: Buffer): void {
    if (this.#isStream) return
    this.#follower.push('client', octets)
    this.#drain()
  }

  over(): void {
    this.#isOver = true
    if (!this.#isStream) {
      this.#follower.end('server')
      this.#drain()
    }
    this.#wake?.()
  }

  secured(): void {
    this.#follower.secured()
  }

  /** A stream has no messages: of one, `size` octets are waited for, as many as there were. */
  async next(size: number | undefined): Promise<TapeValue | undefined> {
    const isThere = () => (this.#isStream ? this.#size >= (size ?? 1) : this.#messages.length > 0)
    if (!isThere() && !this.#isOver) await this.#wait(isThere)
    if (!this.#isStream) return this.#messages.shift()
    if (this.#size === 0) return undefined
    const all = Buffer.concat(this.#body)
    const taken = all.subarray(0, Math.max(size ?? all.length, 0))
    this.#body = [all.subarray(taken.length)]
    this.#size = this.#body[0]!.length
    return this.#form.write({ kind: 'octets' }, { size: taken.length, octets: taken }, plainWriting())
  }

  #wait(isThere: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, this.#patienceMs)
      this.#wake = () => {
        if (isThere() || this.#isOver) done()
      }
    })
  }

  #drain(): void {
    for (let heard = this.#follower.next(); heard !== undefined; heard = this.#follower.next()) {
      if (heard.from === 'client') continue
      if (heard.kind === 'begin') this.#body = []
      else if (heard.kind === 'piece') this.#body.push(heard.octets)
      else {
        const octets = Buffer.concat(this.#body)
        const body = heard.kind === 'finish' ? { size: octets.length, octets } : undefined
        this.#body = []
        this.#messages.push(this.#form.write(heard.message, body, plainWriting()))
      }
    }
  }
}

/** Bodies stand as on a tape, and their files are named without being written. */
function plainWriting(): TapeWriting {
  const book = new SecretBook()
  const name = (octets: Buffer, type: string | undefined) => blobName(octets, extensionOf(type, octets))
  return {
    hide: (kind, secret) => book.hide(kind, secret),
    sweep: text => text,
    body: (body, type) => bodyValue(body, book, octets => name(octets, type)),
  }
}

class TcpClient {
  readonly #options: ReenactOptions
  readonly #ears: Ears
  readonly #connected: Promise<void>
  #socket: Socket

  constructor(options: ReenactOptions) {
    this.#options = options
    this.#ears = new Ears(options)
    const socket = net.connect({ ...options.to, noDelay: true, allowHalfOpen: true })
    this.#socket = socket
    this.#connected = new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    this.#connected.catch(() => {})
    this.#listen(socket)
  }

  async send(octets: Buffer): Promise<void> {
    await this.#connected
    this.#ears.said(octets)
    if (this.#socket.write(octets)) return
    await new Promise<void>(resolve => this.#socket.once('drain', resolve).once('close', resolve))
  }

  async heard(size: number | undefined): Promise<TapeValue | undefined> {
    await this.#connected
    return await this.#ears.next(size)
  }

  async secure({ name, alpn }: Extract<Step, { kind: 'tls' }>): Promise<void> {
    await this.#connected
    const { host, secureContext, insecure = false } = this.#options
    const plain = this.#socket
    plain.removeAllListeners('data').removeAllListeners('end')
    const secure = tls.connect({
      socket: plain,
      host,
      servername: name !== undefined && net.isIP(name) === 0 ? name : '',
      rejectUnauthorized: !insecure,
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    })
    await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
    this.#ears.secured()
    this.#socket = secure
    this.#listen(secure)
  }

  end(): void {
    this.#socket.end()
  }

  /** Ends as a client does that is through, and not in the middle of what the server says. */
  async close(): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) return
    const timer = setTimeout(() => socket.destroy(), farewellMs)
    await new Promise<void>(resolve =>
      socket
        .once('close', () => resolve())
        .end()
        .resume(),
    )
    clearTimeout(timer)
  }

  #listen(socket: Socket): void {
    socket.on('data', octets => this.#ears.hear(octets))
    socket.on('end', () => this.#ears.over())
    socket.on('error', () => this.#ears.over())
    socket.on('close', () => this.#ears.over())
  }
}

class UdpClient {
  readonly #ears: Ears
  readonly #socket: dgram.Socket
  readonly #connected: Promise<void>

  constructor(options: ReenactOptions) {
    this.#ears = new Ears(options)
    this.#socket = dgram.createSocket(options.to.host.includes(':') ? 'udp6' : 'udp4')
    this.#connected = new Promise((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.connect(options.to.port, options.to.host, resolve)
    })
    this.#connected.catch(() => {})
    this.#socket.on('message', octets => this.#ears.hear(octets))
    this.#socket.on('error', () => this.#ears.over())
  }

  async send(octets: Buffer): Promise<void> {
    await this.#connected
    this.#ears.said(octets)
    this.#socket.send(octets)
  }

  async heard(size: number | undefined): Promise<TapeValue | undefined> {
    await this.#connected
    return await this.#ears.next(size)
  }

  async secure(): Promise<void> {
    throw new Error('expected no TLS over UDP')
  }

  end(): void {}

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#socket.close(resolve))
  }
}
