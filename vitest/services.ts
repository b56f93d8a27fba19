// Which service a matcher was given: told apart by what a test may look at, so that the wrong one is named.

import { UsageError } from '../net/errors.ts'

/** A kind of thing that a matcher takes. */
export interface Kind<T> {
  /** As it is called in messages: `an SMTP service`. */
  readonly name: string
  /** How one is had. */
  readonly example: string
  /** Methods or lists that it has. */
  readonly has: readonly (keyof T & string)[]
}

/** What else a matcher may be given by mistake. */
const others: readonly Kind<Record<string, unknown>>[] = [
  { name: 'an SMTP service', example: '', has: ['delivered', 'mailbox'] },
  { name: 'a DNS service', example: '', has: ['queries', 'forget'] },
  { name: 'an HTTP service', example: '', has: ['requests', 'respond'] },
  { name: 'a network', example: '', has: ['intercept', 'hosts'] },
  { name: 'a tape', example: '', has: ['play', 'unused'] },
  { name: 'a TCP service', example: '', has: ['connections', 'endpoint'] },
  { name: 'a UDP service', example: '', has: ['received', 'endpoint'] },
  { name: 'a daytime service', example: '', has: ['answered', 'endpoint'] },
  { name: 'a promise, without await', example: '', has: ['then'] },
]

function is<T>(kind: Kind<T>, value: unknown): value is T {
  if (typeof value !== 'object' || value === null) return false
  return kind.has.every(key => key in value)
}

/**
 * What a matcher was given, as what it takes.
 *
 * @throws {UsageError} for anything else, also where the expectation is negated.
 */
export function given<T>(matcher: string, kind: Kind<T>, value: unknown): T {
  if (is(kind, value)) return value
  throw new UsageError(
    `${matcher}: expected ${kind.name}, such as ${kind.example}, got ${nameOf(value)}${whereIn(kind, value)}`,
  )
}

function nameOf(value: unknown): string {
  const known = others.find(kind => is(kind, value))
  if (known !== undefined) return known.name
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'a function' : String(value)
  if (Array.isArray(value)) return 'an array'
  const keys = Object.keys(value).slice(0, 5)
  return `an object with ${keys.length === 0 ? 'nothing in it' : keys.join(', ')}`
}

/** What `network.host` gives holds the services of a host by their keys. */
function whereIn<T>(kind: Kind<T>, value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  const key = Object.keys(value).find(key => is(kind, (value as Record<string, unknown>)[key]))
  return key === undefined ? '' : `, whose .${key} is one`
}
