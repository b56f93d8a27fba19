// Responses as a server sends them (RFC 3501 §7).

import type { ImapResponse, ImapValue, ResponseCode } from './response.ts'

/**
 * @example
 * encodeResponse({ kind: 'data', number: 23, name: 'EXISTS', values: [] }) // <'* 23 EXISTS\r\n'>
 */
export function encodeResponse(response: ImapResponse): Buffer {
  switch (response.kind) {
    case 'continuation':
      return Buffer.from(`+ ${spoken(response)}\r\n`, 'latin1')
    case 'status':
      return Buffer.from(`${response.tag ?? '*'} ${response.status} ${spoken(response)}\r\n`, 'latin1')
    case 'data': {
      const start = response.number === undefined ? response.name : `${response.number} ${response.name}`
      const writing = new Writing(`* ${start}`, response.name === 'THREAD')
      writing.values(response.values)
      return writing.end()
    }
  }
}

function spoken({ code, text }: { code?: ResponseCode | undefined; text: string }): string {
  if (code === undefined) return text
  return `[${code.text === undefined ? code.name : `${code.name} ${code.text}`}] ${text}`
}

class Writing {
  #text: string
  readonly #parts: Buffer[] = []
  /** Threads stand side by side (RFC 5256 §4), which other lists do only at the start of one (RFC 3501 §9). */
  readonly #isThread: boolean

  constructor(text: string, isThread: boolean) {
    this.#text = text
    this.#isThread = isThread
  }

  values(values: readonly ImapValue[]): void {
    for (const value of values) {
      this.#text += this.#isThread && this.#text.endsWith(')') ? '' : ' '
      this.#value(value)
    }
  }

  #value(value: ImapValue): void {
    if (value === null) this.#text += 'NIL'
    else if (typeof value === 'number') this.#text += value
    else if (typeof value === 'string') this.#string(value)
    else if (Buffer.isBuffer(value)) this.#literal(value)
    else if ('atom' in value) this.#text += value.atom
    else this.#list(value)
  }

  end(): Buffer {
    const last = Buffer.from(`${this.#text}\r\n`, 'latin1')
    return this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last])
  }

  #list(values: readonly ImapValue[]): void {
    this.#text += '('
    let follows = this.#isThread
    for (const [index, value] of values.entries()) {
      const isList = Array.isArray(value)
      if (index > 0 && !(isList && follows)) this.#text += ' '
      follows = isList && (index === 0 || follows || this.#isThread)
      this.#value(value)
    }
    this.#text += ')'
  }

  #string(text: string): void {
    if (/[\x00\r\n\x80-\xff]/.test(text)) this.#literal(Buffer.from(text, 'latin1'))
    else this.#text += `"${text.replace(/["\\]/g, '\\$&')}"`
  }

  #literal(octets: Buffer): void {
    this.#parts.push(Buffer.from(`${this.#text}{${octets.length}}\r\n`, 'latin1'), octets)
    this.#text = ''
  }
}
