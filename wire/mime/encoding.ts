// How MIME writes octets as text: base64 and quoted-printable (RFC 2045 §6), encoded words (RFC 2047), charsets.

/** Text in a charset; octet by octet where the charset is not known. */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  const label = charset.trim().toLowerCase()
  try {
    return new TextDecoder(label === '' || label === 'us-ascii' ? 'utf-8' : label).decode(bytes)
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  }
}

/** UTF-8 where the octets are that, else latin1: what a header beyond ASCII most likely means. */
export function decodeRaw(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return text.includes('\ufffd') ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') : text
}

/** Octets that are not in the alphabet are passed over (§6.8); each padding ends a run. */
export function decodeBase64(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .replace(/[^A-Za-z0-9+/=]+/g, '')
  const runs = text.split(/=+/)
  return runs.length <= 2 && (runs[1] ?? '') === ''
    ? Buffer.from(runs[0]!, 'base64')
    : Buffer.concat(runs.map(run => Buffer.from(run, 'base64')))
}

/** What is not an escape stays as it is (§6.7's advice for robust decoders). */
export function decodeQuotedPrintable(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const decoded = text
    // The look behind keeps a long run of blanks from being tried from each of them.
    .replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '')
    .replace(/=\r?\n|=$/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(decoded, 'latin1')
}

const word = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=/g

/** Encoded words become text, the blanks between two of them nothing (RFC 2047 §6.2). */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let decoded = ''
  let from = 0
  let pending: { charset: string; octets: Buffer[] } | undefined
  const flush = () => {
    if (pending !== undefined) decoded += decodeCharset(Buffer.concat(pending.octets), pending.charset)
    pending = undefined
  }
  for (const found of text.matchAll(word)) {
    const [whole, charset = '', encoding, content = ''] = found
    const between = text.slice(from, found.index)
    if (pending === undefined || between.trim() !== '') {
      flush()
      decoded += between
    }
    const octets =
      encoding!.toUpperCase() === 'B'
        ? Buffer.from(content, 'base64')
        : decodeQuotedPrintable(Buffer.from(content.replaceAll('_', '=20'), 'latin1'))
    // Some cut a character in two words; words of one charset are decoded together.
    if (pending !== undefined && pending.charset !== charset.toLowerCase()) flush()
    pending ??= { charset: charset.toLowerCase(), octets: [] }
    pending.octets.push(octets)
    from = found.index + whole.length
  }
  flush()
  return decoded + text.slice(from)
}
