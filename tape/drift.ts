// What real servers say otherwise today than on a tape: each conversation is played against them once more, and what its
// protocol gives anew each time does not count.

import type { TapeForm, TapeValue } from '../wire/tape.ts'
import { difference } from './difference.ts'
import { isFor, type Real } from './reals.ts'
import { reenact } from './reenact.ts'
import type { Trust } from './relay.ts'
import { formOf, readScript, type Step, textOf } from './script.ts'
import { kindOf, secretName, standIn } from './secrets.ts'
import { linesOfValue } from './show.ts'
import type { TapeFile } from './tape-file.ts'

export interface DriftOptions {
  readonly reals: readonly Real[]
  readonly trust: Trust
  readonly secrets: ReadonlyMap<string, string>
}

export interface Drift {
  readonly line: number
  /** A `note` says what could not be compared. */
  readonly kind: 'drift' | 'note'
  readonly message: string
}

export async function findDrift(
  tape: TapeFile,
  forms: ReadonlyMap<string, TapeForm>,
  { reals, trust, secrets }: DriftOptions,
): Promise<Drift[]> {
  const drifts: Drift[] = []
  const named = new Map([...secrets].map(([name, secret]) => [kindOf(name), secret]))
  const reveal = (kind: string, number: number) => named.get(secretName(kind, number)) ?? standIn(kind, number)
  for (let at = 0; at < tape.length; at++) {
    const service = tape.serviceOf(at)
    const real = reals.find(each => isFor(each, service))
    if (real === undefined) continue
    const form = formOf(forms, service, tape)
    const script = readScript(tape, at, form)
    const unknown = script.steps.findIndex(step => missingOf(step, named) !== undefined)
    const steps = unknown < 0 ? script.steps : script.steps.slice(0, unknown)
    const { said, failure } = await reenact(
      { ...script, steps },
      {
        to: real.to,
        transport: service.transport,
        host: service.host,
        form,
        reveal,
        secureContext: trust.context,
        insecure: trust.insecure,
      },
    )
    const stopped = script.steps[unknown]
    if (stopped?.kind === 'client') {
      const name = missingOf(stopped, named)!
      const message = `not compared from here on: the client's secret is not known; give it with --secret ${name}=VARIABLE`
      drifts.push({ line: stopped.line, kind: 'note', message })
    }
    const recorded = tape
      .conversation(at)
      .turns.flatMap(turn => (turn.kind === 'said' && turn.from === 'server' ? [turn] : []))
    for (const [index, turn] of recorded.entries()) {
      if (index >= said.length) break
      const drift = differenceOf(form, turn.value, said[index])
      if (drift !== undefined) drifts.push({ line: turn.line, kind: 'drift', message: drift })
    }
    if (failure !== undefined) {
      drifts.push({
        line: tape.conversation(at).line,
        kind: 'drift',
        message: `the conversation ended early: ${failure}`,
      })
    }
  }
  return drifts
}

/** The name of a secret without which a client's turn cannot be said. */
function missingOf(step: Step, named: ReadonlyMap<string, string>): string | undefined {
  if (step.kind !== 'client' || !step.hasSecrets) return undefined
  return [...textOf(step.value).matchAll(/(?<!‹)‹secret:([a-z][a-z0-9-]*)(?::(\d+))?›/g)]
    .map(([, kind, digits]) => secretName(kind!, Number(digits ?? 1)))
    .find(name => !named.has(name))
}

function differenceOf(form: TapeForm, before: TapeValue, after: TapeValue | undefined): string | undefined {
  if (after === undefined) return 'the server says nothing any more'
  const steady = (value: TapeValue) => linesOfValue(form.steady?.('server', value) ?? value)
  const lines = difference(steady(before), steady(after)).filter(({ sign }) => sign !== ' ')
  if (lines.length === 0) return undefined
  return ['the server says otherwise:', ...lines.map(({ sign, text }) => `  ${sign} ${text}`)].join('\n')
}
