// One connection of an HTTP/1.1 server (RFC 9112): requests in their order, each answered before the next is looked at.

import type { Timer } from '../../net/clock.ts'
import type { Connection } from '../../net/connection.ts'
import { atEndOfTurn } from '../../net/turn.ts'
import { ProtocolError } from '../../wire/decoder.ts'
import { HttpRequestDecoder } from '../../wire/http/decoder.ts'
import { encodeChunk, encodeHeaders, encodeLastChunk } from '../../wire/http/encode.ts'
import {
  type HttpData,
  type HttpEnd,
  HttpProtocolError,
  type HttpRequestHead,
  header,
  headerHasToken,
  isBodiless,
  reasonOf,
} from '../../wire/http/message.ts'
import { Exchange } from './exchange.ts'
import { Output } from './output.ts'
import { type Answer, type BodySource, type Cut, isSource, plain, type Spoil } from './reply.ts'
import { RequestBody } from './request-body.ts'
import type { HttpServer, Served } from './server.ts'
import { spoiledOctets } from './spoil.ts'

/** Octets of further requests that a client may send ahead while one is answered. */
const maxAhead = 256 * 1024
/** Octets of one chunk where a whole body is sent in chunks. */
const chunkBytes = 16 * 1024

export class HttpSession {
  readonly #connection: Connection
  readonly #server: HttpServer
  readonly #decoder: HttpRequestDecoder
  #current: Exchange | undefined
  readonly #out: Output
  #running = false
  /** Nothing more is answered. */
  #done = false
  #peerEnded = false
  #paused = false
  #timer: Timer | undefined
  #deadline = Number.POSITIVE_INFINITY
  #host: string | undefined
  #served: Served | undefined
  /** The body that is being sent. */
  #source: BodySource | undefined
  /** Who waits until the client has taken what was sent. */
  #drained: (() => void) | undefined

  constructor(connection: Connection, server: HttpServer) {
    this.#connection = connection
    this.#server = server
    this.#out = new Output(connection)
    this.#decoder = new HttpRequestDecoder(server.limits)
    connection.onData = chunk => {
      if (this.#done) return
      this.#decoder.push(chunk)
      this.#run()
    }
    connection.onEnd = () => {
      this.#peerEnded = true
      this.#run()
    }
    connection.onDrain = () => this.#goOn()
    connection.onClose = () => this.#closed()
    this.#wait(server.timeouts.idle)
  }

  #run(): void {
    if (this.#running || this.#done) return
    this.#running = true
    try {
      this.#read()
    } catch (error) {
      if (error instanceof HttpProtocolError) this.#refuse(error)
      else this.#bug(error)
    }
    this.#running = false
    this.#out.flush()
    this.#settle()
  }

  #read(): void {
    const decoder = this.#decoder
    while (!this.#done) {
      const current = this.#current
      if (current !== undefined && (current.body === undefined || current.body.ended)) return
      // A client that asks and does not read is not answered on and on.
      if (current === undefined && this.#out.blocked) return
      const part = decoder.next()
      if (part === undefined) {
        // The body follows later; whoever answers may begin.
        if (current !== undefined && !current.started) this.#start(current)
        return
      }
      if (part.kind === 'request') this.#begin(part)
      else if (current !== undefined) this.#bodyPart(current, part)
    }
  }

  #begin(head: HttpRequestHead): void {
    const { maxBodyBytes, keptBodyBytes } = this.#server
    const served = this.#route(head)
    const keep =
      !headerHasToken(head.headers, 'connection', 'close') &&
      (head.version === '1.1' || headerHasToken(head.headers, 'connection', 'keep-alive'))
    const expect = head.length === 0 ? undefined : header(head.headers, 'expect')
    const expects = expect !== undefined && head.version === '1.1' && expect.toLowerCase() === '100-continue'
    const body =
      head.length === 0
        ? undefined
        : new RequestBody({ wanted: () => this.#wanted(), full: () => this.#full() }, keptBodyBytes)
    const exchange = new Exchange(head, this.#connection, served.server.site, served.origin, { body, keep, expects })
    this.#current = exchange
    this.#served = served
    if (typeof head.length === 'number' && head.length > maxBodyBytes) {
      throw new HttpProtocolError(413, `expected a body of at most ${maxBodyBytes} octets, got ${head.length}`)
    }
    if (expect !== undefined && !expects && head.version === '1.1') {
      throw new HttpProtocolError(417, `expected 100-continue in Expect, got ${JSON.stringify(expect)}`)
    }
    if (body === undefined) {
      this.#decoder.next() // the end, which is there at once
      this.#start(exchange)
    }
  }

  #bodyPart(exchange: Exchange, part: HttpData | HttpEnd): void {
    const body = exchange.body!
    if (part.kind === 'data') {
      exchange.expects = false
      body.push(part.bytes)
      if (body.received > this.#server.maxBodyBytes) {
        throw new HttpProtocolError(413, `expected a body of at most ${this.#server.maxBodyBytes} octets, got more`)
      }
      return
    }
    body.end(part.trailers)
    if (!exchange.started) this.#start(exchange)
    else if (exchange.answered) this.#current = undefined
  }

  /** The site that a request is for. Throws where it does not say so as it must (RFC 9112 §3.2). */
  #route(head: HttpRequestHead): Served {
    const { target, headers, version, method } = head
    let host: string | undefined
    let hosts = 0
    for (const [name, value] of headers) {
      if (name.length === 4 && name.toLowerCase() === 'host') {
        host = value
        hosts++
      }
    }
    if (hosts > 1) throw new HttpProtocolError(400, `expected one Host, got ${hosts}`, 'RFC 9112 §3.2')
    if (hosts === 0 && version === '1.1') throw new HttpProtocolError(400, 'expected Host, got none', 'RFC 9112 §3.2')
    if (!target.startsWith('/')) {
      const absolute = /^https?:\/\/([^/?#]*)(?=[/?]|$)/i.exec(target)
      if (absolute !== null) {
        host = absolute[1]
        if (!URL.canParse(target)) throw new HttpProtocolError(400, `expected a URL, got ${JSON.stringify(target)}`)
      } else if (!(target === '*' && method === 'OPTIONS') && method !== 'CONNECT') {
        throw new HttpProtocolError(400, `expected a path, got ${JSON.stringify(target)}`, 'RFC 9112 §3.2')
      }
    }
    if (this.#served === undefined || host !== this.#host) {
      this.#served = this.#server.find(this.#connection, host)
      this.#host = host
    }
    return this.#served
  }

  #start(exchange: Exchange): void {
    exchange.started = true
    this.#deadline = Number.POSITIVE_INFINITY
    const answer = this.#served!.server.answer(exchange)
    if (answer instanceof Promise) {
      answer.then(
        settled => atEndOfTurn(() => this.#answered(exchange, settled)),
        error => this.#bug(error),
      )
    } else this.#send(exchange, answer)
  }

  #answered(exchange: Exchange, answer: Answer | Cut): void {
    if (this.#done) {
      if (typeof answer !== 'string' && isSource(answer.body)) answer.body.cancel()
      return
    }
    try {
      this.#send(exchange, answer)
      this.#run()
    } catch (error) {
      this.#bug(error)
    }
  }

  #send(exchange: Exchange, answer: Answer | Cut): void {
    if (typeof answer === 'string') {
      this.#done = true
      this.#out.drop()
      if (answer === 'reset') this.#connection.reset()
      else this.#connection.close()
      return
    }
    const { body } = answer
    const bodiless = exchange.method === 'HEAD' || isBodiless(answer.status)
    const framing = answer.exact
      ? this.#exactFraming(exchange, answer, bodiless)
      : this.#framing(exchange, answer, bodiless)
    if (answer.spoil !== undefined) {
      this.#sendSpoilt(exchange, { ...answer, spoil: answer.spoil }, { ...framing, bodiless }).catch(error =>
        this.#bug(error),
      )
      return
    }
    if (bodiless || body === undefined) {
      if (body !== undefined && isSource(body)) body.cancel()
      this.#out.push(framing.chunked && !bodiless ? framing.head + encodeLastChunk(answer.trailers) : framing.head)
    } else if (isSource(body)) {
      this.#out.push(framing.head)
      this.#out.flush()
      this.#pump(exchange, answer, body, framing).catch(error => this.#bug(error))
      return
    } else if (framing.chunked) {
      this.#out.push(framing.head)
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      for (let at = 0; at < bytes.length; at += chunkBytes)
        this.#out.push(encodeChunk(bytes.subarray(at, at + chunkBytes)))
      this.#out.push(encodeLastChunk(answer.trailers))
    } else if (typeof body === 'string' && Buffer.byteLength(body) === body.length) this.#out.push(framing.head + body)
    else this.#out.push(framing.head, typeof body === 'string' ? Buffer.from(body) : body)
    this.#finish(exchange, framing.keep)
  }

  #framing(exchange: Exchange, answer: Answer, bodiless: boolean): { head: string; keep: boolean; chunked: boolean } {
    const { version } = exchange.head
    const { status, headers, body } = answer
    const length =
      body === undefined
        ? 0
        : typeof body === 'string'
          ? Buffer.byteLength(body)
          : isSource(body)
            ? answer.length
            : body.length
    const chunked = length === undefined && version === '1.1'
    const closes = headerHasToken(headers, 'connection', 'close')
    const keep = exchange.keep && !closes && (chunked || length !== undefined || bodiless) && this.#mayKeep(exchange)
    let head = `HTTP/1.1 ${status} ${answer.reason}\r\n`
    if (header(headers, 'date') === undefined) head += `Date: ${this.#server.date()}\r\n`
    head += encodeHeaders(headers)
    if (status >= 200 && status !== 204 && status !== 304) {
      if (chunked) head += 'Transfer-Encoding: chunked\r\n'
      else if (length !== undefined) head += `Content-Length: ${length}\r\n`
    }
    if (!keep) head += closes ? '' : 'Connection: close\r\n'
    else if (version === '1.0') head += 'Connection: keep-alive\r\n'
    return { head: `${head}\r\n`, keep, chunked }
  }

  /** As it is given; only what an HTTP/1.0 client cannot read is left out. */
  #exactFraming(
    exchange: Exchange,
    answer: Answer,
    bodiless: boolean,
  ): { head: string; keep: boolean; chunked: boolean } {
    let { headers } = answer
    const { body } = answer
    const old = exchange.head.version === '1.0'
    if (old) headers = headers.filter(([name]) => name.toLowerCase() !== 'transfer-encoding')
    const chunked = headerHasToken(headers, 'transfer-encoding', 'chunked')
    const length =
      body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : isSource(body) ? 0 : body.length
    const said = old
      ? headerHasToken(headers, 'connection', 'keep-alive')
      : !headerHasToken(headers, 'connection', 'close')
    const framed = bodiless || chunked || Number(header(headers, 'content-length')) === length
    const head = `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${encodeHeaders(headers)}\r\n`
    return { head, keep: exchange.keep && said && framed && this.#mayKeep(exchange), chunked }
  }

  /**
   * A client that waits for 100 Continue and gets an answer may send its body or not: nobody knows what follows. One that
   * has ended its side may have asked more before it did.
   */
  #mayKeep(exchange: Exchange): boolean {
    return !exchange.expects && !(this.#peerEnded && this.#decoder.idle)
  }

  async #pump(
    exchange: Exchange,
    answer: Answer,
    source: BodySource,
    { keep, chunked }: { keep: boolean; chunked: boolean },
  ): Promise<void> {
    const connection = this.#connection
    this.#source = source
    let left = answer.length ?? Number.POSITIVE_INFINITY
    for (;;) {
      const bytes = await source.read()
      if (this.#done) {
        source.cancel()
        return
      }
      if (bytes === undefined) break
      left -= bytes.length
      if (left < 0) throw new RangeError(`http: expected a body of ${answer.length} octets, got ${-left} more`)
      if (!connection.write(chunked ? encodeChunk(bytes) : bytes)) {
        await this.#drain()
        if (connection.closed) {
          source.cancel()
          return
        }
      }
    }
    if (left > 0 && answer.length !== undefined) {
      throw new RangeError(`http: expected a body of ${answer.length} octets, got ${left} fewer`)
    }
    this.#source = undefined
    if (chunked) this.#out.push(encodeLastChunk(answer.trailers))
    this.#finish(exchange, keep)
    this.#out.flush()
    this.#run()
  }

  async #sendSpoilt(
    exchange: Exchange,
    answer: Answer & { readonly spoil: Spoil },
    framing: { head: string; keep: boolean; chunked: boolean; bodiless: boolean },
  ): Promise<void> {
    this.#out.flush()
    for await (const octets of spoiledOctets(answer, framing, this.#server.site.clock)) {
      if (this.#done) return
      if (!this.#connection.write(octets)) await this.#drain()
      if (this.#connection.closed) return
    }
    if (this.#done) return
    if (answer.spoil.drop === 'reset') {
      this.#done = true
      // What was written is on its way by then, through TLS too.
      await new Promise<void>(resolve => atEndOfTurn(resolve))
      this.#connection.reset()
      return
    }
    this.#finish(exchange, framing.keep && answer.spoil.drop === undefined)
    this.#out.flush()
    this.#run()
  }

  /** Waits until the client has taken what was sent. */
  async #drain(): Promise<void> {
    this.#wait(this.#server.timeouts.body)
    await new Promise<void>(resolve => {
      this.#drained = resolve
    })
    this.#deadline = Number.POSITIVE_INFINITY
  }

  #finish(exchange: Exchange, keep: boolean): void {
    exchange.answered = true
    if (!keep) {
      this.#close()
      return
    }
    if (exchange.body === undefined || exchange.body.ended) this.#current = undefined
    else exchange.body.drop()
  }

  #close(): void {
    this.#done = true
    this.#out.flush()
    this.#current?.body?.fail(new Error('the server has answered and closed'))
    this.#connection.close()
    // A client that goes on sending is heard out, but not for ever.
    this.#wait(this.#server.timeouts.body)
  }

  /** The client broke the rules: it is told so if nothing else was said yet, and the link closes. */
  #refuse(error: HttpProtocolError): void {
    const current = this.#current
    if (current === undefined || !current.started) {
      const answer = plain(error.status, reasonOf(error.status))
      answer.body = `${error.status} ${reasonOf(error.status)}\n${error.message}\n`
      this.#out.push(
        `HTTP/1.1 ${answer.status} ${answer.reason}\r\nDate: ${this.#server.date()}\r\n${encodeHeaders(answer.headers)}` +
          `Content-Length: ${Buffer.byteLength(answer.body)}\r\nConnection: close\r\n\r\n`,
        Buffer.from(answer.body),
      )
      this.#server.noteRefused(error)
      this.#close()
      return
    }
    current.body?.fail(error)
    current.abort()
    this.#close()
  }

  /** What is still open when the client is quiet. */
  #settle(): void {
    if (this.#done) return
    const { timeouts } = this.#server
    const current = this.#current
    if (current === undefined && this.#out.blocked) {
      this.#wait(timeouts.body)
      if (this.#decoder.queue.length > maxAhead) this.#full()
      return
    }
    if (current === undefined) {
      if (this.#peerEnded) {
        if (!this.#decoder.idle) {
          this.#refuse(new HttpProtocolError(400, 'expected a request, got the end of the stream inside one'))
        } else this.#close()
        return
      }
      this.#wait(this.#decoder.idle ? timeouts.idle : timeouts.head)
      if (this.#paused) this.#resume()
      return
    }
    if (current.body !== undefined && !current.body.ended) {
      if (this.#peerEnded) {
        current.body.fail(new ProtocolError('http', 'stream ended inside the body of a request'))
        current.abort()
        this.#close()
      } else this.#wait(timeouts.body)
    } else if (this.#decoder.queue.length > maxAhead) this.#full()
  }

  #wanted(): void {
    const current = this.#current
    if (current?.expects && !current.answered) {
      current.expects = false
      this.#out.push('HTTP/1.1 100 Continue\r\n\r\n')
      if (!this.#running) this.#out.flush()
    }
    if (this.#paused) this.#resume()
  }

  #goOn(): void {
    this.#out.drained()
    const waiting = this.#drained
    this.#drained = undefined
    if (waiting === undefined) this.#run()
    else waiting()
  }

  #full(): void {
    this.#paused = true
    this.#connection.pause()
  }

  #resume(): void {
    this.#paused = false
    this.#connection.resume()
  }

  /** Sets when the session gives up waiting; the timer itself is only moved when it fires or comes too late. */
  #wait(ms: number): void {
    const { clock } = this.#server.site
    this.#deadline = clock.now() + ms
    if (this.#timer !== undefined && this.#timer.due <= this.#deadline) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.after(ms, () => this.#expired())
  }

  #expired(): void {
    this.#timer = undefined
    if (this.#connection.closed || this.#deadline === Number.POSITIVE_INFINITY) return
    const left = this.#deadline - this.#server.site.clock.now()
    if (left > 0) {
      this.#timer = this.#server.site.clock.after(left, () => this.#expired())
      return
    }
    if (this.#done || this.#out.blocked || this.#current?.started) this.#connection.reset()
    else if (this.#decoder.idle && this.#current === undefined) this.#close()
    else {
      this.#refuse(new HttpProtocolError(408, 'expected the rest of a request, got none in time', 'RFC 9110 §15.5.9'))
    }
  }

  #closed(): void {
    this.#done = true
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#source?.cancel()
    const current = this.#current
    if (current === undefined) return
    current.abort()
    current.body?.fail(new Error('the client is gone'))
    this.#drained?.()
  }

  #bug(error: unknown): void {
    // What a behaviour throws because its client is gone, or broke the body, is not its fault.
    if (this.#done) return
    this.#done = true
    this.#connection.bug(error)
  }
}
