// Where mail for here is kept, by owner; services of one network may share it.

import type { Network } from '../../net/network.ts'
import type { SmtpMessage } from './message.ts'

interface Mailbox {
  messages: SmtpMessage[]
  octets: number
}

/** Owners that are remembered where every address has a mailbox. */
const maxMailboxes = 100_000

export class Mailboxes {
  readonly #keep: number
  readonly #boxes = new Map<string, Mailbox>()

  /** @param keep messages of one mailbox; the oldest make room */
  constructor(keep: number) {
    this.#keep = keep
  }

  add(owner: string, message: SmtpMessage): void {
    let box = this.#boxes.get(owner)
    if (box === undefined) {
      if (this.#boxes.size >= maxMailboxes) this.#boxes.delete(this.#boxes.keys().next().value!)
      box = { messages: [], octets: 0 }
      this.#boxes.set(owner, box)
    }
    box.messages.push(message)
    box.octets += message.content.length
    if (box.messages.length > this.#keep) box.octets -= box.messages.shift()!.content.length
  }

  messages(owner: string): readonly SmtpMessage[] {
    return this.#boxes.get(owner)?.messages ?? []
  }

  octets(owner: string): number {
    return this.#boxes.get(owner)?.octets ?? 0
  }
}

const shared = new WeakMap<Network, Map<string, Mailboxes>>()

/** The mailboxes of a network that have a name. */
export function sharedMailboxes(network: Network, name: string, keep: number): Mailboxes {
  const named = shared.get(network) ?? new Map<string, Mailboxes>()
  shared.set(network, named)
  const mailboxes = named.get(name) ?? new Mailboxes(keep)
  named.set(name, mailboxes)
  return mailboxes
}
