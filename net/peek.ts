// The first octets of a client, while somebody looks at them and they do not count as said.

/** What somebody makes of them: too few to tell, the protocol in the clear, or nothing more to be read for now. */
export type Glance = 'more' | 'plain' | 'hold'

const nothing = Buffer.alloc(0)

export class Peek {
  /** All that has come. */
  head: Buffer = nothing
  /** Whether the client waits until it is said what this is. */
  isHeld = false
  /** The client has ended its side while it was held, which nobody has been told. */
  hasEnded = false
  #look: ((head: Buffer) => Glance) | undefined

  constructor(look: (head: Buffer) => Glance) {
    this.#look = look
  }

  add(chunk: Buffer): Glance {
    if (this.#look === undefined) return 'more'
    this.head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk])
    return this.#look(this.head)
  }

  /** Nobody wants to know any more, nor what may still come. */
  drop(): void {
    this.#look = undefined
    this.head = nothing
    this.isHeld = false
  }
}
