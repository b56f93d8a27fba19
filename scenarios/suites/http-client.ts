// What the scenarios of HTTP are made of: requests of our client, octets of our own, and responses in words.

import { createHash } from 'node:crypto'
import { HttpError, type HttpRequestOptions, request } from '../../clients/http.ts'
import { connectTcp } from '../../clients/tcp.ts'
import { NetworkError } from '../../net/errors.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { HttpResponseDecoder } from '../../wire/http/decoder.ts'
import { type HttpHeaders, header } from '../../wire/http/message.ts'
import { dedent, type Scenario } from './scenario.ts'

/** Headers that programs go by. */
const told = ['Content-Encoding', 'Content-Range']
const toldOfErrors = ['Content-Range', 'Location']

/** Status and what programs go by; of a body, its size and a hash. Pages about errors are each server's own. */
function inWords(status: number, headers: HttpHeaders, body: Uint8Array): string {
  const fields = (status >= 300 ? toldOfErrors : told).flatMap(name => {
    const value = header(headers, name)
    return value === undefined ? [] : `  ${name}: ${value}`
  })
  if (status >= 300) return [`${status}`, ...fields].join('\n')
  const type = (header(headers, 'content-type') ?? 'no type').replace(/; boundary=.*/, '')
  const size = type.startsWith('multipart') ? 'parts' : `${body.length} octets`
  const hash = type.startsWith('multipart') ? '' : ` ${createHash('sha256').update(body).digest('hex').slice(0, 8)}`
  return [`${status} ${type}, ${size}${body.length > 0 ? hash : ''}`, ...fields].join('\n')
}

type Fetch = string | [url: string, options: HttpRequestOptions]

/** Requests of our client, one after the other; paths are of www.example.org. */
export function fetches(title: string, requests: readonly Fetch[], result: string): Scenario {
  const work = async () => {
    const results: string[] = []
    for (const each of requests) {
      const [path, options] = typeof each === 'string' ? [each, {}] : each
      try {
        await using answer = await request(new URL(path, 'http://www.example.org'), { redirects: 0, ...options })
        results.push(inWords(answer.status, answer.headers, await answer.bytes()))
      } catch (error) {
        if (error instanceof HttpError)
          results.push(`HttpError ${inWords(error.status, error.headers, Buffer.alloc(0))}`)
        else if (error instanceof NetworkError) results.push(`NetworkError ${error.code}`)
        else throw error
      }
    }
    return results.join('\n')
  }
  return { title, work, result: dedent(result) }
}

/** A request's head: lines with the ends that HTTP has. */
export const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n')
export const get = (path: string, ...lines: string[]): string =>
  head(`GET ${path} HTTP/1.1`, 'Host: www.example.org', ...lines)
export const close = 'Connection: close'

/**
 * Octets on one connection until the server ends: a piece at first, each further one when a response has begun. `methods`
 * are those of the requests, for HEAD has no body.
 */
export function says(
  title: string,
  pieces: readonly string[],
  result: string,
  methods: readonly string[] = [],
): Scenario {
  const work = async () => {
    const host = pieces[0]!.includes('Host: api.example.org') ? 'api.example.org' : 'www.example.org'
    await using client = await connectTcp({ host, port: 80 })
    const decoder = new HttpResponseDecoder()
    for (const method of methods) decoder.expect(method)
    const results: string[] = []
    let open: { status: number; headers: HttpHeaders; body: Uint8Array[] } | undefined
    const take = () => {
      for (let part = decoder.next(); part !== undefined; part = decoder.next()) {
        if (part.kind === 'response') open = { status: part.status, headers: part.headers, body: [] }
        else if (part.kind === 'data') open!.body.push(Buffer.from(part.bytes))
        else {
          results.push(inWords(open!.status, open!.headers, Buffer.concat(open!.body)))
          open = undefined
        }
      }
    }
    const left = [...pieces]
    await client.write(Buffer.from(left.shift()!, 'latin1'))
    try {
      for (;;) {
        const chunk = await client.read()
        if (chunk === undefined) break
        decoder.push(chunk)
        take()
        const next = open === undefined ? left.shift() : undefined
        if (next !== undefined) await client.write(Buffer.from(next, 'latin1'))
      }
      decoder.end()
      take()
    } catch (error) {
      if (error instanceof NetworkError) results.push(`NetworkError ${error.code}`)
      else if (error instanceof ProtocolError) results.push('ProtocolError')
      else throw error
    }
    return results.join('\n')
  }
  return { title, work, result: dedent(result) }
}

export const api = 'http://api.example.org'

export const plain: Record<string, string> = { 'Accept-Encoding': 'identity' }

export const text = '/rfc/rfc2324.txt'

export const range = (value: string, more: Record<string, string> = {}): HttpRequestOptions => ({
  headers: { ...plain, Range: value, ...more },
})

/** As old as the fixture's files are made to be. */
export const modified = 'Sun, 15 Mar 2015 12:09:16 GMT'

/** A body whose length nobody knows before its end. */
export const pieces = (count: number, octets: number): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < count; at++) yield Buffer.alloc(octets, 97 + at)
  },
})
