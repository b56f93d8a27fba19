// backlot tape check: mistakes, missing files, secrets in clear, and what a server says otherwise today.

import { UsageError } from '../../net/errors.ts'
import { checkTape, type Finding } from '../../tape/check.ts'
import { findDrift } from '../../tape/drift.ts'
import { loadForms } from '../../tape/forms.ts'
import { isFor, parseReals } from '../../tape/reals.ts'
import { Trust } from '../../tape/relay.ts'
import { TapeFile } from '../../tape/tape-file.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { authoritiesOf, secretsOf } from '../tape-arguments.ts'
import { print } from '../terminal.ts'

const help = `Looks tapes through for mistakes, missing files, turns that cannot be said and secrets in clear, and lists all of them.

Usage: backlot tape check TAPE… [OPTIONS]

Options:
  --real NAME:PORT[/PROTO]=HOST:PORT   play the client of each conversation with NAME:PORT against this server, and list what
                                       it says otherwise than on the tape; may be given several times
  --real-ca FILE, --real-insecure      whom the server is believed, as for backlot record
  --secret NAME=VARIABLE               for --real: the value of the environment's VARIABLE stands for ‹secret:NAME›
  --json                               an array of { "tape", "line", "kind": "problem" | "note" | "drift", "message" }

The exit status is 1 where there is a problem or drift, else 0.

Example:
  backlot tape check fixtures/*.tape.yaml`

type Found = { readonly line: number; readonly kind: Finding['kind'] | 'drift'; readonly message: string }

async function run(args: string[]): Promise<number> {
  const { values, positionals: files } = parseArguments('tape check', args, {
    real: { type: 'string', multiple: true },
    'real-ca': { type: 'string', multiple: true },
    'real-insecure': { type: 'boolean' },
    secret: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  })
  if (files.length === 0) throw new UsageError('tape check: expected a tape, got none; see backlot tape check --help')
  const reals = parseReals('tape check', values.real)
  const trust = new Trust(authoritiesOf('tape check', values['real-ca']), values['real-insecure'])
  const secrets = secretsOf('tape check', values.secret)
  const forms = await loadForms()
  const idle = new Set(reals)
  const all: (Found & { tape: string })[] = []
  for (const file of files) {
    const found = await check(file)
    all.push(...found.map(each => ({ tape: file, ...each })))
  }
  if (values.json) print(JSON.stringify(all))
  else
    for (const { tape, line, kind, message } of all)
      print(`${tape}:${line}: ${kind === 'note' ? 'note: ' : ''}${message}`)
  const [unknown] = idle
  if (unknown !== undefined && !all.some(({ kind }) => kind === 'problem')) {
    throw new UsageError(
      `tape check: expected a name and port that is on a tape in --real, got ${unknown.name}:${unknown.port}`,
    )
  }
  return all.some(({ kind }) => kind !== 'note') ? 1 : 0

  async function check(file: string): Promise<Found[]> {
    let tape: TapeFile
    const wrong: Found[] = []
    try {
      tape = new TapeFile(file, problem => wrong.push({ kind: 'problem', ...problem }))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      const [, line = '1', message = error.message] = /:(\d+): (.*)$/s.exec(error.message) ?? []
      return [{ line: Number(line), kind: 'problem', message: message.replace(`${file}: `, '') }]
    }
    using _open = tape
    for (let at = 0; at < tape.length; at++) {
      for (const real of idle) if (isFor(real, tape.serviceOf(at))) idle.delete(real)
    }
    const findings: Found[] = [...wrong, ...checkTape(tape, forms)]
    if (reals.length === 0 || findings.some(({ kind }) => kind === 'problem')) return findings
    return [...findings, ...(await findDrift(tape, forms, { reals, trust, secrets }))]
  }
}

export const command: Command = { name: 'check', summary: 'looks for mistakes and secrets', help, run }
