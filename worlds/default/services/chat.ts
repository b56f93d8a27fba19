// The chat server of tincan: every message goes to every client, the sender too. `/name NAME` changes what one is called.

import type { TcpBehaviour, TcpConnection } from '../../../fakes/tcp.ts'
import { messagesOf, peerName } from './messages.ts'

const maxName = 32

export default function chat(): TcpBehaviour {
  const present = new Set<TcpConnection>()
  return async connection => {
    let name = peerName(connection)
    present.add(connection)
    try {
      for await (const message of messagesOf(connection)) {
        const wish = /^\/name\s+(\S.*?)\s*$/.exec(message)
        if (wish !== null) name = wish[1]!.slice(0, maxName)
        // Nobody waits for somebody who reads slowly.
        else for (const each of present) void each.write(`${name}: ${message}\0`)
      }
    } finally {
      present.delete(connection)
    }
  }
}
