// HTTP exchanges of a tape as entries of an HTTP archive, in the tape's order. Placeholders stay as they are. Left out:
// interim responses (100 Continue), tunnels and octets that are no HTTP.

import { isUtf8 } from 'node:buffer'
import { fieldsOf } from '../wire/http/body-fields.ts'
import { parseHttpDate } from '../wire/http/date.ts'
import { type HttpHeaders, header } from '../wire/http/message.ts'
import { form } from '../wire/http/tape.ts'
import { codingOf, decodeCoding, encodeCoding } from '../wire/http/tape-coding.ts'
import type { TapedRequest, TapedResponse } from '../wire/http/tape-message.ts'
import { escapePlaceholders, type TapeBody } from '../wire/tape.ts'
import { readBlob } from './blobs.ts'
import type { HarContent, HarCookie, HarEntry, HarPair, HarPostData, HarRequest, HarResponse } from './har.ts'
import { located } from './script.ts'
import type { TapeService, TapeTurn } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

/** A body that is larger is left out of the archive. */
const maxBodyBytes = 32 * 1024 * 1024

type Taped = TapedRequest | TapedResponse

/** A request that waits for its response. */
interface Asked {
  readonly request: HarRequest
  waitMs: number
}

export class HarWriter {
  readonly #tape: TapeFile
  /** Milliseconds of Unix time: a tape has no other times than its epoch and pauses. */
  #now: number
  /** Turns that an archive has no place for. */
  leftOut = 0

  constructor(tape: TapeFile) {
    this.#tape = tape
    this.#now = tape.header.epoch
  }

  /** The entries of the conversation at a place of the tape, counted from 0. */
  *entries(at: number): Generator<HarEntry> {
    const { number, service, turns } = this.#tape.conversation(at)
    const reader = form.reader(this.#tape.reading, 'tcp')
    const link = { service, connection: String(number), isSecure: false }
    let asked: Asked | undefined
    for (const turn of turns) {
      if (turn.kind === 'tls') link.isSecure = true
      else if (turn.kind === 'pause') {
        if (asked === undefined) this.#now += turn.ms
        else asked.waitMs += turn.ms
      }
      if (turn.kind !== 'said') continue
      const { message, body } = this.#read(turn, reader)
      if (message.kind === 'response') {
        const { status } = message.head
        if (status < 200 && status !== 101 && asked !== undefined) continue
        if (asked === undefined) this.leftOut++
        else yield this.#entry(link, asked, this.#response(message, body))
        asked = undefined
        continue
      }
      if (asked !== undefined) yield this.#entry(link, asked, undefined)
      asked = undefined
      if (message.kind === 'octets' || message.head.method === 'CONNECT') this.leftOut++
      else asked = { request: this.#request(message, body, link), waitMs: 0 }
    }
    if (asked !== undefined) yield this.#entry(link, asked, undefined)
  }

  #read(turn: Extract<TapeTurn, { kind: 'said' }>, reader: ReturnType<typeof form.reader>) {
    return located(this.#tape, turn.line, () => reader.read(turn.from, turn.value))
  }

  #entry(
    { service, connection }: { service: TapeService; connection: string },
    { request, waitMs }: Asked,
    response: Commented<HarResponse> | undefined,
  ): HarEntry {
    const [serverIPAddress] = this.#tape.hosts.get(service.host) ?? []
    const startedDateTime = new Date(this.#now).toISOString()
    this.#now += waitMs
    const comment = response === undefined ? 'there was no answer' : response.comment
    return {
      startedDateTime,
      time: waitMs,
      request,
      response: response?.value ?? unanswered,
      cache: {},
      timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: waitMs, receive: 0 },
      ...(serverIPAddress === undefined ? {} : { serverIPAddress }),
      connection,
      ...(comment === undefined ? {} : { comment }),
    }
  }

  #request(message: TapedRequest, body: TapeBody | undefined, link: { service: TapeService; isSecure: boolean }) {
    const { head } = message
    const headers = pairsOf(head.headers, message.secrets)
    const url = urlOf(textOf(head.target, message.secrets), headers, link.service, link.isSecure)
    const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
    const content = body === undefined || body.size === 0 ? undefined : this.#content(message, body)
    return {
      method: head.method,
      url,
      httpVersion: `HTTP/${head.version}`,
      cookies: headers.filter(({ name }) => isNamed(name, 'cookie')).flatMap(({ value }) => cookiesOf(value)),
      headers,
      queryString: parametersOf(query),
      ...(content === undefined ? {} : { postData: postDataOf(content.value) }),
      headersSize: headSize(message),
      bodySize: content?.size ?? 0,
    }
  }

  #response(message: TapedResponse, body: TapeBody | undefined): Commented<HarResponse> {
    const { head, cut } = message
    const headers = pairsOf(head.headers, message.secrets)
    const content = this.#content(message, body ?? { size: 0, octets: Buffer.alloc(0) })
    return {
      comment: cut === undefined ? undefined : 'the body is not whole',
      value: {
        status: head.status,
        statusText: textOf(head.reason, message.secrets),
        httpVersion: `HTTP/${head.version}`,
        cookies: headers
          .filter(({ name }) => isNamed(name, 'set-cookie'))
          .map(({ value }) => setCookieOf(value, this.#now)),
        headers,
        content: content.value,
        redirectURL: headers.find(({ name }) => isNamed(name, 'location'))?.value ?? '',
        headersSize: headSize(message),
        bodySize: content.size,
      },
    }
  }

  /** A body as browsers show it, and the octets that it took to send. */
  #content(message: Taped, body: TapeBody): { value: HarContent; size: number } {
    const type = header(message.head.headers, 'content-type')
    const mimeType = type === undefined ? 'x-unknown' : textOf(type, message.secrets)
    const octets = body.octets ?? this.#file(body)
    if (octets === undefined) {
      const comment = `left out, with more than ${maxBodyBytes / 1024 / 1024} MiB`
      return { value: { size: body.size, mimeType, comment }, size: body.size }
    }
    if (message.coding !== undefined) {
      const { coding, coded } = message
      const size = body.secrets ? sentSize(message) : (coded?.size ?? encodeCoding(coding, octets).length)
      return { value: contentOf(octets, mimeType, body.secrets, size), size }
    }
    const name = codingOf(message.head.headers)
    const decoded = name === undefined || octets.length === 0 ? undefined : decodeCoding(name, octets)
    if (decoded !== undefined) return { value: contentOf(decoded, mimeType, false, octets.length), size: octets.length }
    const size = body.secrets ? sentSize(message) : octets.length
    return { value: contentOf(octets, mimeType, body.secrets, undefined), size }
  }

  #file({ size, file }: TapeBody): Buffer | undefined {
    return size > maxBodyBytes ? undefined : readBlob(this.#tape.folder, file!)
  }
}

interface Commented<T> {
  readonly value: T
  readonly comment: string | undefined
}

const unanswered: HarResponse = {
  status: 0,
  statusText: '',
  httpVersion: '',
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
}

/** latin1 as the text that its octets are in UTF-8, with a placeholder where the tape has one. */
function textOf(latin1: string, isTape: boolean | undefined): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  const octets = Buffer.from(latin1, 'latin1')
  const text = isUtf8(octets) ? octets.toString() : latin1
  return isTape ? text : escapePlaceholders(text)
}

const pairsOf = (headers: HttpHeaders, isTape: boolean | undefined): HarPair[] =>
  headers.map(([name, value]) => ({ name, value: textOf(value, isTape) }))

const isNamed = (name: string, wanted: string): boolean =>
  name.length === wanted.length && name.toLowerCase() === wanted

/** Placeholders are not as long as what stood there. */
const headSize = ({ secrets, head }: Taped): number => (secrets ? -1 : head.raw.length)
const sentSize = ({ head }: Taped): number => (typeof head.length === 'number' ? head.length : -1)

const hostAndPort = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+)(?::(\d{1,5}))?$/i
/** What stands for any server while one is tried out, as for a tape's identities. */
const thisMachine = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:.*\.)?localhost)$/i

/** The URL of a target: at the host that the client named, and else at the service that it spoke to. */
function urlOf(target: string, headers: readonly HarPair[], service: TapeService, isSecure: boolean): string {
  if (/^https?:\/\//i.test(target)) return target
  const [, named, port] = hostAndPort.exec(headers.find(({ name }) => isNamed(name, 'host'))?.value ?? '') ?? []
  const isTold = named !== undefined && !thisMachine.test(named)
  const host = isTold ? named : service.host.includes(':') ? `[${service.host}]` : service.host
  const number = Number((isTold ? port : undefined) ?? service.port)
  const authority = number === (isSecure ? 443 : 80) ? host : `${host}:${number}`
  return `${isSecure ? 'https' : 'http'}://${authority}${target === '*' ? '' : target}`
}

function contentOf(
  octets: Buffer,
  mimeType: string,
  isTape: boolean | undefined,
  sent: number | undefined,
): HarContent {
  const size = octets.length
  const saved = sent === undefined || sent < 0 ? {} : { compression: size - sent }
  const text = isUtf8(octets) ? octets.toString() : undefined
  if (text === undefined || /[\x00-\x08\x0e-\x1f]/.test(text)) {
    return { size, ...saved, mimeType, text: octets.toString('base64'), encoding: 'base64' }
  }
  return { size, ...saved, mimeType, text: isTape ? text : escapePlaceholders(text) }
}

function postDataOf({ size: _, compression: __, ...content }: HarContent): HarPostData {
  const { mimeType, text } = content
  const isForm = content.encoding === undefined && text !== undefined && fieldsOf(mimeType)?.kind === 'form'
  return isForm ? { ...content, params: parametersOf(text) } : content
}

const parametersOf = (text: string): HarPair[] =>
  [...new URLSearchParams(text)].map(([name, value]) => ({ name, value }))

function cookiesOf(value: string): HarCookie[] {
  return value
    .split(';')
    .filter(pair => pair.trim() !== '')
    .map(pairOf)
}

function pairOf(text: string): HarPair {
  const equals = text.indexOf('=')
  return equals < 0
    ? { name: '', value: text.trim() }
    : { name: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() }
}

function setCookieOf(text: string, now: number): HarCookie {
  const [own = '', ...attributes] = text.split(';')
  const given = new Map(attributes.map(pairOf).map(({ name, value }) => [(name || value).toLowerCase(), value]))
  const path = given.get('path')
  const domain = given.get('domain')
  const sameSite = given.get('samesite')
  // Netscape's draft has hyphens in the date, and many servers still.
  const date = (given.get('expires') ?? '').replace(/^(\w{3}, \d\d)-(\w{3})-(\d{4}) /, '$1 $2 $3 ')
  const expires = parseHttpDate(date, now)
  return {
    ...pairOf(own),
    ...(path === undefined ? {} : { path }),
    ...(domain === undefined ? {} : { domain }),
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
    httpOnly: given.has('httponly'),
    secure: given.has('secure'),
    ...(sameSite === undefined ? {} : { sameSite }),
  }
}
