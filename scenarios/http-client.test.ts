// What the client makes of a site, and of servers that are no good.

import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { HttpError, type HttpRequestOptions, request } from '../clients/http.ts'
import { http } from '../index.ts'
import { site } from './http-site.ts'

test('the answer says status, reason, version, headers in their order, where it came from, and both heads as they were', async () => {
  await using _it = await site(() => ({
    status: 200,
    reason: 'Fine',
    headers: [
      ['x-B', '1'],
      ['X-a', '2'],
      ['Content-Length', '2'],
      ['X-a', '3'],
    ],
    body: 'hi',
  }))
  const answer = await request('http://www.example/p?q', {
    headers: { Accept: 'a/b', 'User-Agent': 'me' },
    decode: false,
  })
  expect(answer).toMatchObject({
    status: 200,
    reason: 'Fine',
    version: '1.1',
    url: 'http://www.example/p?q',
    method: 'GET',
  })
  expect(answer.headers).toEqual([
    ['x-B', '1'],
    ['X-a', '2'],
    ['Content-Length', '2'],
    ['X-a', '3'],
  ])
  expect(answer.header('CONTENT-length')).toBe('2')
  expect(answer.responseHead).toBe('HTTP/1.1 200 Fine\r\nx-B: 1\r\nX-a: 2\r\nContent-Length: 2\r\nX-a: 3\r\n\r\n')
  expect(answer.requestHead).toBe(
    'GET /p?q HTTP/1.1\r\nHost: www.example\r\nAccept: a/b\r\nUser-Agent: me\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n',
  )
})

test('a body is read by line, by count and to its end, each octet once', async () => {
  await using _it = await site(() => new Response(`line one\n${'x'.repeat(60)}the rest`))
  const answer = await request('http://www.example/')
  expect(String(await answer.readLine())).toBe('line one\n')
  expect(String(await answer.read(50))).toBe('x'.repeat(50))
  expect(String(await answer.read())).toBe('xxxxxxxxxxthe rest')
  expect((await answer.read()).length).toBe(0)
  expect(await answer.readLine()).toBeUndefined()
  expect(() => answer.bytes()).toThrow('read in parts')
  const whole = await request('http://www.example/')
  expect([await whole.text(), await whole.text()].map(text => text.length)).toEqual([77, 77])
  await expect(whole.read(1)).rejects.toThrow('read whole')
})

test('text is decoded by the charset that its type says', async () => {
  const octets = Buffer.from('sm\xf6rg\xe5s', 'latin1')
  await using _it = await site(
    () => new Response(octets, { headers: { 'content-type': 'text/plain; charset=iso-8859-1' } }),
  )
  const answer = await request('http://www.example/')
  expect(await answer.text()).toBe('smörgås')
  expect(await answer.text('windows-1251')).toBe('smцrgеs')
  await expect(answer.text('klingon')).rejects.toThrow('expected a charset such as utf-8 or iso-8859-1, got "klingon"')
})

test('an error status is thrown at once, or when asked', async () => {
  await using _it = await site(() => undefined)
  const thrown = await request('http://www.example/nothing').catch(error => error)
  expect(thrown).toBeInstanceOf(HttpError)
  expect(thrown).toMatchObject({ status: 404, reason: 'Not Found', url: 'http://www.example/nothing' })
  expect(thrown.headers).toContainEqual(['Content-Type', 'text/plain; charset=utf-8'])
  const kept = await request('http://www.example/nothing', { throwErrors: false })
  expect(await kept.text()).toBe('404 Not Found\n')
  expect(() => kept.check()).toThrow('http client: 404 Not Found for http://www.example/nothing')
})

test('each way of not reaching a server is a typed error that names the layer', async () => {
  await using it = await site(() => new Response())
  await it.network.host('closed.example', {}, { addresses: ['203.0.113.9'] })
  await it.network.host('hole.example', {}, { addresses: ['192.0.2.1'] })
  const failure = (url: string) => request(url, { timeoutMs: 100 }).catch(error => `${error.code} ${error.message}`)
  expect(await failure('http://closed.example/')).toBe(
    'REFUSED http client: tcp connection: connect ECONNREFUSED 203.0.113.9:80 (111)',
  )
  expect(await failure('http://hole.example/')).toMatch(
    /^TIMED_OUT http client: .*expected hole.example to answer within 100 ms$/,
  )
  expect(await failure('http://missing.example/')).toContain("await network.host('missing.example', { … })")
  await expect(request('ftp://www.example/')).rejects.toThrow(
    'expected a URL such as http://www.example.org/, got "ftp://',
  )
})

test('a server that never answers is a typed error when its time is up', async () => {
  await using _it = await site(() => new Promise(() => {}))
  await expect(request('http://www.example/', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: 'http client: expected www.example to answer within 50 ms',
  })
})

test('a server that closes or cuts its answer is a typed error', async () => {
  await using it = await site(() => ({ status: 200, headers: [['Content-Length', '100']], body: 'short' }))
  await expect((await request('http://www.example/')).bytes()).rejects.toMatchObject({ code: 'CONNECTION_CUT' })
  it.www.respond('/reset', 'reset')
  await expect(request('http://www.example/reset')).rejects.toMatchObject({ code: 'RESET' })
})

test('what is no HTTP is a protocol error that shows it', async () => {
  const server = net.createServer(socket => socket.end('SSH-2.0-OpenSSH_9\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await expect(request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
    name: 'ProtocolError',
    message: expect.stringContaining('http: expected a response, got "SSH-2.0-OpenSSH_9'),
  })
  server.close()
})

test.for([
  ['another name', 'TLS_WRONG_NAME', { names: ['other.example'] }],
  ['a past validity', 'TLS_EXPIRED', { notBefore: '2001-01-01', notAfter: '2002-01-01' }],
  ['itself as issuer', 'TLS_UNTRUSTED', { issuer: 'self' }],
  ['an unknown issuer', 'TLS_UNTRUSTED', { issuer: 'unknown' }],
] as const)('a certificate with %s is refused as %s', async ([, code, certificate]) => {
  await using _it = await site(() => new Response(), { tls: { certificate } })
  await expect(request('https://www.example/')).rejects.toMatchObject({
    name: 'NetworkError',
    code,
    message: expect.stringMatching(/^http client: tls: /),
  })
})

test('a server that speaks no TLS on 443 is a typed error', async () => {
  await using _it = await site(() => new Response(), { ports: [{ port: 443, transport: 'tcp' }] })
  await expect(request('https://www.example/')).rejects.toMatchObject({ name: 'NetworkError', code: 'TLS_FAILED' })
})

test('CONNECT gives the tunnel of a proxy', async () => {
  const proxy = net
    .createServer(socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n220 hello')))
    .listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as net.AddressInfo
  await using answer = await request(`http://127.0.0.1:${port}/`, { method: 'CONNECT', target: 'mail.example:25' })
  const [first] = await once(answer.tunnel!, 'data')
  expect(String(first)).toBe('220 hello')
  proxy.close()
})

test('forms and files go up', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'http-test-'))
  const file = path.join(folder, 'page.html')
  fs.writeFileSync(file, '<p>'.repeat(100_000))
  await using it = await site(async request => {
    const type = request.headers.get('content-type') ?? ''
    if (type.includes('form')) {
      const form = await request.formData()
      return Response.json(
        [...form].map(([name, value]) => [
          name,
          typeof value === 'string' ? value : [value.name, value.type, value.size],
        ]),
      )
    }
    return Response.json([type, request.headers.get('content-length'), (await request.text()).length])
  })
  const json = async (options: HttpRequestOptions) => JSON.parse((await it.ask('/', options)).body)
  expect(await json({ body: { form: { a: '1 & 2', ü: 'å' } } })).toEqual([
    ['a', '1 & 2'],
    ['ü', 'å'],
  ])
  expect(
    await json({
      body: {
        multipart: [
          { name: 'a', value: 'b' },
          { name: 'f"g', file },
          { name: 'h', bytes: Buffer.from('xy'), filename: 'h.png' },
        ],
      },
    }),
  ).toEqual([
    ['a', 'b'],
    ['f"g', ['page.html', 'text/html', 300_000]],
    ['h', ['h.png', 'image/png', 2]],
  ])
  expect(await json({ method: 'PUT', body: { file } })).toEqual(['text/html', '300000', 300_000])
  expect(await json({ body: fs.createReadStream(file) })).toEqual(['', null, 300_000])
  expect(await json({ body: { json: { a: 1 } } })).toEqual(['application/json', '7', 7])
  fs.rmSync(folder, { recursive: true })
})

test('redirects are followed with the right method, and no further than the limit', async () => {
  await using it = await site(async request => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/loop') return Response.redirect(new URL('/back', request.url))
    if (pathname === '/back') return Response.redirect(new URL('/loop', request.url))
    if (pathname === '/on') return Response.redirect(`${request.url}+`)
    if (pathname === '/to') {
      return new Response(null, { status: Number(searchParams.get('status')), headers: { location: '/end?x#y' } })
    }
    return new Response(`${request.method} ${await request.text()}`)
  })
  const follow = async (status: number, method: string) => {
    const answer = await request(`http://www.example/to?status=${status}`, {
      method,
      ...(method === 'GET' ? {} : { body: 'b' }),
    })
    return [answer.url, answer.history.map(each => each.status), await answer.text()]
  }
  const end = 'http://www.example/end?x#y'
  expect(await follow(301, 'POST')).toEqual([end, [301], 'GET '])
  expect(await follow(302, 'POST')).toEqual([end, [302], 'GET '])
  expect(await follow(303, 'PUT')).toEqual([end, [303], 'GET '])
  expect(await follow(307, 'POST')).toEqual([end, [307], 'POST b'])
  expect(await follow(308, 'PUT')).toEqual([end, [308], 'PUT b'])
  expect(await follow(301, 'PUT')).toEqual([end, [301], 'PUT b'])
  it.www.clear()
  const error = await request('http://www.example/on?n').catch(error => error)
  expect(error).toMatchObject({
    name: 'HttpError',
    status: 302,
    url: `http://www.example/on?n${'+'.repeat(10)}`,
    message: expect.stringContaining('at most 10 redirects'),
  })
  expect(error.history).toHaveLength(11)
  expect(error.history[0]).toEqual({
    status: 302,
    url: 'http://www.example/on?n',
    location: 'http://www.example/on?n+',
  })
  expect(error.headers).toContainEqual(['Location', `http://www.example/on?n${'+'.repeat(11)}`])
  expect(it.www.count).toBe(11)
  it.www.clear()
  await expect(request('http://www.example/loop')).rejects.toMatchObject({
    name: 'HttpError',
    status: 302,
    url: 'http://www.example/back',
    message: 'http client: expected redirects that end, got a loop back to http://www.example/loop',
    history: [{ location: 'http://www.example/back' }, { location: 'http://www.example/loop' }],
  })
  expect(it.www.count).toBe(2)
})

test('a redirect to another site does not take passwords along', async () => {
  await using it = await site(() => Response.redirect('http://other.example/'))
  const { other } = await it.network.host('other.example', { other: http(() => new Response()) })
  await request('http://ada:secret@www.example/', { headers: { Cookie: 'c' } })
  const sent = (seen: typeof other.requests) => seen[0]!.headers.map(([name]) => name.toLowerCase())
  expect(sent(it.www.requests)).toEqual(expect.arrayContaining(['authorization', 'cookie']))
  expect(sent(other.requests)).not.toEqual(expect.arrayContaining(['authorization']))
  expect(sent(other.requests)).not.toEqual(expect.arrayContaining(['cookie']))
})

test('a body coded in a way that is unknown here, or not as it says, is a typed error', async () => {
  let coding = 'compress'
  await using _it = await site(() => new Response('plain text', { headers: { 'content-encoding': coding } }))
  await expect(request('http://www.example/')).rejects.toMatchObject({
    name: 'ProtocolError',
    message: expect.stringContaining('got "compress"'),
  })
  for (coding of ['gzip', 'deflate', 'br', 'zstd']) {
    await expect((await request('http://www.example/')).bytes()).rejects.toMatchObject({ name: 'ProtocolError' })
  }
})

test('deflate is read with and without the envelope of zlib', async () => {
  const text = Buffer.from('deflate '.repeat(10_000))
  await using it = await site(
    request =>
      new Response(request.url.endsWith('/raw') ? zlib.deflateRawSync(text) : zlib.deflateSync(text), {
        headers: { 'content-encoding': 'deflate' },
      }),
  )
  expect((await it.ask('/')).body.length).toBe(80_000)
  expect((await it.ask('/raw')).body.length).toBe(80_000)
})
