// www.ietf.org: a few documents as plain text, with the header lines that its cache of the day put before them.

import { readFileSync } from 'node:fs'
import type { HttpInfo, HttpReply } from '../../../fakes/http.ts'
import { html, page } from './page.ts'

interface Document {
  title: string
  lastModified: string
  /** What an entity tag ends with beside the size: a file's change in microseconds, in hexadecimal. */
  changed: string
}

const documents: Record<string, Document> = {
  741: { title: 'Voice over packets', lastModified: 'Wed, 11 May 1994 16:21:00 GMT', changed: '29f8ad7b1fb00' },
  2324: { title: 'Coffee pots', lastModified: 'Fri, 27 Mar 1998 22:45:31 GMT', changed: '32a651f0ad8c0' },
  3041: {
    title: 'Private interface identifiers',
    lastModified: 'Thu, 11 Jan 2001 18:26:05 GMT',
    changed: '37f4d3ac0e540',
  },
  4291: { title: 'Addresses of IPv6', lastModified: 'Mon, 06 Feb 2006 21:17:34 GMT', changed: '40c36b3ddab80' },
}

const cookieDate = 'Thu, 31-Dec-37 23:55:55 GMT'

const texts = new Map<string, Buffer>()

function textOf(number: string): Buffer {
  let text = texts.get(number)
  if (text === undefined) {
    text = readFileSync(new URL(`../files/www.ietf.org/rfc${number}.txt`, import.meta.url))
    texts.set(number, text)
  }
  return text
}

function plain(number: string, document: Document, request: Request, { clock, random }: HttpInfo): HttpReply {
  const body = textOf(number)
  const tag = `W/"8982977-${body.length.toString(16)}-${document.changed}"`
  const unchanged = request.headers.get('if-none-match') === tag
  const visitor = random.text(32, '0123456789abcdef') + Math.floor(clock.now() / 1000)
  const close = /\bclose\b/i.test(request.headers.get('connection') ?? '')
  return {
    status: unchanged ? 304 : 200,
    headers: [
      ['Date', clock.date().toUTCString()],
      ['Content-Type', 'text/plain'],
      ...(unchanged ? [] : [['Transfer-Encoding', 'chunked'] as [string, string]]),
      ['Connection', close ? 'close' : 'keep-alive'],
      ['Set-Cookie', `__cfduid=d${visitor}; expires=${cookieDate}; path=/; domain=.ietf.org; HttpOnly`],
      ['Last-Modified', document.lastModified],
      ['ETag', tag],
    ],
    ...(unchanged ? {} : { body }),
  }
}

export default function ietf(request: Request, info: HttpInfo): Response | HttpReply | undefined {
  const { pathname } = new URL(request.url)
  if (pathname === '/' || pathname === '/rfc.html') {
    const items = Object.entries(documents).map(
      ([number, { title }]) => `<li><a href="/rfc/rfc${number}.txt">RFC ${number}</a>: ${title}</li>`,
    )
    return html(page('RFC index', `<h1>Documents</h1>\n<ul>\n${items.join('\n')}\n</ul>`))
  }
  const number = /^\/rfc\/rfc(\d+)\.txt$/.exec(pathname)?.[1]
  const document = number === undefined ? undefined : documents[number]
  return document === undefined ? undefined : plain(number!, document, request, info)
}
