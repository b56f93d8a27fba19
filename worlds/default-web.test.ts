import { createHash } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import type { Network } from '../net/network.ts'
import { openWorld } from './open.ts'

const network: Network = await openWorld()
const inside = network.intercept()
afterAll(async () => {
  inside[Symbol.dispose]()
  await network.close()
})

/** Says something on a bare connection, and gives all that is answered until the other side ends. */
async function say(host: string, port: number, words: string, { secure = false } = {}): Promise<string> {
  const plain = net.connect({ host, port })
  const socket = secure ? tls.connect({ socket: plain, servername: host }) : plain
  socket.write(words)
  let heard = ''
  for await (const chunk of socket) heard += chunk.toString('latin1')
  return heard
}

const get = (host: string, path: string, headers: Record<string, string> = {}) =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${Object.entries({ ...headers, Connection: 'close' })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

/** One answer, no redirect followed. */
const fetchOne = (url: string, headers: Record<string, string> = {}) => fetch(url, { redirect: 'manual', headers })

describe('www.ietf.org', () => {
  test.for(['http', 'https'])('serves the coffee pots by %s with these header lines in this order', async scheme => {
    const secure = scheme === 'https'
    const words = get('www.ietf.org', '/rfc/rfc2324.txt')
    const reply = await say('www.ietf.org', secure ? 443 : 80, words, { secure })
    const [head = ''] = reply.split('\r\n\r\n')
    const lines = head.split('\r\n').map(line => line.replace(/(__cfduid=).*/, '$1…'))
    expect(lines).toEqual([
      'HTTP/1.1 200 OK',
      'Date: Sun, 15 Mar 2015 12:09:16 GMT',
      'Content-Type: text/plain',
      'Transfer-Encoding: chunked',
      'Connection: close',
      'Set-Cookie: __cfduid=…',
      'Last-Modified: Fri, 27 Mar 1998 22:45:31 GMT',
      'ETag: W/"8982977-4c9a-32a651f0ad8c0"',
    ])
  })

  test('the coffee pots are 19610 octets of text', async () => {
    const body = await (await fetch('http://www.ietf.org/rfc/rfc2324.txt')).arrayBuffer()
    expect(body.byteLength).toBe(19610)
  })

  test.for([741, 2324, 3041, 4291])('has RFC %i, and says of it that it has not changed', async number => {
    const url = `http://www.ietf.org/rfc/rfc${number}.txt`
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toContain(`RFC ${number}`)
    const again = await fetchOne(url, { 'If-None-Match': response.headers.get('etag')! })
    expect(again.status).toBe(304)
  })

  test('has an index that names them', async () => {
    expect(await (await fetch('https://www.ietf.org/rfc.html')).text()).toContain('href="/rfc/rfc2324.txt"')
  })

  test.for(['/rfc/rfc1.txt', '/rfc/rfcx.txt', '/rfc/rfc2324.txt.gz'])('%s is 404 Not Found', async path => {
    const response = await fetchOne(`http://www.ietf.org${path}`)
    expect([response.status, response.statusText]).toEqual([404, 'Not Found'])
  })
})

describe('www.debian.org', () => {
  test.for([
    ['', 'en'],
    ['sv', 'sv'],
    ['sv-SE, en;q=0.8', 'sv'],
    ['en, sv', 'en'],
    ['fr', 'en'],
  ])('Accept-Language: %s gives the page in %s', async ([accepted, language]) => {
    const response = await fetchOne('http://www.debian.org/', accepted === '' ? {} : { 'Accept-Language': accepted! })
    const lines = (await response.text()).split('\n')
    expect(lines[0]).toMatch(/^<!DOCTYPE HTML PUBLIC "-\/\/W3C\/\/DTD HTML 4\.01\/\/EN".*strict\.dtd">$/)
    expect(lines[1]).toBe(`<html lang="${language}">`)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html',
      server: 'Apache',
      'content-location': `index.${language}.html`,
      'content-language': language,
      vary: 'negotiate,accept-language,Accept-Encoding',
    })
  })

  test('the front page says its charset, its title, two relative links and a form', async () => {
    const page = await (await fetch('https://www.debian.org/')).text()
    for (const part of [
      'content="text/html; charset=utf-8"',
      '<title>Debian -- The Universal Operating System </title>',
      'href="intro/about"',
      'href="News"',
      'method="get" action="http://search.debian.org/cgi-bin/omega"',
      '<input type="hidden" name="DB" value="en">',
      'name="P" value="" size="27"',
      '<input type="submit" value="Search">',
    ]) {
      expect(page).toContain(part)
    }
  })

  test.for([
    ['gzip, deflate, br', 'gzip'],
    ['deflate;q=0.5, gzip;q=0.5', 'gzip'],
    ['gzip;q=0.2, deflate', 'deflate'],
    ['identity', 'none'],
    ['gzip;q=0', 'none'],
  ])('Accept-Encoding: %s is answered by %s', async ([accepted, coding]) => {
    const reply = await say('www.debian.org', 80, get('www.debian.org', '/', { 'Accept-Encoding': accepted! }))
    expect(/Content-Encoding: (\S+)/.exec(reply)?.[1] ?? 'none').toBe(coding)
  })

  test('/releases/stable leads to the release page with three divisions', async () => {
    const response = await fetch('http://www.debian.org/releases/stable')
    expect([response.redirected, response.url]).toEqual([true, 'http://www.debian.org/releases/stable/'])
    const page = await response.text()
    expect(page).toContain('<title>Debian -- Debian “jessie” Release Information </title>')
    const divisions = [...page.matchAll(/<div id="(\w+)">(.*?)<\/div>/gs)]
    expect(divisions.map(([, id]) => id)).toEqual(['header', 'content', 'footer'])
    expect(page.match(/<div/g)).toHaveLength(3)
    expect(page.match(/<h1/g)).toHaveLength(1)
    expect(divisions[1]![2]).toMatch(/^\s*<h1>.*<\/h1>\s*<p>Debian 8\.0 was /)
  })

  test('robots may go everywhere but to /cgi-bin/, every five seconds', async () => {
    const robots = await (await fetch('http://www.debian.org/robots.txt')).text()
    expect(robots).toBe('User-agent: *\nDisallow: /cgi-bin/\nCrawl-delay: 5\n')
  })

  test('www.debian.com leads to www.debian.org', async () => {
    const response = await fetchOne('http://www.debian.com/')
    expect(response.headers.get('location')).toBe('http://www.debian.org/')
  })

  test('the search names what was asked for, escaped, by GET and by POST', async () => {
    const url = 'http://search.debian.org/cgi-bin/omega'
    expect(await (await fetch(`${url}?DB=en&P=%3Capt%3E`)).text()).toContain('<strong>&lt;apt&gt;</strong>')
    const posted = await fetch(url, { method: 'POST', body: new URLSearchParams({ DB: 'en', P: 'python' }) })
    expect(await posted.text()).toContain('<strong>python</strong>')
  })

  test('the search takes a form of the misspelt type', async () => {
    const response = await fetch('http://search.debian.org/cgi-bin/omega', {
      method: 'POST',
      body: 'P=python',
      headers: { 'Content-Type': 'application/x-www-form-urlencode' },
    })
    expect(await response.text()).toContain('<strong>python</strong>')
  })
})

describe('the sites of python.org', () => {
  test.for([
    ['http://www.python.org/', 'https://www.python.org/'],
    ['http://python.org/', 'https://python.org/'],
    ['http://www.python.org/dev/peps', 'https://www.python.org/dev/peps'],
  ])('%s leads to %s', async ([url, location]) => {
    const response = await fetchOne(url!)
    expect([response.status, response.headers.get('location')]).toEqual([301, location])
  })

  test.for(['https://www.python.org/', 'https://www.python.org/dev/peps', 'https://python.org/'])(
    '%s is HTML in UTF-8',
    async url => {
      const response = await fetch(url)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    },
  )

  test('pypi.python.org keeps path and query byte for byte where it leads to https', async () => {
    const target = "/pypi?:action=search&term=Are%20you|'quite'&x=%7e+~"
    const reply = await say('pypi.python.org', 80, get('pypi.python.org', target))
    expect(reply).toContain(`\r\nLocation: https://pypi.python.org${target}\r\n`)
  })

  test('pypi.python.org shows the decoded terms, escaped', async () => {
    const page = await (await fetch('https://pypi.python.org/pypi?%3Aaction=search&term=%3Cb%3E+%26+c')).text()
    expect(page).toContain('<dt>:action</dt><dd>search</dd>')
    expect(page).toContain('<dt>term</dt><dd>&lt;b&gt; &amp; c</dd>')
  })

  test('docs.python.org has the search page', async () => {
    expect((await fetch('http://docs.python.org/3/search.html')).status).toBe(200)
  })
})

describe('www.github.com', () => {
  test('http leads to https://github.com/', async () => {
    const response = await fetchOne('http://www.github.com/')
    expect([response.status, response.headers.get('location')]).toEqual([301, 'https://github.com/'])
  })

  test('https sets one cookie for long and one for the session', async () => {
    const [lasting = '', session = ''] = (await fetchOne('https://github.com/')).headers.getSetCookie()
    expect(lasting).toMatch(/^logged_in=no; domain=\.github\.com; path=\/; expires=[^;]+; secure$/)
    expect(Date.parse(/expires=([^;]+)/.exec(lasting)![1]!) / 1000).toBe(2060882017)
    expect(session).toMatch(/^_gh_sess=eyJ[^;]+; path=\/; secure; HttpOnly$/)
  })
})

describe('the sites of google.com', () => {
  test('www.gmail.com leads by two redirects to the page where one logs in', async () => {
    const first = await fetchOne('http://www.gmail.com/')
    expect([first.status, first.headers.get('location')]).toEqual([302, 'https://mail.google.com/mail/'])
    const second = await fetchOne('https://mail.google.com/mail/')
    const location = second.headers.get('location')!
    expect(second.status).toBe(302)
    const start = 'https://accounts.google.com/ServiceLogin?service=mail&passive=true&rm=false&continue='
    expect(location.startsWith(start)).toBe(true)
    expect((await fetchOne(location)).status).toBe(200)
  })

  test.for(['http', 'https'])('%s://www.google.com/ is a page', async scheme => {
    const response = await fetchOne(`${scheme}://www.google.com/`)
    expect(response.status).toBe(200)
    expect((await response.text()).length).toBeGreaterThan(0)
  })

  test('HEAD has the headers and no body', async () => {
    const head = get('www.google.com', '/').replace('GET', 'HEAD')
    expect(await say('www.google.com', 80, head)).toMatch(/^HTTP\/1\.1 200 OK\r\n.+\r\n\r\n$/s)
  })

  test('a cookie for .google.com is set once and comes back at google.com/preferences', async () => {
    const [cookie = ''] = (await fetchOne('http://www.google.com/')).headers.getSetCookie()
    expect(cookie).toContain('domain=.google.com')
    const pair = cookie.split(';')[0]!
    const preferences = await fetchOne('http://google.com/preferences', { Cookie: pair })
    expect(await preferences.text()).toContain(pair)
    expect(preferences.headers.getSetCookie()).toEqual([])
  })

  test('/notawebpage is not found', async () => {
    expect((await fetchOne('http://www.google.com/notawebpage')).status).toBe(404)
  })

  test('the certificate names C, ST, L, O and CN in this order, and two names', async () => {
    const { subject, subjectaltname } = await certificateOf('www.google.com')
    expect(Object.keys(subject)).toEqual(['C', 'ST', 'L', 'O', 'CN'])
    expect(subject.CN).toBe('www.google.com')
    expect(subjectaltname).toContain('DNS:www.google.com, DNS:*.google.com')
  })

  test.for(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async version => {
    const socket = tls.connect({
      host: 'www.google.com',
      port: 443,
      servername: 'www.google.com',
      minVersion: version,
      maxVersion: version,
    })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    expect(socket.getProtocol()).toBe(version)
    socket.destroy()
  })

  test('TLS 1.1 is not spoken', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const socket = tls.connect({ host: 'www.google.com', port: 443, servername: 'www.google.com', ...old })
    await expect(
      new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)),
    ).rejects.toThrow()
  })
})

describe('further sites', () => {
  test.for(['http', 'https'])('%s://amazon.co.uk leads to itself with www', async scheme => {
    const response = await fetchOne(`${scheme}://amazon.co.uk/`)
    expect(response.headers.get('location')).toBe(`${scheme}://www.amazon.co.uk/`)
    expect((await fetch(`${scheme}://amazon.co.uk/`)).status).toBe(200)
  })

  test.for([['GET / HTTP/1.0\r\n\r\n'], ['GET /anything?at=all HTTP/1.1\r\nHost: www.linux.org\r\n\r\n']])(
    'www.linux.org answers %j by these 316 octets',
    async ([request]) => {
      const reply = await say('www.linux.org', 80, request!)
      expect(reply).toHaveLength(316)
      expect(reply.split('\r\n').slice(0, 9)).toEqual([
        'HTTP/1.1 200 OK',
        'Date: Sun, 15 Mar 2015 12:09:16 GMT',
        'Server: Apache',
        'Last-Modified: Mon, 17 Feb 2014 03:19:34 GMT',
        'Accept-Ranges: bytes',
        'Content-Length: 111',
        'Connection: close',
        'Content-Type: text/html',
        '',
      ])
      expect(reply).toContain('URL=/cgi-sys/defaultwebpage.cgi')
    },
  )

  test.for(['http', 'https'])('%s://ipv6.example.org/index.html is there', async scheme => {
    const response = await fetch(`${scheme}://ipv6.example.org/index.html`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
  })

  test('sites at one address are told apart by their certificates too', async () => {
    expect((await certificateOf('docs.python.org')).subjectaltname).toContain('DNS:docs.python.org')
    expect((await certificateOf('www.python.org')).subjectaltname).toContain('DNS:www.python.org')
  })

  test('the same world twice says the same', async () => {
    const digest = async () => {
      await using world = await openWorld()
      const real = world.reach({ address: '104.20.1.85', port: 80 }, 'tcp')
      if (real.outcome !== 'served') throw new Error('not served')
      const socket = net.connect({ host: real.host, port: real.port })
      socket.write(get('www.ietf.org', '/rfc/rfc741.txt'))
      const hash = createHash('sha256')
      for await (const chunk of socket) hash.update(chunk)
      return hash.digest('hex')
    }
    expect(await digest()).toBe(await digest())
  })
})

async function certificateOf(host: string): Promise<tls.PeerCertificate> {
  const socket = tls.connect({ host, port: 443, servername: host })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}
