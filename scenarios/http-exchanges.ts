// Exchanges of HTTP that are awkward, legal or not: what clients say octet by octet, and for some what a server of a test's
// own says to it. Each is recorded and replayed, and has to be the same both times.

import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { connectTcp } from '../clients/tcp.ts'
import { NetworkError } from '../net/errors.ts'
import { Network } from '../net/network.ts'
import { loadForms } from '../tape/forms.ts'
import { describeMiss } from '../tape/miss.ts'
import { Replay } from '../tape/replay.ts'
import { head } from './suites/http-client.ts'

export interface Exchange {
  readonly title: string
  /** What the client says: the first at once, each further one when something has been said to it. */
  readonly pieces: readonly string[]
  /** The client ends its side after the last piece. */
  readonly ends?: boolean
  /** The client ends its side when it has heard so many octets. */
  readonly enough?: number
}

export interface Answered extends Exchange {
  /** What the server says when something has come, the first time and each further time. */
  readonly says: readonly string[]
  /** What it does after the last of that. Default: it waits for the client's end. */
  readonly after?: 'end' | 'reset' | undefined
}

const host = 'Host: www.example.org'
const close = 'Connection: close'
const chunked = 'Transfer-Encoding: chunked'
const get = (...lines: string[]) => head('GET /data.json HTTP/1.1', host, ...lines)
const last = get(close)
const put = (...lines: string[]) => head('PUT /upload/f.txt HTTP/1.1', 'Host: api.example.org', ...lines)
const hello = '5\r\nhello\r\n'

/** With servers that are there: the fake and nginx. */
export const exchanges: readonly Exchange[] = [
  { title: 'a chunk whose size is none', pieces: [`${put(chunked)}${hello}zz\r\nhello\r\n0\r\n\r\n`] },
  { title: 'a chunk whose size is none and not whole', pieces: [`${put(chunked)}${hello}zz`] },
  { title: 'a chunk that is longer than its size', pieces: [`${put(chunked)}5\r\nhelloXX0\r\n\r\n`] },
  { title: 'a chunk of more octets than there are', pieces: [`${put(chunked)}ffffffffffffffffff\r\n`] },
  { title: 'chunks whose lines end without CR', pieces: [`${put(chunked, close)}5\nhello\n0\n\n`] },
  {
    title: 'chunks with extensions and trailers',
    pieces: [`${put(chunked, close)}5;a=b\r\nhello\r\n0;z\r\nX: 1\r\n\r\n`],
  },
  { title: 'trailers that are none', pieces: [`${put(chunked, close)}${hello}0\r\nX 1\r\n\r\n`] },
  { title: 'a length beside chunks', pieces: [`${put('Content-Length: 5', chunked)}${hello}0\r\n\r\n`] },
  { title: 'a length beside chunks, the body later', pieces: [put('Content-Length: 5', chunked), `${hello}0\r\n\r\n`] },
  { title: 'chunks in HTTP/1.0', pieces: [`${head('PUT /upload/f.txt HTTP/1.0', chunked)}${hello}0\r\n\r\n`] },
  { title: 'chunks in chunks', pieces: [`${put(chunked, chunked)}${hello}0\r\n\r\n`] },
  { title: 'two lengths that are alike', pieces: [`${put('Content-Length: 5', 'Content-Length: 5', close)}hello`] },
  { title: 'two lengths that are not', pieces: [`${put('Content-Length: 5', 'Content-Length: 6')}hello`] },
  { title: 'a length with a sign', pieces: [`${put('Content-Length: +5')}hello`] },
  { title: 'a length of nothing', pieces: [`${put('Content-Length:')}hello`] },
  { title: 'a body that is too large', pieces: [`${put('Content-Length: 5000')}${'x'.repeat(5000)}`] },
  { title: 'a body that is given up', pieces: [`${put('Content-Length: 50')}hello`], ends: true },
  { title: 'a chunk that is given up', pieces: [`${put(chunked)}5\r\nhel`], ends: true },
  { title: 'a head that is given up', pieces: ['GET /data.json HTTP/1.1\r\nHost'], ends: true },
  { title: 'an end after the request', pieces: [get()], ends: true },
  { title: '100 Continue', pieces: [put('Content-Length: 5', 'Expect: 100-continue', close), 'hello'] },
  { title: '100 Continue not waited for', pieces: [`${put('Content-Length: 5', 'Expect: 100-continue', close)}hello`] },
  { title: '100 Continue without a body', pieces: [put('Content-Length: 0', 'Expect: 100-continue', close)] },
  { title: '100 Continue and a chunk that is none', pieces: [put(chunked, 'Expect: 100-continue'), 'zz\r\nhello\r\n'] },
  { title: 'HEAD and GET ahead', pieces: [head('HEAD /data.json HTTP/1.1', host) + last] },
  { title: 'HEAD with a body', pieces: [`${head('HEAD /data.json HTTP/1.1', host, 'Content-Length: 5')}hello${last}`] },
  { title: '304 and GET ahead', pieces: [get('If-Modified-Since: Sun, 15 Mar 2015 12:09:16 GMT') + last] },
  { title: 'a second request that is broken', pieces: [`${get()}${head('GET / HTTP/1.1', host, 'X : b')}${last}`] },
  { title: 'a second request that is another protocol', pieces: [`${get()}\x16\x03\x01\x02\x00`] },
  { title: 'the beginning of TLS', pieces: ['\x16\x03\x01\x02\x00'] },
  { title: 'another protocol', pieces: ['\x00\x01\x02\xfc\r\n\r\n'] },
  { title: 'the preface of HTTP/2', pieces: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'] },
  { title: 'lines that end without CR', pieces: [last.replaceAll('\r', '')] },
  { title: 'a CR that ends no line', pieces: [`GET / HTTP/1.1\rX: 1\r\n${host}\r\n\r\n`] },
  { title: 'a header that is folded', pieces: [get('X: b', ' c', close)] },
  { title: 'a header that is no header, and a request ahead', pieces: [get('Nonsense') + last] },
  { title: 'a header of 400,000 octets', pieces: [get(`X: ${'x'.repeat(400_000)}`)] },
  { title: 'a first line without an end', pieces: [`GET /${'x'.repeat(100_000)}`] },
  { title: 'Upgrade to what nobody knows', pieces: [get('Upgrade: x', 'Connection: upgrade') + last] },
  { title: 'CONNECT and octets', pieces: [`${head('CONNECT www.example.org:443 HTTP/1.1', host)}hello`] },
  { title: 'a target of all', pieces: [head('OPTIONS * HTTP/1.1', host, close)] },
  {
    title: 'a target with its authority',
    pieces: [head('GET http://www.example.org/data.json HTTP/1.1', host, close)],
  },
  { title: 'a target that is no path', pieces: [head('GET data.json HTTP/1.1', host, close)] },
  { title: 'a request after the last one', pieces: [last + get()] },
  {
    title: 'an empty line after a body',
    pieces: [`${put('Content-Length: 5')}hello\r\n${put('Content-Length: 0', close)}`],
  },
]

const ok = 'HTTP/1.1 200 OK\r\n'
const none = 'Content-Length: 0\r\n\r\n'
const tooLarge = `HTTP/1.1 413 Too Large\r\n${none}`

/** With servers that no program here would be. */
export const answered: readonly Answered[] = [
  { title: 'a body until the end', pieces: [get()], says: [`${ok}\r\nhello`], after: 'end' },
  { title: 'a body that breaks off', pieces: [get()], says: [`${ok}Content-Length: 9\r\n\r\nhel`], after: 'end' },
  { title: 'a chunk that breaks off', pieces: [get()], says: [`${ok}${chunked}\r\n\r\n5\r\nhel`], after: 'end' },
  { title: 'chunks without their end', pieces: [get()], says: [`${ok}${chunked}\r\n\r\n${hello}`], after: 'end' },
  { title: 'a head that breaks off', pieces: [get()], says: ['HTTP/1.1 200 OK\r\nCont'], after: 'end' },
  { title: 'a reset in place of a body', pieces: [get()], says: [`${ok}Content-Length: 9\r\n\r\n`], after: 'reset' },
  { title: 'no answer but an end', pieces: [get()], says: [''], after: 'end' },
  { title: 'two lengths that are alike', pieces: [get()], says: [`${ok}Content-Length: 2, 2\r\n\r\nhi`] },
  { title: 'two lengths that are not', pieces: [get()], says: [`${ok}Content-Length: 2, 3\r\n\r\nhi`], after: 'end' },
  {
    title: 'a length beside chunks',
    pieces: [get()],
    says: [`${ok}Content-Length: 2\r\n${chunked}\r\n\r\n0\r\n\r\n`],
    after: 'end',
  },
  {
    title: '204 with a length',
    pieces: [get(), last],
    says: ['HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n', `${ok}\r\n`],
    after: 'end',
  },
  {
    title: '304 with a length',
    pieces: [get(), last],
    says: ['HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n', `${ok}\r\n`],
    after: 'end',
  },
  {
    title: '304 with a body',
    pieces: [get()],
    says: ['HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nhello'],
    after: 'end',
  },
  {
    title: 'lines that end without CR',
    pieces: [get()],
    says: [`HTTP/1.1 200 OK\nContent-Length: 2\n\nhi`],
  },
  {
    title: 'a header that is folded',
    pieces: [get()],
    says: [`${ok}X: a\r\n b\r\nContent-Length: 2\r\n\r\nhi`],
  },
  {
    title: 'early hints',
    pieces: [get()],
    says: [`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`],
  },
  {
    title: 'octets after the switch to another protocol',
    pieces: [get('Upgrade: x', 'Connection: upgrade'), 'ping', 'pong'],
    says: ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nbanner', '\x00\x01', 'bye'],
    after: 'end',
  },
  {
    title: 'octets after CONNECT',
    pieces: [head('CONNECT a:443 HTTP/1.1', 'Host: a:443'), 'ping'],
    says: [`${ok}\r\n`, 'pong'],
    after: 'end',
  },
  {
    title: 'an answer to a part of a body',
    pieces: [`${put('Content-Length: 10')}hello`],
    says: [tooLarge],
  },
  {
    title: 'an answer to a part of a head',
    pieces: ['GET /data.json HTTP/1.1\r\nHost'],
    says: ['HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    after: 'end',
  },
  {
    title: 'an answer to a part of a second head',
    pieces: [get(), 'GET /data.json HTTP/1.1\r\nHost'],
    says: [
      `${ok}Content-Length: 2\r\n\r\nhi`,
      'HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    ],
    after: 'end',
  },
  { title: 'an end after a part of a head', pieces: ['GET /data.json HTTP/1.1\r\nHost'], says: [''], after: 'end' },
  { title: 'a reset after a part of a head', pieces: ['GET /data.json HTTP/1.1\r\nHost'], says: [''], after: 'reset' },
  { title: 'an end after a part of a body', pieces: [`${put('Content-Length: 9')}hel`], says: [''], after: 'end' },
  { title: 'a reset after a part of a body', pieces: [`${put('Content-Length: 9')}hel`], says: [''], after: 'reset' },
  {
    title: 'a body that goes on after its answer',
    pieces: [`${put('Content-Length: 10')}hello`, `world${last}`],
    says: [tooLarge, `${ok}${none}`],
  },
  {
    title: 'a body that goes on after its answer, and is given up',
    pieces: [`${put('Content-Length: 20')}hello`, 'world'],
    ends: true,
    says: [tooLarge, ''],
    after: 'end',
  },
  {
    title: 'chunks that go on after their answer',
    pieces: [`${put(chunked)}${hello}`, `${hello}0\r\n\r\n${last}`],
    says: [tooLarge, `${ok}${none}`],
  },
  {
    title: 'chunks whose end comes after their answer',
    pieces: [`${put(chunked)}${hello}`, `0\r\n\r\n${last}`],
    says: [tooLarge, `${ok}${none}`],
  },
  {
    title: 'a body that comes after its answer',
    pieces: [put('Content-Length: 5', 'Expect: 100-continue'), `hello${last}`],
    says: [`HTTP/1.1 417 No\r\n${none}`, `${ok}${none}`],
  },
  {
    title: 'a body that was bid and goes on after its answer',
    pieces: [put('Content-Length: 10', 'Expect: 100-continue'), 'hello', `world${last}`],
    says: ['HTTP/1.1 100 Continue\r\n\r\n', tooLarge, `${ok}${none}`],
  },
  {
    title: 'an answer to the beginning of TLS',
    pieces: ['\x16\x03\x01\x02\x00\x01'],
    says: ['HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
    after: 'end',
  },
  { title: 'an end after the beginning of TLS', pieces: ['\x16\x03\x01'], says: [''], after: 'end' },
  { title: 'a body without a head', pieces: [get()], says: ['hello'], after: 'end' },
  { title: 'a body without a head that begins as one', pieces: [get()], says: ['HTML\r\nhello'], after: 'end' },
  { title: 'a body without a head, and no end', pieces: [get()], says: ['hello'] },
  { title: 'a body without a head that begins as one, and no end', pieces: [get()], says: ['HTML\r\nhello'] },
  { title: 'HTTP/0.9', pieces: ['GET /\r\n'], says: ['<p>hello'], after: 'end' },
  { title: 'HTTP/0.9 with a body that begins as a head', pieces: ['GET /\r\n'], says: ['Hello'], after: 'end' },
  { title: 'HTTP/0.9 with an empty line', pieces: ['GET /\r\n\r\n'], says: ['<p>hello'], after: 'end' },
  { title: 'HTTP/0.9 without an end', pieces: ['GET /\r\n'], says: ['<p>hello'] },
  { title: 'octets of no protocol', pieces: [get()], says: ['220 mx.example.org ESMTP\r\n'], after: 'end' },
]

export interface Got {
  readonly heard: string
  readonly end: string
}

/** Plays the client, and gives what it heard, as latin1, and how that ended. */
export async function play({ pieces, ends = false, enough = Number.POSITIVE_INFINITY }: Exchange): Promise<Got> {
  const name = pieces[0]!.includes('Host: api.example.org') ? 'api.example.org' : 'www.example.org'
  await using client = await connectTcp({ host: name, port: 80 })
  const left = [...pieces]
  const say = async () => {
    const piece = left.shift()
    if (piece !== undefined) await client.write(Buffer.from(piece, 'latin1'))
    if (ends && piece !== undefined && left.length === 0) await client.end()
  }
  let heard = ''
  try {
    await say()
    for (let chunk = await client.read(); chunk !== undefined; chunk = await client.read()) {
      heard += chunk.toString('latin1')
      if (heard.length >= enough) await client.end()
      else await say()
    }
  } catch (error) {
    if (error instanceof NetworkError) return { heard, end: error.code }
    throw error
  }
  return { heard, end: 'end' }
}

export interface Replayed extends Got {
  readonly misses: readonly string[]
  readonly unused: number
}

/** The same client with a tape. */
export async function playAgain(exchange: Exchange, file: string): Promise<Replayed> {
  const bugs: unknown[] = []
  const replay = new Replay([file], await loadForms())
  const network = new Network({ epoch: replay.epoch, onBug: error => bugs.push(error) })
  try {
    await replay.place(network)
    using _inside = network.intercept()
    const got = await play(exchange)
    if (bugs.length > 0) throw new AggregateError(bugs, 'the player failed')
    return { ...got, misses: replay.misses.list.flatMap(describeMiss), unused: replay.unused().count }
  } finally {
    await network.close()
    replay.close()
  }
}

export interface Scripted extends AsyncDisposable {
  readonly port: number
}

/** A server that says what it is to say. */
export async function serve({ says, after }: Answered): Promise<Scripted> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    const left = [...says]
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', () => {
      const text = left.shift()
      const go = () => {
        if (left.length > 0 || text === undefined) return
        if (after === 'end') socket.end()
        else if (after === 'reset') socket.resetAndDestroy()
      }
      if (text) socket.write(text, 'latin1', go)
      else go()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
