import { expect, describe as group, test } from 'vitest'
import type { TapeValue } from '../tape.ts'
import { form } from './tape.ts'
import { heardOnce, readOnce } from './tape-in-test.ts'

const identity = (fields: string, line = 'GET /a HTTP/1.1') =>
  form.identity(heardOnce(form, `${line}\r\n${fields}\r\n`).message)
const preference = (fields: string) => form.preference!(heardOnce(form, `GET /a HTTP/1.1\r\n${fields}\r\n`).message)

test('a request is its method, target, host and what asks for another part, version or form', () => {
  const fields = [
    'User-Agent: curl/8.5.0',
    'HOST: WWW.example.org:8080',
    'Authorization: Bearer abc',
    'Range: bytes=0-9',
    'If-None-Match: "x"',
    'If-Match: "y"',
    'If-Modified-Since: Sun, 15 Mar 2015 12:09:16 GMT',
    'If-Unmodified-Since: Sun, 15 Mar 2015 12:09:17 GMT',
    'If-Range: "z"',
    'Content-Type: Text/Plain; x=y; Charset="UTF-8"',
    'Cookie: a=b',
    'Traceparent: 00-0af7',
    'Date: Sun, 15 Mar 2015 12:09:16 GMT',
    'Accept: text/html',
    'Connection: close',
  ]
  expect(identity(`${fields.join('\r\n')}\r\n`, 'PUT /a?b=c HTTP/1.1')).toBe(
    [
      'PUT /a?b=c',
      'host: www.example.org',
      'authorization: bearer',
      'range: bytes=0-9',
      'if-none-match: "x"',
      'if-match: "y"',
      'if-modified-since: Sun, 15 Mar 2015 12:09:16 GMT',
      'if-unmodified-since: Sun, 15 Mar 2015 12:09:17 GMT',
      'if-range: "z"',
      'content-type: text/plain; charset=utf-8',
    ].join('\n'),
  )
})

test('a host that is an address or this machine is as good as none', () => {
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:8080',
    '[::1]',
    '[::1]:80',
    'localhost:3000',
    'LOCALHOST',
    'a.localhost',
    '',
  ]) {
    expect(identity(`Host: ${host}\r\n`)).toBe('GET /a')
  }
  expect(identity('')).toBe('GET /a')
  expect(identity('Host: a.example\r\nHost: b.example\r\n')).toBe('GET /a\nhost: a.example')
  expect(identity('Host: a.example.\r\n')).toBe('GET /a\nhost: a.example')
})

test('a turn of a tape is also found without its host', () => {
  const aliases = (fields: string) => form.aliases!(heardOnce(form, `GET /a HTTP/1.1\r\n${fields}\r\n`).message)
  expect(aliases('Host: www.example.org\r\nRange: bytes=0-9\r\n')).toEqual([identity('Range: bytes=0-9\r\n')])
  expect(aliases('Host: 127.0.0.1\r\n')).toEqual([])
})

test('a target in absolute form is the same as one with its host', () => {
  const origin = identity('Host: a.example\r\n', 'GET /b?c HTTP/1.1')
  expect(identity('Host: other\r\n', 'GET http://A.example:80/b?c HTTP/1.1')).toBe(origin)
  expect(identity('', 'GET https://ann:pw@a.example/b?c HTTP/1.1')).toBe(origin)
  expect(identity('', 'GET http://127.0.0.1:90/b?c HTTP/1.1')).toBe('GET /b?c')
  expect(identity('Host: a.example\r\n', 'GET http://a.example?c HTTP/1.1')).toBe('GET /?c\nhost: a.example')
  expect(identity('Host: a:443\r\n', 'CONNECT a:443 HTTP/1.1')).toBe('CONNECT a:443\nhost: a')
  expect(identity('', 'OPTIONS * HTTP/1.1')).toBe('OPTIONS *')
})

group('secrets', () => {
  const same: [name: string, live: string, other: string, tape: TapeValue][] = [
    [
      'in a target',
      'GET /a?b=c&token=x%2F1&X-Amz-Date=20261125T010755Z&X-Amz-Signature=5d HTTP/1.1\r\n\r\n',
      'GET /a?b=c&token=y&X-Amz-Date=20270101T000000Z&X-Amz-Signature=6e HTTP/1.1\r\n\r\n',
      'GET /a?b=c&token=‹secret:token›&X-Amz-Date=20261125T010755Z&X-Amz-Signature=‹secret:signature› HTTP/1.1',
    ],
    [
      'in long keys',
      'GET /a?key=AIzaSyD4x8Qb2c5f7g9h1j3k5l7m9n1p3q5r7 HTTP/1.1\r\n\r\n',
      'GET /a?key=BIzaSyD4x8Qb2c5f7g9h1j3k5l7m9n1p3q5r7 HTTP/1.1\r\n\r\n',
      'GET /a?key=‹secret:api-key› HTTP/1.1',
    ],
    [
      'in headers',
      'GET / HTTP/1.1\r\nAuthorization: Basic YQ==\r\nCookie: a=b\r\n\r\n',
      'GET / HTTP/1.1\r\nAuthorization: basic Yg==\r\nCookie: a=c\r\n\r\n',
      'GET / HTTP/1.1\nAuthorization: Basic ‹secret:authorization›\nCookie: a=‹secret:cookie›',
    ],
    [
      'in credentials without a scheme',
      'GET / HTTP/1.1\r\nAuthorization: a=b c\r\n\r\n',
      'GET / HTTP/1.1\r\nAuthorization: d\r\n\r\n',
      'GET / HTTP/1.1\nAuthorization: ‹secret:authorization›',
    ],
    [
      'before a host',
      'GET http://a:b@c.example/ HTTP/1.1\r\n\r\n',
      'GET http://a:d@c.example/ HTTP/1.1\r\n\r\n',
      'GET http://a:‹secret:password›@c.example/ HTTP/1.1',
    ],
  ]

  test.for(same)('%s are left out, on a link, in clear on a tape and hidden', ([, one, other, hidden]) => {
    const expected = form.identity(heardOnce(form, one).message)
    expect(form.identity(heardOnce(form, other).message)).toBe(expected)
    expect(form.identity(readOnce(form, one.replaceAll('\r\n', '\n')).message)).toBe(expected)
    expect(form.identity(readOnce(form, hidden).message)).toBe(expected)
    expect(expected).not.toContain('secret:')
  })

  test('elsewhere leave their placeholder in the identity', () => {
    expect(form.identity(readOnce(form, 'GET /bot‹secret:token›/x HTTP/1.1').message)).toBe('GET /bot‹secret:token›/x')
    // What a client says is text, whatever it looks like.
    expect(identity('', `GET /${Buffer.from('‹secret:a›').toString('latin1')} HTTP/1.1`)).toBe('GET /‹‹secret:a›')
  })

  test('that are no secrets are told apart', () => {
    expect(identity('', 'GET /?key=a HTTP/1.1')).not.toBe(identity('', 'GET /?key=b HTTP/1.1'))
    expect(identity('', 'GET /?page_token=a HTTP/1.1')).not.toBe(identity('', 'GET /?page_token=b HTTP/1.1'))
    expect(identity('', 'GET /?token= HTTP/1.1')).not.toBe(identity('', 'GET /?token=b HTTP/1.1'))
  })
})

test('octets that are no request are what they are', () => {
  const refused = heardOnce(form, 'GET  / HTTP/1.1\r\nAuthorization: Basic YQ==\r\n\r\n').message
  expect(form.identity(refused)).toBe('GET  / HTTP/1.1\r\nAuthorization: Basic YQ==\r\n\r\n')
  const onTape = readOnce(form, {
    head: { octets: 'GET  / HTTP/1.1\r\nAuthorization: Basic ‹secret:authorization›\r\n\r\n' },
  }).message
  expect(form.identity(onTape)).toBe('GET  / HTTP/1.1\r\nAuthorization: Basic ‹secret:authorization›\r\n\r\n')
})

test('what a client would rather have is said lightly', () => {
  expect(
    preference('accept: text/HTML ,a/b;q=0.80, c/d; q=1.0\r\nAccept-Language: de\r\nAccept-Encoding: gzip\r\n'),
  ).toBe('accept: text/html, a/b;q=0.8, c/d\naccept-language: de\naccept-encoding: gzip\n')
  expect(preference('Accept: */*\r\nAccept-Encoding: identity\r\nAccept-Ranges: bytes\r\nUser-Agent: x\r\n')).toBe('')
  expect(preference('')).toBe('')
})
