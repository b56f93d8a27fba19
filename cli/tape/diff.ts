// backlot tape diff: two tapes compared by message.

import { styleText } from 'node:util'
import { UsageError } from '../../net/errors.ts'
import { compareTapes } from '../../tape/compare.ts'
import { loadForms } from '../../tape/forms.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { showDifference } from '../differences.ts'
import { print, wantsColors } from '../terminal.ts'

const help = `Compares two tapes by message. What a protocol gives anew each time (ids, dates, boundaries, nonces) does not count, nor
the order of connections.

Usage: backlot tape diff BEFORE AFTER [--json]

Options:
  --json   an array of { "service", "before", "after", "lines": [{ "sign", "text" }] }

The exit status is 0 where both say the same, 1 where they do not.

Example:
  backlot tape diff yesterday.tape.yaml today.tape.yaml`

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArguments('tape diff', args, { json: { type: 'boolean' } })
  const [before, after, ...more] = positionals
  if (before === undefined || after === undefined || more.length > 0) {
    throw new UsageError(`tape diff: expected two tapes, got ${positionals.length}; see backlot tape diff --help`)
  }
  using one = new TapeFile(before)
  using other = new TapeFile(after)
  const differences = compareTapes(one, other, await loadForms())
  if (values.json) print(JSON.stringify(differences))
  else {
    for (const different of differences) {
      for (const { kind, text } of showDifference(different, { before, after })) print(paint(styles[kind], text))
    }
  }
  return differences.length === 0 ? 0 : 1
}

const styles = { head: 'bold', '-': 'red', '+': 'green', ' ': undefined } as const

function paint(style: 'red' | 'green' | 'bold' | undefined, text: string): string {
  return style !== undefined && wantsColors(1) ? styleText(style, text) : text
}

export const command: Command = { name: 'diff', summary: 'compares two tapes by message', help, run }
