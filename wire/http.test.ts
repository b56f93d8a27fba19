import { expect, test } from 'vitest'
import { Random } from '../net/random.ts'
import { ProtocolError } from './decoder.ts'
import { HttpRequestDecoder, HttpResponseDecoder } from './http/decoder.ts'
import { encodeChunk, encodeLastChunk, encodeRequestHead, encodeResponseHead } from './http/encode.ts'
import type { HttpRequestPart, HttpResponsePart } from './http/message.ts'
import { wire } from './http.ts'

type Part = HttpRequestPart | HttpResponsePart

const ways: Record<string, (bytes: Buffer) => Buffer[]> = {
  whole: bytes => [bytes],
  'octet by octet': bytes => [...bytes].map(octet => Buffer.of(octet)),
  'in threes': bytes => Array.from({ length: Math.ceil(bytes.length / 3) }, (_, i) => bytes.subarray(3 * i, 3 * i + 3)),
}

/** The parts as lines, pieces of a body joined, so that it does not matter how octets were cut. */
function read(decoder: HttpRequestDecoder | HttpResponseDecoder, chunks: Buffer[], ended = false): string[] {
  const lines: string[] = []
  let body = ''
  const take = () => {
    for (let part: Part | undefined = decoder.next(); part !== undefined; part = decoder.next()) {
      if (part.kind === 'data') body += part.bytes.toString('latin1')
      else if (part.kind === 'end') {
        if (body !== '') lines.push(`body ${body}`)
        body = ''
        lines.push(['end', ...part.trailers.map(([name, value]) => `${name}=${value}`)].join(' '))
      } else {
        const first = part.kind === 'request' ? `${part.method} ${part.target}` : `${part.status} ${part.reason}`
        const fields = part.headers.map(([name, value]) => `${name}=${value}`)
        lines.push([first, part.version, String(part.length), ...fields].join(' | '))
      }
    }
  }
  for (const chunk of chunks) {
    decoder.push(chunk)
    take()
  }
  if (ended) {
    decoder.end()
    take()
  }
  return lines
}

// By hand, after the examples and rules of RFC 9112.
const requests: [name: string, text: string, parts: string[]][] = [
  ['a GET', 'GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n', ['GET /a?b | 1.1 | 0 | Host=x', 'end']],
  ['lines that end by a bare LF', 'GET / HTTP/1.0\nA: b\n\n', ['GET / | 1.0 | 0 | A=b', 'end']],
  ['empty lines before a request', '\r\n\r\nGET / HTTP/1.0\r\n\r\n', ['GET / | 1.0 | 0', 'end']],
  [
    'a counted body',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
    ['POST / | 1.1 | 3 | Host=x | Content-Length=3', 'body abc', 'end'],
  ],
  [
    'the same length twice',
    'POST / HTTP/1.1\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nab',
    ['POST / | 1.1 | 2 | Content-Length=2, 2 | content-length=2', 'body ab', 'end'],
  ],
  [
    'chunks with extensions and trailers',
    'POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA ; q="x;y"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n',
    ['POST / | 1.1 | chunked | Transfer-Encoding=Chunked', 'body abc0123456789', 'end X-Sum=1'],
  ],
  [
    'folded lines, blanks around values',
    'GET / HTTP/1.1\r\nA: \t b \t\r\n  c\r\n\td\r\nB:\r\n\r\n',
    ['GET / | 1.1 | 0 | A=b c d | B=', 'end'],
  ],
  ['octets above 127', 'GET /\xe9 HTTP/1.1\r\nA: \xe9\r\n\r\n', ['GET /\xe9 | 1.1 | 0 | A=\xe9', 'end']],
  [
    'two requests in a row',
    'POST /1 HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /2 HTTP/1.1\r\n\r\n',
    ['POST /1 | 1.1 | 1 | Content-Length=1', 'body x', 'end', 'GET /2 | 1.1 | 0', 'end'],
  ],
  [
    'OPTIONS *, CONNECT and an absolute target',
    'OPTIONS * HTTP/1.1\r\n\r\nCONNECT a:1 HTTP/1.1\r\n\r\nGET http://a/ HTTP/1.1\r\n\r\n',
    ['OPTIONS * | 1.1 | 0', 'end', 'CONNECT a:1 | 1.1 | 0', 'end', 'GET http://a/ | 1.1 | 0', 'end'],
  ],
  ['a later minor version', 'GET / HTTP/1.7\r\n\r\n', ['GET / | 1.1 | 0', 'end']],
]

for (const [way, cut] of Object.entries(ways)) {
  test.for(requests)(`a request is read ${way}: %s`, ([, text, parts]) => {
    expect(read(new HttpRequestDecoder(), cut(Buffer.from(text, 'latin1')))).toEqual(parts)
  })
}

const responses: [name: string, methods: string[], text: string, parts: string[]][] = [
  [
    'a counted body',
    ['GET'],
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    ['200 OK | 1.1 | 2 | Content-Length=2', 'body hi', 'end'],
  ],
  [
    'a body until the end',
    ['GET'],
    'HTTP/1.0 200 OK\r\n\r\nhi there',
    ['200 OK | 1.0 | until close', 'body hi there', 'end'],
  ],
  ['an empty body until the end', ['GET'], 'HTTP/1.0 200 OK\r\n\r\n', ['200 OK | 1.0 | until close', 'end']],
  [
    'HEAD, 204 and 304 without a body',
    ['HEAD', 'GET', 'GET'],
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    [
      '200 OK | 1.1 | 0 | Content-Length=5',
      'end',
      '204 No Content | 1.1 | 0',
      'end',
      '304 Not Modified | 1.1 | 0 | Content-Length=5',
      'end',
    ],
  ],
  [
    '100 before the response of HEAD',
    ['HEAD'],
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    ['100 Continue | 1.1 | 0', 'end', '200 OK | 1.1 | 0 | Transfer-Encoding=chunked', 'end'],
  ],
  [
    'no reason, and one with octets above 127',
    ['GET', 'GET'],
    'HTTP/1.1 299\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 0\r\n\r\n',
    ['299  | 1.1 | 0 | Content-Length=0', 'end', '200 \xe9t\xe9 | 1.1 | 0 | Content-Length=0', 'end'],
  ],
  [
    'a coding that does not end by chunked',
    ['GET'],
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx',
    ['200 OK | 1.1 | until close | Transfer-Encoding=gzip', 'body xx', 'end'],
  ],
]

for (const [way, cut] of Object.entries(ways)) {
  test.for(responses)(`a response is read ${way}: %s`, ([, methods, text, parts]) => {
    const decoder = new HttpResponseDecoder()
    for (const method of methods) decoder.expect(method)
    expect(read(decoder, cut(Buffer.from(text, 'latin1')), true)).toEqual(parts)
  })
}

const get = (fields: string) => `GET / HTTP/1.1\r\n${fields}\r\n\r\n`
const chunked = (body: string) => `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}`

const refused: [name: string, status: number, text: string][] = [
  ['Transfer-Encoding with Content-Length', 400, get('Transfer-Encoding: chunked\r\nContent-Length: 3')],
  ['two lengths that differ', 400, get('Content-Length: 3\r\nContent-Length: 4')],
  ['a list of lengths that differ', 400, get('Content-Length: 3, 4')],
  ['a length with a sign', 400, get('Content-Length: +3')],
  ['a negative length', 400, get('Content-Length: -3')],
  ['an empty length', 400, get('Content-Length:')],
  ['a length beyond all numbers', 400, get('Content-Length: 99999999999999999999')],
  ['a hexadecimal length', 400, get('Content-Length: 0x10')],
  ['a folded length', 400, get('Content-Length:\r\n 3')],
  ['chunked before another coding', 400, get('Transfer-Encoding: chunked, gzip')],
  ['chunked twice', 400, get('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked')],
  ['a disguised chunked', 400, get('Transfer-Encoding: xchunked')],
  ['another coding', 501, get('Transfer-Encoding: gzip, chunked')],
  ['Transfer-Encoding in HTTP/1.0', 400, 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a blank before the colon', 400, get('Content-Length : 3')],
  ['a field without a colon', 400, get('nonsense')],
  ['a field without a name', 400, get(': x')],
  ['a name with a control character', 400, get('A\x0bB: x')],
  ['NUL in a value', 400, get('A: x\0y')],
  ['a bare CR in a value', 400, get('A: x\ry')],
  ['a bare CR instead of CRLF', 400, 'GET / HTTP/1.1\rA: b\r\n\r\n'],
  ['a first line that is folded', 400, 'GET / HTTP/1.1\r\n A: b\r\n\r\n'],
  ['the first octets of TLS', 400, '\x16\x03\x01'],
  ['two blanks in the request line', 400, 'GET  / HTTP/1.1\r\n\r\n'],
  ['a request line of HTTP/0.9', 400, 'GET /\r\n\r\n'],
  ['a blank in the target', 400, 'GET /a b HTTP/1.1\r\n\r\n'],
  ['HTTP/2', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a version in lower case', 400, 'GET / http/1.1\r\n\r\n'],
  ['a method with a colon', 400, 'GE:T / HTTP/1.1\r\n\r\n'],
  ['a chunk without a size', 400, chunked('\r\nabc')],
  ['a chunk size with a sign', 400, chunked('+3\r\nabc\r\n')],
  ['a chunk size with 0x', 400, chunked('0x3\r\nabc\r\n')],
  ['a chunk size with a blank before', 400, chunked(' 3\r\nabc\r\n')],
  ['a chunk size that overflows', 400, chunked('ffffffffffffffff\r\n')],
  ['a chunk line that ends by a bare LF', 400, chunked('3\nabc\r\n')],
  ['a chunk longer than it says', 400, chunked('3\r\nabcd\r\n')],
  ['a control character in an extension', 400, chunked('3;\x01\r\nabc\r\n')],
  ['Content-Length in trailers', 400, chunked('0\r\nContent-Length: 3\r\n\r\n')],
  ['an endless first line', 414, `GET /${'a'.repeat(20_000)}`],
  ['a header without end', 431, `GET / HTTP/1.1\r\nA: ${'a'.repeat(70_000)}`],
  ['too many headers', 431, get('A: b\r\n'.repeat(300).trimEnd())],
  ['an endless chunk line', 400, chunked(`3;${'a'.repeat(5000)}`)],
  ['endless trailers', 431, chunked(`0\r\n${'A: b\r\n'.repeat(20_000)}`)],
  ['empty lines without end', 400, '\r\n'.repeat(100)],
]

test.for(refused)('refused: %s', ([, status, text]) => {
  for (const cut of [ways.whole!, ways['in threes']!]) {
    expect(() => read(new HttpRequestDecoder(), cut(Buffer.from(text, 'latin1')))).toThrow(
      expect.objectContaining({
        name: 'ProtocolError',
        status,
        message: expect.stringMatching(/^http: expected .*, got /),
      }),
    )
  }
})

test('a stream that ends inside a message is an error that says where', () => {
  for (const [text, where] of [
    ['GET / HT', 'a head'],
    ['POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab', 'a body, 3 octets early'],
    [chunked('5\r\nab'), 'a chunked body'],
  ] as const) {
    expect(() => read(new HttpRequestDecoder(), [Buffer.from(text)], true)).toThrow(`stream ended inside ${where}`)
  }
})

test('what follows a message is left for another protocol', () => {
  const decoder = new HttpRequestDecoder()
  decoder.push(Buffer.from('GET / HTTP/1.1\r\nUpgrade: x\r\n\r\nother words'))
  expect([decoder.next()?.kind, decoder.next()?.kind]).toEqual(['request', 'end'])
  expect(Buffer.from(decoder.rest()).toString()).toBe('other words')
  expect(decoder.idle).toBe(true)
})

test('what cannot be read is given back whole', () => {
  for (const [text, left] of [
    ['GET /\r\nHost: a\r\n\r\nmore', 'GET /\r\nHost: a\r\n\r\nmore'],
    [chunked('3\r\nabcd\r\nmore'), 'd\rmore'.replace('\r', '\r\n')],
    [chunked('3;\x01\r\nabc'), '3;\x01\r\nabc'],
    [chunked('0\r\nA b\r\n\r\nmore'), 'A b\r\n\r\nmore'],
  ] as const) {
    for (const cut of [ways.whole!, ways['in threes']!]) {
      const decoder = new HttpRequestDecoder()
      for (const chunk of cut(Buffer.from(text, 'latin1'))) {
        decoder.push(chunk)
        try {
          while (decoder.next() !== undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }
      expect(Buffer.from(decoder.rest()).toString('latin1')).toBe(left)
    }
  }
})

test('the lines around chunks are given as they were sent', () => {
  const text = '03;a=b\r\nabc\r\nA\r\n0123456789\r\n00\r\nSum:1\r\n\r\n'
  for (const cut of Object.values(ways)) {
    const decoder = new HttpRequestDecoder()
    const framing: string[] = []
    for (const chunk of cut(Buffer.from(chunked(text), 'latin1'))) {
      decoder.push(chunk)
      for (let part = decoder.next(); part !== undefined; part = decoder.next()) {
        if ('framing' in part && part.framing !== undefined) framing.push(part.framing)
      }
    }
    expect(framing).toEqual(['03;a=b\r\n', '\r\nA\r\n', '\r\n00\r\nSum:1\r\n\r\n'])
  }
})

test('a large body passes through without being kept', () => {
  const decoder = new HttpRequestDecoder()
  decoder.push(Buffer.from('POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n'))
  decoder.next()
  const piece = Buffer.alloc(1_000_000)
  let size = 0
  for (let i = 0; i < 100; i++) {
    decoder.push(piece)
    const part = decoder.next()
    if (part?.kind === 'data') size += part.bytes.length
    expect(decoder.queue.length).toBe(0)
  }
  expect([size, decoder.next()]).toEqual([100_000_000, { kind: 'end', trailers: [] }])
})

const seeds = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  chunked('3\r\nabc\r\n0\r\nA: b\r\n\r\n'),
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
]

test('any octets give messages or a ProtocolError', () => {
  const random = new Random('http fuzz')
  for (let round = 0; round < 4000; round++) {
    const bytes = round % 4 === 0 ? random.bytes(random.below(200)) : Buffer.from(seeds[round % 3]!.repeat(2))
    for (let change = random.below(4); change > 0 && bytes.length > 0; change--) {
      bytes[random.below(bytes.length)] = random.below(256)
    }
    const conversation = wire.conversation('tcp')
    for (const decoder of [new HttpRequestDecoder(), new HttpResponseDecoder()]) {
      const at = random.below(bytes.length + 1)
      try {
        read(decoder, [bytes.subarray(0, at), bytes.subarray(at)], true)
      } catch (error) {
        expect(error, `round ${round}: ${bytes.toString('latin1')}`).toBeInstanceOf(ProtocolError)
      }
    }
    for (const side of ['client', 'server'] as const) {
      for (const turn of [...conversation.push(side, bytes), ...conversation.end(side)])
        expect(turn.text).toBeTypeOf('string')
    }
  }
})

test('heads and chunks are written as they are given', () => {
  expect(
    encodeRequestHead({
      method: 'GET',
      target: '/',
      headers: [
        ['hOST', 'a'],
        ['A', ''],
      ],
    }),
  ).toBe('GET / HTTP/1.1\r\nhOST: a\r\nA: \r\n\r\n')
  expect(encodeResponseHead({ version: '1.0', status: 299, reason: '', headers: [] })).toBe('HTTP/1.0 299 \r\n\r\n')
  expect(encodeChunk(Buffer.from('0123456789')).toString()).toBe('a\r\n0123456789\r\n')
  expect(encodeChunk(Buffer.alloc(0)).length).toBe(0)
  expect(encodeLastChunk([['A', 'b']])).toBe('0\r\nA: b\r\n\r\n')
  expect(() => encodeResponseHead({ status: 200, reason: 'OK', headers: [['A', 'b\r\nC: d']] })).toThrow('on one line')
})

function talk(...turns: [from: 'client' | 'server', text: string][]): string[] {
  const conversation = wire.conversation('tcp')
  return [
    ...turns.flatMap(([from, text]) => conversation.push(from, Buffer.from(text, 'latin1'))),
    ...conversation.end('client'),
    ...conversation.end('server'),
  ].map(turn => `${turn.from}: ${turn.text}`)
}

test('a conversation shows heads and bodies of both sides, with HEAD and pipelining', () => {
  expect(
    talk(
      ['client', 'HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'],
      [
        'server',
        'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r',
      ],
      ['server', '\nabc\r\n0\r\nSum: 1\r\n\r\n'],
    ),
  ).toEqual([
    'client: HEAD /1 HTTP/1.1\nHost: a',
    'client: POST /2 HTTP/1.1\nHost: a\nContent-Length: 2',
    'client: hi',
    'server: HTTP/1.1 200 OK\nContent-Length: 9',
    'server: HTTP/1.1 201 Created\nTransfer-Encoding: chunked',
    'server: abc\nSum: 1',
  ])
})

test('a conversation goes on as octets after Upgrade and CONNECT', () => {
  expect(
    talk(
      ['client', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\n\r\nbanner'],
      ['client', 'hello'],
    ),
  ).toEqual(['client: CONNECT a:1 HTTP/1.1\nHost: a', 'server: HTTP/1.1 200 OK', 'server: banner', 'client: hello'])
})

test('a conversation says the size of a compressed body, and what it could not read', () => {
  expect(
    talk(
      ['client', 'GET / HTTP/1.0\r\n\r\n'],
      ['server', 'HTTP/1.0 200 OK\r\nContent-Type: a/b\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08'],
      ['client', 'what?\r\n\r\n'],
    ),
  ).toEqual([
    'client: GET / HTTP/1.0',
    'server: HTTP/1.0 200 OK\nContent-Type: a/b\nContent-Encoding: gzip',
    expect.stringMatching(/^client: .*\(http: expected a request line, got "what\?"\)$/),
    'server: 3 octets of a/b, gzip',
  ])
})

test('what can be no size of a chunk is refused before its line is through', () => {
  const decoder = new HttpRequestDecoder()
  decoder.push(Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5 ;a=b\r'))
  expect([decoder.next()?.kind, decoder.next()]).toEqual(['request', undefined])
  decoder.push(Buffer.from('\nhello\r\nz'))
  expect(decoder.next()?.kind).toBe('data')
  expect(() => decoder.next()).toThrow("expected a chunk's size, got")
})
