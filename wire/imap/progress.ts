// How far a dialogue of IMAP has come: what the client's next octets are, which of its messages a line of the server's
// answers, and which of its words are secret.

import { credentialOf } from '../smtp/credentials.ts'
import { hasPlaceholder } from '../tape.ts'
import { credentialIn, markOf, sayOf } from './tape-line.ts'

/** What the client's message is, beside its octets. */
export interface Spoken {
  readonly kind: 'command' | 'response'
  readonly tag: string
  /** In upper case, `UID` before it where it was said; empty where there is none. */
  readonly verb: string
  /** The kind of secret that the message is for. */
  readonly credential?: string | undefined
}

/** A literal of the client's that comes now. */
export interface SpokenLiteral {
  readonly tag: string
  readonly verb: string
  readonly credential?: string | undefined
}

/** What a line of the server's means. */
export interface Answered {
  /** The number of the client's message; 0 where it answers none. */
  readonly answers: number
  readonly startTls: boolean
  /** Nothing more belongs to it. */
  readonly isLast: boolean
  /** It stands by itself: the greeting, what bids the client to go on, what comes unasked or while IDLE lasts. */
  readonly isAlone: boolean
  /** The server ends the link after it. */
  readonly closes: boolean
}

interface Pending {
  readonly tag: string
  readonly verb: string
  /** Of the client's latest message for it. */
  number: number
}

interface Exchange {
  readonly mechanism: string
  step: number
  over: boolean
}

/** Commands that were not answered; before more are read, the server must answer. */
const maxPending = 10_000
/** RFC 3501 §9. */
const isTag = /^[^\x00-\x20\x7f-\uffff(){%*"\\+]+$/
const base64 = /^(?:[A-Za-z\d+/]+={0,2}|‹secret:[a-z\d:-]+›)\s*$/

export class ImapProgress {
  readonly #pending: Pending[] = []
  #count = 0
  /** The latest message of the client's that was answered. */
  #answered = 0
  #isGreeted = false
  /** Why the client's next octets cannot be read yet: the verb that the server has to answer. */
  #waitsFor: string | undefined
  #next: 'command' | 'response' | 'literal' = 'command'
  /** The command whose literal comes, or has come last. */
  #command: Pending | undefined
  #literalSize = 0
  #auth: Exchange | undefined
  /** Which argument of LOGIN the next literal, or what stands behind it, is. */
  #login: 'user' | 'password' | undefined

  get next(): 'command' | 'response' | 'literal' {
    return this.#next
  }

  /** Octets of the literal that is next. */
  get literalSize(): number {
    return this.#literalSize
  }

  get waitsFor(): string | undefined {
    return this.#waitsFor ?? (this.#pending.length >= maxPending ? '' : undefined)
  }

  /** The client has sent a line, or the first of a command with literals. */
  line(text: string): Spoken {
    if (this.waitsFor !== undefined) this.abandoned()
    this.#count++
    if (this.#next === 'response') return this.#response(text)
    this.#next = 'command'
    this.#login = undefined
    if (this.#auth?.over && base64.test(text)) return this.#credential(text)
    const { tag, verb, args } = sayOf(text)
    if (verb !== '') this.#auth = undefined
    const command = { tag, verb, number: this.#count }
    if (tag !== '') this.#pending.push(command)
    this.#command = command
    let credential: string | undefined
    if (verb === 'LOGIN') credential = this.#begunLogin(text)
    else if (verb === 'AUTHENTICATE') credential = this.#begin(args)
    if (this.#announced(text)) return { kind: 'command', tag, verb, credential }
    if (/^(AUTHENTICATE|IDLE|STARTTLS)$/.test(verb)) this.#waitsFor = verb
    return { kind: 'command', tag, verb, credential }
  }

  /** The client's literal begins. */
  literal(): SpokenLiteral {
    // Who sends it unbidden is not waited for.
    this.#waitsFor = undefined
    const { tag, verb } = this.#command ?? { tag: '', verb: '' }
    if (this.#command !== undefined) this.#command.number = this.#count + 1
    this.#count++
    this.#next = 'command'
    const isPassword = this.#login === 'password'
    if (this.#login !== undefined) this.#login = isPassword ? undefined : 'password'
    return { tag, verb, credential: isPassword ? 'password' : undefined }
  }

  /** What stood behind the literal, up to the end of the line. Gives the kind of secret that it is for. */
  behind(text: string): string | undefined {
    const isPassword = this.#login === 'password'
    return this.#announced(text) || !isPassword || text.trim() === '' ? undefined : 'password'
  }

  /** The server has said a line. */
  replied(text: string): Answered {
    if (/^\+/.test(text)) return this.#bidden()
    const { tag, verb } = sayOf(text)
    return text.startsWith('*') ? this.#told(verb) : this.#completed(tag, verb)
  }

  /** The server will answer nothing of what the client waits for. */
  abandoned(): void {
    this.#waitsFor = undefined
    this.#next = 'command'
    this.#pending.length = 0
    if (this.#auth !== undefined) this.#auth.over = true
  }

  #bidden(): Answered {
    if (this.#next === 'literal') {
      this.#waitsFor = undefined
      return this.#alone(this.#command?.number)
    }
    const asking = this.#pending.findLast(({ verb }) => verb === 'AUTHENTICATE' || verb === 'IDLE')
    if (asking !== undefined && this.#waitsFor === asking.verb) {
      this.#waitsFor = undefined
      this.#next = 'response'
    }
    return this.#alone(asking?.number)
  }

  #told(verb: string): Answered {
    const [first] = this.#pending
    const isBye = verb === 'BYE'
    if (!this.#isGreeted) {
      this.#isGreeted = true
      return { ...this.#alone(0), closes: isBye }
    }
    const closes = isBye && first?.verb !== 'LOGOUT'
    // A tag that is none is not said back, and nothing more is said to its command.
    if (verb === 'BAD' && first !== undefined && !isTag.test(first.tag)) {
      this.#pending.shift()
      return this.#alone(first.number)
    }
    if (first === undefined || first.verb === 'IDLE') return { ...this.#alone(first?.number), closes }
    return { answers: this.#placed(first.number), startTls: false, isLast: false, isAlone: false, closes }
  }

  #completed(tag: string, status: string): Answered {
    this.#isGreeted = true
    const at = this.#pending.findIndex(each => each.tag === tag)
    if (at < 0) return this.#alone(undefined)
    // Who answers a later one has no more to say to those before.
    const { verb, number } = this.#pending.splice(0, at + 1).at(-1)!
    if (this.#next === 'literal' && this.#waitsFor !== undefined && this.#command?.tag === tag) this.#goOn()
    if (verb === 'AUTHENTICATE' && this.#auth !== undefined) this.#auth.over = true
    if (/^(AUTHENTICATE|IDLE|STARTTLS)$/.test(verb)) this.#goOn()
    const isOk = status === 'OK'
    const isAlone = verb === 'IDLE'
    const closes = isOk && verb === 'LOGOUT'
    return { answers: this.#placed(number), startTls: isOk && verb === 'STARTTLS', isLast: true, isAlone, closes }
  }

  #goOn(): void {
    this.#waitsFor = undefined
    this.#next = 'command'
  }

  #alone(answers: number | undefined): Answered {
    const isLast = true
    return { answers: this.#placed(answers), startTls: false, isLast, isAlone: true, closes: false }
  }

  /** What the server says stays in its order, also where it answers a later command first. */
  #placed(number = this.#pending[0]?.number ?? this.#count): number {
    this.#answered = Math.max(this.#answered, number)
    return this.#answered
  }

  /** Whether a literal follows. */
  #announced(text: string): boolean {
    const mark = markOf(text)
    if (mark === undefined) return false
    // Nobody gives leave for a part of what was answered already.
    const isAnswered = this.#command?.tag !== '' && !this.#pending.includes(this.#command!)
    if (mark.waits && isAnswered) return false
    this.#next = 'literal'
    this.#literalSize = mark.size
    if (mark.waits) this.#waitsFor = this.#command?.verb ?? ''
    return true
  }

  #response(text: string): Spoken {
    this.#next = 'command'
    const asking = this.#pending.findLast(({ verb }) => verb === 'AUTHENTICATE' || verb === 'IDLE')
    if (asking !== undefined) asking.number = this.#count
    if (asking?.verb === 'IDLE') return { kind: 'response', tag: asking.tag, verb: 'IDLE' }
    if (asking !== undefined) this.#waitsFor = 'AUTHENTICATE'
    return this.#credential(text, asking?.tag)
  }

  #credential(text: string, tag = ''): Spoken {
    // A tape that was edited may have a challenge for which there is no AUTHENTICATE.
    this.#auth ??= { mechanism: '', step: 0, over: false }
    const credential = credentialOf(this.#auth.mechanism, this.#auth.step++)
    return { kind: 'response', tag, verb: 'AUTHENTICATE', credential: /^[=*]?\s*$/.test(text) ? undefined : credential }
  }

  #begin(args: string): string | undefined {
    const [mechanism = '', ...initial] = args.trim().split(/ +/)
    this.#auth = { mechanism: mechanism.toUpperCase(), step: initial.length === 0 ? 0 : 1, over: false }
    if (initial.length === 0) return undefined
    // With two words it is not as it should be: then the second may be a password.
    return credentialOf(this.#auth.mechanism, initial.length > 1 || hasPlaceholder(args) ? 1 : 0)
  }

  #begunLogin(text: string): string | undefined {
    const found = credentialIn({ verb: 'LOGIN', kind: 'command' }, text)
    if (markOf(text) === undefined) return found === undefined ? undefined : 'password'
    this.#login = /LOGIN +~?\{\d+[+-]?\}\r?\n$/i.test(text) ? 'user' : 'password'
    return undefined
  }
}
