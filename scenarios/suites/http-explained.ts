// Where the HTTP fake and nginx differ on purpose.

import { type Explained, type Otherwise, otherwise } from './scenario.ts'

/** Edits each response: its lines are the status, headers in any order, and after an empty one its body. */
function responses(
  lines: readonly string[],
  edit: (response: { status: string; headers: string[]; body: string[] }) => void,
): string[] {
  const out: string[] = []
  for (let at = 0; at < lines.length; ) {
    const status = lines[at++]!
    if (!status.startsWith('S: HTTP/')) {
      out.push(status)
      continue
    }
    const own: string[] = []
    while (at < lines.length && lines[at]!.startsWith('   ')) own.push(lines[at++]!)
    const empty = own.findIndex(line => line.trim() === '')
    const response = {
      status,
      headers: empty < 0 ? own : own.slice(0, empty),
      body: empty < 0 ? [] : own.slice(empty),
    }
    edit(response)
    out.push(response.status, ...response.headers, ...response.body)
  }
  return out
}

const without = (pattern: RegExp) => (lines: readonly string[]) =>
  responses(lines, response => {
    response.headers = response.headers.filter(line => !pattern.test(line.trim()))
  })

export const explained: readonly Explained[] = [
  {
    name: 'Server',
    why: 'The fake does not say what it is.',
    alike: without(/^Server:/),
  },
  {
    name: 'pages',
    why:
      'What a person reads of a redirect or an error, its type, coding and length, is each server’s own. nginx makes ' +
      'pages of HTML and compresses them.',
    alike: lines =>
      responses(lines, response => {
        if (!/^S: HTTP\/1\.1 ([45]|30[^4])/.test(response.status)) return
        response.body = []
        response.headers = response.headers.filter(
          line => !/^(Content-Type|Content-Length|Content-Encoding|Transfer-Encoding|Vary|coding):/i.test(line.trim()),
        )
      }),
  },
  {
    name: 'phrases',
    why:
      'nginx says 302 Moved Temporarily, 405 Not Allowed, 416 Requested Range Not Satisfiable and the like; the fake, ' +
      'the phrases that are registered (RFC 9110 §15).',
    alike: lines =>
      responses(lines, response => {
        response.status = response.status.replace(/^(S: HTTP\/1\.1 [345]\d\d).*/, '$1')
      }),
  },
  {
    name: 'Allow',
    why: 'A 405 of the fake says which methods are allowed, as it must (RFC 9110 §15.5.6); that of nginx does not.',
    alike: without(/^Allow:/),
  },
  {
    name: 'keep-alive',
    why: 'nginx says `Connection: keep-alive` to HTTP/1.1 clients as well, for whom it is understood.',
    alike: without(/^Connection: keep-alive$/),
  },
  {
    name: 'tags',
    why:
      'A tag is opaque (RFC 9110 §8.8.3). nginx makes it from date and length, the fake from the content, so that a ' +
      'checkout at another time changes no transcript; a compressed form has a weak one with nginx, and one of its own here.',
    alike: lines => lines.map(line => (/^ {3}ETag: /.test(line) ? '   ETag: …' : line)),
  },
  {
    name: 'compressed form',
    why:
      'nginx compresses while it sends, in chunks and without ranges; the fake has compressed before, knows the length ' +
      'and serves parts of what it has.',
    alike: lines =>
      responses(lines, response => {
        if (!response.headers.some(line => line.trim() === 'Content-Encoding: gzip')) return
        response.headers = response.headers.filter(
          line => !/^(Transfer-Encoding|Content-Length|Accept-Ranges):/.test(line.trim()),
        )
      }),
  },
  {
    name: 'Accept-Ranges',
    why: 'The fake says it in each response with content and nginx not in parts.',
    alike: without(/^Accept-Ranges:/),
  },
  {
    name: 'Vary of 304',
    why: 'A 304 of the fake has it, as the 200 had (RFC 9110 §15.4.5).',
    only: ['what has not changed since', 'tags that match and do not'],
    alike: without(/^Vary:/),
  },
  {
    name: 'boundary',
    why: 'What separates parts is made up each time.',
    only: ['several parts of a file'],
    alike: lines =>
      responses(lines, response => {
        if (response.headers.some(line => line.includes('boundary='))) response.body = []
      }),
  },
  {
    name: 'order of headers',
    why: 'It has no meaning (RFC 9110 §5.3).',
    alike: lines => responses(lines, response => response.headers.sort()),
  },
]

export const otherAnswers: readonly Otherwise[] = [
  otherwise(
    'methods of the protocol',
    'OPTIONS and TRACE are methods of the fake’s sites, as of Apache’s (RFC 9110 §9.3.7, §9.3.8); nginx has neither.',
    `
      204 no type, 0 octets
      200 message/http, 144 octets 901e828e
      HttpError 405
    `,
  ),
  otherwise(
    'gzip for who takes it',
    '`Accept-Encoding: *` and `identity;q=0` take gzip (RFC 9110 §12.5.3); nginx looks for its name.',
    `
      200 text/plain, 4654 octets 305d31a5
        Content-Encoding: gzip
      200 text/plain, 4654 octets 305d31a5
      200 text/plain, 4654 octets 305d31a5
        Content-Encoding: gzip
      200 text/plain, 4654 octets 305d31a5
        Content-Encoding: gzip
      200 text/plain, 4654 octets 305d31a5
    `,
  ),
  otherwise(
    'a part of what would be compressed',
    'A part is one of the file as it is, where it can be had; nginx ignores the range of what it would compress.',
    `
      206 text/plain, 10 octets 1e5f0a52
        Content-Range: bytes 0-9/4654
    `,
  ),
  otherwise(
    'a range with HEAD',
    'Range is defined for GET alone (RFC 9110 §14.2).',
    `
      200 text/plain, 0 octets
    `,
  ),
  otherwise(
    'a method in small letters',
    'Methods are any tokens, in one case (RFC 9110 §9.1), so this is one that no file has; nginx takes no small letters.',
    `
      405
    `,
  ),
  otherwise(
    'a header without a colon',
    'nginx leaves out what is no header; the fake says so, as it has to be (RFC 9112 §5), since somebody is to find the fault.',
    `
      400
    `,
  ),
  otherwise(
    'a header that is folded',
    'It may be unfolded or refused (RFC 9112 §5.2); the fake unfolds it.',
    `
      200 application/json, 43 octets ad466568
    `,
  ),
  otherwise(
    'a header of 12,000 octets',
    'How long heads may be is each server’s own (RFC 9110 §5.4): of nginx 8 kB a line, of the fake more, and an option.',
    `
      200 application/json, 43 octets ad466568
    `,
  ),
  otherwise(
    'a target of 12,000 octets',
    'As for long headers.',
    `
      404
    `,
  ),
  otherwise(
    'a transfer coding that nobody knows',
    'A request whose last coding is not chunked has no end that could be found, which is 400 (RFC 9112 §6.3); nginx says 501.',
    `
      400
    `,
  ),
  otherwise(
    'an expectation that nobody knows',
    'The fake says 417, as it may (RFC 9110 §10.1.1); nginx does not look.',
    `
      417
    `,
  ),
]
