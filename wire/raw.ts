// Octets of no protocol: what a service from code and its clients say, shown as text where it is text.

import type { Side } from './decoder.ts'
import { type Follower, filled, type Heard, outgoing, type Scripted, type TapeBody, type TapeForm } from './tape.ts'
import { type Conversation, describeBytes, type Turn, type Wire } from './wire.ts'

export const describe = (message: Uint8Array): string => describeBytes(message)

class RawConversation implements Conversation<Uint8Array> {
  push(from: Side, chunk: Uint8Array): Turn<Uint8Array>[] {
    return [{ from, message: chunk, text: describe(chunk) }]
  }

  end(): Turn<Uint8Array>[] {
    return []
  }
}

/** Every chunk is a turn: without a protocol nothing else says where a message ends. */
export const wire: Wire<Uint8Array> = { conversation: () => new RawConversation() }

/** Octets of one side on a tape: a datagram, or all that it said until the other side spoke. */
export interface RawMessage {
  readonly kind: 'octets'
  /** Of a datagram. */
  readonly octets?: Buffer
  /** `octets` are text of a tape, with placeholders in it. */
  readonly secrets?: boolean | undefined
}

const run: RawMessage = { kind: 'octets' }

/** A stream without messages: what one side says until the other speaks is one, in whatever pieces it comes. */
export class RawFollower implements Follower<RawMessage> {
  readonly held = 0
  readonly #heard: Heard<RawMessage>[] = []
  #speaks: Side | undefined

  push(from: Side, octets: Buffer): void {
    if (octets.length === 0) return
    if (this.#speaks !== from) {
      this.#finish()
      this.#speaks = from
      this.#heard.push({ kind: 'begin', from, message: run })
    }
    this.#heard.push({ kind: 'piece', from, octets })
  }

  next(): Heard<RawMessage> | undefined {
    return this.#heard.shift()
  }

  end(from: Side): void {
    // What a client says once the server has ended may be said because of it.
    if (this.#speaks === from || from === 'server') this.#finish()
  }

  said(): void {
    this.#finish()
  }

  secured(): void {
    this.#finish()
  }

  #finish(): void {
    if (this.#speaks === undefined) return
    this.#heard.push({ kind: 'finish', from: this.#speaks, message: run })
    this.#speaks = undefined
  }
}

class DatagramFollower implements Follower<RawMessage> {
  readonly held = 0
  readonly #heard: Heard<RawMessage>[] = []

  push(from: Side, octets: Buffer): void {
    this.#heard.push({ kind: 'whole', from, message: { kind: 'octets', octets } })
  }

  next(): Heard<RawMessage> | undefined {
    return this.#heard.shift()
  }

  end(): void {}
  said(): void {}
  secured(): void {}
}

const bodyOf = ({ octets, secrets }: RawMessage): TapeBody => ({ size: octets!.length, octets, secrets })

const ssh = Buffer.from('SSH-')

/** Octets as they are. Secrets in them cannot be told, but for those that somebody names. */
export const form: TapeForm<RawMessage> = {
  kind: transport => (transport === 'tcp' ? 'stream' : 'exchanges'),
  follow: transport => (transport === 'tcp' ? new RawFollower() : new DatagramFollower()),
  unrepeatable(_from, start) {
    if (!start.subarray(0, 4).equals(ssh)) return undefined
    return 'an SSH session is encrypted with keys that are new each time, so that its octets cannot be said again'
  },
  write: (message, body, writing) => writing.body(body ?? bodyOf(message)),
  reader: (reading, transport) => ({
    read(_from, value): Scripted<RawMessage> {
      const body = reading.body(value)
      if (transport === 'tcp' || body.octets === undefined) return { message: run, body }
      return { message: { kind: 'octets', octets: body.octets, secrets: body.secrets } }
    },
  }),
  encode: ({ message, body }, reveal) => outgoing(filled(body ?? bodyOf(message), reveal)),
  identity({ octets, secrets }) {
    const text = octets?.toString('latin1') ?? ''
    return secrets ? text.replace(/\xe2\x80\xb9(.*?)\xe2\x80\xba/gs, '‹$1›') : text
  },
  refuse: () => ({ link: 'reset' }),
}
