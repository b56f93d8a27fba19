// Parts of the schema of a world: each says what was expected and what came.

import { isIP } from 'node:net'
import * as v from 'valibot'
import { didYouMean } from '../cli/suggestion.ts'
import { isHostName, parseRange } from '../net/address.ts'
import { type Duration, durationMs } from '../net/duration.ts'

/** A problem's sentence, made where what was expected is known. */
type Problem = v.BaseIssue<unknown>

type Mapping<E extends v.ObjectEntries> = v.StrictObjectSchema<E, (issue: v.StrictObjectIssue) => string>

/** A value as a message shows it. */
function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  if (value === null || value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

export const expected =
  (what: string): ((issue: Problem) => string) =>
  issue =>
    `expected ${what}, got ${show(issue.input)}`

export function mapping<E extends v.ObjectEntries>(what: string, entries: E): Mapping<E> {
  const keys = Object.keys(entries)
  return v.strictObject(entries, issue => {
    const at = issue.path?.at(-1) as { key: unknown; input: unknown } | undefined
    if (at === undefined) return `expected ${what}, got ${show(issue.input)}`
    if (Array.isArray(at.input)) return `expected ${what}, got a list`
    const key = String(at.key)
    if (issue.expected !== 'never') return `expected ${key} in ${what}, got none`
    return `expected one of ${keys.join(', ')} in ${what}, got ${key}${didYouMean(key, keys)}`
  })
}

export const text = (what: string): v.GenericSchema<string> => v.string(expected(what))
export const whole = (what: string, from: number, to: number): v.GenericSchema<number> =>
  v.pipe(
    v.number(expected(what)),
    v.integer(expected(what)),
    v.minValue(from, expected(what)),
    v.maxValue(to, expected(what)),
  )
export const flag = (what: string): v.GenericSchema<boolean> => v.boolean(expected(`true or false for ${what}`))
export const list = <S extends v.GenericSchema>(
  what: string,
  item: S,
): v.GenericSchema<v.InferInput<S>[], v.InferOutput<S>[]> => v.array(item, expected(`a list of ${what}`))
export const choice = <const C extends readonly (string | number)[]>(
  what: string,
  choices: C,
): v.GenericSchema<C[number]> => v.picklist(choices, expected(`${what}: ${choices.join(', ')}`))
export const byName = <S extends v.GenericSchema>(
  what: string,
  name: v.GenericSchema<string>,
  value: S,
): v.GenericSchema<Record<string, v.InferInput<S>>, Record<string, v.InferOutput<S>>> =>
  v.record(name, value, expected(`a mapping of ${what}`))

export const hostName: v.GenericSchema<string> = v.pipe(
  text('a host name such as mx.example.org'),
  v.check(
    name => isHostName(name) || isIP(name) !== 0,
    expected('a host name such as mx.example.org or *.example.org'),
  ),
)
const anAddress = 'an IPv4 or IPv6 address such as 192.0.2.1'
export const address: v.GenericSchema<string> = v.pipe(
  text(anAddress),
  v.check(value => isIP(value) !== 0, expected(anAddress)),
)
const aVariable = 'a name of an environment variable such as SERVER_CERT'
export const variable: v.GenericSchema<string> = v.pipe(
  text(aVariable),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, expected(aVariable)),
)
const aHostAndPort = 'a host and port such as www.example.org:443'
export const hostAndPort: v.GenericSchema<string> = v.pipe(
  text(aHostAndPort),
  v.regex(/^\S+:[1-9]\d{0,4}$/, expected(aHostAndPort)),
)
const aRange = 'a range such as 192.0.2.0/24'
export const range: v.GenericSchema<string> = v.pipe(
  text(aRange),
  v.check(value => succeeds(() => parseRange(value)), expected(aRange)),
)
const aMac = 'a MAC address such as 08:00:27:1d:1e:db'
export const mac: v.GenericSchema<string> = v.pipe(
  text(aMac),
  v.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, expected(aMac)),
)
const anEpoch = "an epoch such as '2015-03-15T12:09:16Z'"
export const epoch: v.GenericSchema<string> = v.pipe(
  text(anEpoch),
  v.check(value => !Number.isNaN(Date.parse(value)), expected(anEpoch)),
)
export const date = (what: string): v.GenericSchema<string> =>
  v.pipe(
    text(what),
    v.check(value => !Number.isNaN(Date.parse(value)), expected(what)),
  )

function succeeds(call: () => unknown): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}

export const portNumber: v.GenericSchema<number> = whole('a port from 1 to 65535', 1, 65535)
export const ports: v.GenericSchema = list(
  'ports',
  v.union(
    [
      portNumber,
      mapping('a port', {
        port: portNumber,
        transport: v.exactOptional(choice('a transport', ['tcp', 'udp'])),
        tls: v.exactOptional(flag('tls')),
      }),
    ],
    expected('a port from 1 to 65535, or { port, transport, tls }'),
  ),
)

const aDuration = "a duration such as '5m' or a number of milliseconds"
export const duration: v.GenericSchema<string | number> = v.pipe(
  v.union([v.string(), v.number()], expected(aDuration)),
  v.check(value => succeeds(() => durationMs(value as Duration)), expected(aDuration)),
)
const aReply = "a reply such as '534 5.7.9 application password required'"
export const reply: v.GenericSchema<string> = v.pipe(text(aReply), v.regex(/^[2-5][0-9][0-9] /, expected(aReply)))
