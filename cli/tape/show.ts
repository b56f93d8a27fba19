// backlot tape show: what was said, like the examples in an RFC.

import { styleText } from 'node:util'
import { UsageError } from '../../net/errors.ts'
import { type ShownLine, showConversation } from '../../tape/show.ts'
import { formatService } from '../../tape/tape.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { print, say, wantsColors } from '../terminal.ts'

const help = `Prints what was said, like the examples in an RFC: C: is the client, S: the server.

Usage: backlot tape show TAPE… [--conversation N] [--json]

Options:
  --conversation N   only this one
  --json             one object a line: { "tape", "conversation", "service", "turns": [{ "kind", … }] }, with the kinds said
                     ("from", "value"), tls ("name", "alpn"), end and reset ("from") and pause ("ms")

Example:
  backlot tape show mail.tape.yaml`

async function run(args: string[]): Promise<number> {
  const { values, positionals: files } = parseArguments('tape show', args, {
    conversation: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (files.length === 0) throw new UsageError('tape show: expected a tape, got none; see backlot tape show --help')
  const wanted = values.conversation
  if (wanted !== undefined && !/^\d+$/.test(wanted)) {
    throw new UsageError(`tape show: expected the number of a conversation, got ${wanted}`)
  }
  let shown = 0
  for (const file of files) {
    using tape = new TapeFile(file)
    for (const note of tape.notes) say(note)
    for (let at = 0; at < tape.length; at++) {
      const conversation = tape.conversation(at)
      const { number, service, turns } = conversation
      if (wanted !== undefined && number !== Number(wanted)) continue
      if (values.json) {
        const said = turns.map(({ line: _line, ...turn }) => turn)
        print(JSON.stringify({ tape: file, conversation: number, service: formatService(service), turns: said }))
      } else {
        if (shown > 0) print('')
        print([...showConversation(conversation)].map(colored).join('\n'))
      }
      shown++
    }
  }
  if (shown > 0 || wanted === undefined) return 0
  throw new UsageError(`tape show: expected a conversation of ${files.join(', ')}, got ${wanted}`)
}

const colors = { client: 'cyan', server: 'green' } as const

function colored({ from, text }: ShownLine): string {
  const safe = text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    each => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return wantsColors(1) ? styleText(from === undefined ? 'dim' : colors[from], safe) : safe
}

export const command: Command = { name: 'show', summary: 'prints what was said', help, run }
