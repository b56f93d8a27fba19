// Patterns of LIST (RFC 3501 §6.3.8): `*` stands for anything, `%` for anything without a separator. Each part of a pattern
// is looked for at all places that the parts before may have come to, so that no pattern takes long.

import { ImapRefusal } from './refusal.ts'

const maxPattern = 1000
const maxWildcards = 50

/** @throws {ImapRefusal} for a pattern beyond the limits. */
export function compilePattern(pattern: string, separator: string): (name: string) => boolean {
  const parts = pattern.match(/[*%]+|[^*%]+/g) ?? []
  if (pattern.length > maxPattern || parts.length > 2 * maxWildcards) {
    throw new ImapRefusal(
      'NO',
      `expected a pattern of at most ${maxPattern} characters and ${maxWildcards} wildcards`,
      'LIMIT',
    )
  }
  if (parts.every(part => !/[*%]/.test(part))) return name => name === pattern
  if (pattern === '*') return () => true
  return name => {
    let places = [0]
    for (const part of parts) {
      if (places.length === 0) return false
      if (part.includes('*')) places = through(places[0]!, name.length)
      else if (part.includes('%')) places = upToSeparator(places, name, separator)
      else places = places.flatMap(at => (name.startsWith(part, at) ? [at + part.length] : []))
    }
    return places.at(-1) === name.length
  }
}

function through(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** `places` ascend, and so do those that are given. */
function upToSeparator(places: readonly number[], name: string, separator: string): number[] {
  const reached: number[] = []
  for (const place of places) {
    const end = name.indexOf(separator, place)
    const last = end < 0 ? name.length : end
    for (let at = Math.max(place, (reached.at(-1) ?? -1) + 1); at <= last; at++) reached.push(at)
  }
  return reached
}
