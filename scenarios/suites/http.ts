// HTTP on three targets: nginx as the real server, with a folder of files and a site that redirects and takes uploads.

import { join } from 'node:path'
import { http } from '../../index.ts'
import { answers } from './http/answers.ts'
import { conditions } from './http/conditions.ts'
import { connections } from './http/connections.ts'
import { pages } from './http/pages.ts'
import { requests } from './http/requests.ts'
import { explained, otherAnswers } from './http-explained.ts'
import type { Suite } from './scenario.ts'

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'http', 'site')

const codes = new Map([
  ['/moved', 301],
  ['/found', 302],
  ['/other', 303],
  ['/temporary', 307],
  ['/permanent', 308],
])

/** What the sites of nginx do, in its own words and in code. */
const site = [
  'absolute_redirect off;',
  ...Array.from(codes, ([path, code]) => `location = ${path} { return ${code} /text; }`),
  'location = /loop { return 302 /loop; }',
  'location = /gone { return 410; } location = /nothing { return 204; } location = /unavailable { return 503; }',
  'location = /text { default_type text/plain; return 200 "hello\\n"; }',
  'location /upload/ { root UPLOADS; dav_methods PUT DELETE; create_full_put_path on; }',
].join(' ')

function answerer(): (request: Request) => Promise<Response> {
  const uploads = new Set<string>()
  return async request => {
    const { pathname } = new URL(request.url)
    const redirect = pathname === '/loop' ? 302 : codes.get(pathname)
    if (redirect !== undefined) {
      return new Response(null, { status: redirect, headers: { Location: pathname === '/loop' ? '/loop' : '/text' } })
    }
    if (pathname === '/gone') return new Response('gone', { status: 410 })
    if (pathname === '/nothing') return new Response(null, { status: 204 })
    if (pathname === '/unavailable') return new Response('unavailable', { status: 503 })
    if (pathname === '/text') return new Response('hello\n', { headers: { 'Content-Type': 'text/plain' } })
    if (request.method === 'DELETE') return new Response(null, { status: uploads.delete(pathname) ? 204 : 404 })
    if (request.method !== 'PUT') return new Response('not found', { status: 404 })
    await request.bytes()
    const status = uploads.has(pathname) ? 204 : 201
    uploads.add(pathname)
    return new Response(null, { status, headers: status === 201 ? { Location: pathname } : {} })
  }
}

export const suite: Suite = {
  protocol: 'http',
  server: 'nginx',
  serves: 'a folder with gzip for all types from 100 octets on, and a site with redirects and uploads of up to 1 kB',
  content: { sites: { 'api.example.org': site } },
  // The files’ age: what clients are told of it is the network’s here.
  epoch: '2015-03-15T12:09:16Z',
  names: [
    { name: 'www.example.org', port: 80, protocol: 'http' },
    { name: 'www.example.org', port: 443, protocol: 'http', tls: true },
    { name: 'api.example.org', port: 80, protocol: 'http' },
  ],
  async place(network) {
    const limits = { maxBodyBytes: 1024 }
    await network.host('www.example.org', { www: http({ folder }, { codings: ['gzip'], limits }) })
    await network.host('api.example.org', { api: http(answerer(), { limits }) })
  },
  scenarios: [...pages, ...conditions, ...answers, ...connections, ...requests],
  explained,
  otherwise: otherAnswers,
}
