// Fetches mail by POP3 (RFC 1939), on Node's sockets and our own wire.

import { createHash } from 'node:crypto'
import type net from 'node:net'
import { NetworkError, networkError, UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { Mail } from '../wire/mime/mail.ts'
import { encodeCommand, isMultiline } from '../wire/pop3/command.ts'
import { encodeStatus, type Pop3Output, Pop3ResponseDecoder, type Pop3Status } from '../wire/pop3/response.ts'
import { openSocket, type SecureOptions, secureSocket } from './open-socket.ts'

interface Pop3Login {
  user: string
  password: string
  /** Default: PLAIN under TLS where the server lists it, APOP in the clear where it can be had, else USER. */
  mechanism?: 'USER' | 'APOP' | 'PLAIN'
}

export interface Pop3ClientOptions {
  host: string
  /** Default: 110, or 995 where TLS is implicit. */
  port?: number
  /** TLS from the first octet on, by STLS or not at all, by STLS where it is offered, never. Default: `implicit` on 995, else `offered`. */
  tls?: 'implicit' | 'required' | 'offered' | 'none'
  auth?: Pop3Login
  /** Told each line as it is said, `C: ` or `S: ` before it; passwords and mails are left out. */
  dialogue?: (line: string) => void
  /** Authorities to trust, in PEM. Default: Node's. */
  ca?: string
  /** The client's own certificate and key, in PEM. */
  certificate?: { cert: string; key: string }
  /** How long connecting, and each response, may take. Default: 60000. */
  timeoutMs?: number
  /** Octets of one response. Default: 256 MiB. */
  maxBytes?: number
}

/** A mail that was fetched, or the top of one. */
export class FetchedMail extends Mail {
  /** Octets as they came, dots unstuffed. */
  readonly raw: Buffer

  constructor(raw: Buffer) {
    super(raw)
    this.raw = raw
  }
}

/** The server said no. */
export class Pop3ReplyError extends Error {
  override readonly name = 'Pop3ReplyError'
  readonly reply: Pop3Status
  /** What was refused, without its arguments; empty for the greeting. */
  readonly command: string

  constructor(reply: Pop3Status, command: string) {
    const what = command === '' ? 'the connection' : command
    super(`pop3 client: ${what} was answered ${JSON.stringify(textOf(reply))}`)
    this.reply = reply
    this.command = command
  }
}

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()
const textOf = (status: Pop3Status) => utf8(encodeStatus(status).trimEnd())

/**
 * Connects, secures and logs in.
 *
 * @throws {UsageError} where the port cannot be one.
 * @throws {NetworkError} where the server cannot be reached, or not securely.
 * @throws {Pop3ReplyError} where it says no.
 * @throws {ProtocolError} where it speaks no POP3.
 *
 * @example
 * await using client = await connectPop3({ host: 'pop.example.net', auth: { user: 'ada', password: 'lovelace' } })
 * const { messages } = await client.stat()
 */
export async function connectPop3(options: Pop3ClientOptions): Promise<Pop3Client> {
  const { host, timeoutMs = 60_000, auth } = options
  const mode = options.tls ?? (options.port === 995 ? 'implicit' : 'offered')
  const port = options.port ?? (mode === 'implicit' ? 995 : 110)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UsageError(`pop3 client: expected a port from 1 to 65535, got ${port}`)
  }
  if (/[\r\n]/.test(`${auth?.user}${auth?.password}`)) {
    throw new UsageError('pop3 client: expected a user and a password without line ends')
  }
  const secure: SecureOptions = { ...(options.ca === undefined ? {} : { ca: options.ca }), ...options.certificate }
  const opening = { host, port, secure: mode === 'implicit' ? secure : undefined, timeoutMs }
  const client = new Pop3Client(await openSocket('pop3 client', opening), options)
  try {
    await client.greet()
    if (mode === 'required' || mode === 'offered')
      await client.startTls(mode === 'required', { host, secure, timeoutMs })
    if (auth !== undefined) await client.logIn(auth)
  } catch (error) {
    client.destroy()
    throw error
  }
  return client
}

export class Pop3Client implements AsyncDisposable {
  /** Of the greeting, with < and >; undefined where there is none, and no APOP. */
  timestamp: string | undefined
  /** What CAPA listed last; undefined where the server knows no CAPA. */
  capabilities: readonly string[] | undefined
  secure: boolean
  #socket: net.Socket
  #decoder = new Pop3ResponseDecoder()
  #failure: unknown
  #wake = () => {}
  /** What was said last, whose response the next command waits for. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #maxBytes: number
  readonly #timeoutMs: number
  readonly #dialogue: (line: string) => void

  /** By {@link connectPop3}. */
  constructor(socket: net.Socket, { dialogue, timeoutMs = 60_000, maxBytes = 2 ** 28 }: Pop3ClientOptions) {
    this.secure = 'encrypted' in socket
    this.#socket = socket
    this.#dialogue = dialogue ?? (() => {})
    this.#timeoutMs = timeoutMs
    this.#maxBytes = maxBytes
    this.#listen()
  }

  /** Messages that are not marked as deleted, and their octets. */
  async stat(): Promise<{ messages: number; octets: number }> {
    const { said } = await this.#command('STAT')
    const [messages, octets] = numbers(/^(\d+) (\d+)/.exec(said.text), 'two numbers', said.text)
    return { messages: messages!, octets: octets! }
  }

  /** Number and octets of each message, or of one. */
  async list(message?: number): Promise<{ number: number; octets: number }[]> {
    return (await this.#listing('LIST', message)).map(line => {
      const [number, octets] = numbers(/^(\d+) (\d+)/.exec(line), 'two numbers', line)
      return { number: number!, octets: octets! }
    })
  }

  /** Number and unique id of each message, or of one. An id stays the same in every session. */
  async uidl(message?: number): Promise<{ number: number; id: string }[]> {
    return (await this.#listing('UIDL', message)).map(line => {
      const found = /^(\d+) ([\x21-\x7e]+)/.exec(line)
      const [number] = numbers(found, 'a number and an id', line)
      return { number: number!, id: found![2]! }
    })
  }

  async retrieve(message: number): Promise<FetchedMail> {
    return new FetchedMail((await this.#command('RETR', String(message))).content)
  }

  /** The header and the first lines of the body. */
  async top(message: number, lines = 0): Promise<FetchedMail> {
    return new FetchedMail((await this.#command('TOP', `${message} ${lines}`)).content)
  }

  /** Marks a message as deleted; it is gone once {@link quit} was answered. */
  async delete(message: number): Promise<void> {
    await this.#command('DELE', String(message))
  }

  /** Takes all marks back. */
  async reset(): Promise<void> {
    await this.#command('RSET')
  }

  async noop(): Promise<void> {
    await this.#command('NOOP')
  }

  /** Says QUIT, by which what is marked is deleted, and closes. */
  async quit(): Promise<void> {
    try {
      await this.#command('QUIT')
    } finally {
      this.destroy()
    }
  }

  /** Closes without QUIT: nothing is deleted. */
  destroy(): void {
    this.#fail(new NetworkError('CLOSED', 'pop3 client: the connection is closed'))
    this.#socket.destroy()
  }

  /** As {@link destroy} does: a scope that ends by an error deletes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy()
  }

  /** For {@link connectPop3}: hears the greeting. */
  async greet(): Promise<void> {
    const { said } = await this.#response('', false)
    this.timestamp = /<[^<>\s]+@[^<>\s]+>/.exec(said.text)?.[0]
  }

  /** For {@link connectPop3}. */
  async startTls(
    isRequired: boolean,
    options: { host: string; secure: SecureOptions; timeoutMs: number },
  ): Promise<void> {
    await this.#learn()
    if (!isRequired && !this.capabilities?.includes('STLS')) return
    await this.#command('STLS')
    this.#socket.removeAllListeners()
    this.#socket.setTimeout(0)
    // What came before the handshake was said by nobody that is known.
    this.#decoder = new Pop3ResponseDecoder()
    this.#socket = await secureSocket('pop3 client', this.#socket, options)
    this.secure = true
    this.capabilities = undefined
    this.#listen()
  }

  /** For {@link connectPop3}. */
  async logIn({ user, password, mechanism }: Pop3Login): Promise<void> {
    switch (mechanism ?? (await this.#chosen())) {
      case 'APOP': {
        if (this.timestamp === undefined) throw new UsageError('pop3 client: the server offers no APOP')
        const digest = createHash('md5').update(this.timestamp).update(password).digest('hex')
        await this.#command('APOP', `${latin1(user)} ${digest}`, `${user} …`)
        return
      }
      case 'PLAIN':
        await this.#command('AUTH', `PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`, 'PLAIN …')
        return
      case 'USER':
        await this.#command('USER', latin1(user))
        await this.#command('PASS', latin1(password), '…')
    }
  }

  async #chosen(): Promise<'USER' | 'APOP' | 'PLAIN'> {
    if (!this.secure) return this.timestamp === undefined ? 'USER' : 'APOP'
    await this.#learn()
    return this.capabilities?.some(each => /^SASL(?: .*)? PLAIN(?: |$)/i.test(each)) ? 'PLAIN' : 'USER'
  }

  async #learn(): Promise<void> {
    try {
      this.capabilities = linesOf((await this.#command('CAPA')).content)
    } catch (error) {
      if (!(error instanceof Pop3ReplyError)) throw error
    }
  }

  async #listing(verb: string, message: number | undefined): Promise<string[]> {
    if (message !== undefined) return [(await this.#command(verb, String(message))).said.text]
    return linesOf((await this.#command(verb)).content)
  }

  /** One command after another; `shown` is what the dialogue has for the arguments. */
  #command(verb: string, args = '', shown = utf8(args)): Promise<{ said: Pop3Status; content: Buffer }> {
    const answered = this.#last.then(() => {
      if (this.#failure !== undefined) throw this.#failure
      this.#dialogue(`C: ${shown === '' ? verb : `${verb} ${shown}`}`)
      this.#socket.write(encodeCommand({ verb, args }))
      return this.#response(verb, isMultiline({ verb, args }))
    })
    this.#last = answered.catch(() => {})
    return answered
  }

  async #response(command: string, isLong: boolean): Promise<{ said: Pop3Status; content: Buffer }> {
    this.#socket.setTimeout(this.#timeoutMs)
    const said = await this.#next()
    if (said.kind !== 'status') throw this.#spoilt(new ProtocolError('pop3', 'expected a status, got a challenge'))
    this.#dialogue(`S: ${textOf(said)}`)
    if (!said.ok) throw new Pop3ReplyError(said, command)
    const content = isLong ? await this.#content() : Buffer.alloc(0)
    if (isLong && command !== 'RETR' && command !== 'TOP')
      for (const line of linesOf(content)) this.#dialogue(`S: ${line}`)
    if (!this.#socket.destroyed) this.#socket.setTimeout(0)
    return { said, content }
  }

  async #content(): Promise<Buffer> {
    this.#decoder.readContent()
    const pieces: Buffer[] = []
    let octets = 0
    for (;;) {
      const piece = (await this.#next()) as Extract<Pop3Output, { kind: 'content' }>
      octets += piece.octets.length
      if (octets > this.#maxBytes) {
        throw this.#spoilt(new ProtocolError('pop3', `expected at most ${this.#maxBytes} octets, got more`))
      }
      pieces.push(piece.octets)
      if (piece.last) return Buffer.concat(pieces)
    }
  }

  async #next(): Promise<Pop3Output> {
    for (;;) {
      try {
        const output = this.#decoder.next()
        if (output !== undefined) return output
      } catch (error) {
        throw this.#spoilt(error)
      }
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  /** After it nobody knows what the server means. */
  #spoilt(error: unknown): unknown {
    this.#fail(error)
    this.#socket.destroy()
    return error
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#wake()
  }

  #listen(): void {
    const layers = 'pop3 client: tcp connection'
    const cut = () => this.#fail(new NetworkError('CONNECTION_CUT', `${layers}: the server closed the connection`))
    this.#socket
      .on('data', (chunk: Buffer) => {
        this.#decoder.push(chunk)
        this.#wake()
      })
      .on('end', cut)
      .on('close', cut)
      .on('error', error => this.#fail(networkError(layers, error)))
      .on('timeout', () => {
        const seconds = `${this.#timeoutMs / 1000} s`
        this.#spoilt(new NetworkError('TIMED_OUT', `${layers}: no response within ${seconds}`))
      })
  }
}

function numbers(found: RegExpExecArray | null, expected: string, got: string): number[] {
  if (found === null) throw new ProtocolError('pop3', `expected ${expected}, got ${JSON.stringify(got.slice(0, 40))}`)
  return found.slice(1).map(Number)
}

/** As UTF-8, whose octets go over the line. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1')

function linesOf(content: Buffer): string[] {
  const text = content.toString('latin1').replace(/\r?\n$/, '')
  return text === '' ? [] : text.split(/\r?\n/)
}
