// The segments that tell a TCP link's story (RFC 9293): a tap sees octets and events, a capture shows packets.
// Left out on purpose: retransmissions and windows that fill up, since nothing is lost between a tap and its link.

import type { Ending } from '../net/link.ts'
import type { Random } from '../net/random.ts'
import type { Side } from '../wire/decoder.ts'
import { ACK, FIN, PSH, RST, SYN, type TcpSegment } from './packets.ts'

interface End {
  /** Sequence number of the next octet. */
  next: number
  ended: boolean
  /** Segments heard and not acknowledged. */
  unacknowledged: number
}

const windowScale = 7
// Linux' first window, and the same behind the scale.
const firstWindow = 64240
const window = firstWindow >> windowScale

export class TcpStory {
  readonly #ends: Record<Side, End>
  readonly #maxSegmentBytes: number
  readonly #emit: (from: Side, segment: TcpSegment) => void

  /** Initial sequence numbers come from `random`. */
  constructor(maxSegmentBytes: number, random: Random, emit: (from: Side, segment: TcpSegment) => void) {
    this.#maxSegmentBytes = maxSegmentBytes
    this.#emit = emit
    const end = () => ({ next: random.uint32(), ended: false, unacknowledged: 0 })
    this.#ends = { client: end(), server: end() }
  }

  open(): void {
    const options = this.#options()
    const { client, server } = this.#ends
    const syn = { window: firstWindow, options }
    this.#emit('client', { ...syn, flags: SYN, sequence: client.next, acknowledgment: 0 })
    client.next = add(client.next, 1)
    this.#emit('server', { ...syn, flags: SYN | ACK, sequence: server.next, acknowledgment: client.next })
    server.next = add(server.next, 1)
    this.#send('client', ACK)
  }

  data(from: Side, bytes: Uint8Array): void {
    const most = this.#maxSegmentBytes
    for (let at = 0; at < bytes.length; at += most) {
      const payload = bytes.subarray(at, at + most)
      this.#send(from, at + most >= bytes.length ? PSH | ACK : ACK, payload)
      // RFC 9293 §3.8.6.3: at least every second full segment is acknowledged.
      if (this.#ends[other(from)].unacknowledged >= 2) this.acknowledge()
    }
  }

  end(from: Side): void {
    if (this.#ends[from].ended) return
    this.#send(from, FIN | ACK)
    this.#ends[from].ended = true
  }

  close(how: Ending): void {
    if (how === 'reset by client' || how === 'reset by server') {
      this.#send(how === 'reset by client' ? 'client' : 'server', RST | ACK)
      return
    }
    this.end('server')
    this.acknowledge()
  }

  get owesAcknowledgment(): boolean {
    return this.#ends.client.unacknowledged + this.#ends.server.unacknowledged > 0
  }

  /** Sends the acknowledgments that no data has carried. */
  acknowledge(): void {
    for (const side of ['client', 'server'] as const) if (this.#ends[side].unacknowledged > 0) this.#send(side, ACK)
  }

  #send(from: Side, flags: number, payload?: Uint8Array): void {
    const own = this.#ends[from]
    const peer = this.#ends[other(from)]
    own.unacknowledged = 0
    const segment: TcpSegment = { flags, sequence: own.next, acknowledgment: peer.next, window }
    if (payload !== undefined) segment.payload = payload
    this.#emit(from, segment)
    const taken = (payload?.length ?? 0) + (flags & FIN ? 1 : 0)
    if (taken === 0) return
    own.next = add(own.next, taken)
    peer.unacknowledged++
  }

  /** Maximum segment size, selective acknowledgment permitted, window scale. */
  #options(): Uint8Array {
    const most = this.#maxSegmentBytes
    return Uint8Array.of(2, 4, most >> 8, most & 255, 1, 1, 4, 2, 1, 3, 3, windowScale)
  }
}

const other = (side: Side): Side => (side === 'client' ? 'server' : 'client')

const add = (number: number, count: number): number => (number + count) >>> 0
