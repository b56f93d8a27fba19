// www.python.org, docs.python.org and pypi.python.org.

import { escaped, html, page } from './page.ts'

const pages: Record<string, Record<string, string>> = {
  'www.python.org': {
    '/': page(
      'Welcome to Python.org',
      '<h1>A language that reads well</h1>\n<p>See the <a href="/dev/peps">proposals</a>.</p>',
    ),
    '/dev/peps': page(
      'Index of proposals',
      '<h1>Proposals</h1>\n<ul>\n<li>How proposals are made</li>\n<li>How code is laid out</li>\n</ul>',
    ),
  },
  'docs.python.org': {
    '/3/': page('Documentation', '<h1>Documentation</h1>\n<p><a href="search.html">Search</a></p>'),
    '/3/search.html': page(
      'Search',
      '<h1>Search</h1>\n<form action="" method="get"><input name="q"> <input type="submit" value="search"></form>',
    ),
  },
}

function packages(search: URLSearchParams): Response {
  const terms = [...search].map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
  return html(page('Package Index', `<h1>Package Index</h1>\n<p>You asked for:</p>\n<dl>\n${terms.join('\n')}\n</dl>`))
}

export default function python(request: Request): Response | undefined {
  const { hostname, pathname, searchParams } = new URL(request.url)
  if (hostname === 'pypi.python.org')
    return pathname === '/pypi' || pathname === '/' ? packages(searchParams) : undefined
  const site = hostname === 'python.org' ? 'www.python.org' : hostname
  const text = pages[site]?.[pathname] ?? pages[site]?.[pathname.replace(/\/$/, '')]
  return text === undefined ? undefined : html(text)
}
