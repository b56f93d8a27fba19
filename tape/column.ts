// A list of whole numbers that only grows: eight octets each, and nothing is copied or thrown away while it does.

const piece = 4096

export class Column {
  readonly #pieces: Float64Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    const at = this.#length++
    if (at % piece === 0) this.#pieces.push(new Float64Array(piece))
    this.#pieces.at(-1)![at % piece] = value
  }

  /** Undefined beyond the end. */
  at(index: number): number | undefined {
    return index < this.#length ? this.#pieces[Math.floor(index / piece)]?.[index % piece] : undefined
  }
}
