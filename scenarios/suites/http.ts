// HTTP on three targets: nginx as the real server, with a folder of files and a site that redirects and takes uploads.

import { join } from 'node:path'
import { http } from '../../index.ts'
import { close, fetches, get, head, says } from './http-client.ts'
import { explained, otherAnswers } from './http-explained.ts'
import type { Scenario, Suite } from './scenario.ts'

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'http', 'site')
const api = 'http://api.example.org'
const plain = { 'Accept-Encoding': 'identity' }
const text = '/rfc/rfc2324.txt'
const range = (value: string, more: Record<string, string> = {}) => ({ headers: { ...plain, Range: value, ...more } })
/** As old as the fixture's files are made to be. */
const modified = 'Sun, 15 Mar 2015 12:09:16 GMT'

/** A body whose length nobody knows before its end. */
const pieces = (count: number, octets: number): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < count; at++) yield Buffer.alloc(octets, 97 + at)
  },
})

const scenarios: readonly Scenario[] = [
  fetches(
    'a page, a text, data, a picture',
    ['/', ['/rfc/rfc2324.txt', { headers: plain }], '/data.json', '/pixel.gif'],
    `
    200 text/html, 193 octets 626e3826
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 application/json, 43 octets ad466568
    200 image/gif, 43 octets 693d949d
  `,
  ),
  fetches(
    'HEAD has the head alone',
    [
      ['/', { method: 'HEAD' }],
      [text, { method: 'HEAD', headers: plain }],
      ['/none', { method: 'HEAD' }],
    ],
    `
    200 text/html, 0 octets
      Content-Encoding: gzip
    200 text/plain, 0 octets
    HttpError 404
  `,
  ),
  fetches(
    'what is not there',
    ['/none', '/rfc/', '/rfc/none.txt', '/index.html/', '/data.json/x'],
    `
    HttpError 404
    HttpError 403
    HttpError 404
    HttpError 404
    HttpError 404
  `,
  ),
  fetches(
    'a folder without its slash',
    ['/rfc', '/rfc?x=1', ['/rfc', { method: 'HEAD' }]],
    `
    301
      Location: http://www.example.org/rfc/
    301
      Location: http://www.example.org/rfc/?x=1
    301
      Location: http://www.example.org/rfc/
  `,
  ),
  fetches(
    'paths with dots and escapes',
    [
      '/rfc/%72fc2324.txt',
      '/./data.json',
      '/rfc/../data.json',
      '/data%2ejson',
      '/data.json?x=%00',
      '/%2e%2e/etc/passwd',
    ],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    HttpError 404
  `,
  ),
  fetches(
    'files whose names begin with a dot',
    ['/.git/config', '/.htaccess'],
    `
    HttpError 404
    HttpError 404
  `,
  ),
  fetches(
    'methods that a file does not have',
    [
      ['/data.json', { method: 'POST', body: 'x' }],
      ['/data.json', { method: 'PUT', body: 'x' }],
      ['/data.json', { method: 'DELETE' }],
      ['/data.json', { method: 'PATCH', body: 'x' }],
    ],
    `
    HttpError 405
    HttpError 405
    HttpError 405
    HttpError 405
  `,
  ),
  fetches(
    'methods of the protocol',
    [
      ['/', { method: 'OPTIONS' }],
      ['/', { method: 'TRACE' }],
      ['/', { method: 'FOO' }],
    ],
    `
    HttpError 405
    HttpError 405
    HttpError 405
  `,
  ),
  fetches(
    'gzip for who takes it',
    [
      [text, { headers: { 'Accept-Encoding': 'gzip' } }],
      [text, { headers: { 'Accept-Encoding': 'gzip;q=0' } }],
      [text, { headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } }],
      [text, { headers: { 'Accept-Encoding': '*' } }],
      [text, { headers: { 'Accept-Encoding': 'identity;q=0' } }],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what is small is not compressed',
    [
      ['/data.json', { headers: { 'Accept-Encoding': 'gzip' } }],
      ['/pixel.gif', { headers: { 'Accept-Encoding': 'gzip' } }],
    ],
    `
    200 application/json, 43 octets ad466568
    200 image/gif, 43 octets 693d949d
  `,
  ),
  fetches(
    'gzip and HEAD',
    [[text, { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip' } }]],
    `
    200 text/plain, 0 octets
      Content-Encoding: gzip
  `,
  ),
  fetches(
    'a part of a file',
    [
      [text, range('bytes=0-9')],
      [text, range('bytes=4650-')],
      [text, range('bytes=-5')],
      [text, range('bytes=0-99999')],
    ],
    `
    206 text/plain, 10 octets 1e5f0a52
      Content-Range: bytes 0-9/4654
    206 text/plain, 4 octets 04738094
      Content-Range: bytes 4650-4653/4654
    206 text/plain, 5 octets 4c2fcaf1
      Content-Range: bytes 4649-4653/4654
    206 text/plain, 4654 octets 305d31a5
      Content-Range: bytes 0-4653/4654
  `,
  ),
  fetches(
    'parts that do not exist',
    [
      [text, range('bytes=99999-')],
      [text, range('bytes=5-1')],
      [text, range('bytes=-0')],
    ],
    `
    HttpError 416
      Content-Range: bytes */4654
    HttpError 416
      Content-Range: bytes */4654
    HttpError 416
      Content-Range: bytes */4654
  `,
  ),
  fetches(
    'ranges that are none',
    [
      [text, range('octets=0-9')],
      [text, range('bytes=a-b')],
      [text, range('bytes=')],
      [text, range('bytes')],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
    HttpError 416
      Content-Range: bytes */4654
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'several parts of a file',
    [
      [text, range('bytes=0-3,10-13')],
      [text, range('bytes=0-3,99999-')],
      [text, range('bytes=0-3,2-5')],
    ],
    `
    206 multipart/byteranges, parts
    206 text/plain, 4 octets 3f72990f
      Content-Range: bytes 0-3/4654
    206 multipart/byteranges, parts
  `,
  ),
  fetches(
    'a part of what would be compressed',
    [[text, { headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' } }]],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
  `,
  ),
  fetches(
    'a range with HEAD',
    [[text, { method: 'HEAD', ...range('bytes=0-9') }]],
    `
    206 text/plain, 0 octets
      Content-Range: bytes 0-9/4654
  `,
  ),
  fetches(
    'a part if nothing has changed',
    [
      [text, range('bytes=0-9', { 'If-Range': modified })],
      [text, range('bytes=0-9', { 'If-Range': 'Sun, 15 Mar 2015 12:09:15 GMT' })],
      [text, range('bytes=0-9', { 'If-Range': '"other"' })],
    ],
    `
    206 text/plain, 10 octets 1e5f0a52
      Content-Range: bytes 0-9/4654
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what has not changed since',
    [
      [text, { headers: { ...plain, 'If-Modified-Since': modified } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'Sun, 15 Mar 2015 12:09:15 GMT' } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'Mon, 16 Mar 2015 12:09:16 GMT' } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'yesterday' } }],
    ],
    `
    304
    200 text/plain, 4654 octets 305d31a5
    304
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what has changed since',
    [
      [text, { headers: { ...plain, 'If-Unmodified-Since': modified } }],
      [text, { headers: { ...plain, 'If-Unmodified-Since': 'Sun, 15 Mar 2015 12:09:15 GMT' } }],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
    HttpError 412
  `,
  ),
  fetches(
    'tags that match and do not',
    [
      [text, { headers: { ...plain, 'If-None-Match': '*' } }],
      [text, { headers: { ...plain, 'If-None-Match': '"other"' } }],
      [text, { headers: { ...plain, 'If-Match': '"other"' } }],
      [text, { headers: { ...plain, 'If-Match': '*' } }],
    ],
    `
    304
    200 text/plain, 4654 octets 305d31a5
    HttpError 412
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'a tag goes before a date',
    [[text, { headers: { ...plain, 'If-None-Match': '"other"', 'If-Modified-Since': modified } }]],
    `
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'redirects',
    [`${api}/moved`, `${api}/found`, `${api}/other`, `${api}/temporary`, `${api}/permanent`],
    `
    301
      Location: /text
    302
      Location: /text
    303
      Location: /text
    307
      Location: /text
    308
      Location: /text
  `,
  ),
  fetches(
    'redirects are followed',
    [
      [`${api}/moved`, { redirects: 5 }],
      [`${api}/found`, { redirects: 5, method: 'POST', body: 'x' }],
      [`${api}/loop`, { redirects: 3 }],
    ],
    `
    200 text/plain, 6 octets 5891b5b5
    200 text/plain, 6 octets 5891b5b5
    HttpError 302
      Location: /loop
  `,
  ),
  fetches(
    'codes without content',
    [`${api}/gone`, `${api}/nothing`, `${api}/unavailable`],
    `
    HttpError 410
    204 no type, 0 octets
    HttpError 503
  `,
  ),
  fetches(
    'a text from code',
    [`${api}/text`, [`${api}/text`, { method: 'HEAD' }]],
    `
    200 text/plain, 6 octets 5891b5b5
    200 text/plain, 0 octets
  `,
  ),
  fetches(
    'an upload that makes a file, and one that writes it again',
    [
      [`${api}/upload/a.txt`, { method: 'PUT', body: 'hello' }],
      [`${api}/upload/a.txt`, { method: 'PUT', body: 'again' }],
      [`${api}/upload/a.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload in chunks',
    [
      [`${api}/upload/b.txt`, { method: 'PUT', body: pieces(3, 100) }],
      [`${api}/upload/b.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload that waits for 100 Continue',
    [
      [`${api}/upload/c.txt`, { method: 'PUT', body: 'hello', headers: { Expect: '100-continue' } }],
      [`${api}/upload/c.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload that is too large',
    [
      [`${api}/upload/d.txt`, { method: 'PUT', body: 'x'.repeat(5000) }],
      [`${api}/upload/d.txt`, { method: 'PUT', body: 'x'.repeat(5000), headers: { Expect: '100-continue' } }],
    ],
    `
    HttpError 413
    HttpError 413
  `,
  ),
  fetches(
    'the same site under TLS',
    ['https://www.example.org/', 'https://www.example.org/none', 'https://www.example.org/rfc'],
    `
    200 text/html, 193 octets 626e3826
      Content-Encoding: gzip
    HttpError 404
    301
      Location: https://www.example.org/rfc/
  `,
  ),
  says(
    'a connection stays open for further requests',
    [get('/data.json'), get('/none'), get('/data.json', close)],
    `
    200 application/json, 43 octets ad466568
    404
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'requests are sent ahead',
    [get('/data.json') + get('/none') + get('/pixel.gif', close)],
    `
    200 application/json, 43 octets ad466568
    404
    200 image/gif, 43 octets 693d949d
  `,
  ),
  says(
    'HEAD and GET sent ahead',
    [head('HEAD /data.json HTTP/1.1', 'Host: www.example.org') + get('/data.json', close)],
    `
    200 application/json, 0 octets
    200 application/json, 43 octets ad466568
  `,
    ['HEAD', 'GET'],
  ),
  says(
    'HTTP/1.0 closes, unless it is asked to stay',
    [
      head('GET /data.json HTTP/1.0', 'Host: www.example.org', 'Connection: keep-alive'),
      head('GET /data.json HTTP/1.0'),
    ],
    `
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'HTTP/1.0 gets what is compressed only if it is whole',
    [head(`GET ${text} HTTP/1.0`, 'Host: www.example.org', 'Accept-Encoding: gzip')],
    `
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  says(
    'HTTP/1.1 without Host',
    [head('GET / HTTP/1.1', close)],
    `
    400
  `,
  ),
  says(
    'two Hosts',
    [get('/', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a Host that is none',
    [head('GET / HTTP/1.1', 'Host: a b', close)],
    `
    400
  `,
  ),
  says(
    'a Host that nobody knows',
    [head('GET /data.json HTTP/1.1', 'Host: other.example', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a target with its authority',
    [head('GET http://www.example.org/data.json HTTP/1.1', 'Host: other.example', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a target that is no path',
    [head('GET data.json HTTP/1.1', 'Host: www.example.org', close)],
    `
    400
  `,
  ),
  says(
    'a path that leads out of the site',
    [get('/../../etc/passwd', close)],
    `
    400
  `,
  ),
  says(
    'a request line that is none',
    [head('HELLO', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a version that is not HTTP',
    [head('GET / FOO/1.1', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a version that is too new',
    [head('GET / HTTP/2.0', 'Host: www.example.org')],
    `
    505
  `,
  ),
  says(
    'a method in small letters',
    [head('get / HTTP/1.1', 'Host: www.example.org', close)],
    `
    400
  `,
  ),
  says(
    'a header without a colon',
    [get('/data.json', 'Nonsense', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header with a blank before its colon',
    [get('/data.json', 'X-A : b', close)],
    `
    400
  `,
  ),
  says(
    'a header that is folded',
    [get('/data.json', 'X-A: b', ' c', close)],
    `
    400
  `,
  ),
  says(
    'lines that end without CR',
    [`GET /data.json HTTP/1.1\nHost: www.example.org\nConnection: close\n\n`],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'empty lines before a request',
    [`\r\n\r\n${get('/data.json', close)}`],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header of 4,000 octets',
    [get('/data.json', `X-Long: ${'x'.repeat(4000)}`, close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header of 12,000 octets',
    [get('/data.json', `X-Long: ${'x'.repeat(12_000)}`, close)],
    `
    400
  `,
  ),
  says(
    'a target of 12,000 octets',
    [get(`/${'x'.repeat(12_000)}`, close)],
    `
    414
  `,
  ),
  says(
    'a body that GET has not asked for',
    [`${get('/data.json', 'Content-Length: 5')}hello${get('/data.json', close)}`],
    `
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'lengths that contradict each other',
    [get('/data.json', 'Content-Length: 5', 'Content-Length: 6')],
    `
    400
  `,
  ),
  says(
    'a length that is no number',
    [get('/data.json', 'Content-Length: five')],
    `
    400
  `,
  ),
  says(
    'a length beside chunks',
    [get('/data.json', 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    `
    400
  `,
  ),
  says(
    'a transfer coding that nobody knows',
    [get('/data.json', 'Transfer-Encoding: foo')],
    `
    501
  `,
  ),
  says(
    'an expectation that nobody knows',
    [`${head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', 'Content-Length: 1', 'Expect: miracles', close)}x`],
    `
    201 no type, 0 octets
  `,
  ),
]

const codes = new Map([
  ['/moved', 301],
  ['/found', 302],
  ['/other', 303],
  ['/temporary', 307],
  ['/permanent', 308],
])

/** What the sites of nginx do, in its own words and in code. */
const site = [
  'absolute_redirect off;',
  ...Array.from(codes, ([path, code]) => `location = ${path} { return ${code} /text; }`),
  'location = /loop { return 302 /loop; }',
  'location = /gone { return 410; } location = /nothing { return 204; } location = /unavailable { return 503; }',
  'location = /text { default_type text/plain; return 200 "hello\\n"; }',
  'location /upload/ { root UPLOADS; dav_methods PUT DELETE; create_full_put_path on; }',
].join(' ')

function answerer(): (request: Request) => Promise<Response> {
  const uploads = new Set<string>()
  return async request => {
    const { pathname } = new URL(request.url)
    const redirect = pathname === '/loop' ? 302 : codes.get(pathname)
    if (redirect !== undefined) {
      return new Response(null, { status: redirect, headers: { Location: pathname === '/loop' ? '/loop' : '/text' } })
    }
    if (pathname === '/gone') return new Response('gone', { status: 410 })
    if (pathname === '/nothing') return new Response(null, { status: 204 })
    if (pathname === '/unavailable') return new Response('unavailable', { status: 503 })
    if (pathname === '/text') return new Response('hello\n', { headers: { 'Content-Type': 'text/plain' } })
    if (request.method === 'DELETE') return new Response(null, { status: uploads.delete(pathname) ? 204 : 404 })
    if (request.method !== 'PUT') return new Response('not found', { status: 404 })
    await request.bytes()
    const status = uploads.has(pathname) ? 204 : 201
    uploads.add(pathname)
    return new Response(null, { status, headers: status === 201 ? { Location: pathname } : {} })
  }
}

export const suite: Suite = {
  protocol: 'http',
  server: 'nginx',
  serves: 'a folder with gzip for all types from 100 octets on, and a site with redirects and uploads of up to 1 kB',
  content: { sites: { 'api.example.org': site } },
  // The files’ age: what clients are told of it is the network’s here.
  epoch: '2015-03-15T12:09:16Z',
  names: [
    { name: 'www.example.org', port: 80, protocol: 'http' },
    { name: 'www.example.org', port: 443, protocol: 'http', tls: true },
    { name: 'api.example.org', port: 80, protocol: 'http' },
  ],
  async place(network) {
    const limits = { maxBodyBytes: 1024 }
    await network.host('www.example.org', { www: http({ folder }, { codings: ['gzip'], limits }) })
    await network.host('api.example.org', { api: http(answerer(), { limits }) })
  },
  scenarios,
  explained,
  otherwise: otherAnswers,
}
