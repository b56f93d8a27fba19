// The echo server of tincan: every message goes back to its sender, with the sender's address before it.

import type { TcpBehaviour } from '../../../fakes/tcp.ts'
import { messagesOf, peerName } from './messages.ts'

export default function echo(): TcpBehaviour {
  return async connection => {
    for await (const message of messagesOf(connection)) await connection.write(`${peerName(connection)}: ${message}\0`)
  }
}
