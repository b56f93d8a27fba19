// Content codings (RFC 9110 §8.4.1) on a tape: a compressed body is taken apart, so that people can read and change it,
// with what compresses it to the same octets again. That is found by trying what this zlib, brotli and zstd would give.
// Left out: what other writers of the same formats give; such octets are kept beside the text.

import zlib from 'node:zlib'
import { ProtocolError } from '../decoder.ts'
import { type HttpHeaders, header } from './message.ts'

export type CodingName = 'gzip' | 'deflate' | 'br' | 'zstd'

/** A bomb must not fill the memory. */
export const maxDecoded: number = 8 * 1024 * 1024
/** What is worth taking apart, before and after; a larger body is a file of its own, compressed. */
export const maxCoded: number = 256 * 1024
export const maxText: number = 1024 * 1024

const { constants } = zlib

/** The one coding of a body; undefined where there is none, several or another. */
export function codingOf(headers: HttpHeaders): CodingName | undefined {
  const value = header(headers, 'content-encoding')?.trim().toLowerCase()
  if (value === 'gzip' || value === 'x-gzip') return 'gzip'
  return value === 'deflate' || value === 'br' || value === 'zstd' ? value : undefined
}

/** What is in it; undefined where it is broken or more than `maxDecoded` octets. */
export function decodeCoding(coding: CodingName, octets: Buffer): Buffer | undefined {
  const options = { maxOutputLength: maxDecoded }
  try {
    if (coding === 'gzip') return zlib.gunzipSync(octets, options)
    if (coding === 'br') return zlib.brotliDecompressSync(octets, options)
    if (coding === 'zstd') return zlib.zstdDecompressSync(octets, options)
    return isWrapped(octets) ? zlib.inflateSync(octets, options) : zlib.inflateRawSync(octets, options)
  } catch {
    // Also where this Node has no zstd.
    return undefined
  }
}

/** Whether `deflate` is what the RFC means by it, or what some send: without zlib's header (RFC 1950 §2.2). */
const isWrapped = (octets: Buffer): boolean =>
  octets.length > 1 && (octets[0]! & 15) === 8 && octets.readUInt16BE(0) % 31 === 0

const pattern = /^(gzip|deflate raw|deflate|br|zstd)(?: (\d{1,2}))?(?: window (\d\d))?( checksum)?$/
const highest: Readonly<Record<string, number>> = { gzip: 9, deflate: 9, 'deflate raw': 9, br: 11, zstd: 22 }

interface Recipe {
  readonly name: string
  readonly level: number | undefined
  readonly window: number
  readonly checksum: boolean
}

/** `gzip 6`, `br 11 window 19`, `zstd 3 checksum`; the level may be left out. */
export function readCoding(coding: string): Recipe {
  const match = pattern.exec(coding)
  const [, name = '', level, window = '22', checksum] = match ?? []
  if (match === null || Number(level ?? 0) > highest[name]! || Number(window) < 10 || Number(window) > 24) {
    throw new ProtocolError(
      'http',
      `expected a coding such as "gzip 6", "deflate", "br 5" or "zstd 3", got "${coding}"`,
    )
  }
  const checks = checksum !== undefined
  return { name, level: level === undefined ? undefined : Number(level), window: Number(window), checksum: checks }
}

export function encodeCoding(coding: string, octets: Buffer): Buffer {
  const { name, level, window, checksum } = readCoding(coding)
  return coders[name]!(octets, level, window, checksum)
}

type Coder = (octets: Buffer, level: number | undefined, window: number, checksum: boolean) => Buffer

const coders: Readonly<Record<string, Coder>> = {
  gzip: (octets, level = 6) => {
    // By hand, since zlib notes the system that it runs on.
    const end = Buffer.alloc(8)
    end.writeUInt32LE(zlib.crc32(octets))
    end.writeUInt32LE(octets.length % 2 ** 32, 4)
    return Buffer.concat([gzipHead(level), zlib.deflateRawSync(octets, { level }), end])
  },
  deflate: (octets, level = 6) => zlib.deflateSync(octets, { level }),
  'deflate raw': (octets, level = 6) => zlib.deflateRawSync(octets, { level }),
  br: (octets, quality = 5, window) =>
    zlib.brotliCompressSync(octets, {
      params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: window },
    }),
  zstd: (octets, level = 3, _window, checksum) =>
    zlib.zstdCompressSync(octets, {
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 },
    }),
}

const xfl = (level: number): number => (level === 9 ? 2 : level === 1 ? 4 : 0)
const gzipHead = (level: number): Buffer => Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, xfl(level), 3)

/** Octets that are compressed in search of a coding, weighed by what a level costs. */
const budget = 2 * 1024 * 1024

const levels: Readonly<Record<CodingName, readonly number[]>> = {
  // First what servers have for a default.
  gzip: [6, 1, 9, 5, 4, 3, 2, 7, 8],
  deflate: [6, 1, 9, 5, 4, 3, 2, 7, 8],
  br: [5, 4, 6, 11, 3, 2, 1, 0, 7, 8, 9, 10],
  zstd: [3, 1, 2, 4, 5, 6, 7, 8, 9, 19, 10, 11, 12, 13, 14, 15, 16, 17, 18],
}

function cost(coding: CodingName, level: number): number {
  if (coding === 'br') return level < 9 ? 1 : level === 9 ? 10 : 60
  return coding === 'zstd' && level > 9 ? (level < 16 ? 10 : 40) : 1
}

/** What `encodeCoding` gives the same octets for again; undefined where nothing does that is worth the time. */
export function findCoding(coding: CodingName, decoded: Buffer, octets: Buffer): string | undefined {
  let left = budget
  const variant = variantOf(coding, octets)
  if (variant === undefined) return undefined
  for (const level of levels[coding]) {
    if (!variant.mayBe(level)) continue
    left -= decoded.length * cost(coding, level)
    if (left < 0) continue
    const name = `${variant.name} ${level}${variant.suffix}`
    if (encodeCoding(name, decoded).equals(octets)) return name
  }
  return undefined
}

interface Variant {
  readonly name: string
  readonly suffix: string
  readonly mayBe: (level: number) => boolean
}

/** What the first octets tell of how the others came to be. */
function variantOf(coding: CodingName, octets: Buffer): Variant | undefined {
  const any = () => true
  if (coding === 'gzip') {
    return { name: 'gzip', suffix: '', mayBe: level => octets.subarray(0, 10).equals(gzipHead(level)) }
  }
  if (coding === 'deflate') {
    if (!isWrapped(octets)) return { name: 'deflate raw', suffix: '', mayBe: any }
    const told = octets[1]! >> 6
    return {
      name: 'deflate',
      suffix: '',
      mayBe: level => told === (level < 2 ? 0 : level < 6 ? 1 : level === 6 ? 2 : 3),
    }
  }
  if (coding === 'br') {
    // WBITS (RFC 7932 §9.1), as far as it is in use.
    const first = octets[0] ?? 0
    const window = (first & 1) === 0 ? 16 : 17 + ((first >> 1) & 7)
    return window === 17 ? undefined : { name: 'br', suffix: window === 22 ? '' : ` window ${window}`, mayBe: any }
  }
  // The frame's header (RFC 8878 §3.1.1.1): octets in a row are written with their number.
  const descriptor = octets[4] ?? 0
  if ((descriptor & 0xe0) === 0) return undefined
  return { name: 'zstd', suffix: (descriptor & 4) === 0 ? '' : ' checksum', mayBe: any }
}
