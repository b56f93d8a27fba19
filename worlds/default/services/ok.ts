// The TLS server of tincan: whatever a client says is all right, and the connection is closed.

import type { TcpBehaviour } from '../../../fakes/tcp.ts'

export default function ok(): TcpBehaviour {
  return async connection => {
    if ((await connection.read()) !== undefined) await connection.write('200 OK\r\n\r\n')
  }
}
