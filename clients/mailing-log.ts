// A log that mails itself: a stream that gathers records and sends them by SMTP, so many at a time and the rest at its end.
// No record is lost without a word: what cannot be mailed is kept and tried again, and at last told. A link that breaks
// after a mail was taken and before that is known has it sent twice.

import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { inspect } from 'node:util'
import { UsageError } from '../net/errors.ts'
import { formatDate } from '../wire/mime/date.ts'
import { connectSmtp, type SentMail, type SmtpClient, type SmtpClientOptions } from './smtp.ts'

/** A record as winston, pino and others have it. */
export interface LogRecord {
  /** Default: now. */
  time?: Date | string | number
  /** A word such as `warn`, or a number as pino has it. Default: INFO. */
  level?: string | number
  message?: unknown
  /** Where there is no `message`. */
  msg?: unknown
}

export interface MailingLogOptions {
  /** The server, and who logs in. */
  smtp: SmtpClientOptions
  from: string
  to: string | readonly string[]
  /** Default: Log. */
  subject?: string
  /** Records of one mail. Default: 10. */
  records?: number
  /** Records that are kept while no mail can be sent. Default: 10000. */
  maxKept?: number
  /**
   * Where records go, a line each, that cannot be mailed at the end or for which there is no more room. Default: the stream
   * fails with a {@link MailingLogError} that has them.
   */
  fallback?: Writable
  /** Milliseconds of Unix time, for mails, and for records that have none: `() => network.clock.now()`. Default: the machine's. */
  now?: () => number
}

/** Records could be neither mailed nor kept. */
export class MailingLogError extends Error {
  override readonly name = 'MailingLogError'
  /** As lines, the oldest first. */
  readonly records: readonly string[]

  constructor(records: readonly string[], cause: unknown) {
    const many = records.length === 1 ? '1 record' : `${records.length} records`
    super(`mailing log: ${many} could not be mailed: ${(cause as Error | undefined)?.message ?? 'it was destroyed'}`, {
      cause,
    })
    this.records = records
  }
}

/** Logs that are not closed, for when the process ends. */
const open = new Set<MailingLog>()

/**
 * One write is one record: a text, an object, or octets, of which each line is one. Times are local ones. Beside a stream's
 * own events it has `mailed` (a mail was taken: {@link SentMail}, how many records), and `failed` (it was not: the error, how
 * many records are kept). A process that ends of itself has open logs mailed first; what `process.exit` leaves is on stderr.
 *
 * @example
 * await using log = await mailingLog({ smtp: { host: 'mx.example.net' }, from: 'app@example.org', to: 'ops@example.net' })
 * log.write({ level: 'warn', message: 'the disk is nearly full' })
 */
export class MailingLog extends Writable {
  readonly #options: MailingLogOptions
  readonly #size: number
  readonly #maxKept: number
  readonly #decoder = new StringDecoder('utf8')
  /** The beginning of a line whose end has not come. */
  #line = ''
  #kept: string[] = []
  /** Records that have come since a mail failed. */
  #fresh = 0
  #failure: unknown
  #mailing: Promise<void> | undefined
  /** How often somebody wanted all that there is mailed, and whether that is to be done. */
  #asked = 0
  #isAllWanted = false
  #isTriedAtExit = false

  constructor(options: MailingLogOptions) {
    super({ objectMode: true, decodeStrings: false })
    const { records = 10, maxKept = Math.max(10_000, records) } = options
    if (!Number.isInteger(records) || records < 1) {
      throw new UsageError(`mailing log: expected a number of records of a mail, got ${records}`)
    }
    if (!Number.isInteger(maxKept) || maxKept < records) {
      throw new UsageError(`mailing log: expected maxKept to be at least ${records}, got ${maxKept}`)
    }
    this.#options = options
    this.#size = records
    this.#maxKept = maxKept
    if (open.size === 0) process.on('beforeExit', mailAll).on('exit', tellAll)
    open.add(this)
  }

  /** Records that are not mailed yet, as lines. */
  get waiting(): readonly string[] {
    return this.#line === '' ? this.#kept : [...this.#kept, this.#line]
  }

  /** Mails what there is, however little; what cannot be mailed is kept, and told by `failed`. */
  async flush(): Promise<void> {
    await this.#mailAll()
  }

  /**
   * Mails what is left and ends.
   *
   * @throws {MailingLogError} where that fails and there is no `fallback`.
   */
  async close(): Promise<void> {
    const ended = finished(this)
    this.end()
    await ended
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    if (!this.destroyed) await this.close()
  }

  override _write(record: string | Uint8Array | LogRecord, _encoding: string, done: (error?: Error) => void): void {
    this.#keep(record)
    if (this.#kept.length < this.#maxKept) {
      if (this.#isDue()) void this.#mail()
      done()
      return
    }
    // Whoever writes has to wait until there is room.
    const mailing = this.#failure === undefined ? this.#mail() : this.#mailAll()
    mailing.then(() => done(this.#kept.length < this.#maxKept ? undefined : this.#makeRoom()), done)
  }

  override _final(done: (error?: Error) => void): void {
    this.#endLine()
    this.#mailAll().then(() => done(this.#giveUp()), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#keepUnwritten()
    const end = () => {
      open.delete(this)
      if (open.size === 0) process.off('beforeExit', mailAll).off('exit', tellAll)
      done(this.#giveUp(error ?? this.#failure) ?? error)
    }
    // What is on its way may arrive.
    if (this.#mailing === undefined) end()
    else this.#mailing.then(end, end)
  }

  /** For the end of the process: one more try for what has come since the last one. */
  mailAtExit(): void {
    if (this.#isTriedAtExit || this.#kept.length === 0) return
    this.#isTriedAtExit = true
    void this.#mailAll()
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  #keep(record: string | Uint8Array | LogRecord): void {
    const lines = this.#linesOf(record)
    for (const line of lines) this.#kept.push(line)
    this.#fresh += lines.length
    this.#isTriedAtExit = false
  }

  #linesOf(record: string | Uint8Array | LogRecord): string[] {
    const now = this.#now()
    if (typeof record === 'string') return [formatRecord({ message: record }, now)]
    if (!(record instanceof Uint8Array)) return [formatRecord(record, now)]
    const lines = (this.#line + this.#decoder.write(Buffer.from(record))).split('\n')
    this.#line = lines.pop()!
    return lines.map(line => formatRecord({ message: line.replace(/\r$/, '') }, now))
  }

  #mailAll(): Promise<void> {
    this.#asked++
    this.#isAllWanted = true
    return this.#mail()
  }

  /** One mail at a time, so that their order stays. */
  #mail(): Promise<void> {
    if (this.#mailing === undefined && this.#isDue()) this.#mailing = this.#send()
    if (this.#mailing !== undefined) return this.#mailing
    this.#isAllWanted = false
    return Promise.resolve()
  }

  /** After a failure only when as many have come again. */
  #isDue(): boolean {
    if (this.#isAllWanted) return this.#kept.length > 0
    return this.#kept.length >= this.#size && (this.#failure === undefined || this.#fresh >= this.#size)
  }

  async #send(): Promise<void> {
    try {
      while (this.#isDue()) await this.#sendDue()
    } finally {
      // At once: whoever comes from now on begins anew.
      this.#isAllWanted = false
      this.#mailing = undefined
    }
  }

  async #sendDue(): Promise<void> {
    const asked = this.#asked
    let client: SmtpClient | undefined
    try {
      client = await connectSmtp(this.#options.smtp)
      while (this.#isDue()) await this.#sendOne(client)
    } catch (error) {
      this.#failure = error
      this.#fresh = 0
      // Whoever asked while it was tried wants it tried again.
      this.#isAllWanted = this.#asked !== asked
      this.emit('failed', error, this.#kept.length)
    }
    // The mails are there, however the connection ends.
    await client?.close().catch(() => {})
  }

  async #sendOne(client: SmtpClient): Promise<void> {
    const { from, to, subject = 'Log' } = this.#options
    // What a failure has left behind goes in one mail.
    const records = this.#failure === undefined ? this.#kept.slice(0, this.#size) : [...this.#kept]
    const headers = { Date: formatDate(new Date(this.#now())) }
    const sent = await client.send({ from, to, subject, headers, text: `${records.join('\n')}\n` })
    this.#kept.splice(0, records.length)
    this.#fresh = this.#kept.length
    this.#failure = undefined
    this.emit('mailed', sent, records.length)
  }

  /** A line whose end will not come is one as well. */
  #endLine(): void {
    const rest = this.#line + this.#decoder.end()
    this.#line = ''
    if (rest !== '') this.#keep(rest)
  }

  /** What was written and waits for room ends with the stream. */
  #keepUnwritten(): void {
    const { writableBuffer = [] } = this as { writableBuffer?: readonly { chunk: string | Uint8Array | LogRecord }[] }
    for (const { chunk } of writableBuffer) this.#keep(chunk)
    this.#endLine()
  }

  #makeRoom(): Error | undefined {
    if (!this.#options.fallback?.writable) this.#keepUnwritten()
    return this.#giveUp()
  }

  /** Puts what is kept somewhere else; gives an error that has it where there is nowhere. */
  #giveUp(cause: unknown = this.#failure): Error | undefined {
    const records = this.#kept
    this.#kept = []
    this.#fresh = 0
    if (records.length === 0) return undefined
    const { fallback } = this.#options
    if (!fallback?.writable) return new MailingLogError(records, cause)
    fallback.write(`${records.join('\n')}\n`)
    return undefined
  }
}

function mailAll(): void {
  for (const log of open) log.mailAtExit()
}

function tellAll(): void {
  for (const { waiting } of open) {
    if (waiting.length === 0) continue
    writeSync(2, `mailing log: not mailed (${waiting.length}):\n${waiting.join('\n')}\n`)
  }
}

const pinoLevels = new Map([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
])

/** For example `2014-10-25 13:15:07,124 INFO  First line of log`. */
function formatRecord({ time, level = 'info', message, msg }: LogRecord, now: number): string {
  const given = time === undefined ? now : new Date(time).getTime()
  const date = new Date(Number.isNaN(given) ? now : given)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  const word = (typeof level === 'number' ? pinoLevels.get(level) : undefined) ?? String(level).toUpperCase()
  return `${day} ${clock},${milliseconds} ${word.padEnd(5)} ${textOf(message ?? msg)}`
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message.replace(/\r?\n$/, '')
  if (message instanceof Error) return message.stack ?? message.message
  return message === undefined ? '' : inspect(message, { breakLength: Number.POSITIVE_INFINITY })
}
