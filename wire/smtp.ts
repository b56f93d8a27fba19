// SMTP (RFC 5321) as both sides of a link say it: follows pipelined commands, AUTH, DATA, BDAT and STARTTLS.
// smtp/ has the messages themselves. Left out: LMTP (RFC 2033); a chunk of BDAT that is on its way when a link is joined.

import { ProtocolError, type Side } from './decoder.ts'
import { type SmtpCommand, SmtpCommandDecoder, type SmtpInput } from './smtp/command.ts'
import { describeReply, type SmtpReply, SmtpReplyDecoder } from './smtp/reply.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

/** What follows DATA or BDAT, dots unstuffed; a long mail comes in pieces, of which one is the `last`. */
export interface SmtpContent {
  kind: 'content'
  octets: Buffer
  last: boolean
}

export type SmtpTurnMessage =
  | SmtpCommand
  | Extract<SmtpInput, { kind: 'response' | 'overlong' }>
  | SmtpContent
  | SmtpReply

/** Octets of content that are gathered for one turn. */
const maxPiece = 1024 * 1024
/** Commands whose replies have not been seen; a client that sends more ahead is not followed through AUTH and DATA. */
const maxPending = 10_000

export function describe(message: SmtpTurnMessage): string {
  if ('code' in message) return describeReply(message)
  switch (message.kind) {
    case 'command': {
      const args = Buffer.from(message.args, 'latin1').toString()
      return args === '' ? message.verb : `${message.verb} ${args}`
    }
    case 'response':
      return message.text
    case 'content':
      return describeBytes(message.octets) + (message.last ? '' : '\n…')
    case 'overlong':
      return `(a line of ${message.octets} octets)`
  }
}

class SmtpConversation implements Conversation<SmtpTurnMessage | Uint8Array> {
  readonly #client = new SmtpCommandDecoder()
  #server = new SmtpReplyDecoder()
  /** Verbs that wait for their reply, the banner's first. */
  readonly #pending: string[] = []
  #pieces: Buffer[] = []
  #gathered = 0
  /** The server said something that is no reply, so that what it means is not known any more. */
  #lost = false
  /** Commands that nobody saw may wait for their replies. */
  #isJoined = false
  /** What is read is the rest of a mail; where the link is joined, it may have ended before. */
  #isInMail = false

  constructor(lastSaid: string | undefined) {
    if (lastSaid === undefined) {
      this.#pending.push('')
      return
    }
    this.#isJoined = true
    const code = /(?:^|\n)(\d{3})(?: [^\n]*)?\r?\n$/.exec(lastSaid)?.[1]
    this.#isInMail = code === '354'
    if (this.#isInMail) this.#begin('DATA')
    else if (code === '334') this.#begin('AUTH')
  }

  push(from: Side, chunk: Uint8Array): Turn<SmtpTurnMessage | Uint8Array>[] {
    if (this.#lost) return [{ from, message: chunk, text: describeBytes(chunk) }]
    if (from === 'server') return this.#replies(chunk)
    this.#client.push(chunk)
    return this.#commands()
  }

  end(from: Side): Turn<SmtpTurnMessage | Uint8Array>[] {
    const turns: Turn<SmtpTurnMessage | Uint8Array>[] = []
    if (from === 'client' && this.#gathered > 0) turns.push(this.#content(false))
    const left = from === 'client' ? this.#client.rest() : this.#server.rest()
    if (left.length > 0) turns.push({ from, message: left, text: `${describeBytes(left)} (cut)` })
    return turns
  }

  #commands(): Turn<SmtpTurnMessage | Uint8Array>[] {
    const turns: Turn<SmtpTurnMessage | Uint8Array>[] = []
    for (let input = this.#client.next(); input !== undefined; input = this.#client.next()) {
      if (input.kind === 'data' || input.kind === 'chunk') {
        this.#pieces.push(input.octets)
        this.#gathered += input.octets.length
        if (input.last || this.#gathered >= maxPiece) turns.push(this.#content(input.last))
        continue
      }
      turns.push({ from: 'client', message: input, text: describe(input) })
      if (input.kind !== 'response') this.#expectReply(input)
    }
    return turns
  }

  #expectReply(input: SmtpInput): void {
    const verb = input.kind === 'command' ? input.verb : ''
    if (this.#pending.length < maxPending) this.#pending.push(verb)
    const octets = input.kind === 'command' && verb === 'BDAT' ? /^\d{1,15}/.exec(input.args)?.[0] : undefined
    if (octets !== undefined) this.#client.readChunk(Number(octets))
  }

  #content(last: boolean): Turn<SmtpContent> {
    const message: SmtpContent = { kind: 'content', octets: Buffer.concat(this.#pieces), last }
    const text = this.#isInMail ? `…\n${describe(message)}` : describe(message)
    this.#pieces = []
    this.#gathered = 0
    this.#isInMail = !last
    return { from: 'client', message, text }
  }

  #replies(chunk: Uint8Array): Turn<SmtpTurnMessage | Uint8Array>[] {
    const turns: Turn<SmtpTurnMessage | Uint8Array>[] = []
    this.#server.push(chunk)
    try {
      for (let reply = this.#server.next(); reply !== undefined; reply = this.#server.next()) {
        turns.push({ from: 'server', message: reply, text: describe(reply) })
        turns.push(...this.#follow(reply))
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#lost = true
      const rest = this.#server.rest()
      turns.push({ from: 'server', message: rest, text: `${describeBytes(rest)} (${error.message})` })
    }
    return turns
  }

  /** What the server has asked for when the link is joined. */
  #begin(verb: 'AUTH' | 'DATA'): void {
    this.#pending.splice(0, Infinity, verb)
    if (verb === 'AUTH') this.#client.readResponse()
    else this.#client.readData()
  }

  /** Which command a reply answers, where some were not seen: a code that answers one command alone tells. */
  #joinedVerb(code: number): string | undefined {
    if (this.#isInMail && this.#gathered === 0) {
      this.#client.readCommands()
      this.#isInMail = false
    }
    const only = code === 354 ? 'DATA' : code === 334 ? 'AUTH' : undefined
    if (only !== undefined) this.#pending.splice(0, Infinity, only)
    return this.#pending[0]
  }

  /** What a reply says about what the client sends next. */
  #follow(reply: SmtpReply): Turn<Uint8Array>[] {
    const verb = this.#isJoined ? this.#joinedVerb(reply.code) : this.#pending[0]
    if (verb === 'AUTH' && reply.code === 334) this.#client.readResponse()
    else if (verb === 'DATA' && reply.code === 354) this.#client.readData()
    else this.#pending.shift()
    if (verb !== 'STARTTLS' || reply.code !== 220) return []
    this.#server = new SmtpReplyDecoder()
    const early = this.#client.rest()
    if (early.length === 0) return []
    return [{ from: 'client', message: early, text: `${describeBytes(early)} (before TLS)` }]
  }
}

export const wire: Wire<SmtpTurnMessage | Uint8Array> = {
  conversation: (_transport, lastSaid) => new SmtpConversation(lastSaid),
}
