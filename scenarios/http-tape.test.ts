import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { http } from '../index.ts'
import { blobFolder } from '../tape/blobs.ts'
import { recorded, replayed, talk, tapeOf } from '../tape/in-tests.ts'
import { describeMiss } from '../tape/miss.ts'

const large = Buffer.alloc(3_000_000, 'All work and no play. ')
const page = `<p>${'grass, water and stone '.repeat(30)}</p>\n`

const site = () => {
  let visits = 0
  return http(async (asked: Request) => {
    const url = new URL(asked.url)
    switch (url.pathname) {
      case '/login':
        await asked.text()
        return Response.json(
          { access_token: 'ya29.a0AfH6SMB', expires_in: 3600 },
          { headers: { 'set-cookie': 'sid=31d4d96e407aad42; Path=/; HttpOnly' } },
        )
      case '/me': {
        const isKnown = asked.headers.get('authorization') === 'Bearer ya29.a0AfH6SMB'
        return isKnown ? new Response('ada\n') : new Response('who?\n', { status: 401 })
      }
      case '/visits':
        return new Response(`${++visits}\n`)
      case '/large':
        return new Response(large, { headers: { 'content-type': 'application/octet-stream' } })
      case '/page':
        return new Response(gzipSync(page), { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' } })
      case '/echo':
        return new Response(await asked.text())
      case '/stream':
        return new Response(
          new ReadableStream({
            start(controller) {
              for (const each of ['one\n', 'two\n', 'three\n']) controller.enqueue(new TextEncoder().encode(each))
              controller.close()
            },
          }),
        )
      default:
        return new Response('none\n', { status: 404 })
    }
  })
}

/** What a client of Node's gets; the socket is its own. */
function get(path: string, options: RequestOptions = {}, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'a.example', path, agent: false, ...options }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString('latin1') }),
      )
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function visit(): Promise<unknown[]> {
  const login = await fetch('http://a.example/login', {
    method: 'POST',
    body: new URLSearchParams({ user: 'ada', password: 'lovelace' }),
  })
  const { access_token } = (await login.json()) as { access_token: string }
  const authorization = `Bearer ${access_token}`
  return [
    await (await fetch('http://a.example/me', { headers: { authorization } })).text(),
    await (await fetch('http://a.example/visits')).text(),
    await (await fetch('http://a.example/visits')).text(),
    (await (await fetch('http://a.example/large')).bytes()).length,
    await (await fetch('http://a.example/page')).text(),
    await (await fetch('http://a.example/stream')).text(),
    await (await fetch('http://a.example/page', { method: 'HEAD' })).text(),
    (await get('/echo', { method: 'POST', headers: { expect: '100-continue' } }, 'hello')).text,
    (await fetch('https://a.example/nothing')).status,
  ]
}

const expected = ['ada\n', '1\n', '2\n', large.length, page, 'one\ntwo\nthree\n', '', 'hello', 404]

test('a visit is replayed from its tape, which has no secret in it', async () => {
  const file = await recorded({ site: site() }, async () => expect(await visit()).toEqual(expected))
  const tape = readFileSync(file, 'utf8')
  for (const secret of ['ya29.a0AfH6SMB', '31d4d96e407aad42', 'lovelace']) expect(tape).not.toContain(secret)
  expect(tape).toContain('user=ada&password=‹secret:password›')
  expect(tape).toMatch(/access_token\\?":\\?"‹secret:token›/)
  expect(tape).toContain('authorization: Bearer ‹secret:token›')
  expect(tape).toContain('sid=‹secret:cookie›; Path=/; HttpOnly')
  expect(tape).toContain(page.trimEnd())
  expect(readdirSync(blobFolder(file)).length).toBe(1)
  const { misses, bugs } = await replayed(file)
  expect(await visit()).toEqual(expected)
  expect(misses.list.flatMap(describeMiss)).toEqual([])
  expect(bugs).toEqual([])
})

test('what somebody changed on a tape is replayed changed', async () => {
  const file = await recorded({ site: site() }, async () => (await fetch('http://a.example/page')).text())
  writeFileSync(file, readFileSync(file, 'utf8').replace('200 OK', '203 Edited').replace(/<p>.*/, '<p>edited</p>'))
  await replayed(file)
  const response = await fetch('http://a.example/page')
  expect([response.status, await response.text()]).toEqual([203, '<p>edited</p>\n'])
})

test('what is not on the tape is refused, and the nearest is shown', async () => {
  const file = await recorded({ site: site() }, async () => (await fetch('http://a.example/visits?page=1')).text())
  const { misses } = await replayed(file)
  const response = await fetch('http://a.example/visits?page=2')
  expect([response.status, await response.text()]).toEqual([502, expect.stringMatching(/^backlot: not on the tape: /)])
  expect(misses.list.flatMap(describeMiss).join('\n')).toMatch(/- .*page=1[\s\S]*\+ .*page=2|page=2[\s\S]*page=1/)
})

test('a form of many parts stands as lines without its secrets, and has another boundary each time', async () => {
  const send = async () => {
    const form = new FormData()
    form.set('user', 'ada')
    form.set('password', 'lovelace')
    return (await (await fetch('http://a.example/echo', { method: 'POST', body: form })).text()).length
  }
  const file = await recorded({ site: site() }, send)
  expect(readFileSync(file, 'utf8')).toMatch(
    /client:\n {6}head: \|\n[\s\S]*? {6}body:\n {8}lines: \|\n {10}-+formdata-undici-\d+\n {10}Content-Disposition: form-data; name="user"\n\n {10}ada\n[\s\S]*?\n {10}‹secret:password›\n/,
  )
  const { misses } = await replayed(file)
  await send()
  expect(misses.count).toBe(0)
})

test('a request that breaks the rules has the answer that it had', async () => {
  const broken = 'GET  / HTTP/1.1\r\nHost: a.example\r\n\r\n'
  const work = () => talk(80, heard => (heard === '' ? broken : undefined))
  let before: Awaited<ReturnType<typeof talk>> | undefined
  const file = await recorded({ site: site() }, async () => {
    before = await work()
  })
  expect(before?.heard).toMatch(/^HTTP\/1.1 400 /)
  const { misses } = await replayed(file)
  expect(await work()).toEqual(before)
  expect(misses.count).toBe(0)
})

test('octets of another protocol are answered as they were, and else refused', async () => {
  const file = tapeOf(`conversation: 1
service: http a.example:80
turns:
  - client: |
      GET / HTTP/1.1
      Host: a.example
      Upgrade: x
  - server: HTTP/1.1 101 Switching Protocols
  - client:
      octets: ping
  - server:
      octets: pong
`)
  const { misses } = await replayed(file)
  const upgrade = 'GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: x\r\n\r\n'
  const switched = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
  const say = (text: string) => (heard: string) =>
    ({ '': upgrade, [switched]: text, [`${switched}pong`]: 'end' as const })[heard]
  expect(await talk(80, say('ping'))).toEqual({ heard: `${switched}pong`, end: 'end' })
  expect(misses.count).toBe(0)
  expect((await talk(80, say('pang'))).end).toBe('ECONNRESET')
  expect(misses.count).toBe(1)
})
