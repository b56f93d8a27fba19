// www.google.com and google.com: a search page, a cookie that comes back, and its page of preferences.

import type { HttpInfo } from '../../../fakes/http.ts'
import { escaped, html, page, redirect } from './page.ts'

const expires = 'Thu, 31 Dec 2037 23:55:55 GMT'

export default function google(request: Request, { random, clock }: HttpInfo): Response | undefined {
  const withCookie = (response: Response) => {
    if (/(?:^|;\s*)PREF=/.test(request.headers.get('cookie') ?? '')) return response
    const value = `ID=${random.bytes(8).toString('hex')}:TM=${Math.floor(clock.now() / 1000)}`
    response.headers.append('Set-Cookie', `PREF=${value}; expires=${expires}; path=/; domain=.google.com`)
    return response
  }
  const { protocol, hostname, pathname, search } = new URL(request.url)
  if (pathname === '/preferences') {
    const cookie = request.headers.get('cookie')
    const known = cookie === null ? 'You are new here.' : `You came with <code>${escaped(cookie)}</code>.`
    return withCookie(html(page('Preferences', `<h1>Preferences</h1>\n<p>${known}</p>`)))
  }
  if (pathname === '/' && hostname === 'google.com') return redirect(`${protocol}//www.google.com/${search}`, 301)
  if (pathname === '/') {
    const form = '<form action="/search" method="get"><input name="q"> <input type="submit" value="Search"></form>'
    return withCookie(html(page('Google', form)))
  }
  if (pathname === '/search') {
    const term = escaped(new URL(request.url).searchParams.get('q') ?? '')
    return withCookie(html(page(`Search`, `<p>Nothing of the yard speaks of <em>${term}</em>.</p>`)))
  }
  return undefined
}
