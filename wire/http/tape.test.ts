import zlib from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import { Random } from '../../net/random.ts'
import type { Side } from '../decoder.ts'
import { form } from './tape.ts'
import { octetsOf, readAll, record, type Said, say, TapeInTest } from './tape-in-test.ts'

const joined = (said: readonly Said[], side: Side) =>
  said
    .filter(([from]) => from === side)
    .map(([, octets]) => octetsOf(octets).toString('latin1'))
    .join('')

const get = 'GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n'
const ok = (body: string, fields = '') => `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
const chunked = (body: string, fields = '') => `HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n${body}`
const page = Array.from({ length: 40 }, (_, i) => `<p>${i} grass and water</p>\n`).join('')
const coded = (octets: Buffer, coding: string) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: ${coding}\r\nContent-Length: ${octets.length}\r\n\r\n`,
    ),
    octets,
  ])

const samples: [name: string, said: Said[]][] = [
  [
    'a GET',
    [
      ['client', get],
      ['server', ok('<html>hello</html>\n', 'Date: Wed, 25 Nov 2026 01:07:55 GMT\r\n')],
    ],
  ],
  [
    'HEAD',
    [
      ['client', 'HEAD / HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ],
  ],
  [
    'HEAD of chunks',
    [
      ['client', 'HEAD / HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ],
  ],
  [
    '304 and 204',
    [
      ['client', get + get],
      ['server', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'],
    ],
  ],
  [
    'a POST',
    [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nb'],
      ['server', ok('')],
    ],
  ],
  [
    'a binary body',
    [
      ['client', get],
      ['server', ok('\x00\xff\x01')],
    ],
  ],
  [
    'a large binary body',
    [
      ['client', get],
      ['server', ok('\x00\xff'.repeat(5000))],
    ],
  ],
  [
    'text in UTF-8',
    [
      ['client', get],
      ['server', ok('gr\xc3\xbc\xc3\x9fe ‹'.replace('‹', '\xe2\x80\xb9'))],
    ],
  ],
  [
    'text with CRLF',
    [
      ['client', get],
      ['server', ok('a\r\nb\r\n')],
    ],
  ],
  [
    'text with a lone CR',
    [
      ['client', get],
      ['server', ok('a\rb\r\n')],
    ],
  ],
  [
    'what looks like a placeholder',
    [
      ['client', get],
      ['server', ok('\xe2\x80\xb9secret:token\xe2\x80\xba', 'A: \xe2\x80\xb9secret:x\xe2\x80\xba\r\n')],
    ],
  ],
  [
    'no length',
    [
      ['client', get],
      ['server', 'HTTP/1.0 200 OK\r\n\r\nhi there'],
    ],
  ],
  [
    'no length and no octet',
    [
      ['client', get],
      ['server', 'HTTP/1.0 200 OK\r\n\r\n'],
    ],
  ],
  [
    'one chunk',
    [
      ['client', get],
      ['server', chunked('5\r\nhello\r\n0\r\n\r\n')],
    ],
  ],
  [
    'no chunk',
    [
      ['client', get],
      ['server', chunked('0\r\n\r\n')],
    ],
  ],
  [
    'chunks',
    [
      ['client', get],
      ['server', chunked('5\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\n\r\n')],
    ],
  ],
  [
    'a hundred equal chunks',
    [
      ['client', get],
      ['server', chunked(`${'a\r\n0123456789\r\n'.repeat(100)}3\r\nend\r\n0\r\n\r\n`)],
    ],
  ],
  [
    'chunks that are spelled oddly',
    [
      ['client', get],
      ['server', chunked('A\r\n0123456789\r\n003\r\nabc\r\n1 ;a="b c"\r\nd\r\n2;x\r\nef\r\n2;x\r\ngh\r\n00\r\n\r\n')],
    ],
  ],
  [
    'trailers',
    [
      ['client', get],
      ['server', chunked('1\r\na\r\n0\r\nSum: 1\r\nX:2\r\n\r\n')],
    ],
  ],
  [
    'trailers with bare line feeds',
    [
      ['client', get],
      ['server', chunked('1\r\na\r\n0\r\nSum: 1\n\n')],
    ],
  ],
  [
    '100 Continue',
    [
      ['client', 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n'],
      ['server', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['client', 'a'],
      ['server', ok('b')],
    ],
  ],
  [
    'Upgrade',
    [
      ['client', 'GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n'],
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello\n'],
      ['client', '\x00\x01'],
      ['server', 'bye'],
    ],
  ],
  [
    'CONNECT',
    [
      ['client', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\n\r\n'],
      ['client', 'hello'],
    ],
  ],
  [
    'pipelined requests',
    [
      ['client', `${get}HEAD / HTTP/1.1\r\n\r\n${get}`],
      ['server', `${ok('1')}${ok('').replace('0', '7')}${ok('3')}`],
    ],
  ],
  [
    'a head with bare line feeds',
    [
      ['client', 'GET / HTTP/1.0\nHost: x\n\n'],
      ['server', 'HTTP/1.0 200 OK\nContent-Length: 1\n\na'],
    ],
  ],
  [
    'line ends that differ',
    [
      ['client', 'GET / HTTP/1.0\r\nHost: x\n\r\n'],
      ['server', 'HTTP/1.0 200 OK\nContent-Length: 1\r\n\na'],
    ],
  ],
  [
    'a head in latin1',
    [
      ['client', 'GET /\xe9 HTTP/1.1\r\nA: \xe9\r\n\r\n'],
      ['server', 'HTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 0\r\n\r\n'],
    ],
  ],
  [
    'a head in UTF-8',
    [
      ['client', 'GET /\xc3\xa9 HTTP/1.1\r\nA: \xc3\xa9\r\n\r\n'],
      ['server', ok('')],
    ],
  ],
  [
    'odd spacing and folded lines',
    [
      ['client', 'GET / HTTP/1.1\r\nA:b \r\nB:  c\r\n\t d\r\nc:\r\n\r\n'],
      ['server', 'HTTP/1.1 200\r\nContent-Length:  03\r\ncontent-length: 3, 3\r\n\r\nabc'],
    ],
  ],
  [
    'what a link cuts',
    [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ],
  ],
  [
    'garbage',
    [
      ['client', `${get}what?\r\n\r\nfoo`],
      ['server', `${ok('a')}HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nb`],
    ],
  ],
  [
    'garbage of a server',
    [
      ['client', get],
      ['server', 'SSH-2.0-x\r\n'],
    ],
  ],
  [
    'a broken chunk',
    [
      ['client', get],
      ['server', chunked('3\r\nabc\r\n3\r\nabcd\r\nmore')],
    ],
  ],
  ...(['gzip', 'deflate', 'br', 'zstd'] as const).map((coding): [string, Said[]] => {
    const compress = {
      gzip: zlib.gzipSync,
      deflate: zlib.deflateSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync,
    }
    return [
      `a body in ${coding}`,
      [
        ['client', get],
        ['server', coded(compress[coding](Buffer.from(page)), coding)],
      ],
    ]
  }),
  [
    'gzip of another writer',
    [
      ['client', get],
      ['server', coded(Buffer.from('1f8b08080000000000ff6100cb48cdc9c9e7020020303a3606000000', 'hex'), 'gzip')],
    ],
  ],
  [
    'gzip that is none',
    [
      ['client', get],
      ['server', coded(Buffer.from('hello'), 'gzip')],
    ],
  ],
  [
    'gzip in chunks',
    [
      ['client', get],
      [
        'server',
        chunked(
          `${zlib.gzipSync('hi').length.toString(16)}\r\n${zlib.gzipSync('hi').toString('latin1')}\r\n0\r\n\r\n`,
          'Content-Encoding: gzip\r\n',
        ),
      ],
    ],
  ],
]

group('written, read and said again a conversation has the same octets', () => {
  test.for(samples)('%s', ([, said]) => {
    const tape = new TapeInTest()
    const values = record(form, said, tape)
    for (const side of ['client', 'server'] as const) expect(say(form, values, side, tape)).toBe(joined(said, side))
    // And what was read can be written again.
    const again = readAll(form, values, tape).map(({ message, body }) => form.write(message, body, tape.writing))
    const comparable = (value: unknown) => JSON.stringify(value).replace(/\d+(?=\.[\w-]+")/g, 'file')
    expect(again.map(comparable)).toEqual(values.map(([, value]) => comparable(value)))
  })

  test('wherever the link is cut', () => {
    const whole = `${chunked('5\r\nabcde\r\nB\r\n0123456789a\r\n0\r\nSum: 1\r\n\r\n')}${ok('hi')}`
    for (let size = 0; size <= whole.length; size++) {
      const tape = new TapeInTest()
      const values = record(
        form,
        [
          ['client', get + get],
          ['server', whole.slice(0, size)],
        ],
        tape,
      )
      expect(say(form, values, 'server', tape)).toBe(whole.slice(0, size))
    }
  })

  test('whatever octets they are', () => {
    const random = new Random('http tape')
    const parts = samples.flatMap(([, said]) => said)
    for (let round = 0; round < 2000; round++) {
      const said: Said[] = [['client', get]]
      for (let count = 1 + random.below(4); count > 0; count--) {
        const [from, text] = parts[random.below(parts.length)]!
        const octets = Buffer.from(octetsOf(text))
        if (octets.length > 5000) continue
        for (let change = random.below(3); change > 0; change--) octets[random.below(octets.length)] = random.below(256)
        const at = random.below(octets.length + 1)
        said.push([from, octets.subarray(0, at)], [from, octets.subarray(at)])
      }
      const tape = new TapeInTest()
      const values = record(form, said, tape)
      for (const side of ['client', 'server'] as const) {
        // Empty lines before a head are not kept.
        const [one, other] = [say(form, values, side, tape), joined(said, side)].map(text =>
          text.replace(/[\r\n]+/g, ''),
        )
        expect(one, `round ${round}`).toBe(other)
      }
    }
  })
})

test('chunks of more than 64 sizes are chunked anew', () => {
  const sized = (count: number) =>
    Array.from({ length: count }, (_, i) => `${(i + 1).toString(16)}\r\n${'a'.repeat(i + 1)}\r\n`).join('')
  for (const [count, isKept] of [
    [64, true],
    [65, false],
  ] as const) {
    const tape = new TapeInTest()
    const said: Said[] = [
      ['client', get],
      ['server', chunked(`${sized(count)}0\r\n\r\n`)],
    ]
    const values = record(form, said, tape)
    expect('chunks' in (values[1]![1] as object)).toBe(isKept)
    const size = (count * (count + 1)) / 2
    expect(say(form, values, 'server', tape)).toBe(
      isKept ? joined(said, 'server') : chunked(`${size.toString(16)}\r\n${'a'.repeat(size)}\r\n0\r\n\r\n`),
    )
  }
})

test('a compressed body that is large, or has much in it, stays as it is', () => {
  const random = new Random('large')
  for (const text of [random.text(400_000), 'a'.repeat(1024 * 1024 + 1)]) {
    const tape = new TapeInTest()
    const said: Said[] = [
      ['client', get],
      ['server', coded(zlib.gzipSync(text), 'gzip')],
    ]
    const values = record(form, said, tape)
    expect(Object.keys(values[1]![1])).toEqual(['head', 'body'])
    expect(say(form, values, 'server', tape)).toBe(joined(said, 'server'))
  }
})
