// What a server's turn has of the client that it was recorded with, made what the live one has: its tags, and leave to send
// a literal only where it is waited for (RFC 7888).

import { textOf } from '../smtp/credentials.ts'
import type { TapeFitting } from '../tape.ts'
import type { ImapLines, ImapTapeMessage } from './tape-follower.ts'
import { markOf } from './tape-line.ts'

const leave: ImapLines = { kind: 'lines', octets: Buffer.from('+ go ahead\r\n') }

export class ImapFitting implements TapeFitting<ImapTapeMessage> {
  /** What the live client calls what the recorded one called so. */
  readonly #tags = new Map<string, string>()
  /** The live client has not waited where the recorded one did. */
  #isUnasked = false

  asked(recorded: ImapTapeMessage, live: ImapTapeMessage): ImapTapeMessage | undefined {
    if (recorded.kind === 'command' && live.kind === 'command') this.#tags.set(recorded.tag, live.tag)
    const isWaiting = waits(live)
    this.#isUnasked = waits(recorded) && !isWaiting
    return isWaiting && !waits(recorded) ? leave : undefined
  }

  said(message: ImapTapeMessage): ImapTapeMessage | undefined {
    if (message.kind !== 'lines') return message
    if (this.#isUnasked && message.octets[0] === 0x2b) {
      this.#isUnasked = false
      return undefined
    }
    const { octets, secrets } = message
    const text = octets.toString('latin1')
    const fitted = text
      .replace(/^([^\s*+]\S*)(?= (?:OK|NO|BAD)\b)/gim, tag => this.#tags.get(tag) ?? tag)
      .replace(/^(\* ESEARCH \(TAG ")([^"\r\n]*)(?="\))/gim, (_, before, tag) => before + (this.#tags.get(tag) ?? tag))
    return fitted === text ? message : { ...message, octets: Buffer.from(fitted, 'latin1'), secrets }
  }
}

/** Whether a client sends nothing more before it has leave. */
function waits(message: ImapTapeMessage): boolean {
  if (message.kind !== 'command' && message.kind !== 'literal') return false
  return markOf(textOf(message))?.waits ?? false
}
