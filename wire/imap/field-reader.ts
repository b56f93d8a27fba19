// The words of structured header fields (RFC 5322 §3.2, RFC 2045 §5.1), read as far as broken mail allows, octets as latin1.

const atext = /[\w!#$%&'*+\-/=?^`{|}~\x80-\xff]+/y
/** Without what MIME gives a meaning, and with dots. */
const token = /[\w!#$%&'*+\-.^`{|}~\x80-\xff]+/y
const dotted = /[\w!#$%&'*+\-./=?^`{|}~\x80-\xff]+/y
/** What a word of a phrase begins with, or a dot among them. */
export const wordStart: RegExp = /["\w!#$%&'*+\-./=?^`{|}~\x80-\xff]/
const blanks = /[ \t\r\n]+/y

/** Comments within comments; deeper ones are text. */
const maxDepth = 100

export class FieldReader {
  readonly text: string
  at = 0
  /** What the comment said that was passed over last. */
  comment = ''

  constructor(text: string) {
    this.text = text
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The next octet, without taking it; empty at the end. */
  peek(): string {
    return this.text.charAt(this.at)
  }

  /** Passes over blanks and comments; false where a comment does not end. */
  skipBlanks(): boolean {
    for (;;) {
      this.#match(blanks)
      if (this.peek() !== '(') return true
      if (!this.#skipComment()) return false
    }
  }

  /** An atom and the blanks behind it. */
  atom(): string | undefined {
    return this.#spaced(this.#match(atext))
  }

  token(): string | undefined {
    return this.#spaced(this.#match(token))
  }

  /** Atoms and dots in a run, and the blanks behind it. */
  dotted(): string | undefined {
    return this.#spaced(this.#match(dotted))
  }

  /** Atoms with a dot between each two, blanks around those left out; undefined where a dot is followed by none. */
  dotAtom(): string | undefined {
    let text = this.#match(atext)
    if (text === undefined || !this.skipBlanks()) return undefined
    while (this.peek() === '.') {
      this.at++
      this.skipBlanks()
      const atom = this.#match(atext)
      if (atom === undefined || !this.skipBlanks()) return undefined
      text += `.${atom}`
    }
    return text
  }

  /** A quoted string without its quotes, and the blanks behind it; undefined where it does not end. */
  quoted(): string | undefined {
    let text = ''
    for (let at = this.at + 1; at < this.text.length; at++) {
      const octet = this.text[at]!
      if (octet === '"') {
        this.at = at + 1
        this.skipBlanks()
        return text
      }
      if (octet === '\\') at++
      text += this.text[at] ?? ''
    }
    this.at = this.text.length
    return undefined
  }

  /** Words with one blank between (RFC 5322 §3.2.5), dots among them (§4.1). */
  phrase(): string | undefined {
    const words: string[] = []
    do {
      const word = this.peek() === '"' ? this.quoted() : this.dotted()
      if (word === undefined) return undefined
      words.push(word)
    } while (wordStart.test(this.peek()))
    return words.join(' ')
  }

  #spaced(found: string | undefined): string | undefined {
    if (found !== undefined) this.skipBlanks()
    return found
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  #skipComment(): boolean {
    let depth = 0
    let said = ''
    for (let at = this.at; at < this.text.length; at++) {
      const octet = this.text[at]!
      if (octet === '(' && depth < maxDepth && ++depth === 1) continue
      if (octet === ')' && --depth === 0) {
        this.at = at + 1
        this.comment = said
        return true
      }
      if (octet === '\\') at++
      said += this.text[at] ?? ''
    }
    this.at = this.text.length
    return false
  }
}
