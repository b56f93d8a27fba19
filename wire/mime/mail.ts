// A mail as a person sees it: subject, date, text, what is attached.

import { parseDate } from './date.ts'
import { type Entity, type HeaderField, readEntity } from './entity.ts'

export interface Attachment {
  name: string | undefined
  /** For example `image/gif`. */
  type: string
  /** `inline` for what a page shows within itself, else `attachment` or undefined. */
  disposition: string | undefined
  /** Without < and >; what `cid:` in a page refers to. */
  contentId: string | undefined
  /** Octet by octet what was attached. */
  content: Buffer
}

export class Mail {
  readonly entity: Entity
  readonly #texts: string[] = []
  readonly #pages: string[] = []
  readonly attachments: readonly Attachment[]

  constructor(bytes: Buffer) {
    this.entity = readEntity(bytes)
    const attachments: Attachment[] = []
    this.#gather(this.entity, attachments)
    this.attachments = attachments
  }

  get headers(): readonly HeaderField[] {
    return this.entity.headers
  }

  header(name: string): string | undefined {
    return this.entity.header(name)
  }

  get date(): Date | undefined {
    const text = this.header('date')
    return text === undefined ? undefined : parseDate(text)
  }

  /** Line ends are line feeds; the one that closes the text is left out, since SMTP cannot do without it. */
  get text(): string | undefined {
    return joined(this.#texts)
  }

  get html(): string | undefined {
    return joined(this.#pages)
  }

  #gather(entity: Entity, attachments: Attachment[]): void {
    if (entity.type.startsWith('multipart/') && entity.parts.length > 0) {
      for (const part of entity.parts) this.#gather(part, attachments)
      return
    }
    const shown = entity.disposition !== 'attachment' && entity.filename === undefined
    if (shown && entity.type === 'text/plain') this.#texts.push(entity.text)
    else if (shown && entity.type === 'text/html') this.#pages.push(entity.text)
    else {
      attachments.push({
        name: entity.filename,
        type: entity.type,
        disposition: entity.disposition,
        contentId: entity.header('content-id')?.replace(/^<|>$/g, ''),
        content: entity.content,
      })
    }
  }
}

function joined(texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined
  return texts.map(text => text.replaceAll('\r\n', '\n').replace(/\n$/, '')).join('\n')
}
