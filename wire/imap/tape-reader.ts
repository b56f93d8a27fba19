// Reads the turns of a tape of IMAP in their order, since what a line is depends on what was said before.

import { excerpt, ProtocolError, type Side } from '../decoder.ts'
import { textOf } from '../smtp/credentials.ts'
import { readContent } from '../smtp/tape-mail.ts'
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
import { ImapProgress } from './progress.ts'
import { type Announced, type ImapLiteral, type ImapTapeMessage, linesOf, maxLine } from './tape-follower.ts'
import { isResponse, markOf } from './tape-line.ts'

const octets = { kind: 'octets' } as const
const nothing = Buffer.alloc(0)
const crlf = Buffer.from('\r\n')

export class ImapTapeReader implements TapeReader<ImapTapeMessage> {
  readonly #reading: TapeReading
  readonly #progress = new ImapProgress()
  /** What each side has announced and not sent yet. */
  readonly #announced: Record<Side, Announced | undefined> = { client: undefined, server: undefined }
  /** The server has said what is no response, so that what follows has no meaning. */
  #isLost = false

  constructor(reading: TapeReading) {
    this.#reading = reading
  }

  read(from: Side, value: TapeValue): Scripted<ImapTapeMessage> {
    if (typeof value === 'string') {
      const body = textBody(closed(value))
      return from === 'server' ? this.#lines(body) : this.#line(body)
    }
    const held = Array.isArray(value) ? {} : (value as TapeMapping)
    const keys = Object.keys(held)
      .filter(key => key !== 'rest')
      .join(', ')
    if (keys === 'literal' || keys === 'cut') return this.#literal(from, keys, held)
    if (keys === 'octets' && held.rest === undefined) return this.#octets(from, this.#reading.body(held.octets!))
    const expected = from === 'server' ? 'lines, literal, cut or octets' : 'a line, literal, cut or octets'
    throw new ProtocolError('imap', `expected ${expected}, got ${Object.keys(held).join(', ') || 'none'}`)
  }

  #lines({ octets: held = nothing, secrets }: TapeBody): Scripted<ImapTapeMessage> {
    const lines = linesOf({ octets: held, secrets })
    const wrong = lines.find(line => !isResponse(line))
    if (wrong !== undefined || lines.length === 0) {
      const got = excerpt(Buffer.from(wrong ?? ''))
      throw new ProtocolError('imap', `expected responses such as "* 2 EXISTS" or "a1 OK done", got ${got}`)
    }
    return this.#replied(held, secrets, lines)
  }

  #replied(octets: Buffer, secrets: boolean | undefined, lines: readonly string[]): Scripted<ImapTapeMessage> {
    let closes = false
    for (const line of lines) closes = this.#progress.replied(line).closes || closes
    const announced = lines.at(-1)!.startsWith('*') ? this.#announce('server', lines.at(-1)!) : {}
    return { message: { kind: 'lines', octets, secrets, ...announced }, closes }
  }

  #line({ octets, secrets }: TapeBody): Scripted<ImapTapeMessage> {
    const text = textOf({ octets: octets!, secrets })
    if (text.indexOf('\n') !== text.length - 1) {
      throw new ProtocolError('imap', `expected one line, got ${excerpt(octets!)}`)
    }
    return this.#spoken(octets!, secrets)
  }

  #spoken(octets: Buffer, secrets: boolean | undefined): Scripted<ImapTapeMessage> {
    const text = textOf({ octets, secrets })
    const spoken = this.#progress.line(text)
    const announced = spoken.kind === 'command' ? this.#announce('client', text) : {}
    return { message: { ...spoken, octets, secrets, ...announced } }
  }

  #announce(from: Side, text: string): { announced?: Announced } {
    this.#announced[from] = markOf(text) === undefined ? undefined : {}
    return this.#announced[from] === undefined ? {} : { announced: this.#announced[from] }
  }

  #literal(from: Side, key: 'literal' | 'cut', held: TapeMapping): Scripted<ImapTapeMessage> {
    const announced = this.#announced[from]
    this.#announced[from] = undefined
    if (announced === undefined || (from === 'client' && this.#progress.next !== 'literal')) {
      throw new ProtocolError('imap', `expected a line that ends in a size such as {42} before ${key}, got none`)
    }
    const body = readContent(held[key]!, this.#reading)
    // One that was cut had another size.
    if (key === 'literal') announced.body = body
    const spoken = from === 'client' ? this.#progress.literal() : { tag: '', verb: '' }
    const { octets: rest, secrets } = this.#behind(held.rest, key)
    const text = textOf({ octets: rest, secrets })
    const restCredential = from === 'client' && key === 'literal' ? this.#progress.behind(text) : undefined
    const message: ImapLiteral = {
      ...spoken,
      kind: 'literal',
      from,
      octets: rest,
      secrets,
      restCredential,
      ...(key === 'cut' ? { cut: true } : {}),
      ...this.#announce(from, text),
    }
    return { message, body }
  }

  #behind(value: TapeValue | undefined, key: 'literal' | 'cut'): { octets: Buffer; secrets: boolean | undefined } {
    if (value === undefined) return { octets: key === 'cut' ? nothing : crlf, secrets: false }
    const isText = typeof value === 'string'
    const given = isText || Array.isArray(value) || !('octets' in value) ? undefined : (value as TapeMapping).octets
    const body = isText ? textBody(closed(value)) : given === undefined ? undefined : this.#reading.body(given)
    const at = body?.octets?.indexOf('\n') ?? -1
    if (body?.octets === undefined || (at >= 0 && at !== body.octets.length - 1)) {
      throw new ProtocolError(
        'imap',
        `expected the rest of one line under rest, got ${excerpt(Buffer.from(JSON.stringify(value)))}`,
      )
    }
    return { octets: body.octets, secrets: body.secrets }
  }

  #octets(from: Side, body: TapeBody): Scripted<ImapTapeMessage> {
    const { octets: held, secrets } = body
    if (from === 'server' && !this.#isLost) {
      const lines = held === undefined ? [] : linesOf({ octets: held, secrets })
      if (lines.length > 0 && lines.every(line => isResponse(line)) && held!.at(-1) === 0x0a) {
        return this.#replied(held!, secrets, lines)
      }
      this.#isLost = true
    } else if (!this.#isLost && held !== undefined && isLine(held)) return this.#spoken(held, secrets)
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
