// What a test reads of a mail, whoever keeps it: header fields, texts and attachments, made of the octets when asked for.

import type { Entity, HeaderField } from '../../wire/mime/entity.ts'
import { type Attachment, Mail } from '../../wire/mime/mail.ts'

export abstract class ReadableMail {
  // No #names: test runners show a difference on copies that have the prototype but were not made by the class.
  private mail: Mail | undefined

  /** Octets as they lie in a mailbox. */
  abstract get raw(): Buffer

  /** Every field of the header in order, decoded. */
  get headers(): readonly HeaderField[] {
    return this.read().headers
  }

  /** The decoded text of the first field of a name, in any case. */
  header(name: string): string | undefined {
    return this.read().header(name)
  }

  get subject(): string | undefined {
    return this.header('subject')
  }

  /** As the mail says. */
  get date(): Date | undefined {
    return this.read().date
  }

  /** The plain text, decoded, with line feeds and without the line end that closes it. */
  get text(): string | undefined {
    return this.read().text
  }

  get html(): string | undefined {
    return this.read().html
  }

  get attachments(): readonly Attachment[] {
    return this.read().attachments
  }

  /** The mail's MIME structure. */
  get parts(): readonly Entity[] {
    return this.read().entity.parts
  }

  private read(): Mail {
    this.mail ??= new Mail(this.raw)
    return this.mail
  }
}
