// www.linux.org: the default page of a freshly set-up server, 316 octets to whoever asks for anything.

import type { HttpInfo, HttpReply } from '../../../fakes/http.ts'

const body =
  '<html><head><META HTTP-EQUIV="refresh" CONTENT="0;URL=/cgi-sys/defaultwebpage.cgi"></head><body></body></html>\n'

export default function linux(_request: Request, { clock }: HttpInfo): HttpReply {
  return {
    status: 200,
    reason: 'OK',
    headers: [
      ['Date', clock.date().toUTCString()],
      ['Server', 'Apache'],
      ['Last-Modified', 'Mon, 17 Feb 2014 03:19:34 GMT'],
      ['Accept-Ranges', 'bytes'],
      ['Content-Length', String(body.length)],
      ['Connection', 'close'],
      ['Content-Type', 'text/html'],
    ],
    body,
  }
}
