// The header fields of one message of an HTTP archive, made to be those of HTTP/1.1: what belonged to a connection of
// another version is taken out, and what says how long a body is and how it is coded is put right.

import type { HttpHeaders } from '../wire/http/message.ts'
import type { HarPair } from './har.ts'

/** What a message of HTTP/2 or 3 must not have (RFC 9113 §8.2.2), and some tools write all the same. */
const ofConnection = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade'])

export class Fields {
  #pairs: (readonly [name: string, value: string])[]
  /** The body is in chunks. */
  readonly isChunked: boolean
  /** The connection ends after the message. */
  readonly isClosing: boolean

  /** `version` is undefined where it was none of HTTP/1, or is not known. */
  constructor(pairs: readonly HarPair[], version: '1.0' | '1.1' | undefined) {
    this.#pairs = pairs.map(({ name, value }) => [name, value] as const)
    if (version === undefined) {
      this.#pairs = this.#pairs.filter(([name]) => !ofConnection.has(name.toLowerCase()))
      this.#joinCookies()
    }
    this.isChunked = version === '1.1' && /(?:^|,)\s*chunked\s*$/i.test(this.get('transfer-encoding') ?? '')
    if (this.isChunked) this.#put('transfer-encoding', 'chunked')
    else this.drop('transfer-encoding')
    const connection = this.get('connection') ?? ''
    this.isClosing = version === '1.0' ? !/\bkeep-alive\b/i.test(connection) : /\bclose\b/i.test(connection)
  }

  get pairs(): HttpHeaders {
    return this.#pairs
  }

  /** The last one of a name in lower case. */
  get(name: string): string | undefined {
    return this.#pairs.findLast(([each]) => each.toLowerCase() === name)?.[1]
  }

  drop(name: string): void {
    this.#pairs = this.#pairs.filter(([each]) => each.toLowerCase() !== name)
  }

  /** Where there is none: its place is the first. */
  putHost(host: string): void {
    if (this.get('host') === undefined) this.#pairs.unshift(['Host', host])
  }

  putLength(size: number): void {
    if (this.get('content-length') === undefined) this.#pairs.push(['Content-Length', String(size)])
    else this.#put('content-length', String(size))
  }

  /** What is told of a body that is not sent stays, if it is a length. */
  keepLength(): void {
    const length = this.get('content-length')
    if (length === undefined) return
    if (/^\d{1,15}$/.test(length)) this.#put('content-length', length)
    else this.drop('content-length')
  }

  /** A charset that is told is UTF-8. */
  putCharset(): void {
    const type = this.get('content-type')
    const told = type?.replace(/(;\s*charset\s*=\s*)(?!"?utf-?8\b)("[^"]*"|[^\s;]+)/i, '$1utf-8')
    if (told !== undefined && told !== type) this.#put('content-type', told)
  }

  /** Lines of a head. */
  toString(): string {
    return this.#pairs.map(([name, value]) => `${name}: ${value}`.trimEnd()).join('\n')
  }

  /** Gives the first of a name another value and takes out the others. */
  #put(name: string, value: string): void {
    const first = this.#pairs.findIndex(([each]) => each.toLowerCase() === name)
    this.#pairs = this.#pairs.flatMap((pair, at) => {
      if (at === first) return [[pair[0], value]]
      return pair[0].toLowerCase() === name ? [] : [pair]
    })
  }

  /** HTTP/2 may have a field for each cookie; HTTP/1.1 has one for all (RFC 9113 §8.2.3). */
  #joinCookies(): void {
    const cookies = this.#pairs.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value)
    if (cookies.length > 1) this.#put('cookie', cookies.join('; '))
  }
}
