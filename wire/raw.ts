// Octets of no protocol: what a service from code and its clients say, shown as text where it is text.

import type { Side } from './decoder.ts'
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
