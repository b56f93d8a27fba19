// Which service a matcher was given: told apart by what a test may look at, so that the wrong one is named.

import type { DnsState, HttpState, SmtpState } from '../index.ts'
import { UsageError } from '../net/errors.ts'
import type { TestTape } from './tape.ts'

/** A kind of thing that a matcher takes. */
export interface Kind<T> {
  /** As it is called in messages: `an SMTP service`. */
  readonly name: string
  /** How one is had. */
  readonly example: string
  /** Methods or lists that it has. */
  readonly has: readonly (keyof T & string)[]
}

export const smtpKind: Kind<SmtpState> = {
  name: 'an SMTP service',
  example: "`mail` of const { mail } = await network.host('mx.example.net', { mail: smtp() })",
  has: ['delivered', 'mailbox'],
}

export const dnsKind: Kind<DnsState> = {
  name: 'a DNS service',
  example: "`names` of const { names } = await network.host('ns.example.net', { names: dns() })",
  has: ['queries', 'forget'],
}

export const httpKind: Kind<HttpState> = {
  name: 'an HTTP service',
  example: "`site` of const { site } = await network.host('www.example.net', { site: http(…) })",
  has: ['requests', 'respond'],
}

export const tapeKind: Kind<TestTape> = {
  name: 'the tape of a test',
  example: "`tape` of test('…', async ({ tape }) => …)",
  has: ['play', 'unused'],
}

/** What a matcher may be given by mistake. */
const known: readonly Pick<Kind<Record<string, unknown>>, 'name' | 'has'>[] = [
  smtpKind,
  dnsKind,
  httpKind,
  tapeKind,
  { name: 'a network', has: ['intercept', 'hosts'] },
  { name: 'a TCP service', has: ['connections', 'endpoint'] },
  { name: 'a UDP service', has: ['received', 'endpoint'] },
  { name: 'a daytime service', has: ['answered', 'endpoint'] },
  { name: 'a promise, without await', has: ['then'] },
]

function is<T>(kind: Pick<Kind<T>, 'has'>, value: unknown): value is T {
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
  const kind = known.find(each => is(each, value))
  if (kind !== undefined) return kind.name
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
