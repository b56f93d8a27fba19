// A daytime server (RFC 867) on TCP and UDP port 13: the network's time as a line of text.

import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import type { Fake, ServicePort, Site } from '../net/service.ts'
import { portsOf } from '../net/service-ports.ts'
import { encodeDaytimeReply, formatDaytime } from '../wire/daytime.ts'

export interface DaytimeOptions {
  /** Default: 13 over TCP and UDP. */
  ports?: readonly (number | ServicePort)[]
  /** How a time is written. Default: `Sunday, March 15, 2015 12:09:16-UTC`. */
  format?: (date: Date) => string
}

/** What a test may look at. */
export interface DaytimeState {
  /** How many were told the time. */
  answered: number
}

export function createDaytime(options: DaytimeOptions = {}): (site: Site) => Fake<DaytimeState> {
  const { format = formatDaytime } = options
  const ports = portsOf(options.ports, [
    { port: 13, transport: 'tcp' },
    { port: 13, transport: 'udp' },
  ])
  return ({ clock }) => {
    const state: DaytimeState = { answered: 0 }
    const reply = () => {
      state.answered++
      return encodeDaytimeReply({ text: format(clock.date()) })
    }
    return {
      state,
      ports,
      accept(connection: Connection) {
        connection.write(reply())
        connection.close()
      },
      datagram(_message: Buffer, flow: Flow) {
        flow.send(reply())
      },
    }
  }
}
