// What the scenarios of IMAP are made of: commands that are said one after the other, by one client or several, and calls
// of our client. What the RFC leaves to the server, such as the order of lists, does not count.

import { once } from 'node:events'
import tls from 'node:tls'
import { connectImap, type ImapClient, ImapReplyError } from '../../clients/imap.ts'
import { connectTcp, TcpClient } from '../../clients/tcp.ts'
import { NetworkError } from '../../net/errors.ts'
import { dedent, type Scenario } from './scenario.ts'

export const mailHost = 'imap.example.org'

export interface Step {
  /** A command without its tag; in latin1, a literal that is not waited for behind it. After a `+` a line without a tag. */
  readonly say?: string
  /** Commands that are said at once. */
  readonly together?: readonly string[]
  /** A line without a tag, if the server asks for more. */
  readonly more?: string
  /** Octets as they are, in latin1, without a tag. */
  readonly octets?: string
  /** Waits for a line that has this, and not for an answer. */
  readonly hear?: string
  /** Goes away without LOGOUT. */
  readonly cut?: boolean
  /** That it is answered by OK, and what is said before that, goes without saying. */
  readonly brief?: boolean
  /** Who does it. The first step of a client connects it. Default: nobody in particular. */
  readonly client?: string
}

export const loginLine = 'LOGIN ada lovelace'
export const login: Step = { say: loginLine, brief: true }
export const select: readonly Step[] = [login, { say: 'SELECT INBOX', brief: true }]
export const logout: Step = { say: 'LOGOUT', brief: true }

/** One client: what it says and hears. */
class Speaker {
  /** The server wants to hear more of what was said last. */
  continues = false
  /** It has said goodbye. */
  isOver = false
  /** Commands that were not answered, by their tags. */
  readonly #unanswered = new Map<string, string>()
  #client: TcpClient
  #tags = 0

  constructor(client: TcpClient) {
    this.#client = client
  }

  /** Says commands, each with a tag. */
  async command(commands: readonly string[]): Promise<void> {
    const lines = commands.map(command => {
      const tag = `a${++this.#tags}`
      this.#unanswered.set(tag, command)
      return `${tag} ${command}\r\n`
    })
    await this.write(lines.join(''))
  }

  async write(octets: string): Promise<void> {
    this.continues = false
    await this.#client.write(Buffer.from(octets, 'latin1'))
  }

  /** Responses up to one that has the word; without one until all is answered or more is wanted. */
  async hear(word?: string): Promise<string[]> {
    const data: string[] = []
    /** By the order of the commands that they answer: those that are said together may be answered in any. */
    const answers = new Map<string, string[]>()
    for (const tag of this.#unanswered.keys()) answers.set(tag, [])
    const commands = [...this.#unanswered.values()]
    for (;;) {
      if (word === undefined && this.#unanswered.size === 0) break
      const response = await this.#read()
      this.isOver = response === undefined
      if (response === undefined) {
        data.push('S: the end')
        break
      }
      // Servers that do not count yet need not say from where.
      const isKnown = commands.some(each => each.includes('CONDSTORE')) || !response.startsWith('* OK [HIGHESTMODSEQ')
      const [, tag = '', ok] = /^(\S+) (?:(OK)|NO|BAD)\b/.exec(response) ?? []
      const command = this.#unanswered.get(tag)
      if (isKnown) (answers.get(tag) ?? data).push(...shown(response))
      if (command !== undefined) this.#unanswered.delete(tag)
      if (ok && command === 'STARTTLS') await this.#startTls()
      if (ok && /^LOGOUT\b/i.test(command ?? '')) this.isOver = (await this.#read()) === undefined
      if (command !== undefined || response.startsWith('+')) this.continues = response.startsWith('+')
      if (word === undefined ? this.continues : response.includes(word)) break
    }
    if (commands.length === 1 && unordered.test(commands[0]!)) data.sort()
    return [...data, ...[...answers.values()].flat()]
  }

  /** One response with its literals; undefined where the server has ended. */
  async #read(): Promise<string | undefined> {
    let text = ''
    for (;;) {
      const line = await this.#client.readUntil('\r\n', { maxBytes: 2 ** 20 })
      if (line === undefined) return undefined
      text += line.toString('latin1')
      const size = Number(/\{(\d+)\}\r\n$/.exec(text)?.[1] ?? -1)
      if (size < 0) return text.slice(0, -2)
      if (size > 0) text += (await this.#client.readExactly(size))?.toString('latin1') ?? ''
    }
  }

  async #startTls(): Promise<void> {
    const { socket } = this.#client
    for (const event of ['data', 'end', 'error', 'close']) socket.removeAllListeners(event)
    const secured = tls.connect({ socket, servername: mailHost })
    await once(secured, 'secureConnect')
    this.#client = new TcpClient(secured, mailHost)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true
    await this.#client[Symbol.asyncDispose]()
  }
}

/** What is new each time, up to a group that is kept. */
const fresh: readonly RegExp[] = [
  /(\[(?:UIDVALIDITY|HIGHESTMODSEQ|APPENDUID|COPYUID) )\d+/g,
  /(\[(?:CAPABILITY|BADCHARSET|REFERRAL) )[^\]]+/g,
  /((?:UIDVALIDITY|HIGHESTMODSEQ|MODSEQ) \(?)\d+/g,
  /(\(TAG )"[^"]*"/g,
  /(INTERNALDATE )"[^"]*"/g,
  /(^\* (?:CAPABILITY|ID) ).*/g,
]

/** A response without its tag, the words of a status, and what is new each time. */
function shown(response: string): string[] {
  let text = Buffer.from(response, 'latin1').toString()
  text = text.replace(
    /^(\* |(?![*+])\S+ )(OK|NO|BAD|BYE|PREAUTH)\b( \[[^\]]*\])?.*$/s,
    (_, tag, status, code = '') => `${tag === '* ' ? tag : ''}${status}${code}`,
  )
  for (const each of fresh) text = text.replace(each, '$1…')
  text = text.replace(/^\+ (?![\w+/]+={0,2}$).*/, '+')
  // Dovecot has codes of RFC 5530 for some refusals, and the fake for all.
  text = text.replace(/^NO \[(?:CANNOT|NONEXISTENT)\]/, 'NO')
  return lines('S', text)
}

/** A text in lines, without control characters and what is too long to be read. */
function lines(who: 'C' | 'S', text: string): string[] {
  return text.split(/\r?\n/).map((line, at) => {
    const visible = line.replace(
      /[\x00-\x1f\x7f]/g,
      control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    const kept = visible.length > 300 ? `${visible.slice(0, 80)}… (${visible.length})` : visible
    return at === 0 ? `${who}: ${kept}` : `   ${kept}`
  })
}

/** Commands to which the order of responses is nobody's promise. */
const unordered = /^(?:SELECT|EXAMINE|LIST|LSUB|GETQUOTAROOT)\b/i

/** Says commands; a yes to STARTTLS is followed by TLS. */
export function says(title: string, steps: readonly (string | Step)[], result: string): Scenario {
  const work = async () => {
    await using stack = new AsyncDisposableStack()
    const speakers = new Map<string, Speaker>()
    const told: string[] = []
    const tell = (client: string, lines: readonly string[]) => {
      for (const line of lines) told.push(`${client === '' ? '' : `${client} `}${line}`.trimEnd())
    }
    try {
      for (const step of steps) {
        const {
          client = '',
          together,
          octets,
          hear,
          cut,
          more,
          brief = false,
          ...spoken
        } = typeof step === 'string' ? { say: step } : step
        let speaker = speakers.get(client)
        if (speaker === undefined) {
          speaker = stack.use(new Speaker(await connectTcp({ host: mailHost, port: 143 })))
          speakers.set(client, speaker)
          const greeting = await speaker.hear('* ')
          if (!brief) tell(client, greeting)
        }
        if (speaker.isOver || (more !== undefined && !speaker.continues)) continue
        const say = more ?? spoken.say
        if (cut) {
          tell(client, ['C: (goes away)'])
          await speaker[Symbol.asyncDispose]()
          continue
        }
        const commands = together ?? (say === undefined ? [] : [say])
        const said = commands.flatMap(command => lines('C', command))
        if (!brief) tell(client, said)
        if (octets !== undefined) {
          tell(client, lines('C', octets.replace(/\r?\n$/, '')))
          await speaker.write(octets)
        } else if (say !== undefined && speaker.continues) await speaker.write(`${say}\r\n`)
        else if (commands.length > 0) await speaker.command(commands)
        const heard = await speaker.hear(hear)
        if (!brief || !heard.at(-1)!.startsWith('S: OK')) tell(client, heard)
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
  password: string,
  call: (client: ImapClient) => AsyncIterable<string>,
  result: string,
): Scenario {
  const work = async () => {
    const told: string[] = []
    try {
      const auth = { user: 'ada', password, mechanism: 'PLAIN' } as const
      await using client = await connectImap({ host: mailHost, tls: 'none', auth })
      for await (const line of call(client)) told.push(line)
      await client.close()
    } catch (error) {
      if (error instanceof ImapReplyError)
        told.push(`ImapReplyError ${error.status} ${error.code ?? ''} ${error.command}`.replace(/ +/g, ' ').trim())
      else if (error instanceof NetworkError) told.push(`NetworkError ${error.code}`)
      else throw error
    }
    return told.join('\n')
  }
  return { title, work, result: dedent(result) }
}

/** Name and password as AUTHENTICATE PLAIN has them. */
export const plain = (user: string, password: string, asWhom = ''): string =>
  Buffer.from(`${asWhom}\0${user}\0${password}`).toString('base64')
