// Sorts packets by the links that they belong to: TCP connections and flows of datagrams.

import { type Endpoint, formatEndpoint, normalizeAddress } from '../../net/address.ts'
import { protocols } from '../../protocols.ts'
import type { Side } from '../../wire/decoder.ts'
import type { KeyLog } from '../../wire/tls/key-log.ts'
import { ACK, RST, SYN } from '../packets.ts'
import type { CapturedLink, CaptureEvent } from './events.ts'
import type { IpPacket } from './ip.ts'
import type { Tally } from './tally.ts'
import { TcpConnection } from './tcp-connection.ts'
import type { Backlog } from './tcp-half.ts'
import { readTcp, readUdp, type TcpSegment, tcpProtocol, type UdpDatagram, udpProtocol } from './transport.ts'
import { Unveiling } from './unveiling.ts'

interface Flow {
  readonly link: CapturedLink
  readonly client: string
  time: number
}

/** How many are followed at once; of more, the one that has been silent longest is given up. */
const maxLinks = 65_536
/** A flow in which nothing was said for so long is over: no answer comes so late. */
const idleMs = 120_000

export class Links {
  readonly #secrets: KeyLog
  readonly #tally: Tally
  readonly #emit: (event: CaptureEvent) => void
  readonly #maxLinks: number
  /** The one that spoke last is last. */
  readonly #connections = new Map<string, TcpConnection>()
  readonly #flows = new Map<string, Flow>()
  readonly #backlog: Backlog = { octets: 0 }
  #opened = 0

  constructor(secrets: KeyLog, tally: Tally, emit: (event: CaptureEvent) => void, limit: number = maxLinks) {
    this.#secrets = secrets
    this.#tally = tally
    this.#emit = emit
    this.#maxLinks = limit
  }

  packet(packet: IpPacket, time: number): void {
    if (packet.protocol === tcpProtocol) {
      const segment = readTcp(packet)
      if (segment !== undefined) this.#segment(packet, segment, time)
    } else if (packet.protocol === udpProtocol) {
      const datagram = readUdp(packet)
      if (datagram !== undefined) this.#datagram(packet, datagram, time)
    }
  }

  /** The capture is over. */
  end(): void {
    for (const [key] of this.#connections) this.#giveUp(key)
    for (const flow of this.#flows.values()) this.#close(flow)
    this.#connections.clear()
    this.#flows.clear()
  }

  #segment(packet: IpPacket, segment: TcpSegment, time: number): void {
    const from = endKey(packet.source, segment.from)
    const to = endKey(packet.destination, segment.to)
    const key = from < to ? from + to : to + from
    let connection = this.#connections.get(key)
    if (connection?.isOther(from, segment)) {
      this.#giveUp(key)
      connection = undefined
    }
    connection ??= this.#begin(packet, segment, from, to, time)
    if (connection === undefined) return
    this.#connections.delete(key)
    this.#connections.set(key, connection)
    connection.segment(from, segment, time)
    if (this.#connections.size > this.#maxLinks) {
      const [oldest] = this.#connections.keys()
      if (!this.#connections.get(oldest!)!.isOver) {
        this.#tally.add(`more than ${this.#maxLinks} connections at once: the one silent longest is given up`)
      }
      this.#giveUp(oldest!)
    }
  }

  /** A connection that begins with this segment, or is joined here; undefined for what is only left of one. */
  #begin(packet: IpPacket, segment: TcpSegment, from: string, to: string, time: number): TcpConnection | undefined {
    const { flags, length } = segment
    const isSyn = (flags & SYN) !== 0
    if (!isSyn && (length === 0 || (flags & RST) !== 0)) return undefined
    const source = endpoint(packet.source, segment.from)
    const destination = endpoint(packet.destination, segment.to)
    const isFromClient = isSyn ? (flags & ACK) === 0 : isClient(source, destination, 'tcp')
    const [client, server] = isFromClient ? [source, destination] : [destination, source]
    return new TcpConnection(
      {
        client: isFromClient ? from : to,
        open: since => new Unveiling(this.#open('tcp', client, server, !isSyn, since), this.#secrets, this.#emit),
        refused: () => this.#tally.add(`${formatEndpoint(server)} refused a connection`),
        unanswered: () => this.#tally.add(`${formatEndpoint(server)} did not answer a connection`),
        backlog: this.#backlog,
      },
      time,
    )
  }

  #giveUp(key: string): void {
    this.#connections.get(key)?.close('unseen')
    this.#connections.delete(key)
  }

  #datagram(packet: IpPacket, { from, to, payload, length }: UdpDatagram, time: number): void {
    this.#closeIdle(time)
    if (payload.length < length) {
      this.#tally.add('a datagram that the capture has cut is left out')
      return
    }
    const source = endKey(packet.source, from)
    const destination = endKey(packet.destination, to)
    const key = source < destination ? source + destination : destination + source
    const flow = this.#flows.get(key) ?? this.#beginFlow(packet, { from, to }, source, destination, time)
    flow.time = Math.max(flow.time, time)
    this.#flows.delete(key)
    this.#flows.set(key, flow)
    const side: Side = source === flow.client ? 'client' : 'server'
    this.#emit({ kind: 'plain', link: flow.link, from: side, octets: Buffer.from(payload), time: flow.time })
    if (this.#flows.size > this.#maxLinks) this.#closeFirst()
  }

  #beginFlow(packet: IpPacket, ports: { from: number; to: number }, from: string, to: string, time: number): Flow {
    const source = endpoint(packet.source, ports.from)
    const destination = endpoint(packet.destination, ports.to)
    // An answer whose question was before the capture.
    const isAnswer = isKnown(source.port, 'udp') && !isKnown(destination.port, 'udp') && destination.port > 1023
    const [client, server] = isAnswer ? [destination, source] : [source, destination]
    return { link: this.#open('udp', client, server, isAnswer, time), client: isAnswer ? to : from, time }
  }

  #closeIdle(time: number): void {
    for (const { time: last } of this.#flows.values()) {
      if (last >= time - idleMs) return
      this.#closeFirst()
    }
  }

  #closeFirst(): void {
    for (const [key, flow] of this.#flows) {
      this.#flows.delete(key)
      this.#close(flow)
      return
    }
  }

  #close({ link, time }: Flow): void {
    this.#emit({ kind: 'closed', link, how: 'end', time })
  }

  #open(transport: 'tcp' | 'udp', client: Endpoint, server: Endpoint, isJoined: boolean, time: number): CapturedLink {
    const link: CapturedLink = { id: ++this.#opened, transport, client, server, isJoined }
    this.#emit({ kind: 'opened', link, time })
    return link
  }
}

/** Of two ends, the client is the one whose port is no service's; of two such, the one with the higher. */
function isClient(from: Endpoint, to: Endpoint, transport: 'tcp' | 'udp'): boolean {
  const [isFromKnown, isToKnown] = [isKnown(from.port, transport), isKnown(to.port, transport)]
  return isFromKnown === isToKnown ? from.port >= to.port : isToKnown
}

const known = new Set(
  Object.values(protocols).flatMap(({ ports }) => ports.map(({ port, transport }) => `${transport} ${port}`)),
)

function isKnown(port: number, transport: 'tcp' | 'udp'): boolean {
  return known.has(`${transport} ${port}`)
}

/** One end, short and comparable. */
function endKey(address: Buffer, port: number): string {
  return address.toString('latin1') + String.fromCharCode(port)
}

function endpoint(address: Buffer, port: number): Endpoint {
  return { address: addressText(address), port }
}

/** The address of 4 or 16 octets, as `normalizeAddress` spells it. */
export function addressText(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.')
  return normalizeAddress(octets.toString('hex').replace(/(....)(?=.)/g, '$1:'))
}
