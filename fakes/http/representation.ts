// A body with validators: conditions and ranges are the same for a file and for a function's answer (RFC 9110 §13, §14).

import { checkConditions, rangeApplies, readRanges, type Validators } from '../../wire/http/conditions.ts'
import { parseHttpDate } from '../../wire/http/date.ts'
import { header } from '../../wire/http/message.ts'
import type { Exchange } from './exchange.ts'
import { type Answer, type BodySource, isSource, plain } from './reply.ts'

/** Octets that can be read in part. */
export interface Content {
  readonly size: number
  /** From `first` to before `end`. */
  read(first: number, end: number): Uint8Array | BodySource
}

export const bytesContent = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  read: (first, end) => bytes.subarray(first, end),
})

/** Headers that 304 repeats (§15.4.5). */
const kept = /^(cache-control|content-location|date|etag|expires|last-modified|vary|set-cookie)$/i

/** The answer to GET or HEAD: the whole, a part, several parts, or that nothing changed. */
export function represent(exchange: Exchange, answer: Answer, validators: Validators, content: Content): Answer {
  const { head, site } = exchange
  const now = site.clock.now()
  const status = checkConditions(head, validators, now)
  if (status === 304) {
    const headers = answer.headers.filter(([name]) => kept.test(name))
    return { status, reason: 'Not Modified', headers, body: undefined }
  }
  if (status === 412) return plain(412, 'Precondition Failed')
  const { size } = content
  if (header(answer.headers, 'accept-ranges') === undefined) answer.headers.push(['Accept-Ranges', 'bytes'])
  const field = exchange.method === 'GET' ? exchange.header('range') : undefined
  const ranges = field !== undefined && rangeApplies(head, validators, now) ? readRanges(field, size) : undefined
  if (ranges === undefined) return withContent(answer, content, 0, size)
  if (ranges === 'unsatisfiable') {
    return plain(416, 'Range Not Satisfiable', [['Content-Range', `bytes */${size}`]])
  }
  const partial = { ...answer, status: 206, reason: 'Partial Content' }
  if (ranges.length === 1) {
    const [[first, last]] = ranges as [[number, number]]
    partial.headers = [...answer.headers, ['Content-Range', `bytes ${first}-${last}/${size}`]]
    return withContent(partial, content, first, last + 1)
  }
  return multipart(partial, content, ranges, site.random.text(20, '0123456789'))
}

function withContent(answer: Answer, content: Content, first: number, end: number): Answer {
  return { ...answer, body: content.read(first, end), length: end - first }
}

function multipart(answer: Answer, content: Content, ranges: (readonly [number, number])[], boundary: string): Answer {
  const type = header(answer.headers, 'content-type')
  const headers = answer.headers.filter(([name]) => name.toLowerCase() !== 'content-type')
  headers.push(['Content-Type', `multipart/byteranges; boundary=${boundary}`])
  const pieces: (() => Uint8Array | BodySource)[] = []
  let length = 0
  const add = (size: number, piece: () => Uint8Array | BodySource) => {
    length += size
    pieces.push(piece)
  }
  const text = (line: string) => {
    const bytes = Buffer.from(line, 'latin1')
    add(bytes.length, () => bytes)
  }
  for (const [first, last] of ranges) {
    text(`\r\n--${boundary}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}`)
    text(`Content-Range: bytes ${first}-${last}/${content.size}\r\n\r\n`)
    add(last - first + 1, () => content.read(first, last + 1))
  }
  text(`\r\n--${boundary}--\r\n`)
  return { ...answer, headers, body: inOrder(pieces), length }
}

function inOrder(pieces: (() => Uint8Array | BodySource)[]): BodySource {
  let current: BodySource | undefined
  return {
    async read() {
      for (;;) {
        const piece = await current?.read()
        if (piece !== undefined) return piece
        current = undefined
        const next = pieces.shift()?.()
        if (next === undefined) return undefined
        if (!isSource(next)) return next
        current = next
      }
    },
    cancel(reason) {
      pieces.length = 0
      current?.cancel(reason)
    },
  }
}

/** A function's Response that has validators and is all there is heeded like a file. */
export function conditional(exchange: Exchange, answer: Answer): Answer {
  if (answer.exact || answer.status !== 200 || (exchange.method !== 'GET' && exchange.method !== 'HEAD')) return answer
  const etag = header(answer.headers, 'etag')
  const written = header(answer.headers, 'last-modified')
  if (etag === undefined && written === undefined) return answer
  const validators: Validators = etag === undefined ? {} : { etag }
  const modified = written === undefined ? undefined : parseHttpDate(written, exchange.site.clock.now())
  if (modified !== undefined) validators.modified = modified
  const { body } = answer
  if (body === undefined || isSource(body)) {
    const status = checkConditions(exchange.head, validators, exchange.site.clock.now())
    if (status === undefined) return answer
    if (body !== undefined) body.cancel()
    return status === 412
      ? plain(412, 'Precondition Failed')
      : { status, reason: 'Not Modified', headers: answer.headers.filter(([name]) => kept.test(name)), body: undefined }
  }
  return represent(exchange, answer, validators, bytesContent(typeof body === 'string' ? Buffer.from(body) : body))
}
