// What a POP3 server sends (RFC 1939 §3): `+OK` or `-ERR` with response codes (RFC 2449 §8), challenges of AUTH (RFC 5034),
// and lines up to one with a dot, which are stuffed as those of a mail in SMTP.

import { type Decoder, excerpt, ProtocolError } from '../decoder.ts'
import { LineDecoder } from '../line-decoder.ts'
import { encodeData, SmtpDataReader } from '../smtp/data.ts'

export interface Pop3Status {
  kind: 'status'
  ok: boolean
  /** In upper case, for example `IN-USE` or `SYS/TEMP`. */
  code?: string
  /** What follows, octets beyond ASCII as latin1. */
  text: string
}

export type Pop3Output =
  | Pop3Status
  /** A challenge, in base64. */
  | { kind: 'challenge'; text: string }
  /** A piece of what follows `+OK`, its dots unstuffed. `last` where the end has come. */
  | { kind: 'content'; octets: Buffer; last: boolean }

export function status(ok: boolean, text: string, code?: string): Pop3Status {
  return code === undefined ? { kind: 'status', ok, text } : { kind: 'status', ok, code, text }
}

const statusLine = /^(\+OK|-ERR)(?: (.*)|$)/is
const responseCode = /^\[([A-Z0-9][A-Z0-9/_-]*)\](?: |$)/i

/** For example `-ERR [IN-USE] try later`. */
export function parseStatus(line: string): Pop3Status {
  const found = statusLine.exec(line)
  if (found === null) {
    const got = excerpt(Buffer.from(line, 'latin1'))
    throw new ProtocolError('pop3', `expected a status such as "+OK" or "-ERR [IN-USE] try later", got ${got}`)
  }
  const [, word, text = ''] = found
  const code = responseCode.exec(text)
  const ok = word!.startsWith('+')
  return code === null ? status(ok, text) : status(ok, text.slice(code[0].length), code[1]!.toUpperCase())
}

/** As one text of latin1 octets. */
export function encodeStatus({ ok, code, text }: Pop3Status): string {
  const words = [ok ? '+OK' : '-ERR', ...(code === undefined ? [] : [`[${code}]`]), ...(text === '' ? [] : [text])]
  const line = words.join(' ')
  return `${/[^\x00-\xff]/.test(line) ? Buffer.from(line).toString('latin1') : line}\r\n`
}

/** A status with lines behind it; a last line without CRLF gets one. */
export function encodeMultiline(said: Pop3Status, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(encodeStatus(said), 'latin1'), encodeData(content)])
}

/** RFC 2449 §4 has 512 for the first line; a challenge of AUTH may be as long as SMTP's. */
const maxLine = 12288

/** Gives statuses until it is told that lines follow. */
export class Pop3ResponseDecoder implements Decoder<Pop3Output> {
  readonly #lines = new LineDecoder({ protocol: 'pop3', maxBytes: maxLine })
  #content: SmtpDataReader | undefined

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk)
  }

  /** What follows are lines, up to one with a dot. */
  readContent(): void {
    this.#content = new SmtpDataReader(this.#lines.queue)
  }

  next(): Pop3Output | undefined {
    if (this.#content !== undefined) {
      const piece = this.#content.next()
      if (piece === undefined) return undefined
      if (piece.last) this.#content = undefined
      return { kind: 'content', octets: piece.octets, last: piece.last }
    }
    const line = this.#lines.next()
    if (line === undefined) return undefined
    if (/^\+(?: |$)/.test(line)) return { kind: 'challenge', text: line.slice(2) }
    return parseStatus(line)
  }

  end(): void {
    if (this.#content !== undefined) throw new ProtocolError('pop3', 'stream ended inside the lines of a response')
    this.#lines.end()
  }

  rest(): Uint8Array {
    return this.#lines.rest()
  }
}
