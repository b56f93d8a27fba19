// A name server (RFC 1034, RFC 1035) on UDP and TCP port 53: authoritative for its zones, a resolver over the network's
// names. Left out: zone transfers and updates (refused), DNSSEC (DO is accepted and changes nothing).

import type { Connection } from '../net/connection.ts'
import type { Flow } from '../net/flow.ts'
import type { Link } from '../net/link.ts'
import type { Fake, ServicePort, Site } from '../net/service.ts'
import { portsOf } from '../net/service-ports.ts'
import { headerBytes } from '../wire/dns/message.ts'
import type { RecordType } from '../wire/dns/record.ts'
import { DnsFrameDecoder, frameDnsMessage } from '../wire/dns.ts'
import type { DnsFault } from './dns/faults.ts'
import { type DnsAnswer, type DnsBehaviour, type DnsQuery, DnsServer } from './dns/server.ts'
import type { ZoneRecord } from './dns/zone.ts'
import { drive, type Effects } from './session.ts'

export type { DnsFault } from './dns/faults.ts'
export type { DnsAnswer, DnsBehaviour, DnsQuery } from './dns/server.ts'
export type { ZoneRecord } from './dns/zone.ts'

export interface DnsOptions {
  /** Default: 53 over UDP and TCP. */
  ports?: readonly (number | ServicePort)[]
  /**
   * Zones that it is authoritative for, by origin: a zone file's text, or records with full names. A SOA and an NS
   * record that lead to the fake's host are added where a zone has none.
   */
  zones?: Readonly<Record<string, string | readonly ZoneRecord[]>>
  /**
   * Whether it answers for the network's hosts and the zones of its other DNS fakes. Default: where it has no zones of
   * its own.
   */
  recursion?: boolean
  /** Seconds, for the addresses of hosts and for records without a TTL. Default: 3600. */
  ttl?: number
  /** Asked first; undefined leaves the question to the zones. */
  answer?: DnsBehaviour
  /** What it does wrong on purpose; also `state.faults`. */
  faults?: readonly DnsFault[]
}

/** What a test may look at and change. */
export interface DnsState {
  /** The last thousand questions, the oldest first. */
  readonly queries: readonly DnsQuery[]
  /** What it does wrong on purpose; a test may add faults and take them away. */
  readonly faults: DnsFault[]
  /** Adds a fault until the guard is disposed. */
  fault(fault: DnsFault): Disposable
  /**
   * Adds a record to the zone that it belongs to.
   *
   * @throws {UsageError} where the fake has no such zone or the zone cannot have such a record.
   */
  add(record: ZoneRecord): void
  /** Takes away a name's records, or those of one type, and says how many they were. */
  remove(name: string, type?: RecordType): number
  /** Empties the resolver's cache. */
  forget(): void
}

/** How long a TCP connection may stay silent (RFC 7766 §6.2.3), on the network's clock. */
const idleMs = 30_000

export function createDns(options: DnsOptions = {}): (site: Site) => Fake<DnsState> {
  const ports = portsOf(options.ports, [
    { port: 53, transport: 'udp' },
    { port: 53, transport: 'tcp' },
  ])
  return site => {
    const server = new DnsServer(options, site)
    const { clock } = site
    const later = ({ delay }: DnsAnswer, send: () => void) => {
      if (delay === undefined) send()
      else clock.after(delay, send)
    }
    return {
      state: server.state,
      ports,
      unreachedFaults: () => server.unreachedFaults(),
      datagram(message: Buffer, flow: Flow) {
        const answer = server.answer(message, flow)
        if (answer === undefined || answer.close !== undefined) return
        const { octets, copies = 1 } = answer
        later(answer, () => {
          for (let copy = 0; copy < copies; copy++) flow.send(octets)
        })
      },
      accept(connection: Connection) {
        accept(connection, site, server, later)
      },
    }
  }
}

function effectsOf({ octets, copies = 1, close }: DnsAnswer): Effects {
  if (close !== undefined) return { close }
  const framed = frameDnsMessage(octets)
  return { reply: copies === 1 ? framed : Buffer.concat(new Array<Uint8Array>(copies).fill(framed)) }
}

const isQuery = (message: Buffer) => message.length >= headerBytes && (message[2]! & 0x80) === 0

function accept(
  connection: Connection,
  { clock }: Site,
  server: { answer(message: Buffer, link: Link): DnsAnswer | undefined },
  later: (answer: DnsAnswer, send: () => void) => void,
): void {
  let heardMs = clock.now()
  const watch = () =>
    clock.after(heardMs + idleMs - clock.now(), () => {
      if (heardMs + idleMs > clock.now()) timer = watch()
      else connection.close()
    })
  let timer = watch()
  drive(connection, new DnsFrameDecoder(), {
    receive(message) {
      heardMs = clock.now()
      const answer = server.answer(message, connection)
      // Who sends an answer, or no message at all, is no client; bind ends such a connection.
      if (answer === undefined) return isQuery(message) ? undefined : { close: 'reset' }
      if (answer.delay === undefined) return effectsOf(answer)
      return new Promise(resolve => later(answer, () => resolve(effectsOf(answer))))
    },
    closed: () => timer[Symbol.dispose](),
  })
}
