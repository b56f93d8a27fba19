// github.com: the front page, which tells by two cookies that nobody is logged in, and a repository to clone.

import type { HttpInfo } from '../../../fakes/http.ts'
import { html, page, redirect } from './page.ts'
import { repository } from './repository.ts'

/** Far enough ahead for any clock that a client may have. */
const expires = new Date(2060882017 * 1000).toUTCString()

const hello = '/backlot/hello.git'
let paths: Map<string, Buffer> | undefined

export default function github(request: Request, { random }: HttpInfo): Response | undefined {
  const { protocol, pathname, search } = new URL(request.url)
  if (protocol === 'http:') return redirect(`https://github.com${pathname}${search}`, 301)
  if (pathname.startsWith(`${hello}/`)) {
    paths ??= repository({ README: 'Hello from the backlot.\n' }, 'Say hello', new Date('2015-03-01T10:00:00Z'))
    const content = paths.get(pathname.slice(hello.length))
    return content && new Response(new Uint8Array(content), { headers: { 'Content-Type': 'text/plain' } })
  }
  if (pathname !== '/') return undefined
  const session = Buffer.from(JSON.stringify({ session_id: random.bytes(16).toString('hex') })).toString('base64')
  const response = html(page('GitHub · Build software better, together.', '<h1>Where software is built</h1>'))
  response.headers.append('Set-Cookie', `logged_in=no; domain=.github.com; path=/; expires=${expires}; secure`)
  response.headers.append('Set-Cookie', `_gh_sess=${encodeURIComponent(session)}; path=/; secure; HttpOnly`)
  return response
}
