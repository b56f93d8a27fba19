// backlot tape: looks at tapes, cleans them, and turns them into other files. Each part is a file in tape/.

import { UsageError } from '../net/errors.ts'
import { asksForHelp } from './arguments.ts'
import type { Command } from './command.ts'
import { didYouMean } from './suggestion.ts'
import { print } from './terminal.ts'

const parts: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  show: () => import('./tape/show.ts'),
  check: () => import('./tape/check.ts'),
  diff: () => import('./tape/diff.ts'),
  scrub: () => import('./tape/scrub.ts'),
  convert: () => import('./tape/convert.ts'),
}

const help = `Looks at tapes, cleans them, and turns them into other files.

Usage: backlot tape show | check | diff | scrub | convert …

  show     prints what was said, like the examples in an RFC
  check    looks for mistakes, missing files and secrets in clear; with --real, for what a server says otherwise today
  diff     compares two tapes by message
  scrub    takes secrets out of a tape
  convert  to and from captures (pcapng) and HTTP archives (HAR)

Each has --help with an example.

Example:
  backlot tape show mail.tape.yaml`

async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args
  const load = name !== undefined && Object.hasOwn(parts, name) ? parts[name] : undefined
  if (load === undefined) {
    const names = Object.keys(parts)
    const got = name === undefined ? 'none' : name
    const hint = name === undefined ? '' : didYouMean(name, names)
    throw new UsageError(`tape: expected one of ${names.join(', ')}, got ${got}${hint || '; see backlot tape --help'}`)
  }
  const { command } = await load()
  if (asksForHelp(rest)) {
    print(command.help)
    return 0
  }
  return await command.run(rest)
}

export const command: Command = {
  name: 'tape',
  summary: 'shows, checks, compares, cleans and converts tapes',
  help,
  run,
  parts: Object.keys(parts),
}
