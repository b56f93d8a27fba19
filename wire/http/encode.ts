// Parts of messages to octets (RFC 9112). Heads are text, to be written as latin1; nothing is added to what is given.

import type { HttpHeaders, HttpVersion } from './message.ts'

/** What would end a line or cannot be written as one octet. */
const lineBreak = /[\r\n\0]|[^\0-\xff]/

/** Header lines without the empty line. Throws a TypeError where a line break would start a header of its own. */
export function encodeHeaders(headers: HttpHeaders): string {
  let text = ''
  for (const [name, value] of headers) {
    const line = `${name}: ${value}`
    if (lineBreak.test(line)) throw new TypeError(`expected a header on one line, got ${JSON.stringify(line)}`)
    text += `${line}\r\n`
  }
  return text
}

export interface RequestHead {
  method: string
  target: string
  version?: HttpVersion
  headers: HttpHeaders
}

export interface ResponseHead {
  version?: HttpVersion
  status: number
  reason: string
  headers: HttpHeaders
}

export function encodeRequestHead({ method, target, version = '1.1', headers }: RequestHead): string {
  return `${method} ${target} HTTP/${version}\r\n${encodeHeaders(headers)}\r\n`
}

export function encodeResponseHead({ version = '1.1', status, reason, headers }: ResponseHead): string {
  return `HTTP/${version} ${status} ${reason}\r\n${encodeHeaders(headers)}\r\n`
}

/** One chunk. An empty one would end the body and gives nothing. */
export function encodeChunk(bytes: Uint8Array): Buffer {
  if (bytes.length === 0) return Buffer.alloc(0)
  const size = Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1')
  return Buffer.concat([size, bytes, Buffer.from('\r\n', 'latin1')])
}

/** What ends a chunked body. */
export function encodeLastChunk(trailers: HttpHeaders = []): string {
  return `0\r\n${encodeHeaders(trailers)}\r\n`
}
