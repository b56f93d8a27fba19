// What the scenarios of POP3 are made of: lines that are said one after the other, by one client or two, and calls of our
// client.

import { once } from 'node:events'
import tls from 'node:tls'
import { connectPop3, type Pop3Client, type Pop3ClientOptions, Pop3ReplyError } from '../../clients/pop3.ts'
import { connectTcp, TcpClient } from '../../clients/tcp.ts'
import { NetworkError } from '../../net/errors.ts'
import { isMultiline, parseCommand } from '../../wire/pop3/command.ts'
import { type Pop3Output, Pop3ResponseDecoder, type Pop3Status } from '../../wire/pop3/response.ts'
import { dedent, type Scenario } from './scenario.ts'

export const maildrop = 'pop.example.org'
export const login = 'USER ada\nPASS lovelace'

export interface Step {
  /** Lines that are written at once; those that answer a greeting are made from it. */
  readonly lines?: string | ((timestamp: string) => string)
  /** Octets that are written as they are, in latin1, and how many responses they have. */
  readonly octets?: string
  /** Default: one a line. */
  readonly responses?: number
  /** Goes away without QUIT. */
  readonly cut?: boolean
  /** Who does it. The first step of a client connects it. Default: nobody in particular. */
  readonly client?: string
}

class Speaker {
  #client: TcpClient
  #decoder = new Pop3ResponseDecoder()

  constructor(client: TcpClient) {
    this.#client = client
  }

  async write(octets: Buffer): Promise<void> {
    await this.#client.write(octets)
  }

  /** Undefined where the server has ended. */
  async read(): Promise<Pop3Output | undefined> {
    for (;;) {
      const output = this.#decoder.next()
      if (output !== undefined) return output
      const chunk = await this.#client.read()
      if (chunk === undefined) return undefined
      this.#decoder.push(chunk)
    }
  }

  /** What follows a status, in lines. */
  async lines(): Promise<string[]> {
    this.#decoder.readContent()
    const pieces: Buffer[] = []
    for (;;) {
      const piece = await this.read()
      if (piece?.kind !== 'content') return ['the end in the middle']
      pieces.push(piece.octets)
      if (piece.last) break
    }
    const text = Buffer.concat(pieces).toString()
    return text === '' ? [] : text.replace(/\r\n$/, '').split('\r\n')
  }

  async startTls(): Promise<void> {
    const { socket } = this.#client
    for (const event of ['data', 'end', 'error', 'close']) socket.removeAllListeners(event)
    const secured = tls.connect({ socket, servername: maildrop })
    await once(secured, 'secureConnect')
    this.#client = new TcpClient(secured, maildrop)
    this.#decoder = new Pop3ResponseDecoder()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }
}

/** Status and response code, and of the words those that are no words. */
function shownStatus({ ok, code, text }: Pop3Status, verb: string, args: string): string {
  const status = `${ok ? '+OK' : '-ERR'}${code === undefined ? '' : ` [${code}]`}`
  const isListing = (verb === 'LIST' || verb === 'UIDL') && !isMultiline({ verb, args })
  if (!ok || (verb !== 'STAT' && !isListing)) return status
  return `${status} ${verb === 'UIDL' ? text.replace(/ \S+/, ' …') : text}`
}

/** A line without its control characters, its digest and what is too long to be read. */
function shown(line: string, length: number): string {
  const text = line
    .replace(/[\x00-\x1f\x7f]/g, control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/[\da-f]{32}/, '…')
    .replace(/ $/, '\\x20')
  return text.length > length ? `${text.slice(0, length)}… (${text.length})` : text
}

/** Says lines; a yes to STLS is followed by TLS, one to QUIT by the end. */
export function says(title: string, steps: readonly (string | Step)[], result: string): Scenario {
  const work = async () => {
    await using stack = new AsyncDisposableStack()
    const speakers = new Map<string, { speaker: Speaker; timestamp: string }>()
    /** Clients that the server has said goodbye to. */
    const over = new Set<string>()
    const told: string[] = []
    const hear = async (speaker: Speaker, who: string, line = ''): Promise<Pop3Output | undefined> => {
      const output = await speaker.read()
      const { verb, args } = parseCommand(line)
      if (output === undefined) told.push(`${who}S: the end`)
      else if (output.kind !== 'status') told.push(`${who}S: +`)
      else {
        told.push(`${who}S: ${shownStatus(output, verb, args)}`)
        if (output.ok && verb === 'STLS') await speaker.startTls()
        if (output.ok && isMultiline({ verb, args }))
          for (const each of await speaker.lines()) {
            const text = verb === 'UIDL' ? each.replace(/ \S+/, ' …') : each
            told.push(text === '' ? '' : `${who}   ${shown(text, 80)}`)
          }
        if (output.ok && verb === 'QUIT') return await hear(speaker, who)
      }
      return output
    }
    const speakerOf = async (client: string, who: string) => {
      const known = speakers.get(client)
      if (known !== undefined) return known
      const speaker = stack.use(new Speaker(await connectTcp({ host: maildrop, port: 110 })))
      const banner = await hear(speaker, who)
      const timestamp = banner?.kind === 'status' ? (/<\S+>/.exec(banner.text)?.[0] ?? '') : ''
      const opened = { speaker, timestamp }
      speakers.set(client, opened)
      return opened
    }
    try {
      for (const step of steps) {
        const { client = '', lines, octets, cut, responses } = typeof step === 'string' ? { lines: step } : step
        if (over.has(client)) continue
        const who = client === '' ? '' : `${client} `
        const { speaker, timestamp } = await speakerOf(client, who)
        if (cut) {
          await speaker[Symbol.asyncDispose]()
          speakers.delete(client)
          told.push(`${who}C: (goes away)`)
          continue
        }
        const said = typeof lines === 'function' ? lines(timestamp) : lines
        await speaker.write(
          said === undefined ? Buffer.from(octets!, 'latin1') : Buffer.from(`${said.replaceAll('\n', '\r\n')}\r\n`),
        )
        const list = (said ?? octets!).split('\n')
        for (let at = 0; at < (responses ?? list.length); at++) {
          const line = list[at]?.replace(/\r$/, '')
          if (line !== undefined) told.push(`${who}C: ${shown(line, 60)}`)
          if ((await hear(speaker, who, line)) !== undefined) continue
          over.add(client)
          break
        }
      }
      return told.join('\n')
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      return [...told, `NetworkError ${error.code}`].join('\n')
    }
  }
  return { title, work, result: dedent(result) }
}

/** Calls our client and gives what it gets in words, typed errors included. */
export function calls(
  title: string,
  options: Omit<Pop3ClientOptions, 'host'>,
  call: (client: Pop3Client) => AsyncIterable<string>,
  result: string,
): Scenario {
  const work = async () => {
    const told: string[] = []
    try {
      await using client = await connectPop3({ host: maildrop, tls: 'none', ...options })
      for await (const line of call(client)) told.push(line)
    } catch (error) {
      if (error instanceof Pop3ReplyError) told.push(`Pop3ReplyError ${error.command} ${error.reply.code ?? ''}`.trim())
      else if (error instanceof NetworkError) told.push(`NetworkError ${error.code}`)
      else throw error
    }
    return told.join('\n')
  }
  return { title, work, result: dedent(result) }
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64')
/** Name and password as AUTH PLAIN has them. */
export const plainLogin = (user: string, password: string, asWhom = ''): string =>
  base64(`${asWhom}\0${user}\0${password}`)
