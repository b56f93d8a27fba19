// Charsets of what is searched and of what is searched for: those that the platform's TextDecoder knows, and what mail calls
// them.

import { TextDecoder } from 'node:util'
/** Text of octets; what is not of the charset becomes U+FFFD, one for all that stands together. */
export type Decode = (octets: Buffer) => string

const utf8: Decode = octets => once(octets.toString('utf8'))
const found = new Map<string, Decode>([
  ...['', 'us-ascii', 'ascii', 'ansi_x3.4-1968', 'utf-8', 'utf8'].map(name => [name, utf8] as const),
  // TextDecoder takes these names for windows-1252.
  ...['iso-8859-1', 'iso8859-1', 'iso_8859-1', 'latin1', 'l1'].map(
    name => [name, (octets: Buffer) => octets.toString('latin1')] as const,
  ),
])

/** Charsets that are kept; there are not many, and names in mail are anybody's. */
const maxKept = 500

/** Undefined for a charset that is not known. */
export function decoderOf(charset: string): Decode | undefined {
  const name = charset.toLowerCase()
  const known = found.get(name)
  if (known !== undefined) return known
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(name, { ignoreBOM: true })
  } catch {
    return undefined
  }
  const decode: Decode = octets => once(decoder.decode(octets))
  if (found.size < maxKept) found.set(name, decode)
  return decode
}

/** Replacements that stand together as one. */
export function once(text: string): string {
  return text.includes('\ufffd\ufffd') ? text.replace(/\ufffd+/g, '\ufffd') : text
}
