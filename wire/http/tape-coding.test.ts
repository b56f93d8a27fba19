import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { codingOf, decodeCoding, encodeCoding, findCoding, maxDecoded } from './tape-coding.ts'

const { constants } = zlib
const text = Buffer.from(
  Array.from({ length: 120 }, (_, i) => `line ${i}: ${'grass, sky, water and stone'.slice(i % 20)}\n`).join(''),
)

const brotli = (quality: number, window: number) =>
  zlib.brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: window },
  })
const zstd = (level: number, checksum = 0) =>
  zlib.zstdCompressSync(text, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum },
  })

const found: [coding: 'gzip' | 'deflate' | 'br' | 'zstd', name: string, octets: Buffer][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((level): [['gzip', string, Buffer], ['deflate', string, Buffer]] => [
    ['gzip', `gzip ${level}`, zlib.gzipSync(text, { level })],
    ['deflate', `deflate ${level}`, zlib.deflateSync(text, { level })],
  ]),
  ['deflate', 'deflate raw 6', zlib.deflateRawSync(text)],
  ...[0, 4, 5, 6, 9, 11].map((quality): ['br', string, Buffer] => ['br', `br ${quality}`, brotli(quality, 22)]),
  ['br', 'br 5 window 19', brotli(5, 19)],
  ['br', 'br 5 window 16', brotli(5, 16)],
  ...[1, 3, 9, 19].map((level): ['zstd', string, Buffer] => ['zstd', `zstd ${level}`, zstd(level)]),
  ['zstd', 'zstd 3 checksum', zstd(3, 1)],
]

test.for(found)('%s: octets of %s are given again', ([coding, name, octets]) => {
  expect(decodeCoding(coding, octets)).toEqual(text)
  const again = findCoding(coding, text, octets)
  // Levels next to each other may give the same octets.
  expect(again).toMatch(/^[a-z ]+ \d+( window \d\d| checksum)?$/)
  expect(again?.replace(/\d+/, '')).toBe(name.replace(/\d+/, ''))
  expect(encodeCoding(again!, text)).toEqual(octets)
})

// `printf "hello\n" | gzip -n -6`, gzip 1.12.
const hello = Buffer.from('1f8b0800000000000003cb48cdc9c9e7020020303a3606000000', 'hex')

test("gzip's own octets are read and found", () => {
  expect(decodeCoding('gzip', hello)?.toString()).toBe('hello\n')
  expect(findCoding('gzip', Buffer.from('hello\n'), hello)).toBe('gzip 6')
})

test('octets that nothing here gives are found to be so', () => {
  const dated = Buffer.from(hello)
  dated.writeUInt32LE(1_795_569_275, 4)
  expect(findCoding('gzip', Buffer.from('hello\n'), dated)).toBeUndefined()
  expect(findCoding('gzip', text, Buffer.concat([zlib.gzipSync(text), Buffer.of(0)]))).toBeUndefined()
  expect(findCoding('zstd', text, Buffer.from('28b52ffd00589d', 'hex'))).toBeUndefined()
  expect(findCoding('br', text, Buffer.of(0x11))).toBeUndefined()
})

test('what is too large to try is not tried', () => {
  const large = Buffer.alloc(4 * 1024 * 1024, 'a')
  expect(findCoding('gzip', large, zlib.gzipSync(large))).toBeUndefined()
})

test('a bomb, a cut body and what is none give nothing', () => {
  expect(decodeCoding('gzip', zlib.gzipSync(Buffer.alloc(maxDecoded + 1)))).toBeUndefined()
  expect(decodeCoding('gzip', zlib.gzipSync(Buffer.alloc(maxDecoded)))?.length).toBe(maxDecoded)
  for (const coding of ['gzip', 'deflate', 'br', 'zstd'] as const) {
    expect(decodeCoding(coding, Buffer.from('no such thing'))).toBeUndefined()
    expect(decodeCoding(coding, Buffer.alloc(0))?.length ?? 0).toBe(0)
  }
  expect(decodeCoding('gzip', zlib.gzipSync(text).subarray(0, -10))).toBeUndefined()
})

test('a level may be left out, and what is no coding is refused', () => {
  for (const name of ['gzip', 'deflate', 'deflate raw', 'br', 'zstd']) {
    const [coding] = name.split(' ') as ['gzip']
    expect(decodeCoding(coding, encodeCoding(name, text))).toEqual(text)
  }
  for (const name of ['gzip 10', 'gzip six', 'compress', 'br 12', 'br 5 window 99', '', 'gzip 6 ']) {
    expect(() => encodeCoding(name, text)).toThrow(
      `http: expected a coding such as "gzip 6", "deflate", "br 5" or "zstd 3", got "${name}"`,
    )
  }
})

test('one coding that is known counts', () => {
  const of = (value: string) => codingOf([['Content-Encoding', value]])
  expect(['gzip', 'X-GZIP', ' br', 'deflate', 'zstd'].map(of)).toEqual(['gzip', 'gzip', 'br', 'deflate', 'zstd'])
  expect(['identity', 'gzip, br', 'compress', ''].map(of)).toEqual([undefined, undefined, undefined, undefined])
  expect(codingOf([])).toBeUndefined()
})
