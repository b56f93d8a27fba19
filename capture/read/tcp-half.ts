// What one side of a TCP connection said, in order, out of the segments that a capture has of it (RFC 9293 §3.10.7.4):
// out of order, twice, overlapping, and with some that are missing.

/** Where a side's octets go. */
export interface HalfSink {
  octets(octets: Buffer): void
  /** Octets that the other side had and the capture has not. */
  lost(count: number): void
}

/** Octets that wait behind a gap in all connections, which share it. */
export interface Backlog {
  octets: number
}

interface Piece {
  readonly start: number
  readonly octets: Buffer
}

// More than any window in use; a gap that so much waits behind is not filled any more.
const maxWaitingBytes = 16 * 1024 * 1024
const maxPieces = 16_384
const maxBacklogBytes = 128 * 1024 * 1024
/** A segment so far off is not of this connection: no window is larger (RFC 7323 §2.3). */
const farthest = 2 ** 30

export class TcpHalf {
  readonly #sink: HalfSink
  readonly #backlog: Backlog
  /** The number of the first octet; the ones below count octets from there, and do not wrap. */
  #first: number | undefined
  #next = 0
  #finAt: number | undefined
  /** Up to where the other side has it. */
  #acknowledged = 0
  /** An acknowledgment went beyond what is here. One may come before what it acknowledges, when a capture is mixed up. */
  #doubted = false
  /** By their starts, and none overlaps another. */
  #pieces: Piece[] = []
  #waiting = 0

  constructor(sink: HalfSink, backlog: Backlog) {
    this.#sink = sink
    this.#backlog = backlog
  }

  /** The number of its first octet. */
  get first(): number {
    return this.#first!
  }

  /** All up to its FIN has been given. */
  get hasEnded(): boolean {
    return this.#finAt !== undefined && this.#next >= this.#finAt
  }

  /** The number of its first octet, where that is not known already. */
  begin(sequence: number): void {
    this.#first ??= sequence
  }

  /** `length` is what was on the wire of it, and a FIN may follow. The octets are copied. */
  segment(sequence: number, octets: Buffer, length: number, isLast: boolean): void {
    this.begin(sequence)
    const before = this.#next
    const start = this.#position(sequence)
    if (Math.abs(start - before) > farthest) return
    if (isLast && start + length >= before) this.#finAt ??= start + length
    if (start === before && this.#pieces.length === 0) this.#give(Buffer.from(octets))
    else {
      this.#insert(start, octets)
      this.#drain()
    }
    if (this.#doubted && this.#next === before) this.#giveUp()
    if (this.#pieces.length > maxPieces) this.flush()
    while (this.#waiting > maxWaitingBytes) this.#jump(this.#pieces[0]!.start)
    if (this.#backlog.octets > maxBacklogBytes) this.flush()
  }

  /** The other side has everything before `sequence`; `isCarried` by something that it says itself. */
  acknowledge(sequence: number, isCarried: boolean): void {
    this.begin(sequence)
    const position = Math.min(this.#position(sequence), this.#finAt ?? Infinity)
    if (position <= this.#next || position - this.#next > farthest) return
    this.#acknowledged = Math.max(this.#acknowledged, position)
    if (isCarried || this.#doubted) this.#giveUp()
    else this.#doubted = true
  }

  /** Gives what waits, whatever is missing before it. */
  flush(): void {
    while (this.#pieces.length > 0 && !this.hasEnded) this.#jump(this.#pieces[0]!.start)
    this.#waited(-this.#waiting)
    this.#pieces = []
  }

  #position(sequence: number): number {
    return this.#next + ((sequence - ((this.#first! + this.#next) % 2 ** 32)) | 0)
  }

  /** Goes on where the other side has got to: what is missing before will not come. */
  #giveUp(): void {
    this.#doubted = false
    while (this.#next < this.#acknowledged) {
      this.#jump(Math.min(this.#pieces[0]?.start ?? Infinity, this.#acknowledged))
    }
  }

  #jump(position: number): void {
    this.#sink.lost(position - this.#next)
    this.#next = position
    this.#drain()
  }

  #give(octets: Buffer): void {
    const left = (this.#finAt ?? Infinity) - this.#next
    const given = octets.length > left ? octets.subarray(0, Math.max(0, left)) : octets
    this.#next += given.length
    if (given.length > 0) this.#sink.octets(given)
    if (this.#next >= this.#acknowledged) this.#doubted = false
  }

  #drain(): void {
    let count = 0
    for (; this.#pieces[count]?.start === this.#next && !this.hasEnded; count++) {
      const { octets } = this.#pieces[count]!
      this.#waited(-octets.length)
      this.#give(octets)
    }
    this.#pieces.splice(0, count)
  }

  /** Keeps what is new of a segment: what came first stands. */
  #insert(start: number, octets: Buffer): void {
    const end = start + octets.length
    let at = Math.max(start, this.#next)
    for (let index = this.#firstBehind(at); at < end; index++) {
      const piece = this.#pieces[index]
      const until = Math.min(end, piece?.start ?? Infinity)
      if (until > at) {
        this.#pieces.splice(index, 0, { start: at, octets: Buffer.from(octets.subarray(at - start, until - start)) })
        this.#waited(until - at)
        index++
      }
      if (piece === undefined) return
      at = Math.max(at, piece.start + piece.octets.length)
    }
  }

  /** The index of the first piece that reaches beyond a position. */
  #firstBehind(position: number): number {
    let low = 0
    let high = this.#pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      const { start, octets } = this.#pieces[middle]!
      if (start + octets.length > position) high = middle
      else low = middle + 1
    }
    return low
  }

  #waited(octets: number): void {
    this.#waiting += octets
    this.#backlog.octets += octets
  }
}
