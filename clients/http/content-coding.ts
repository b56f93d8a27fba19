// Codings of a response's body, undone (RFC 9110 §8.4.1).

import { type Duplex, PassThrough, type Readable } from 'node:stream'
import zlib from 'node:zlib'
import { ProtocolError } from '../../wire/decoder.ts'

/** What a client says that it takes, the best first. */
export const codings: readonly string[] = ['gzip', 'deflate', 'br', 'zstd']

/** Undefined for no coding at all. */
export function decoderFor(coding: string): (Duplex & Readable) | undefined {
  switch (coding) {
    case 'identity':
    case '':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip()
    case 'deflate':
      return new Inflate()
    case 'br':
      return zlib.createBrotliDecompress()
    case 'zstd':
      return zlib.createZstdDecompress()
    default:
      throw new ProtocolError('http', `expected a body coded by ${codings.join(', ')}, got ${JSON.stringify(coding)}`)
  }
}

/** deflate means zlib's format; some servers send it without zlib's two octets (RFC 9110 §8.4.1.2). */
class Inflate extends PassThrough {
  #inner: zlib.Inflate | zlib.InflateRaw | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner === undefined && chunk.length > 0) {
      this.#inner = (chunk[0]! & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()
      this.#inner.on('data', piece => this.push(piece))
      this.#inner.on('error', error => this.destroy(error))
    }
    if (this.#inner === undefined) done()
    else this.#inner.write(chunk, () => done())
  }

  override _flush(done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) done()
    else this.#inner.once('end', () => done()).end()
  }
}
