// Conditional and range requests (RFC 9110 §13, §14): what to do with a representation that has these validators.

import { parseHttpDate } from './date.ts'
import { type HttpHeaders, header } from './message.ts'

export interface Validators {
  /** With its quotes, `W/` before a weak one. */
  etag?: string
  /** Milliseconds of Unix time, whole seconds. */
  modified?: number
}

interface Asked {
  readonly method: string
  readonly headers: HttpHeaders
}

/** The status that the conditions of a request lead to, in the order of §13.2.2; undefined: go on. */
export function checkConditions(
  { method, headers }: Asked,
  validators: Validators,
  now: number,
): 304 | 412 | undefined {
  const reads = method === 'GET' || method === 'HEAD'
  const ifMatch = header(headers, 'if-match')
  if (ifMatch !== undefined) {
    if (!listed(ifMatch, validators.etag, strongly)) return 412
  } else {
    const since = dateOf(headers, 'if-unmodified-since', now)
    if (since !== undefined && validators.modified !== undefined && validators.modified > since) return 412
  }
  const ifNoneMatch = header(headers, 'if-none-match')
  if (ifNoneMatch !== undefined) {
    return listed(ifNoneMatch, validators.etag, weakly) ? (reads ? 304 : 412) : undefined
  }
  const since = reads ? dateOf(headers, 'if-modified-since', now) : undefined
  return since !== undefined && validators.modified !== undefined && validators.modified <= since ? 304 : undefined
}

/** Whether a Range is to be heeded, as far as If-Range decides (§13.1.5). */
export function rangeApplies({ headers }: Asked, { etag, modified }: Validators, now: number): boolean {
  const condition = header(headers, 'if-range')
  if (condition === undefined) return true
  if (/^(W\/)?"/.test(condition)) return etag !== undefined && strongly(condition, etag)
  return modified !== undefined && parseHttpDate(condition, now) === modified
}

const strongly = (one: string, other: string) => one === other && !one.startsWith('W/')
const weakly = (one: string, other: string) => one.replace(/^W\//, '') === other.replace(/^W\//, '')

function listed(list: string, etag: string | undefined, same: (one: string, other: string) => boolean): boolean {
  if (list.trim() === '*') return true
  if (etag === undefined) return false
  for (const [each] of list.matchAll(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g)) if (same(each, etag)) return true
  return false
}

/** A date that cannot be read is as if it were not there. */
function dateOf(headers: HttpHeaders, name: string, now: number): number | undefined {
  const value = header(headers, name)
  return value === undefined ? undefined : parseHttpDate(value, now)
}

/** First and last octet, both included. */
export type ByteRange = readonly [first: number, last: number]

/** Ranges that one request may ask for; more, or more octets than there are, and the whole is given (§14.2, §17.15). */
const maxRanges = 64

/**
 * The ranges of a Range field in a body of `size` octets; `unsatisfiable` where none of them lies in it; undefined where
 * the field is to be ignored.
 */
export function readRanges(field: string | undefined, size: number): ByteRange[] | 'unsatisfiable' | undefined {
  const match = field === undefined ? null : /^bytes=(.*)$/i.exec(field)
  if (match === null) return undefined
  const specs = match[1]!.split(',', maxRanges + 1).map(each => each.trim())
  if (specs.length > maxRanges) return undefined
  const ranges: ByteRange[] = []
  let total = 0
  let asked = 0
  for (const spec of specs) {
    if (spec === '') continue
    const parts = /^(\d{0,15})-(\d{0,15})$/.exec(spec)
    // RFC 9110 §14.2 leaves open whether what is no range is left out of account or refused; nginx and Apache refuse it.
    if (parts === null || spec === '-') return 'unsatisfiable'
    asked++
    const [, from, to] = parts as unknown as [string, string, string]
    if (from !== '' && to !== '' && Number(from) > Number(to)) return 'unsatisfiable'
    const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
    const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
    if (first > last) continue
    ranges.push([first, last])
    total += last - first + 1
  }
  if (asked === 0) return undefined
  if (ranges.length === 0) return 'unsatisfiable'
  return ranges.length > 1 && total > size ? undefined : ranges
}
