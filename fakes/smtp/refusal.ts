// A server's no: thrown by verbs, said as a reply.

import { parseReply, type SmtpReply } from '../../wire/smtp/reply.ts'
import type { SmtpSession } from './session.ts'

export class SmtpRefusal extends Error {
  override readonly name = 'SmtpRefusal'
  readonly code: number
  readonly enhanced: string | undefined

  /** Lines of `text` are lines of the reply. */
  constructor(code: number, enhanced: string | undefined, text: string) {
    super(text)
    this.code = code
    this.enhanced = enhanced
  }

  replyOf(session: SmtpSession): SmtpReply {
    return session.say(this.code, this.enhanced, this.message)
  }
}

/** Says exactly what an option tells, for example `550 5.7.1 not today`. */
export class SmtpOwnRefusal extends SmtpRefusal {
  readonly #reply: SmtpReply

  constructor(text: string) {
    const said = parseReply(text)
    super(said.code, said.enhanced, said.lines.join('\n'))
    this.#reply = said
  }

  override replyOf(): SmtpReply {
    return this.#reply
  }
}
