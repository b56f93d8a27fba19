// Redirects, other codes, and uploads.

import { api, fetches, pieces } from '../http-client.ts'
import type { Scenario } from '../scenario.ts'

export const answers: readonly Scenario[] = [
  fetches(
    'redirects',
    [`${api}/moved`, `${api}/found`, `${api}/other`, `${api}/temporary`, `${api}/permanent`],
    `
    301
      Location: /text
    302
      Location: /text
    303
      Location: /text
    307
      Location: /text
    308
      Location: /text
  `,
  ),
  fetches(
    'redirects are followed',
    [
      [`${api}/moved`, { redirects: 5 }],
      [`${api}/found`, { redirects: 5, method: 'POST', body: 'x' }],
      [`${api}/loop`, { redirects: 3 }],
    ],
    `
    200 text/plain, 6 octets 5891b5b5
    200 text/plain, 6 octets 5891b5b5
    HttpError 302
      Location: /loop
  `,
  ),
  fetches(
    'codes without content',
    [`${api}/gone`, `${api}/nothing`, `${api}/unavailable`],
    `
    HttpError 410
    204 no type, 0 octets
    HttpError 503
  `,
  ),
  fetches(
    'a text from code',
    [`${api}/text`, [`${api}/text`, { method: 'HEAD' }]],
    `
    200 text/plain, 6 octets 5891b5b5
    200 text/plain, 0 octets
  `,
  ),
  fetches(
    'an upload that makes a file, and one that writes it again',
    [
      [`${api}/upload/a.txt`, { method: 'PUT', body: 'hello' }],
      [`${api}/upload/a.txt`, { method: 'PUT', body: 'again' }],
      [`${api}/upload/a.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload in chunks',
    [
      [`${api}/upload/b.txt`, { method: 'PUT', body: pieces(3, 100) }],
      [`${api}/upload/b.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload that waits for 100 Continue',
    [
      [`${api}/upload/c.txt`, { method: 'PUT', body: 'hello', headers: { Expect: '100-continue' } }],
      [`${api}/upload/c.txt`, { method: 'DELETE' }],
    ],
    `
    201 no type, 0 octets
    204 no type, 0 octets
  `,
  ),
  fetches(
    'an upload that is too large',
    [
      [`${api}/upload/d.txt`, { method: 'PUT', body: 'x'.repeat(5000) }],
      [`${api}/upload/d.txt`, { method: 'PUT', body: 'x'.repeat(5000), headers: { Expect: '100-continue' } }],
    ],
    `
    HttpError 413
    HttpError 413
  `,
  ),
]
