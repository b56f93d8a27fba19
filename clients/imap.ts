// Reads and keeps mail by IMAP (RFC 3501), on imapflow's connection; what it lacks, or answers without saying why not,
// goes through its `exec`. Left out, as imapflow has none of it: CRAM-MD5, SCRAM, a look at FETCH items that it does not
// know, and a clock other than the machine's for its own time limits.

import type {
  FetchMessageObject,
  FetchQueryObject,
  ImapResponse,
  ListResponse,
  MailboxObject,
  StatusQuery,
} from 'imapflow'
import { UsageError } from '../net/errors.ts'
import { type Circumstances, typed } from './imap/error.ts'
import { createFlow, type Flow, type Token } from './imap/flow.ts'
import { changesOf, type IdleOptions, type ImapChange } from './imap/idle.ts'
import { dialogueLogger, type ImapClientOptions, loginOf } from './imap/options.ts'
import {
  type CopiedMessages,
  codeWords,
  copiedOf,
  internalDate,
  isAscii,
  list,
  listOf,
  mailbox,
  membersOf,
  numbersOf,
  pairsOf,
  searchKeys,
  set,
  type ThreadNode,
  textOf,
  threadsOf,
  verbatim,
} from './imap/tokens.ts'
import { openSocket, type SecureOptions } from './open-socket.ts'

export { ImapReplyError } from './imap/error.ts'
export type { IdleOptions, ImapChange } from './imap/idle.ts'
export type { ImapClientOptions } from './imap/options.ts'
export type { CopiedMessages, ThreadNode } from './imap/tokens.ts'

/** Whether numbers are UIDs. Default: message numbers, as the RFC has it. */
interface Numbering {
  uid?: boolean
}

interface SearchOptions extends Numbering {
  /** Default: UTF-8 where a key is beyond ASCII, else none. */
  charset?: string
}

export interface ImapQuota {
  root: string
  /** By resource: `STORAGE`, in units of 1024 octets, or `MESSAGE`. */
  resources: Record<string, { used: number; limit: number }>
}

/**
 * Connects, secures and logs in.
 *
 * @throws {UsageError} where the port cannot be one, or there is nothing to log in with.
 * @throws {NetworkError} where the server cannot be reached, or not securely.
 * @throws {ImapReplyError} where it says no.
 * @throws {ProtocolError} where it speaks no IMAP.
 *
 * @example
 * await using client = await connectImap({ host: 'imap.example.net', auth: { user: 'ada', password: 'lovelace' } })
 * await client.select('INBOX')
 * for await (const { envelope } of client.fetch('1:*', { envelope: true })) console.log(envelope?.subject)
 */
export async function connectImap(options: ImapClientOptions): Promise<ImapClient> {
  const { host, timeoutMs = 60_000, maxBytes = 2 ** 28, auth, dialogue } = options
  const mode = options.tls ?? (options.port === 993 ? 'implicit' : 'offered')
  const port = options.port ?? (mode === 'implicit' ? 993 : 143)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UsageError(`imap client: expected a port from 1 to 65535, got ${port}`)
  }
  const secure: SecureOptions = { ...(options.ca === undefined ? {} : { ca: options.ca }), ...options.certificate }
  const isImplicit = mode === 'implicit'
  const socket = await openSocket('imap client', { host, port, secure: isImplicit ? secure : undefined, timeoutMs })
  const flow = createFlow(
    socket,
    secure,
    {
      host,
      port,
      secure: isImplicit,
      ...(mode === 'offered' || isImplicit ? {} : { doSTARTTLS: mode === 'required' }),
      ...(auth === undefined ? {} : { auth: loginOf(auth) }),
      logger: dialogue === undefined ? false : dialogueLogger(dialogue),
      clientInfo: { name: 'backlot', version: false, vendor: false, 'support-url': false },
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      maxLiteralSize: maxBytes,
      maxResponseSize: maxBytes,
    },
    response => client.heardBye(response),
  )
  const client = new ImapClient(flow, timeoutMs)
  await client.run('', () => flow.connect())
  return client
}

export class ImapClient implements AsyncDisposable {
  readonly #flow: Flow
  readonly #timeoutMs: number
  #failure: unknown
  #bye: Circumstances['bye']

  /** By {@link connectImap}. */
  constructor(flow: Flow, timeoutMs: number) {
    this.#flow = flow
    this.#timeoutMs = timeoutMs
    flow.on('error', error => (this.#failure ??= error))
  }

  get capabilities(): readonly string[] {
    return [...this.#flow.capabilities].map(([name, value]) => (typeof value === 'number' ? `${name}=${value}` : name))
  }

  get secure(): boolean {
    return this.#flow.secureConnection
  }

  /** What the server said that it is (RFC 2971); empty where it knows no ID. */
  get server(): Readonly<Record<string, unknown>> {
    return this.#flow.serverInfo ?? {}
  }

  /** The mailbox that is selected, kept up to date by what the server says. */
  get mailbox(): MailboxObject | undefined {
    return this.#flow.mailbox || undefined
  }

  /** All mailboxes, with their special use and whether they are subscribed. */
  mailboxes(): Promise<ListResponse[]> {
    return this.run('LIST', () => this.#flow.list())
  }

  /** SELECT, or EXAMINE where it is only to be looked at. */
  select(name: string, { readOnly = false }: { readOnly?: boolean } = {}): Promise<MailboxObject> {
    return this.run(readOnly ? 'EXAMINE' : 'SELECT', () => this.#flow.mailboxOpen(name, { readOnly }))
  }

  /** Leaves the mailbox by CLOSE, which expunges, or by UNSELECT, which does not. */
  async deselect({ expunge = false }: { expunge?: boolean } = {}): Promise<void> {
    if (expunge) await this.run('CLOSE', () => this.#flow.mailboxClose())
    else {
      await this.exec('UNSELECT')
      // imapflow knows no UNSELECT, and a CLOSE after it is harmless only where nothing is selected.
      this.#flow.mailbox = false
      this.#flow.state = this.#flow.states.AUTHENTICATED
    }
  }

  /** @param items what STATUS is asked for, such as `{ messages: true, unseen: true }` */
  async status(name: string, items: StatusQuery): Promise<Readonly<Record<string, number>>> {
    const words = Object.entries(items).flatMap(([item, wanted]) => (wanted ? [item.toUpperCase()] : []))
    const { untagged } = await this.exec('STATUS', [mailbox(name), list(words)], ['STATUS'])
    const pairs = pairsOf(listOf(untagged[0]?.attributes?.[1]))
    const found = Object.keys(items).map(item => [item, Number(textOf(pairs.get(item.toUpperCase())))] as const)
    return Object.fromEntries(found.filter(([item]) => pairs.has(item.toUpperCase())))
  }

  async create(name: string): Promise<void> {
    await this.exec('CREATE', [mailbox(name)])
  }

  async delete(name: string): Promise<void> {
    await this.exec('DELETE', [mailbox(name)])
  }

  async rename(name: string, to: string): Promise<void> {
    await this.exec('RENAME', [mailbox(name), mailbox(to)])
  }

  async subscribe(name: string, { off = false }: { off?: boolean } = {}): Promise<void> {
    await this.exec(off ? 'UNSUBSCRIBE' : 'SUBSCRIBE', [mailbox(name)])
  }

  /**
   * The numbers of the messages that are meant, ascending.
   *
   * @param keys as the RFC prints them: `UNSEEN FROM "ann"`
   */
  async search(keys: string, options: SearchOptions = {}): Promise<number[]> {
    const charset = options.charset ?? (isAscii(keys) ? undefined : 'UTF-8')
    const named = charset === undefined ? [] : [verbatim('CHARSET'), verbatim(charset)]
    const { untagged } = await this.exec(by('SEARCH', options), [...named, ...searchKeys(keys)], ['SEARCH'])
    return untagged.flatMap(numbersOf).toSorted((one, other) => one - other)
  }

  /**
   * The same in an order of the server's making (RFC 5256).
   *
   * @param criteria such as `REVERSE DATE SUBJECT`
   */
  async sort(criteria: string, keys = 'ALL', options: SearchOptions = {}): Promise<number[]> {
    const tokens = [list(criteria.split(' ')), verbatim(options.charset ?? 'UTF-8'), ...searchKeys(keys)]
    const { untagged } = await this.exec(by('SORT', options), tokens, ['SORT'])
    return untagged.flatMap(numbersOf)
  }

  /** @param algorithm `REFERENCES` or `ORDEREDSUBJECT` */
  async thread(algorithm: string, keys = 'ALL', options: SearchOptions = {}): Promise<ThreadNode[]> {
    const tokens = [verbatim(algorithm), verbatim(options.charset ?? 'UTF-8'), ...searchKeys(keys)]
    const { untagged } = await this.exec(by('THREAD', options), tokens, ['THREAD'])
    return untagged.flatMap(({ attributes = [] }) => threadsOf(attributes))
  }

  /**
   * Messages as they come. No other command goes out before the last was taken or the iteration was left.
   *
   * @param range a set, such as `1:*`
   */
  async *fetch(
    range: string,
    query: FetchQueryObject,
    options: Numbering & { changedSince?: bigint } = {},
  ): AsyncGenerator<FetchMessageObject, void, undefined> {
    try {
      yield* this.#flow.fetch(range, query, options)
    } catch (error) {
      throw this.#typed(error, by('FETCH', options))
    }
  }

  /** Where the new message is; undefined where the server does not say (RFC 4315). */
  async append(
    name: string,
    message: Uint8Array | string,
    { flags = [], date }: { flags?: readonly string[]; date?: Date } = {},
  ): Promise<{ uidValidity: number; uid: number } | undefined> {
    const literal: Token = { type: 'LITERAL', value: Buffer.from(message as Uint8Array) }
    const optional = [...(flags.length > 0 ? [list(flags)] : []), ...(date === undefined ? [] : [internalDate(date)])]
    const [code, uidValidity, uid] = (await this.exec('APPEND', [mailbox(name), ...optional, literal])).code
    return code === 'APPENDUID' ? { uidValidity: Number(uidValidity), uid: Number(uid) } : undefined
  }

  /** Numbers of messages that were not changed, as they had been since (RFC 7162). */
  async store(
    range: string,
    act: 'replace' | 'add' | 'remove',
    flags: readonly string[],
    options: Numbering & { unchangedSince?: bigint } = {},
  ): Promise<number[]> {
    const since = options.unchangedSince === undefined ? [] : [list(['UNCHANGEDSINCE', `${options.unchangedSince}`])]
    const item = verbatim(`${{ replace: '', add: '+', remove: '-' }[act]}FLAGS`)
    const { code } = await this.exec(by('STORE', options), [set(range), ...since, item, list(flags)])
    return code[0] === 'MODIFIED' ? membersOf(code[1] ?? '') : []
  }

  /** Undefined where the server does not say (RFC 4315). */
  copy(range: string, to: string, options: Numbering = {}): Promise<CopiedMessages | undefined> {
    return this.#copied(by('COPY', options), range, to)
  }

  /** As {@link copy}, and the messages are gone from here (RFC 6851). */
  move(range: string, to: string, options: Numbering = {}): Promise<CopiedMessages | undefined> {
    return this.#copied(by('MOVE', options), range, to)
  }

  /**
   * Removes what is flagged as deleted; the numbers are as the server says them, each after the one before is gone.
   *
   * @param uids only these (RFC 4315)
   */
  async expunge(uids?: string): Promise<number[]> {
    const gone: number[] = []
    const note = ({ seq }: { seq?: number | undefined }) => void (seq !== undefined && gone.push(seq))
    this.#flow.on('expunge', note)
    try {
      await (uids === undefined ? this.exec('EXPUNGE') : this.exec('UID EXPUNGE', [set(uids)]))
    } finally {
      this.#flow.off('expunge', note)
    }
    return gone
  }

  async noop(): Promise<void> {
    await this.exec('NOOP')
  }

  /** What of it was enabled (RFC 5161). */
  async enable(extensions: readonly string[]): Promise<string[]> {
    return [...((await this.run('ENABLE', () => this.#flow.run('ENABLE', [...extensions]))) || [])]
  }

  /** Prefix and separator of each namespace (RFC 2342). */
  async namespaces(): Promise<Record<'personal' | 'other' | 'shared', { prefix: string; separator: string }[]>> {
    const { untagged } = await this.exec('NAMESPACE', [], ['NAMESPACE'])
    const [personal, other, shared] = [0, 1, 2].map(at =>
      listOf(untagged[0]?.attributes?.[at]).map(each => {
        const [prefix, separator] = listOf(each)
        return { prefix: textOf(prefix), separator: textOf(separator) }
      }),
    )
    return { personal: personal!, other: other!, shared: shared! }
  }

  /** The quotas that a mailbox is under (RFC 2087). */
  async quota(name = 'INBOX'): Promise<ImapQuota[]> {
    const { untagged } = await this.exec('GETQUOTAROOT', [mailbox(name)], ['QUOTA'])
    return untagged.map(({ attributes = [] }) => {
      const words = listOf(attributes[1]).map(textOf)
      const resources: ImapQuota['resources'] = {}
      for (let at = 0; at + 2 < words.length; at += 3) {
        resources[words[at]!.toUpperCase()] = { used: Number(words[at + 1]), limit: Number(words[at + 2]) }
      }
      return { root: textOf(attributes[0]), resources }
    })
  }

  /**
   * What happens to the selected mailbox, as the server tells it (RFC 2177). Another command may be said meanwhile: IDLE
   * goes on after it. Ends when told so by the signal, and when the iteration is left.
   */
  idle(options: IdleOptions = {}): AsyncGenerator<ImapChange, void, undefined> {
    return changesOf(this.#flow, options, error => this.#typed(error, 'IDLE'))
  }

  /**
   * Any command.
   *
   * @param untagged which untagged responses are wanted: imapflow does not act on these then
   */
  async exec(
    command: string,
    tokens: Token[] = [],
    untagged: readonly string[] = [],
  ): Promise<{ code: string[]; untagged: ImapResponse[] }> {
    const gathered: ImapResponse[] = []
    let copied: string[] | undefined
    const note = async (response: ImapResponse) => void gathered.push(response)
    const noteCode = async (response: ImapResponse) => {
      if (codeWords(response)[0] === 'COPYUID') copied = codeWords(response)
    }
    const answer = await this.run(command, async () => {
      if (this.#flow.preCheck) await this.#flow.preCheck()
      const untaggedNotes = Object.fromEntries(untagged.map(name => [name, note]))
      const notes = command.endsWith('MOVE') ? { OK: noteCode } : untaggedNotes
      return this.#flow.exec(command, tokens.length > 0 ? tokens : false, { untagged: notes })
    })
    answer.next()
    return { code: copied ?? codeWords(answer.response), untagged: gathered }
  }

  /** Says LOGOUT and closes; a server that does not answer is not waited for any longer than elsewhere. */
  async close(): Promise<void> {
    const patience = setTimeout(() => this.#flow.close(), this.#timeoutMs)
    await this.#flow.logout().catch(() => {})
    clearTimeout(patience)
    this.#flow.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For {@link connectImap}. */
  heardBye(response: ImapResponse): void {
    const text = (response.attributes ?? []).map(textOf).filter(part => part !== '')
    this.#bye ??= { code: codeWords(response)[0]?.toUpperCase(), text: text.join(' ') }
  }

  /** For {@link connectImap}: one step of imapflow's, its errors typed. */
  async run<T>(command: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      throw this.#typed(error, command)
    }
  }

  #typed(error: unknown, command: string): unknown {
    const isLost = (error as { code?: string }).code === 'NoConnection'
    return typed(isLost ? (this.#failure ?? error) : error, {
      command,
      bye: this.#bye,
      timeoutMs: this.#timeoutMs,
    })
  }

  async #copied(command: string, range: string, to: string): Promise<CopiedMessages | undefined> {
    return copiedOf((await this.exec(command, [set(range), mailbox(to)])).code)
  }
}

/** A command with UID before it where its numbers are UIDs. */
const by = (verb: string, { uid = false }: Numbering) => (uid ? `UID ${verb}` : verb)
