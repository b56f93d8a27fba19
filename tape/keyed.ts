// Sessions under keys: their form is had only with the secrets that it names.

import type { TapeForm } from '../wire/tape.ts'

/** The form for sessions to be recorded or replayed, or one line that names the secrets that are missing. */
export function keyedForm(form: TapeForm, secrets: ReadonlyMap<string, string> = new Map()): TapeForm | string {
  const { keyed } = form
  if (keyed === undefined) return form
  const missing = Object.entries(keyed.needs).filter(([name]) => !secrets.has(name))
  if (missing.length === 0) return keyed.with(secrets)
  const named = missing.map(([name, what]) => `${name} (${what})`).join(' and ')
  const given = missing.map(([name]) => `--secret ${name}=VARIABLE`).join(' ')
  return `its sessions are under keys: expected the secret ${named}, got none; give it with ${given}`
}
