// The time server of tincan, TCP: whatever a client says, it is told the time; END ends the connection.

import type { TcpBehaviour } from '../../../fakes/tcp.ts'
import type { Site } from '../../../net/service.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As C's asctime() writes it, 24 octets: `Sun Mar 15 12:09:16 2015`. */
export function formatTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2)
  const time = date.toISOString().slice(11, 19)
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`
}

export default function time({ clock }: Site): TcpBehaviour {
  return async connection => {
    for await (const chunk of connection) {
      if (chunk.toString('latin1').trimEnd() === 'END') return
      await connection.write(formatTime(clock.date()))
    }
  }
}
