// A server's no: thrown by verbs, said as NO, or as BAD where the command is at fault.

export class ImapRefusal extends Error {
  override readonly name = 'ImapRefusal'
  readonly status: 'NO' | 'BAD'
  /** A response code (RFC 3501 §7.1, RFC 5530), for example `NONEXISTENT`. */
  readonly code: string | undefined

  constructor(status: 'NO' | 'BAD', text: string, code?: string) {
    super(text)
    this.status = status
    this.code = code
  }
}
