// Arguments of a command, read strictly: whatever is not expected is an error that says what is.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../net/errors.ts'
import { didYouMean } from './suggestion.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: true }>
>['values']

export interface Arguments<T extends Options> {
  readonly values: Values<T>
  readonly positionals: string[]
  /** What stands after `--`; undefined where there is no `--`. */
  readonly rest: string[] | undefined
}

/** @throws {UsageError} for an option that is unknown, lacks its value or has one too many. */
export function parseArguments<const T extends Options>(command: string, args: string[], options: T): Arguments<T> {
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  const help = `see backlot ${command} --help`
  // parseArgs names the option in its messages but not the ones that exist, so unknown ones are looked for first.
  for (const arg of own) {
    const name = /^--([^=]+)/.exec(arg)?.[1] ?? (/^-[^-]/.test(arg) ? arg.slice(1) : undefined)
    if (name === undefined || Object.hasOwn(options, name)) continue
    if (!arg.startsWith('--') && Object.values(options).some(({ short }) => short === name[0])) continue
    const known = Object.keys(options)
    const suggestion = didYouMean(name, known).replace('mean ', 'mean --') || `; ${help}`
    throw new UsageError(`${command}: expected an option that it has, got ${arg.split('=')[0]}${suggestion}`)
  }
  try {
    const { values, positionals } = parseArgs({ args: own, options, strict: true, allowPositionals: true })
    return { values: values as Values<T>, positionals, rest: end < 0 ? undefined : args.slice(end + 1) }
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')) throw error
    const message = (error as Error).message.split(/[.\n]/)[0]!
    throw new UsageError(`${command}: ${message.charAt(0).toLowerCase()}${message.slice(1)}; ${help}`)
  }
}

/** @throws {UsageError} where a command that takes options alone was given something else. */
export function expectNoMore(command: string, { positionals, rest }: Arguments<Options>): void {
  const more = positionals[0] ?? (rest === undefined ? undefined : '--')
  if (more === undefined) return
  throw new UsageError(
    `${command}: expected options alone, got ${more || 'an empty argument'}; see backlot ${command} --help`,
  )
}

/** @throws {UsageError} where an option was given together with one that it does not go with. */
export function expectNoOther(
  command: string,
  option: string,
  values: Readonly<Record<string, unknown>>,
  others: readonly string[],
): void {
  const other = others.find(name => values[name] !== undefined)
  if (other === undefined) return
  throw new UsageError(`${command}: expected --${option} without --${other}, got both`)
}

/** Whether help was asked for, before any `--`. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some(arg => arg === '--help' || arg === '-h')
}
