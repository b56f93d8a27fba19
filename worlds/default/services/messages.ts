// What echo and chat have in common: UTF-8 messages that end with a NUL, and how a peer is called.

import type { TcpConnection } from '../../../fakes/tcp.ts'

/** Messages as they come, until the peer ends; what it leaves unfinished is dropped. */
export async function* messagesOf(connection: TcpConnection): AsyncGenerator<string> {
  for (;;) {
    const message = await connection.readUntil('\0')
    if (message === undefined) return
    yield message.toString('utf8', 0, message.length - 1)
  }
}

/** `('192.168.0.9', 4711)`. */
export function peerName({ remote }: TcpConnection): string {
  return `('${remote.address}', ${remote.port})`
}
