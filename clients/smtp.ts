// Sends mail by SMTP (RFC 5321), on nodemailer's connection and composer.

import net from 'node:net'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import { NetworkError, networkError, networkErrorCode, UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { describeReply, parseReply, type SmtpReply } from '../wire/smtp/reply.ts'
import { openSocket } from './open-socket.ts'

interface SmtpLogin {
  user: string
  password?: string
  /** For XOAUTH2, instead of a password. */
  token?: string
  /** For example `CRAM-MD5`. Default: the first that the server lists and both know; XOAUTH2 with a token. */
  mechanism?: string
}

export interface SmtpClientOptions {
  host: string
  /** Default: 25. */
  port?: number
  /** TLS from the first octet on, by STARTTLS or not at all, by STARTTLS where it is offered, never. Default: `implicit` on 465, else `offered`. */
  tls?: 'implicit' | 'required' | 'offered' | 'none'
  auth?: SmtpLogin
  /** What the client calls itself. Default: the machine's name, or its address. */
  name?: string
  /** Told each line as it is said, `C: ` or `S: ` before it; passwords and mails are left out. */
  dialogue?: (line: string) => void
  /** Authorities to trust, in PEM. Default: Node's. */
  ca?: string
  /** How long connecting, and each reply, may take. Default: 60000. */
  timeoutMs?: number
}

interface SmtpAttachment {
  /** Default: the last part of `path`. */
  name?: string
  /** For example `image/gif`. Default: by the name. */
  type?: string
  /** A file, or the octets themselves. */
  path?: string
  content?: Uint8Array | string
  /** Shown within the HTML text, which refers to it by `cid:`. */
  contentId?: string
}

export interface OutgoingMail {
  from: string
  to: string | readonly string[]
  cc?: string | readonly string[]
  bcc?: string | readonly string[]
  subject?: string
  text?: string
  html?: string
  attachments?: readonly SmtpAttachment[]
  headers?: Readonly<Record<string, string>>
  /** What is to be reported, where the server offers DSN (RFC 3461). */
  dsn?: { notify?: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[]; ret?: 'FULL' | 'HDRS'; envid?: string }
}

export interface SentMail {
  accepted: string[]
  rejected: { address: string; reply: SmtpReply }[]
  /** To the mail itself. */
  reply: SmtpReply
}

/** The server said no. */
export class SmtpReplyError extends Error {
  override readonly name = 'SmtpReplyError'
  readonly reply: SmtpReply
  /** What was refused, without its arguments; `CONN` for the banner. */
  readonly command: string
  /** Where recipients were refused, each with its reply. */
  readonly rejected: { address: string; reply: SmtpReply }[]

  constructor(reply: SmtpReply, command: string, rejected: { address: string; reply: SmtpReply }[] = []) {
    super(`smtp client: ${command} was answered ${JSON.stringify(describeReply(reply).replaceAll('\n', ' '))}`)
    this.reply = reply
    this.command = command
    this.rejected = rejected
  }
}

/** What nodemailer's errors have beside their message. */
interface ConnectionError extends Error {
  code?: string | undefined
  originalCode?: string | undefined
  errno?: number | undefined
  response?: string | undefined
  command?: string | undefined
  recipient?: string | undefined
  rejectedErrors?: ConnectionError[] | undefined
}

/** What a connection of nodemailer's keeps to itself, as far as it is read here. */
interface Innards {
  _socket?: net.Socket
  _ehloLines?: string[]
  /** Replies that have come and that it has not looked at. */
  _responseQueue: readonly string[]
  /** One for each reply that it waits for. */
  _responseActions: readonly unknown[]
  _envelope?: { pipelined?: boolean; to: readonly string[]; rejectedErrors?: readonly ConnectionError[] }
  lastServerResponse: string | false
}

/**
 * Connects, greets, secures and logs in.
 *
 * @throws {UsageError} where the port cannot be one, or the login lacks a password, a token or a known mechanism.
 * @throws {NetworkError} where the server cannot be reached, or not securely.
 * @throws {SmtpReplyError} where it says no.
 * @throws {ProtocolError} where what it says is no reply.
 *
 * @example
 * await using client = await connectSmtp({ host: 'mx.example.net' })
 * await client.send({ from: 'ann@example.org', to: 'bob@example.net', text: 'hello' })
 */
export async function connectSmtp(options: SmtpClientOptions): Promise<SmtpClient> {
  const { host, port = 25, timeoutMs = 60_000 } = options
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UsageError(`smtp client: expected a port from 1 to 65535, got ${port}`)
  }
  const mode = options.tls ?? (port === 465 ? 'implicit' : 'offered')
  const trust = options.ca === undefined ? {} : { ca: options.ca }
  const connection = new SMTPConnection({
    connection: await openSocket('smtp client', {
      host,
      port,
      secure: mode === 'implicit' ? trust : undefined,
      timeoutMs,
    }),
    host,
    port,
    secure: mode === 'implicit',
    secured: mode === 'implicit',
    requireTLS: mode === 'required',
    ignoreTLS: mode === 'none',
    tls: { ...trust, ...(net.isIP(host) === 0 ? { servername: host } : {}) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.dialogue === undefined ? {} : { logger: dialogueLogger(options.dialogue), transactionLog: true }),
  })
  const client = new SmtpClient(connection)
  try {
    await client.run(done => connection.connect(error => done(error)), 'CONN')
    const { auth } = options
    if (auth !== undefined) {
      const credentials = { user: auth.user, pass: auth.token ?? auth.password ?? '' }
      const oauth =
        auth.token === undefined ? {} : { oauth2: new XOAuth2({ user: auth.user, accessToken: auth.token }) }
      const method = auth.mechanism ?? (auth.token === undefined ? undefined : 'XOAUTH2')
      const login = { ...credentials, credentials, ...oauth, ...(method === undefined ? {} : { method }) }
      await client.run(done => connection.login(login, error => done(error)), 'AUTH')
    }
  } catch (error) {
    connection.close()
    throw error
  }
  return client
}

export class SmtpClient implements AsyncDisposable {
  readonly #connection: SMTPConnection
  readonly #ended: Promise<void>
  #failure: Error | undefined

  /** By {@link connectSmtp}. */
  constructor(connection: SMTPConnection) {
    this.#connection = connection
    connection.on('error', (error: Error) => {
      this.#failure ??= error
    })
    this.#ended = new Promise(resolve => connection.once('end', () => resolve()))
  }

  /** What the server's EHLO listed, for example `SIZE 35882577`. */
  get capabilities(): readonly string[] {
    return this.#innards._ehloLines ?? []
  }

  get secure(): boolean {
    return this.#connection.secure
  }

  /**
   * Sends one mail. It is composed whole first, so that a file that is missing is an error before anything is said.
   *
   * @throws {UsageError} where nobody is to have it, or it is larger than the server's SIZE; nothing has been said then.
   * @throws {SmtpReplyError} where no recipient, or not the mail, was accepted, or the server has taken its leave by 421.
   * @throws {NetworkError} where the connection fails.
   */
  async send(mail: OutgoingMail): Promise<SentMail> {
    const composed = new MailComposer(composable(mail)).compile()
    const content = await composed.build()
    const { from, to } = composed.getEnvelope()
    if (to.length === 0)
      throw new UsageError('smtp client: expected a mail with a recipient, got none in to, cc and bcc')
    const maxBytes = this.#maxBytes
    if (content.length > maxBytes) {
      const got = `got one of ${content.length}; send less, or a link to it`
      throw new UsageError(`smtp client: expected a mail of at most ${maxBytes} octets, the server's SIZE, ${got}`)
    }
    const envelope = {
      from: from === false ? '' : from,
      to,
      size: content.length,
      ...(/[^\x00-\x7f]/.test(content.toString('latin1')) ? { use8BitMime: true } : {}),
      ...(mail.dsn === undefined ? {} : { dsn: { ...mail.dsn, notify: [...(mail.dsn.notify ?? [])] } }),
    }
    const info = await this.run<{
      accepted: string[]
      rejectedErrors?: ConnectionError[] | undefined
      response: string
    }>(done => this.#connection.send(envelope, content, done), 'MAIL')
    return {
      accepted: info.accepted,
      rejected: rejectedOf(info.rejectedErrors),
      reply: parseReply(info.response),
    }
  }

  /** Octets of a mail, as EHLO lists them (RFC 1870); 0 is no limit. */
  get #maxBytes(): number {
    const listed = this.capabilities.flatMap(line => /^SIZE (\d+)$/i.exec(line)?.[1] ?? [])
    return Number(listed[0] ?? 0) || Infinity
  }

  /** Says QUIT and closes. */
  async close(): Promise<void> {
    const connection = this.#connection
    const { _socket: socket } = this.#innards
    if (socket === undefined || socket.destroyed || this.#failure !== undefined) {
      connection.close()
      return
    }
    connection.quit()
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For {@link connectSmtp}: one step of nodemailer's, its errors typed. */
  async run<T = void>(
    step: (done: (error: Error | null | undefined, result?: T) => void) => void,
    command: string,
  ): Promise<T> {
    if (this.#failure !== undefined) throw this.#typed(this.#failure, command)
    return new Promise<T>((resolve, reject) => {
      const failed = (error: Error) => reject(this.#typed(error, command))
      this.#connection.once('error', failed)
      step((error, result) => {
        this.#connection.off('error', failed)
        if (error) reject(this.#typed(error, command))
        else resolve(result as T)
      })
    })
  }

  get #innards(): Innards {
    return this.#connection as unknown as Innards
  }

  #typed(error: ConnectionError, command: string): Error {
    const { code, response } = error
    const isCut = code === 'ECONNECTION' || code === 'ESOCKET'
    return (isCut ? this.#leave(response, command) : undefined) ?? typed(error, command)
  }

  /**
   * The 421 by which the server has taken its leave. nodemailer takes one reply a turn of the event loop, and forgets those
   * that wait when the connection ends, so that of a pipelined envelope it often sees the end and not the 421.
   */
  #leave(response: string | undefined, command: string): SmtpReplyError | undefined {
    const { _responseQueue: queue, _responseActions: awaited, _envelope: envelope, lastServerResponse } = this.#innards
    const seen = response ?? (lastServerResponse || '')
    if (is421(seen)) {
      const isOfRecipient = envelope?.rejectedErrors?.at(-1)?.response === seen
      return new SmtpReplyError(parseReply(seen), isOfRecipient ? 'RCPT' : command)
    }
    const at = queue.findIndex(is421)
    if (at < 0) return undefined
    const said = envelope?.pipelined ? ['MAIL', ...envelope.to.map(() => 'RCPT'), 'DATA'] : []
    return new SmtpReplyError(parseReply(queue[at]!), said[said.length - awaited.length + at] ?? command)
  }
}

const is421 = (reply: string) => /^421[ -]/.test(reply)

function typed(error: ConnectionError, command: string): Error {
  const rejected = rejectedOf(error.rejectedErrors)
  if (error.response !== undefined && /^\d{3}/.test(error.response)) {
    return new SmtpReplyError(parseReply(error.response.trim()), wordOf(error.command) ?? command, rejected)
  }
  const { code, originalCode = code, errno, message } = error
  // What nodemailer finds in its arguments, before anything is said.
  if (error.command === 'API' && (code === 'EAUTH' || code === 'EENVELOPE')) {
    const given = code === 'EAUTH' ? 'a password or token, and a mechanism for it' : 'addresses that can be said'
    return new UsageError(`smtp client: expected ${given}, got ${lowerCased(message)}`, { cause: error })
  }
  const original = Object.assign(new Error(message), { code: originalCode, errno })
  const secure = code === 'ETLS' || networkErrorCode(original)?.startsWith('TLS_')
  const layers = secure ? 'smtp client: tls' : 'smtp client: tcp connection'
  const known = networkError(layers, original)
  if (known instanceof NetworkError) return known
  if (secure) return new NetworkError('TLS_FAILED', `${layers}: ${message}`, { cause: error })
  if (code === 'ECONNECTION' || code === 'ESOCKET') {
    return new NetworkError('CONNECTION_CUT', `${layers}: ${message}`, { cause: error })
  }
  if (code === 'EPROTOCOL') return new ProtocolError('smtp client', message, { cause: error })
  return error
}

function rejectedOf(errors: readonly ConnectionError[] = []): { address: string; reply: SmtpReply }[] {
  return errors.map(({ recipient = '', response = '' }) => ({ address: recipient, reply: parseReply(response.trim()) }))
}

const lowerCased = (message: string) => message.slice(0, 1).toLowerCase() + message.slice(1)

const wordOf = (command: string | undefined) => command?.split(/[ :]/, 1)[0]

function composable({ attachments = [], to, cc, bcc, headers, dsn: _dsn, ...mail }: OutgoingMail) {
  return {
    ...mail,
    to: [to].flat(),
    cc: [cc ?? []].flat(),
    bcc: [bcc ?? []].flat(),
    headers: { ...headers },
    attachments: attachments.map(({ name, type, path, content, contentId }) => ({
      ...(name === undefined ? {} : { filename: name }),
      ...(type === undefined ? {} : { contentType: type }),
      ...(path === undefined ? {} : { path }),
      ...(content === undefined ? {} : { content: typeof content === 'string' ? content : Buffer.from(content) }),
      ...(contentId === undefined ? {} : { cid: contentId }),
    })),
  }
}

function dialogueLogger(say: (line: string) => void) {
  const nothing = () => {}
  return {
    level: nothing,
    trace: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    fatal: nothing,
    debug({ tnx }: { tnx?: string }, text: string) {
      if (tnx !== 'client' && tnx !== 'server') return
      for (const line of text.split(/\r?\n/)) say(`${tnx === 'client' ? 'C' : 'S'}: ${line}`)
    },
  }
}
