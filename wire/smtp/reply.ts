// What an SMTP server sends: replies of one or several lines (RFC 5321 §4.2), with enhanced codes (RFC 2034, RFC 3463).

import { type Decoder, excerpt, ProtocolError } from '../decoder.ts'
import { LineDecoder } from '../line-decoder.ts'

export interface SmtpReply {
  /** Three digits. */
  code: number
  /** For example `5.1.1`; undefined where the server says none, or not the same one on each line. */
  enhanced?: string
  /** The text of each line. */
  lines: string[]
}

export function reply(code: number, enhanced: string | undefined, ...lines: string[]): SmtpReply {
  return enhanced === undefined ? { code, lines } : { code, enhanced, lines }
}

/** For example `550 5.1.1 no such user`; lines after a line feed may begin with their code or not. */
export function parseReply(text: string): SmtpReply {
  const lines = text.split(/\r?\n/)
  const found = /^([2-5]\d\d)(?:[ -]|$)/.exec(lines[0]!)
  if (found === null) throw new ProtocolError('smtp', `expected a reply such as "250 2.0.0 ok", got ${shown(text)}`)
  const start = new RegExp(`^${found[1]}(?:[ -]|$)`)
  return splitEnhanced(
    Number(found[1]),
    lines.map(line => line.replace(start, '')),
  )
}

/** As one text of latin1 octets. */
export function encodeReply(said: SmtpReply, enhancedCodes = true): string {
  const code = String(said.code)
  const enhanced = enhancedCodes && said.enhanced !== undefined ? `${said.enhanced} ` : ''
  const last = said.lines.length - 1
  let text = ''
  for (let i = 0; i < last; i++) text += `${code}-${enhanced}${said.lines[i]}\r\n`
  text += `${code} ${enhanced}${said.lines[last] ?? ''}\r\n`
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text).toString('latin1') : text
}

/** The reply's lines as they cross, joined by line feeds. */
export function describeReply(said: SmtpReply): string {
  const text = encodeReply(said)
  return Buffer.from(text, 'latin1').toString().trimEnd().replaceAll('\r\n', '\n')
}

function splitEnhanced(code: number, lines: string[]): SmtpReply {
  const found = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(lines[0]!)?.[1]
  if (found === undefined || Number(found[0]) !== Math.floor(code / 100)) return { code, lines }
  if (!lines.every(line => line === found || line.startsWith(`${found} `))) return { code, lines }
  return { code, enhanced: found, lines: lines.map(line => line.slice(found.length + 1)) }
}

const shown = (line: string) => excerpt(Buffer.from(line))

/** Lines of one reply; the longest known, an EHLO's, has twenty. */
const maxLines = 512

export class SmtpReplyDecoder implements Decoder<SmtpReply> {
  // RFC 5321 §4.5.3.1.5 says 512; a challenge of AUTH may have 12288 (RFC 4954 §4).
  readonly #lines = new LineDecoder({ protocol: 'smtp', maxBytes: 12288 + 6 })
  #code = 0
  #texts: string[] = []

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk)
  }

  next(): SmtpReply | undefined {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const found = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line)
      if (found === null) throw new ProtocolError('smtp', `expected a reply line, got ${shown(line)}`)
      const code = Number(found[1])
      if (this.#texts.length === 0) this.#code = code
      else if (code !== this.#code) {
        throw new ProtocolError('smtp', `expected another line of reply ${this.#code}, got ${shown(line)}`)
      }
      this.#texts.push(utf8(found[3] ?? ''))
      if (found[2] !== '-') {
        const lines = this.#texts
        this.#texts = []
        return splitEnhanced(code, lines)
      }
      if (this.#texts.length >= maxLines) {
        throw new ProtocolError('smtp', `expected a reply of at most ${maxLines} lines, got more`)
      }
    }
    return undefined
  }

  end(): void {
    this.#lines.end()
    if (this.#texts.length > 0) throw new ProtocolError('smtp', `stream ended inside reply ${this.#code}`)
  }

  rest(): Uint8Array {
    const left = this.#texts.map(text => Buffer.from(`${this.#code}-${text}\r\n`))
    this.#texts = []
    return Buffer.concat([...left, this.#lines.rest()])
  }
}

/** Text as UTF-8 (RFC 6531 §3.7.4.1) where it is, else octet by octet. */
function utf8(latin1: string): string {
  if (!/[^\x00-\x7f]/.test(latin1)) return latin1
  const text = Buffer.from(latin1, 'latin1').toString()
  return text.includes('\ufffd') ? latin1 : text
}
