// Entries of an HTTP archive as messages of HTTP/1.1, whatever version they were in: heads as people write them on a tape,
// read by the protocol's own form, and bodies as the archive shows them, which is without compression. Left out: what has
// no answer, WebSocket, and other protocols than HTTP.

import { normalizeName } from '../net/address.ts'
import { UsageError } from '../net/errors.ts'
import { ProtocolError } from '../wire/decoder.ts'
import { isBodiless, reasonOf } from '../wire/http/message.ts'
import { form } from '../wire/http/tape.ts'
import { codingOf, decodeCoding } from '../wire/http/tape-coding.ts'
import type { HttpTaped } from '../wire/http/tape-message.ts'
import { escapePlaceholders, type Scripted, type TapeReader } from '../wire/tape.ts'
import type { HarPair } from './har.ts'
import { Fields } from './har-fields.ts'
import type { Archive, ArchivedBody, ArchivedEntry, ArchivedMessage } from './har-read.ts'
import type { TapeService } from './tape.ts'

export interface ArchivedExchange {
  readonly request: Scripted<HttpTaped>
  readonly response: Scripted<HttpTaped>
  readonly waitMs: number
}

export interface ArchivedConversation {
  readonly service: TapeService
  readonly isSecure: boolean
  readonly exchanges: ArchivedExchange[]
}

export class HarMessages {
  readonly #archive: Archive
  /** Octets of a file beside the archive. */
  readonly #file: (name: string) => Buffer | undefined
  /** What is in it is text of a tape, with placeholders for secrets. */
  readonly #isTape: boolean
  readonly conversations: ArchivedConversation[] = []
  readonly #left = new Map<string, number>()
  #missingBodies = 0
  #headers = { count: 0, first: '' }

  /** @throws {UsageError} where an entry can be no message. */
  constructor(archive: Archive, file: (name: string) => Buffer | undefined) {
    this.#archive = archive
    this.#file = file
    this.#isTape = archive.creator === 'backlot'
    this.#read()
  }

  /** The names and addresses that it speaks to, in the order of their appearance. */
  get hosts(): readonly string[] {
    return [...new Set(this.conversations.map(({ service }) => service.host))]
  }

  /** Entries that are no exchanges which can be replayed, for example `2 of WebSocket`; empty where there are none. */
  get left(): string {
    return [...this.#left].map(([why, count]) => `${count} ${why}`).join(', ')
  }

  /** What of the archive is not on the tape, or is so in another way. */
  get notes(): readonly string[] {
    const { left } = this
    const { count, first } = this.#headers
    return [
      left === '' ? [] : `entries left out, of ${this.#archive.entries.length}: ${left}`,
      count === 0 ? [] : `headers left out: ${count} that HTTP/1.1 does not allow, the first in ${first}`,
      this.#missingBodies === 0
        ? []
        : `bodies that are not in the archive, and empty on the tape: ${this.#missingBodies}`,
    ].flat()
  }

  #read(): void {
    const open = new Map<string, { conversation: ArchivedConversation; reader: TapeReader<HttpTaped> }>()
    for (const entry of this.#archive.entries) {
      const why = whyNot(entry)
      if (why !== undefined) {
        this.#left.set(why, (this.#left.get(why) ?? 0) + 1)
        continue
      }
      const { service, isSecure } = serviceOf(entry.request.url)
      // Firefox gives the server's port, which is the same for all connections.
      const isOne = entry.connection !== undefined && entry.connection !== String(service.port)
      const link = isOne ? `${isSecure} ${service.host}:${service.port} ${entry.connection}` : undefined
      let found = link === undefined ? undefined : open.get(link)
      if (found === undefined) {
        const conversation = { service, isSecure, exchanges: [] }
        this.conversations.push(conversation)
        found = { conversation, reader: form.reader(noFiles, 'tcp') }
        if (link !== undefined) open.set(link, found)
      }
      const exchange = this.#exchange(entry, found.reader)
      found.conversation.exchanges.push(exchange)
      if (link !== undefined && exchange.response.closes) open.delete(link)
    }
  }

  #exchange(entry: ArchivedEntry, reader: TapeReader<HttpTaped>): ArchivedExchange {
    const { where, waitMs, request, response } = entry
    return {
      request: this.#request(request, `${where}.request`, reader),
      response: this.#response(response, request.method, `${where}.response`, reader),
      waitMs,
    }
  }

  #request(request: ArchivedEntry['request'], where: string, reader: TapeReader<HttpTaped>): Scripted<HttpTaped> {
    const version = versionOf(request)
    const fields = new Fields(this.#pairs(request, where), version)
    if (version !== '1.0' && !this.#isTape) fields.putHost(new URL(request.url).host)
    const octets = this.#octets(request.body, fields)
    const hasBody = octets.length > 0 || fields.isChunked
    if (fields.isChunked) fields.drop('content-length')
    else if (octets.length > 0 || fields.get('content-length') !== undefined) fields.putLength(octets.length)
    const target = targetOf(request.url, request.method, this.#isTape)
    const head = `${request.method} ${target} HTTP/${version ?? '1.1'}\n${fields}`
    return read(reader, 'client', head, hasBody ? octets : undefined, this.#isTape, where)
  }

  #response(
    response: ArchivedEntry['response'],
    method: string,
    where: string,
    reader: TapeReader<HttpTaped>,
  ): Scripted<HttpTaped> {
    const { status } = response
    const version = versionOf(response)
    const fields = new Fields(this.#pairs(response, where), version)
    let octets: Buffer | undefined
    if (method === 'HEAD' || isBodiless(status)) fields.keepLength()
    else {
      octets = this.#octets(response.body, fields)
      const isUntilClose = fields.isClosing && fields.get('content-length') === undefined
      if (fields.isChunked) fields.drop('content-length')
      else if (!isUntilClose) fields.putLength(octets.length)
      if (octets.length === 0 && !fields.isChunked && !isUntilClose) octets = undefined
    }
    const reason = response.reason.replace(/[\0-\x1f\x7f]+/g, ' ') || (version === undefined ? reasonOf(status) : '')
    const head = `HTTP/${version ?? '1.1'} ${status} ${this.#text(reason)}\n${fields}`
    return read(reader, 'server', head, octets, this.#isTape, where)
  }

  #text(text: string): string {
    return this.#isTape ? text : escapePlaceholders(text)
  }

  /** Header fields that can stand on a line of their own. */
  #pairs({ headers }: ArchivedMessage, where: string): HarPair[] {
    return headers.flatMap(({ name, value }, index) => {
      // A pseudo header, which is no header of HTTP/1.1.
      if (name.startsWith(':')) return []
      // Several fields of a name are one with line feeds to some tools.
      const lines = value.split(/\r?\n/).map(line => this.#text(line.trim()))
      if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !lines.some(line => /[\0-\x08\x0b-\x1f\x7f]/.test(line))) {
        return lines.map(line => ({ name, value: line }))
      }
      if (this.#headers.count++ === 0) this.#headers.first = `${where}.headers[${index}]`
      return []
    })
  }

  /** A body's octets, and fields that say what they are. */
  #octets(body: ArchivedBody, fields: Fields): Buffer {
    const octets = this.#bodyOf(body, fields)
    if (octets === undefined) {
      if (body.isExpected || Number(fields.get('content-length')) > 0) this.#missingBodies++
      fields.drop('content-encoding')
      return Buffer.alloc(0)
    }
    // Some archives have what was sent all the same.
    const coding = body.text === undefined || this.#encoding(body, fields) ? codingOf(fields.pairs) : undefined
    const isCoded = coding !== undefined && octets.length > 0 && decodeCoding(coding, octets) !== undefined
    if (!isCoded) fields.drop('content-encoding')
    return octets
  }

  #encoding({ text, encoding }: ArchivedBody, fields: Fields): 'base64' | 'hex' | undefined {
    if (encoding !== undefined || this.#archive.creator !== 'Polly.JS') return encoding
    // Its first versions did not say it.
    const isHex = codingOf(fields.pairs) !== undefined && /^\["[0-9a-f]*"(?:,"[0-9a-f]*")*\]$/.test(text ?? '')
    return isHex ? 'hex' : undefined
  }

  #bodyOf(body: ArchivedBody, fields: Fields): Buffer | undefined {
    const { text, file, params } = body
    const encoding = this.#encoding(body, fields)
    if (file !== undefined && (text === undefined || text === '')) return this.#file(file)
    if (text === undefined || (text === '' && params.length > 0)) {
      const isForm =
        params.length > 0 && /^application\/x-www-form-urlencoded\b/i.test(fields.get('content-type') ?? '')
      if (!isForm) return undefined
      const form = new URLSearchParams()
      for (const { name, value } of params) form.append(name, value)
      return Buffer.from(form.toString())
    }
    if (encoding !== undefined) return decode(text, encoding)
    // What is text in an archive has no charset any more; here it is UTF-8.
    if (!this.#isTape && /[^\0-\x7f]/.test(text)) fields.putCharset()
    return Buffer.from(this.#archive.creator === 'Firefox' ? withoutHead(text) : text)
  }
}

const noFiles = {
  body(): never {
    throw new Error('expected no body in what is read as a head')
  },
}

/** Why an entry is no exchange that can be replayed, as its kind; undefined where it is one. */
function whyNot({ isWebSocket, request, response }: ArchivedEntry): string | undefined {
  const [scheme = ''] = request.url.split(':', 1)
  if (isWebSocket || /^wss?$/i.test(scheme)) return 'of WebSocket'
  if (!/^https?$/i.test(scheme)) return `of ${scheme.slice(0, 20)}:`
  if (request.method === 'CONNECT') return 'of tunnels'
  if (response.status < 100) return 'without an answer'
  return response.status < 200 ? 'that go on in another protocol' : undefined
}

function serviceOf(url: string): { service: TapeService; isSecure: boolean } {
  const { protocol, hostname, port } = new URL(url)
  const isSecure = protocol === 'https:'
  const host = normalizeName(hostname.replace(/^\[|\]$/g, ''))
  const number = port === '' ? (isSecure ? 443 : 80) : Number(port)
  return { service: { protocol: 'http', transport: 'tcp', host, port: number }, isSecure }
}

/** Undefined for HTTP/2, HTTP/3 and what is not known, whose heads are made to fit. */
function versionOf({ version }: ArchivedMessage): '1.0' | '1.1' | undefined {
  const [, minor] = /^http\/1\.([01])$/i.exec(version) ?? []
  return minor === undefined ? undefined : minor === '0' ? '1.0' : '1.1'
}

/** What of a URL stands in a request's first line. */
function targetOf(url: string, method: string, isTape: boolean): string {
  const [, path = ''] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(url)!
  if (path === '') return method === 'OPTIONS' ? '*' : '/'
  const target = path.startsWith('?') ? `/${path}` : path
  return target.replace(isTape ? /[\0-\x20\x7f]+/g : /[^\x21-\x7e]+/g, each => encodeURIComponent(each.toWellFormed()))
}

function decode(text: string, encoding: 'base64' | 'hex'): Buffer {
  // Polly has a list of the pieces that came, where they are compressed.
  const pieces = text.startsWith('[') ? (text.match(/[\w+/=-]+/g) ?? []) : [text]
  return Buffer.concat(pieces.map(piece => Buffer.from(piece, encoding)))
}

/** Firefox has the fields that it puts before an upload in the text of it. */
function withoutHead(text: string): string {
  return text.replace(/^(?:Content-(?:Type|Length):[^\r\n]*\r\n)+\r\n/i, '')
}

function read(
  reader: TapeReader<HttpTaped>,
  from: 'client' | 'server',
  head: string,
  octets: Buffer | undefined,
  isTape: boolean,
  where: string,
): Scripted<HttpTaped> {
  try {
    const scripted = reader.read(from, head)
    if (octets === undefined) return scripted
    const secrets = isTape && octets.includes('‹secret:')
    return { ...scripted, body: { size: octets.length, octets, secrets } }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new UsageError(`${where}: ${cause.message}`, { cause })
  }
}
