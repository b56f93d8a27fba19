// Lists of addresses (RFC 5322 §3.4, and §4.4's older forms) as ENVELOPE has them; what is broken is read as Dovecot does.

import { FieldReader, wordStart } from './field-reader.ts'

export interface Address {
  readonly name?: string | undefined
  /** `@a,@b` of a source route. */
  readonly route?: string | undefined
  readonly mailbox?: string | undefined
  readonly domain?: string | undefined
}

/** Addresses of one field. */
const maxAddresses = 10_000

interface Draft {
  name?: string | undefined
  route?: string | undefined
  mailbox?: string | undefined
  domain?: string | undefined
}

export function parseAddresses(value: string): readonly Address[] {
  const list = new AddressList(new FieldReader(value))
  list.read()
  return list.addresses
}

// What stands where nothing can be read, in the words that clients know from Dovecot.
const missingMailbox = 'MISSING_MAILBOX'
const missingDomain = 'MISSING_DOMAIN'

/** How something ended: at the end of the field, before something else, or it was not what was read for. */
type Ending = 'end' | 'more' | 'broken'

class AddressList {
  readonly addresses: Address[] = []
  readonly #reader: FieldReader
  #draft: Draft = {}

  constructor(reader: FieldReader) {
    this.#reader = reader
  }

  read(): void {
    const reader = this.#reader
    reader.skipBlanks()
    while (!reader.atEnd && this.addresses.length < maxAddresses) {
      const ending = this.#group() ?? this.#mailbox()
      if (ending === 'end' || reader.peek() !== ',') return
      reader.at++
      if (!reader.skipBlanks()) this.addresses.push({ mailbox: missingMailbox, domain: missingDomain })
    }
  }

  /** `name: mailboxes;`; undefined where it is none. */
  #group(): Ending | undefined {
    const reader = this.#reader
    const { at } = reader
    const name = reader.peek() === ':' ? '' : reader.phrase()
    if (name === undefined || reader.peek() !== ':') {
      reader.at = at
      return undefined
    }
    reader.at++
    reader.skipBlanks()
    this.addresses.push({ mailbox: name })
    if (!reader.atEnd && reader.peek() !== ';') {
      for (;;) {
        this.#mailbox()
        if (reader.peek() !== ',' || this.addresses.length >= maxAddresses) break
        reader.at++
        reader.skipBlanks()
      }
    }
    if (reader.peek() === ';') {
      reader.at++
      reader.skipBlanks()
    }
    this.addresses.push({})
    return this.#ending
  }

  #mailbox(): Ending {
    const reader = this.#reader
    const { at } = reader
    let ending = this.#nameAndAngles()
    if (ending === undefined) {
      reader.at = at
      this.#draft = {}
      ending = this.#bare()
    }
    const { name, route, mailbox = missingMailbox, domain } = this.#draft
    this.addresses.push({ name, route, mailbox, domain: domain || missingDomain })
    this.#draft = {}
    return ending
  }

  /** `name <address>`; undefined where it is none. */
  #nameAndAngles(): Ending | undefined {
    const reader = this.#reader
    const name = reader.peek() === '<' ? '' : reader.phrase()
    if (name === undefined || reader.peek() !== '<') return undefined
    if (name !== '') this.#draft.name = name
    if (!this.#angles()) this.#draft.domain = 'SYNTAX_ERROR'
    return this.#ending
  }

  /** Whether what stands in angles is an address. */
  #angles(): boolean {
    const reader = this.#reader
    reader.at++
    reader.skipBlanks()
    if (reader.peek() === '@' && !this.#route()) return false
    if (reader.peek() !== '>') {
      if (!this.#localPart()) return false
      if (reader.peek() === '@' && !this.#domain()) return false
    }
    if (reader.peek() !== '>') return false
    reader.at++
    return reader.skipBlanks()
  }

  /** `@a,@b:` before an address (RFC 5322 §4.4); false where a domain cannot be read. */
  #route(): boolean {
    const reader = this.#reader
    const route: string[] = []
    while (reader.peek() === '@' || reader.peek() === ',') {
      if (reader.peek() === ',') {
        reader.at++
        reader.skipBlanks()
        continue
      }
      const domain = this.#readDomain()
      if (domain === undefined) {
        this.#draft.route = 'INVALID_ROUTE'
        return reader.peek() === '>'
      }
      route.push(`@${domain}`)
    }
    if (reader.peek() === ':') {
      reader.at++
      reader.skipBlanks()
      this.#draft.route = route.join(',')
    } else this.#draft.route = 'INVALID_ROUTE'
    return true
  }

  /** An address without angles, a comment behind it as its name; words that are none are a name alone. */
  #bare(): Ending {
    const reader = this.#reader
    const { at } = reader
    const isQuoted = reader.peek() === '"'
    reader.comment = ''
    const isRead = this.#localPart()
    if (reader.peek() === '@') {
      if (!this.#domain()) return 'broken'
      if (reader.comment !== '') this.#draft.name = reader.comment
      return this.#ending
    }
    if (!isRead) return 'broken'
    if (reader.comment !== '') {
      this.#draft.name = reader.comment
      return this.#ending
    }
    const end = reader.at
    reader.at = at
    const words = this.#words()
    if (words === undefined) reader.at = end
    else if (isQuoted || words !== this.#draft.mailbox) this.#draft = { name: words }
    return this.#ending
  }

  /** Words without an address, with Dovecot's blanks: a first dot stands at its atom, and two are behind it. */
  #words(): string | undefined {
    const reader = this.#reader
    const isQuoted = reader.peek() === '"'
    let text = isQuoted ? reader.quoted() : reader.dotted()
    if (text === undefined) return undefined
    if (reader.peek() === '.') {
      if (isQuoted) return text
      text += reader.dotted()
    }
    if (!wordStart.test(reader.peek())) return text
    const blanks = text.endsWith('.') && reader.peek() !== '"' ? '  ' : ' '
    const others = reader.phrase()
    return others === undefined ? undefined : `${text}${blanks}${others}`
  }

  #localPart(): boolean {
    const reader = this.#reader
    const mailbox = reader.peek() === '"' ? reader.quoted() : reader.dotted()
    this.#draft.mailbox = mailbox
    return mailbox !== undefined
  }

  #domain(): boolean {
    const domain = this.#readDomain()
    this.#draft.domain = domain
    return domain !== undefined
  }

  /** What follows `@`: words with dots, or `[an address]`. */
  #readDomain(): string | undefined {
    const reader = this.#reader
    reader.at++
    reader.skipBlanks()
    if (reader.peek() !== '[') return reader.dotAtom()
    const end = reader.text.indexOf(']', reader.at)
    if (end < 0) return undefined
    const literal = reader.text.slice(reader.at, end + 1)
    reader.at = end + 1
    reader.skipBlanks()
    return literal
  }

  get #ending(): Ending {
    return this.#reader.atEnd ? 'end' : 'more'
  }
}
