// www.debian.org in English and Swedish, its release page, and the search of search.debian.org.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { chooseCoding, languageQuality, readAccepted } from '../../../wire/http/negotiate.ts'
import { escaped, redirect } from './page.ts'

type Language = 'en' | 'sv'

/** The best first, among those that a client likes as much. */
const codings = ['gzip', 'br', 'deflate'] as const
const compress = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }

const words = {
  en: {
    lead: 'Debian is an operating system that anybody may use, read, change and give away.',
    about: 'About Debian',
    news: 'News',
    search: 'Search',
  },
  sv: {
    lead: 'Debian är ett operativsystem som alla får använda, läsa, ändra och ge bort.',
    about: 'Om Debian',
    news: 'Nyheter',
    search: 'Sök',
  },
}

function document(language: Language, title: string, body: string): string {
  return `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html lang="${language}">
<head>
  <meta http-equiv="Content-Type" content="text/html; charset=utf-8">
  <title>${title}</title>
</head>
<body>
${body}
</body>
</html>
`
}

function front(language: Language): string {
  const { lead, about, news, search } = words[language]
  return document(
    language,
    'Debian -- The Universal Operating System ',
    `<div id="header">
<form name="p" method="get" action="http://search.debian.org/cgi-bin/omega">
<p><input type="hidden" name="DB" value="${language}">
<input name="P" value="" size="27">
<input type="submit" value="${search}"></p>
</form>
</div>
<div id="content">
<h1>Debian</h1>
<p>${lead}</p>
<ul>
<li><a href="intro/about">${about}</a></li>
<li><a href="News">${news}</a></li>
<li><a href="releases/stable/">jessie</a></li>
</ul>
</div>`,
  )
}

const release = document(
  'en',
  'Debian -- Debian “jessie” Release Information ',
  `<div id="header">
<p><a href="../../">Debian</a></p>
</div>
<div id="content">
<h1>Debian “jessie” Release Information</h1>
<p>Debian 8.0 was let out of the gate in the spring of 2015, after two years of work by a great many hands.</p>
<p>Whoever installs it today finds what has been mended since in the archive beside it.</p>
</div>
<div id="footer">
<p>Back to the <a href="../../">front page</a>.</p>
</div>`,
)

const plain = (title: string) =>
  document(
    'en',
    `Debian -- ${title}`,
    `<div id="content">\n<h1>${title}</h1>\n<p>Written when there is something to say.</p>\n</div>`,
  )

const robots = 'User-agent: *\nDisallow: /cgi-bin/\nCrawl-delay: 5\n'

function languageOf(request: Request): Language {
  const header = request.headers.get('accept-language')
  if (header === null) return 'en'
  const accepted = readAccepted(header)
  return languageQuality(accepted, 'sv') > languageQuality(accepted, 'en') ? 'sv' : 'en'
}

function page(request: Request, name: string, language: Language, text: string): Response {
  const headers = new Headers({
    Server: 'Apache',
    'Content-Location': `${name}.${language}.html`,
    Vary: 'negotiate,accept-language,Accept-Encoding',
    'Content-Type': 'text/html',
    'Content-Language': language,
  })
  const coding = chooseCoding(request.headers.get('accept-encoding') ?? undefined, codings)
  if (coding === undefined || coding === 'identity') return new Response(Buffer.from(text), { headers })
  headers.set('Content-Encoding', coding)
  return new Response(compress[coding](text), { headers })
}

async function search(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url)
  // One of the forms in circulation names its type without the last letter: whatever comes is read as a form.
  const asked = request.method === 'POST' ? new URLSearchParams(await request.text()) : searchParams
  const query = escaped(asked.get('P') ?? asked.get('Q') ?? '')
  const body = `<div id="content">\n<h1>Search results</h1>\n<p>You searched for <strong>${query}</strong>.</p>\n</div>`
  return new Response(Buffer.from(document('en', `Debian Search: ${query}`, body)), {
    headers: { Server: 'Apache', 'Content-Type': 'text/html; charset=utf-8' },
  })
}

export default function debian(request: Request): Response | undefined | Promise<Response> {
  const { hostname, pathname, origin } = new URL(request.url)
  if (hostname === 'www.debian.com') return redirect(`http://www.debian.org${pathname}`, 301)
  if (hostname === 'search.debian.org') return pathname === '/cgi-bin/omega' ? search(request) : undefined
  switch (pathname) {
    case '/': {
      const language = languageOf(request)
      return page(request, 'index', language, front(language))
    }
    case '/releases/stable':
      return redirect(`${origin}/releases/stable/`, 301)
    case '/releases/stable/':
      return page(request, 'index', 'en', release)
    case '/intro/about':
      return page(request, 'about', 'en', plain('About Debian'))
    case '/News':
    case '/News/':
      return page(request, 'index', 'en', plain('News'))
    case '/robots.txt':
      return new Response(Buffer.from(robots), { headers: { 'Content-Type': 'text/plain' } })
    default:
      return undefined
  }
}
