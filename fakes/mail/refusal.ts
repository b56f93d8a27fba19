// What the mail store refuses; each protocol says it in its own words.

/** As RFC 5530 and RFC 9208 name them. */
export type MailRefusalCode = 'OVERQUOTA' | 'NONEXISTENT' | 'ALREADYEXISTS' | 'CANNOT' | 'LIMIT'

export class MailRefusal extends Error {
  override readonly name = 'MailRefusal'
  readonly code: MailRefusalCode

  constructor(code: MailRefusalCode, message: string) {
    super(`mail store: ${message}`)
    this.code = code
  }
}
