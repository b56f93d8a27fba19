// A mail without what its sender gives anew each time, as tapes compare mails: dates, ids, signatures, MIME boundaries.
// How lines end does not matter. Left out: what hides in encoded words, and in folds within a date or a boundary.

import { createHash } from 'node:crypto'
import type { Digester } from '../tape.ts'

/** Fields of a mail's own header that are left out. */
const volatile = new Set(['date', 'message-id', 'resent-date', 'resent-message-id', 'received', 'x-received'])
for (const name of ['x-mailer', 'user-agent', 'dkim-signature', 'domainkey-signature', 'x-google-dkim-signature']) {
  volatile.add(name)
}
for (const name of ['arc-seal', 'arc-message-signature', 'arc-authentication-results']) volatile.add(name)

/** RFC 5322 §2.1.1 has 998; of longer ones nothing is left out. */
const maxLine = 64 * 1024
/** Multiparts of one mail; boundaries of more are compared as they are. */
const maxBoundaries = 100

const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const time = '\\d\\d:\\d\\d(?::\\d\\d(?:[.,]\\d{1,9})?)?'
const zone = '(?: (?:[+-]\\d{4}|UTC?|GMT|[ECMP][SD]T)\\b(?: \\([A-Z]{1,5}\\))?)?'
const mailDate = `(?:\\b[A-Z][a-z]{2}, {0,2})?\\b\\d{1,2} (?:${months}) \\d{4} ${time}${zone}`
const isoDate = `\\b\\d{4}-\\d\\d-\\d\\d[T ]${time}(?:Z|[+-]\\d\\d:?\\d\\d)?`
const dates = new RegExp(`${mailDate}|${isoDate}`, 'g')

/** A text with its date-times (RFC 5322 §3.3, ISO 8601) replaced. */
export function withoutDates(text: string, mark = '…'): string {
  return text.replace(dates, mark)
}

/** Marks are seen in diffs, where octets are UTF-8 again. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1')
const mark = latin1('…')
const boundaryMark = (number: number) => latin1(`‹boundary ${number}›`)

/** Takes a mail's octets however they are cut, and gives its lines, as latin1 with their line feeds. */
class SteadyMail {
  readonly #take: (text: string) => void
  #partial = ''
  /** Pieces of the line have been given already. */
  #isLong = false
  #where: 'header' | 'header of a part' | 'body'
  /** The field that is being read is left out. */
  #leavesOut = false
  /** The part is a mail itself. */
  #isMail = false
  readonly #boundaries = new Map<string, string>()

  constructor(take: (text: string) => void, where: 'header' | 'body') {
    this.#take = take
    this.#where = where
  }

  push(octets: Buffer): void {
    const text = octets.toString('latin1')
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.#add(text.slice(from, at))
      this.#endLine()
      from = at + 1
    }
    this.#add(text.slice(from))
  }

  end(): void {
    if (this.#partial !== '' || this.#isLong) this.#endLine()
  }

  #add(text: string): void {
    this.#partial += text
    while (this.#partial.length > maxLine) {
      this.#take(this.#partial.slice(0, maxLine))
      this.#partial = this.#partial.slice(maxLine)
      this.#isLong = true
    }
  }

  #endLine(): void {
    const line = this.#partial.endsWith('\r') ? this.#partial.slice(0, -1) : this.#partial
    const shown = this.#isLong ? line : this.#steady(line)
    this.#partial = ''
    this.#isLong = false
    if (shown !== undefined) this.#take(`${shown}\n`)
  }

  #steady(line: string): string | undefined {
    const delimiter = line.startsWith('--') ? this.#delimiter(line.slice(2).trimEnd()) : undefined
    if (delimiter !== undefined) return delimiter
    return this.#where === 'body' ? withoutIds(line) : this.#headerLine(line)
  }

  #delimiter(text: string): string | undefined {
    const opens = this.#boundaries.get(text)
    const closes = opens === undefined && text.endsWith('--') ? this.#boundaries.get(text.slice(0, -2)) : undefined
    if (opens === undefined && closes === undefined) return undefined
    this.#where = closes === undefined ? 'header of a part' : 'body'
    this.#leavesOut = false
    this.#isMail = false
    return closes === undefined ? `--${opens}` : `--${closes}--`
  }

  #headerLine(line: string): string | undefined {
    if (line === '') {
      this.#where = this.#isMail ? 'header of a part' : 'body'
      this.#isMail = false
      return line
    }
    if (!/^[ \t]/.test(line)) {
      const name = /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase()
      if (name === undefined) {
        this.#where = 'body'
        return withoutIds(line)
      }
      this.#leavesOut = name === 'content-id' || (this.#where === 'header' && volatile.has(name))
      if (name === 'content-type') this.#isMail = /:[ \t]*message\/(?:rfc822|global)\b/i.test(line)
    }
    return this.#leavesOut ? undefined : withoutDates(this.#withoutBoundaries(line), mark)
  }

  #withoutBoundaries(line: string): string {
    return line.replace(/\bboundary=(?:"([^"]+)"|([^\s;"]+))/gi, (all, quoted: string | undefined, plain: string) => {
      const boundary = quoted ?? plain
      const known = this.#boundaries.get(boundary)
      if (known === undefined && this.#boundaries.size >= maxBoundaries) return all
      const shown = known ?? boundaryMark(this.#boundaries.size + 1)
      this.#boundaries.set(boundary, shown)
      return `boundary="${shown}"`
    })
  }
}

/** What a page shows of its own mail is named by a Content-ID (RFC 2392). */
function withoutIds(line: string): string {
  return line.includes('cid:') ? line.replace(/\bcid:[^\s"'<>)]+/g, `cid:${mark}`) : line
}

/** The hash of a mail, or of a chunk of one, that begins with its header or does not. */
export class MailDigester implements Digester {
  readonly #hash = createHash('sha256')
  #text = ''
  readonly #mail: SteadyMail

  constructor(begins: 'header' | 'body') {
    this.#mail = new SteadyMail(text => this.#take(text), begins)
  }

  push(octets: Buffer): void {
    this.#mail.push(octets)
  }

  digest(): string {
    this.#mail.end()
    return this.#hash.update(this.#text, 'latin1').digest('hex')
  }

  #take(text: string): void {
    this.#text += text
    if (this.#text.length < 32 * 1024) return
    this.#hash.update(this.#text, 'latin1')
    this.#text = ''
  }
}

/** A mail for a person who compares two. */
export function steadyMail(mail: string): string {
  let steady = ''
  const lines = new SteadyMail(text => {
    steady += text
  }, 'header')
  lines.push(Buffer.from(mail))
  lines.end()
  return Buffer.from(steady, 'latin1').toString()
}
