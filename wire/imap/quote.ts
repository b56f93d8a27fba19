// Text as a quoted string, or as a literal where that cannot hold it (RFC 3501 §4.3), octets as latin1.

/** As people read it: runs of blanks are one. It is a literal wherever it is more than its own octets in quotes. */
export function quoteTidy(text: string | undefined): string {
  if (text === undefined) return 'NIL'
  const tidy = withoutNul(text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, ''))
  return tidy === text && !/["\\\x80-\xff]/.test(text) ? `"${text}"` : `{${tidy.length}}\r\n${tidy}`
}

/** On one line. */
export function quoteLine(text: string | undefined): string {
  return quote(text?.replaceAll('\r', ' '))
}

/** NIL where there is none. */
export function quote(text: string | undefined): string {
  if (text === undefined) return 'NIL'
  const shown = withoutNul(text)
  if (/[\r\n\x80-\xff]/.test(shown)) return `{${shown.length}}\r\n${shown}`
  const escaped = shown.replace(/["\\]/g, '\\$&')
  // Dovecot's measure of what is better read without escapes.
  return escaped.length - shown.length > 4 ? `{${shown.length}}\r\n${shown}` : `"${escaped}"`
}

/** No string has a NUL: U+FFFD stands for it. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\xef\xbf\xbd') : text
}
