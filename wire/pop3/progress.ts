// How far a dialogue of POP3 has come: what the client's next line is, which of its lines a response answers, and whether
// lines follow that.

import { credentialOf, type SmtpLine as Line, textOf } from '../smtp/credentials.ts'
import { hasPlaceholder } from '../tape.ts'
import { isMultiline, parseCommand } from './command.ts'

export type Pop3Line = Line

interface Expected {
  readonly verb: string
  readonly args: string
  /** Of the client's line that the next response answers. */
  number: number
  /** What the client's next line is depends on the response. */
  waits: boolean
}

/** What a response means. */
export interface Answered {
  /** The number of the client's line; undefined where it answers none. */
  readonly answers: number | undefined
  readonly startTls: boolean
  /** Lines follow, of which some are a mail. */
  readonly follows: 'lines' | 'mail' | undefined
  /** The server ends the link after it. */
  readonly closes: boolean
}

/** Commands whose responses have not been seen; before more are read, the server must answer. */
const maxExpected = 10_000

/** What may be a response of AUTH: base64, or what a tape has for it. */
const response = /^(?:[A-Za-z\d+/]+={0,2}|‹secret:[a-z\d:-]+›)\s*$/
const known = new Set(['CAPA', 'STLS', 'USER', 'PASS', 'APOP', 'AUTH', 'STAT', 'LIST', 'UIDL', 'RETR', 'TOP', 'DELE'])
for (const verb of ['RSET', 'NOOP', 'QUIT', 'LAST', 'UTF8', 'LANG']) known.add(verb)

export class Pop3Progress {
  #isResponse = false
  /** The greeting is the answer to nothing. */
  readonly #expected: Expected[] = [{ verb: '', args: '', number: 0, waits: false }]
  #count = 0
  #auth: { readonly mechanism: string; step: number; over: boolean } | undefined

  /** The command whose response must be heard before the client's next octets can be read; empty where none in particular. */
  get waitsFor(): string | undefined {
    const last = this.#expected.at(-1)
    if (last?.waits) return last.verb
    return this.#expected.length >= maxExpected ? '' : undefined
  }

  /** The client has sent a line. */
  line(octets: Buffer, secrets?: boolean): Pop3Line {
    if (this.waitsFor !== undefined) this.abandoned()
    const number = ++this.#count
    const text = textOf({ octets, secrets })
    if (this.#isResponse) {
      this.#isResponse = false
      // Empty where the server did not wait for it.
      this.#expected.splice(0, 1, { verb: 'AUTH', args: 'x', number, waits: true })
      return this.#response(octets, secrets)
    }
    const { verb, args } = parseCommand(text.trim())
    if (this.#auth?.over && !known.has(verb) && response.test(text)) {
      this.#expected.push({ verb: '', args: '', number, waits: false })
      return this.#response(octets, secrets)
    }
    if (known.has(verb)) this.#auth = undefined
    const waits = verb === 'STLS' || (verb === 'AUTH' && args.trim() !== '')
    this.#expected.push({ verb, args, number, waits })
    return { kind: 'command', octets, secrets, credential: this.#credential(verb, args.trim()) }
  }

  /** The server has said `+OK`, `-ERR` or `+`. */
  replied(word: 'ok' | 'error' | 'challenge'): Answered {
    const [expected] = this.#expected
    const answers = this.#count === 0 ? undefined : Math.min(expected?.number ?? this.#count, this.#count)
    const { verb, args } = expected ?? { verb: '', args: '' }
    if (word === 'challenge' && verb === 'AUTH') {
      this.#isResponse = true
      this.#expected[0] = { verb, args, number: this.#count + 1, waits: false }
    } else this.#expected.shift()
    if (word !== 'challenge' && verb === 'AUTH' && this.#auth !== undefined) this.#auth.over = true
    const isOk = word === 'ok'
    const isMail = verb === 'RETR' || verb === 'TOP'
    const follows = isOk && isMultiline({ verb, args }) ? (isMail ? 'mail' : 'lines') : undefined
    return { answers, startTls: isOk && verb === 'STLS', follows, closes: isOk && verb === 'QUIT' }
  }

  /** The server will answer nothing of what has been said. */
  abandoned(): void {
    this.#expected.length = 0
    if (this.#auth !== undefined) this.#auth.over = true
  }

  #response(octets: Buffer, secrets: boolean | undefined): Pop3Line {
    // A tape that was edited may have a challenge for which there is no AUTH.
    this.#auth ??= { mechanism: '', step: 0, over: false }
    return { kind: 'response', octets, secrets, credential: credentialOf(this.#auth.mechanism, this.#auth.step++) }
  }

  #credential(verb: string, args: string): string | undefined {
    if (args === '') return undefined
    if (verb === 'PASS') return 'password'
    if (verb === 'APOP') return /[ \t]/.test(args) ? 'apop' : undefined
    if (verb !== 'AUTH') return undefined
    const [mechanism, ...initial] = args.split(/[ \t]+/) as [string, ...string[]]
    this.#auth = { mechanism: mechanism.toUpperCase(), step: initial.length === 0 ? 0 : 1, over: false }
    if (initial.length === 0) return undefined
    // With two words it is not as it should be: then the second may be a password.
    return credentialOf(this.#auth.mechanism, initial.length > 1 || hasPlaceholder(args) ? 1 : 0)
  }
}

/** What stands before a secret, the secret, and what stands after it. */
export function splitCredential(line: Pop3Line): [string, string, string] | undefined {
  if (line.credential === undefined) return undefined
  const text = textOf(line)
  const before = line.kind === 'response' ? '' : beforeSecret(text)
  if (before === undefined) return undefined
  // Blanks at its end may belong to a password (RFC 1939 §7).
  const rest = text.slice(before.length)
  const secret = rest.replace(
    line.credential === 'password' && /^[ \t]*PASS/i.test(before) ? /\r?\n$/ : /[ \t]*\r?\n$/,
    '',
  )
  // RFC 5034 §4: an empty answer, and the client's giving up.
  if (secret === '' || secret === '=' || secret === '*') return undefined
  return [before, secret, rest.slice(secret.length)]
}

function beforeSecret(text: string): string | undefined {
  const found = /^[ \t]*(?:PASS[ \t]|AUTH[ \t]+[^ \t\r\n]+[ \t]+|APOP[ \t]+[^\r\n]*[ \t](?=[^ \t\r\n]))/i.exec(text)
  return found?.[0]
}
