// Whether one of several things that happened is as expected; where none is, the nearest, with what is different about it.

import type { MatcherState } from 'vitest'
import { UsageError } from '../net/errors.ts'

/** A text, a pattern, or an asymmetric matcher of vitest such as `expect.stringContaining('…')`. */
export type Text = string | RegExp | { asymmetricMatch(other: unknown): boolean }

/** What of things of one kind can be expected. */
export interface Things<T> {
  readonly matcher: string
  readonly one: string
  readonly many: string
  /** What happened to them: `delivered`. */
  readonly done: string
  readonly list: readonly T[]
  /** One of its fields as it is compared; undefined where it has none. */
  field(thing: T, name: string, expected: unknown): unknown
  readonly fields: readonly string[]
  /** A field that holds a value with an order of its own, which is compared as far as it is expected. */
  readonly structured?: string
  /** A line for a list of what there was. */
  summary(thing: T): string
}

export type Expected = Readonly<Record<string, unknown>>

const maxSummaries = 5

interface Seen<T> {
  readonly thing: T
  readonly values: Record<string, unknown>
  readonly wrong: readonly string[]
}

export function compare<T>(
  state: MatcherState,
  things: Things<T>,
  expected: Expected,
  { times }: { times?: number | undefined } = {},
): { pass: boolean; message: () => string } {
  const { matcher, fields, list } = things
  const unknown = Object.keys(expected).find(key => !fields.includes(key))
  if (unknown !== undefined) {
    throw new UsageError(`${matcher}: expected some of ${fields.join(', ')}, got ${unknown}`)
  }
  if (times !== undefined && !(Number.isInteger(times) && times >= 0)) {
    throw new UsageError(`${matcher}: expected times to be a whole number, got ${times}`)
  }
  const seen = list.map(thing => look(state, things, thing, expected))
  const right = seen.filter(({ wrong }) => wrong.length === 0)
  const pass = times === undefined ? right.length > 0 : right.length === times
  return {
    pass,
    message: () => (pass ? unwanted(state, things, expected, right) : missing(state, things, expected, seen, times)),
  }
}

function look<T>(state: MatcherState, things: Things<T>, thing: T, expected: Expected): Seen<T> {
  const values: Record<string, unknown> = {}
  const wrong: string[] = []
  for (const [key, wanted] of Object.entries(expected)) {
    if (wanted === undefined) continue
    const value = things.field(thing, key, wanted)
    values[key] = value
    const isStructured = key === things.structured && typeof wanted === 'object' && !(wanted instanceof RegExp)
    if (!(isStructured ? isPart(state, wanted, value) : fits(state, wanted, value))) wrong.push(key)
  }
  return { thing, values, wrong }
}

/** Of a list, one is enough for a single expectation; a list of expectations is for all of it, in any order. */
function fits(state: MatcherState, wanted: unknown, value: unknown): boolean {
  if (wanted instanceof RegExp) {
    if (Array.isArray(value)) return value.some(each => fits(state, wanted, each))
    // One that is sticky or global has a memory.
    return typeof value === 'string' && value.search(wanted) >= 0
  }
  if (Array.isArray(wanted) && Array.isArray(value)) {
    const left = [...value]
    const all = wanted.every(each => {
      const at = left.findIndex(other => fits(state, each, other))
      if (at >= 0) left.splice(at, 1)
      return at >= 0
    })
    return all && left.length === 0
  }
  if (typeof wanted === 'string' && Array.isArray(value)) return value.includes(wanted)
  if (isPlain(wanted) && isPlain(value)) {
    return Object.entries(wanted).every(([key, each]) => fits(state, each, value[key]))
  }
  return state.equals(value, wanted, [...state.customTesters])
}

function isPart({ equals, utils, customTesters }: MatcherState, wanted: unknown, value: unknown): boolean {
  return equals(value, wanted, [...customTesters, utils.iterableEquality, utils.subsetEquality])
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function missing<T>(
  state: MatcherState,
  things: Things<T>,
  expected: Expected,
  seen: readonly Seen<T>[],
  times: number | undefined,
): string {
  const { matcher, one, many, done, list, summary } = things
  const wanted = times === undefined ? one : `${times} ${times === 1 ? one.replace(/^an? /, '') : many}`
  const like = Object.keys(expected).length === 0 ? '' : ' like this'
  const right = seen.filter(({ wrong }) => wrong.length === 0).length
  const got =
    list.length === 0 ? 'none at all' : times === undefined ? `${list.length} other` : `${right} of ${list.length}`
  const head = `${matcher}: expected ${wanted}${like} to be ${done}, got ${got}`
  const nearest = seen
    .filter(({ wrong }) => wrong.length > 0)
    .toSorted((a, b) => a.wrong.length - b.wrong.length || apart(expected, a) - apart(expected, b))[0]
  const parts = [head]
  if (list.length === 0 && like !== '') parts.push(shownOn(state, expected))
  if (nearest !== undefined && right === 0) {
    // What fits is shown as it was expected, so that only what differs stands out.
    const shown = Object.fromEntries(
      Object.entries(nearest.values).map(([key, value]) => {
        const only = Array.isArray(value) && value.length === 1 && !Array.isArray(expected[key]) ? value[0] : value
        return [key, nearest.wrong.includes(key) ? only : expected[key]]
      }),
    )
    const difference = state.utils.diff(expected, shown)
    parts.push(`${list.length === 1 ? 'It is' : 'The nearest'}:\n${difference ?? summary(nearest.thing)}`)
  }
  if (list.length > 1 || (times !== undefined && list.length > 0)) parts.push(summaries(things, list))
  return parts.join('\n\n')
}

function unwanted<T>(state: MatcherState, things: Things<T>, expected: Expected, right: readonly Seen<T>[]): string {
  const { matcher, one, done } = things
  const like = Object.keys(expected).length === 0 ? '' : ` like ${shownOn(state, expected)}`
  const list = right.map(({ thing }) => thing)
  return `${matcher}: expected not ${one}${like} to be ${done}, got ${list.length}\n\n${summaries(things, list)}`
}

/** On one line. */
function shownOn({ utils }: MatcherState, expected: Expected): string {
  return utils.stringify(expected, undefined, { min: true })
}

function summaries<T>({ summary }: Things<T>, list: readonly T[]): string {
  const shown = list.slice(-maxSummaries).map(thing => `  ${summary(thing)}`)
  const before = list.length - shown.length
  return [`All of them:${before > 0 ? ` (the last ${maxSummaries} of ${list.length})` : ''}`, ...shown].join('\n')
}

/** How much of the texts that are wrong differs: characters before the first and behind the last that do not fit. */
function apart<T>(expected: Expected, { values, wrong }: Seen<T>): number {
  return wrong.reduce((sum, key) => {
    const wanted = expected[key]
    const one = String(wanted instanceof RegExp ? wanted.source : wanted).slice(0, 1000)
    const other = String(values[key]).slice(0, 1000)
    let same = 0
    while (same < one.length && one[same] === other[same]) same++
    let end = 0
    while (end < one.length - same && end < other.length - same && one.at(-1 - end) === other.at(-1 - end)) end++
    return sum + Math.max(one.length, other.length) - same - end
  }, 0)
}
