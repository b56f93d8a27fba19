// Connections: TLS, further requests, versions.

import { close, fetches, get, head, says, text } from '../http-client.ts'
import type { Scenario } from '../scenario.ts'

export const connections: readonly Scenario[] = [
  fetches(
    'the same site under TLS',
    ['https://www.example.org/', 'https://www.example.org/none', 'https://www.example.org/rfc'],
    `
    200 text/html, 193 octets 626e3826
      Content-Encoding: gzip
    HttpError 404
    301
      Location: https://www.example.org/rfc/
  `,
  ),
  says(
    'a connection stays open for further requests',
    [get('/data.json'), get('/none'), get('/data.json', close)],
    `
    200 application/json, 43 octets ad466568
    404
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'requests are sent ahead',
    [get('/data.json') + get('/none') + get('/pixel.gif', close)],
    `
    200 application/json, 43 octets ad466568
    404
    200 image/gif, 43 octets 693d949d
  `,
  ),
  says(
    'HEAD and GET sent ahead',
    [head('HEAD /data.json HTTP/1.1', 'Host: www.example.org') + get('/data.json', close)],
    `
    200 application/json, 0 octets
    200 application/json, 43 octets ad466568
  `,
    ['HEAD', 'GET'],
  ),
  says(
    'HTTP/1.0 closes, unless it is asked to stay',
    [
      head('GET /data.json HTTP/1.0', 'Host: www.example.org', 'Connection: keep-alive'),
      head('GET /data.json HTTP/1.0'),
    ],
    `
    200 application/json, 43 octets ad466568
    200 application/json, 43 octets ad466568
  `,
  ),
  says(
    'HTTP/1.0 gets what is compressed only if it is whole',
    [head(`GET ${text} HTTP/1.0`, 'Host: www.example.org', 'Accept-Encoding: gzip')],
    `
    200 text/plain, 4654 octets 305d31a5
  `,
  ),
]
