// Names of mailboxes: modified UTF-7 (RFC 3501 §5.1.3), or UTF-8 where UTF8=ACCEPT is enabled (RFC 6855 §3).

/** As text; undefined where it is no modified UTF-7 or has octets beyond ASCII. */
export function decodeMailboxName(wire: string): string | undefined {
  if (/[^\x20-\x7e]/.test(wire)) return undefined
  if (!wire.includes('&')) return wire
  let name = ''
  let at = 0
  for (let start = wire.indexOf('&'); start >= 0; start = wire.indexOf('&', at)) {
    name += wire.slice(at, start)
    const end = wire.indexOf('-', start)
    if (end < 0) return undefined
    const shifted = end === start + 1 ? '&' : decodeShifted(wire.slice(start + 1, end))
    if (shifted === undefined) return undefined
    // "Superfluous shifts": what one run can say must not be in two.
    if (shifted !== '&' && wire[end + 1] === '&' && wire[end + 2] !== '-') return undefined
    name += shifted
    at = end + 1
  }
  return name + wire.slice(at)
}

function decodeShifted(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+,]+$/.test(base64)) return undefined
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64')
  if (octets.length % 2 !== 0 || encodeBase64(octets) !== base64) return undefined
  const text = octets.swap16().toString('utf16le')
  // Printable ASCII stands for itself, and half a surrogate pair is nothing.
  return /[\x20-\x7e]/.test(text) || !text.isWellFormed() ? undefined : text
}

/** @throws {RangeError} for half a surrogate pair. */
export function encodeMailboxName(name: string): string {
  if (!name.isWellFormed()) throw new RangeError(`expected a name of whole characters, got ${JSON.stringify(name)}`)
  return name.replace(/&|[^\x20-\x7e]+/g, run =>
    run === '&' ? '&-' : `&${encodeBase64(Buffer.from(run, 'utf16le').swap16())}-`,
  )
}

function encodeBase64(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '').replaceAll('/', ',')
}

/** Octets kept as latin1, as UTF-8; undefined where they are not. */
export function decodeUtf8Name(wire: string): string | undefined {
  if (!/[^\x00-\x7f]/.test(wire)) return wire
  const name = Buffer.from(wire, 'latin1').toString('utf8')
  return name.includes('\ufffd') ? undefined : name
}
