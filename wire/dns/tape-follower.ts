// One DNS link as turns of a tape: datagrams, or messages on a TCP connection, and which of them answers which.

import type { Side } from '../decoder.ts'
import { ProtocolError } from '../decoder.ts'
import { DnsFrameDecoder } from '../dns.ts'
import type { Follower, Heard } from '../tape.ts'
import { cookieOption, ownCookieBytes } from './edns-text.ts'
import { type DnsMessage, decodeDnsMessage, headerBytes } from './message.ts'
import { type DnsValue, formatQuestion } from './tape-value.ts'

/** A message, with what a tape has to know of it. */
export interface DnsTurn extends DnsValue {
  readonly kind: 'message'
  readonly transport: 'tcp' | 'udp'
  /** As they were heard, or as a tape has them that are no value. */
  readonly octets?: Buffer | undefined
}

/** What is no message. */
interface DnsOctets {
  readonly kind: 'octets'
  readonly transport: 'tcp' | 'udp'
  /** Over TCP: the connection ended inside of it, and the octets are what there was of length and message. */
  readonly isCut: boolean
  /** Undefined where a tape has them in a file. */
  readonly octets?: Buffer | undefined
}

export type DnsTapeMessage = DnsTurn | DnsOctets

/** What a client has said, to find the answer to it. */
interface Asked {
  readonly number: number
  readonly id: number | undefined
  /** Undefined where it was no message. */
  readonly questions: string | undefined
  readonly cookie: Buffer | undefined
  answered: boolean
}

/** More than any client has on its way by one port; older ones are forgotten. */
const maxAsked = 1024

export class DnsFollower implements Follower<DnsTapeMessage> {
  readonly held = 0
  readonly #transport: 'tcp' | 'udp'
  readonly #frames: Record<Side, DnsFrameDecoder> | undefined
  readonly #heard: Heard<DnsTapeMessage>[] = []
  readonly #asked: Asked[] = []
  #count = 0

  constructor(transport: 'tcp' | 'udp') {
    this.#transport = transport
    if (transport === 'tcp') this.#frames = { client: new DnsFrameDecoder(), server: new DnsFrameDecoder() }
  }

  push(from: Side, octets: Buffer): void {
    if (this.#frames === undefined) {
      this.#hear(from, octets)
      return
    }
    const frames = this.#frames[from]
    frames.push(octets)
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) this.#hear(from, frame)
  }

  next(): Heard<DnsTapeMessage> | undefined {
    return this.#heard.shift()
  }

  end(from: Side): void {
    const left = this.#frames?.[from].rest() ?? []
    if (left.length > 0) this.#octets(from, Buffer.from(left), true)
  }

  said(): void {}
  secured(): void {}

  #hear(from: Side, octets: Buffer): void {
    const message = decoded(octets)
    if (message === undefined) {
      this.#octets(from, octets, false)
      return
    }
    const transport = this.#transport
    const questions = questionsOf(message)
    if (from === 'client') {
      const cookie = ownCookie(message)
      this.#ask({ id: message.id, questions, cookie })
      this.#heard.push({
        kind: 'whole',
        from,
        message: { kind: 'message', transport, message, octets, hasId: false, cookie },
      })
      return
    }
    const asked = message.response ? this.#answered(message.id, questions === '' ? undefined : questions) : undefined
    this.#heard.push({
      kind: 'whole',
      from,
      message: { kind: 'message', transport, message, octets, hasId: asked === undefined, cookie: asked?.cookie },
      answers: asked?.number,
    })
  }

  /** What cannot be read, or is not whole. Where a server answers with the id of a query, that is none of the tape's. */
  #octets(from: Side, octets: Buffer, isCut: boolean): void {
    const id = isCut ? undefined : idOf(octets)
    let answers: number | undefined
    if (from === 'client') this.#ask({ id, questions: undefined, cookie: undefined })
    else if (id !== undefined) answers = this.#answered(id, undefined)?.number
    const kept = answers === undefined ? octets : withId(octets, 0)
    this.#heard.push({
      kind: 'whole',
      from,
      message: { kind: 'octets', transport: this.#transport, isCut, octets: kept },
      answers,
      closes: from === 'server' && isCut,
    })
  }

  #ask(asked: Pick<Asked, 'id' | 'questions' | 'cookie'>): void {
    this.#asked.push({ ...asked, number: ++this.#count, answered: false })
    if (this.#asked.length > maxAsked) this.#asked.shift()
  }

  /** A query may have several answers: a zone comes as many messages. */
  #answered(id: number, questions: string | undefined): Asked | undefined {
    const fits = (asked: Asked) =>
      asked.id === id && (questions === undefined || asked.questions === undefined || asked.questions === questions)
    const asked = this.#asked.find(one => !one.answered && fits(one)) ?? this.#asked.findLast(fits)
    if (asked !== undefined) asked.answered = true
    return asked
  }
}

/** Undefined where the octets are no message. */
export function decoded(octets: Buffer): DnsMessage | undefined {
  try {
    return decodeDnsMessage(octets)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** The questions as text, whatever the case of their names. */
export function questionsOf({ questions }: DnsMessage): string {
  return questions.map(question => formatQuestion({ ...question, name: question.name.toLowerCase() })).join(', ')
}

/** The client's own octets of its cookie. */
export function ownCookie({ edns }: DnsMessage): Buffer | undefined {
  const data = edns?.options.find(({ code }) => code === cookieOption)?.data
  return data === undefined || data.length < ownCookieBytes ? undefined : Buffer.from(data.subarray(0, ownCookieBytes))
}

/** Where there are enough octets to have one. */
export function idOf(octets: Buffer): number | undefined {
  return octets.length >= headerBytes ? octets.readUInt16BE() : undefined
}

/** Not in place: the octets may be somebody else's too. */
export function withId(octets: Buffer, id: number): Buffer {
  const copy = Buffer.from(octets)
  copy.writeUInt16BE(id)
  return copy
}
