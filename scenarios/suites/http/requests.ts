// Requests that are not as they should be.

import { close, get, head, says } from '../http-client.ts'
import type { Scenario } from '../scenario.ts'

export const requests: readonly Scenario[] = [
  says(
    'HTTP/1.1 without Host',
    [head('GET / HTTP/1.1', close)],
    `
    400
  `,
  ),
  says(
    'two Hosts',
    [get('/', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a Host that is none',
    [head('GET / HTTP/1.1', 'Host: a b', close)],
    `
    400
  `,
  ),
  says(
    'a Host that nobody knows',
    [head('GET /data.json HTTP/1.1', 'Host: other.example', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a target with its authority',
    [head('GET http://www.example.org/data.json HTTP/1.1', 'Host: other.example', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a target that is no path',
    [head('GET data.json HTTP/1.1', 'Host: www.example.org', close)],
    `
    400
  `,
  ),
  says(
    'a path that leads out of the site',
    [get('/../../etc/passwd', close)],
    `
    400
  `,
  ),
  says(
    'a request line that is none',
    [head('HELLO', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a version that is not HTTP',
    [head('GET / FOO/1.1', 'Host: www.example.org')],
    `
    400
  `,
  ),
  says(
    'a version that is too new',
    [head('GET / HTTP/2.0', 'Host: www.example.org')],
    `
    505
  `,
  ),
  says(
    'a method in small letters',
    [head('get / HTTP/1.1', 'Host: www.example.org', close)],
    `
    400
  `,
  ),
  says(
    'a header without a colon',
    [get('/data.json', 'Nonsense', close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header with a blank before its colon',
    [get('/data.json', 'X-A : b', close)],
    `
    400
  `,
  ),
  says(
    'a header that is folded',
    [get('/data.json', 'X-A: b', ' c', close)],
    `
    400
  `,
  ),
  says(
    'lines that end without CR',
    [`GET /data.json HTTP/1.1\nHost: www.example.org\nConnection: close\n\n`],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'empty lines before a request',
    [`\r\n\r\n${get('/data.json', close)}`],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header of 4,000 octets',
    [get('/data.json', `X-Long: ${'x'.repeat(4000)}`, close)],
    `
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'a header of 12,000 octets',
    [get('/data.json', `X-Long: ${'x'.repeat(12_000)}`, close)],
    `
    400
  `,
  ),
  says(
    'a target of 12,000 octets',
    [get(`/${'x'.repeat(12_000)}`, close)],
    `
    414
  `,
  ),
  says(
    'a body that GET has not asked for',
    [`${get('/data.json', 'Content-Length: 5')}hello${get('/data.json', close)}`],
    `
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'lengths that contradict each other',
    [get('/data.json', 'Content-Length: 5', 'Content-Length: 6')],
    `
    400
  `,
  ),
  says(
    'a length that is no number',
    [get('/data.json', 'Content-Length: five')],
    `
    400
  `,
  ),
  says(
    'a length beside chunks',
    [get('/data.json', 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    `
    400
  `,
  ),
  says(
    'a length beside chunks, and a body',
    [
      `${head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', 'Content-Length: 5', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    ],
    `
    400
  `,
  ),
  says(
    'a chunk whose size is none',
    [
      `${head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', 'Transfer-Encoding: chunked')}5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n`,
    ],
    `
    400
  `,
  ),
  says(
    'a chunk whose size is none and has not come whole',
    [`${head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', 'Transfer-Encoding: chunked')}5\r\nhello\r\nzz`],
    `
    400
  `,
  ),
  says(
    'a transfer coding that nobody knows',
    [get('/data.json', 'Transfer-Encoding: foo')],
    `
    501
  `,
  ),
  says(
    'an expectation that nobody knows',
    [`${head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', 'Content-Length: 1', 'Expect: miracles', close)}x`],
    `
    201 no type, 0 octets
  `,
  ),
]
