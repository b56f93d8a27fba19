// Connections of an HTTP site: which site is meant, what is refused, what is kept, what is waited for.

import { once } from 'node:events'
import net from 'node:net'
import { delay } from 'msw'
import { expect, test } from 'vitest'
import { request } from '../clients/http.ts'
import { http } from '../index.ts'
import { Random } from '../net/random.ts'
import { close, say, site, statuses } from './http-site.ts'

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

test('a client that asks on and on and reads nothing is answered only as far as it takes the answers', async () => {
  const body = 'x'.repeat(100_000)
  let answered = 0
  await using it = await site(request => {
    answered++
    return new Response(request.url.endsWith('/last') ? 'last' : body)
  })
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: www.example\r\n\r\n`
  const silent = net.connect(it.www.endpoint).pause()
  silent.write(ask('/').repeat(1000) + ask('/last'))
  while (answered === 0) await it.ask('/')
  expect(await it.ask('/last')).toMatchObject({ status: 200, body: 'last' })
  expect(answered).toBeLessThan(500)
  let text = ''
  for await (const chunk of silent) if ((text += chunk.toString('latin1').slice(-9)).endsWith('\r\n\r\nlast')) break
  expect(answered).toBeGreaterThan(1000)
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
  expect(await twice('1.1', `Connection: keep-alive\r\n${close}`)).toBe(1)
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

test('all requests of a client that has ended its side are answered, however long that takes', async () => {
  await using it = await site(async request => {
    await new Promise(resolve => setImmediate(resolve))
    return new Response(new URL(request.url).pathname)
  })
  const socket = net.connect({ ...it.www.endpoint, allowHalfOpen: true })
  socket.end(['/1', '/2', '/3'].map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  let said = ''
  for await (const piece of socket) said += piece
  expect(said.match(/^\/\d/gm)).toEqual(['/1', '/2', '/3'])
})

test('an idle connection, a slow head and a slow body end by the clock of the network', async () => {
  await using it = await site(async request => new Response(await request.text()))
  /** What is said to a client that waits, and whether the server has ended the connection. */
  const after = async (duration: string, text: string) => {
    const socket = net.connect({ ...it.www.endpoint, allowHalfOpen: true })
    let said = ''
    let ended: string[] = []
    socket.on('data', chunk => (said += chunk))
    socket.on('end', () => (ended = ['end'])).on('error', () => (ended = ['reset']))
    await once(socket, 'connect')
    if (text !== '') socket.write(text)
    // What was sent before has arrived when requests on other connections are answered.
    const settle = async () => {
      for (let round = 0; round < 3; round++) await it.ask('/', { body: 'x' })
    }
    await settle()
    await it.network.clock.advance(duration)
    await settle()
    socket.destroy()
    return [...statuses(said), ...ended]
  }
  const body = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc'
  expect(await after('74s', '')).toEqual([])
  expect(await after('76s', '')).toEqual(['end'])
  expect(await after('59s', 'GET / HTTP/1.1\r\nHo')).toEqual([])
  expect(await after('61s', 'GET / HTTP/1.1\r\nHo')).toEqual([408, 'end'])
  expect(await after('59s', body)).toEqual([])
  // The site has begun to answer, and reads on for what does not come.
  expect(await after('61s', body)).toEqual(['reset'])
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
