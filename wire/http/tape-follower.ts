// Hears the messages of one HTTP/1.1 link for a tape: heads as they stand, bodies in pieces without their chunks. What
// breaks the rules is heard as octets from there on, the other side's messages stay messages. Left out: empty lines
// before a head, which mean nothing (RFC 9112 §2.2).

import { ProtocolError, type Side } from '../decoder.ts'
import { RawFollower } from '../raw.ts'
import type { Follower, Heard } from '../tape.ts'
import { HttpRequestDecoder, HttpResponseDecoder } from './decoder.ts'
import type { HttpLimits } from './head.ts'
import { type HttpData, type HttpEnd, type HttpRequestHead, type HttpResponseHead, header } from './message.ts'
import { ChunkNotes } from './tape-chunks.ts'
import {
  type Asked,
  askedBy,
  endsLink,
  type HttpTaped,
  switches,
  type TapedRequest,
  type TapedResponse,
} from './tape-message.ts'

/** A recorder takes what servers and clients take: beyond what ours do. */
export const headLimits: HttpLimits = { maxLineBytes: 65_536, maxHeadBytes: 262_144, maxHeaders: 1000 }
/** Requests whose responses have not come. */
const maxPending = 10_000
/** Octets of a client that are kept until it is known which protocol they are in. */
const maxWaiting = 65_536

interface Pending extends Asked {
  /** Counted from 1. */
  readonly number: number
  /** Its response may switch to another protocol. */
  readonly maySwitch: boolean
}

class Direction {
  readonly from: Side
  readonly decoder: HttpRequestDecoder | HttpResponseDecoder
  /** The message whose body is coming, and the marks of its finish. */
  turn: TapedRequest | TapedResponse | undefined
  marks: { answers?: number | undefined; closes?: boolean | undefined } = {}
  chunks: ChunkNotes | undefined
  /** Octets of the body that have come, and that had when it was answered. */
  size = 0
  answeredAt: number | undefined
  /** There may be something to read. */
  isStirred = false
  isRaw = false
  isEnded = false

  constructor(from: Side, decoder: HttpRequestDecoder | HttpResponseDecoder) {
    this.from = from
    this.decoder = decoder
  }

  /** A part of a head has come. */
  get hasBegun(): boolean {
    return this.turn === undefined && this.decoder.queue.length > 0
  }
}

export class HttpFollower implements Follower<HttpTaped> {
  readonly held = 0
  readonly #responses = new HttpResponseDecoder(headLimits)
  readonly #client = new Direction('client', new HttpRequestDecoder(headLimits))
  readonly #server = new Direction('server', this.#responses)
  readonly #raw = new RawFollower()
  readonly #heard: Heard<HttpTaped>[] = []
  readonly #pending: Pending[] = []
  #requests = 0
  /** The number of the client's octets that break the rules, until a response has come that is to none before. */
  #refused: number | undefined
  /** The number of a message of the client that was answered before its head was through. */
  #ahead: number | undefined
  /** The highest number of a message that was answered before its head was through. */
  #furthest = 0
  /** Nobody speaks for the server, but {@link said} tells what it has said. */
  #isPlayed = false
  /** The decoder has been told which request the next response answers. */
  #isExpected = false

  push(from: Side, octets: Buffer): void {
    const direction = from === 'client' ? this.#client : this.#server
    if (direction.isRaw) this.#raw.push(from, octets)
    else {
      direction.decoder.push(octets)
      direction.isStirred = true
    }
  }

  next(): Heard<HttpTaped> | undefined {
    for (;;) {
      const heard = this.#heard.shift() ?? this.#rawNext() ?? this.#read(this.#client) ?? this.#read(this.#server)
      if (heard !== undefined) return heard
      if (this.#heard.length === 0 && !this.#mayRead(this.#client) && !this.#mayRead(this.#server)) {
        // A player waits for messages, and a client for what is said to its octets.
        if (this.#isPlayed) this.#raw.said()
        return this.#rawNext()
      }
    }
  }

  end(from: Side): void {
    const direction = from === 'client' ? this.#client : this.#server
    direction.isEnded = true
    direction.isStirred = true
    // What waits for an answer waits in vain.
    if (from === 'server') this.#client.isStirred = true
    if (direction.isRaw) this.#raw.end(from)
  }

  played(): void {
    this.#isPlayed = true
  }

  said(message: HttpTaped): void {
    this.#isPlayed = true
    this.#raw.said()
    if (message.kind === 'response') this.#answered(message.head)
  }

  get unheard(): { message: HttpTaped; octets: Buffer } | undefined {
    const { isRaw, hasBegun, decoder } = this.#client
    return isRaw || !hasBegun ? undefined : { message: { kind: 'octets' }, octets: decoder.queue.peek() }
  }

  giveUp(): void {
    this.#becomeRaw(this.#client)
  }

  secured(): void {}

  /** Octets of a server stand behind what it has said before, also where that answers what has not come yet. */
  #rawNext(): Heard<HttpTaped> | undefined {
    const heard = this.#raw.next()
    if (heard?.kind !== 'finish' || heard.from === 'client') return heard
    return { ...heard, answers: this.#furthest > this.#requests ? this.#furthest : undefined, endless: true }
  }

  #mayRead({ isStirred, isRaw }: Direction): boolean {
    return isStirred && !isRaw
  }

  #read(direction: Direction): Heard<HttpTaped> | undefined {
    if (!direction.isStirred || direction.isRaw) return undefined
    const isClient = direction === this.#client
    if (isClient && direction.turn === undefined) {
      if (this.#waits()) {
        direction.isStirred = false
        return undefined
      }
      if (this.#pending.length >= maxPending) return this.#broken(direction)
    }
    const [first] = this.#pending
    if (!isClient && !this.#isExpected && first !== undefined) {
      this.#responses.expect(first.method)
      this.#isExpected = true
    }
    try {
      const part = direction.decoder.next()
      if (part === undefined) {
        direction.isStirred = false
        return direction.isEnded || (isClient && this.#server.isEnded && this.#isUnanswered())
          ? this.#ended(direction)
          : undefined
      }
      if (part.kind === 'data') return this.#piece(direction, part)
      if (part.kind === 'end') return this.#finish(direction, part)
      return part.kind === 'request' ? this.#request(part) : this.#response(part)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.#broken(direction)
    }
  }

  /** Whether what a client says next depends on an answer that has not come. */
  #waits(): boolean {
    return (
      this.#pending.at(-1)?.maySwitch === true &&
      !this.#server.isEnded &&
      this.#client.decoder.queue.length <= maxWaiting
    )
  }

  /** A head has begun that has got no answer. */
  #isUnanswered(): boolean {
    return this.#client.hasBegun && this.#ahead !== this.#requests + 1
  }

  #request(head: HttpRequestHead): Heard<HttpTaped> | undefined {
    const asked = askedBy(head)
    const maySwitch = head.method === 'CONNECT' || header(head.headers, 'upgrade') !== undefined
    const number = ++this.#requests
    if (number !== this.#ahead) this.#pending.push({ ...asked, number, maySwitch })
    return this.#begin(this.#client, { kind: 'request', head }, {})
  }

  #response(head: HttpResponseHead): Heard<HttpTaped> | undefined {
    const asked = this.#pending[0]
    // Unasked, it belongs to what has been said by now, whatever is said before its body is through.
    const isAhead = asked === undefined && !this.#client.isRaw && this.#client.hasBegun
    const latest = isAhead ? this.#requests + 1 : this.#client.isRaw ? this.#refused : this.#requests || undefined
    if (isAhead) this.#furthest = latest!
    if (asked === undefined && head.status >= 200) {
      this.#refused = undefined
      if (isAhead) this.#ahead = latest
    }
    const closes = endsLink(head, asked) || undefined
    const heard = this.#begin(this.#server, { kind: 'response', head }, { answers: asked?.number ?? latest, closes })
    this.#answered(head)
    return heard
  }

  /** A server's head has been heard or said. */
  #answered(head: HttpResponseHead): void {
    if (head.status < 200 && head.status !== 101) return
    const asked = this.#pending.shift()
    this.#isExpected = false
    if (this.#client.turn !== undefined && asked?.number === this.#requests) this.#client.answeredAt = this.#client.size
    if (switches(head, asked)) {
      this.#becomeRaw(this.#client)
      this.#becomeRaw(this.#server)
    } else if (asked?.maySwitch) this.#client.isStirred = true
  }

  #begin(
    direction: Direction,
    turn: TapedRequest | TapedResponse,
    marks: Direction['marks'],
  ): Heard<HttpTaped> | undefined {
    const { from, decoder } = direction
    if (turn.head.length === 0) {
      decoder.next() // its end
      return this.#hear({ kind: 'whole', from, message: turn, ...marks })
    }
    direction.turn = turn
    direction.marks = marks
    direction.size = 0
    direction.answeredAt = undefined
    direction.chunks = turn.head.length === 'chunked' ? new ChunkNotes() : undefined
    return this.#hear({ kind: 'begin', from, message: turn })
  }

  #piece(direction: Direction, { bytes, framing }: HttpData): Heard<HttpTaped> {
    if (framing !== undefined) direction.chunks?.add(framing)
    direction.size += bytes.length
    return { kind: 'piece', from: direction.from, octets: bytes }
  }

  #finish(direction: Direction, { framing }: HttpEnd): Heard<HttpTaped> {
    const { from, chunks, marks } = direction
    let message = this.#withAnswer(direction, direction.turn!)
    if (chunks !== undefined && framing !== undefined) {
      const trailers = chunks.finish(framing)
      const runs = chunks.runs(false)
      if (runs !== undefined || trailers !== '\r\n') {
        message = { ...message, chunks: runs, trailers: trailers === '\r\n' ? undefined : trailers }
      }
    }
    direction.turn = undefined
    return { kind: 'finish', from, message, ...marks }
  }

  /** A message as it is heard, after the octets of the other side that stand before it. */
  #hear(heard: Heard<HttpTaped>): Heard<HttpTaped> | undefined {
    if (!this.#client.isRaw && !this.#server.isRaw) return heard
    this.#raw.said()
    for (let each = this.#rawNext(); each !== undefined; each = this.#rawNext()) this.#heard.push(each)
    this.#heard.push(heard)
    return this.#heard.shift()
  }

  /** No more octets come from a side, and its decoder has nothing to give. */
  #ended(direction: Direction): Heard<HttpTaped> | undefined {
    const { from, decoder, turn } = direction
    if (turn?.head.length === 'until close') {
      decoder.end()
      return this.#finish(direction, decoder.next() as HttpEnd)
    }
    if (turn === undefined) {
      this.#becomeRaw(direction)
      return undefined
    }
    const { framing } = decoder
    const rest = Buffer.concat([Buffer.from(framing, 'latin1'), decoder.rest()])
    direction.turn = undefined
    const message = this.#cut(direction, turn, 'ended', rest)
    return { kind: 'finish', from, message, ...direction.marks, closes: true }
  }

  /** What came cannot be read. */
  #broken(direction: Direction): Heard<HttpTaped> | undefined {
    const { from, decoder, turn } = direction
    const { refused } = decoder
    if (from === 'client' && turn === undefined && refused !== undefined) {
      // Its client waits for an answer to it.
      const rest = decoder.rest().subarray(refused.length)
      const heard = this.#hear({ kind: 'whole', from, message: { kind: 'octets', octets: refused } })
      // A server that refuses it does so whatever follows, and in whatever pieces that comes.
      const number = ++this.#requests
      if (number !== this.#ahead) this.#refused = number
      direction.isRaw = true
      this.#raw.push(from, rest)
      if (direction.isEnded) this.#raw.end(from)
      return heard
    }
    // A head that has begun is what a server answers that has nothing else to answer, as in HTTP/0.9.
    if (from === 'server' && this.#pending.length === 0 && this.#isUnanswered()) this.#becomeRaw(this.#client)
    const message = turn && this.#cut(direction, turn, 'broken')
    direction.turn = undefined
    this.#becomeRaw(direction)
    return message && { kind: 'finish', from, message, answers: direction.marks.answers }
  }

  #cut<Turn extends TapedRequest | TapedResponse>(
    direction: Direction,
    turn: Turn,
    cut: 'ended' | 'broken',
    rest?: Buffer,
  ): Turn {
    const chunks = direction.chunks?.runs(true)
    // Where a body is given up, its end says when it was answered, unless more of it came after that.
    const isSaid = cut === 'ended' && direction.answeredAt === direction.size
    const taped = isSaid ? turn : this.#withAnswer(direction, turn)
    return { ...taped, cut, chunks, rest: rest?.length === 0 ? undefined : rest }
  }

  #withAnswer<Turn extends TapedRequest | TapedResponse>({ answeredAt }: Direction, turn: Turn): Turn {
    return answeredAt === undefined ? turn : { ...turn, answeredAt }
  }

  /** From here on a side says octets; the ones that wait are the first. */
  #becomeRaw(direction: Direction): void {
    if (direction.isRaw) return
    const { from, decoder } = direction
    direction.isRaw = true
    if (direction.turn !== undefined) {
      this.#heard.push({
        kind: 'finish',
        from,
        message: this.#cut(direction, direction.turn, 'broken'),
        ...direction.marks,
      })
      direction.turn = undefined
    }
    const { framing } = decoder
    const rest = decoder.rest()
    this.#raw.push(from, framing === '' ? rest : Buffer.concat([Buffer.from(framing, 'latin1'), rest]))
    if (direction.isEnded) this.#raw.end(from)
  }
}
