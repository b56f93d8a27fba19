// Pages of a folder, methods and compressed forms.

import { fetches, plain, text } from '../http-client.ts'
import type { Scenario } from '../scenario.ts'

export const pages: readonly Scenario[] = [
  fetches(
    'a page, a text, data, a picture',
    ['/', ['/rfc/rfc2324.txt', { headers: plain }], '/data.json', '/pixel.gif'],
    `
    200 text/html, 193 octets 626e3826
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 application/json, 43 octets ad466568
    200 image/gif, 43 octets 693d949d
  `,
  ),
  fetches(
    'HEAD has the head alone',
    [
      ['/', { method: 'HEAD' }],
      [text, { method: 'HEAD', headers: plain }],
      ['/none', { method: 'HEAD' }],
    ],
    `
    200 text/html, 0 octets
      Content-Encoding: gzip
    200 text/plain, 0 octets
    HttpError 404
  `,
  ),
  fetches(
    'what is not there',
    ['/none', '/rfc/', '/rfc/none.txt', '/index.html/', '/data.json/x'],
    `
    HttpError 404
    HttpError 403
    HttpError 404
    HttpError 404
    HttpError 404
  `,
  ),
  fetches(
    'a folder without its slash',
    ['/rfc', '/rfc?x=1', ['/rfc', { method: 'HEAD' }]],
    `
    301
      Location: http://www.example.org/rfc/
    301
      Location: http://www.example.org/rfc/?x=1
    301
      Location: http://www.example.org/rfc/
  `,
  ),
  fetches(
    'paths with dots and escapes',
    [
      '/rfc/%72fc2324.txt',
      '/./data.json',
      '/rfc/../data.json',
      '/data%2ejson',
      '/data.json?x=%00',
      '/%2e%2e/etc/passwd',
    ],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
    HttpError 404
  `,
  ),
  fetches(
    'files whose names begin with a dot',
    ['/.git/config', '/.htaccess'],
    `
    HttpError 404
    HttpError 404
  `,
  ),
  fetches(
    'methods that a file does not have',
    [
      ['/data.json', { method: 'POST', body: 'x' }],
      ['/data.json', { method: 'PUT', body: 'x' }],
      ['/data.json', { method: 'DELETE' }],
      ['/data.json', { method: 'PATCH', body: 'x' }],
    ],
    `
    HttpError 405
    HttpError 405
    HttpError 405
    HttpError 405
  `,
  ),
  fetches(
    'methods of the protocol',
    [
      ['/', { method: 'OPTIONS' }],
      ['/', { method: 'TRACE' }],
      ['/', { method: 'FOO' }],
    ],
    `
    HttpError 405
    HttpError 405
    HttpError 405
  `,
  ),
  fetches(
    'gzip for who takes it',
    [
      [text, { headers: { 'Accept-Encoding': 'gzip' } }],
      [text, { headers: { 'Accept-Encoding': 'gzip;q=0' } }],
      [text, { headers: { 'Accept-Encoding': 'br, gzip;q=0.5' } }],
      [text, { headers: { 'Accept-Encoding': '*' } }],
      [text, { headers: { 'Accept-Encoding': 'identity;q=0' } }],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what is small is not compressed',
    [
      ['/data.json', { headers: { 'Accept-Encoding': 'gzip' } }],
      ['/pixel.gif', { headers: { 'Accept-Encoding': 'gzip' } }],
    ],
    `
    200 application/json, 43 octets ad466568
    200 image/gif, 43 octets 693d949d
  `,
  ),
  fetches(
    'gzip and HEAD',
    [[text, { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip' } }]],
    `
    200 text/plain, 0 octets
      Content-Encoding: gzip
  `,
  ),
]
