import { expect, test } from 'vitest'
import { form } from './tape.ts'

const steady = (value: Parameters<NonNullable<typeof form.steady>>[1]) => form.steady!('server', value)

test('what a server gives anew each time is no difference, and all else stays', () => {
  expect(
    steady({
      head: [
        'HTTP/1.1 200 OK',
        'Date: Wed, 25 Nov 2026 01:07:55 GMT',
        'Age: 3',
        'x-request-id: 7f3a',
        'CF-Ray: 8a1',
        'Server-Timing: db;dur=53',
        'ETag: "x"',
        'Last-Modified: Sun, 15 Mar 2015 12:09:16 GMT',
        'Set-Cookie: a=‹secret:cookie:7›; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Path=/',
        'Content-Length: 25',
        'Content-Type: text/html',
        '',
      ].join('\n'),
      body: 'hello ‹secret:token:2›',
      chunks: '5 7',
      answered: '5',
      coding: 'gzip 6',
      coded: { file: 'a.gz' },
    }),
  ).toEqual({
    head: [
      'HTTP/1.1 200 OK',
      'Date: …',
      'Age: …',
      'x-request-id: …',
      'CF-Ray: …',
      'Server-Timing: …',
      'ETag: "x"',
      'Last-Modified: Sun, 15 Mar 2015 12:09:16 GMT',
      'Set-Cookie: a=‹secret:cookie›; Expires=…; Path=/',
      'Content-Length: …',
      'Content-Type: text/html',
      '',
    ].join('\n'),
    body: 'hello ‹secret:token:2›',
    coding: 'gzip',
  })
})

test('what a client signs and draws anew is no difference', () => {
  expect(
    steady(
      [
        'GET /?oauth_nonce=a&b=c&X-Amz-Date=20261125T010755Z HTTP/1.1',
        'Cookie: a=‹secret:cookie:2›; b=‹secret:cookie:3›',
        'traceparent: 00-0af7-00f0-01',
        'Authorization: AWS4-HMAC-SHA256 Credential=‹secret:key›/20261125/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=‹secret:signature›',
        'Content-Length: 5',
      ].join('\n'),
    ),
  ).toBe(
    [
      'GET /?oauth_nonce=…&b=c&X-Amz-Date=… HTTP/1.1',
      'Cookie: a=‹secret:cookie›; b=‹secret:cookie›',
      'traceparent: …',
      'Authorization: AWS4-HMAC-SHA256 Credential=‹secret:key›/…/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=…',
      'Content-Length: 5',
    ].join('\n'),
  )
  expect(
    steady('GET / HTTP/1.1\nAuthorization: OAuth oauth_consumer_key="k", oauth_nonce="n", oauth_timestamp="1"'),
  ).toBe('GET / HTTP/1.1\nAuthorization: OAuth oauth_consumer_key="k", oauth_nonce="…", oauth_timestamp="…"')
})

test('boundaries are no difference', () => {
  const message = (boundary: string) => ({
    head: `POST / HTTP/1.1\nContent-Type: multipart/form-data; boundary=${boundary}\nContent-Length: ${boundary.length}`,
    body: { lines: `--${boundary}\na\n--${boundary}--\n` },
  })
  expect(steady(message('----x1'))).toEqual(steady(message('----y22')))
  expect(steady(message('----x1'))).toMatchObject({ body: { lines: '--…\na\n--…--\n' } })
})

test('octets stay what they are', () => {
  expect(steady({ octets: 'Date: x' })).toEqual({ octets: 'Date: x' })
  expect(steady({ head: { octets: 'Date: x' } })).toEqual({ head: { octets: 'Date: x' } })
})
