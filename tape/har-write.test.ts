import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, describe as group, test } from 'vitest'
import { blobFolder } from './blobs.ts'
import type { HarEntry } from './har.ts'
import { HarWriter } from './har-write.ts'
import { tapeOf } from './in-tests.ts'
import { TapeFile } from './tape-file.ts'

/** All entries of a tape with these turns, and how many turns were left out. */
function written(turns: string, { service = 'http a.example:80', file = '' } = {}) {
  const tape = new TapeFile(file || tapeOf(conversation(turns, service)))
  using _open = tape
  const writer = new HarWriter(tape)
  const entries = Array.from({ length: tape.length }, (_, at) => [...writer.entries(at)]).flat()
  return { entries, leftOut: writer.leftOut }
}

const conversation = (turns: string, service = 'http a.example:80', number = 1) =>
  `conversation: ${number}\nservice: ${service}\nturns:\n${turns}`

const get = '  - client: |\n      GET / HTTP/1.1\n      Host: a.example\n'
const none = '  - server: |\n      HTTP/1.1 204 No Content\n'

/** A response with a body, which stands as YAML behind `body:`. */
const answer = (body: string, ...lines: string[]) =>
  `  - server:\n      head: |\n${['HTTP/1.1 200 OK', ...lines].map(line => `        ${line}\n`).join('')}      body: ${body}\n`

const response = (turns: string, file?: string) =>
  written(turns, file === undefined ? {} : { file }).entries[0]!.response

test('an exchange is an entry as HAR 1.2 has it', () => {
  const turns = `  - client:
      head: |
        POST /login?from=%2Fhome&x HTTP/1.1
        Host: a.example
        Cookie: theme=dark; id="7"
        Content-Type: application/x-www-form-urlencoded
        Content-Length: 17
      body: user=ada&note=a+b
  - server:
      head: |
        HTTP/1.1 303 See Other
        Set-Cookie: seen=1; Path=/; Domain=a.example; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax
        Location: /home
        Content-Type: text/plain
        Content-Length: 5
      body: |
        over
`
  const entry: HarEntry = {
    startedDateTime: '2020-02-02T02:02:02.000Z',
    time: 0,
    request: {
      method: 'POST',
      url: 'http://a.example/login?from=%2Fhome&x',
      httpVersion: 'HTTP/1.1',
      cookies: [
        { name: 'theme', value: 'dark' },
        { name: 'id', value: '"7"' },
      ],
      headers: [
        { name: 'Host', value: 'a.example' },
        { name: 'Cookie', value: 'theme=dark; id="7"' },
        { name: 'Content-Type', value: 'application/x-www-form-urlencoded' },
        { name: 'Content-Length', value: '17' },
      ],
      queryString: [
        { name: 'from', value: '/home' },
        { name: 'x', value: '' },
      ],
      postData: {
        mimeType: 'application/x-www-form-urlencoded',
        text: 'user=ada&note=a+b',
        params: [
          { name: 'user', value: 'ada' },
          { name: 'note', value: 'a b' },
        ],
      },
      headersSize: 153,
      bodySize: 17,
    },
    response: {
      status: 303,
      statusText: 'See Other',
      httpVersion: 'HTTP/1.1',
      cookies: [
        {
          name: 'seen',
          value: '1',
          path: '/',
          domain: 'a.example',
          expires: '2015-10-21T07:28:00.000Z',
          httpOnly: true,
          secure: true,
          sameSite: 'Lax',
        },
      ],
      headers: [
        {
          name: 'Set-Cookie',
          value:
            'seen=1; Path=/; Domain=a.example; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax',
        },
        { name: 'Location', value: '/home' },
        { name: 'Content-Type', value: 'text/plain' },
        { name: 'Content-Length', value: '5' },
      ],
      content: { size: 5, mimeType: 'text/plain', text: 'over\n' },
      redirectURL: '/home',
      headersSize: 205,
      bodySize: 5,
    },
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: 0, receive: 0 },
    serverIPAddress: '198.18.0.1',
    connection: '1',
  }
  expect(written(turns)).toEqual({ entries: [entry], leftOut: 0 })
})

group('the URL', () => {
  const tls = '  - tls: a.example\n'
  const asked = (line: string, host: string) => `  - client: |\n      ${line} HTTP/1.1\n      Host: ${host}\n`
  test.each([
    ['has the host that the client named', 'http 192.0.2.1:80', asked('GET /x', 'b.example'), 'http://b.example/x'],
    ['has https under TLS', 'http a.example:443', tls + asked('GET /', 'a.example'), 'https://a.example/'],
    [
      'has the port that the client named',
      'http a.example:8080',
      asked('GET /', 'a.example:81'),
      'http://a.example:81/',
    ],
    ['has the port of the service', 'http a.example:8080', asked('GET /', 'a.example'), 'http://a.example:8080/'],
    [
      'has no port that is the usual one',
      'http a.example:443',
      tls + asked('GET /', 'a.example:443'),
      'https://a.example/',
    ],
    [
      'is of the service where the client named this machine',
      'http a.example:81',
      asked('GET /', '127.0.0.1:9'),
      'http://a.example:81/',
    ],
    [
      'is of the service where the client named nothing',
      'http [2001:db8::1]:80',
      '  - client: GET / HTTP/1.0\n',
      'http://[2001:db8::1]/',
    ],
    [
      'is the target where that is one',
      'http proxy.example:3128',
      asked('GET http://b.example/x', 'b.example'),
      'http://b.example/x',
    ],
    ['has no path for the server itself', 'http a.example:80', asked('OPTIONS *', 'a.example'), 'http://a.example'],
    ['has the letters of the tape', 'http a.example:80', asked('GET /ä', 'a.example'), 'http://a.example/ä'],
  ])('%s', (_what, service, client, url) => {
    expect(written(client + none, { service }).entries[0]!.request.url).toBe(url)
  })
})

group('a body', () => {
  test.each([
    ['gzip', gzipSync('hello\n').toString('base64'), '', gzipSync('hello\n').length],
    ['br', brotliCompressSync('hello\n').toString('base64'), '', brotliCompressSync('hello\n').length],
  ])('that came compressed by %s is shown without', (coding, base64, _none, sent) => {
    const shown = response(
      get + answer(`\n        base64: ${base64}`, `Content-Encoding: ${coding}`, 'Content-Type: text/plain'),
    )
    expect(shown.content).toEqual({ size: 6, compression: 6 - sent, mimeType: 'text/plain', text: 'hello\n' })
    expect(shown.bodySize).toBe(sent)
    expect(shown.headers).toContainEqual({ name: 'Content-Encoding', value: coding })
  })

  test('that the tape has without its compression is shown as it stands there', () => {
    const shown = response(`${get}${answer('hello', 'Content-Encoding: gzip')}      coding: gzip 6\n`)
    expect(shown.content).toMatchObject({ size: 5, text: 'hello' })
    expect(shown.bodySize).toBe(25) // 10 octets before, 8 behind, 2 more than its 5 for one block
  })

  test('that says to be compressed and is not is shown as it came', () => {
    const shown = response(get + answer('hello', 'Content-Encoding: gzip'))
    expect(shown.content).toEqual({ size: 5, mimeType: 'x-unknown', text: 'hello' })
  })

  test('that is no text is in base64', () => {
    expect(response(get + answer('{hex: 89504e47}', 'Content-Type: image/png')).content).toEqual({
      size: 4,
      mimeType: 'image/png',
      text: 'iVBORw==',
      encoding: 'base64',
    })
    expect(response(get + answer('{hex: 00}')).content).toMatchObject({ text: 'AA==', encoding: 'base64' })
  })

  test('of a request that is no text is in base64 too', () => {
    const turns =
      '  - client:\n      head: |\n        PUT / HTTP/1.1\n        Content-Length: 1\n      body: {hex: ff}\n'
    const [entry] = written(turns + none).entries
    expect(entry!.request.postData).toEqual({ mimeType: 'x-unknown', text: '/w==', encoding: 'base64' })
  })

  test('in a file beside the tape is read, and one of more than 32 MiB left out', () => {
    const file = tapeOf(
      conversation(get + answer('{file: some.bin}', 'Content-Type: text/plain')),
      conversation(get + answer('{file: huge.bin}', 'Content-Type: video/mp4'), 'http a.example:80', 2),
    )
    mkdirSync(blobFolder(file))
    writeFileSync(join(blobFolder(file), 'some.bin'), 'a'.repeat(2_000_000))
    writeFileSync(join(blobFolder(file), 'huge.bin'), '')
    truncateSync(join(blobFolder(file), 'huge.bin'), 32 * 1024 * 1024 + 1)
    const [some, huge] = written('', { file }).entries
    expect(some!.response.content).toEqual({ size: 2_000_000, mimeType: 'text/plain', text: 'a'.repeat(2_000_000) })
    expect(huge!.response.content).toEqual({
      size: 32 * 1024 * 1024 + 1,
      mimeType: 'video/mp4',
      comment: 'left out, with more than 32 MiB',
    })
  })

  test('that is not there has no text', () => {
    const head = `  - client: HEAD / HTTP/1.1\n  - server: |\n      HTTP/1.1 200 OK\n      Content-Length: 5\n`
    expect(response(head)).toMatchObject({ content: { size: 0, mimeType: 'x-unknown', text: '' }, bodySize: 0 })
  })

  test('that was cut is shown as far as it came, with a comment', () => {
    const [entry] = written(`${get}${answer('hel', 'Content-Length: 5')}      cut: true\n`).entries
    expect(entry).toMatchObject({ response: { content: { size: 3, text: 'hel' } }, comment: 'the body is not whole' })
  })
})

test('placeholders stand as on the tape, and what they make unknown is -1', () => {
  const turns = `  - client:
      head: |
        POST /?key=‹secret:api-key› HTTP/1.1
        Host: a.example
        Authorization: Bearer ‹secret:token›
        Content-Type: application/json
        Content-Length: 30
      body: '{"password":"‹secret:password›"}'
${answer("'‹secret:token› ‹‹secret:x›'", 'Content-Length: 99')}`
  const [{ request, response: said }] = written(turns).entries as [HarEntry]
  expect(request).toMatchObject({
    url: 'http://a.example/?key=‹secret:api-key›',
    queryString: [{ name: 'key', value: '‹secret:api-key›' }],
    postData: { text: '{"password":"‹secret:password›"}' },
    headersSize: -1,
    bodySize: 30,
  })
  expect(request.headers[1]).toEqual({ name: 'Authorization', value: 'Bearer ‹secret:token›' })
  expect(said).toMatchObject({ content: { text: '‹secret:token› ‹‹secret:x›' }, bodySize: 99 })
})

test('text that looks like a placeholder and is none is escaped', () => {
  const base64 = Buffer.from('‹secret:x›').toString('base64')
  expect(response(get + answer(`{base64: ${base64}}`)).content.text).toBe('‹‹secret:x›')
})

test('pauses make the time, before an answer and between exchanges, on from one conversation to the next', () => {
  const slow = `${get}  - pause: 1.5 s\n${none}  - pause: 1 m\n${get}${none}`
  const { entries } = written('', { file: tapeOf(conversation(slow), conversation(slow, 'http b.example:80', 2)) })
  expect(entries.map(({ startedDateTime, time, timings }) => [startedDateTime.slice(11), time, timings.wait])).toEqual([
    ['02:02:02.000Z', 1500, 1500],
    ['02:03:03.500Z', 0, 0],
    ['02:03:03.500Z', 1500, 1500],
    ['02:04:05.000Z', 0, 0],
  ])
})

test('what was not answered has the status 0 and a comment', () => {
  const { entries } = written(`${get}  - end: server\n`)
  expect(entries).toMatchObject([{ response: { status: 0, headers: [] }, comment: 'there was no answer' }])
})

test('an interim response is passed over, the final one is the entry', () => {
  const { entries, leftOut } = written(`${get}  - server: HTTP/1.1 103 Early Hints\n${none}`)
  expect([entries.map(each => each.response.status), leftOut]).toEqual([[204], 0])
})

test('what follows a switch of protocols, and tunnels, are counted as left out', () => {
  const upgrade = `  - client: |\n      GET / HTTP/1.1\n      Upgrade: websocket\n  - server: HTTP/1.1 101 Switching Protocols\n`
  const frames = '  - client:\n      octets: {hex: "8100"}\n  - server:\n      octets: {hex: "8100"}\n'
  const upgraded = written(upgrade + frames)
  expect([upgraded.entries.map(each => each.response.status), upgraded.leftOut]).toEqual([[101], 2])
  const tunnel = written(`  - client: CONNECT b.example:443 HTTP/1.1\n  - server: HTTP/1.1 200 OK\n${frames}`)
  expect(tunnel).toEqual({ entries: [], leftOut: 4 })
})

test('a turn that is no message of HTTP is an error with its line', () => {
  expect(() => written('  - client: hello\n')).toThrow(/test\.tape\.yaml:9: http: expected a request line such as /)
})
