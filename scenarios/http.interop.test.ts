// The HTTP fake before other people's clients, and beside nginx with the same folder and the same requests.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, describe as group, type TestContext, test } from 'vitest'
import type { HttpBehaviour, HttpOptions, HttpState } from '../fakes/http.ts'
import { createNetwork, http } from '../index.ts'
import type { Network } from '../net/network.ts'
import type { Placed } from '../net/service.ts'
import { say } from './http-site.ts'
import { startNginx } from './real/nginx.ts'
import { program, run } from './real/program.ts'

const files: Record<string, string | Buffer> = {
  'index.html': '<h1>home</h1>\n',
  'digits.txt': '0123456789',
  'long.css': 'a { color: red }\n'.repeat(1000),
  'sub/page.json': '{}',
  '.hidden': 'hidden',
  'big.bin': Buffer.alloc(2_000_000, 'b'),
}

let folder: string
let network: Network
let www: HttpState & Placed
let dir: HttpState & Placed
let ca: string

async function* slowly() {
  yield Buffer.from('one ')
  await new Promise(resolve => setImmediate(resolve))
  yield Buffer.from('two')
}

const echo: HttpBehaviour = async request => {
  const url = new URL(request.url)
  if (url.pathname === '/redirect') return Response.redirect(new URL('/landed', url), 302)
  if (url.pathname === '/cookie')
    return new Response('', {
      headers: [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2; Path=/'],
      ],
    })
  if (url.pathname === '/stream') return new Response(ReadableStream.from(slowly()))
  const type = request.headers.get('content-type') ?? ''
  if (type.startsWith('multipart/form-data')) {
    const form = [...(await request.formData())]
    return Response.json(
      form.map(([name, value]) =>
        typeof value === 'string' ? [name, value] : [name, value.name, value.type, value.size],
      ),
    )
  }
  return Response.json({
    method: request.method,
    url: request.url,
    agent: request.headers.get('user-agent'),
    type,
    body: await request.text(),
  })
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'http-interop-'))
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), content)
  }
  fs.symlinkSync('/etc/passwd', path.join(folder, 'out'))
  network = await createNetwork()
  const host = async (name: string, behaviour: HttpBehaviour, options: HttpOptions = {}, address?: string) => {
    const { site } = await network.host(
      name,
      { site: http(behaviour, options) },
      address === undefined ? {} : { addresses: [address] },
    )
    return site
  }
  www = await host('www.example', echo, { codings: ['gzip', 'br', 'zstd', 'deflate'] }, '203.0.113.80')
  await host('other.example', () => new Response('other\n'), {}, '203.0.113.80')
  dir = await host('dir.example', { folder })
  await host('wrong.example', echo, { tls: { certificate: { names: ['right.example'] } } })
  await host('expired.example', echo, { tls: { certificate: { notBefore: '2001-01-01', notAfter: '2002-01-01' } } })
  await host('self.example', echo, { tls: { certificate: { issuer: 'self' } } })
  await host('clear.example', echo, { ports: [{ port: 443, transport: 'tcp' }] })
  ca = path.join(folder, '.ca.pem')
  fs.writeFileSync(ca, network.authority.pem)
})
afterAll(async () => {
  await network?.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** Options that lead curl to the network's hosts, as the name and port that it believes in. */
function routes(): string[] {
  return network.hosts.flatMap(({ name }) =>
    [80, 443].flatMap(port => {
      const at = network.reach({ address: network.lookup(name)[0]!, port }, 'tcp')
      return at.outcome === 'served' ? ['--connect-to', `${name}:${port}:${at.host}:${at.port}`] : []
    }),
  )
}

async function curl(context: TestContext, ...args: string[]) {
  const { status, stdout, stderr } = await run(await program(context, 'curl', 'curl'), [
    '-sS',
    '--noproxy',
    '*',
    '--cacert',
    ca,
    ...routes(),
    ...args,
  ])
  return { status, stdout, stderr }
}

group('curl', () => {
  test('gets a page over http and https', async context => {
    for (const scheme of ['http', 'https']) {
      const { stdout, status } = await curl(context, `${scheme}://www.example/a?b`)
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({
        method: 'GET',
        url: `${scheme}://www.example/a?b`,
        agent: expect.stringMatching(/^curl/),
      })
    }
  })

  test('shows the headers', async context => {
    const { stderr } = await curl(context, '-v', 'http://www.example/', '-o', '/dev/null')
    expect(stderr).toContain('< HTTP/1.1 200 OK')
    expect(stderr).toContain('< Date: Sun, 15 Mar 2015 12:09:16 GMT')
    expect(stderr).toContain('left intact')
  })

  test('asks for the head', async context => {
    const { stdout } = await curl(context, '-I', 'http://dir.example/digits.txt')
    expect(stdout).toMatch(/Content-Length: 10\r\n/)
    expect(stdout.endsWith('\r\n\r\n')).toBe(true)
  })

  test('gets parts', async context => {
    expect((await curl(context, '-r', '2-4', 'http://dir.example/digits.txt')).stdout).toBe('234')
    expect((await curl(context, '-r', '0-1,8-9', 'http://dir.example/digits.txt')).stdout).toMatch(
      /Content-Range: bytes 0-1\/10\r\n\r\n01\r\n--\d{20}\r\n/,
    )
    const part = path.join(folder, '.part')
    fs.writeFileSync(part, Buffer.alloc(1_999_000, 'b'))
    expect((await curl(context, '-C', '-', '-o', part, 'http://dir.example/big.bin')).status).toBe(0)
    expect(fs.statSync(part).size).toBe(2_000_000)
  })

  test('decodes what it asked to have compressed', async context => {
    const { stdout, stderr } = await curl(context, '-v', '--compressed', 'http://dir.example/long.css')
    expect(stdout.length).toBe(17_000)
    expect(stderr).toContain('Content-Encoding: gzip')
    for (const coding of ['br', 'zstd', 'deflate']) {
      const answer = await curl(
        context,
        '-v',
        '--compressed',
        '-H',
        `Accept-Encoding: ${coding}`,
        'http://dir.example/long.css',
      )
      expect([answer.stdout.length, answer.stderr.includes(`Content-Encoding: ${coding}`)]).toEqual([17_000, true])
    }
  })

  test('sends forms, files and any method', async context => {
    const json = async (...args: string[]) => JSON.parse((await curl(context, ...args, 'http://www.example/')).stdout)
    expect(await json('-d', 'a=1', '-d', 'b=2')).toMatchObject({
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: 'a=1&b=2',
    })
    expect(await json('-F', 'a=b', '-F', `f=@${folder}/digits.txt`)).toEqual([
      ['a', 'b'],
      ['f', 'digits.txt', 'text/plain', 10],
    ])
    expect(await json('-X', 'PATCH', '--data-binary', 'x')).toMatchObject({ method: 'PATCH', body: 'x' })
    expect(await json('-X', 'DELETE')).toMatchObject({ method: 'DELETE' })
    expect(await json('-X', 'FROB')).toMatchObject({ method: 'FROB' })
    expect((await curl(context, '-X', 'TRACE', 'http://www.example/')).stdout).toMatch(
      /^TRACE \/ HTTP\/1\.1\r\nHost: www\.example\r\n/,
    )
    const before = www.count
    expect(
      JSON.parse((await curl(context, '-T', `${folder}/digits.txt`, 'http://www.example/up')).stdout),
    ).toMatchObject({ method: 'PUT', body: '0123456789' })
    expect(
      (
        await curl(
          context,
          '-T',
          `${folder}/big.bin`,
          '-o',
          '/dev/null',
          '-w',
          '%{size_upload} %{http_code}',
          'http://www.example/up',
        )
      ).stdout,
    ).toBe('2000000 200')
    expect(
      (
        await curl(
          context,
          '-H',
          'Transfer-Encoding: chunked',
          '-T',
          `${folder}/big.bin`,
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          'http://www.example/up',
        )
      ).stdout,
    ).toBe('200')
    expect(www.count - before).toBe(3)
  })

  test('speaks HTTP/1.0', async context => {
    const { stdout, stderr } = await curl(context, '-v', '--http1.0', 'http://www.example/stream')
    expect(stdout).toBe('one two')
    expect(stderr).not.toContain('chunked')
    expect(stderr).toContain('Closing connection')
  })

  test('reads a stream in chunks', async context => {
    const { stdout, stderr } = await curl(context, '-v', 'http://www.example/stream')
    expect([stdout, stderr.includes('Transfer-Encoding: chunked')]).toEqual(['one two', true])
  })

  test('uses one connection for several requests', async context => {
    const { stdout, stderr } = await curl(
      context,
      '-v',
      'http://www.example/1',
      'http://www.example/2',
      '-w',
      '%{num_connects} ',
      '-o',
      '/dev/null',
      '-o',
      '/dev/null',
    )
    expect(stdout).toBe('1 0 ')
    expect(stderr).toContain('Re-using existing connection')
  })

  test('is led to a site by Host alone', async context => {
    expect((await curl(context, '-H', 'Host: other.example', 'http://www.example/')).stdout).toBe('other\n')
    expect((await curl(context, '-H', 'Host: other.example:8080', 'http://www.example/')).stdout).toBe('other\n')
    expect(
      (await curl(context, '-H', 'Host:', '-o', '/dev/null', '-w', '%{http_code}', 'http://www.example/')).stdout,
    ).toBe('400')
  })

  test('follows redirects and keeps cookies', async context => {
    const { stdout } = await curl(context, '-L', '-w', ' %{num_redirects}', 'http://www.example/redirect')
    expect(stdout).toMatch(/"url":"http:\/\/www\.example\/landed".* 1$/)
    const jar = path.join(folder, '.jar')
    await curl(context, '-c', jar, 'http://www.example/cookie')
    expect(fs.readFileSync(jar, 'utf8')).toMatch(/\ta\t1\n/)
  })

  test('gets nothing by a path that leads out', async context => {
    const status = async (target: string) =>
      (await curl(context, '--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', `http://dir.example${target}`))
        .stdout
    expect(await status('/../../etc/passwd')).toBe('400')
    expect(await status('/%2e%2e/%2e%2e/etc/passwd')).toBe('400')
    expect(await status('/out')).toBe('403')
    expect(await status('/.hidden')).toBe('404')
  })

  test('asks only for what is newer', async context => {
    const page = 'http://dir.example/digits.txt'
    const tag = path.join(folder, '.etag')
    await curl(context, '--etag-save', tag, page)
    expect((await curl(context, '--etag-compare', tag, '-w', '%{http_code}', page)).stdout).toBe('304')
    expect((await curl(context, '-z', 'Sun, 15 Mar 2015 12:09:16 GMT', '-w', '%{http_code}', page)).stdout).toBe('304')
  })

  test('trusts the authority and refuses what is not right', async context => {
    const refusal = async (host: string, ...more: string[]) => (await curl(context, ...more, `https://${host}/`)).status
    expect(await refusal('www.example')).toBe(0)
    // 60: the certificate cannot be trusted or has another name; 35: no TLS.
    expect(await refusal('wrong.example')).toBe(60)
    expect(await refusal('expired.example')).toBe(60)
    expect(await refusal('self.example')).toBe(60)
    expect(await refusal('www.example', '--cacert', '/etc/ssl/certs/ca-certificates.crt')).toBe(60)
    expect(await refusal('clear.example')).toBe(35)
    expect(await refusal('wrong.example', '-k')).toBe(0)
  })

  test('waits for 100 Continue', async context => {
    const { stderr } = await curl(
      context,
      '-v',
      '-H',
      'Expect: 100-continue',
      '--data-binary',
      `@${folder}/big.bin`,
      '-o',
      '/dev/null',
      'http://www.example/',
    )
    expect(stderr).toContain('< HTTP/1.1 100 Continue')
    expect(stderr).toContain('< HTTP/1.1 200 OK')
  })
})

group('others', () => {
  const plain = (site: Placed) => `http://${site.endpoint.host}:${site.endpoint.port}`

  test('nc pipelines', async context => {
    const nc = await program(context, 'nc', 'netcat-openbsd')
    const ask = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: other.example\r\n${more}\r\n`
    const { stdout } = await run(
      nc,
      ['-N', www.endpoint.host, String(www.endpoint.port)],
      ask('/1') + ask('/2') + ask('/3', 'Connection: close\r\n'),
    )
    expect(stdout.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(3)
    expect((await run(nc, ['-N', www.endpoint.host, String(www.endpoint.port)], 'GET / HTTP/1.0\n\n')).stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\n/,
    )
  })

  test('wget gets, continues and refuses', async context => {
    const wget = await program(context, 'wget', 'wget')
    const target = path.join(folder, '.wget')
    fs.writeFileSync(target, Buffer.alloc(1_000_000, 'b'))
    const continued = await run(wget, ['-c', '-O', target, '-q', `${plain(dir)}/big.bin`])
    expect([continued.status, fs.statSync(target).size]).toEqual([0, 2_000_000])
    expect((await run(wget, ['-qO-', `${plain(www)}/x`])).stdout).toContain('"agent":"Wget/')
    expect((await run(wget, ['-qO-', `${plain(dir)}/nothing`])).status).toBe(8)
  })

  const python = async (context: TestContext, source: string) => {
    const { status, stdout, stderr } = await run(
      await program(context, 'python3', 'python3 python3-requests'),
      ['-'],
      source,
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    return stdout.trimEnd().split('\n')
  }

  test('urllib reads a line, 50 octets and the rest', async context => {
    const lines = await python(
      context,
      `import urllib.request, urllib.error
r = urllib.request.urlopen('${plain(dir)}/long.css')
print(r.status, r.reason, r.getheaders()[1])
print(r.readline(), len(r.read(50)), len(r.read()), len(r.read()))
try: urllib.request.urlopen('${plain(dir)}/nothing')
except urllib.error.HTTPError as e: print(e.code, e.reason)
print(urllib.request.urlopen('${plain(www)}/redirect').geturl()[-7:])`,
    )
    expect(lines).toEqual([
      "200 OK ('Content-Type', 'text/css')",
      "b'a { color: red }\\n' 50 16933 0",
      '404 Not Found',
      '/landed',
    ])
  })

  test('requests keeps a session, uploads, streams and reads cookies', async context => {
    const lines = await python(
      context,
      `import requests
s = requests.Session()
r = s.get('${plain(www)}/cookie'); print(sorted(s.cookies.items()))
r = s.post('${plain(www)}/', data={'a': 'ö'}); print(r.json()['body'])
r = s.post('${plain(www)}/', files={'f': ('n.txt', 'text')}); print(r.json())
r = s.get('${plain(dir)}/long.css'); print(r.headers['Content-Encoding'], len(r.text))
r = s.get('${plain(www)}/stream', stream=True); print(b''.join(r.iter_content(3)))
print(s.head('${plain(dir)}/digits.txt').headers['Content-Length'], s.options('${plain(dir)}/').headers['Allow'])
print(s.get('${plain(dir)}/nothing').status_code)
def parts():
    for i in range(3): yield b'part'
print(s.put('${plain(www)}/', data=parts()).json()['body'])`,
    )
    expect(lines).toEqual([
      "[('a', '1'), ('b', '2')]",
      'a=%C3%B6',
      "[['f', 'n.txt', 'text/plain', 4]]",
      'gzip 17000',
      "b'one two'",
      '10 GET, HEAD, OPTIONS',
      '404',
      'partpartpart',
    ])
  })

  test('http.client reads trailers away and keeps its connection', async context => {
    const lines = await python(
      context,
      `import http.client
c = http.client.HTTPConnection('${www.endpoint.host}', ${www.endpoint.port})
for p in ('/stream', '/x'):
    c.request('GET', p); r = c.getresponse(); print(r.status, r.version, len(r.read()) > 0); s = c.sock
print(s is c.sock and s is not None)`,
    )
    expect(lines).toEqual(['200 11 True', '200 11 True', 'True'])
  })

  test("node's fetch gets pages in this process's network", async () => {
    using _inside = network.intercept()
    expect(await (await fetch('https://other.example/')).text()).toBe('other\n')
    const form = new FormData()
    form.set('f', new File(['text'], 'n.txt', { type: 'text/plain' }))
    expect(await (await fetch('http://www.example/', { method: 'POST', body: form })).json()).toEqual([
      ['f', 'n.txt', 'text/plain', 4],
    ])
    expect((await (await fetch('http://dir.example/long.css')).text()).length).toBe(17_000)
  })
})

group('beside nginx', () => {
  const host = 'Host: a\r\n'
  const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n${fields}\r\n`

  /** Requests on a bare connection; both servers give the same status, and body where one is named. */
  const alike: [name: string, request: string, status: number, body?: string][] = [
    ['an index', get('/'), 200, '<h1>home</h1>\n'],
    ['a file', get('/digits.txt'), 200, '0123456789'],
    ['a file with a query', get('/digits.txt?a'), 200, '0123456789'],
    ['an absolute target', get('http://a/digits.txt'), 200, '0123456789'],
    ['what is not there', get('/nothing'), 404],
    ['a folder without its slash', get('/sub'), 301],
    ['a folder without an index', get('/sub/'), 403],
    ['a hidden file', get('/.hidden'), 404],
    ['a link that leads out', get('/out'), 403],
    ['a path that leads out', get('/../x'), 400],
    ['an escaped path that leads out', get('/%2e%2e/x'), 400],
    ['a broken escape', get('/%zz'), 400],
    ['an escaped NUL', get('/%00'), 400],
    ['double slashes', get('//digits.txt'), 200, '0123456789'],
    ['HEAD', get('/digits.txt').replace('GET', 'HEAD'), 200, ''],
    ['POST to a file', `${get('/digits.txt', 'Content-Length: 1\r\n').replace('GET', 'POST')}x`, 405],
    ['DELETE of a file', get('/digits.txt').replace('GET', 'DELETE'), 405],
    ['a range', get('/digits.txt', 'Range: bytes=2-4\r\n'), 206, '234'],
    ['an open range', get('/digits.txt', 'Range: bytes=7-\r\n'), 206, '789'],
    ['the last octets', get('/digits.txt', 'Range: bytes=-3\r\n'), 206, '789'],
    ['more of the last octets than there are', get('/digits.txt', 'Range: bytes=-99\r\n'), 206, '0123456789'],
    ['a range beyond the end', get('/digits.txt', 'Range: bytes=10-\r\n'), 416],
    ['a range of another unit', get('/digits.txt', 'Range: lines=1-2\r\n'), 200, '0123456789'],
    ['overlapping ranges of more than all', get('/digits.txt', 'Range: bytes=0-9,0-9\r\n'), 200, '0123456789'],
    ['two ranges', get('/digits.txt', 'Range: bytes=0-1,8-9\r\n'), 206],
    ['If-None-Match: *', get('/digits.txt', 'If-None-Match: *\r\n'), 304, ''],
    ['If-None-Match of another', get('/digits.txt', 'If-None-Match: "x"\r\n'), 200, '0123456789'],
    ['If-Match of another', get('/digits.txt', 'If-Match: "x"\r\n'), 412],
    ['If-Range of another', get('/digits.txt', 'If-Range: "x"\r\nRange: bytes=0-1\r\n'), 200, '0123456789'],
    ['If-Unmodified-Since long ago', get('/digits.txt', 'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n'), 412],
    [
      'If-Modified-Since long ago',
      get('/digits.txt', 'If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n'),
      200,
      '0123456789',
    ],
    ['1.0 without Host', 'GET /digits.txt HTTP/1.0\r\n\r\n', 200, '0123456789'],
    ['lines that end by LF', 'GET /digits.txt HTTP/1.0\n\n', 200, '0123456789'],
    ['1.1 without Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', get('/', 'Host: b\r\n'), 400],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['both framings', get('/', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n').replace('GET', 'POST'), 400],
    ['two lengths', get('/', 'Content-Length: 3\r\nContent-Length: 4\r\n').replace('GET', 'POST'), 400],
    ['a length that is no number', get('/', 'Content-Length: x\r\n').replace('GET', 'POST'), 400],
    ['an unknown transfer coding', get('/', 'Transfer-Encoding: gzip, chunked\r\n').replace('GET', 'POST'), 501],
    ['a body beyond the limit', get('/digits.txt', 'Content-Length: 9999\r\n').replace('GET', 'POST'), 413],
    ['NUL in a field', get('/', 'A: x\0y\r\n'), 400],
    ['a blank before the colon', get('/', 'A : b\r\n'), 400],
    ['HTTP/2', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['a version that is none', 'GET / HTTP/x\r\n\r\n', 400],
    ['a method that is none', '{} / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['TLS on the clear port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ]

  /**
   * Where the fake differs on purpose: [fake, nginx]. A line without a colon is no header field, though nginx passes over
   * it; 431 is the name of what nginx calls 494 and shows as 400; TRACE and OPTIONS are answered as Apache does; an
   * escaped slash is no path separator.
   */
  const different: [name: string, request: string, fake: number, nginx: number][] = [
    ['a header field without a colon', get('/digits.txt', 'nonsense\r\n'), 400, 200],
    ['too long a header', get('/', `A: ${'x'.repeat(70_000)}\r\n`), 431, 400],
    ['TRACE, which Apache answers', get('/').replace('GET', 'TRACE'), 200, 405],
    ['OPTIONS of a file', get('/digits.txt').replace('GET', 'OPTIONS'), 204, 405],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 204, 400],
    ['an escaped slash', get('/sub%2fpage.json'), 404, 200],
  ]

  const outcome = (said: string) => {
    const end = said.indexOf('\r\n\r\n')
    return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1]), body: said.slice(end + 4) }
  }

  test('both answer alike, and differ where that is explained', async context => {
    const path = await program(context, 'nginx', 'nginx-light')
    fs.chmodSync(folder, 0o755)
    await using nginx = await startNginx(path, { folder })
    const { fake } = await network.host('strict.example', {
      fake: http({ folder }, { limits: { maxBodyBytes: 1024 } }),
    })
    for (const [name, request, status, body] of alike) {
      const [real, ours] = [outcome(await say(nginx.endpoint, request)), outcome(await say(fake.endpoint, request))]
      const wanted = body === undefined ? { status } : { status, body }
      expect.soft(real, `nginx: ${name}`).toMatchObject(wanted)
      expect.soft(ours, `fake: ${name}`).toMatchObject(wanted)
    }
    for (const [name, request, ours, real] of different) {
      expect.soft(outcome(await say(fake.endpoint, request)).status, `fake: ${name}`).toBe(ours)
      expect.soft(outcome(await say(nginx.endpoint, request)).status, `nginx: ${name}`).toBe(real)
    }
  })
})
