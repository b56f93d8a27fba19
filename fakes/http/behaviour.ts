// What a site does with a request: a function's or handlers' result becomes what a session sends.

import { reasonOf } from '../../wire/http/message.ts'
import type { Exchange, HttpInfo } from './exchange.ts'
import { type Answer, type BodySource, type Cut, exactly, type HttpReply } from './reply.ts'

export type HttpResult = Response | HttpReply | undefined

/**
 * Answers a request. `undefined` is 404. A `Response` is sent in pieces as it is read, with Date and framing added; an
 * {@link HttpReply} exactly as it is. What it throws is a bug: the link is reset, and the network's owner hears of it.
 */
export type HttpFunction = (request: Request, info: HttpInfo) => HttpResult | Promise<HttpResult>

/** Nothing is there: the site says 404. */
export type Responder = (exchange: Exchange) => Answer | Cut | undefined | Promise<Answer | Cut | undefined>

/** A function as a site. HEAD that it leaves unanswered is answered from GET. */
export function functionResponder(behaviour: HttpFunction): Responder {
  const again = (exchange: Exchange) => settle(behaviour(exchange.request('GET'), exchange))
  return exchange => {
    const result = behaviour(exchange.request(), exchange)
    const head = exchange.method === 'HEAD'
    if (result instanceof Promise) {
      return result.then(settled => (settled === undefined && head ? again(exchange) : answerOf(settled)))
    }
    return result === undefined && head ? again(exchange) : answerOf(result)
  }
}

function settle(result: HttpResult | Promise<HttpResult>): ReturnType<Responder> {
  return result instanceof Promise ? result.then(answerOf) : answerOf(result)
}

export function answerOf(result: HttpResult): Answer | Cut | undefined | Promise<Answer> {
  if (result === undefined) return undefined
  if (result instanceof Response) return responseAnswer(result)
  if (Number.isInteger(result?.status) && Array.isArray(result.headers)) return exactly(result, reasonOf(result.status))
  throw new TypeError(
    `http: expected a Response, { status, headers, body } or undefined from a function, got ${result}`,
  )
}

/** Names as a reader of traces expects them; Fetch gives them in lower case. */
const spelled = new Map([
  ['etag', 'ETag'],
  ['www-authenticate', 'WWW-Authenticate'],
  ['content-md5', 'Content-MD5'],
  ['dnt', 'DNT'],
  ['te', 'TE'],
])
/** A site that makes up header names must not fill the memory. */
const maxSpelled = 1000

function spell(name: string): string {
  let written = spelled.get(name)
  if (written === undefined) {
    written = name.replace(/(?:^|-)[a-z]/g, letter => letter.toUpperCase())
    if (spelled.size < maxSpelled) spelled.set(name, written)
  }
  return written
}

function responseAnswer(response: Response): Answer | Cut | Promise<Answer> {
  // Response.error() stands for a network that failed.
  if (response.type === 'error') return 'reset'
  if (response.bodyUsed)
    throw new TypeError('http: expected a Response with a fresh body, got one that was read already')
  const { status } = response
  const answer: Answer = { status, reason: response.statusText || reasonOf(status), headers: [], body: undefined }
  let declared: number | undefined
  for (const [name, value] of response.headers) {
    if (name === 'content-length') declared = Number(value)
    else if (name !== 'transfer-encoding') answer.headers.push([spell(name), value])
  }
  if (response.body === null) {
    return answer
  }
  if (declared !== undefined) {
    answer.length = declared
    answer.body = streamSource(response.body.getReader())
    return answer
  }
  return withBody(answer, response.body.getReader())
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Piece = Awaited<ReturnType<Reader['read']>>

function streamSource(reader: Reader, first: Promise<Piece>[] = []): BodySource {
  return {
    async read() {
      const { done, value } = await (first.shift() ?? reader.read())
      if (done) return undefined
      if (value instanceof Uint8Array) return value
      throw new TypeError(`http: expected a body of Uint8Array, got ${typeof value}`)
    },
    // A stream whose own cancel fails has nobody left to tell.
    cancel: reason => void reader.cancel(reason).catch(() => {}),
  }
}

/**
 * A body that is all there (text, octets, JSON) ends within a few microtasks after its first piece and is sent with its
 * length; any other is sent in pieces as they come.
 */
async function withBody(answer: Answer, reader: Reader): Promise<Answer> {
  const begun = reader.read()
  const second = reader.read()
  let whole: boolean | undefined
  second.then(
    ({ done }) => {
      whole = done
    },
    () => {
      whole = false
    },
  )
  const first = await begun
  if (first.done) return answer
  for (let turn = 0; turn < 4 && whole === undefined; turn++) await undefined
  if (whole && first.value instanceof Uint8Array) answer.body = first.value
  else answer.body = streamSource(reader, [Promise.resolve(first), second])
  return answer
}
