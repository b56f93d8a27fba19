// What is noted of a capture once, however often it happens: a file of a million bad packets gives one line.

/** Different things that are told apart. */
const maxKinds = 100

export class Tally {
  readonly #kinds = new Map<string, { count: number; readonly where: string | undefined }>()
  #others = 0

  /** `what` is the same for what is counted together; `where` is told of the first. */
  add(what: string, where?: string): void {
    const found = this.#kinds.get(what)
    if (found !== undefined) found.count++
    else if (this.#kinds.size < maxKinds) this.#kinds.set(what, { count: 1, where })
    else this.#others++
  }

  get notes(): string[] {
    const notes = [...this.#kinds].map(([what, { count, where }]) => {
      const told = [...(count > 1 ? [`${count} times`] : []), ...(where === undefined ? [] : [where])]
      return told.length === 0 ? what : `${what} (${told.join(', first ')})`
    })
    return this.#others === 0 ? notes : [...notes, `${this.#others} notes more`]
  }
}
