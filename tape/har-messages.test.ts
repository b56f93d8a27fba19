import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import { form } from '../wire/http/tape.ts'
import type { HttpTaped } from '../wire/http/tape-message.ts'
import type { Scripted } from '../wire/tape.ts'
import { HarMessages } from './har-messages.ts'
import { readArchive } from './har-read.ts'
import { formatService } from './tape.ts'

interface Told {
  creator?: string
  files?: Readonly<Record<string, string>>
}

function messagesOf(entries: readonly object[], { creator = 'WebInspector', files = {} }: Told = {}): HarMessages {
  const log = { version: '1.2', creator: { name: creator, version: '1' }, entries }
  return new HarMessages(readArchive(JSON.stringify({ log }), 'x.har'), name =>
    files[name] === undefined ? undefined : Buffer.from(files[name]),
  )
}

/** What would be sent, each octet a letter. */
const sent = (scripted: Scripted<HttpTaped>): string =>
  Buffer.concat(form.encode(scripted, (kind, number) => `<${kind}${number}>`).map(each => each as Buffer)).toString(
    'latin1',
  )

/** Both messages of the only entry. */
function exchange(entry: object, told?: Told): [request: string, response: string] {
  const { request, response } = messagesOf([entry], told).conversations[0]!.exchanges[0]!
  return [sent(request), sent(response)]
}

const entry = (request: object = {}, response: object = {}, rest: object = {}) => ({
  startedDateTime: '2026-11-25T10:00:00.000Z',
  request: { method: 'GET', url: 'http://a.example/', httpVersion: 'HTTP/1.1', headers: [], ...request },
  response: { status: 200, statusText: 'OK', httpVersion: 'HTTP/1.1', headers: [], ...response },
  ...rest,
})

const fields = (text: string) =>
  text.split('\n').map(line => {
    const [name, value] = line.split(/(?<=.): /)
    return { name, value }
  })

const requested = (request: object, told?: Told) => exchange(entry(request), told)[0]
const responded = (response: object, request: object = {}, told?: Told) => exchange(entry(request, response), told)[1]

group('an entry as it is exported by', () => {
  test('Chrome, of HTTP/2', () => {
    const chrome = {
      _connectionId: '33',
      _initiator: { type: 'other' },
      _priority: 'High',
      _resourceType: 'fetch',
      cache: {},
      connection: '33',
      request: {
        method: 'POST',
        url: 'https://a.example/items?page=2',
        httpVersion: 'http/2.0',
        headers: fields(
          ':authority: a.example\n:method: POST\n:path: /items?page=2\n:scheme: https\naccept: */*\ncontent-length: 7\ncontent-type: application/json\ncookie: a=1\ncookie: b=2',
        ),
        queryString: [{ name: 'page', value: '2' }],
        cookies: [],
        headersSize: -1,
        bodySize: 7,
        postData: { mimeType: 'application/json', text: '{"a":1}' },
      },
      response: {
        status: 201,
        statusText: '',
        httpVersion: 'http/2.0',
        headers: fields(
          'content-encoding: br\ncontent-length: 9\ncontent-type: application/json\nset-cookie: a=1; Path=/\nset-cookie: b=2',
        ),
        cookies: [],
        content: { size: 8, mimeType: 'application/json', text: '{"id":2}' },
        redirectURL: '',
        headersSize: -1,
        bodySize: -1,
        _transferSize: 120,
        _error: null,
        _fetchedViaServiceWorker: false,
      },
      serverIPAddress: '192.0.2.1',
      startedDateTime: '2026-11-25T10:00:00.000Z',
      time: 12.5,
      timings: { blocked: 1, dns: -1, ssl: -1, connect: -1, send: 0.1, wait: 10, receive: 1, _blocked_queueing: 0.6 },
    }
    expect(messagesOf([chrome]).notes).toEqual([])
    expect(exchange(chrome)).toEqual([
      'POST /items?page=2 HTTP/1.1\r\nHost: a.example\r\naccept: */*\r\ncontent-length: 7\r\ncontent-type: application/json\r\ncookie: a=1; b=2\r\n\r\n{"a":1}',
      'HTTP/1.1 201 Created\r\ncontent-length: 8\r\ncontent-type: application/json\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\r\n{"id":2}',
    ])
  })

  test('Firefox, whose text of an upload has a head', () => {
    const upload = {
      method: 'POST',
      headers: fields('Host: a.example\nContent-Type: text/plain\nContent-Length: 2'),
      postData: { mimeType: 'text/plain', params: [], text: 'Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi' },
    }
    const answer = {
      httpVersion: 'HTTP/2',
      headers: fields('date: x'),
      content: { mimeType: 'image/png', size: 2, encoding: 'base64', text: 'iVA=' },
    }
    const firefox = entry(upload, answer, { connection: '80', _securityState: 'insecure' })
    expect(exchange(firefox, { creator: 'Firefox' })).toEqual([
      'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi',
      'HTTP/1.1 200 OK\r\ndate: x\r\nContent-Length: 2\r\n\r\n\x89P',
    ])
    // To others this is a text as any.
    expect(requested(upload)).toContain('\r\n\r\nContent-Type: text/plain\r\n')
  })

  test('Playwright, with bodies beside it', () => {
    const playwright = entry(
      { method: 'POST', headers: [], postData: { mimeType: 'text/plain', text: '', params: [], _file: 'a.txt' } },
      { httpVersion: 'HTTP/2.0', content: { size: -1, mimeType: 'text/css', _file: 'b.css' }, headersSize: -1 },
      { timings: { send: -1, wait: -1, receive: -1 }, _frameref: 'x' },
    )
    expect(exchange(playwright, { creator: 'Playwright', files: { 'a.txt': 'asked', 'b.css': 'p {}' } })).toEqual([
      'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nasked',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\np {}',
    ])
  })

  test('mitmproxy, with the fields that were sent and text without compression', () => {
    const mitmproxy = entry(
      {
        method: 'PUT',
        headers: fields('Host: a.example\nContent-Length: 2'),
        postData: { mimeType: '', text: 'hi', params: [] },
      },
      {
        headers: fields(
          'Content-Type: text/html; charset=iso-8859-1\nContent-Encoding: gzip\nTransfer-Encoding: chunked',
        ),
        content: { size: 23, compression: -18, mimeType: 'text/html; charset=iso-8859-1', text: 'späti' },
      },
      {
        timings: { connect: null, ssl: null, send: 1, receive: 1, wait: 1 },
        startedDateTime: '2026-11-25T10:00:00.123456+00:00',
      },
    )
    expect(exchange(mitmproxy, { creator: 'mitmproxy' })).toEqual([
      'PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi',
      'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsp\xc3\xa4ti\r\n0\r\n\r\n',
    ])
  })

  test('Polly, whose compressed bodies are lists of the pieces that came', () => {
    const octets = gzipSync('hello')
    const pieces = [octets.subarray(0, 7), octets.subarray(7)]
    const headers = fields('content-encoding: gzip\ntransfer-encoding: chunked')
    const size = octets.length.toString(16)
    const expected = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n${octets.toString('latin1')}\r\n0\r\n\r\n`
    const now = { text: JSON.stringify(pieces.map(each => each.toString('base64'))), encoding: 'base64' }
    const before = { text: JSON.stringify(pieces.map(each => each.toString('hex'))), _isBinary: true }
    const first = { text: before.text }
    const told = { creator: 'Polly.JS' }
    expect([now, before, first].map(content => responded({ headers, content }, {}, told))).toEqual([
      expected,
      expected,
      expected,
    ])
    // To others, and where nothing was compressed, this is a text as any.
    expect(responded({ headers, content: first })).toContain(`\r\n${first.text}\r\n`)
    expect(responded({ content: first }, {}, told)).toContain(`\r\n${first.text}`)
  })

  test('Polly, whose fields may be lists', () => {
    expect(responded({ headers: [{ name: 'set-cookie', value: ['a=1', 'b=2'] }] })).toContain(
      '\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n',
    )
  })
})

group('a head', () => {
  test.each(['h2', 'HTTP/2', 'h3', 'h3-29', 'spdy', 'unknown', ''])(
    'of version "%s" is one of HTTP/1.1 without what belonged to the connection',
    httpVersion => {
      const headers = fields('Connection: keep-alive\nKeep-Alive: timeout=5\nTransfer-Encoding: chunked\nX-Y: z')
      expect(exchange(entry({ httpVersion, headers }, { httpVersion, headers, statusText: '' }))).toEqual([
        'GET / HTTP/1.1\r\nHost: a.example\r\nX-Y: z\r\n\r\n',
        'HTTP/1.1 200 OK\r\nX-Y: z\r\nContent-Length: 0\r\n\r\n',
      ])
    },
  )

  test('of HTTP/1.0 and HTTP/1.1 stays as it was', () => {
    const request = { httpVersion: 'HTTP/1.0', headers: fields('Connection: keep-alive') }
    const response = {
      httpVersion: 'http/1.1',
      statusText: 'Fine',
      headers: fields('Connection: Keep-Alive\nX-A: 1\nx-a: 2'),
    }
    expect(exchange(entry(request, response))).toEqual([
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      'HTTP/1.1 200 Fine\r\nConnection: Keep-Alive\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n',
    ])
  })

  test.each([
    ['a path and query', 'http://a.example/a/../b?c=%20d&e#f', 'GET /a/../b?c=%20d&e HTTP/1.1'],
    ['no path', 'http://a.example', 'GET / HTTP/1.1'],
    ['a query alone', 'http://a.example?x', 'GET /?x HTTP/1.1'],
    ['blanks and letters that no URL has', 'http://a.example/ä b', 'GET /%C3%A4%20b HTTP/1.1'],
  ])('has the target of a URL with %s', (_what, url, line) => {
    expect(requested({ url }).split('\r\n')[0]).toBe(line)
  })

  test('has * for a target where OPTIONS asks for no path', () => {
    expect(requested({ method: 'OPTIONS', url: 'http://a.example' })).toMatch(/^OPTIONS \* HTTP/)
  })

  test('has the port in its Host where that is not the usual one', () => {
    expect(requested({ url: 'https://A.example:8443/' })).toContain('\r\nHost: a.example:8443\r\n')
  })

  test('has a line for each of several values that a tool has in one', () => {
    const headers = [{ name: 'Set-Cookie', value: 'a=1\nb=2' }]
    expect(responded({ headers })).toContain('\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n')
  })

  test('has no field that HTTP/1.1 does not allow, which is told', () => {
    const headers = [
      { name: 'a b', value: '1' },
      { name: 'c', value: '\x00' },
      { name: 'd', value: '1' },
    ]
    const messages = messagesOf([entry({ headers })])
    expect(sent(messages.conversations[0]!.exchanges[0]!.request)).toBe(
      'GET / HTTP/1.1\r\nHost: a.example\r\nd: 1\r\n\r\n',
    )
    expect(messages.notes).toEqual([
      'headers left out: 2 that HTTP/1.1 does not allow, the first in x.har: log.entries[0].request.headers[0]',
    ])
  })

  test('too long for any server is an error with its place', () => {
    const headers = [{ name: 'a', value: 'x'.repeat(2_000_000) }]
    expect(() => requested({ headers })).toThrow(
      /^x\.har: log\.entries\[0\]\.request: http: expected a (head|line) of at most /,
    )
  })

  test('has letters beyond ASCII in UTF-8', () => {
    expect(requested({ headers: fields('X: ä') })).toContain('\r\nX: \xc3\xa4\r\n')
  })
})

group('the length of a body', () => {
  test.each([
    ['is put right', 'Content-Length: 99', 'Content-Length: 2\r\n\r\nhi'],
    ['is told once', 'content-length: 1\nContent-Length: 2', 'content-length: 2\r\n\r\nhi'],
    ['is told where it was not', 'Server: x', 'Server: x\r\nContent-Length: 2\r\n\r\nhi'],
    [
      'is not told beside chunks',
      'Content-Length: 2\nTransfer-Encoding: Chunked',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    ],
    ['is not told where the connection ends', 'Connection: close', 'Connection: close\r\n\r\nhi'],
    ['takes the place of another coding', 'Transfer-Encoding: gzip', 'Content-Length: 2\r\n\r\nhi'],
  ])('%s', (_what, headers, expected) => {
    expect(responded({ headers: fields(headers), content: { text: 'hi' } })).toBe(`HTTP/1.1 200 OK\r\n${expected}`)
  })

  test.each([
    ['in an answer to HEAD', 'HEAD', 200],
    ['of what has not changed', 'GET', 304],
  ])('%s is what the server said, and there is no body', (_what, method, status) => {
    const response = {
      status,
      headers: fields('Content-Length: 5\nContent-Encoding: gzip'),
      content: { text: 'hello', size: 5 },
    }
    expect(responded(response, { method })).toBe(
      `HTTP/1.1 ${status} OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n`,
    )
  })

  test('that is none is left out of an answer to HEAD', () => {
    expect(responded({ headers: fields('Content-Length: many') }, { method: 'HEAD' })).toBe('HTTP/1.1 200 OK\r\n\r\n')
  })

  test('of a request is told where there is a body or it was told', () => {
    expect(requested({ method: 'POST', postData: { text: 'hi' } })).toContain('\r\nContent-Length: 2\r\n\r\nhi')
    expect(requested({ method: 'POST', headers: fields('content-length: 5') })).toContain(
      '\r\ncontent-length: 0\r\n\r\n',
    )
    expect(requested({ method: 'POST' })).not.toContain('ength')
  })
})

group('a body', () => {
  test('that is compressed in the archive stays so, and any other is not said to be', () => {
    const headers = fields('Content-Encoding: br')
    const octets = brotliCompressSync('hello')
    const coded = { text: octets.toString('base64'), encoding: 'base64' }
    expect(responded({ headers, content: coded })).toBe(
      `HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: ${octets.length}\r\n\r\n${octets.toString('latin1')}`,
    )
    const plain = { text: 'iVBORw==', encoding: 'base64' }
    expect(responded({ headers, content: plain })).toBe('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x89PNG')
  })

  test('that only a file could have is read from it, if it is there', () => {
    const content = { _file: 'x.txt', size: 2 }
    expect(responded({ content }, {}, { files: { 'x.txt': 'hi' } })).toMatch(/\r\n\r\nhi$/)
    const told = { headers: fields('Content-Length: 2'), content: { size: -1 } }
    const messages = messagesOf([entry({ bodySize: 2 }, { content }), entry({}, told), entry()])
    expect(messages.notes).toEqual(['bodies that are not in the archive, and empty on the tape: 3'])
  })

  test('of which there are only the parameters is a form of them', () => {
    const postData = {
      params: [
        { name: 'a b', value: '1&2' },
        { name: 'c', value: '' },
      ],
      text: '',
    }
    const headers = fields('Content-Type: application/x-www-form-urlencoded')
    expect(requested({ method: 'POST', headers, postData })).toMatch(/\r\nContent-Length: 12\r\n\r\na\+b=1%262&c=$/)
  })

  test.each([
    ['has another charset', 'text/html; charset="iso-8859-1"', 'text/html; charset=utf-8'],
    ['has UTF-8', 'text/html; charset=UTF-8', 'text/html; charset=UTF-8'],
    ['has none', 'text/html', 'text/html'],
  ])('with letters beyond ASCII is UTF-8, as its type says where it %s', (_what, type, said) => {
    const response = responded({ headers: fields(`Content-Type: ${type}`), content: { text: 'ä' } })
    expect(response).toBe(`HTTP/1.1 200 OK\r\nContent-Type: ${said}\r\nContent-Length: 2\r\n\r\n\xc3\xa4`)
  })
})

group('what looks like a placeholder', () => {
  const postData = { text: '{"a":"‹secret:token›"}' }
  const headers = fields('Authorization: Bearer ‹secret:token›\nContent-Type: application/json')

  test('is what it looks like to others', () => {
    const octets = Buffer.from('‹secret:token›').toString('latin1')
    const request = requested({ method: 'POST', headers, postData })
    expect(request).toContain(`Bearer ${octets}\r\n`)
    expect(request).toContain(`{"a":"${octets}"}`)
  })

  test('is one in an archive of our own', () => {
    const request = requested(
      { method: 'POST', url: 'http://a.example/?key=‹secret:key:2›', headers, postData },
      { creator: 'backlot' },
    )
    expect(request).toMatch(/^POST \/\?key=%3Ckey2%3E HTTP/)
    expect(request).toContain('Bearer <token1>\r\n')
    expect(request).toMatch(/\{"a":"<token1>"\}$/)
  })
})

group('conversations', () => {
  const at = (url: string, connection?: unknown, response: object = {}) => entry({ url }, response, { connection })
  const told = (entries: object[]) =>
    messagesOf(entries).conversations.map(
      ({ service, isSecure, exchanges }) => `${formatService(service)}${isSecure ? ' tls' : ''}: ${exchanges.length}`,
    )

  test('are one for each connection, in the order of their beginnings', () => {
    const entries = [at('https://a.example/', '1'), at('http://b.example/', '2'), at('https://a.example/', '1')]
    expect(told(entries)).toEqual(['http a.example:443 tls: 2', 'http b.example:80: 1'])
  })

  test('are one for each server on a connection that several share', () => {
    expect(told([at('https://a.example/', '1'), at('https://b.example:444/', '1')])).toEqual([
      'http a.example:443 tls: 1',
      'http b.example:444 tls: 1',
    ])
  })

  test('are one for each entry where the archive has no connections, or the port of the server for them', () => {
    expect(told([at('http://a.example/'), at('http://a.example/')])).toHaveLength(2)
    expect(told([at('http://a.example/', '80'), at('http://a.example/', '80')])).toHaveLength(2)
  })

  test('end with what ends the connection', () => {
    const last = at('http://a.example/', '1', { headers: fields('Connection: close') })
    expect(told([last, at('http://a.example/', '1'), at('http://a.example/', '1')])).toEqual([
      'http a.example:80: 1',
      'http a.example:80: 2',
    ])
  })

  test('are with hosts as URLs have them', () => {
    expect(
      messagesOf([at('http://Ä.example.:80/'), at('http://[2001:DB8::1]/'), at('http://192.0.2.1/')]).hosts,
    ).toEqual(['xn--4ca.example', '2001:db8::1', '192.0.2.1'])
  })
})

test('what is no exchange of HTTP is left out and counted', () => {
  const { conversations, notes } = messagesOf([
    entry(),
    entry({}, { status: 0, _error: 'net::ERR_BLOCKED_BY_CLIENT' }),
    entry({}, { status: -1 }),
    entry({ url: 'wss://a.example/' }, { status: 101 }),
    entry({}, { status: 101 }, { _webSocketMessages: [] }),
    entry({}, { status: 101 }),
    entry({ url: 'data:text/plain,x' }),
    entry({ url: 'chrome-extension://abc/x.js' }),
    entry({ method: 'CONNECT' }),
  ])
  expect(conversations).toHaveLength(1)
  expect(notes).toEqual([
    'entries left out, of 9: 2 without an answer, 2 of WebSocket, 1 that go on in another protocol, 1 of data:, 1 of chrome-extension:, 1 of tunnels',
  ])
})
