// Octets of SMTP as text of a tape: whole lines where they are some, else octets by another spelling.

import { printable, printableLines, type TapeValue, type TapeWriting } from '../tape.ts'

/** `secrets`: the octets are text of a tape, with placeholders in it. */
interface Written {
  readonly octets: Buffer
  readonly secrets?: boolean | undefined
}

/** Octets of whole lines as text. What holds placeholders is escaped already. */
export function textOfLines({ octets, secrets }: Written): string | undefined {
  const text = printableLines(octets)
  return secrets && text !== undefined ? unescaped(text) : text
}

/** Text as it was before what looks like a placeholder was escaped. */
export function unescaped(text: string): string {
  return text.replaceAll('‹‹secret:', '‹secret:')
}

/** One line as a line, several as a block; what is no text of whole lines as octets. */
export function writeLines(written: Written, writing: TapeWriting): TapeValue {
  const lines = textOfLines(written)
  if (lines !== undefined) return writing.sweep(lines.indexOf('\n') === lines.length - 1 ? lines.slice(0, -1) : lines)
  const { octets, secrets } = written
  const text = secrets ? octets.toString() : printable(octets)
  return { octets: text === undefined ? { base64: octets.toString('base64') } : writing.sweep(text) }
}

/** A text with its last line feed, which may be left out. */
export function closed(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Whether a text of a tape has to be filled before it is sent. */
export function hasSecrets(text: string): boolean {
  return text.includes('‹secret:')
}
