// POP3 (RFC 1939, RFC 2449, RFC 5034) as both sides of a link say it: follows pipelined commands, responses of several
// lines, AUTH and STLS (RFC 2595). pop3/ has the messages themselves.

import { ProtocolError, type Side } from './decoder.ts'
import { isMultiline, type Pop3Command, Pop3CommandDecoder, type Pop3Input } from './pop3/command.ts'
import { encodeStatus, type Pop3Output, Pop3ResponseDecoder } from './pop3/response.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

export type Pop3TurnMessage = Pop3Input | Pop3Output

/** Octets of lines that are gathered for one turn. */
const maxPiece = 1024 * 1024
/** Commands whose responses have not been seen; of those ahead nobody knows whether lines follow. */
const maxPending = 10_000

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString()

export function describe(message: Pop3TurnMessage): string {
  switch (message.kind) {
    case 'command':
      return utf8(message.args === '' ? message.verb : `${message.verb} ${message.args}`)
    case 'response':
      return message.text
    case 'overlong':
      return `(a line of ${message.octets} octets)`
    case 'status':
      return utf8(encodeStatus(message).trimEnd())
    case 'challenge':
      return `+ ${message.text}`
    case 'content':
      return describeBytes(message.octets) + (message.last ? '' : '\n…')
  }
}

type Pop3Turn = Turn<Pop3TurnMessage | Uint8Array>

class Pop3Conversation implements Conversation<Pop3TurnMessage | Uint8Array> {
  readonly #client = new Pop3CommandDecoder()
  #server = new Pop3ResponseDecoder()
  /** Commands that wait for their response, the greeting's first. */
  readonly #pending: Pick<Pop3Command, 'verb' | 'args'>[] = []
  /** Commands that nobody saw may wait for their responses. */
  readonly #isJoined: boolean
  #isInContent = false
  #pieces: Buffer[] = []
  #gathered = 0
  /** The server said something that is no response, so that what it means is not known any more. */
  #lost = false

  constructor(lastSaid: string | undefined) {
    this.#isJoined = lastSaid !== undefined
    if (lastSaid === undefined) this.#pending.push({ verb: '', args: '' })
    else if (/(?:^|\n)\+(?: [^\n]*)?\r?\n$/.test(lastSaid)) this.#client.readResponse()
    else if (lastSaid !== '' && !/(?:^|\n)(?:(?:\+OK|-ERR)[^\n]*|\.)\r?\n$/.test(lastSaid)) {
      this.#readContent()
      // Whether a dot ends the lines hangs on what stands before it.
      this.#server.push(Buffer.from(lastSaid.slice(lastSaid.lastIndexOf('\n') + 1), 'latin1'))
    }
  }

  push(from: Side, chunk: Uint8Array): Pop3Turn[] {
    if (this.#lost) return [{ from, message: chunk, text: describeBytes(chunk) }]
    if (from === 'server') return this.#responses(chunk)
    this.#client.push(chunk)
    const turns: Pop3Turn[] = []
    for (let input = this.#client.next(); input !== undefined; input = this.#client.next()) {
      turns.push({ from, message: input, text: describe(input) })
      if (input.kind === 'response' || this.#pending.length >= maxPending) continue
      this.#pending.push(input.kind === 'command' ? input : { verb: '', args: '' })
    }
    return turns
  }

  end(from: Side): Pop3Turn[] {
    const turns: Pop3Turn[] = []
    if (from === 'server' && this.#gathered > 0) turns.push(this.#content(false))
    const left = from === 'client' ? this.#client.rest() : this.#server.rest()
    if (left.length > 0) turns.push({ from, message: left, text: `${describeBytes(left)} (cut)` })
    return turns
  }

  #responses(chunk: Uint8Array): Pop3Turn[] {
    const turns: Pop3Turn[] = []
    if (this.#isJoined && this.#pending.length === 0 && !this.#isInContent && !beginsResponse(chunk))
      this.#readContent()
    this.#server.push(chunk)
    try {
      for (let output = this.#server.next(); output !== undefined; output = this.#server.next()) {
        if (output.kind === 'content') {
          this.#pieces.push(output.octets)
          this.#gathered += output.octets.length
          if (output.last || this.#gathered >= maxPiece) turns.push(this.#content(output.last))
        } else {
          turns.push({ from: 'server', message: output, text: describe(output) })
          turns.push(...this.#follow(output))
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#lost = true
      const rest = this.#server.rest()
      turns.push({ from: 'server', message: rest, text: `${describeBytes(rest)} (${error.message})` })
    }
    return turns
  }

  #content(last: boolean): Pop3Turn {
    const message = { kind: 'content' as const, octets: Buffer.concat(this.#pieces), last }
    if (last) this.#isInContent = false
    this.#pieces = []
    this.#gathered = 0
    return { from: 'server', message, text: describe(message) }
  }

  #readContent(): void {
    this.#isInContent = true
    this.#server.readContent()
  }

  /** What a response says about what either side sends next. */
  #follow(output: Exclude<Pop3Output, { kind: 'content' }>): Pop3Turn[] {
    if (output.kind === 'challenge') {
      this.#client.readResponse()
      return []
    }
    const command = this.#pending.shift()
    if (!output.ok || command === undefined) return []
    if (isMultiline(command)) this.#readContent()
    if (command.verb !== 'STLS') return []
    this.#server = new Pop3ResponseDecoder()
    const early = this.#client.rest()
    return early.length === 0 ? [] : [{ from: 'client', message: early, text: `${describeBytes(early)} (before TLS)` }]
  }
}

/** Whether octets can be a status or a challenge; others are lines of a response whose beginning nobody saw. */
function beginsResponse(octets: Uint8Array): boolean {
  const text = Buffer.from(octets.subarray(0, 4)).toString('latin1').toUpperCase()
  return ['+OK', '-ERR', '+ ', '+\r', '+\n'].some(each => text.startsWith(each) || each.startsWith(text))
}

export const wire: Wire<Pop3TurnMessage | Uint8Array> = {
  conversation: (_transport, lastSaid) => new Pop3Conversation(lastSaid),
}
