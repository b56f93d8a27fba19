// Sets of message numbers and UIDs (RFC 3501 §9, sequence-set), looked up in a mailbox without being expanded.

/** Both ends belong to it, in any order. `Infinity` is `*`, the largest number in use. */
interface SequenceRange {
  readonly first: number
  readonly last: number
}

export type SequenceSet = readonly SequenceRange[]

/** The largest number that IMAP has (RFC 3501 §9, nz-number). */
const most = 0xffff_ffff
const form = /^(?:[1-9]\d{0,9}|\*)(?::(?:[1-9]\d{0,9}|\*))?(?:,(?:[1-9]\d{0,9}|\*)(?::(?:[1-9]\d{0,9}|\*))?)*$/

/** Undefined where the text is no set. */
export function parseSequenceSet(text: string): SequenceSet | undefined {
  // A number or two are what most commands have.
  if (/^[1-9]\d{0,8}$/.test(text)) return [{ first: Number(text), last: Number(text) }]
  if (!form.test(text)) return undefined
  const ranges = text.split(',').map(part => {
    const colon = part.indexOf(':')
    const first = sequenceNumber(colon < 0 ? part : part.slice(0, colon))
    return { first, last: colon < 0 ? first : sequenceNumber(part.slice(colon + 1)) }
  })
  return ranges.every(({ first, last }) => isNumber(first) && isNumber(last)) ? ranges : undefined
}

function sequenceNumber(text: string): number {
  return text === '*' ? Number.POSITIVE_INFINITY : Number(text)
}

function isNumber(number: number): boolean {
  return number <= most || number === Number.POSITIVE_INFINITY
}

export function formatSequenceSet(set: SequenceSet): string {
  const number = (value: number) => (value === Number.POSITIVE_INFINITY ? '*' : String(value))
  return set.map(({ first, last }) => (first === last ? number(first) : `${number(first)}:${number(last)}`)).join(',')
}

/** The set of some numbers that ascend. */
export function sequenceSetOf(numbers: Iterable<number>): SequenceSet {
  const set: { first: number; last: number }[] = []
  for (const number of numbers) {
    const range = set.at(-1)
    if (range !== undefined && number === range.last + 1) range.last = number
    else set.push({ first: number, last: number })
  }
  return set
}

/**
 * The same set in ascending ranges that neither touch nor overlap, `*` replaced by the largest number in use. Empty where
 * nothing is in use and the set says `*`.
 */
export function resolveSequenceSet(set: SequenceSet, largest: number): SequenceSet {
  const ordered: { first: number; last: number }[] = []
  for (const range of set) {
    const first = Math.min(range.first, range.last)
    const last = Math.max(range.first, range.last)
    const resolved = { first: Number.isFinite(first) ? first : largest, last: Number.isFinite(last) ? last : largest }
    // `559:*` is the last message even where its number is less (RFC 3501 §6.4.8).
    if (resolved.first > resolved.last) [resolved.first, resolved.last] = [resolved.last, resolved.first]
    if (resolved.last > 0) ordered.push({ first: Math.max(1, resolved.first), last: resolved.last })
  }
  ordered.sort((a, b) => a.first - b.first)
  const merged: { first: number; last: number }[] = []
  for (const range of ordered) {
    const before = merged.at(-1)
    if (before !== undefined && range.first <= before.last + 1) before.last = Math.max(before.last, range.last)
    else merged.push(range)
  }
  return merged
}

/** Whether a set that was resolved has a number. */
export function hasSequence(resolved: SequenceSet, number: number): boolean {
  const at = lowerBound(resolved.length, index => resolved[index]!.last >= number)
  return at < resolved.length && resolved[at]!.first <= number
}

/**
 * Where in an ascending list the numbers of a resolved set are: places from 0, as ranges whose both ends belong to them.
 * Time goes with the set's size, not with the list's.
 */
export function placesOf(resolved: SequenceSet, uids: readonly number[]): SequenceSet {
  const places: SequenceRange[] = []
  for (const { first, last } of resolved) {
    const from = lowerBound(uids.length, index => uids[index]! >= first)
    const to = lowerBound(uids.length, index => uids[index]! > last) - 1
    if (from <= to) places.push({ first: from, last: to })
  }
  return places
}

/** The first place at which something holds that holds for all after it. */
function lowerBound(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
