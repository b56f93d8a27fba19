// Parts of files, and requests under conditions.

import { fetches, modified, plain, range, text } from '../http-client.ts'
import type { Scenario } from '../scenario.ts'

export const conditions: readonly Scenario[] = [
  fetches(
    'a part of a file',
    [
      [text, range('bytes=0-9')],
      [text, range('bytes=4650-')],
      [text, range('bytes=-5')],
      [text, range('bytes=0-99999')],
    ],
    `
    206 text/plain, 10 octets 1e5f0a52
      Content-Range: bytes 0-9/4654
    206 text/plain, 4 octets 04738094
      Content-Range: bytes 4650-4653/4654
    206 text/plain, 5 octets 4c2fcaf1
      Content-Range: bytes 4649-4653/4654
    206 text/plain, 4654 octets 305d31a5
      Content-Range: bytes 0-4653/4654
  `,
  ),
  fetches(
    'parts that do not exist',
    [
      [text, range('bytes=99999-')],
      [text, range('bytes=5-1')],
      [text, range('bytes=-0')],
    ],
    `
    HttpError 416
      Content-Range: bytes */4654
    HttpError 416
      Content-Range: bytes */4654
    HttpError 416
      Content-Range: bytes */4654
  `,
  ),
  fetches(
    'ranges that are none',
    [
      [text, range('octets=0-9')],
      [text, range('bytes=a-b')],
      [text, range('bytes=')],
      [text, range('bytes')],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
    HttpError 416
      Content-Range: bytes */4654
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'several parts of a file',
    [
      [text, range('bytes=0-3,10-13')],
      [text, range('bytes=0-3,99999-')],
      [text, range('bytes=0-3,2-5')],
    ],
    `
    206 multipart/byteranges, parts
    206 text/plain, 4 octets 3f72990f
      Content-Range: bytes 0-3/4654
    206 multipart/byteranges, parts
  `,
  ),
  fetches(
    'a part of what would be compressed',
    [[text, { headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' } }]],
    `
    200 text/plain, 4654 octets 305d31a5
      Content-Encoding: gzip
  `,
  ),
  fetches(
    'a range with HEAD',
    [[text, { method: 'HEAD', ...range('bytes=0-9') }]],
    `
    206 text/plain, 0 octets
      Content-Range: bytes 0-9/4654
  `,
  ),
  fetches(
    'a part if nothing has changed',
    [
      [text, range('bytes=0-9', { 'If-Range': modified })],
      [text, range('bytes=0-9', { 'If-Range': 'Sun, 15 Mar 2015 12:09:15 GMT' })],
      [text, range('bytes=0-9', { 'If-Range': '"other"' })],
    ],
    `
    206 text/plain, 10 octets 1e5f0a52
      Content-Range: bytes 0-9/4654
    200 text/plain, 4654 octets 305d31a5
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what has not changed since',
    [
      [text, { headers: { ...plain, 'If-Modified-Since': modified } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'Sun, 15 Mar 2015 12:09:15 GMT' } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'Mon, 16 Mar 2015 12:09:16 GMT' } }],
      [text, { headers: { ...plain, 'If-Modified-Since': 'yesterday' } }],
    ],
    `
    304
    200 text/plain, 4654 octets 305d31a5
    304
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'what has changed since',
    [
      [text, { headers: { ...plain, 'If-Unmodified-Since': modified } }],
      [text, { headers: { ...plain, 'If-Unmodified-Since': 'Sun, 15 Mar 2015 12:09:15 GMT' } }],
    ],
    `
    200 text/plain, 4654 octets 305d31a5
    HttpError 412
  `,
  ),
  fetches(
    'tags that match and do not',
    [
      [text, { headers: { ...plain, 'If-None-Match': '*' } }],
      [text, { headers: { ...plain, 'If-None-Match': '"other"' } }],
      [text, { headers: { ...plain, 'If-Match': '"other"' } }],
      [text, { headers: { ...plain, 'If-Match': '*' } }],
    ],
    `
    304
    200 text/plain, 4654 octets 305d31a5
    HttpError 412
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
  fetches(
    'a tag goes before a date',
    [[text, { headers: { ...plain, 'If-None-Match': '"other"', 'If-Modified-Since': modified } }]],
    `
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
]
