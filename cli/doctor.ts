// backlot doctor: tries each thing that running a program in the network needs, and says what to do where it fails.

import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { examine } from './examination.ts'
import { paint, print } from './terminal.ts'

const help = `Tries everything that backlot needs of this machine and says what was found, what cannot work and how to get it.

Usage: backlot doctor [--json]

Options:
  --json   one object: { "works": …, "findings": [{ "name", "state", "found", "lost", "cure" }] }

The exit status is 0 if backlot run works here, else 1.

Example:
  backlot doctor`

const marks = { ok: paint('green', 'ok     '), missing: paint('red', 'missing'), poorer: paint('yellow', 'poorer ') }

async function run(args: string[]): Promise<number> {
  const { values } = parseArguments('doctor', args, { json: { type: 'boolean' } })
  const findings = await examine()
  const works = findings.every(({ state }) => state !== 'missing')
  if (values.json) print(JSON.stringify({ works, findings }))
  else {
    const width = Math.max(...findings.map(({ name }) => name.length))
    for (const { name, state, found, lost, cure } of findings) {
      print(`${marks[state]}  ${name.padEnd(width)}  ${found}`)
      if (state !== 'ok') print(`${' '.repeat(width + 11)}${lost}\n${' '.repeat(width + 11)}${cure}`)
    }
    print(
      works
        ? '\nbacklot run works here.'
        : '\nbacklot run does not work here; --proxy may do for programs that heed it.',
    )
  }
  return works ? 0 : 1
}

export const command: Command = {
  name: 'doctor',
  summary: 'says what backlot needs of this machine, what was found, and how to get the rest',
  help,
  run,
}
