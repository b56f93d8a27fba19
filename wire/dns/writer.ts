// A message being written: octets, and where the names in it can be pointed at (RFC 1035 §4.1.4).

import { ProtocolError } from '../decoder.ts'
import { labelsOf, maxLabelBytes, maxNameBytes, parentOf } from './name.ts'

/** Offsets beyond this fit no pointer. */
const maxPointer = 0x3fff

/** Names that can be pointed at. The first ones are those that come again, and looking through them stays cheap. */
const maxPlaces = 64

export class Writer {
  /** Twice what a message may have, so that a record is written first and measured then. */
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(2 * 65536)
  at = 0
  /** Names as they are spelt, for pointing at another case would change the case that is read; and where they are. */
  readonly #names: string[] = []
  readonly #places: number[] = []
  #known = 0

  reset(): void {
    this.at = 0
    this.#known = 0
  }

  uint8(value: number): void {
    this.bytes[this.at++] = value
  }

  uint16(value: number): void {
    this.bytes[this.at++] = value >>> 8
    this.bytes[this.at++] = value
  }

  uint32(value: number): void {
    this.bytes[this.at++] = value >>> 24
    this.bytes[this.at++] = value >>> 16
    this.bytes[this.at++] = value >>> 8
    this.bytes[this.at++] = value
  }

  octets(octets: Uint8Array): void {
    if (octets.length > 65535) throw tooLong(octets.length)
    this.#room(octets.length)
    this.bytes.set(octets, this.at)
    this.at += octets.length
  }

  /** One octet a character. */
  text(text: string): void {
    this.#room(text.length)
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0xff) {
        throw new ProtocolError('dns', `expected one octet a character, got ${JSON.stringify(text[i])} in a text`)
      }
      this.bytes[this.at++] = code
    }
  }

  /** A length octet and the text. */
  characterString(text: string): void {
    if (text.length > 255) {
      throw new ProtocolError('dns', `expected a text of at most 255 octets, got one of ${text.length}`, {
        section: 'RFC 1035 §3.3',
      })
    }
    this.uint8(text.length)
    this.text(text)
  }

  /** A name, by a pointer to where its end has been written already. */
  name(name: string): void {
    const begin = this.at
    for (let rest = name; rest !== '.' && rest !== ''; ) {
      const place = this.#placeOf(rest)
      if (place !== undefined) {
        this.uint16(0xc000 | place)
        return
      }
      if (this.at <= maxPointer && this.#known < maxPlaces) {
        this.#names[this.#known] = rest
        this.#places[this.#known++] = this.at
      }
      const dot = rest.indexOf('.')
      const size = dot < 0 ? rest.length : dot
      if (size === 0 || size > maxLabelBytes || this.at - begin + size + 2 > maxNameBytes || rest.includes('\\')) {
        rest = this.#labelWithCare(name, rest)
        continue
      }
      this.bytes[this.at++] = size
      for (let i = 0; i < size; i++) {
        const code = rest.charCodeAt(i)
        if (code > 0x7e || code < 0x21) labelsOf(name)
        this.bytes[this.at++] = code
      }
      rest = dot < 0 ? '.' : rest.slice(dot + 1)
    }
    this.uint8(0)
  }

  /** A name in full, which nothing may shorten and nothing points at (RFC 2782, RFC 3597 §4). */
  plainName(name: string): void {
    for (const label of labelsOf(name)) {
      this.uint8(label.length)
      this.octets(label)
    }
    this.uint8(0)
  }

  #placeOf(name: string): number | undefined {
    for (let i = 0; i < this.#known; i++) if (this.#names[i] === name) return this.#places[i]
    return undefined
  }

  /** The first label of `rest`, which has escapes or breaks a limit; gives what follows. */
  #labelWithCare(name: string, rest: string): string {
    labelsOf(name)
    const label = labelsOf(rest)[0]!
    this.uint8(label.length)
    this.octets(label)
    return parentOf(rest)
  }

  #room(count: number): void {
    if (this.at + count > this.bytes.length) throw tooLong(this.at + count)
  }
}

function tooLong(bytes: number): ProtocolError {
  return new ProtocolError('dns', `expected a record of at most 65535 octets, got one of at least ${bytes}`)
}
