import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, describe as group, test } from 'vitest'
import { http } from '../../index.ts'
import { blobFolder } from '../../tape/blobs.ts'
import { compareTapes } from '../../tape/compare.ts'
import { loadForms } from '../../tape/forms.ts'
import { recorded, replayed, tapeOf, temporaryFolder } from '../../tape/in-tests.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { archiveOfTape, tapeOfArchive } from './archives.ts'

const inFolder = (name: string) => join(temporaryFolder(), name)

async function differences(before: string, after: string): Promise<unknown[]> {
  using one = new TapeFile(before)
  using other = new TapeFile(after)
  return compareTapes(one, other, await loadForms()).map(({ lines }) => lines.filter(({ sign }) => sign !== ' '))
}

/** What a client gets; two requests after the other share a connection where `agent` is not given. */
function ask(path: string, options: object = {}, body: string | Buffer = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'a.example', path, ...options }, response => {
      let text = ''
      response.setEncoding('latin1').on('data', chunk => (text += chunk))
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject).end(body)
  })
}

const page = `<p>${'grass, water and stone '.repeat(2000)}</p>\n`

const site = http(async (asked: Request) => {
  const { pathname } = new URL(asked.url)
  switch (pathname) {
    case '/login':
      return Response.json(
        { access_token: 'ya29.a0AfH6SMB' },
        { headers: { 'set-cookie': 'sid=31d4d96e407aad42; Path=/' } },
      )
    case '/me':
      return new Response(`ada, by ${asked.headers.get('authorization')?.slice(7)}\n`)
    case '/page':
      return new Response(page, { headers: { 'content-type': 'text/html' } })
    case '/image':
      return new Response(Buffer.from('89504e470d0a1a0a'.repeat(200), 'hex'), {
        headers: { 'content-type': 'image/png' },
      })
    case '/stream':
      return new Response(new Blob(['one\n', 'two\n']).stream())
    case '/none':
      return new Response(null, { status: 204 })
    default:
      return new Response(await asked.arrayBuffer())
  }
})

async function visit(): Promise<string[]> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const heard = [await ask('/login', { method: 'POST', headers: form }, 'user=ada&password=lovelace')]
  const authorization = `Bearer ${JSON.parse(heard[0]!).access_token}`
  heard.push(await ask('/me?api_key=0123456789abcdef', { headers: { authorization } }))
  for (const path of ['/page', '/image', '/stream', '/none']) heard.push(await ask(path))
  heard.push(await ask('/page', { method: 'HEAD' }))
  heard.push(await ask('/echo', { method: 'PUT' }, Buffer.from([0, 1, 255])))
  heard.push(await ask('/echo', { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, 'räksmörgås\r\n'))
  return heard
}

group('a tape that becomes an archive and a tape again', () => {
  test('says the same, secrets still hidden', async () => {
    const before = await recorded({ site }, visit)
    const [har, after] = [inFolder('x.har'), inFolder('after.tape.yaml')]
    expect(await archiveOfTape(before, har)).toEqual([`9 entries in ${har}`])
    expect(readFileSync(har, 'utf8')).not.toMatch(/lovelace|ya29|31d4d96e|0123456789abcdef/)
    const said = await tapeOfArchive(har, after)
    expect(said).toEqual([expect.stringMatching(/^18 turns in \d conversations? on /)])
    expect(await differences(before, after)).toEqual([])
    expect(readdirSync(blobFolder(after)).toSorted()).toEqual(readdirSync(blobFolder(before)).toSorted())
  })

  test('is replayed', async () => {
    let heard: string[] = []
    const before = await recorded({ site }, async () => (heard = await visit()))
    const [har, after] = [inFolder('x.har'), inFolder('after.tape.yaml')]
    await archiveOfTape(before, har)
    await tapeOfArchive(har, after)
    const { misses } = await replayed(after)
    const again = await visit()
    expect(misses.count).toBe(0)
    expect(again.slice(2)).toEqual(heard.slice(2))
    expect(again[0]).toBe('{"access_token":"secret-token"}')
    expect(again[1]).toBe('ada, by secret-token\n')
  })

  test('has its pauses and hosts again', async () => {
    const turns = '  - client: GET / HTTP/1.0\n  - pause: 2.5 s\n  - server: HTTP/1.0 204 No Content\n'
    const before = tapeOf(`conversation: 1\nservice: http a.example:80\nturns:\n${turns}`)
    const [har, after] = [inFolder('x.har'), inFolder('after.tape.yaml')]
    await archiveOfTape(before, har)
    await tapeOfArchive(har, after)
    using tape = new TapeFile(after)
    expect(tape.header.epoch).toBe(Date.UTC(2020, 1, 2, 2, 2, 2))
    expect([...tape.hosts]).toEqual([['a.example', ['198.18.0.1']]])
    expect(tape.conversation(0).turns[1]).toMatchObject({ kind: 'pause', ms: 2500 })
  })
})

group('an archive', () => {
  test('is the same each time it is written', async () => {
    const tape = await recorded({ site }, () => ask('/page'))
    const [one, other] = [inFolder('x.har'), inFolder('x.har')]
    await archiveOfTape(tape, one)
    await archiveOfTape(tape, other)
    expect(readFileSync(one)).toEqual(readFileSync(other))
    expect(JSON.parse(readFileSync(one, 'utf8')).log).toMatchObject({ version: '1.2', creator: { name: 'backlot' } })
  })

  test('has the HTTP of a tape, and what it has not is said', async () => {
    const turns =
      '  - client: |\n      GET / HTTP/1.1\n      Upgrade: x\n  - server: HTTP/1.1 101 Switching Protocols\n'
    const raw = 'conversation: 1\nservice: tcp a.example:7\nturns:\n  - server: hi\n'
    const web = `conversation: 2\nservice: http a.example:80\nturns:\n${turns}  - server:\n      octets: hi\n`
    const har = inFolder('x.har')
    expect(await archiveOfTape(tapeOf(raw, web), har)).toEqual([
      'left out: 1 conversation of other protocols than HTTP',
      'left out: 1 turn that an archive has no place for',
      `1 entry in ${har}`,
    ])
  })

  test('is not written for a tape without HTTP, and what was there stays', async () => {
    const tape = tapeOf('conversation: 1\nservice: tcp a.example:7\nturns:\n  - server: hi\n')
    const har = inFolder('x.har')
    writeFileSync(har, 'before')
    await expect(archiveOfTape(tape, har)).rejects.toThrow(
      `${tape}: expected a tape with HTTP, got none in 1 conversation`,
    )
    expect(readFileSync(har, 'utf8')).toBe('before')
    expect(existsSync(`${har}.unfinished`)).toBe(false)
  })
})

/** An archive with these entries, and a tape to be. */
function archive(entries: readonly object[]): [har: string, tape: string] {
  const har = inFolder('x.har')
  writeFileSync(har, JSON.stringify({ log: { version: '1.2', creator: { name: 'x', version: '' }, entries } }))
  return [har, inFolder('x.tape.yaml')]
}

const entry = (url: string, text: string, rest: object = {}) => ({
  request: {
    method: 'GET',
    url,
    httpVersion: 'HTTP/1.1',
    headers: [{ name: 'Cookie', value: 'sid=31d4d96e407aad42' }],
  },
  response: { status: 200, statusText: 'OK', httpVersion: 'HTTP/1.1', headers: [], content: { text } },
  ...rest,
})

function makeHuge(file: string): void {
  writeFileSync(file, '')
  truncateSync(file, 2 ** 28 + 1)
}

group('a tape of an archive', () => {
  test('is written as if it had been recorded', async () => {
    const [har, tape] = archive([
      entry('https://a.example/', 'one\n', { startedDateTime: '2026-11-25T10:00:01.000Z', timings: { wait: 999 } }),
      entry('http://192.0.2.1/', 'two\n', { startedDateTime: '2026-11-25T10:00:00.000Z', timings: { wait: 1000 } }),
    ])
    expect(await tapeOfArchive(har, tape)).toEqual([`6 turns in 2 conversations on ${tape}`])
    expect(
      readFileSync(tape, 'utf8')
        .replace(/^#.*\n/, '')
        .replace(/^by: backlot .*$/m, 'by: backlot'),
    ).toBe(`tape: 1
by: backlot
epoch: 2026-11-25T10:00:00.000Z
hosts:
  a.example: [198.18.0.1]
  192.0.2.1: [192.0.2.1]
---
conversation: 1
service: http a.example:443
turns:
  - tls:
      name: a.example
      alpn: http/1.1
  - client: |
      GET / HTTP/1.1
      Host: a.example
      Cookie: sid=‹secret:cookie›
  - server:
      head: |
        HTTP/1.1 200 OK
        Content-Length: 4
      body: |
        one
---
conversation: 2
service: http 192.0.2.1:80
turns:
  - client: |
      GET / HTTP/1.1
      Host: 192.0.2.1
      Cookie: sid=‹secret:cookie›
  - pause: 1.0 s
  - server:
      head: |
        HTTP/1.1 200 OK
        Content-Length: 4
      body: |
        two
...
`)
  })

  test('answers under TLS', async () => {
    const [har, tape] = archive([entry('https://a.example/x', 'hello')])
    await tapeOfArchive(har, tape)
    const { misses } = await replayed(tape)
    expect(await (await fetch('https://a.example/x')).text()).toBe('hello')
    expect(misses.count).toBe(0)
  })

  test('gives no name an address that is another host', async () => {
    const [har, tape] = archive([
      entry('http://a.example/', ''),
      entry('http://198.18.0.2/', ''),
      entry('http://b.example/', ''),
      entry('http://localhost:3000/', ''),
    ])
    await tapeOfArchive(har, tape)
    using read = new TapeFile(tape)
    expect(Object.fromEntries(read.hosts)).toEqual({
      'a.example': ['198.18.0.1'],
      '198.18.0.2': ['198.18.0.2'],
      'b.example': ['198.18.0.3'],
      localhost: ['127.0.0.1'],
    })
  })

  test('has bodies of files beside the archive, and of no others', async () => {
    const [har, tape] = archive(
      ['a.txt', '../a.txt', '.', 'sub', 'none.txt', 'a\0'].map(_file => {
        const own = entry('http://a.example/', '')
        return { ...own, response: { ...own.response, content: { _file, size: 1 } } }
      }),
    )
    writeFileSync(join(har, '../a.txt'), 'attached')
    mkdirSync(join(har, '../sub'))
    expect(await tapeOfArchive(har, tape)).toEqual([
      'bodies that are not in the archive, and empty on the tape: 5',
      expect.any(String),
    ])
    expect(readFileSync(tape, 'utf8').match(/body: attached/g)).toHaveLength(1)
  })

  test('leaves no files of a tape that was there before', async () => {
    const [har, tape] = archive([entry('http://a.example/', 'a'.repeat(20_000))])
    await tapeOfArchive(har, tape)
    expect(readdirSync(blobFolder(tape))).toHaveLength(1)
    writeFileSync(har, readFileSync(har, 'utf8').replace('aaa', 'bbb'))
    await tapeOfArchive(har, tape)
    expect(readdirSync(blobFolder(tape))).toHaveLength(1)
  })

  test('is not written where the archive has more than 256 MiB with the files beside it', async () => {
    const own = entry('http://a.example/', '')
    const [har, tape] = archive([{ ...own, response: { ...own.response, content: { _file: 'a.bin' } } }])
    makeHuge(join(har, '../a.bin'))
    truncateSync(join(har, '../a.bin'), 2 ** 28)
    await expect(tapeOfArchive(har, tape)).rejects.toThrow(
      /a\.bin: expected at most 256 MiB with the files beside it, got more$/,
    )
    expect(existsSync(tape)).toBe(false)
  })

  test.each([
    ['a folder', (har: string) => mkdirSync(har), /x\.har: expected an HTTP archive, got no file$/],
    ['more than 256 MiB', makeHuge, /x\.har: expected at most 256 MiB with the files beside it, got more$/],
    [
      'no archive',
      (har: string) => writeFileSync(har, '{}'),
      /x\.har: log: expected the log of an HTTP archive, got none$/,
    ],
    [
      'no exchange',
      (har: string) => writeFileSync(har, '{"log":{"entries":[]}}'),
      /x\.har: expected an exchange of HTTP, got no entries$/,
    ],
  ])('is not written for %s, and what was there stays', async (_what, make, message) => {
    const [har, tape] = [inFolder('x.har'), inFolder('x.tape.yaml')]
    make(har)
    writeFileSync(tape, 'before')
    await expect(tapeOfArchive(har, tape)).rejects.toThrow(message)
    expect(readFileSync(tape, 'utf8')).toBe('before')
  })
})
