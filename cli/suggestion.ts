// What somebody may have meant who wrote a word that we do not know.

/** The nearest of `known` if it is near enough to be meant, written as an addition to an error. */
export function didYouMean(word: string, known: readonly string[]): string {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const each of known) {
    const distance = editDistance(word, each)
    if (distance < least) [best, least] = [each, distance]
  }
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** How many letters must be added, left out or changed to make one word of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let left = 1; left <= from.length; left++) {
    const next = [left]
    for (let right = 1; right <= to.length; right++) {
      const change = row[right - 1]! + (from[left - 1] === to[right - 1] ? 0 : 1)
      next.push(Math.min(change, row[right]! + 1, next[right - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
