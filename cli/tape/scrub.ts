// backlot tape scrub: takes secrets out of tapes.

import { UsageError } from '../../net/errors.ts'
import { loadForms } from '../../tape/forms.ts'
import { scrubTape } from '../../tape/scrub.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { counted } from '../counted.ts'
import { mustBeWritable, secretsOf } from '../tape-arguments.ts'
import { say } from '../terminal.ts'

const help = `Takes secrets out of tapes: what recording hides today, in tapes from before, or what somebody put in by hand. The
tape replays as before. Comments in the file are not kept.

Usage: backlot tape scrub TAPE… [-o FILE] [--secret NAME=VARIABLE]…

Options:
  -o, --output FILE        write the clean tape there instead of in its place (for one TAPE)
  --secret NAME=VARIABLE   hide the value of the environment's VARIABLE, too, wherever it stands in text

Example:
  backlot tape scrub old.tape.yaml`

async function run(args: string[]): Promise<number> {
  const { values, positionals: files } = parseArguments('tape scrub', args, {
    output: { type: 'string', short: 'o' },
    secret: { type: 'string', multiple: true },
  })
  if (files.length === 0) throw new UsageError('tape scrub: expected a tape, got none; see backlot tape scrub --help')
  if (values.output !== undefined && files.length > 1) {
    throw new UsageError(`tape scrub: expected one tape with -o, got ${files.length}`)
  }
  const secrets = secretsOf('tape scrub', values.secret)
  const forms = await loadForms()
  for (const path of files) {
    using tape = new TapeFile(path)
    const file = values.output ?? path
    mustBeWritable('tape scrub', file)
    for (const note of tape.notes) say(note)
    const { turns } = scrubTape(tape, forms, { file, secrets })
    say(`${file}: secrets were hidden in ${counted(turns, 'turn')}`)
  }
  return 0
}

export const command: Command = { name: 'scrub', summary: 'takes secrets out of tapes', help, run }
