// The command's frame: finds the command, gives help, and turns what was used wrongly into one line and status 2.

import { NetworkError, UsageError } from '../net/errors.ts'
import { asksForHelp } from './arguments.ts'
import type { Command } from './command.ts'
import { didYouMean } from './suggestion.ts'
import { leave, paint, print, say } from './terminal.ts'
import { version } from './version.ts'

const commands: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  up: () => import('./up.ts'),
  run: () => import('./run.ts'),
  record: () => import('./record.ts'),
  replay: () => import('./replay.ts'),
  tape: () => import('./tape.ts'),
  trace: () => import('./trace.ts'),
  tour: () => import('./tour.ts'),
  doctor: () => import('./doctor.ts'),
}

async function help(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map(async load => (await load()).command))
  const width = Math.max(...all.map(({ name }) => name.length))
  const lines = all.map(({ name, summary }) => `  ${paint('bold', name.padEnd(width))}  ${summary}`)
  return `The Internet, offline, in one process.

Usage: backlot COMMAND [OPTIONS]

${lines.join('\n')}

Every command has --help with an example. backlot --version says ${version()}.

Example:
  backlot run -- curl https://www.python.org/`
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    print(await help())
    return 2
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    print(rest[0] === undefined || name !== 'help' ? await help() : (await find(rest[0])).help)
    return 0
  }
  if (name === '--version' || name === '-V') {
    print(version())
    return 0
  }
  const command = await find(name)
  const isPart = rest[0] !== undefined && command.parts?.includes(rest[0])
  if (!isPart && asksForHelp(rest)) {
    print(command.help)
    return 0
  }
  return await command.run(rest)
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load !== undefined) return (await load()).command
  const names = Object.keys(commands)
  const kind = name.startsWith('-') ? 'option' : 'command'
  throw new UsageError(
    `expected a command (${names.join(', ')}), got the ${kind} ${name}${didYouMean(name, names) || '; see backlot --help'}`,
  )
}

try {
  leave(await main(process.argv.slice(2)))
} catch (error) {
  if (error instanceof UsageError || error instanceof NetworkError) say(error.message)
  else say(`a bug of backlot: ${error instanceof Error ? error.stack : String(error)}`)
  leave(error instanceof UsageError || error instanceof NetworkError ? 2 : 1)
}
