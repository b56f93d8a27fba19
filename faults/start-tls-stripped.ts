// Somebody between the two has STARTTLS, or STLS, not said: the word is masked in both directions, as some firewalls do it.

import type { Fault, Stage } from '../net/fault.ts'
import type { Side } from '../wire/decoder.ts'
import { faultOf } from './placing.ts'
import type { FaultTarget } from './target.ts'

/** How a protocol has it. */
interface Wording {
  readonly word: string
  /** Lines that offer it or ask for it. */
  readonly lines: Readonly<Record<Side, RegExp>>
  /** As far as they have come where the word itself may follow or is being said. */
  readonly begun: Readonly<Record<Side, RegExp>>
}

const offer = /^(?:250[- ]|\* (?:OK \[)?CAPABILITY |[!-~]{1,32} OK \[CAPABILITY )/i
/** SMTP, and IMAP, whose commands have a tag. */
const startTls: Wording = {
  word: 'STARTTLS',
  lines: { server: offer, client: /^(?:[!-~]{1,32} )?STARTTLS\s*$/i },
  begun: { server: offer, client: /^(?:[!-~]{1,32} )?\w+$/ },
}
const stls: Wording = {
  word: 'STLS',
  lines: { server: /^STLS\s*$/i, client: /^STLS\s*$/i },
  begun: { server: /^\w+$/, client: /^\w+$/ },
}

/** Of a line that is longer nothing is masked. */
const maxLineBytes = 4096

/** What one side says: its line as far as that was passed on, and a word that may become the one. */
class Voice {
  readonly #from: Side
  readonly #wording: Wording
  readonly #masked: () => void
  #line = ''
  #kept = ''

  /** `masked` is called for each line in which the word was. */
  constructor(from: Side, wording: Wording, masked: () => void) {
    this.#from = from
    this.#wording = wording
    this.#masked = masked
  }

  /** What has come of its line, with the next part of it. */
  with(part: string): string {
    return this.#line + this.#kept + part
  }

  /** Takes a line, or the next part of one, in which nothing is masked. */
  skip(part: string): string {
    const said = this.rest() + part
    this.#line = part.endsWith('\n') ? '' : (this.#line + part).slice(0, maxLineBytes)
    return said
  }

  /** Takes a line, or the next part of one, and gives what is passed on of it. */
  say(part: string): string {
    const before = this.#line.length
    const line = this.with(part)
    this.#kept = ''
    if (line.length > maxLineBytes) {
      // What is kept of it says that it is too long.
      this.#line = line.endsWith('\n') ? '' : line.slice(0, maxLineBytes)
      return line.slice(before)
    }
    const { word, lines, begun } = this.#wording
    const is = new RegExp(`\\b${word}(?=\\s)`, 'gi')
    const masked = lines[this.#from].test(line) ? line.replace(is, 'X'.repeat(word.length)) : line
    if (masked.slice(before) !== line.slice(before)) this.#masked()
    if (!line.endsWith('\n')) {
      const [last = ''] = /\b\w{1,8}$/.exec(line) ?? []
      if (word.startsWith(last.toUpperCase()) && begun[this.#from].test(line)) this.#kept = last
    }
    this.#line = line.endsWith('\n') ? '' : line.slice(0, line.length - this.#kept.length)
    return masked.slice(before, masked.length - this.#kept.length)
  }

  rest(): string {
    const kept = this.#kept
    this.#line += kept
    this.#kept = ''
    return kept
  }
}

/**
 * Masks the word STARTTLS, of POP3 STLS, where it is offered or asked for, until a link is under TLS, so that clients do not learn of it
 * and servers do not know it.
 *
 * @example
 * using stripped = network.fault(startTlsStripped({ to: 'mx.example.org' }))
 */
export function startTlsStripped(options: FaultTarget = {}): Fault {
  return faultOf('startTlsStripped', options, [], {
    what: 'STARTTLS stripped',
    transport: 'tcp',
    stage({ link, hit }): Stage {
      const passes: Partial<Record<Side, Parameters<Stage['cross']>[2]>> = {}
      const isPop3 = link.protocol === 'pop3'
      const wording = isPop3 ? stls : startTls
      const voices = { client: new Voice('client', wording, hit), server: new Voice('server', wording, hit) }
      let isMail = false
      let isCapa = false
      const pass = (from: Side, text: string) => {
        if (text !== '') passes[from]!({ kind: 'octets', octets: Buffer.from(text, 'latin1') })
      }
      const masked = (from: Side, part: string) => {
        const voice = voices[from]
        if (isPop3) {
          const line = voice.with(part)
          // A mail may have such a line.
          const isLeft = from === 'server' && !isCapa
          if (from === 'client' ? /^CAPA\s*\n$/i.test(line) : /^(?:\.|-ERR[^\n]*)\r?\n$/i.test(line)) {
            isCapa = from === 'client'
          }
          return isLeft ? voice.skip(part) : voice.say(part)
        }
        if (from === 'server' && voice.with(part).startsWith('354')) isMail = true
        if (from === 'server' || !isMail) return voice.say(part)
        // A mail may speak of it.
        isMail = !/^\.\r?\n$/.test(voice.with(part))
        return voice.skip(part)
      }
      return {
        cross(from, what, next) {
          passes[from] = next
          if (what.kind !== 'octets' || link.tls !== undefined) {
            pass(from, voices[from].rest())
            next(what)
            return
          }
          const text = what.octets.toString('latin1')
          pass(from, (text.match(/[^\n]*\n|[^\n]+/g) ?? []).map(part => masked(from, part)).join(''))
        },
        release() {
          pass('client', voices.client.rest())
          pass('server', voices.server.rest())
        },
      }
    },
  })
}
