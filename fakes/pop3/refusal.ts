// A server's no: thrown by verbs, said as `-ERR`.

export class Pop3Refusal extends Error {
  override readonly name = 'Pop3Refusal'
  /** A response code (RFC 2449 §8), for example `IN-USE`. */
  readonly code: string | undefined

  constructor(text: string, code?: string) {
    super(text)
    this.code = code
  }
}
