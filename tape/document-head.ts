// The first lines of a conversation's document as a recorder writes them, read where they lie: a large tape has many, and
// next to none is wanted.

const before = Buffer.from('---\nconversation: ')
const between = Buffer.from('\nservice: ')
/** More digits are no number that can be counted. */
const maxDigits = 15

export class DocumentHead {
  number = 0
  /** As it stands in the file. */
  service = ''
  #last: Buffer = Buffer.alloc(0)

  /** Looks at `length` octets from `at` on; false where they are in another order, with comments, or end too soon. */
  find(octets: Buffer, at: number, length: number): boolean {
    const end = at + length
    if (!standsAt(before, octets, at, end)) return false
    let next = at + before.length
    const digits = next
    this.number = 0
    for (; next < end && next - digits < maxDigits; next++) {
      const digit = octets[next]! - 48
      if (digit < 0 || digit > 9) break
      this.number = this.number * 10 + digit
    }
    if (next === digits || !standsAt(between, octets, next, end)) return false
    next += between.length
    // Mostly it is the service of the one before.
    if (this.#last.length > 0 && standsAt(this.#last, octets, next, end)) return true
    const line = octets.indexOf(10, next)
    if (line <= next || line >= end) return false
    this.service = octets.toString('utf8', next, line)
    this.#last = Buffer.from(`${this.service}\n`)
    return true
  }
}

function standsAt(wanted: Buffer, octets: Buffer, at: number, end: number): boolean {
  const upTo = at + wanted.length
  return upTo <= end && octets.compare(wanted, 0, wanted.length, at, upTo) === 0
}
