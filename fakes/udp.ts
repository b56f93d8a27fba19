// A UDP service from code, for what has no protocol here: a function of each datagram.

import type { Endpoint } from '../net/address.ts'
import type { Flow } from '../net/flow.ts'
import type { Fake, Site } from '../net/service.ts'

export interface UdpOptions {
  /** There is no default: a service from code has no port of its own. */
  port: number
}

export interface DatagramInfo {
  /** The client as the service sees it. */
  readonly remote: Endpoint
  readonly local: Endpoint
  /** Sends another datagram to the same client, now or later. Text goes as UTF-8. */
  send(bytes: Uint8Array | string): void
}

type Answer = Uint8Array | string | undefined

/** The answer to a datagram; undefined says nothing. What it throws is a bug and fails the test. */
export type UdpBehaviour = (message: Buffer, info: DatagramInfo) => Answer | Promise<Answer>

export interface UdpRecord {
  readonly remote: Endpoint
  readonly message: Buffer
}

/** What a test may look at. */
export interface UdpState {
  /** The last 1000 datagrams, the oldest first. */
  readonly received: readonly UdpRecord[]
}

const maxRecords = 1000

export function createUdp(behaviour: UdpBehaviour, { port }: UdpOptions): (site: Site) => Fake<UdpState> {
  return ({ network }) => {
    const received: UdpRecord[] = []
    return {
      state: { received },
      ports: [{ port, transport: 'udp' }],
      datagram(message: Buffer, flow: Flow) {
        const remote = { address: flow.seenAs, port: flow.client.port }
        if (received.push({ remote, message }) > maxRecords) received.shift()
        const send = (bytes: Uint8Array | string) => flow.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
        const say = (answer: Answer) => {
          if (answer !== undefined) send(answer)
        }
        const answer = behaviour(message, { remote, local: flow.server, send })
        if (answer instanceof Promise) answer.then(say).catch(error => network.reportBug(error, flow))
        else say(answer)
      },
    }
  }
}
