// How far a dialogue of SMTP has come: what the client's next octets are, and which of its messages a reply answers.
// Left out: LMTP (RFC 2033), where one mail has several replies.

import { hasPlaceholder } from '../tape.ts'
import { parseCommand } from './command.ts'
import { credentialOf, type SmtpLine, textOf } from './credentials.ts'

/** A chunk of a mail after BDAT. */
export interface SmtpChunk {
  readonly kind: 'chunk'
  /** A mail begins with it. */
  readonly first: boolean
}

interface Expected {
  readonly verb: string
  /** Of the client's message that the next reply answers. */
  number: number
  /** What the client may send next depends on the reply. */
  waits: boolean
}

interface Exchange {
  readonly mechanism: string
  /** Messages of the client. */
  step: number
  /** The server has refused, and a client that has not noticed may go on. */
  over: boolean
}

/** Commands whose replies have not been seen; before more are read, the server must answer. */
const maxExpected = 10_000

/** What may be a response of AUTH: base64, or what a tape has for it. */
const response = /^(?:[A-Za-z\d+/]+={0,2}|‹secret:[a-z\d:-]+›)\s*$/
const known = new Set(['EHLO', 'HELO', 'LHLO', 'MAIL', 'RCPT', 'DATA', 'BDAT', 'BURL', 'RSET', 'NOOP', 'QUIT', 'VRFY'])
for (const verb of ['EXPN', 'HELP', 'AUTH', 'STARTTLS', 'ETRN', 'TURN', 'XCLIENT', 'XFORWARD']) known.add(verb)

export class SmtpProgress {
  #next: 'line' | 'response' | 'data' | 'chunk' = 'line'
  /** Octets of the next chunk. */
  chunkSize = 0
  /** The banner is the answer to no message. */
  readonly #expected: Expected[] = [{ verb: '', number: 0, waits: false }]
  #count = 0
  #auth: Exchange | undefined
  /** Chunks of a mail have been sent, and others follow. */
  #inMail = false
  /** The next chunk is the last of its mail. */
  #isLast = false

  /** What the client sends next. */
  get next(): 'line' | 'response' | 'data' | 'chunk' {
    return this.#next
  }

  /** The command whose reply must be heard before the client's next octets can be read; empty where none in particular. */
  get waitsFor(): string | undefined {
    const last = this.#expected.at(-1)
    if (last?.waits) return last.verb
    return this.#expected.length >= maxExpected ? '' : undefined
  }

  /** The client has sent a line. */
  line(octets: Buffer, secrets?: boolean): SmtpLine {
    if (this.waitsFor !== undefined) this.abandoned()
    const number = ++this.#count
    const text = textOf({ octets, secrets })
    if (this.#next === 'response') {
      this.#next = 'line'
      // Empty where the server did not wait for it.
      this.#expected.splice(0, 1, { verb: 'AUTH', number, waits: true })
      return this.#response(octets, secrets)
    }
    this.#next = 'line'
    const { verb, args } = parseCommand(text.trimStart())
    if (this.#auth?.over && !known.has(verb) && response.test(text)) {
      this.#expected.push({ verb: '', number, waits: false })
      return this.#response(octets, secrets)
    }
    if (known.has(verb)) this.#auth = undefined
    const waits = verb === 'AUTH' || verb === 'DATA' || verb === 'STARTTLS'
    this.#expected.push({ verb, number, waits })
    if (/^(MAIL|RSET|EHLO|HELO)$/.test(verb)) this.#inMail = false
    if (verb === 'BDAT') this.#bdat(args)
    return { kind: 'command', octets, secrets, credential: verb === 'AUTH' ? this.#begin(args) : undefined }
  }

  /** The client begins the content of a mail. */
  content(kind: 'data' | 'chunk'): SmtpChunk | { kind: 'data' } {
    this.#count++
    this.#next = 'line'
    if (kind === 'data') return { kind }
    const first = !this.#inMail
    this.#inMail = !this.#isLast
    return { kind, first }
  }

  /** The server has replied. */
  replied(code: number): { answers: number | undefined; startTls: boolean } {
    this.#catchUp(code)
    const [expected] = this.#expected
    // A reply may come before what it answers has been said, or answer nothing.
    const answers = this.#count === 0 ? undefined : Math.min(expected?.number ?? this.#count, this.#count)
    const verb = expected?.verb
    if (verb === 'AUTH' && code === 334) this.#goOn('response')
    else if (verb === 'DATA' && code === 354) this.#goOn('data')
    else this.#expected.shift()
    if (verb === 'AUTH' && code === 235 && this.#next === 'line') this.#auth = undefined
    else if (verb === 'AUTH' && code !== 334 && this.#auth !== undefined) this.#auth.over = true
    return { answers, startTls: verb === 'STARTTLS' && code === 220 }
  }

  /** The server will reply nothing to what has been said. */
  abandoned(): void {
    this.#expected.length = 0
    if (this.#auth !== undefined) this.#auth.over = true
  }

  /** Some servers say nothing to an empty line: a code that can answer one command alone tells. */
  #catchUp(code: number): void {
    const last = this.#expected.length - 1
    const verb = this.#expected[last]?.verb
    const isIt = (verb === 'DATA' && code === 354) || (verb === 'AUTH' && code === 334)
    if (isIt || (verb === 'STARTTLS' && code === 220 && this.#expected[0]!.number > 0)) this.#expected.splice(0, last)
  }

  /** The next reply but one answers what the client sends now. */
  #goOn(next: 'response' | 'data'): void {
    this.#next = next
    const [{ verb }] = this.#expected as [Expected]
    this.#expected[0] = { verb: next === 'data' ? '' : verb, number: this.#count + 1, waits: false }
  }

  #response(octets: Buffer, secrets: boolean | undefined): SmtpLine {
    // A tape that was edited may have a challenge for which there is no AUTH.
    this.#auth ??= { mechanism: '', step: 0, over: false }
    return { kind: 'response', octets, secrets, credential: credentialOf(this.#auth.mechanism, this.#auth.step++) }
  }

  #begin(args: string): string | undefined {
    const [mechanism, ...initial] = args.split(/[ \t]+/) as [string, ...string[]]
    this.#auth = { mechanism: mechanism.toUpperCase(), step: initial.length === 0 ? 0 : 1, over: false }
    if (initial.length === 0) return undefined
    // With two words it is not as it should be: then the second may be a password.
    const step = initial.length > 1 || hasPlaceholder(args) ? 1 : 0
    return credentialOf(this.#auth.mechanism, step)
  }

  #bdat(args: string): void {
    const found = /^(\d{1,15})(?:[ \t]+(LAST))?/i.exec(args)
    this.chunkSize = Number(found?.[1] ?? 0)
    this.#isLast = found?.[2] !== undefined
    if (this.chunkSize === 0) {
      if (this.#isLast) this.#inMail = false
      return
    }
    this.#next = 'chunk'
    // The chunk follows at once, and one reply is for both.
    this.#expected.at(-1)!.number = this.#count + 1
  }
}
