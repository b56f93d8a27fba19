// backlot tape diff: two tapes compared by message.

import { styleText } from 'node:util'
import { UsageError } from '../../net/errors.ts'
import { compareTapes } from '../../tape/compare.ts'
import { loadForms } from '../../tape/forms.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { print, wantsColors } from '../terminal.ts'

const help = `Compares two tapes by message. What a protocol gives anew each time (ids, dates, boundaries, nonces) does not count, nor
the order of connections.

Usage: backlot tape diff BEFORE AFTER [--json]

Options:
  --json   an array of { "service", "before", "after", "lines": [{ "sign", "text" }] }

The exit status is 0 where both say the same, 1 where they do not.

Example:
  backlot tape diff yesterday.tape.yaml today.tape.yaml`

/** Lines around a difference. */
const context = 3

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
    for (const { service, before: was, after: is, lines } of differences) {
      print(paint('bold', `${service}: ${was ?? `not in ${before}`} / ${is ?? `not in ${after}`}`))
      const near = (at: number) =>
        lines.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== ' ')
      let skipped = false
      for (const [at, { sign, text }] of lines.entries()) {
        if (!near(at)) {
          if (!skipped) print('  …')
          skipped = true
          continue
        }
        skipped = false
        print(paint(sign === '-' ? 'red' : sign === '+' ? 'green' : undefined, `${sign} ${safe(text)}`))
      }
    }
  }
  return differences.length === 0 ? 0 : 1
}

function safe(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    each => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function paint(style: 'red' | 'green' | 'bold' | undefined, text: string): string {
  return style !== undefined && wantsColors(1) ? styleText(style, text) : text
}

export const command: Command = { name: 'diff', summary: 'compares two tapes by message', help, run }
