// How texts are compared in SEARCH, SORT and THREAD: i;unicode-casemap (RFC 5051), each character in its simple title case
// and then decomposed, so that `É`, `é` and `e` with an accent behind it are alike.

/** Characters whose title case is none of their upper case, or of which JavaScript tells no simple one. */
let special: Map<string, string> | undefined

/** What was found of characters beyond ASCII; texts use few. */
const known = new Map<string, string>()
const maxKnown = 10_000

/** Equal texts, and parts of texts, become equal. */
export function casemap(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text.toUpperCase() : text.replace(/[a-z]+|[^\x00-\x7f]/gu, mapped)
}

function mapped(text: string): string {
  if (text.charCodeAt(0) < 0x80) return text.toUpperCase()
  let found = known.get(text)
  if (found === undefined) {
    found = titleCase(text).normalize('NFKD')
    if (known.size >= maxKnown) known.clear()
    known.set(text, found)
  }
  return found
}

function titleCase(character: string): string {
  special ??= readSpecial()
  const found = special.get(character)
  if (found !== undefined) return found
  const upper = character.toUpperCase()
  // A mapping to several characters, as of `ß`, is none of the simple ones; Georgian is not written in title case.
  return [...upper].length === 1 && !/[\u10d0-\u10ff]/.test(character) ? upper : character
}

function readSpecial(): Map<string, string> {
  const found = new Map<string, string>()
  for (let code = 0x1c0; code < 0x2000; code++) {
    const title = String.fromCharCode(code)
    if (!/\p{Lt}/u.test(title)) continue
    for (const other of [title, title.toLowerCase(), title.toUpperCase()]) {
      if (other.length === 1) found.set(other, title)
    }
  }
  return found
}
