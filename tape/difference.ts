// Two texts line by line, as diff shows them: what only one has, among what both have.

export interface DifferentLine {
  readonly sign: '-' | '+' | ' '
  readonly text: string
}

/** Lines of each side that are compared; what follows is shown as it is. */
const maxLines = 400

/** The longest common subsequence is kept, the rest is marked. */
export function difference(before: readonly string[], after: readonly string[]): DifferentLine[] {
  const one = before.slice(0, maxLines)
  const other = after.slice(0, maxLines)
  const width = other.length + 1
  const lengths = new Uint16Array((one.length + 1) * width)
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        one[i] === other[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const lines: DifferentLine[] = []
  let i = 0
  let j = 0
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      lines.push({ sign: ' ', text: one[i++]! })
      j++
    } else if (j >= other.length || (i < one.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) {
      lines.push({ sign: '-', text: one[i++]! })
    } else lines.push({ sign: '+', text: other[j++]! })
  }
  for (const text of before.slice(maxLines)) lines.push({ sign: '-', text })
  for (const text of after.slice(maxLines)) lines.push({ sign: '+', text })
  return lines
}

/** How many lines of two texts differ: the smaller, the nearer they are. */
export function distance(before: readonly string[], after: readonly string[]): number {
  let count = 0
  for (const { sign, text } of difference(before, after)) {
    if (sign === ' ') continue
    // A line that shares its first word with one of the other side is nearer than a strange one.
    const word = /^\s*\S+/.exec(text)?.[0] ?? ''
    const others = sign === '-' ? after : before
    count += others.some(each => each.startsWith(word)) ? 1 : 2
  }
  return count
}
