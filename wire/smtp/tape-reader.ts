// Reads the turns of a tape of SMTP in their order, since what a client's line is depends on what was said before.

import { excerpt, ProtocolError, type Side } from '../decoder.ts'
import {
  octetsOfLines,
  type Scripted,
  type TapeBody,
  type TapeMapping,
  type TapeReader,
  type TapeReading,
  type TapeValue,
} from '../tape.ts'
import { SmtpProgress } from './progress.ts'
import { codeOf, maxLine, type SmtpMessage, type SmtpReplyText } from './tape-follower.ts'
import { mailOf, readContent, readMail } from './tape-mail.ts'
import { closed, hasSecrets } from './tape-text.ts'

const octets = { kind: 'octets' } as const

export class SmtpTapeReader implements TapeReader<SmtpMessage> {
  readonly #reading: TapeReading
  readonly #progress = new SmtpProgress()
  /** The server has said what is no reply, so that what follows has no meaning. */
  #isLost = false

  constructor(reading: TapeReading) {
    this.#reading = reading
  }

  read(from: Side, value: TapeValue): Scripted<SmtpMessage> {
    if (typeof value === 'string') return from === 'server' ? this.#reply(value) : this.#line(value)
    const held = Array.isArray(value) ? {} : (value as TapeMapping)
    const keys = Object.keys(held)
      .filter(key => key !== 'dots')
      .join(', ')
    if (keys === 'octets') return this.#octets(from, this.#reading.body(held.octets!))
    if (from === 'server') throw new ProtocolError('smtp', `expected a reply or octets, got ${keys || 'none'}`)
    if (keys === 'chunk') {
      return { message: this.#progress.content('chunk'), body: readContent(held.chunk!, this.#reading) }
    }
    if (keys === 'data' || keys === 'cut') {
      this.#progress.content('data')
      return readMail(keys, held, this.#reading)
    }
    throw new ProtocolError('smtp', `expected a line, data, cut, chunk or octets, got ${keys || 'none'}`)
  }

  #reply(text: string): Scripted<SmtpMessage> {
    const octets = octetsOfLines(closed(text))
    const code = codeOf(octets)
    if (code === undefined) {
      throw new ProtocolError('smtp', `expected a reply such as "250 ok", got ${excerpt(Buffer.from(text))}`)
    }
    return this.#replied({ kind: 'reply', octets, secrets: hasSecrets(text), code })
  }

  #replied(message: SmtpReplyText): Scripted<SmtpMessage> {
    this.#progress.replied(message.code)
    return { message, closes: message.code === 221 || message.code === 421 }
  }

  #line(text: string): Scripted<SmtpMessage> {
    const line = closed(text)
    if (line.indexOf('\n') !== line.length - 1) {
      throw new ProtocolError('smtp', `expected one line, got ${excerpt(Buffer.from(text))}`)
    }
    return { message: this.#progress.line(octetsOfLines(line), hasSecrets(text)) }
  }

  #octets(from: Side, body: TapeBody): Scripted<SmtpMessage> {
    const { octets: held, secrets } = body
    if (this.#isLost || held === undefined) return { message: octets, body }
    if (from === 'server') {
      const code = codeOf(held)
      if (code !== undefined) return this.#replied({ kind: 'reply', octets: held, secrets, code })
      this.#isLost = true
    } else if (this.#progress.next === 'data') {
      this.#progress.content('data')
      return mailOf(held, secrets) ?? { message: octets, body }
    } else if (isLine(held)) return { message: this.#progress.line(held, secrets) }
    return { message: octets, body }
  }
}

/** Whether octets are one line, or the beginning of one. */
function isLine(held: Buffer): boolean {
  const at = held.indexOf('\n')
  return held.length > 0 && held.length <= maxLine && (at < 0 || at === held.length - 1)
}
