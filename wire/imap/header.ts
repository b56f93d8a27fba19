// The fields of a message's header (RFC 5322 §2.2) by their places in its octets. A line without a colon is a field without
// a value, and a header ends at an empty line or with the message: what mail is like, whatever the RFC says.

export interface FieldPlace {
  /** In lower case; without a colon the whole line. */
  readonly name: string
  readonly start: number
  /** Where the value begins, blanks passed over. */
  readonly value: number
  /** Behind the last line's end. */
  readonly end: number
}

export interface HeaderPlace {
  readonly fields: readonly FieldPlace[]
  /** Behind the empty line. */
  readonly end: number
}

/** Fields of one header; what follows is not looked at. */
const maxFields = 10_000

const LF = 0x0a
const CR = 0x0d

/** `stop` tells of a line that ends the header though it is not empty. */
export function readHeader(octets: Buffer, start: number, stop: (line: number) => boolean): HeaderPlace {
  const fields: FieldPlace[] = []
  let at = start
  while (at < octets.length) {
    if (stop(at)) return { fields, end: at }
    let end = endOfLine(octets, at)
    if (octets[at] === LF || (octets[at] === CR && octets[at + 1] === LF)) return { fields, end }
    while (isBlank(octets[end])) end = endOfLine(octets, end)
    if (fields.length < maxFields) fields.push(readField(octets, at, end))
    at = end
  }
  return { fields, end: octets.length }
}

function readField(octets: Buffer, start: number, end: number): FieldPlace {
  const colon = octets.indexOf(0x3a, start)
  const line = endOfLine(octets, start)
  if (colon < 0 || colon >= line) {
    return { name: octets.toString('latin1', start, line).trimEnd().toLowerCase(), start, value: end, end }
  }
  let [nameEnd, value] = [colon, colon + 1]
  while (nameEnd > start && isBlank(octets[nameEnd - 1])) nameEnd--
  while (value < end && isBlank(octets[value])) value++
  return { name: octets.toString('latin1', start, nameEnd).toLowerCase(), start, value, end }
}

/** A value as it stands, octets as latin1, but for the last line's end. */
export function foldedValue(octets: Buffer, { value, end }: FieldPlace): string {
  return octets.toString('latin1', value, end).replace(/\r?\n$/, '')
}

/** A value on one line: line ends are left out, and what they were followed by stays. */
export function fieldValue(octets: Buffer, field: FieldPlace): string {
  return foldedValue(octets, field).replace(/\r?\n/g, '')
}

export function endOfLine(octets: Buffer, from: number): number {
  const at = octets.indexOf(LF, from)
  return at < 0 ? octets.length : at + 1
}

function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09
}
