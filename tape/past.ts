// What has crossed a live connection of a replay, kept as far as it takes to go on with a real server: what the client
// said, what it was told in between, and where that begins which the tape does not have.

import type { Follower, TapeForm } from '../wire/tape.ts'

/** Octets of a client that are kept. */
export const maxKept: number = 1024 * 1024
/** From so many on, octets of requests that are over are looked for and dropped. */
const forgetFrom = 64 * 1024

/** What happened before the client went beyond the tape. */
export type Before =
  | { readonly kind: 'client'; readonly octets: Buffer }
  /** A message, or so many octets where there are no messages. */
  | { readonly kind: 'server'; readonly size: number | undefined }
  | { readonly kind: 'tls' }

/** What has to be said to a real server before a client can go on with it. */
export interface Account {
  readonly before: readonly Before[]
  /** What the client's messages are, in order, up to the first of `rest`; of a stream, which has none, nothing. */
  readonly keys: readonly string[]
  /** What the tape does not have, as far as it has come. */
  readonly rest: Buffer
  /** The client will say nothing more. */
  readonly hasEnded: boolean
}

/** What a follower has to know, to hear the client's messages once more. */
type Course = { readonly kind: 'heard' | 'tls' } | { readonly kind: 'said'; readonly message: unknown }

export class Past {
  readonly #form: TapeForm
  readonly #kind: 'dialogue' | 'exchanges' | 'stream'
  #before: Before[] = []
  #course: Course[] = []
  #keys: string[] = []
  #missed: string[] = []
  #kept = 0
  /** Of a stream: octets of the client's turns that are over. */
  #over = 0
  #forgetFrom = forgetFrom
  /** Why nothing is kept any more. */
  #lost: string | undefined
  #hasEnded = false

  constructor(form: TapeForm) {
    this.#form = form
    this.#kind = form.kind('tcp')
  }

  /** The client said this; where its messages are in it is not known yet. */
  client(octets: Buffer): void {
    if (this.#lost !== undefined || octets.length === 0) return
    this.#before.push({ kind: 'client', octets })
    this.#kept += octets.length
    if (this.#kept > maxKept && this.#kind === 'exchanges') this.#forget()
    if (this.#kept > maxKept) this.#lose(`the client has said more than ${maxKept} octets that were to be said again`)
  }

  /** The client's next message is one that the tape has. */
  heard(key: string): void {
    if (this.#lost !== undefined) return
    if (this.#kind === 'dialogue') this.#keys.push(key)
    else if (this.#kept > this.#forgetFrom) this.#forget()
    this.#course.push({ kind: 'heard' })
  }

  /** The client's next message is one that the tape does not have. */
  missed(key: string): void {
    this.#missed = [key]
  }

  /** Of a stream: so many octets more are of a turn that the tape has. */
  over(size: number): void {
    this.#over += size
  }

  /** The client was told this; of a stream only `size` counts. */
  said(message: unknown, size: number | undefined): void {
    if (this.#lost !== undefined) return
    this.#course.push({ kind: 'said', message })
    this.#before.push({ kind: 'server', size: this.#kind === 'stream' ? size : undefined })
  }

  /** Both go on under TLS; what the client said before and nobody heard is dropped. */
  secured(): void {
    if (this.#lost !== undefined) return
    this.#part(before => {
      this.#before = [...before, { kind: 'tls' }]
      this.#course.push({ kind: 'tls' })
    })
  }

  ended(): void {
    this.#hasEnded = true
  }

  /** Or why there is none. */
  account(): Account | string {
    if (this.#kind === 'exchanges') this.#forget()
    let account: Account | undefined
    this.#part((before, rest) => {
      account = { before, keys: [...this.#keys, ...this.#missed], rest: Buffer.concat(rest), hasEnded: this.#hasEnded }
    })
    return account ?? this.#lost!
  }

  /** Requests that were answered need not be said again. */
  #forget(): void {
    this.#part((before, rest) => {
      this.#before = before.filter(({ kind }) => kind === 'tls')
      for (const octets of rest) this.#before.push({ kind: 'client', octets })
      this.#course = []
    })
    this.#forgetFrom = Math.max(forgetFrom, 2 * this.#kept)
  }

  /** Parts what the tape has from what it does not have. */
  #part(use: (before: Before[], rest: Buffer[]) => void): void {
    if (this.#lost !== undefined) return
    const size = this.#overAt()
    if (size === undefined) {
      this.#lose('what the client said before cannot be told from what it says now')
      return
    }
    const { before, rest } = clipped(this.#before, size)
    use(before, rest)
    this.#kept = this.#before.reduce((sum, each) => sum + (each.kind === 'client' ? each.octets.length : 0), 0)
  }

  #lose(why: string): void {
    this.#lost = why
    this.#before = []
    this.#course = []
  }

  /** How many of the client's octets are what the tape has: they are heard once more, at last one by one. */
  #overAt(): number | undefined {
    if (this.#kind === 'stream') return this.#over
    if (this.#course.every(({ kind }) => kind !== 'heard')) return 0
    const chunks = this.#before.flatMap(each => (each.kind === 'client' ? [each.octets] : []))
    const hearing = new Rehearsal(this.#form.follow('tcp'), this.#course)
    const last = chunks.findIndex(chunk => hearing.push(chunk))
    if (last < 0) return undefined
    const again = new Rehearsal(this.#form.follow('tcp'), this.#course)
    let size = 0
    for (const chunk of chunks.slice(0, last)) {
      again.push(chunk)
      size += chunk.length
    }
    for (const octet of chunks[last]!) {
      size++
      if (again.push(Buffer.of(octet))) break
    }
    return size
  }
}

class Rehearsal {
  readonly #follower: Follower
  readonly #course: readonly Course[]
  #at = 0

  constructor(follower: Follower, course: readonly Course[]) {
    this.#follower = follower
    this.#course = course
    this.#goOn()
  }

  /** Whether all messages are heard now. */
  push(octets: Buffer): boolean {
    this.#follower.push('client', octets)
    return this.#goOn()
  }

  #goOn(): boolean {
    for (; this.#at < this.#course.length; this.#at++) {
      const step = this.#course[this.#at]!
      if (step.kind === 'said') this.#follower.said(step.message)
      else if (step.kind === 'tls') this.#follower.secured()
      else if (!this.#hears()) return false
    }
    return true
  }

  /** Whether a message of the client is whole. */
  #hears(): boolean {
    for (let heard = this.#follower.next(); heard !== undefined; heard = this.#follower.next()) {
      if (heard.from === 'client' && (heard.kind === 'whole' || heard.kind === 'finish')) return true
    }
    return false
  }
}

/** Parts what happened after so many octets of the client's; whatever else happened was before. */
function clipped(before: readonly Before[], size: number): { before: Before[]; rest: Buffer[] } {
  const kept: Before[] = []
  const rest: Buffer[] = []
  let left = size
  for (const each of before) {
    if (each.kind !== 'client') {
      kept.push(each)
      continue
    }
    const { octets } = each
    const count = Math.min(left, octets.length)
    left -= count
    if (count > 0) kept.push({ kind: 'client', octets: octets.subarray(0, count) })
    if (count < octets.length) rest.push(octets.subarray(count))
  }
  return { before: kept, rest }
}
