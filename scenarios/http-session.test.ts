// What lasts from request to request: headers, cookies on the network's clock, connections, retries, proxies.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import nodeHttp from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CookieJar } from '../clients/http/cookie-jar.ts'
import { HttpSession, type HttpSessionOptions } from '../clients/http/session.ts'
import { defaultHeaders } from '../clients/http.ts'
import { http, tcp } from '../index.ts'
import type { Clock } from '../net/clock.ts'
import { site } from './http-site.ts'

const url = 'http://www.example/'

/** The network's clock for a session; where the session pauses between two tries, it moves on by the pause. */
function hurried(clock: Clock) {
  const pauses: number[] = []
  return {
    pauses,
    now: () => clock.now(),
    after(delayMs: number, run: () => void) {
      const timer = clock.after(delayMs, run)
      if (delayMs !== 60_000) {
        pauses.push(delayMs)
        void clock.advance(delayMs)
      }
      return timer
    },
  }
}

test('Accept-Language chooses the page, and the default headers can be listed', async () => {
  const pages: Record<string, string> = { sv: 'hej', en: 'hello' }
  await using it = await site(request => new Response(pages[request.headers.get('accept-language') ?? 'en']))
  await using session = new HttpSession({ headers: { 'Accept-Language': 'sv' } })
  expect(await (await session.request(url)).text()).toBe('hej')
  expect(await (await session.request(url, { headers: { 'accept-language': 'en' } })).text()).toBe('hello')
  expect(defaultHeaders()).toEqual([
    ['User-Agent', 'backlot/0.1.0'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ])
  expect(session.headers).toEqual([['Accept-Language', 'sv'], ...defaultHeaders()])
  const [first] = it.www.requests
  expect(first!.headers.filter(([name]) => name !== 'Host' && name !== 'Connection')).toEqual(session.headers)
})

test('parameters of session and request are added to the query', async () => {
  await using it = await site(() => new Response())
  await using session = new HttpSession({ params: { key: 'å' } })
  await session.request(`${url}?a=1`, { params: { b: ['2', 3] } })
  expect(it.www.requests[0]!.url).toBe('http://www.example/?a=1&key=%C3%A5&b=2&b=3')
})

test('cookies go back where they came from until they expire on the clock of the network', async () => {
  await using it = await site(request => {
    const { pathname } = new URL(request.url)
    const headers = new Headers()
    if (pathname === '/preferences') {
      headers.append('set-cookie', 'lang=sv; Max-Age=3600; Path=/')
      headers.append('set-cookie', 'here=1')
      headers.append('set-cookie', 'below=1; Path=/deep/er; HttpOnly')
      headers.append('set-cookie', 'safe=1; Secure; Path=/')
      headers.append('set-cookie', 'foreign=1; Domain=other.example')
    }
    return new Response(request.headers.get('cookie') ?? 'none', { headers })
  })
  const { clock } = it.network
  await using session = new HttpSession({ clock })
  const sent = async (target: string) => (await session.request(target)).text()
  expect(await sent(`${url}preferences`)).toBe('none')
  expect(await sent(url)).toBe('lang=sv; here=1')
  expect(await sent(`${url}deep/er/page`)).toBe('below=1; lang=sv; here=1')
  expect(await sent('https://www.example/preferences')).toBe('lang=sv; here=1')
  expect(await sent('https://www.example/')).toBe('lang=sv; here=1; safe=1')
  expect(await sent(url)).toBe('lang=sv; here=1')
  await clock.advance('1h')
  expect(await sent(url)).toBe('here=1')
  expect(session.cookies.cookies.map(({ name }) => name).toSorted()).toEqual(['below', 'here', 'safe'])
})

test('a redirect sets cookies, and with them the same address is no loop', async () => {
  await using _it = await site(request =>
    request.headers.get('cookie') === 'seen=1'
      ? new Response('welcome')
      : new Response(null, { status: 302, headers: { location: '/', 'set-cookie': 'seen=1' } }),
  )
  await using session = new HttpSession()
  const answer = await session.request(url)
  expect([await answer.text(), answer.history.length]).toEqual(['welcome', 1])
})

const at = (text: string) => new URL(text)

test('a jar keeps and sends by the rules of domain, Secure and SameSite', () => {
  const jar = new CookieJar()
  const set = (from: string, text: string) => jar.set(at(from), text)
  expect(set('https://www.example.org/', 'wide=1; Domain=example.org')).toBe(true)
  expect(set('https://www.example.org/', 'own=1')).toBe(true)
  expect(set('https://www.example.org/', 'everybody=1; Domain=org')).toBe(false)
  expect(set('http://www.example.org/', 'secret=1; Secure')).toBe(false)
  expect(set('https://www.example.org/', 'strict=1; SameSite=Strict')).toBe(true)
  expect(set('https://www.example.org/', 'open=1; SameSite=None; Secure')).toBe(true)
  expect(set('http://www.example.org/', 'open=2')).toBe(false)
  expect(jar.headerFor(at('https://mail.example.org/'))).toBe('wide=1')
  expect(jar.headerFor(at('https://www.example.org/'))).toBe('wide=1; own=1; strict=1; open=1')
  expect(jar.headerFor(at('http://www.example.org/'))).toBe('wide=1; own=1; strict=1')
  const from = at('https://else.example.net/')
  expect(jar.headerFor(at('https://www.example.org/'), 'GET', from)).toBe('wide=1; own=1; open=1')
  expect(jar.headerFor(at('https://www.example.org/'), 'POST', from)).toBe('open=1')
  expect(set('https://www.example.org/', 'own=; Max-Age=0')).toBe(true)
  expect(jar.headerFor(at('https://www.example.org/'))).toBe('wide=1; strict=1; open=1')
  jar.clear({ session: true })
  expect(jar.cookies).toEqual([])
})

test('a jar holds only so many cookies of a domain and in all', () => {
  const jar = new CookieJar()
  for (let i = 0; i < 200; i++) jar.set(at('http://a.example/'), `c${i}=1`)
  expect(jar.cookies).toHaveLength(180)
  expect(jar.cookies[0]!.name).toBe('c20')
  for (let i = 0; i < 3000; i++) jar.set(at(`http://h${i}.example/`), 'a=1')
  expect(jar.cookies).toHaveLength(3000)
})

test('a jar is saved to a file and loaded from it, whole', async () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cookies-')), 'cookies.txt')
  const clock = { now: () => Date.UTC(2015, 2, 15) }
  const jar = new CookieJar({ clock })
  jar.set(at('https://www.example.org/a/b'), 'one=1; HttpOnly; Secure; Max-Age=60')
  jar.set(at('https://www.example.org/'), 'two=2; Domain=example.org; Path=/x; SameSite=Lax')
  await jar.save(file)
  expect(fs.readFileSync(file, 'utf8')).toBe(
    '# Netscape HTTP Cookie File\n' +
      '#HttpOnly_www.example.org\tFALSE\t/a\tTRUE\t1426377660\tone\t1\n' +
      '# SameSite=Lax\n.example.org\tTRUE\t/x\tFALSE\t0\ttwo\t2\n',
  )
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  const loaded = new CookieJar({ clock })
  await loaded.load(file)
  expect(loaded.cookies).toEqual(jar.cookies)
  const later = new CookieJar({ clock: { now: () => Date.UTC(2016) } })
  await later.load(file)
  expect(later.cookies.map(({ name }) => name)).toEqual(['two'])
  fs.writeFileSync(file, 'no cookies here\n')
  await expect(loaded.load(file)).rejects.toThrow(
    'cookies.txt:1: expected a line of seven fields between tabs, got "no',
  )
  fs.rmSync(path.dirname(file), { recursive: true })
})

test('connections are used again, also after a redirect and after the server has ended one that waited', async () => {
  await using it = await site(request =>
    request.url.endsWith('/from') ? Response.redirect(new URL('/to', request.url)) : new Response('ok'),
  )
  const links: number[] = []
  using _tap = it.network.tap({ opened: ({ id }) => void links.push(id) })
  await using session = new HttpSession({ clock: it.network.clock })
  for (const target of ['from', 'a', 'b']) await (await session.request(url + target)).text()
  expect(links).toHaveLength(1)
  // The site ends what is idle for 75 seconds; the request may meet the end on its way.
  await it.network.clock.advance('76s')
  expect(await (await session.request(url)).text()).toBe('ok')
  expect(links).toHaveLength(2)
})

test('a request is tried again with pauses that double, on the clock of the network', async () => {
  let failures = 3
  await using it = await site(() => (failures-- > 0 ? new Response('later', { status: 503 }) : new Response('at last')))
  const clock = hurried(it.network.clock)
  await using session = new HttpSession({ clock, retries: {} })
  expect(await (await session.request(url)).text()).toBe('at last')
  expect(clock.pauses).toEqual([1000, 2000, 4000])
  expect(clock.now() - it.network.clock.epoch).toBe(7000)
})

test.each<[string, HttpSessionOptions, string, number]>([
  ['as often as asked for', { retries: { count: 2 } }, 'GET', 3],
  ['not at all where that was not asked for', {}, 'GET', 1],
  ['not where it may change something twice', { retries: {} }, 'POST', 1],
  ['for the methods that are named', { retries: { count: 1, methods: ['POST'] } }, 'POST', 2],
  ['for the answers that are named', { retries: { count: 1, statuses: [500] } }, 'GET', 1],
])('a request is tried again %s', async (_what, options, method, count) => {
  await using it = await site(() => new Response('no', { status: 503 }))
  await using session = new HttpSession({ ...options, clock: hurried(it.network.clock) })
  await expect(session.request(url, { method })).rejects.toMatchObject({ name: 'HttpError', status: 503 })
  expect(it.www.count).toBe(count)
})

test('Retry-After is waited for, and not when it is longer than anybody would', async () => {
  let after = '30'
  await using it = await site(() => new Response('no', { status: 429, headers: { 'retry-after': after } }))
  const clock = hurried(it.network.clock)
  await using session = new HttpSession({ clock, retries: { count: 1 }, throwErrors: false })
  await session.request(url)
  after = new Date(clock.now() + 20_000).toUTCString()
  await session.request(url)
  expect(clock.pauses).toEqual([30_000, 20_000])
  after = new Date(clock.now() + 3_600_000).toUTCString()
  expect((await session.request(url)).status).toBe(429)
  expect(clock.pauses).toHaveLength(2)
})

test('a server that cannot be reached is tried again too, and a pause can be cut short', async () => {
  await using it = await site(() => new Response())
  await it.network.host('closed.example')
  const clock = hurried(it.network.clock)
  await using session = new HttpSession({ clock, retries: { count: 2 } })
  await expect(session.request('http://closed.example/')).rejects.toMatchObject({ code: 'REFUSED' })
  expect(clock.pauses).toEqual([1000, 2000])
  const pausing = Promise.withResolvers<void>()
  const standing = {
    now: () => it.network.clock.now(),
    after(delayMs: number, run: () => void) {
      if (delayMs !== 60_000) pausing.resolve()
      return it.network.clock.after(delayMs, run)
    },
  }
  await using patient = new HttpSession({ clock: standing, retries: {} })
  const enough = new AbortController()
  const waiting = patient.request('http://closed.example/', { signal: enough.signal })
  await pausing.promise
  enough.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('a silent server is given up by the clock of the network', async () => {
  await using it = await site(() => new Response())
  const arrived = Promise.withResolvers<undefined>()
  const silent = tcp(
    {
      delimiter: '\r\n\r\n',
      answer() {
        arrived.resolve(undefined)
        return undefined
      },
    },
    { port: 80 },
  )
  await it.network.host('silent.example', { silent })
  const { clock } = it.network
  await using session = new HttpSession({ clock, timeoutMs: 3_600_000 })
  const failed = expect(session.request('http://silent.example/')).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: 'http client: expected silent.example to answer within 3600000 ms',
  })
  await arrived.promise
  await clock.advance('1h')
  await failed
})

test('a server of HTTP/1.0 is understood', async () => {
  await using it = await site(() => new Response())
  const old = tcp(
    async connection => {
      await connection.readUntil('\r\n\r\n')
      await connection.write('HTTP/1.0 200 OK\r\n\r\nto the end')
    },
    { port: 80 },
  )
  await it.network.host('old.example', { old })
  await using session = new HttpSession()
  for (let i = 0; i < 2; i++) {
    const answer = await session.request('http://old.example/')
    expect([answer.version, await answer.text()]).toEqual(['1.0', 'to the end'])
  }
})

/** A proxy as programs know them, with a password: absolute targets, and tunnels. */
function proxy(seen: string[]): nodeHttp.Server {
  const server = nodeHttp.createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`)
    nodeHttp.get(request.url!, { agent: false, headers: { host: request.headers.host } }, answer =>
      answer.pipe(response),
    )
  })
  server.on('connect', (request, socket) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`)
    const [host, port] = request.url!.split(':')
    if (host === 'no.example') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const far = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      far.pipe(socket).pipe(far)
    })
    far.on('error', () => socket.destroy())
    socket.on('error', () => far.destroy())
  })
  return server
}

test('a proxy is asked for pages in the clear and for tunnels to the others', async () => {
  const seen: string[] = []
  const server = proxy(seen)
  await using it = await site(request => new Response(request.url))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await it.network.host('other.example', { other: http(() => new Response('other')) })
  await using session = new HttpSession({ proxy: `http://ada:love%20lace@127.0.0.1:${port}` })
  const own = `Basic ${Buffer.from('ada:love lace').toString('base64')}`
  expect(await (await session.request('http://u:p@www.example/a?b#c')).text()).toBe('http://www.example/a?b')
  expect(await (await session.request('https://www.example/s')).text()).toBe('https://www.example/s')
  expect(await (await session.request('https://www.example/t')).text()).toBe('https://www.example/t')
  expect(seen).toEqual([`GET http://www.example/a?b ${own}`, `CONNECT www.example:443 ${own}`])
  expect(it.www.requests.every(({ headers }) => headers.every(([name]) => !/^proxy-/i.test(name)))).toBe(true)
  await expect(session.request('https://no.example/')).rejects.toMatchObject({
    name: 'HttpError',
    status: 403,
    message: 'http client: expected the proxy to open a tunnel to no.example:443, got 403 Forbidden',
  })
  expect(() => new HttpSession({ proxy: 'socks5://x' })).toThrow('expected the URL of a proxy such as http://')
  server.close()
})

test('curl reads the file of cookies', async ({ skip }) => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
  } catch {
    skip('needs curl')
  }
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cookies-')), 'cookies.txt')
  const jar = new CookieJar()
  jar.set(at('http://127.0.0.1/'), 'one=1; Max-Age=1000; SameSite=Lax; HttpOnly')
  jar.set(at('http://127.0.0.1/'), 'two=2')
  await jar.save(file)
  const server = nodeHttp.createServer((request, response) => response.end(request.headers.cookie))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const { execFile } = await import('node:child_process')
  const said = await new Promise(resolve =>
    execFile('curl', ['-s', '-b', file, `http://127.0.0.1:${port}/`], (_error, out) => resolve(out)),
  )
  expect(String(said).split('; ').toSorted()).toEqual(['one=1', 'two=2'])
  server.close()
  fs.rmSync(path.dirname(file), { recursive: true })
})
