// Octets that have arrived and not been read yet; appending and taking copy nothing unless a take spans chunks.

const nothing = Buffer.alloc(0)

export class ByteQueue {
  #chunks: Buffer[] = []
  /** Octets of the first chunk that are already taken. */
  #taken = 0
  length = 0

  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
    this.length += chunk.length
  }

  /** All that is queued as one Buffer, which stays queued. */
  peek(): Buffer {
    if (this.#chunks.length === 0) return nothing
    if (this.#chunks.length > 1) {
      const whole = Buffer.concat([this.#chunks[0]!.subarray(this.#taken), ...this.#chunks.slice(1)])
      this.#chunks = [whole]
      this.#taken = 0
      return whole
    }
    return this.#taken === 0 ? this.#chunks[0]! : this.#chunks[0]!.subarray(this.#taken)
  }

  peekUint16(): number | undefined {
    if (this.length < 2) return undefined
    const first = this.#chunks[0]!
    if (first.length - this.#taken >= 2) return first.readUInt16BE(this.#taken)
    return this.peek().readUInt16BE(0)
  }

  /**
   * Where `octet` stands, counted from the front of the queue, or -1. Octets before `from` are not looked at, so a
   * caller that remembers how far it looked spends linear time however the octets were cut.
   */
  indexOf(octet: number, from = 0): number {
    const last = this.#chunks.length - 1
    if (last > 0) {
      // A peer that sends octet by octet must not have every one of them walk through all that came before.
      const before = this.length - this.#chunks[last]!.length
      if (from >= before) {
        const at = this.#chunks[last]!.indexOf(octet, from - before)
        return at < 0 ? -1 : before + at
      }
    }
    let start = 0
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      const skip = i === 0 ? this.#taken : 0
      const size = chunk.length - skip
      if (start + size > from) {
        const at = chunk.indexOf(octet, skip + Math.max(0, from - start))
        if (at >= 0) return start + at - skip
      }
      start += size
    }
    return -1
  }

  /** The first `count` octets, which leave the queue. The Buffer may share memory with what was appended. */
  take(count: number): Buffer {
    if (count > this.length) throw new RangeError(`cannot take ${count} of ${this.length} octets`)
    if (count === 0) return nothing
    const first = this.#chunks[0]!
    const left = first.length - this.#taken
    this.length -= count
    if (count < left) {
      const part = first.subarray(this.#taken, this.#taken + count)
      this.#taken += count
      return part
    }
    if (count === left) {
      this.#chunks.shift()
      const part = this.#taken === 0 ? first : first.subarray(this.#taken)
      this.#taken = 0
      return part
    }
    const parts: Buffer[] = []
    let wanted = count
    while (wanted > 0) {
      const chunk = this.#chunks[0]!
      const part = chunk.subarray(this.#taken, this.#taken + wanted)
      parts.push(part)
      wanted -= part.length
      if (this.#taken + part.length === chunk.length) {
        this.#chunks.shift()
        this.#taken = 0
      } else this.#taken += part.length
    }
    return Buffer.concat(parts, count)
  }

  takeAll(): Buffer {
    return this.take(this.length)
  }
}
