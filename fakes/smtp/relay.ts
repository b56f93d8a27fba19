// Hands a mail to another host of the network over TCP, as an SMTP client (RFC 5321 §3.3), TLS where it is offered.

import type net from 'node:net'
import tls from 'node:tls'
import type { Host } from '../../net/host.ts'
import type { Network } from '../../net/network.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { encodeData } from '../../wire/smtp/data.ts'
import { encodeXtext } from '../../wire/smtp/path.ts'
import { describeReply, reply, type SmtpReply, SmtpReplyDecoder } from '../../wire/smtp/reply.ts'
import type { Envelope, EnvelopeRecipient } from './message.ts'
import type { QueuedMail } from './queue.ts'

interface RelayOptions {
  network: Network
  /** The host that sends. */
  from: Host
  /** What it calls itself. */
  name: string
  to: { name: string; address: string }
  mail: QueuedMail
}

interface Refused {
  address: string
  reply: SmtpReply
}

export type RelayOutcome =
  /** `status` as RFC 3463 has it; `reply` where the host said why it talks to nobody. */
  | { outcome: 'unreachable'; status: string; reason: string; reply?: SmtpReply }
  | {
      outcome: 'talked'
      accepted: string[]
      deferred: Refused[]
      refused: Refused[]
      /** Whether the host takes over the duty of reporting (RFC 3461 §5.2.1). */
      reports: boolean
      /** To the mail as a whole. */
      reply?: SmtpReply
    }

/** RFC 5321 §4.5.3.2 has five minutes for most replies. */
const replyTimeoutMs = 5 * 60_000

/** The server said no, to the mail as a whole. */
class Turned extends Error {
  readonly reply: SmtpReply
  constructor(reply: SmtpReply) {
    super(describeReply(reply))
    this.reply = reply
  }
}

/** It says no to whoever comes. */
class Unwelcome extends Turned {}

export async function relay(options: RelayOptions): Promise<RelayOutcome> {
  const { network, to, mail } = options
  const at = `${to.name}[${to.address}]:25`
  let socket: net.Socket
  try {
    socket = await network.dial(options.from, { address: to.address, port: 25 })
  } catch (error) {
    return { outcome: 'unreachable', status: '4.4.1', reason: `${at}: ${(error as Error).message}` }
  }
  // The dialogue below sees every failure by itself; this keeps one that comes between two of its turns from being fatal.
  socket.on('error', () => {})
  const dialogue = new Dialogue(network, socket)
  try {
    return await talk(dialogue, options)
  } catch (error) {
    if (error instanceof Unwelcome) {
      // Another host may talk, or this one later: what is wrong is not the mail.
      const status = error.reply.enhanced?.replace(/^5/, '4') ?? '4.0.0'
      return { outcome: 'unreachable', status, reason: `${at}: ${error.message}`, reply: error.reply }
    }
    if (error instanceof Turned) {
      const all = mail.to.map(address => ({ address, reply: error.reply }))
      const talked = { outcome: 'talked' as const, accepted: [], reports: false, reply: error.reply }
      return error.reply.code < 500
        ? { ...talked, deferred: all, refused: [] }
        : { ...talked, deferred: [], refused: all }
    }
    const known = error instanceof ProtocolError || (error as { code?: unknown }).code !== undefined
    if (!known) throw error
    return { outcome: 'unreachable', status: '4.4.2', reason: `${at}: ${(error as Error).message}` }
  } finally {
    dialogue.close()
  }
}

async function talk(dialogue: Dialogue, { network, name, to, mail }: RelayOptions): Promise<RelayOutcome> {
  const banner = await dialogue.hear()
  if (banner.code >= 300) throw new Unwelcome(banner)
  let extensions = await greet(dialogue, name)
  if (extensions.has('STARTTLS') && (await dialogue.ask('STARTTLS')).code === 220) {
    await dialogue.secure(to.name, network.authority.pem)
    extensions = await greet(dialogue, name)
  }
  const { envelope } = mail.message
  const content = mail.message.relayed
  const reports = extensions.has('DSN')
  checkFits(extensions, envelope, content, to.name)
  const parameters = [
    extensions.has('SIZE') ? ` SIZE=${content.length}` : '',
    envelope.body !== undefined && extensions.has('8BITMIME')
      ? ` BODY=${envelope.body.replace('BINARYMIME', '8BITMIME')}`
      : '',
    envelope.smtpUtf8 && extensions.has('SMTPUTF8') ? ' SMTPUTF8' : '',
    envelope.ret !== undefined && reports ? ` RET=${envelope.ret}` : '',
    envelope.envid !== undefined && reports ? ` ENVID=${encodeXtext(envelope.envid)}` : '',
  ]
  expect2(await dialogue.ask(`MAIL FROM:<${envelope.from}>${parameters.join('')}`))
  const accepted: string[] = []
  const deferred: Refused[] = []
  const refused: Refused[] = []
  const wanted = new Set(mail.to)
  for (const recipient of envelope.to) {
    const { address } = recipient
    // One who was named twice gets it once.
    if (!wanted.delete(address)) continue
    const reply = await dialogue.ask(`RCPT TO:<${address}>${reports ? dsnParameters(recipient) : ''}`)
    if (reply.code < 300) accepted.push(address)
    else if (reply.code < 500) deferred.push({ address, reply })
    else refused.push({ address, reply })
  }
  if (accepted.length === 0) return { outcome: 'talked', accepted, deferred, refused, reports }
  const go = await dialogue.ask('DATA')
  if (go.code !== 354) throw new Turned(go)
  const end = await dialogue.ask(encodeData(content))
  if (end.code < 300) {
    dialogue.say('QUIT')
    return { outcome: 'talked', accepted, deferred, refused, reports, reply: end }
  }
  for (const address of accepted) (end.code < 500 ? deferred : refused).push({ address, reply: end })
  return { outcome: 'talked', accepted: [], deferred, refused, reports, reply: end }
}

/** What the host offers, by keyword, with what stands behind it. */
async function greet(dialogue: Dialogue, name: string): Promise<Map<string, string>> {
  const hello = await dialogue.ask(`EHLO ${name}`)
  if (hello.code < 300) {
    return new Map(
      hello.lines.slice(1).map(line => {
        const [keyword = '', argument = ''] = line.split(/[ \t]+(.*)/s)
        return [keyword.toUpperCase(), argument]
      }),
    )
  }
  expect2(await dialogue.ask(`HELO ${name}`))
  return new Map()
}

/** What the host would refuse anyway is not sent (RFC 1870 §6.1), and what it would misread must not be (RFC 6531 §3.2). */
function checkFits(extensions: Map<string, string>, envelope: Envelope, content: Buffer, host: string): void {
  const most = Number(extensions.get('SIZE') ?? 0)
  if (most > 0 && content.length > most) {
    throw new Turned(reply(552, '5.3.4', `${content.length} octets are more than the ${most} that ${host} takes`))
  }
  if (envelope.smtpUtf8 && !extensions.has('SMTPUTF8') && isBeyondAscii(envelope, content)) {
    throw new Turned(reply(550, '5.6.7', `SMTPUTF8 is needed, and ${host} does not offer it`))
  }
}

function isBeyondAscii({ from, to }: Envelope, content: Buffer): boolean {
  const end = content.indexOf('\r\n\r\n')
  const header = content.toString('latin1', 0, end < 0 ? content.length : end)
  return [header, from, ...to.map(({ address }) => address)].some(text => /[^\x00-\x7f]/.test(text))
}

/** As Postfix has it, ORCPT is said also where the client said none. */
function dsnParameters({ address, notify, orcpt }: EnvelopeRecipient): string {
  // Of an address beyond ASCII it would have an encoding of its own (RFC 6533 §3).
  const [type, original] = orcpt?.split(/;(.*)/s) ?? ['rfc822', /[^\x00-\x7f]/.test(address) ? undefined : address]
  const parameter = original === undefined ? '' : ` ORCPT=${type};${encodeXtext(original)}`
  return `${notify === undefined ? '' : ` NOTIFY=${notify}`}${parameter}`
}

function expect2(reply: SmtpReply): void {
  if (reply.code >= 300) throw new Turned(reply)
}

/** Commands and replies in turn over a socket. */
class Dialogue {
  readonly #network: Network
  #socket: net.Socket
  #decoder = new SmtpReplyDecoder()
  #wake: () => void = () => {}
  #failure: Error | undefined

  constructor(network: Network, socket: net.Socket) {
    this.#network = network
    this.#socket = socket
    this.#listen()
  }

  say(line: string | Buffer): void {
    this.#socket.write(typeof line === 'string' ? Buffer.from(`${line}\r\n`) : line)
  }

  ask(line: string | Buffer): Promise<SmtpReply> {
    this.say(line)
    return this.hear()
  }

  async hear(): Promise<SmtpReply> {
    using _timer = this.#network.clock.after(replyTimeoutMs, () => {
      this.#fail(Object.assign(new Error('no reply for five minutes'), { code: 'ETIMEDOUT' }))
    })
    for (;;) {
      const reply = this.#decoder.next()
      if (reply !== undefined) return reply
      if (this.#failure !== undefined) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Whoever the certificate is for is taken: mail servers among themselves check none (RFC 7435). */
  async secure(servername: string, ca: string): Promise<void> {
    this.#socket.removeAllListeners('data')
    const secure = tls.connect({ socket: this.#socket, servername, ca, rejectUnauthorized: false })
    this.#socket = secure
    this.#decoder = new SmtpReplyDecoder()
    this.#listen()
    await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
  }

  close(): void {
    this.#socket.end()
    // What the other host says to QUIT is of no interest, but it shall be able to say it.
    this.#socket.resume()
  }

  #listen(): void {
    this.#socket.on('data', chunk => {
      this.#decoder.push(chunk as Buffer)
      this.#wake()
    })
    this.#socket.on('error', error => this.#fail(error))
    this.#socket.on('close', () => {
      this.#fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
    })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }
}
