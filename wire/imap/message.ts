// A message as FETCH shows it (RFC 3501 §6.4.5): nothing of it is read before it is asked for, and then kept.

import { formatBodyStructure } from './body-structure.ts'
import { formatEnvelope } from './envelope.ts'
import type { Section } from './fetch.ts'
import { withCrlf } from './lines.ts'
import { type MimePart, readMimePart } from './mime-part.ts'
import { cutSection } from './section.ts'

export class ImapMessage {
  /** Lines end in CRLF. */
  readonly octets: Buffer
  #part: MimePart | undefined
  #envelope: string | undefined
  #body: string | undefined
  #bodyStructure: string | undefined

  /** Line feeds without CR become CRLF, as servers that keep lines send them. */
  constructor(octets: Buffer) {
    this.octets = withCrlf(octets)
  }

  /** RFC822.SIZE. */
  get size(): number {
    return this.octets.length
  }

  /** ENVELOPE as it stands in a response, octets as latin1. */
  get envelope(): string {
    return (this.#envelope ??= formatEnvelope(this.part))
  }

  get body(): string {
    return (this.#body ??= formatBodyStructure(this.part, false))
  }

  get bodyStructure(): string {
    return (this.#bodyStructure ??= formatBodyStructure(this.part, true))
  }

  /** The octets of BODY[section], `<partial>` of them; none where there is no such part. */
  section(section: Section, partial?: { readonly offset: number; readonly length: number }): Buffer {
    const whole = section.part.length === 0 && section.text === undefined
    const octets = whole ? this.octets : cutSection(this.part, section)
    return partial === undefined ? octets : octets.subarray(partial.offset, partial.offset + partial.length)
  }

  private get part(): MimePart {
    return (this.#part ??= readMimePart(this.octets))
  }
}
