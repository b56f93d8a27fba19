// A folder of files as a site.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { close, say, site, statuses } from './http-site.ts'

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
  for (const ignored of ['octets=1-2', 'bytes=0-9,0-9', 'bytes=']) {
    expect(await part(ignored), ignored).toMatchObject({ status: 200, body: '0123456789' })
  }
  for (const refused of ['bytes=4-2', 'bytes=x']) expect(await part(refused), refused).toMatchObject({ status: 416 })
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
      vary: 'negotiate,accept-language',
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

test('the same seed gives the same octets', async () => {
  const run = async () => {
    await using it = await site({ folder })
    const head = `GET /digits.txt HTTP/1.1\r\nHost: a\r\n${close}Range: bytes=0-1,3-4\r\n\r\n`
    return await say(it.www.endpoint, head)
  }
  expect(await run()).toBe(await run())
})

test.skipIf(process.platform !== 'linux')('a file that cannot be read is not there', async () => {
  // Root may open everything, but nobody can read the memory at address 0.
  await using it = await site({ folder: '/proc/self' })
  expect(await it.ask('/mem')).toMatchObject({ status: 404 })
  expect(it.bugs).toEqual([])
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be read is not listed', async () => {
  const closed = path.join(folder, 'closed')
  fs.mkdirSync(closed, { mode: 0o000 })
  onTestFinished(() => fs.rmdirSync(closed)) // what is inside could not be looked for
  await using it = await site({ folder, listing: true })
  expect(await it.ask('/closed/')).toMatchObject({ status: 403 })
  expect(it.bugs).toEqual([])
})
