// Reads HTTP archives (HAR 1.2) as browsers and other tools write them: what all of them have is checked, what some of them
// lack, leave at null or spell in their own way is taken as it comes. Left out: pages, timings but for the wait, and what
// is told twice (cookies, query, sizes).

import { isHostName, isIP, normalizeName } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import type { HarPair } from './har.ts'

export interface Archive {
  /** What wrote it, for example `WebInspector`. */
  readonly creator: string
  readonly entries: readonly ArchivedEntry[]
}

export interface ArchivedEntry {
  /** `FILE: log.entries[3]`, for messages. */
  readonly where: string
  readonly connection: string | undefined
  /** Milliseconds of Unix time. */
  readonly startedMs: number | undefined
  readonly waitMs: number
  readonly isWebSocket: boolean
  readonly request: ArchivedMessage & { readonly method: string; readonly url: string }
  readonly response: ArchivedMessage & { readonly status: number; readonly reason: string }
}

export interface ArchivedMessage {
  /** As it is spelled: `HTTP/1.1`, `h2`, `http/2.0`, or empty. */
  readonly version: string
  readonly headers: readonly HarPair[]
  readonly body: ArchivedBody
}

export interface ArchivedBody {
  /** Undefined where the archive does not have it. */
  readonly text: string | undefined
  readonly encoding: 'base64' | 'hex' | undefined
  /** The name of a file beside the archive, as Playwright attaches them. */
  readonly file: string | undefined
  /** There was a body, whether the archive has it or not. */
  readonly isExpected: boolean
  readonly params: readonly HarPair[]
}

/** @throws {UsageError} `FILE: log.entries[3].request.url: expected …, got …` */
export function readArchive(text: string, file: string): Archive {
  const log = parse(text, file).at('log')
  if (log.kind !== 'mapping') throw log.wrong('the log of an HTTP archive')
  const entries = log.at('entries')
  return { creator: log.at('creator').at('name').text(''), entries: entries.list().map(entryOf) }
}

function parse(text: string, file: string): Part {
  try {
    // The format allows for a byte order mark.
    return new Part(JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text), file)
  } catch (cause) {
    throw new UsageError(`${file}: expected JSON, got ${(cause as Error).message.split('\n')[0]}`, { cause })
  }
}

/** A part of the archive, which knows its place. */
class Part {
  readonly #value: unknown
  readonly #above: Part | string
  readonly #name: string

  constructor(value: unknown, above: Part | string, name = '') {
    this.#value = value
    this.#above = above
    this.#name = name
  }

  get where(): string {
    const above = typeof this.#above === 'string' ? this.#above : this.#above.where
    if (this.#name === '') return above
    return `${above}${this.#name.startsWith('[') ? '' : above.includes(': ') ? '.' : ': '}${this.#name}`
  }

  get kind(): 'nothing' | 'list' | 'mapping' | 'other' {
    if (this.#value === undefined || this.#value === null) return 'nothing'
    if (typeof this.#value !== 'object') return 'other'
    return Array.isArray(this.#value) ? 'list' : 'mapping'
  }

  wrong(expected: string): UsageError {
    return new UsageError(`${this.where}: expected ${expected}, got ${this.#got()}`)
  }

  #got(): string {
    if (this.#value === undefined) return 'none'
    if (this.kind === 'list' || this.kind === 'mapping') return `a ${this.kind}`
    return typeof this.#value === 'string' ? JSON.stringify(this.#value.slice(0, 80)) : String(this.#value)
  }

  /** Of what has no parts, nothing. */
  at(name: string): Part {
    const value = this.kind === 'mapping' ? (this.#value as Record<string, unknown>)[name] : undefined
    return new Part(value, this, name)
  }

  list(): Part[] {
    if (this.kind !== 'list') throw this.wrong('a list')
    return (this.#value as unknown[]).map((value, index) => new Part(value, this, `[${index}]`))
  }

  text(otherwise?: string): string {
    if (typeof this.#value === 'string') return this.#value
    if (otherwise === undefined || this.kind !== 'nothing') throw this.wrong('text')
    return otherwise
  }

  textThat(holds: (text: string) => boolean, expected: string): string {
    if (typeof this.#value === 'string' && holds(this.#value)) return this.#value
    throw this.wrong(expected)
  }

  /** Text where it is such; some tools have numbers for it. */
  word(): string | undefined {
    return typeof this.#value === 'string' || typeof this.#value === 'number' ? String(this.#value) : undefined
  }

  number(): number | undefined {
    return typeof this.#value === 'number' && Number.isFinite(this.#value) ? this.#value : undefined
  }

  get isTrue(): boolean {
    return this.#value === true
  }
}

function entryOf(part: Part): ArchivedEntry {
  if (part.kind !== 'mapping') throw part.wrong('an entry')
  const request = part.at('request')
  const response = part.at('response')
  const started = Date.parse(part.at('startedDateTime').text(''))
  const connection = part.at('connection').word()
  return {
    where: part.where,
    connection: connection === '' ? undefined : connection,
    startedMs: Number.isNaN(started) ? undefined : started,
    waitMs: part.at('timings').at('wait').number() ?? 0,
    isWebSocket: part.at('_webSocketMessages').kind === 'list',
    request: {
      ...messageOf(request, bodyOf(request.at('postData'), request.at('bodySize'))),
      method: request.at('method').textThat(isMethod, 'a method'),
      url: request.at('url').textThat(isUrl, 'a URL'),
    },
    response: {
      ...messageOf(response, bodyOf(response.at('content'), response.at('content').at('size'))),
      status: statusOf(response.at('status')),
      reason: response.at('statusText').text(''),
    },
  }
}

const isMethod = (text: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)

const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text) && (!/^https?:/i.test(text) || isHttp(text))

function isHttp(url: string): boolean {
  if (!/^https?:\/\/[^/?#]/i.test(url) || !URL.canParse(url)) return false
  const { hostname, port } = new URL(url)
  const host = normalizeName(hostname.replace(/^\[|\]$/g, ''))
  return (isHostName(host) || isIP(host) !== 0) && port !== '0'
}

/** At most 0 where there was no answer. */
function statusOf(part: Part): number {
  const status = part.kind === 'nothing' ? 0 : part.number()
  if (status === undefined || !Number.isInteger(status) || status > 999) throw part.wrong('a status')
  return status
}

function messageOf(part: Part, body: ArchivedBody): ArchivedMessage {
  return { version: part.at('httpVersion').text(''), headers: pairsOf(part.at('headers')), body }
}

function pairsOf(part: Part): HarPair[] {
  if (part.kind === 'nothing') return []
  return part.list().map(each => ({ name: each.at('name').text(), value: fieldValue(each.at('value')) }))
}

/** Some have a list where there are several; others, for such a list, lines. */
function fieldValue(part: Part): string {
  if (part.kind !== 'list') return part.word() ?? ''
  return part
    .list()
    .map(each => each.word() ?? '')
    .join('\n')
}

function bodyOf(part: Part, size: Part): ArchivedBody {
  const text = part.at('text').kind === 'nothing' ? undefined : part.at('text').text()
  const isBase64 = part.at('encoding').text('').toLowerCase() === 'base64'
  // Also a list, which Polly has of the pieces that came.
  if (isBase64 && /[^\w+/=\s-]/.test(text?.replace(/^\[.*\]$/, '') ?? '')) throw part.at('text').wrong('base64')
  const file = part.at('_file').word()
  return {
    text,
    // What Polly had for a long time.
    encoding: isBase64 ? 'base64' : part.at('_isBinary').isTrue ? 'hex' : undefined,
    file: file === '' ? undefined : file,
    isExpected: (size.number() ?? 0) > 0,
    params: pairsOf(part.at('params')),
  }
}
