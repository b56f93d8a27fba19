// Domain names (RFC 1035 §3.1, §4.1.4) as octets and as text: `www.example.org`, without the last dot; the root is `.`.
// In the text a dot or backslash inside a label has a backslash before it, and an octet that cannot be printed is \DDD
// (RFC 1035 §5.1). The case of letters is kept in both directions.

import { ProtocolError } from '../decoder.ts'

export const maxNameBytes = 255
export const maxLabelBytes = 63
/** As many as a name can have labels; a chain of bare pointers could go on for thousands. */
const maxPointers = 127

/** How each octet of a label stands in the text. */
const shown: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet)
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, '0')}`
  return '.\\"();@$'.includes(character) ? `\\${character}` : character
})

/** 1 for each octet that stands for itself. */
const plain = Uint8Array.from(shown, text => Number(text.length === 1))

/** A name's text on its way: nothing of it outlives one call, and each octet takes at most four characters. */
const spelt = Buffer.allocUnsafeSlow(4 * maxNameBytes)

/** Where a name was read and what follows it in the message. */
export interface ReadName {
  name: string
  end: number
}

/**
 * Reads a name at `start`. A pointer has to lead to an earlier place than the labels before it, as every encoder writes
 * them, so that no loop can be built.
 */
export function readName(bytes: Uint8Array, start: number): ReadName {
  let size = 0
  let at = start
  let end = -1
  let segment = start
  let length = 1
  let pointers = 0
  for (;;) {
    const octets = bytes[at++]
    if (octets === undefined) throw cut('a name', at - 1)
    if (octets === 0) break
    if (octets >= 0xc0) {
      const low = bytes[at++]
      if (low === undefined) throw cut('a name', at - 1)
      const target = ((octets & 0x3f) << 8) | low
      if (end < 0) end = at
      if (target >= segment || ++pointers > maxPointers) {
        throw new ProtocolError('dns', `expected a pointer to before octet ${segment}, got one to ${target}`, {
          offset: at - 2,
          section: 'RFC 1035 §4.1.4',
        })
      }
      segment = at = target
      continue
    }
    if (octets > maxLabelBytes) {
      throw new ProtocolError('dns', `expected a label or a pointer, got octet 0x${octets.toString(16)}`, {
        offset: at - 1,
        section: 'RFC 1035 §4.1.4',
      })
    }
    length += octets + 1
    if (length > maxNameBytes) throw tooLong('the name', start)
    if (at + octets > bytes.length) throw cut('a name', at)
    if (size > 0) spelt[size++] = 0x2e
    for (const stop = at + octets; at < stop; at++) {
      const octet = bytes[at]!
      if (plain[octet] === 1) spelt[size++] = octet
      else size += spelt.write(shown[octet]!, size, 'latin1')
    }
  }
  return { name: size === 0 ? '.' : spelt.toString('latin1', 0, size), end: end < 0 ? at : end }
}

function cut(what: string, offset: number): ProtocolError {
  return new ProtocolError('dns', `expected the rest of ${what}, got the end of the message`, { offset })
}

function tooLong(name: string, offset?: number): ProtocolError {
  const options = { section: 'RFC 1035 §2.3.4', ...(offset === undefined ? {} : { offset }) }
  return new ProtocolError('dns', `expected a name of at most ${maxNameBytes} octets, got ${name} with more`, options)
}

/** The octets of each label of a name. Throws where the text is no name. */
export function labelsOf(name: string): Buffer[] {
  if (name === '.') return []
  const labels: Buffer[] = []
  let octets: number[] = []
  let length = 1
  const add = () => {
    if (octets.length === 0) throw notAName(name, 'an empty label')
    if (octets.length > maxLabelBytes) throw notAName(name, `a label of ${octets.length} octets`)
    length += octets.length + 1
    if (length > maxNameBytes) throw tooLong(JSON.stringify(name))
    labels.push(Buffer.from(octets))
    octets = []
  }
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (code === 0x2e) {
      add()
      if (at === name.length - 1) return labels
    } else if (code === 0x5c) {
      const escaped = readEscape(name, at)
      octets.push(escaped.octet)
      at = escaped.end - 1
    } else if (code > 0x7e || code < 0x21) throw notAName(name, `character ${JSON.stringify(name[at])}`)
    else octets.push(code)
  }
  add()
  return labels
}

/** One `\X` or `\DDD` of RFC 1035 §5.1 at `at`. */
export function readEscape(text: string, at: number): { octet: number; end: number } {
  const digits = text.slice(at + 1, at + 4)
  if (/^\d{3}$/.test(digits) && Number(digits) <= 255) return { octet: Number(digits), end: at + 4 }
  const code = text.charCodeAt(at + 1)
  if (/^\d/.test(digits) || Number.isNaN(code) || code > 0x7e) {
    throw new ProtocolError(
      'dns',
      `expected an escape such as \\. or \\032, got ${JSON.stringify(text.slice(at, at + 4))}`,
    )
  }
  return { octet: code, end: at + 2 }
}

function notAName(name: string, got: string): ProtocolError {
  return new ProtocolError('dns', `expected a name such as www.example.org, got ${got} in ${JSON.stringify(name)}`)
}

/** One spelling of a name: escapes only where they are needed, no last dot; the case is kept. */
export function normalName(name: string): string {
  return nameOf(labelsOf(name))
}

/** The text of a name that consists of these labels. */
export function nameOf(labels: readonly Uint8Array[]): string {
  if (labels.length === 0) return '.'
  return labels.map(label => Array.from(label, octet => shown[octet]!).join('')).join('.')
}

/** The name with its first label off, and the root after the last. */
export function parentOf(name: string): string {
  for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
    if (!isEscaped(name, at)) return at + 1 < name.length ? name.slice(at + 1) : '.'
  }
  return '.'
}

/** Whether the character at `at` has an odd number of backslashes before it. */
function isEscaped(name: string, at: number): boolean {
  let backslashes = 0
  while (name.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

/** Whether `name` is `zone` or below it. Both in lower case. */
export function isWithin(name: string, zone: string): boolean {
  if (zone === '.' || name === zone) return true
  const dot = name.length - zone.length - 1
  return dot > 0 && name.charCodeAt(dot) === 0x2e && name.endsWith(zone) && !isEscaped(name, dot)
}
