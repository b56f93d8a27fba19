// Reads the turns of a tape of POP3 in their order, since what a line is depends on what was said before.

import { excerpt, ProtocolError, type Side } from '../decoder.ts'
import { mailOf, readMail } from '../smtp/tape-mail.ts'
import { closed, hasSecrets } from '../smtp/tape-text.ts'
import {
  octetsOfLines,
  type Scripted,
  type TapeBody,
  type TapeMapping,
  type TapeReader,
  type TapeReading,
  type TapeValue,
} from '../tape.ts'
import { Pop3Progress } from './progress.ts'
import { maxLine, type Pop3Message, wordOf } from './tape-follower.ts'

const octets = { kind: 'octets' } as const

export class Pop3TapeReader implements TapeReader<Pop3Message> {
  readonly #reading: TapeReading
  readonly #progress = new Pop3Progress()
  /** The server has said what is no response, so that what follows has no meaning. */
  #isLost = false

  constructor(reading: TapeReading) {
    this.#reading = reading
  }

  read(from: Side, value: TapeValue): Scripted<Pop3Message> {
    if (typeof value === 'string') return from === 'server' ? this.#response(value) : this.#line(value)
    const held = Array.isArray(value) ? {} : (value as TapeMapping)
    const keys = Object.keys(held)
      .filter(key => key !== 'dots')
      .sort()
      .join(', ')
    if (keys === 'octets') return this.#octets(from, this.#reading.body(held.octets!))
    const [, key] = /^(data|cut|octets), reply$/.exec(keys) ?? []
    if (from === 'server' && held.reply !== undefined && key !== undefined) return this.#withLines(held, key)
    const expected = from === 'server' ? 'a response, reply with data or cut, or octets' : 'a line or octets'
    throw new ProtocolError('pop3', `expected ${expected}, got ${keys || 'none'}`)
  }

  #response(text: string): Scripted<Pop3Message> {
    const whole = closed(text)
    const end = whole.indexOf('\n') + 1
    const { scripted, follows } = this.#status(textBody(whole.slice(0, end)))
    const lines = whole.slice(end)
    if (follows === undefined) {
      if (lines === '') return scripted
      const got = excerpt(Buffer.from(lines))
      throw new ProtocolError('pop3', `expected one line, since no lines follow here, got more: ${got}`)
    }
    return { ...scripted, body: textBody(lines) }
  }

  #withLines(held: TapeMapping, key: string): Scripted<Pop3Message> {
    const { scripted } = this.#status(this.#replyOf(held.reply!))
    const { octets: sent, secrets } = key === 'octets' ? this.#reading.body(held.octets!) : {}
    const read =
      key === 'octets' ? mailOf(sent ?? Buffer.alloc(0), secrets) : readMail(key as 'data' | 'cut', held, this.#reading)
    if (read === undefined) {
      throw new ProtocolError('pop3', 'expected lines up to one with a dot under octets, got more')
    }
    const { cut, dots } = read.message
    // Who writes lines by hand after a status that has none means them.
    const response = { ...scripted.message, follows: (scripted.message as { follows?: 'lines' }).follows ?? 'lines' }
    return {
      ...scripted,
      message: { ...response, ...(cut ? { cut } : {}), ...(dots === undefined ? {} : { dots }) } as Pop3Message,
      body: read.body,
    }
  }

  #replyOf(value: TapeValue): TapeBody {
    if (typeof value === 'string') return textBody(closed(value))
    return this.#reading.body('octets' in value ? value.octets! : value)
  }

  #status({ octets: line = Buffer.alloc(0), secrets }: TapeBody) {
    const word = isLine(line) ? wordOf(line) : undefined
    if (word === undefined) throw new ProtocolError('pop3', `expected a response such as "+OK", got ${excerpt(line)}`)
    return this.#replied(line, secrets, word)
  }

  #replied(line: Buffer, secrets: boolean | undefined, word: 'ok' | 'error' | 'challenge') {
    const { follows, closes } = this.#progress.replied(word)
    const message: Pop3Message = {
      kind: 'response from the server',
      octets: line,
      secrets,
      ...(follows === undefined ? {} : { follows }),
    }
    return { scripted: { message, closes }, follows }
  }

  #line(text: string): Scripted<Pop3Message> {
    const line = closed(text)
    if (line.indexOf('\n') !== line.length - 1) {
      throw new ProtocolError('pop3', `expected one line, got ${excerpt(Buffer.from(text))}`)
    }
    return { message: this.#progress.line(octetsOfLines(line), hasSecrets(text)) }
  }

  #octets(from: Side, body: TapeBody): Scripted<Pop3Message> {
    const { octets: held, secrets } = body
    if (this.#isLost || held === undefined) return { message: octets, body }
    if (from === 'server') {
      const word = isLine(held) && held.at(-1) === 0x0a ? wordOf(held) : undefined
      if (word !== undefined) return this.#replied(held, secrets, word).scripted
      this.#isLost = true
    } else if (isLine(held)) return { message: this.#progress.line(held, secrets) }
    return { message: octets, body }
  }
}

function textBody(text: string): TapeBody {
  const octets = octetsOfLines(text)
  return { size: octets.length, octets, secrets: hasSecrets(text) }
}

/** Whether octets are one line, or the beginning of one. */
function isLine(held: Buffer): boolean {
  const at = held.indexOf('\n')
  return held.length > 0 && held.length <= maxLine && (at < 0 || at === held.length - 1)
}
