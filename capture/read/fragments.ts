// Puts datagrams together that IP had to cut. Of fragments that overlap the one that begins first stands; what does not
// become whole is forgotten when there is too much of it.

export interface Fragment {
  readonly offset: number
  readonly more: boolean
  /** Copied where they have to wait. */
  readonly octets: Buffer
}

interface Waiting {
  /** By their offsets. */
  parts: { readonly offset: number; readonly octets: Buffer }[]
  size: number
  /** Octets of the whole, as soon as the last fragment is there. */
  length: number | undefined
}

const maxDatagramBytes = 0x10000
const maxWaiting = 1024
const maxWaitingBytes = 4 * 1024 * 1024
/** Of a datagram: as many as one of 64 KiB has when cut for the smallest links that there are. */
const maxParts = 1024

export class Fragments {
  readonly #waiting = new Map<string, Waiting>()
  #size = 0
  /** Datagrams that were forgotten. */
  lost = 0

  /** Datagrams that are not whole. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Gives the whole when this was the last that it lacked. */
  add(key: string, { offset, more, octets }: Fragment): Buffer | undefined {
    if (offset + octets.length > maxDatagramBytes) return undefined
    const of = this.#waiting.get(key) ?? { parts: [], size: 0, length: undefined }
    this.#waiting.set(key, of)
    if (!more) of.length ??= offset + octets.length
    const index = of.parts.findIndex(part => part.offset >= offset)
    const place = index < 0 ? of.parts.length : index
    if (of.parts[place]?.offset !== offset && octets.length > 0 && of.parts.length < maxParts) {
      of.parts.splice(place, 0, { offset, octets: Buffer.from(octets) })
      of.size += octets.length
      this.#size += octets.length
    }
    const whole = wholeOf(of)
    if (whole !== undefined) this.#forget(key)
    else this.#makeRoom()
    return whole
  }

  #makeRoom(): void {
    for (const [key] of this.#waiting) {
      if (this.#waiting.size <= maxWaiting && this.#size <= maxWaitingBytes) return
      this.#forget(key)
      this.lost++
    }
  }

  #forget(key: string): void {
    this.#size -= this.#waiting.get(key)?.size ?? 0
    this.#waiting.delete(key)
  }
}

function wholeOf({ parts, size, length }: Waiting): Buffer | undefined {
  if (length === undefined || size < length) return undefined
  const taken: Buffer[] = []
  let end = 0
  for (const { offset, octets } of parts) {
    if (offset > end) return undefined
    if (offset + octets.length <= end) continue
    taken.push(octets.subarray(end - offset))
    end = offset + octets.length
  }
  return end < length ? undefined : Buffer.concat(taken).subarray(0, length)
}
