import zlib from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import type { Side } from '../decoder.ts'
import type { TapeValue } from '../tape.ts'
import { form } from './tape.ts'
import { octetsOf, readAll, record, TapeInTest, type Values } from './tape-in-test.ts'

const tape = new TapeInTest()

/** The octets of the last of some values. */
function said(...values: [Side, TapeValue][]): string {
  const scripted = readAll(form, values, tape).at(-1)!
  return tape.octetsOf(form.encode(scripted, tape.reveal)).toString('latin1')
}

const response = (head: string, rest: object): TapeValue => ({ head, ...rest })
const plain = 'HTTP/1.1 200 OK\nContent-Length: 5\nETag: "x"\n'

group('edited by hand a message is said as edited', () => {
  const edits: [name: string, value: TapeValue, octets: string][] = [
    [
      'another status',
      'HTTP/1.1 503 Try Later\nRetry-After: 1\nContent-Length: 0',
      'HTTP/1.1 503 Try Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n',
    ],
    ['no reason', 'HTTP/1.1 299\nContent-Length: 0\n\n\n', 'HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n'],
    [
      'a longer body',
      response(plain, { body: 'hello\nworld\n' }),
      'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: "x"\r\n\r\nhello\nworld\n',
    ],
    [
      'a body in UTF-8',
      response(plain, { body: 'grüße' }),
      'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: "x"\r\n\r\ngr\xc3\xbc\xc3\x9fe',
    ],
    ['the body taken out', plain, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "x"\r\n\r\n'],
    ['an empty body', response(plain, { body: '' }), 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "x"\r\n\r\n'],
    [
      'another header',
      response(`${plain}X: y`, { body: 'hello' }),
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "x"\r\nX: y\r\n\r\nhello',
    ],
    [
      'the length taken out',
      response('HTTP/1.1 200 OK\nETag: "x"', { body: 'hello' }),
      'HTTP/1.1 200 OK\r\nETag: "x"\r\n\r\nhello',
    ],
    [
      'a length that is written twice',
      response('HTTP/1.1 200 OK\ncontent-length: 1\nContent-Length:  1, 1', { body: 'hello' }),
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nContent-Length:  5\r\n\r\nhello',
    ],
    [
      'chunks that do not add up',
      response('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', { body: 'hello', chunks: '1 2' }),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    [
      'chunks that somebody wrote',
      response('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', { body: 'hello there', chunks: '1*3 0x08' }),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n08\r\nlo there\r\n0\r\n\r\n',
    ],
    [
      'trailers',
      response('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', { body: '', trailers: 'Sum: 1' }),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nSum: 1\r\n\r\n',
    ],
    [
      'a body that is cut',
      response(plain, { body: 'he', cut: 'true' }),
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "x"\r\n\r\nhe',
    ],
    [
      'a cut body as long as it should be',
      response(plain, { body: 'hello', cut: 'true' }),
      'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nETag: "x"\r\n\r\nhello',
    ],
    [
      'a chunked body that is cut',
      response('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', { body: 'hello', cut: 'true' }),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello',
    ],
  ]

  test.for(edits)('%s', ([, value, octets]) => {
    expect(said(['client', 'GET / HTTP/1.1'], ['server', value])).toBe(octets)
  })

  test('a request that has a body now says how long it is', () => {
    expect(said(['client', { head: 'POST / HTTP/1.1\nHost: a', body: 'hello' }])).toBe(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
    )
    expect(said(['client', { head: 'POST / HTTP/1.1\nHost: a', body: '' }])).toBe('POST / HTTP/1.1\r\nHost: a\r\n\r\n')
  })

  test('a response to HEAD and one without a body keep their length', () => {
    expect(said(['client', 'HEAD / HTTP/1.1'], ['server', plain])).toContain('Content-Length: 5')
    expect(said(['client', 'GET / HTTP/1.1'], ['server', 'HTTP/1.1 304 Not Modified\nContent-Length: 5'])).toContain(
      'Content-Length: 5',
    )
  })

  test('a response that nobody asked for is none to the HEAD before', () => {
    const timeout = { head: 'HTTP/1.1 408 Request Timeout\nContent-Length: 1', body: 'late' }
    expect(said(['client', 'HEAD / HTTP/1.1'], ['server', plain], ['server', timeout])).toMatch(/: 4\r\n\r\nlate$/)
  })

  test('chunks without number are chunked anew', () => {
    const value = response('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', {
      body: 'a'.repeat(100_001),
      chunks: '1*100001',
    })
    expect(said(['server', value])).toMatch(/\r\n\r\n10000\r\na{65536}\r\n86a1\r\na{34465}\r\n0\r\n\r\n$/)
  })

  test('a compressed body is compressed again', () => {
    for (const level of [6, 1]) {
      const octets = said([
        'server',
        response('HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 1', {
          body: 'hello',
          coding: `gzip ${level}`,
        }),
      ])
      const body = Buffer.from(octets.split('\r\n\r\n')[1]!, 'latin1')
      expect(zlib.gunzipSync(body).toString()).toBe('hello')
      expect(octets).toContain(`Content-Length: ${body.length}\r\n`)
    }
  })

  test('octets beside a compressed body count only while they are of the same text', () => {
    const packed = Buffer.from('1f8b08080000000000ff6100cb48cdc9c9e7020020303a3606000000', 'hex')
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`)
    const [, [, value]] = record(
      form,
      [
        ['client', 'GET / HTTP/1.1\r\n\r\n'],
        ['server', Buffer.concat([head, packed])],
      ],
      tape,
    ) as unknown as [unknown, ['server', { body: string }]]
    expect(value).toMatchObject({ body: 'hello\n', coding: 'gzip', coded: { base64: packed.toString('base64') } })
    expect(said(['server', value])).toBe(octetsOf(Buffer.concat([head, packed])).toString('latin1'))
    const edited = said(['server', { ...value, body: 'bye\n' }])
    expect(zlib.gunzipSync(Buffer.from(edited.split('\r\n\r\n')[1]!, 'latin1')).toString()).toBe('bye\n')
    // And written again without what it held before.
    const [{ message, body }] = readAll(form, [['server', { ...value, body: 'bye\n' }]], tape) as [
      { message: never; body: never },
    ]
    expect(form.write(message, body, tape.writing)).not.toHaveProperty('coded')
  })
})

test('the end of a body in a large file is said by its chunks or its length', () => {
  const large = Buffer.alloc(3 * 1024 * 1024, 'a')
  const files = new TapeInTest()
  const scripted = (head: string, octets: Buffer, rest = {}) => {
    files.files.set('x.bin', octets)
    return form.encode(readAll(form, [['server', { head, body: { file: 'x.bin' }, ...rest }]], files)[0]!, files.reveal)
  }
  expect(scripted('HTTP/1.1 200 OK\nContent-Length: 1', large)).toEqual([
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n'),
    { file: 'x.bin', start: 0, size: 3 * 1024 * 1024 },
  ])
  const chunked = scripted('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', large)
  expect(chunked.slice(0, 4)).toEqual([
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n'),
    { file: 'x.bin', start: 0, size: 65_536 },
    Buffer.from('\r\n10000\r\n'),
    { file: 'x.bin', start: 65_536, size: 65_536 },
  ])
  expect(chunked.at(-1)).toEqual(Buffer.from('\r\n0\r\n\r\n'))
  expect(chunked.length).toBe(97)
  expect(scripted('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', large, { chunks: '3145727 1' })).toEqual([
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2fffff\r\n'),
    { file: 'x.bin', start: 0, size: 3_145_727 },
    Buffer.from('\r\n1\r\n'),
    { file: 'x.bin', start: 3_145_727, size: 1 },
    Buffer.from('\r\n0\r\n\r\n'),
  ])
  expect(() => scripted('HTTP/1.1 200 OK\nContent-Encoding: gzip', large, { coding: 'gzip' })).toThrow(
    'http: expected the octets of a body that is to be gzip, got a file',
  )
})

test('a response ends the link and bids to go on as it did on the link', () => {
  const ends = (request: string, value: TapeValue) => {
    const { closes, goAhead } = readAll(
      form,
      [
        ['client', request],
        ['server', value],
      ],
      tape,
    )[1]!
    return [closes, goAhead]
  }
  const get = 'GET / HTTP/1.1'
  expect(ends(get, plain)).toEqual([false, false])
  expect(ends(get, 'HTTP/1.1 200 OK')).toEqual([true, false])
  expect(ends(get, `${plain}Connection: close`)).toEqual([true, false])
  expect(ends(`${get}\nConnection: close`, plain)).toEqual([true, false])
  expect(ends('GET / HTTP/1.0', plain)).toEqual([true, false])
  expect(ends('HEAD / HTTP/1.1', 'HTTP/1.1 200 OK')).toEqual([false, false])
  expect(ends(get, response(plain, { body: 'he', cut: 'true' }))).toEqual([true, false])
  expect(ends(get, response(plain, { body: 'he', cut: 'broken' }))).toEqual([false, false])
  expect(ends(`${get}\nConnection: close`, 'HTTP/1.1 100 Continue')).toEqual([false, true])
  expect(ends('CONNECT a:1 HTTP/1.1', 'HTTP/1.1 200 OK')).toEqual([false, false])
})

group('cookies', () => {
  const cookie = (expires: string, date = 'Wed, 25 Nov 2026 01:07:55 GMT') =>
    said([
      'server',
      `HTTP/1.1 200 OK\nDate: ${date}\nset-cookie: a=b; Max-Age=3; Expires=${expires}; Path=/\nContent-Length: 0`,
    ]).match(/Expires=([^;]*)/)![1]

  test('that expire later do so 28 years later, on the same day of the week', () => {
    expect(cookie('Wed, 09 Jun 2027 10:18:14 GMT')).toBe('Wed, 09 Jun 2055 10:18:14 GMT')
    expect(new Date('2055-06-09').getUTCDay()).toBe(3)
    expect(cookie('Wed, 09-Jun-2027 10:18:14 GMT')).toBe('Wed, 09-Jun-2055 10:18:14 GMT')
    expect(cookie('Wed Jun  9 10:18:14 2027')).toBe('Wed Jun  9 10:18:14 2055')
    expect(cookie('Tue, 29 Feb 2028 10:18:14 GMT')).toBe('Tue, 29 Feb 2056 10:18:14 GMT')
  })

  test('that are over, far away or without sense stay', () => {
    for (const expires of [
      'Thu, 01 Jan 1970 00:00:00 GMT',
      'Wed, 25 Nov 2026 01:07:55 GMT',
      'Fri, 31 Dec 2099 23:59:59 GMT',
      '0',
      'never',
    ]) {
      expect(cookie(expires)).toBe(expires)
    }
    expect(cookie('Wed, 09 Jun 2027 10:18:14 GMT', 'none')).toBe('Wed, 09 Jun 2027 10:18:14 GMT')
  })
})

group('what is no message is refused with what was expected', () => {
  const wrong: [values: Values, message: string][] = [
    [[['server', 'HTP/1.1\nA: b']], 'expected a status line such as "HTTP/1.1 200 OK", got "HTP/1.1"'],
    [[['server', 'GET / HTTP/1.1']], 'expected a status line such as "HTTP/1.1 200 OK", got "GET / HTTP/1.1"'],
    [[['client', 'GET /a b HTTP/1.1']], 'expected a request line such as "GET / HTTP/1.1", got "GET /a b HTTP/1.1"'],
    [[['client', '']], 'expected a request line such as "GET / HTTP/1.1", got ""'],
    [[['client', 'GET / HTTP/1.1\nnonsense']], 'expected a header field, got "nonsense"'],
    [[['client', 'GET / HTTP/1.1\nContent-Length: x']], 'expected a number of octets in Content-Length, got "x"'],
    [[['client', 'GET / HTTP/1.1\nA: \u0007']], 'expected no control characters in a head, got "\\u0007'],
    [[['server', 'HTTP/1.1 200 OK\n\nhello']], 'expected {head, body} for a message with a body, got "hello"'],
    [[['client', ['a']]], 'expected the lines of a head or a mapping, got'],
    [
      [['client', { haed: 'x' }]],
      'expected head, body, coding, coded, chunks, trailers, answered, cut or rest in a message, got "haed"',
    ],
    [[['client', { body: 'x' }]], 'expected a head or octets in a message, got ""'],
    [[['client', { head: ['x'] }]], 'expected a head as text or {octets}, got'],
    [
      [['server', { head: plain, body: 'x', coding: 'zip' }]],
      'expected a coding such as "gzip 6", "deflate", "br 5" or "zstd 3", got "zip"',
    ],
    [[['server', { head: plain, body: 'x', chunks: '3 x' }]], 'expected sizes of chunks such as "5 7 12*3", got "x"'],
    [[['server', { head: plain, body: 'x', chunks: { a: 'b' } }]], 'expected sizes of chunks such as "5 7 12*3", got'],
    [[['server', { head: plain, body: 'x', trailers: 'x' }]], 'expected a header field, got "x"'],
    [[['server', { head: plain, body: 'x', cut: 'yes' }]], 'expected true, false or broken for cut, got "yes"'],
    [
      [['client', { head: 'PUT / HTTP/1.1\nContent-Length: 1', body: 'x', answered: 'soon' }]],
      'expected a number of octets for answered, got "soon"',
    ],
    [[['server', { head: plain, body: 'x', answered: '1' }]], 'expected answered in what a client says, got "1"'],
    [
      [
        ['client', 'HEAD / HTTP/1.1'],
        ['server', { head: plain, body: 'x' }],
      ],
      'expected no body in a response to HEAD with status 200, got one',
    ],
    [
      [
        ['client', 'GET / HTTP/1.1'],
        ['server', { head: 'HTTP/1.1 304 Not Modified', body: 'x' }],
      ],
      'expected no body in a response with status 304, got one',
    ],
  ]

  test.for(wrong)('%j', ([values, message]) => {
    expect(() => readAll(form, values, tape)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', message: expect.stringContaining(`http: ${message}`) }),
    )
  })
})

group('for who plays the server', () => {
  const asked = (head: string) => readAll(form, [['client', head]], tape)[0]!.message

  test('a client that waits with its body is bidden to go on', () => {
    expect(form.begun!(asked('POST / HTTP/1.1\nExpect: 100-Continue\nContent-Length: 1'))?.toString()).toBe(
      'HTTP/1.1 100 Continue\r\n\r\n',
    )
    expect(form.begun!(asked('POST / HTTP/1.1\nContent-Length: 1'))).toBeUndefined()
    expect(form.begun!(asked('POST / HTTP/1.0\nExpect: 100-continue\nContent-Length: 1'))).toBeUndefined()
    expect(form.begun!({ kind: 'octets' })).toBeUndefined()
  })

  test('what the tape has nothing for is refused', () => {
    const octets =
      'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 19\r\nConnection: close\r\n\r\n'
    expect(form.refuse(asked('GET / HTTP/1.1'), 'no ‹x›')).toEqual({
      octets: Buffer.from(`${octets}backlot: no ‹x›\n`.replace('19', '20')),
      link: 'end',
    })
    expect(form.refuse(undefined, 'nothing')).toMatchObject({
      link: 'end',
      octets: Buffer.from(`${octets.replace('19', '17')}backlot: nothing\n`),
    })
    expect(form.refuse(asked('HEAD / HTTP/1.1'), 'nothing').octets?.toString()).toBe(octets.replace('19', '17'))
    expect(form.refuse({ kind: 'octets', octets: Buffer.from('x') }, 'nothing').link).toBe('end')
    expect(form.refuse({ kind: 'octets' }, 'nothing')).toEqual({ link: 'reset' })
  })

  test('a WebSocket client gets the proof for its own key', () => {
    // RFC 6455 §1.3.
    const request = asked('GET /chat HTTP/1.1\nUpgrade: websocket\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
    const said = (status: string) => Buffer.from(`HTTP/1.1 ${status}\r\nSec-WebSocket-Accept: x\r\nA: b\r\n\r\n`)
    expect(form.fit!(said('101 Switching Protocols'), request).toString()).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nA: b\r\n\r\n',
    )
    expect(form.fit!(said('200 OK'), request)).toEqual(said('200 OK'))
    expect(form.fit!(said('101 Switching Protocols'), asked('GET / HTTP/1.1'))).toEqual(said('101 Switching Protocols'))
  })
})

test('a tape is as people would write it', () => {
  const own = new TapeInTest()
  const values = record(
    form,
    [
      ['client', 'GET /a?token=t1 HTTP/1.1\r\nHost: www.example.org\r\nAuthorization: Bearer t2\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n6\r\nworld\n\r\n0\r\n\r\n'],
      ['client', 'HEAD / HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ],
    own,
  )
  expect(values).toEqual([
    ['client', 'GET /a?token=‹secret:token› HTTP/1.1\nHost: www.example.org\nAuthorization: Bearer ‹secret:token:2›\n'],
    ['server', { head: 'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n', body: 'hello\nworld\n', chunks: '6*2' }],
    ['client', 'HEAD / HTTP/1.1'],
    ['server', 'HTTP/1.1 204 No Content'],
  ])
})
