// Content codings (RFC 9110 §8.4): a body is compressed by what its client takes.

import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { isCompressible } from '../../wire/http/media-types.ts'
import { header } from '../../wire/http/message.ts'
import { chooseCoding } from '../../wire/http/negotiate.ts'
import type { Exchange } from './exchange.ts'
import { type Answer, type BodySource, isSource, plain } from './reply.ts'

export type ContentCoding = 'gzip' | 'br' | 'zstd' | 'deflate'

/** Up to here compressing takes less time than handing the work to another thread. */
const maxSync = 32 * 1024
/** Below, a compressed body is no smaller. */
const minSize = 100

// Quality 5 is what servers use on the fly; the library's default of 11 takes seconds for a megabyte.
const brotli = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }

const codings = {
  gzip: {
    sync: (bytes: Uint8Array) => zlib.gzipSync(bytes),
    whole: promisify(zlib.gzip),
    stream: () => zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH }),
  },
  deflate: {
    sync: (bytes: Uint8Array) => zlib.deflateSync(bytes),
    whole: promisify(zlib.deflate),
    stream: () => zlib.createDeflate({ flush: zlib.constants.Z_SYNC_FLUSH }),
  },
  br: {
    sync: (bytes: Uint8Array) => zlib.brotliCompressSync(bytes, brotli),
    whole: (bytes: Uint8Array) => promisify(zlib.brotliCompress)(bytes, brotli),
    stream: () => zlib.createBrotliCompress({ ...brotli, flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  },
  zstd: {
    sync: (bytes: Uint8Array) => zlib.zstdCompressSync(bytes),
    whole: promisify(zlib.zstdCompress),
    stream: () => zlib.createZstdCompress({ flush: zlib.constants.ZSTD_e_flush }),
  },
}

export function compress(coding: ContentCoding, bytes: Uint8Array): Buffer | Promise<Buffer> {
  return bytes.length <= maxSync ? codings[coding].sync(bytes) : (codings[coding].whole(bytes) as Promise<Buffer>)
}

/** Each piece is flushed, so that what is sent as it happens also arrives as it happens. */
export function compressSource(coding: ContentCoding, source: BodySource): BodySource {
  const stream = codings[coding].stream()
  const feed = async () => {
    for (let piece = await source.read(); piece !== undefined; piece = await source.read()) {
      if (!stream.write(piece)) await new Promise(resolve => stream.once('drain', resolve))
    }
    stream.end()
  }
  feed().catch(error => stream.destroy(error))
  const pieces = stream[Symbol.asyncIterator]()
  return {
    async read() {
      const { done, value } = await pieces.next()
      return done ? undefined : value
    },
    cancel(reason) {
      source.cancel(reason)
      stream.destroy()
    },
  }
}

/** Whether a body gets smaller. */
export function isWorthCoding(type: string, size: number | undefined): boolean {
  return isCompressible(type) && (size === undefined || size >= minSize)
}

/** The coding for an answer of this type and size; `refused` where the client takes none. */
export function codingFor(
  accept: string | undefined,
  offered: readonly ContentCoding[],
  type: string,
  size: number | undefined,
): ContentCoding | 'identity' | 'refused' {
  const chosen = chooseCoding(accept, offered)
  if (chosen === undefined) return 'refused'
  if (chosen === 'identity' || chooseCoding(accept, []) === undefined) return chosen
  return isWorthCoding(type, size) ? chosen : 'identity'
}

export const notAcceptable = (): Answer => plain(406, 'Not Acceptable')

/** A function's answer, compressed where it is not already and the client takes that. */
export function coded(
  exchange: Exchange,
  answer: Answer,
  offered: readonly ContentCoding[],
  unacceptable: 406 | 'send',
): Answer | Promise<Answer> {
  const { body, headers, status } = answer
  if (answer.exact || body === undefined || status < 200 || status === 206 || header(headers, 'content-encoding'))
    return answer
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const size = isSource(bytes) ? answer.length : bytes.length
  const coding = codingFor(exchange.header('accept-encoding'), offered, header(headers, 'content-type') ?? '', size)
  if (coding === 'refused' && unacceptable === 406) {
    if (isSource(bytes)) bytes.cancel()
    return notAcceptable()
  }
  headers.push(['Vary', 'Accept-Encoding'])
  if (coding === 'identity' || coding === 'refused') return answer
  headers.push(['Content-Encoding', coding])
  for (const field of headers) if (field[0].toLowerCase() === 'etag') field[1] = codedTag(field[1], coding)
  if (isSource(bytes)) {
    const { length: _length, ...rest } = answer
    return { ...rest, body: compressSource(coding, bytes) }
  }
  const small = compress(coding, bytes)
  return small instanceof Promise ? small.then(done => ({ ...answer, body: done })) : { ...answer, body: small }
}

/** Each coding is a representation of its own, with a tag of its own, as Apache writes it. */
export const codedTag = (etag: string, coding: string): string => etag.replace(/"$/, `-${coding}"`)
