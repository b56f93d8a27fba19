import { http } from 'backlot'
import { expect, test } from 'backlot/vitest'
import { vi } from 'vitest'
import { crawl } from '../src/crawl.ts'

/** A site from its pages: what a page says is HTML. */
const site = (pages: Record<string, string>) =>
  http(request => {
    const page = pages[new URL(request.url).pathname]
    if (page === undefined) return new Response('nothing here', { status: 404 })
    return new Response(page, { headers: { 'content-type': 'text/html' } })
  })

test('every page that is linked to is visited once, and dead links are told', async ({ network }) => {
  const { web } = await network.host('www.example.org', {
    web: site({
      '/': '<a href="/about">about</a> <a href="news/">news</a> <a href="https://elsewhere.example/">other</a>',
      '/about': '<a href="/">home</a> <a href="/gone">gone</a>',
      '/news/': '<a href="../about#team">about</a>',
    }),
  })
  expect(await crawl('http://www.example.org/')).toEqual({
    pages: ['http://www.example.org/', 'http://www.example.org/about', 'http://www.example.org/news/'],
    dead: [{ url: 'http://www.example.org/gone', foundOn: 'http://www.example.org/about', why: '404 Not Found' }],
  })
  expect(web).toHaveServed({ path: '/about', headers: { 'user-agent': 'link-checker/1.0' } })
})

test('what robots.txt forbids is left alone', async ({ network }) => {
  const { web } = await network.host('www.example.org', {
    web: site({ '/robots.txt': 'User-agent: *\nDisallow: /private\n', '/': '<a href="/private/diary">diary</a>' }),
  })
  expect(await crawl('http://www.example.org/')).toEqual({ pages: ['http://www.example.org/'], dead: [] })
  expect(web).not.toHaveServed({ path: '/private/diary' })
})

test('a busy server is asked again, in time that costs nothing', async ({ network }) => {
  vi.useFakeTimers()
  let asked = 0
  await network.host('www.example.org', {
    web: http(request => {
      if (request.url.endsWith('robots.txt')) return new Response('', { status: 404 })
      return ++asked < 4
        ? new Response('later', { status: 503, headers: { 'retry-after': '1200' } })
        : new Response('hello')
    }),
  })
  const crawled = crawl('http://www.example.org/')
  await network.clock.advance('1h') // three times 1200 seconds
  expect(await crawled).toEqual({ pages: ['http://www.example.org/'], dead: [] })
})

test('a server that is not there is a dead link', async ({ network }) => {
  await network.host('www.example.org', {})
  expect(await crawl('http://www.example.org/')).toMatchObject({ dead: [{ why: 'ECONNREFUSED' }] })
})
