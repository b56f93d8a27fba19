// Follows one TCP connection through a capture: who is the client, what both sides said, and how it came to its end.

import type { Side } from '../../wire/decoder.ts'
import { ACK, FIN, RST, SYN } from '../packets.ts'
import type { CapturedEnding } from './events.ts'
import { type Backlog, TcpHalf } from './tcp-half.ts'
import type { TcpSegment } from './transport.ts'
import type { Unveiling } from './unveiling.ts'

export interface ConnectionOptions {
  /** The end from which it is asked for or spoken to, as the table of links knows it. */
  readonly client: string
  /** Makes it a link. Not called for what nobody answers. */
  readonly open: (time: number) => Unveiling
  /** It was asked for, and refused. */
  readonly refused: () => void
  /** It was asked for, and nothing came. */
  readonly unanswered: () => void
  readonly backlog: Backlog
}

export class TcpConnection {
  readonly #options: ConnectionOptions
  readonly #halves: Readonly<Record<Side, TcpHalf>>
  readonly #ended: Record<Side, boolean> = { client: false, server: false }
  #link: Unveiling | undefined
  #early: Buffer | undefined
  /** When it was asked for. */
  readonly #began: number
  #time: number
  #isOver = false

  constructor(options: ConnectionOptions, time: number) {
    this.#options = options
    this.#began = time
    this.#time = time
    const half = (from: Side) =>
      new TcpHalf(
        {
          octets: octets => this.#link?.octets(from, octets, this.#time),
          lost: count => this.#link?.lost(from, count, this.#time),
        },
        options.backlog,
      )
    this.#halves = { client: half('client'), server: half('server') }
  }

  /** Nothing follows of it but echoes. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether a SYN asks for a connection other than this one between the same ends. */
  isOther(from: string, { flags, sequence }: TcpSegment): boolean {
    if ((flags & (SYN | ACK)) !== SYN) return false
    return this.#isOver || from !== this.#options.client || this.#halves.client.first !== (sequence + 1) % 2 ** 32
  }

  segment(from: string, segment: TcpSegment, time: number): void {
    if (this.#isOver) return
    const { flags, payload, length } = segment
    this.#time = Math.max(this.#time, time)
    const side: Side = from === this.#options.client ? 'client' : 'server'
    const own = this.#halves[side]
    const peer = this.#halves[side === 'client' ? 'server' : 'client']
    const isSyn = (flags & SYN) !== 0
    const isFin = (flags & FIN) !== 0
    const isReset = (flags & RST) !== 0
    const sequence = isSyn ? (segment.sequence + 1) % 2 ** 32 : segment.sequence
    if (isSyn) own.begin(sequence)
    if (this.#link === undefined) {
      if (isReset) {
        this.#isOver = true
        if (side === 'server') this.#options.refused()
        return
      }
      if (isSyn && (flags & ACK) === 0) {
        // What a SYN brings along (RFC 7413) is not said before it is answered.
        this.#early ??= Buffer.from(payload)
        return
      }
      this.#link = this.#options.open(this.#began)
      const early = this.#early ?? Buffer.alloc(0)
      if (early.length > 0) this.#halves.client.segment(this.#halves.client.first, early, early.length, false)
      this.#early = undefined
    }
    if (flags & ACK && !isReset) peer.acknowledge(segment.acknowledgment, length > 0 || isFin)
    // What a RST carries says why, and is no part of the stream (RFC 9293 §3.5.3).
    if (!isReset && (length > 0 || isFin)) own.segment(sequence, payload, length, isFin)
    if (isReset) this.close(side === 'client' ? 'reset by client' : 'reset by server')
    else this.#sayEnds()
  }

  /** Gives what waits, and ends it. */
  close(how: CapturedEnding): void {
    if (this.#isOver) return
    this.#halves.client.flush()
    this.#halves.server.flush()
    if (how === 'unseen') this.#sayEnds()
    if (this.#isOver) return
    this.#isOver = true
    if (this.#link === undefined) this.#options.unanswered()
    else this.#link.closed(how, this.#time)
  }

  #sayEnds(): void {
    for (const side of ['client', 'server'] as const) {
      if (this.#ended[side] || !this.#halves[side].hasEnded) continue
      this.#ended[side] = true
      this.#link?.ended(side, this.#time)
    }
    if (!this.#ended.client || !this.#ended.server) return
    this.#isOver = true
    this.#halves.client.flush()
    this.#halves.server.flush()
    this.#link?.closed('end', this.#time)
  }
}
