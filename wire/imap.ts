// IMAP (RFC 3501) as both sides of a link say it: follows literals, AUTHENTICATE, IDLE and STARTTLS. imap/ has the
// messages themselves. Left out: COMPRESS (RFC 4978); what follows a literal that is on its way when a link is joined, up
// to the next status that ends a command.

import { ProtocolError, type Side } from './decoder.ts'
import { ImapCommandDecoder, type ImapInput } from './imap/command.ts'
import { encodeCommand } from './imap/encode-command.ts'
import { encodeResponse } from './imap/encode-response.ts'
import { type ImapResponse, ImapResponseDecoder, type ImapStatus } from './imap/response.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

type ImapTurnMessage = Exclude<ImapInput, { kind: 'literal' }> | ImapResponse

/** Commands that change what follows, whose answers have not been seen. */
const maxPending = 1000

/** What a server has said last: that the client go on, a whole response, one that goes on with a literal. */
const bidden = /(?:^|\n)\+(?: [^\n]*)?\r?\n$/
const wholeResponse = /(?:^|\n)(?:\* [^\n]*|\+[^\n]*|[^\s*+]+ (?:OK|NO|BAD)\b[^\n]*)\r?\n$/i
const literal = /\{\d+\}\r?\n$/
const taggedStatus = /^[^\s*+]+ (?:OK|NO|BAD)\b/i

/** Lines as they cross, literals behind their lengths; one beyond a limit is only named. */
function describe(message: ImapTurnMessage): string {
  switch (message.kind) {
    case 'command':
      return describeBytes(Buffer.concat(encodeCommand(message)))
    case 'line':
      return message.text
    case 'invalid':
      return message.frame === undefined
        ? `${message.tag ?? '?'} ${message.verb} (${message.error.message})`
        : describeBytes(Buffer.from(message.frame.text, 'latin1'))
    default:
      return describeBytes(encodeResponse(message))
  }
}

class ImapConversation implements Conversation<ImapTurnMessage | Uint8Array> {
  #client = new ImapCommandDecoder()
  #server = new ImapResponseDecoder()
  /** Verbs of commands by tag that mean something to what follows. */
  readonly #pending = new Map<string, string>()
  /** The tag of the command whose literal waits for leave. */
  #asking: string | undefined
  /** The server said something that is no response, so that what it means is not known any more. */
  #lost = false
  /** What a side says is the rest of a message whose beginning nobody saw. */
  readonly #isRest: Record<Side, boolean> = { client: false, server: false }
  #isLineStart = true

  constructor(lastSaid: string | undefined) {
    if (lastSaid === undefined || lastSaid === '') return
    this.#isRest.client = bidden.test(lastSaid)
    this.#isRest.server = !wholeResponse.test(lastSaid) || literal.test(lastSaid)
    this.#isLineStart = lastSaid.endsWith('\n')
  }

  push(from: Side, chunk: Uint8Array): Turn<ImapTurnMessage | Uint8Array>[] {
    if (this.#lost) return [{ from, message: chunk, text: describeBytes(chunk) }]
    if (this.#isRest[from]) {
      const text = Buffer.from(chunk).toString('latin1')
      if (from === 'client') {
        return /^DONE\r?\n$/i.test(text) ? [{ from, message: { kind: 'line', text: 'DONE' }, text: 'DONE' }] : []
      }
      this.#isRest.server = !(this.#isLineStart && taggedStatus.test(text))
      this.#isLineStart = text.endsWith('\n')
      if (this.#isRest.server) return []
    }
    const decoder = from === 'client' ? this.#client : this.#server
    decoder.push(chunk)
    try {
      return from === 'client' ? this.#commands() : this.#responses()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#lost = true
      const rest = decoder.rest()
      return [{ from, message: rest, text: `${describeBytes(rest)} (${error.message})` }]
    }
  }

  end(from: Side): Turn<ImapTurnMessage | Uint8Array>[] {
    const left = from === 'client' ? this.#client.rest() : this.#server.rest()
    return left.length > 0 ? [{ from, message: left, text: `${describeBytes(left)} (cut)` }] : []
  }

  #commands(): Turn<ImapTurnMessage>[] {
    const turns: Turn<ImapTurnMessage>[] = []
    for (let input = this.#client.next(); input !== undefined; input = this.#client.next()) {
      if (input.kind === 'literal') {
        this.#asking = input.tag
        continue
      }
      this.#asking = undefined
      turns.push({ from: 'client', message: input, text: describe(input) })
      if (input.kind === 'command' && /^(AUTHENTICATE|IDLE|STARTTLS)$/.test(input.verb)) {
        if (this.#pending.size < maxPending) this.#pending.set(input.tag, input.verb)
      }
    }
    return turns
  }

  #responses(): Turn<ImapTurnMessage | Uint8Array>[] {
    const turns: Turn<ImapTurnMessage | Uint8Array>[] = []
    for (let response = this.#server.next(); response !== undefined; response = this.#server.next()) {
      turns.push({ from: 'server', message: response, text: describe(response) })
      if (response.kind === 'continuation') this.#bidden()
      else if (response.kind === 'status' && response.tag !== undefined)
        turns.push(...this.#answered(response.tag, response))
    }
    return turns
  }

  /** The client may go on: with a literal, or with a line that is no command. */
  #bidden(): void {
    if (this.#asking !== undefined) return
    for (const verb of this.#pending.values()) if (verb !== 'STARTTLS') this.#client.readLine()
  }

  #answered(tag: string, { status }: ImapStatus): Turn<Uint8Array>[] {
    this.#isRest.client = false
    if (tag === this.#asking) {
      this.#client.abandon()
      this.#asking = undefined
    }
    const verb = this.#pending.get(tag)
    if (verb === undefined) return []
    this.#pending.delete(tag)
    this.#client.readLine(false)
    if (verb !== 'STARTTLS' || status !== 'OK') return []
    const early = this.#client.rest()
    this.#client = new ImapCommandDecoder()
    this.#server = new ImapResponseDecoder()
    return early.length === 0 ? [] : [{ from: 'client', message: early, text: `${describeBytes(early)} (before TLS)` }]
  }
}

export const wire: Wire<ImapTurnMessage | Uint8Array> = {
  conversation: (_transport, lastSaid) => new ImapConversation(lastSaid),
}
