// What a site answers: by a function, by msw handlers.

import zlib from 'node:zlib'
import { delay, HttpResponse, http as handle, passthrough } from 'msw'
import { expect, test } from 'vitest'
import { request } from '../clients/http.ts'
import { createNetwork, http } from '../index.ts'
import { close, say, site } from './http-site.ts'

test('a function answers over http and https', async () => {
  await using it = await site(request => Response.json({ path: new URL(request.url).pathname }))
  expect(await (await request('http://www.example/a')).json()).toEqual({ path: '/a' })
  expect(await (await request('https://www.example/b')).json()).toEqual({ path: '/b' })
  expect(await (await fetch('https://www.example/c')).json()).toEqual({ path: '/c' })
  expect(it.www.requests.map(({ method, url, tls }) => [method, url, tls?.alpn])).toEqual([
    ['GET', 'http://www.example/a', undefined],
    ['GET', 'https://www.example/b', undefined],
    ['GET', 'https://www.example/c', 'http/1.1'],
  ])
})

test('a site that wants a certificate of its client reads it', async () => {
  await using it = await site((_request, { link }) => new Response(String('clientCertificate' in link)), {
    tls: { clientCertificate: 'require' },
  })
  const identity = it.network.authority.issue({ names: ['ada.example'] })
  expect(await (await request('https://www.example/', { identity })).text()).toBe('true')
  await expect(request('https://www.example/')).rejects.toMatchObject({ name: 'NetworkError' })
})

test.for(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s reaches the function', async method => {
  await using it = await site(request => new Response(request.method))
  expect(await it.ask('/', { method })).toMatchObject({ status: 200, body: method })
})

test('HEAD has the headers of GET and no body', async () => {
  await using it = await site(request => (request.method === 'GET' ? new Response('hello') : undefined))
  expect(await it.ask('/', { method: 'HEAD' })).toMatchObject({
    status: 200,
    headers: { 'content-length': '5' },
    body: '',
  })
})

test('TRACE shows the request without its secrets, OPTIONS * and CONNECT are answered by the server itself', async () => {
  await using it = await site(() => new Response('never'))
  const traced = await it.ask('/a', { method: 'TRACE', headers: { Cookie: 'secret', 'X-A': 'b' } })
  expect(traced.headers['content-type']).toBe('message/http')
  expect(traced.body).toMatch(/^TRACE \/a HTTP\/1\.1\r\nHost: www\.example\r\nX-A: b\r\n/)
  expect(await it.ask('/', { method: 'OPTIONS', target: '*' })).toMatchObject({
    status: 204,
    headers: { allow: expect.stringContaining('GET') },
  })
  expect(await it.ask('/', { method: 'CONNECT', target: 'mail.example:25' })).toMatchObject({ status: 405 })
})

test('a Response arrives with its headers, its cookies one a line, and its body in pieces', async () => {
  let enqueue = (_text: string) => {}
  let finish = () => {}
  await using it = await site(request => {
    if (!request.url.endsWith('/stream')) {
      const headers = new Headers({ 'x-b': '1', etag: '"a"' })
      headers.append('set-cookie', 'a=1; Path=/')
      headers.append('set-cookie', 'b=2')
      return new Response('text', { status: 201, statusText: 'Made', headers })
    }
    return new Response(
      new ReadableStream({
        start(controller) {
          enqueue = text => controller.enqueue(Buffer.from(text))
          finish = () => controller.close()
        },
      }),
    )
  })
  const answer = await request('http://www.example/')
  expect(answer.responseHead).toBe(
    'HTTP/1.1 201 Made\r\nDate: Sun, 15 Mar 2015 12:09:16 GMT\r\nContent-Type: text/plain;charset=UTF-8\r\nETag: "a"\r\n' +
      'Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nX-B: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\n',
  )
  const pending = request('http://www.example/stream')
  while (it.www.count < 2) await new Promise(resolve => setImmediate(resolve))
  enqueue('one\n')
  const stream = await pending
  expect(stream.header('transfer-encoding')).toBe('chunked')
  expect(String(await stream.readLine())).toBe('one\n')
  enqueue('two')
  finish()
  expect(String(await stream.read())).toBe('two')
})

test('an exact reply in chunks with trailers is read by both sides', async () => {
  await using it = await site(() => ({
    status: 200,
    headers: [
      ['Transfer-Encoding', 'chunked'],
      ['Trailer', 'X-Sum'],
    ],
    body: 'x'.repeat(20_000),
    trailers: [['X-Sum', '1']],
  }))
  expect((await it.ask('/')).body.length).toBe(20_000)
  const said = await say(it.www.endpoint, `GET / HTTP/1.1\r\nHost: a\r\n${close}\r\n`)
  expect(said).toMatch(/\r\n\r\n4000\r\nx+\r\ne20\r\nx+\r\n0\r\nX-Sum: 1\r\n\r\n$/)
  expect(await say(it.www.endpoint, 'GET / HTTP/1.0\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 OK\r\nTrailer: X-Sum\r\n\r\nx+$/,
  )
})

test('an error that a function throws resets the link and is reported', async () => {
  await using it = await site(request => {
    if (request.url.endsWith('/sync')) throw new Error('mine')
    return Promise.reject(new Error('mine too'))
  })
  await expect(request('http://www.example/sync')).rejects.toMatchObject({ name: 'NetworkError' })
  await expect(request('http://www.example/async')).rejects.toMatchObject({ name: 'NetworkError' })
  expect(it.bugs).toEqual([new Error('mine'), new Error('mine too')])
})

test('what a function may not return is reported, not sent', async () => {
  await using it = await site(() => 'text' as never)
  await expect(request('http://www.example/')).rejects.toMatchObject({ name: 'NetworkError' })
  expect(it.bugs).toEqual([
    expect.objectContaining({ message: expect.stringContaining('expected a Response, { status') }),
  ])
})

test('a planned reply is given as often as was asked for, after those that were let through', async () => {
  await using it = await site(() => new Response('site'))
  const busy = { status: 503, headers: [['Content-Length', '0']] as [string, string][] }
  it.www.respond('/a', busy, { times: 2, after: 1 })
  const answers: number[] = []
  for (let i = 0; i < 4; i++) answers.push((await it.ask('/a')).status)
  expect(answers).toEqual([200, 503, 503, 200])
  {
    using _down = it.www.respond(/b$/, busy, { times: 100 })
    expect((await it.ask('/b')).status).toBe(503)
  }
  expect((await it.ask('/b')).status).toBe(200)
})

test('a lazy request is as good as a genuine one', async () => {
  const seen: unknown[] = []
  await using it = await site(async request => {
    seen.push(
      request instanceof Request,
      request.method,
      request.headers.get('x-a'),
      request.bodyUsed,
      request.redirect,
    )
    const copy = new Request(request.clone(), { headers: { x: 'y' } })
    seen.push(await copy.text(), await request.text(), request.bodyUsed, request.signal.aborted)
    return new Response()
  })
  await it.ask('/', { method: 'PUT', body: 'b', headers: { 'X-A': '1' } })
  expect(seen).toEqual([true, 'PUT', '1', false, 'follow', 'b', 'b', true, false])
})

test('msw handlers answer as they do in msw', async () => {
  await using it = await site([
    handle.get('/user/:id', ({ params, cookies, request }) =>
      HttpResponse.json({ ...params, ...cookies, url: request.url }),
    ),
    handle.post('*/form', async ({ request }) => HttpResponse.text(await request.text(), { status: 201 })),
    handle.get('/once', () => HttpResponse.text('first'), { once: true }),
    handle.get('/once', () => HttpResponse.text('later')),
    handle.get('https://www.example/secure', () => HttpResponse.text('by https')),
    handle.get('/slow', async () => {
      await delay(1)
      return HttpResponse.text('slow', { headers: { 'Set-Cookie': 'a=1' } })
    }),
    handle.get('/error', () => HttpResponse.error()),
    handle.get('/through', () => passthrough()),
    handle.all('/any', () => HttpResponse.text('any')),
  ])
  expect((await it.ask('/user/7', { headers: { Cookie: 'a=b' } })).body).toBe(
    '{"id":"7","a":"b","url":"http://www.example/user/7"}',
  )
  expect(await it.ask('/form', { body: 'x=y' })).toMatchObject({ status: 201, body: 'x=y' })
  expect([(await it.ask('/once')).body, (await it.ask('/once')).body, (await it.ask('/once')).body]).toEqual([
    'first',
    'later',
    'later',
  ])
  expect(await it.ask('/secure')).toMatchObject({ status: 404 })
  expect(await it.ask('https://www.example/secure')).toMatchObject({ body: 'by https' })
  expect(await it.ask('/slow')).toMatchObject({ body: 'slow', headers: { 'set-cookie': 'a=1' } })
  expect(await it.ask('/user/7', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  expect(await it.ask('/any', { method: 'DELETE' })).toMatchObject({ body: 'any' })
  expect(await it.ask('/nothing')).toMatchObject({ status: 404 })
  await expect(it.ask('/error')).rejects.toMatchObject({ name: 'NetworkError' })
  expect(it.bugs).toEqual([])
  await expect(it.ask('/through')).rejects.toMatchObject({ name: 'NetworkError' })
  expect(it.bugs).toEqual([expect.objectContaining({ message: expect.stringContaining('nowhere to pass to') })])
})

test('codings of a function are chosen by q-values', async () => {
  const text = 'compress me '.repeat(1000)
  await using _it = await site(() => new Response(text, { headers: { etag: '"v"' } }), {
    codings: ['gzip', 'br', 'zstd', 'deflate'],
    unacceptable: 406,
  })
  const coding = async (accept: string) => {
    const answer = await request('http://www.example/', { headers: { 'Accept-Encoding': accept }, throwErrors: false })
    return answer.status === 200
      ? [answer.header('content-encoding') ?? 'identity', (await answer.text()) === text]
      : answer.status
  }
  expect(await coding('gzip, br')).toEqual(['gzip', true])
  expect(await coding('gzip;q=0.5, br')).toEqual(['br', true])
  expect(await coding('zstd')).toEqual(['zstd', true])
  expect(await coding('deflate')).toEqual(['deflate', true])
  expect(await coding('gzip;q=0.5, identity;q=0.5')).toEqual(['gzip', true])
  expect(await coding('gzip;q=0.4, identity;q=0.5')).toEqual(['identity', true])
  expect(await coding('*')).toEqual(['gzip', true])
  expect(await coding('')).toEqual(['identity', true])
  expect(await coding('compress')).toEqual(['identity', true])
  expect(await coding('compress, identity;q=0')).toBe(406)
  expect(await coding('*;q=0')).toBe(406)
  const raw = await request('http://www.example/', { decode: false, headers: { 'Accept-Encoding': 'gzip' } })
  expect(raw.headers).toEqual(
    expect.arrayContaining([
      ['ETag', '"v-gzip"'],
      ['Vary', 'Accept-Encoding'],
      ['Accept-Ranges', 'bytes'],
    ]),
  )
  expect(zlib.gunzipSync(await raw.bytes()).toString()).toBe(text)
})

test('a function with validators is asked again by conditions and in parts', async () => {
  await using it = await site(() => new Response('0123456789', { headers: { etag: '"v1"' } }))
  expect(await it.ask('/', { headers: { 'If-None-Match': '"v1"' } })).toMatchObject({ status: 304, body: '' })
  expect(await it.ask('/', { headers: { Range: 'bytes=1-2' } })).toMatchObject({ status: 206, body: '12' })
  expect(await it.ask('/', { method: 'PUT', body: '', headers: { 'If-None-Match': '"v1"' } })).toMatchObject({
    status: 200,
  })
})

test('a folder that is none, and behaviours that are none, are refused when they are put on a host', async () => {
  await using network = await createNetwork()
  await expect(network.host('a.example', { a: http({ folder: '/no/such/folder' }) })).rejects.toThrow(
    'expected a folder for http, got "/no/such/folder", which is none',
  )
  await expect(network.host('b.example', { b: http('page' as never) })).rejects.toThrow(
    'expected a function, an array of msw handlers',
  )
})
