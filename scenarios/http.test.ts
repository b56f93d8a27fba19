// What the pair of fake and client does, and what the fake does with clients that are no good.

import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { delay, HttpResponse, http as handle, passthrough } from 'msw'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpError, type HttpRequestOptions, request } from '../clients/http.ts'
import type { HttpBehaviour, HttpOptions } from '../fakes/http.ts'
import { createNetwork, http } from '../index.ts'
import type { HostOptions } from '../net/host.ts'
import { Network } from '../net/network.ts'
import { Random } from '../net/random.ts'

/** A network with one site, www.example, in which the caller lives from now on: not async, so that this is true. */
function site(behaviour: HttpBehaviour, options: HttpOptions = {}, host: HostOptions = {}) {
  const bugs: unknown[] = []
  const network = new Network({ onBug: error => bugs.push(error) })
  const inside = network.intercept()
  return network.host('www.example', { www: http(behaviour, options) }, host).then(({ www }) => ({
    network,
    www,
    bugs,
    /** Status, headers in lower case, body. */
    async ask(target: string, given: HttpRequestOptions = {}) {
      const answer = await request(new URL(target, 'http://www.example'), {
        throwErrors: false,
        redirects: 0,
        ...given,
      })
      const headers = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]))
      return { status: answer.status, headers, body: (await answer.bytes()).toString() }
    },
    async [Symbol.asyncDispose]() {
      inside[Symbol.dispose]()
      await network.close()
    },
  }))
}

/** Says octets on a bare connection, each piece when there was an answer to the one before; gives all that comes back. */
async function say(endpoint: { host: string; port: number }, ...pieces: string[]): Promise<string> {
  const socket = net.connect(endpoint)
  socket.on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await once(socket, 'data')
    socket.write(piece, 'latin1')
  }
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
const close = 'Connection: close\r\n'

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

test('a request is only read as fast as the function reads it', async () => {
  let seen = 0
  await using it = await site(async request => {
    for await (const piece of request.body!) seen += piece.length
    return new Response(String(seen))
  })
  const body = Buffer.alloc(20_000_000, 'x')
  expect(await it.ask('/', { body })).toMatchObject({ body: '20000000' })
  expect(it.www.requests[0]?.body.length).toBe(65536)
})

test('a client that expects 100 Continue is told to go on when its body is wanted, and is refused without it', async () => {
  await using it = await site(async request =>
    request.url.endsWith('/no') ? new Response('no', { status: 403 }) : new Response(await request.text()),
  )
  const head = (target: string) =>
    `POST ${target} HTTP/1.1\r\nHost: a\r\n${close}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`
  expect(await say(it.www.endpoint, head('/'), 'hello')).toMatch(
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*hello$/,
  )
  expect(statuses(await say(it.www.endpoint, head('/no')))).toEqual([403])
  expect(await it.ask('/', { body: 'hello', headers: { Expect: '100-continue' } })).toMatchObject({
    status: 200,
    body: 'hello',
  })
  expect(await it.ask('/', { body: 'hello', headers: { Expect: 'magic' } })).toMatchObject({ status: 417 })
})

test('redirects are followed with the right method, and no further than the limit', async () => {
  await using it = await site(async request => {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/loop') return Response.redirect(request.url)
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
  await expect(request('http://www.example/loop')).rejects.toMatchObject({
    name: 'HttpError',
    status: 302,
    message: expect.stringContaining('at most 10 redirects'),
  })
  expect(it.www.count).toBe(11)
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

test('sites that share an address are told apart by Host', async () => {
  const addresses = ['203.0.113.80']
  await using it = await site(() => new Response('first'), {}, { addresses })
  await it.network.host('b.example', { http: http(() => new Response('b')) }, { addresses, names: ['*.b.example'] })
  await it.network.host('c.b.example', { http: http(() => new Response('c')) }, { addresses })
  const body = async (url: string, headers = {}) => (await it.ask(url, { headers })).body
  expect(await body('http://www.example/')).toBe('first')
  expect(await body('https://b.example/')).toBe('b')
  expect(await body('http://x.y.b.example/')).toBe('b')
  expect(await body('http://c.b.example/')).toBe('c')
  expect(await body('http://203.0.113.80/', { Host: 'B.Example.:8080' })).toBe('b')
  expect(await body('http://203.0.113.80/', { Host: 'who.example' })).toBe('first')
  const { endpoint } = it.www
  expect(await say(endpoint, `GET http://b.example/x HTTP/1.1\r\nHost: www.example\r\n${close}\r\n`)).toMatch(/b$/)
  expect(await say(endpoint, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/first$/)
})

test.for([421, 404] as const)('a name that no site has gets %d where that is asked for', async unknownHost => {
  await using it = await site(() => new Response('first'), { unknownHost }, { addresses: ['203.0.113.80'] })
  const status = async (host: string) => (await it.ask('/', { headers: { Host: host } })).status
  expect([await status('who.example'), await status('www.example:81'), await status('203.0.113.80')]).toEqual([
    unknownHost,
    200,
    200,
  ])
})

test.for([
  ['1.1 without Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['an impossible Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['a Host with a port beyond all', 'GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n', 400],
  ['no path', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  [
    'both framings',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a bad chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n', 400],
  ['a body beyond the limit', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n', 413],
  [
    'chunks beyond the limit',
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1001)}\r\n`,
    413,
  ],
  ['a giant header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ['a giant target', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['TLS to the clear port', Buffer.from('16030100f4010000f00303', 'hex').toString('latin1'), 400],
] as const)('%s is refused, the link closes, and the next client is served', async ([, text, status]) => {
  await using it = await site(() => new Response('ok'), { limits: { maxBodyBytes: 1000 } })
  const said = await say(it.www.endpoint, text)
  expect(statuses(said)).toEqual([status])
  expect(said).toContain('Connection: close')
  expect(it.www).toMatchObject({ refused: 1, count: 0 })
  expect(await it.ask('/')).toMatchObject({ status: 200, body: 'ok' })
  expect(it.bugs).toEqual([])
})

test('random octets and half requests never hurt the next client', async () => {
  await using it = await site(async request => new Response(await request.text()))
  const random = new Random('bad clients')
  for (let round = 0; round < 30; round++) {
    const socket = net.connect(it.www.endpoint)
    socket.on('error', () => {})
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n'.slice(0, random.below(60)))
    socket.write(random.bytes(random.below(200)))
    await once(socket, 'connect')
    if (round % 3 === 0) socket.resetAndDestroy()
    else socket.end()
  }
  expect(await it.ask('/', { body: 'still here' })).toMatchObject({ body: 'still here' })
  expect(it.bugs).toEqual([])
})

test('octets in the clear on the TLS port close the link', async () => {
  await using it = await site(() => new Response('ok'))
  const secure = it.www.endpoints.find(({ tls }) => tls)!.real
  expect(await say(secure, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).not.toContain('200')
  expect((await request('https://www.example/')).status).toBe(200)
})

test('pipelined requests are answered in their order, also when the first takes longest', async () => {
  await using it = await site(async request => {
    if (request.url.endsWith('/1')) await delay(5)
    return new Response(`answer ${new URL(request.url).pathname}`)
  })
  const ask = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
  const said = await say(it.www.endpoint, ask('/1') + ask('/2') + ask('/3', close) + ask('/4'))
  expect(said.match(/answer \/\d/g)).toEqual(['answer /1', 'answer /2', 'answer /3'])
})

test('a connection is kept by the rules of its version', async () => {
  await using it = await site(() => new Response('ok'))
  const twice = async (version: string, field = '') => {
    const one = `GET / HTTP/${version}\r\nHost: a\r\n${field}\r\n`
    return statuses(await say(it.www.endpoint, `${one}${one}GET / HTTP/${version}\r\nHost: a\r\n${close}\r\n`)).length
  }
  expect(await twice('1.1')).toBe(3)
  expect(await twice('1.1', close)).toBe(1)
  expect(await twice('1.0')).toBe(1)
  expect(await twice('1.0', 'Connection: keep-alive\r\n')).toBe(3)
})

test('a client that half-closes still gets its answers', async () => {
  await using it = await site(async () => new Response('late'))
  const socket = net.connect({ ...it.www.endpoint, allowHalfOpen: true })
  socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  let said = ''
  for await (const piece of socket) said += piece
  expect(said).toMatch(/late$/)
})

test('an idle connection, a slow head and a slow body end by the clock of the network', async () => {
  await using it = await site(async request => new Response(await request.text()))
  const after = async (duration: string, text: string) => {
    const socket = net.connect(it.www.endpoint)
    let said = ''
    socket.on('data', chunk => (said += chunk))
    await once(socket, 'connect')
    if (text !== '') socket.write(text)
    const closed = once(socket, 'close')
    // The octets have arrived when a request on another connection is answered.
    await it.ask('/', { body: 'x' })
    await it.ask('/', { body: 'x' })
    await it.network.clock.advance(duration)
    socket.destroySoon()
    await closed
    return statuses(said)
  }
  expect(await after('76s', '')).toEqual([])
  expect(await after('61s', 'GET / HTTP/1.1\r\nHo')).toEqual([408])
  expect(await after('30s', 'GET / HTTP/1.1\r\nHo')).toEqual([])
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

test('a stream is no longer read when its client is gone', async () => {
  const cancelled = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  await using it = await site(request => {
    request.signal.addEventListener('abort', () => aborted.resolve())
    return new Response(
      new ReadableStream({
        pull: controller => controller.enqueue(Buffer.alloc(65536)),
        cancel: () => cancelled.resolve(),
      }),
    )
  })
  const answer = await request('http://www.example/')
  await answer.read(1000)
  await answer[Symbol.asyncDispose]()
  await cancelled.promise
  await aborted.promise
  expect(it.bugs).toEqual([])
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

let folder: string
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'http-folder-'))
  fs.writeFileSync(path.join(folder, '..', `${path.basename(folder)}-secret`), 'secret')
  const write = (name: string, content: string | Buffer) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), content)
  }
  write('index.html', '<h1>home</h1>')
  write('digits.txt', '0123456789')
  write('page.en.html', 'English')
  write('page.sv.html', 'svenska')
  write('intro/about.en.html', 'about')
  write('multi/index.en.html', 'multi en')
  write('multi/index.sv.html', 'multi sv')
  write('sub/deep.json', '{}')
  write('sp ace/å.txt', 'utf8 name')
  write('.hidden', 'hidden')
  write('.well-known/x', 'known')
  write('data.unknown', 'x')
  write('long.css', 'a { color: red }\n'.repeat(1000))
  write('big.bin', Buffer.alloc(3_000_000, 'b'))
  fs.symlinkSync(path.join('..', `${path.basename(folder)}-secret`), path.join(folder, 'out'))
  fs.symlinkSync('digits.txt', path.join(folder, 'in'))
})
afterAll(() => {
  fs.rmSync(path.join(folder, '..', `${path.basename(folder)}-secret`))
  fs.rmSync(folder, { recursive: true })
})

test('a folder gives its files with their types', async () => {
  await using it = await site({ folder, types: { unknown: 'x/y; charset=utf-8' } })
  expect(await it.ask('/')).toMatchObject({
    status: 200,
    body: '<h1>home</h1>',
    headers: { 'content-type': 'text/html' },
  })
  expect(await it.ask('/sub/deep.json')).toMatchObject({ body: '{}', headers: { 'content-type': 'application/json' } })
  expect(await it.ask('/data.unknown')).toMatchObject({ headers: { 'content-type': 'x/y; charset=utf-8' } })
  expect(await it.ask('/sp%20ace/%C3%A5.txt?query')).toMatchObject({ body: 'utf8 name' })
  expect(await it.ask('/in')).toMatchObject({ body: '0123456789' })
  expect(await it.ask('/.well-known/x')).toMatchObject({ body: 'known' })
  expect((await it.ask('/big.bin')).body.length).toBe(3_000_000)
  expect(await it.ask('/big.bin', { method: 'HEAD' })).toMatchObject({
    headers: { 'content-length': '3000000' },
    body: '',
  })
  expect(await it.ask('/nothing')).toMatchObject({ status: 404 })
  expect(await it.ask('/digits.txt/')).toMatchObject({ status: 404 })
  expect(await it.ask('/sub?a=b')).toMatchObject({ status: 301, headers: { location: 'http://www.example/sub/?a=b' } })
  expect(await it.ask('/sub/')).toMatchObject({ status: 403 })
  expect(await it.ask('/', { method: 'POST', body: 'x' })).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  })
  expect(await it.ask('/', { method: 'OPTIONS' })).toMatchObject({
    status: 204,
    headers: { allow: 'GET, HEAD, OPTIONS' },
  })
})

test('a folder shows what is in it where that is asked for', async () => {
  await using it = await site({ folder, listing: true })
  const { body } = await it.ask('/sub/')
  expect(body).toContain('<a href="deep.json">deep.json</a>')
  expect((await it.ask('/sp%20ace/')).body).toContain('<a href="%C3%A5.txt">å.txt</a>')
})

test.for([
  ['/../secret', 400],
  ['/%2e%2e/secret', 400],
  ['/sub/../../secret', 400],
  ['/..%2fsecret', 404],
  ['/..%5csecret', 404],
  ['/out', 403],
  ['/.hidden', 404],
  ['/%2ehidden', 404],
  ['/%', 400],
  ['/%ff', 400],
  ['/%00', 400],
  [`/${'a'.repeat(5000)}`, 404],
] as const)('%s leads out of no folder', async ([target, status]) => {
  await using it = await site({ folder: path.join(folder) })
  const said = await say(it.www.endpoint, `GET ${target} HTTP/1.1\r\nHost: a\r\n${close}\r\n`)
  expect(statuses(said)).toEqual([status])
  expect(it.bugs).toEqual([])
})

test('a part, several parts and no part of a file', async () => {
  await using it = await site({ folder })
  const part = (range: string, more = {}) => it.ask('/digits.txt', { headers: { Range: range, ...more } })
  expect(await part('bytes=2-4')).toMatchObject({
    status: 206,
    body: '234',
    headers: { 'content-range': 'bytes 2-4/10', 'content-length': '3' },
  })
  expect(await part('bytes=7-')).toMatchObject({ status: 206, body: '789' })
  expect(await part('bytes=-3')).toMatchObject({ status: 206, body: '789' })
  expect(await part('bytes=5-99')).toMatchObject({ status: 206, body: '56789' })
  expect(await part('bytes=10-')).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } })
  for (const ignored of ['bytes=4-2', 'bytes=x', 'octets=1-2', 'bytes=0-9,0-9', 'bytes=']) {
    expect(await part(ignored), ignored).toMatchObject({ status: 200, body: '0123456789' })
  }
  const several = await part('bytes=0-1,-2')
  const boundary = /^multipart\/byteranges; boundary=(\d{20})$/.exec(several.headers['content-type']!)?.[1]
  expect(several.body).toBe(
    `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01` +
      `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--${boundary}--\r\n`,
  )
  const { headers } = await it.ask('/digits.txt')
  expect((await part('bytes=0-1', { 'If-Range': headers.etag })).status).toBe(206)
  expect((await part('bytes=0-1', { 'If-Range': '"other"' })).status).toBe(200)
  expect((await part('bytes=0-1', { 'If-Range': headers['last-modified'] })).status).toBe(206)
  expect(await it.ask('/big.bin', { headers: { Range: 'bytes=2999998-' } })).toMatchObject({ status: 206, body: 'bb' })
})

test.for([
  ['If-None-Match', '*', 304],
  ['If-None-Match', '"no"', 200],
  ['If-None-Match', 'ETAG', 304],
  ['If-None-Match', 'W/ETAG', 304],
  ['If-Match', 'ETAG', 200],
  ['If-Match', 'W/ETAG', 412],
  ['If-Match', '"no"', 412],
  ['If-Modified-Since', 'Sun, 15 Mar 2015 12:09:16 GMT', 304],
  ['If-Modified-Since', 'Sunday, 15-Mar-15 12:09:16 GMT', 304],
  ['If-Modified-Since', 'Sun Mar 15 12:09:16 2015', 304],
  ['If-Modified-Since', 'Sun, 15 Mar 2015 12:09:15 GMT', 200],
  ['If-Modified-Since', 'yesterday', 200],
  ['If-Unmodified-Since', 'Sun, 15 Mar 2015 12:09:15 GMT', 412],
  ['If-Unmodified-Since', 'Sun, 15 Mar 2015 12:09:16 GMT', 200],
] as const)('%s: %s gives %d', async ([name, value, status]) => {
  await using it = await site({ folder })
  const { headers } = await it.ask('/digits.txt')
  const answer = await it.ask('/digits.txt', { headers: { [name]: value.replace('ETAG', headers.etag!) } })
  expect(answer.status).toBe(status)
  if (status === 304) expect(answer).toMatchObject({ body: '', headers: { etag: headers.etag } })
})

test('a changed file has a new tag and the time at which it was seen', async () => {
  const changing = path.join(folder, 'changing.txt')
  fs.writeFileSync(changing, 'before')
  await using it = await site({ folder })
  const before = await it.ask('/changing.txt')
  fs.writeFileSync(changing, 'afterwards')
  await it.network.clock.advance('1h')
  const after = await it.ask('/changing.txt')
  expect(after).toMatchObject({ body: 'afterwards', headers: { 'last-modified': 'Sun, 15 Mar 2015 13:09:16 GMT' } })
  expect(after.headers.etag).not.toBe(before.headers.etag)
})

test('a function with validators is asked again by conditions and in parts', async () => {
  await using it = await site(() => new Response('0123456789', { headers: { etag: '"v1"' } }))
  expect(await it.ask('/', { headers: { 'If-None-Match': '"v1"' } })).toMatchObject({ status: 304, body: '' })
  expect(await it.ask('/', { headers: { Range: 'bytes=1-2' } })).toMatchObject({ status: 206, body: '12' })
  expect(await it.ask('/', { method: 'PUT', body: '', headers: { 'If-None-Match': '"v1"' } })).toMatchObject({
    status: 200,
  })
})

test('a folder compresses what gets smaller, and gives parts of what it did not compress', async () => {
  await using it = await site({ folder })
  const ask = (target: string, headers: Record<string, string>) => it.ask(target, { headers, decode: false })
  const packed = await ask('/long.css', { 'Accept-Encoding': 'gzip, br' })
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'Accept-Encoding',
    etag: expect.stringMatching(/-gzip"$/),
  })
  expect(await ask('/long.css', { 'Accept-Encoding': 'gzip', 'If-None-Match': packed.headers.etag! })).toMatchObject({
    status: 304,
  })
  expect((await ask('/big.bin', { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
  expect((await ask('/long.css', { 'Accept-Encoding': 'gzip', Range: 'bytes=0-1' })).body).toBe('a ')
  expect((await it.ask('/long.css')).body.length).toBe(17_000)
})

test('a language is chosen as MultiViews chooses it', async () => {
  await using it = await site({ folder })
  const page = (target: string, language?: string) =>
    it.ask(target, { headers: language === undefined ? {} : { 'Accept-Language': language } })
  expect(await page('/page', 'sv')).toMatchObject({
    status: 200,
    body: 'svenska',
    headers: {
      'content-location': 'page.sv.html',
      'content-language': 'sv',
      vary: 'negotiate,accept-language,Accept-Encoding',
      tcn: 'choice',
      'content-type': 'text/html',
    },
  })
  expect(await page('/page')).toMatchObject({ body: 'English' })
  expect(await page('/page', 'sv;q=0.5, en;q=0.4')).toMatchObject({ body: 'svenska' })
  expect(await page('/page', 'sv-FI, en;q=0.9')).toMatchObject({ body: 'svenska' })
  expect(await page('/page', 'de')).toMatchObject({ body: 'English' })
  expect(await page('/multi/', 'sv')).toMatchObject({
    body: 'multi sv',
    headers: { 'content-location': 'index.sv.html' },
  })
  expect(await page('/intro/about')).toMatchObject({ body: 'about' })
  await using strict = await site({ folder }, { unacceptable: 406 })
  expect(await strict.ask('/page', { headers: { 'Accept-Language': 'de' } })).toMatchObject({ status: 406 })
  expect(await strict.ask('/page', { headers: { Accept: 'image/png' } })).toMatchObject({ status: 406 })
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

test('the same seed gives the same octets', async () => {
  const run = async () => {
    await using it = await site({ folder })
    const head = `GET /digits.txt HTTP/1.1\r\nHost: a\r\n${close}Range: bytes=0-1,3-4\r\n\r\n`
    return await say(it.www.endpoint, head)
  }
  expect(await run()).toBe(await run())
})
